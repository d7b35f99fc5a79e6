//! Signed files (`.p7m`): whether what is in the envelope is what was signed, by whom, and with a certificate that held then (CMS,
//! RFC 5652; CAdES signs the same way).
//!
//! Not judged here: whether the certificate was issued by a trusted authority, and whether it was revoked. That needs the trusted lists
//! of the day, and stays with the office.

use std::borrow::Cow;

use aws_lc_rs::digest::{self, Algorithm, digest};
use aws_lc_rs::signature as rules;
use aws_lc_rs::signature::{UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::RomeTime;
use kernel::jiff::{civil::DateTime, tz::TimeZone};

use super::tlv::{BITS, Element, INTEGER, OCTETS, OCTETS_IN_PIECES, OID, Reader, SEQUENCE, SET};

/// Most signers of one file that are looked at.
const MOST_SIGNERS: usize = 32;

/// What is wrong with a signed file; the texts are for whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is no signed data, or not whole.
    #[error("Il file non è una busta firmata leggibile: firmarlo di nuovo.")]
    Unreadable,
    /// The document is not in it.
    #[error("Il file contiene solo la firma, senza il documento: inviare il file .p7m completo.")]
    Detached,
    /// Nobody signed it, or the certificate of who did is not in it.
    #[error("Il file non contiene la firma con il suo certificato: firmarlo di nuovo.")]
    Unsigned,
    /// It was signed in a way that does not count any more, or that we do not know.
    #[error("La firma usa un algoritmo che non è ammesso: firmare di nuovo con un programma aggiornato.")]
    Algorithm,
    /// The signature does not say what it is of: without signed attributes, those of another signature could pass for a document.
    #[error("La firma non dichiara che cosa è stato firmato: firmare di nuovo il documento con un programma di firma (CAdES).")]
    Undeclared,
    /// The signature is not of this document.
    #[error("La firma non corrisponde al documento: il file è stato modificato dopo la firma. Firmarlo di nuovo.")]
    Altered,
    /// The certificate did not hold when the file was signed.
    #[error("Il certificato di firma non era valido quando il file è stato firmato: firmarlo con un certificato valido.")]
    Expired,
}

/// Checks every signature of a file; gives the names of who signed, as their certificates have them. Where a signature does not say when
/// it was made, it was made `now`.
///
/// # Errors
/// The first flaw that is found.
pub fn verify(file: &[u8], now: RomeTime) -> Result<Vec<String>, Flaw> {
    let file = binary(file).ok_or(Flaw::Unreadable)?;
    let envelope = Envelope::read(&file).ok_or(Flaw::Unreadable)?;
    let content = envelope.content.ok_or(Flaw::Detached)?.octets().ok_or(Flaw::Unreadable)?;
    let (mut signers, mut names) = (envelope.signers, Vec::new());
    while let Some(signer) = signers.take(SEQUENCE) {
        if names.len() == MOST_SIGNERS {
            return Err(Flaw::Unreadable);
        }
        let signer = Signer::read(signer).ok_or(Flaw::Unreadable)?;
        let certificate = envelope.certificate_of(&signer).ok_or(Flaw::Unsigned)?;
        signer.check(&certificate, envelope.content_type, &content, now)?;
        names.push(certificate.common_name.unwrap_or_default());
    }
    if !signers.is_empty() {
        return Err(Flaw::Unreadable);
    }
    if names.is_empty() { Err(Flaw::Unsigned) } else { Ok(names) }
}

/// Whether a file has certificates alone in it, neither a document nor signatures (RFC 5652, section 5.2): nothing to check.
pub fn is_certificates_alone(file: &[u8]) -> bool {
    let Some(file) = binary(file) else { return false };
    let alone =
        |envelope: Envelope<'_>| envelope.content.is_none() && envelope.certificates.is_some() && envelope.signers.is_empty();
    Envelope::read(&file).is_some_and(alone)
}

/// The bytes of a file that may be in Base64.
fn binary(file: &[u8]) -> Option<Cow<'_, [u8]>> {
    if file.first() == Some(&SEQUENCE) { Some(Cow::Borrowed(file)) } else { unarmoured(file).map(Cow::Owned) }
}

/// The bytes of a file in Base64, with or without the two lines of RFC 7468. Other text beside it would be what nobody signed.
fn unarmoured(file: &[u8]) -> Option<Vec<u8>> {
    const LONGEST_LABEL: usize = 32;
    let text = std::str::from_utf8(file).ok()?.trim_ascii();
    let text = match text.strip_prefix("-----BEGIN ") {
        None => text,
        Some(rest) => {
            let is_label = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ' || c == '#';
            let (label, rest) = rest.split_once("-----")?;
            if label.len() > LONGEST_LABEL || !label.chars().all(is_label) {
                return None;
            }
            rest.strip_suffix("-----")?.strip_suffix(label)?.strip_suffix("-----END ")?
        }
    };
    STANDARD.decode(text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<_>>()).ok()
}

