//! Which files are taken: their names, and whether their content is what the name says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::errors::Error;

/// A type of files that is taken.
#[derive(Clone, Copy)]
pub struct FileType {
    /// The end of the name, small letters.
    pub extension: &'static str,
    /// The media type under which it is served.
    pub media: &'static str,
    fits: fn(&[u8]) -> bool,
}

/// Bytes at the beginning of a file by which its type is judged.
pub const HEAD: usize = 8 * 1024;
/// Longest name, in characters.
const MAX_NAME: usize = 255;

const fn taken(extension: &'static str, media: &'static str, fits: fn(&[u8]) -> bool) -> FileType {
    FileType { extension, media, fits }
}

/// The types that are taken (platform rules, "Uploads").
const TYPES: [FileType; 13] = [
    taken("pdf", "application/pdf", infer::archive::is_pdf),
    taken("jpg", "image/jpeg", infer::image::is_jpeg),
    taken("jpeg", "image/jpeg", infer::image::is_jpeg),
    taken("png", "image/png", infer::image::is_png),
    taken("gif", "image/gif", infer::image::is_gif),
    taken("txt", "text/plain", is_text),
    taken("doc", "application/msword", is_compound),
    // Office documents are archives; which of them an archive is shows only further inside.
    taken("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", infer::archive::is_zip),
    taken("odt", "application/vnd.oasis.opendocument.text", infer::archive::is_zip),
    taken("zip", "application/zip", infer::archive::is_zip),
    taken("p7m", "application/pkcs7-mime", is_signed),
    taken("xp7m", "application/pkcs7-mime", is_signed),
    taken("p7c", "application/pkcs7-mime", is_signed),
];

/// The old spelling of `p7m`.
const P7: FileType = taken("p7", "application/pkcs7-mime", is_signed);

impl FileType {
    /// The type of a file by its name.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `field` when no file of that name is taken.
    pub fn of(name: &str, field: &str) -> Result<Self, Error> {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
        let known = TYPES.into_iter().chain([P7]).find(|known| known.extension == extension);
        known.ok_or_else(|| {
            let all: Vec<_> = TYPES.iter().map(|known| known.extension).collect();
            Error::field(field, "file_type", format!("Il tipo del file non è ammesso: usare {}.", all.join(", ")))
        })
    }

    /// Whether signed data under this name must have a document in it. Others (`p7c`) may have certificates alone.
    pub fn has_document(&self) -> bool {
        matches!(self.extension, "p7m" | "p7" | "xp7m")
    }

    /// Whether a file that begins with `head` can be of this type.
    pub fn fits(&self, head: &[u8]) -> bool {
        (self.fits)(head)
    }
}

/// The name without folders, control characters and marks that turn the direction of writing (by which `exe.pdf` could be shown for
/// `fdp.exe`), at most 255 characters with its extension kept. `None` when nothing is left.
pub fn clean_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let plain: String = last.chars().filter(|c| !c.is_control() && !turns(*c)).collect();
    let plain = plain.trim().trim_start_matches('.');
    if plain.is_empty() {
        return None;
    }
    let length = plain.chars().count();
    if length <= MAX_NAME {
        return Some(plain.to_owned());
    }
    let (stem, extension) = plain.rsplit_once('.').unwrap_or((plain, ""));
    let extension: String = extension.chars().take(16).collect();
    let stem: String = stem.chars().take(MAX_NAME - 1 - extension.chars().count()).collect();
    Some(format!("{stem}.{extension}"))
}

/// Text in any encoding that keeps ASCII (UTF-8, Latin-1), and nothing that a program would take for something else.
fn is_text(head: &[u8]) -> bool {
    let control = |byte: &u8| *byte < 0x20 && !b"\t\n\r\x0c".contains(byte);
    !head.iter().any(control) && infer::get(head).is_none()
}

/// A compound document, as Word wrote them until 2003.
fn is_compound(head: &[u8]) -> bool {
    head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
}

/// Whether a file that begins with `head` is signed data (RFC 5652), which is checked whatever the file is called: binary, or the
/// same in Base64 with or without the lines of RFC 7468.
pub fn is_signed(head: &[u8]) -> bool {
    if is_signed_binary(head) {
        return true;
    }
    let text = head.trim_ascii_start();
    let text =
        if text.starts_with(b"-----BEGIN") { text.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or_default() } else { text };
    let letters: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(64).collect();
    STANDARD.decode(letters).is_ok_and(|binary| is_signed_binary(&binary))
}

