//! Reading ASN.1 in BER, as signing programs write it: lengths may be indefinite, and texts of bytes may come in pieces. Nothing is built
//! from what is read; whatever is not well formed is `None`.

use std::borrow::Cow;

/// Deepest nesting that is followed.
const DEEPEST: usize = 48;

/// A SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// A SET.
pub const SET: u8 = 0x31;
/// An INTEGER.
pub const INTEGER: u8 = 0x02;
/// A BIT STRING.
pub const BITS: u8 = 0x03;
/// An OCTET STRING in one piece.
pub const OCTETS: u8 = 0x04;
/// An OCTET STRING in several pieces.
pub const OCTETS_IN_PIECES: u8 = 0x24;
/// An OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;

/// One element: what it is and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The tag.
    pub tag: u8,
    /// What is in it, without the marks of its end.
    pub content: &'a [u8],
    /// All of it, from the tag on.
    pub whole: &'a [u8],
}

/// What is left to read of a sequence of elements.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The elements in `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next element, if there is a whole one.
    pub fn next(&mut self) -> Option<Element<'a>> {
        let (element, rest) = split(self.0, DEEPEST)?;
        self.0 = rest;
        Some(element)
    }

    /// The next element, if it has this tag; otherwise it stays.
    pub fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.0.first() == Some(&tag) { self.next() } else { None }
    }

    /// The element of this tag, if it is all that is left.
    pub fn only(mut self, tag: u8) -> Option<Element<'a>> {
        self.take(tag).filter(|_| self.is_empty())
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Element<'a> {
    /// The elements in it.
    pub fn inside(&self) -> Reader<'a> {
        Reader(self.content)
    }

    /// The bytes of an OCTET STRING, put together if they came in pieces.
    pub fn octets(&self) -> Option<Cow<'a, [u8]>> {
        const CONSTRUCTED: u8 = 0x20;
        if self.tag & CONSTRUCTED == 0 {
            return Some(Cow::Borrowed(self.content));
        }
        let (mut pieces, mut whole) = (self.inside(), Vec::new());
        while let Some(piece) = pieces.next() {
            // Pieces of pieces are allowed, and nobody writes them.
            if piece.tag != OCTETS {
                return None;
            }
            whole.extend_from_slice(piece.content);
        }
        pieces.is_empty().then_some(Cow::Owned(whole))
    }
}

/// The first element of `bytes`, and what follows it.
fn split(bytes: &[u8], depth: usize) -> Option<(Element<'_>, &[u8])> {
    let (&tag, after_tag) = bytes.split_first()?;
    // No structure that is read here has tags of several bytes.
    if tag & 0x1f == 0x1f || depth == 0 {
        return None;
    }
    let (&first, after_length) = after_tag.split_first()?;
    let (length, start) = match first {
        0..=0x7f => (usize::from(first), after_length),
        0x80 => return split_indefinite(bytes, tag, after_length, depth),
        _ => {
            let (digits, start) = after_length.split_at_checked(usize::from(first & 0x7f))?;
            let length =
                digits.iter().try_fold(0_usize, |length, digit| length.checked_mul(256)?.checked_add(usize::from(*digit)))?;
            (length, start)
        }
    };
    let (content, rest) = start.split_at_checked(length)?;
    Some((Element { tag, content, whole: &bytes[..bytes.len() - rest.len()] }, rest))
}

/// An element that goes on until two zero bytes stand where an element would begin.
fn split_indefinite<'a>(bytes: &'a [u8], tag: u8, start: &'a [u8], depth: usize) -> Option<(Element<'a>, &'a [u8])> {
    let mut rest = start;
    while !rest.starts_with(&[0, 0]) {
        (_, rest) = split(rest, depth - 1)?;
    }
    let content = &start[..start.len() - rest.len()];
    let rest = &rest[2..];
    Some((Element { tag, content, whole: &bytes[..bytes.len() - rest.len()] }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_every_kind_are_read() {
        for (bytes, content) in [
            (&[0x04, 0x02, 7, 8, 99][..], &[7, 8][..]),
            (&[0x04, 0x82, 0, 2, 7, 8], &[7, 8]),
            (&[0x30, 0x80, 0x04, 0x01, 7, 0, 0, 99], &[0x04, 0x01, 7]),
            (&[0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0], &[0x30, 0x80, 0, 0]),
        ] {
            assert_eq!(Reader::new(bytes).next().unwrap().content, content);
        }
        for broken in [
            &[][..],
            &[0x04],
            &[0x04, 2, 7],
            &[0x30, 0x80, 0x04, 1, 7],
            &[0x1f, 0x81, 0],
            &[0x04, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        ] {
            assert_eq!(Reader::new(broken).next(), None, "{broken:?}");
        }
    }

    #[test]
    fn bytes_in_pieces_are_put_together() {
        let pieces = [0x24, 0x80, 0x04, 1, b'a', 0x04, 2, b'b', b'c', 0, 0];
        assert_eq!(Reader::new(&pieces).next().unwrap().octets().unwrap(), &b"abc"[..]);
        let wrong = [0x24, 3, 0x02, 1, 7];
        assert_eq!(Reader::new(&wrong).next().unwrap().octets(), None);
    }

    #[test]
    fn what_stands_alone_has_nothing_beside_it() {
        let (alone, beside) = ([0x04, 1, 7], [0x04, 1, 7, 0]);
        assert_eq!(Reader::new(&alone).only(OCTETS).unwrap().content, [7]);
        assert_eq!(Reader::new(&alone).only(SEQUENCE), None);
        assert_eq!(Reader::new(&beside).only(OCTETS), None);
        assert!(Reader::new(&[]).is_empty() && !Reader::new(&beside).is_empty());
    }

    #[test]
    fn nesting_without_end_is_given_up() {
        let deep = [0x30, 0x80].repeat(1_000_000);
        assert_eq!(Reader::new(&deep).next(), None);
    }

    #[test]
    fn any_bytes_are_read_without_harm() {
        let rng = kernel::Rng::seeded(3);
        for _ in 0..20_000 {
            let bytes = rng.bytes::<40>();
            let mut reader = Reader::new(&bytes);
            while let Some(element) = reader.next() {
                let _ = element.octets();
            }
        }
    }
}