/// Object identifiers, as they are written.
mod oid {
    pub const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    pub const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
    pub const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
    pub const SIGNING_TIME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05];
    pub const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    pub const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
    pub const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    pub const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    pub const KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
    pub const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    pub const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
    pub const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
}

/// Tag of what is marked `[number]` and has elements in it.
const fn marked(number: u8) -> u8 {
    0xa0 | number
}

/// Signed data.
struct Envelope<'a> {
    content_type: &'a [u8],
    content: Option<Element<'a>>,
    certificates: Option<Element<'a>>,
    signers: Reader<'a>,
}

impl<'a> Envelope<'a> {
    /// Reads an envelope in which, and after which, nothing is left over: a program that takes the document from elsewhere in the
    /// file would show what nobody signed.
    fn read(file: &'a [u8]) -> Option<Self> {
        let mut outer = Reader::new(file).only(SEQUENCE)?.inside();
        if outer.take(OID)?.content != oid::SIGNED_DATA {
            return None;
        }
        let mut data = outer.only(marked(0))?.inside().only(SEQUENCE)?.inside();
        data.take(INTEGER)?;
        data.take(SET)?;
        let mut encapsulated = data.take(SEQUENCE)?.inside();
        let content_type = encapsulated.take(OID)?.content;
        let content = if encapsulated.is_empty() {
            None
        } else {
            let value = encapsulated.only(marked(0))?.inside();
            Some(value.only(OCTETS).or_else(|| value.only(OCTETS_IN_PIECES))?)
        };
        let certificates = data.take(marked(0));
        data.take(marked(1));
        Some(Self { content_type, content, certificates, signers: data.only(SET)?.inside() })
    }

    fn certificate_of(&self, signer: &Signer<'a>) -> Option<Certificate<'a>> {
        let mut certificates = self.certificates?.inside();
        while let Some(certificate) = certificates.next() {
            let Some(certificate) = Certificate::read(certificate) else { continue };
            let is_it = match signer.sid.tag {
                SEQUENCE => signer.sid.content == certificate.issuer_and_serial(),
                _ => certificate.key_identifier == Some(signer.sid.content),
            };
            if is_it {
                return Some(certificate);
            }
        }
        None
    }
}

/// One signature.
struct Signer<'a> {
    /// Whose certificate: issuer and serial number, or the identifier of the key.
    sid: Element<'a>,
    digest: Reader<'a>,
    attributes: Option<Element<'a>>,
    algorithm: Reader<'a>,
    signature: &'a [u8],
}

impl<'a> Signer<'a> {
    fn read(element: Element<'a>) -> Option<Self> {
        const KEY_IDENTIFIER: u8 = 0x80;
        let mut fields = element.inside();
        fields.take(INTEGER)?;
        Some(Self {
            sid: fields.take(SEQUENCE).or_else(|| fields.take(KEY_IDENTIFIER))?,
            digest: fields.take(SEQUENCE)?.inside(),
            attributes: fields.take(marked(0)),
            algorithm: fields.take(SEQUENCE)?.inside(),
            signature: fields.take(OCTETS)?.content,
        })
    }

    fn check(&self, certificate: &Certificate<'a>, content_type: &[u8], content: &[u8], now: RomeTime) -> Result<(), Flaw> {
        let mut digest_name = self.digest;
        let hash = hash(digest_name.take(OID).ok_or(Flaw::Unreadable)?.content).ok_or(Flaw::Algorithm)?;
        // CAdES has them always, with these two among them (ETSI EN 319 122-1; RFC 5652, sections 11.1 and 11.2).
        let attributes = self.attributes.ok_or(Flaw::Undeclared)?;
        let value = |name| attribute(&attributes, name);
        let kind = value(oid::CONTENT_TYPE).ok_or(Flaw::Undeclared)?;
        let given = value(oid::MESSAGE_DIGEST).ok_or(Flaw::Undeclared)?;
        if kind.content != content_type || given.content != digest(hash, content).as_ref() {
            return Err(Flaw::Altered);
        }
        let at = value(oid::SIGNING_TIME).and_then(|time| instant(&time));
        if !certificate.held(at.unwrap_or(now)) {
            return Err(Flaw::Expired);
        }
        let mut algorithm = self.algorithm;
        let rule = certificate.rule(algorithm.take(OID).ok_or(Flaw::Unreadable)?.content, hash).ok_or(Flaw::Algorithm)?;
        // What is signed is the set of attributes under its own tag (RFC 5652, section 5.4).
        let signed = [&[SET], &attributes.whole[1..]].concat();
        UnparsedPublicKey::new(rule, certificate.key).verify(&signed, self.signature).map_err(|_| Flaw::Altered)
    }
}