/// A sequence that begins with the identifier of signed data, 1.2.840.113549.1.7.2.
fn is_signed_binary(head: &[u8]) -> bool {
    const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    // The length of the sequence takes one to nine bytes.
    head.first() == Some(&0x30) && head.windows(SIGNED_DATA.len()).take(11).any(|window| window == SIGNED_DATA)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(name: &str, head: &[u8]) -> bool {
        FileType::of(name, "").unwrap().fits(head)
    }

    const CMS: &[u8] =
        &[0x30, 0x82, 0x05, 0x10, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x82, 0x05, 0x01];

    #[test]
    fn the_content_must_be_what_the_name_says() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        let jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF";
        for (name, head) in [
            ("a.pdf", &b"%PDF-1.7\n"[..]),
            ("a.PNG", png),
            ("a.jpg", jpeg),
            ("a.jpeg", jpeg),
            ("a.gif", b"GIF89a..."),
            ("a.txt", "Città\tdi\r\nBugliano".as_bytes()),
            ("a.txt", b"Citt\xe0 in Latin-1"),
            ("a.doc", &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0]),
            ("a.docx", b"PK\x03\x04\x14\0\x06\0"),
            ("a.odt", b"PK\x03\x04\x14\0\0\0"),
            ("a.pdf.p7m", CMS),
            ("a.p7m", STANDARD.encode(CMS).as_bytes()),
            ("a.p7m", format!("-----BEGIN PKCS7-----\n{}\n", STANDARD.encode(CMS)).as_bytes()),
        ] {
            assert!(fits(name, head), "{name}");
        }
        for (name, head) in [
            ("a.pdf", &png[..]),
            ("a.png", b"%PDF-1.7"),
            ("a.jpg", b"GIF89a"),
            ("a.txt", b"\x7fELF\x02\x01\x01\0\0\0"),
            ("a.txt", b"<!DOCTYPE HTML><script>"),
            ("a.txt", b"#!/bin/sh\n"),
            ("a.docx", b"MZ\x90\0"),
            ("a.p7m", b"%PDF-1.7"),
            ("a.zip", b"Rar!\x1a\x07"),
            ("a.pdf", b""),
        ] {
            assert!(!fits(name, head), "{name} {head:?}");
        }
    }

    #[test]
    fn signed_data_is_known_whatever_it_is_called() {
        let armoured = STANDARD.encode(CMS);
        for head in
            [CMS.to_vec(), format!(" \r\n{armoured}").into_bytes(), format!("-----BEGIN CMS-----\r\n{armoured}\n").into_bytes()]
        {
            assert!(is_signed(&head), "{head:?}");
        }
        // As a text it would pass for one.
        assert!(fits("a.txt", armoured.as_bytes()));
        for other in
            [&b"Il sottoscritto"[..], b"%PDF-1.7", b"-----BEGIN CERTIFICATE-----\nMIIDazCCAlOgAwIBAgIU\n", b"-----BEGIN", b""]
        {
            assert!(!is_signed(other), "{other:?}");
        }
        for (name, has_document) in [("a.p7m", true), ("a.P7", true), ("a.xml.xp7m", true), ("a.p7c", false), ("a.txt", false)] {
            assert_eq!(FileType::of(name, "").unwrap().has_document(), has_document, "{name}");
        }
    }

    #[test]
    fn other_types_are_not_taken() {
        for name in ["a.exe", "a.html", "a.svg", "a", "", "pdf", "a.pdf.js"] {
            assert!(FileType::of(name, "/name").is_err(), "{name}");
        }
    }

    #[test]
    fn names_lose_folders_and_tricks() {
        for (name, clean) in [
            ("carta d'identità.pdf", "carta d'identità.pdf"),
            ("C:\\Users\\anna\\doc.pdf", "doc.pdf"),
            ("../../etc/passwd.txt", "passwd.txt"),
            (".htaccess.txt", "htaccess.txt"),
            ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf"),
            ("fattura\u{202e}fdp.txt", "fatturafdp.txt"),
        ] {
            assert_eq!(clean_name(name).as_deref(), Some(clean));
        }
        for nothing in ["", "  ", "a/", "..", "\0\u{7f}"] {
            assert_eq!(clean_name(nothing), None, "{nothing:?}");
        }
        let long = clean_name(&format!("{}.pdf", "à".repeat(400))).unwrap();
        assert!(long.chars().count() == 255 && long.ends_with("à.pdf"));
    }

    #[test]
    fn any_beginning_is_judged_without_harm() {
        let rng = kernel::Rng::seeded(7);
        for known in TYPES {
            for length in 0..300 {
                let mut head = rng.bytes::<300>()[..length].to_vec();
                known.fits(&head);
                for magic in [&b"PK\x03\x04"[..], b"%PDF", b"<html", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"0\x80"] {
                    head.splice(0..magic.len().min(length), magic.iter().copied());
                    known.fits(&head);
                }
            }
        }
    }
}
