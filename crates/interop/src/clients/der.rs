//! As much of DER (X.690) as an RSA public key needs: definite lengths, each in its shortest form, and nothing after the end.

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Over these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The content of the next element, which must have this tag.
    pub fn element(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = if *first < 0x80 {
            (usize::from(*first), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let shortest = digits.len() <= 2 && digits.first().is_some_and(|digit| *digit != 0);
            let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
            if !shortest || length < 0x80 {
                return None;
            }
            (length, rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (*found == tag).then_some(content)
    }

    /// A sequence, to be read in turn.
    pub fn sequence(&mut self) -> Option<Reader<'a>> {
        self.element(0x30).map(Reader)
    }

    /// A positive whole number, without its leading zero.
    pub fn positive(&mut self) -> Option<&'a [u8]> {
        match self.element(0x02)? {
            [0, rest @ ..] => rest.first().is_some_and(|high| *high >= 0x80).then_some(rest),
            number => number.first().is_some_and(|high| *high < 0x80).then_some(number),
        }
    }

    /// Whether everything was read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