/// The hashes that count; SHA-1 and MD5 do not.
fn hash(name: &[u8]) -> Option<&'static Algorithm> {
    match name {
        oid::SHA256 => Some(&digest::SHA256),
        oid::SHA384 => Some(&digest::SHA384),
        oid::SHA512 => Some(&digest::SHA512),
        _ => None,
    }
}

/// The only value of a signed attribute.
fn attribute<'a>(attributes: &Element<'a>, name: &[u8]) -> Option<Element<'a>> {
    let mut all = attributes.inside();
    while let Some(attribute) = all.take(SEQUENCE) {
        let mut fields = attribute.inside();
        if fields.take(OID)?.content == name {
            return fields.take(SET)?.inside().next();
        }
    }
    None
}

/// What is read of a certificate (RFC 5280).
struct Certificate<'a> {
    issuer: &'a [u8],
    serial: &'a [u8],
    from: RomeTime,
    until: RomeTime,
    common_name: Option<String>,
    key_kind: &'a [u8],
    curve: Option<&'a [u8]>,
    key: &'a [u8],
    key_identifier: Option<&'a [u8]>,
}

impl<'a> Certificate<'a> {
    fn read(element: Element<'a>) -> Option<Self> {
        let mut fields = element.inside().take(SEQUENCE)?.inside();
        fields.take(marked(0));
        let serial = fields.take(INTEGER)?.whole;
        fields.take(SEQUENCE)?;
        let issuer = fields.take(SEQUENCE)?.whole;
        let mut validity = fields.take(SEQUENCE)?.inside();
        let (from, until) = (instant(&validity.next()?)?, instant(&validity.next()?)?);
        let common_name = common_name(fields.take(SEQUENCE)?);
        let mut key = fields.take(SEQUENCE)?.inside();
        let mut kind = key.take(SEQUENCE)?.inside();
        let key_kind = kind.take(OID)?.content;
        let curve = kind.take(OID).map(|curve| curve.content);
        // The first byte says how many bits at the end do not count: none.
        let key = key.take(BITS)?.content.strip_prefix(&[0])?;
        Some(Self { issuer, serial, from, until, common_name, key_kind, curve, key, key_identifier: key_identifier(fields) })
    }

    fn issuer_and_serial(&self) -> Vec<u8> {
        [self.issuer, self.serial].concat()
    }

    fn held(&self, at: RomeTime) -> bool {
        (self.from..=self.until).contains(&at)
    }

    /// How a signature under `algorithm` is checked with the certificate's key.
    fn rule(&self, algorithm: &[u8], hash: &'static Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
        let by_hash = |rules: [&'static dyn VerificationAlgorithm; 3]| match hash {
            hash if *hash == digest::SHA256 => rules[0],
            hash if *hash == digest::SHA384 => rules[1],
            _ => rules[2],
        };
        match (self.key_kind, self.curve) {
            (oid::RSA | oid::RSA_PSS, _) if algorithm == oid::RSA_PSS => Some(by_hash([
                &rules::RSA_PSS_2048_8192_SHA256,
                &rules::RSA_PSS_2048_8192_SHA384,
                &rules::RSA_PSS_2048_8192_SHA512,
            ])),
            (oid::RSA, _) => Some(by_hash([
                &rules::RSA_PKCS1_2048_8192_SHA256,
                &rules::RSA_PKCS1_2048_8192_SHA384,
                &rules::RSA_PKCS1_2048_8192_SHA512,
            ])),
            (oid::EC, Some(oid::P256)) if *hash == digest::SHA256 => Some(&rules::ECDSA_P256_SHA256_ASN1),
            (oid::EC, Some(oid::P256)) if *hash == digest::SHA384 => Some(&rules::ECDSA_P256_SHA384_ASN1),
            (oid::EC, Some(oid::P384)) if *hash == digest::SHA256 => Some(&rules::ECDSA_P384_SHA256_ASN1),
            (oid::EC, Some(oid::P384)) if *hash == digest::SHA384 => Some(&rules::ECDSA_P384_SHA384_ASN1),
            _ => None,
        }
    }
}

/// The last common name of a subject.
fn common_name(subject: Element<'_>) -> Option<String> {
    let (mut sets, mut name) = (subject.inside(), None);
    while let Some(set) = sets.take(SET) {
        let mut pair = set.inside().take(SEQUENCE)?.inside();
        if pair.take(OID)?.content == oid::COMMON_NAME {
            name = Some(String::from_utf8_lossy(pair.next()?.content).into_owned());
        }
    }
    name
}

/// The identifier of the key among the extensions.
fn key_identifier(mut fields: Reader<'_>) -> Option<&[u8]> {
    let mut extensions = loop {
        let field = fields.next()?;
        if field.tag == marked(3) {
            break field.inside().take(SEQUENCE)?.inside();
        }
    };
    while let Some(extension) = extensions.take(SEQUENCE) {
        let mut parts = extension.inside();
        if parts.take(OID)?.content == oid::KEY_IDENTIFIER {
            return Some(Reader::new(parts.take(OCTETS)?.content).take(OCTETS)?.content);
        }
    }
    None
}

/// A UTCTime (`YYMMDDhhmmssZ`) or GeneralizedTime (`YYYYMMDDhhmmssZ`).
fn instant(time: &Element<'_>) -> Option<RomeTime> {
    const UTC_TIME: u8 = 0x17;
    let text = std::str::from_utf8(time.content).ok()?.strip_suffix('Z')?;
    let text = match time.tag {
        // Two digits are a year from 1950 to 2049 (RFC 5280, section 4.1.2.5.1).
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        _ => text.to_owned(),
    };
    let civil = DateTime::strptime("%Y%m%d%H%M%S", text).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().into())
}

#[cfg(test)]
mod hostile;

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! signed {
        ($name:literal) => {
            &include_bytes!(concat!("../../tests/signed/", $name, ".p7m"))[..]
        };
    }

    fn now() -> RomeTime {
        "2027-01-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn files_signed_in_every_usual_way_are_accepted() {
        for (name, file, signers) in [
            ("rsa", signed!("rsa"), &["Ferri Anna"][..]),
            ("ec", signed!("ec"), &["Neri Bruno"]),
            ("pss", signed!("pss"), &["Ferri Anna"]),
            ("ber", signed!("ber"), &["Ferri Anna"]),
            ("pem", signed!("pem"), &["Ferri Anna"]),
        ] {
            assert_eq!(verify(file, now()), Ok(signers.iter().map(|name| (*name).to_owned()).collect()), "{name}");
        }
        let mut both = verify(signed!("two"), now()).unwrap();
        both.sort();
        assert_eq!(both, ["Ferri Anna", "Neri Bruno"]);
    }

    #[test]
    fn what_is_missing_is_told() {
        assert_eq!(verify(signed!("detached"), now()), Err(Flaw::Detached));
        assert_eq!(verify(signed!("nocerts"), now()), Err(Flaw::Unsigned));
        for file in [&b""[..], b"0", b"%PDF-1.7", b"-----BEGIN CMS-----\nMIIF\n-----END CMS-----\n", &signed!("rsa")[..900]] {
            assert_eq!(verify(file, now()), Err(Flaw::Unreadable));
        }
    }

    /// Whatever byte of the document or of the signature is another one, the file is refused.
    #[test]
    fn an_altered_file_is_never_accepted() {
        for file in [signed!("rsa"), signed!("ec"), signed!("ber")] {
            let text = file.windows(4).position(|bytes| bytes == b"Il s").unwrap();
            let mut altered = file.to_vec();
            altered[text] = b'X';
            assert_eq!(verify(&altered, now()), Err(Flaw::Altered));
            // The signature stands at the end, before the marks of the end where there are any.
            for place in file.len() - 40..file.len() - 14 {
                let mut altered = file.to_vec();
                altered[place] ^= 1;
                assert!(verify(&altered, now()).is_err(), "byte {place}");
            }
        }
    }

    #[test]
    fn any_byte_may_be_another_without_harm() {
        let file = signed!("two");
        for place in 0..file.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut altered = file.to_vec();
                altered[place] ^= change;
                let _ = verify(&altered, now());
            }
        }
    }

    #[test]
    fn instants_of_certificates_are_read() {
        let read = |tag, text: &str| instant(&Element { tag, content: text.as_bytes(), whole: &[] }).map(|at| at.to_utc_string());
        assert_eq!(read(0x17, "261122235600Z").as_deref(), Some("2026-11-22T23:56:00Z"));
        assert_eq!(read(0x17, "991231235959Z").as_deref(), Some("1999-12-31T23:59:59Z"));
        assert_eq!(read(0x18, "20591001000000Z").as_deref(), Some("2059-10-01T00:00:00Z"));
        for wrong in ["", "Z", "2611222356Z", "261322235600Z", "261122235600+0100"] {
            assert_eq!(read(0x17, wrong), None, "{wrong}");
        }
    }
}
