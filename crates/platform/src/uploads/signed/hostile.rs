//! Files made of genuine ones, put together so that another document could pass for the signed one.

use super::*;

const RSA: &[u8] = include_bytes!("../../../tests/signed/rsa.p7m");
const BER: &[u8] = include_bytes!("../../../tests/signed/ber.p7m");
const PEM: &[u8] = include_bytes!("../../../tests/signed/pem.p7m");
/// Data as such, 1.2.840.113549.1.7.1: what kind of content is signed.
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];

fn now() -> RomeTime {
    "2027-01-01T00:00:00Z".parse().unwrap()
}

/// An element with these parts in it.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [.., high, low] = content.len().to_be_bytes();
    let head = if content.len() < 0x80 { vec![tag, low] } else { vec![tag, 0x82, high, low] };
    [head, content].concat()
}

/// What a genuine file is made of.
struct Genuine<'a> {
    version: &'a [u8],
    digests: &'a [u8],
    content: &'a [u8],
    certificates: &'a [u8],
    /// The fields of its only signature.
    signer: Vec<Element<'a>>,
}

impl<'a> Genuine<'a> {
    fn of(file: &'a [u8]) -> Self {
        let mut outer = Reader::new(file).next().unwrap().inside();
        outer.next().unwrap();
        let mut data = outer.next().unwrap().inside().next().unwrap().inside();
        let (version, digests) = (data.next().unwrap().whole, data.next().unwrap().whole);
        let mut encapsulated = data.next().unwrap().inside();
        encapsulated.next().unwrap();
        let content = encapsulated.next().unwrap().inside().next().unwrap().content;
        let certificates = data.next().unwrap().whole;
        let signer = elements(&data.next().unwrap().inside().next().unwrap());
        Self { version, digests, content, certificates, signer }
    }

    fn attributes(&self) -> Element<'a> {
        *self.signer.iter().find(|field| field.tag == marked(0)).unwrap()
    }

    /// Its signature with other attributes, or with none.
    fn signer_with<'b>(&self, attributes: Option<Element<'b>>) -> Vec<Element<'b>>
    where
        'a: 'b,
    {
        let other = |field: &Element<'a>| if field.tag == marked(0) { attributes } else { Some(*field) };
        self.signer.iter().filter_map(other).collect()
    }

    /// A file with these values where the document is, and its signature with these fields.
    fn with(&self, values: &[&[u8]], signer: &[Element<'_>]) -> Vec<u8> {
        let fields: Vec<&[u8]> = signer.iter().map(|field| field.whole).collect();
        self.put_together(&[&element(OID, &[DATA]), &element(marked(0), values)], &[&element(SEQUENCE, &fields)])
    }

    fn put_together(&self, encapsulated: &[&[u8]], signers: &[&[u8]]) -> Vec<u8> {
        let (encapsulated, signers) = (element(SEQUENCE, encapsulated), element(SET, signers));
        let data = element(SEQUENCE, &[self.version, self.digests, &encapsulated, self.certificates, &signers]);
        element(SEQUENCE, &[&element(OID, &[oid::SIGNED_DATA]), &element(marked(0), &[&data])])
    }
}

/// The elements in an element.
fn elements<'a>(element: &Element<'a>) -> Vec<Element<'a>> {
    let mut inside = element.inside();
    std::iter::from_fn(|| inside.next()).collect()
}

#[test]
fn a_genuine_file_put_together_again_is_accepted() {
    let genuine = Genuine::of(RSA);
    let signed = Ok(vec!["Ferri Anna".to_owned()]);
    assert_eq!(verify(&genuine.with(&[&element(OCTETS, &[genuine.content])], &genuine.signer), now()), signed);
    let (begin, rest) = genuine.content.split_at(7);
    let pieces = element(OCTETS_IN_PIECES, &[&element(OCTETS, &[begin]), &element(OCTETS, &[rest])]);
    assert_eq!(verify(&genuine.with(&[&pieces], &genuine.signer), now()), signed, "in pieces");
}

/// What a genuine signature is of are its attributes: without the mark that they are attributes, they would be a document.
#[test]
fn the_attributes_of_a_signature_are_no_document() {
    let genuine = Genuine::of(RSA);
    let set = [&[SET], &genuine.attributes().whole[1..]].concat();
    let forged = genuine.with(&[&element(OCTETS, &[&set])], &genuine.signer_with(None));
    assert_eq!(verify(&forged, now()), Err(Flaw::Undeclared));
}

#[test]
fn a_signature_must_say_what_it_is_of() {
    let genuine = Genuine::of(RSA);
    for needed in [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST] {
        let all = elements(&genuine.attributes());
        let others = all.iter().filter(|attribute| attribute.inside().next().unwrap().content != needed);
        let others: Vec<&[u8]> = others.map(|attribute| attribute.whole).collect();
        assert_eq!(others.len(), all.len() - 1);
        let others = element(marked(0), &others);
        let signer = genuine.signer_with(Reader::new(&others).next());
        let file = genuine.with(&[&element(OCTETS, &[genuine.content])], &signer);
        assert_eq!(verify(&file, now()), Err(Flaw::Undeclared));
    }
}

#[test]
fn beside_the_signed_document_stands_no_other() {
    let genuine = Genuine::of(RSA);
    let (signed, other) = (element(OCTETS, &[genuine.content]), element(OCTETS, &[b"Un altro documento."]));
    let wrong: [&[&[u8]]; 4] = [&[&signed, &other], &[&other, &signed], &[&signed, &[0]], &[]];
    for values in wrong {
        assert_eq!(verify(&genuine.with(values, &genuine.signer), now()), Err(Flaw::Unreadable), "{} values", values.len());
    }
    // Of another kind, or further out.
    let text = element(0x0c, &[genuine.content]);
    assert_eq!(verify(&genuine.with(&[&text], &genuine.signer), now()), Err(Flaw::Unreadable));
    let fields: Vec<&[u8]> = genuine.signer.iter().map(|field| field.whole).collect();
    let (kind, value, signer) = (element(OID, &[DATA]), element(marked(0), &[&signed]), element(SEQUENCE, &fields));
    let beside_the_value = genuine.put_together(&[&kind, &value, &other], &[&signer]);
    assert_eq!(verify(&beside_the_value, now()), Err(Flaw::Unreadable));
    let beside_the_signer = genuine.put_together(&[&kind, &value], &[&signer, &other]);
    assert_eq!(verify(&beside_the_signer, now()), Err(Flaw::Unreadable));
}

#[test]
fn nothing_follows_what_is_signed() {
    for file in [RSA, BER] {
        for after in [&b"%PDF-1.7 Un altro documento."[..], &[0], b"\n"] {
            assert_eq!(verify(&[file, after].concat(), now()), Err(Flaw::Unreadable), "{after:?}");
        }
    }
    // Within the outermost sequence, and within the signed data.
    let (outer, other) = (Reader::new(RSA).next().unwrap(), element(OCTETS, &[b"Un altro documento."]));
    let file = element(SEQUENCE, &[outer.content, &other]);
    assert_eq!(verify(&file, now()), Err(Flaw::Unreadable));
    let [name, value] = elements(&outer).try_into().unwrap();
    for inside in [
        element(marked(0), &[value.content, &other]),
        element(marked(0), &[&element(SEQUENCE, &[value.inside().next().unwrap().content, &other])]),
    ] {
        assert_eq!(verify(&element(SEQUENCE, &[name.whole, &inside]), now()), Err(Flaw::Unreadable));
    }
}

#[test]
fn nothing_stands_beside_base64_either() {
    let signed = Ok(vec!["Ferri Anna".to_owned()]);
    let bare = STANDARD.encode(RSA);
    for file in [[&b" \r\n"[..], PEM, b"\r\n \n"].concat(), bare.clone().into_bytes(), format!("{bare}\n").into_bytes()] {
        assert_eq!(verify(&file, now()), signed);
    }
    let pem = std::str::from_utf8(PEM).unwrap();
    let end = pem.find("-----END").unwrap();
    for file in [
        format!("{pem}Un altro documento."),
        format!("Un altro documento.\n{pem}"),
        format!("{pem}-----Un altro documento.\n"),
        format!("-----Un altro documento.\n{pem}"),
        format!("{}-----Un altro documento.\n{}", &pem[..end], &pem[end..]),
        pem.replace(" CMS", " Un altro documento"),
        pem[..end].to_owned(),
        format!("{pem}{pem}"),
        format!("{bare}{}", STANDARD.encode("Un altro documento.")),
    ] {
        assert_eq!(verify(file.as_bytes(), now()), Err(Flaw::Unreadable), "{file}");
    }
}

#[test]
fn certificates_alone_are_neither_signed_nor_altered() {
    let genuine = Genuine::of(RSA);
    let (kind, fields) = (element(OID, &[DATA]), genuine.signer.iter().map(|field| field.whole).collect::<Vec<_>>());
    let alone = genuine.put_together(&[&kind], &[]);
    assert!(is_certificates_alone(&alone) && is_certificates_alone(STANDARD.encode(&alone).as_bytes()));
    assert_eq!(verify(&alone, now()), Err(Flaw::Detached));
    // With a signature, with a document, or with whatever follows, they are not alone.
    let value = element(marked(0), &[&element(OCTETS, &[genuine.content])]);
    for file in [
        genuine.put_together(&[&kind], &[&element(SEQUENCE, &fields)]),
        genuine.put_together(&[&kind, &value], &[]),
        [&alone[..], b"Un documento."].concat(),
        RSA.to_vec(),
        b"Un documento.".to_vec(),
    ] {
        assert!(!is_certificates_alone(&file));
        assert!(file == RSA || verify(&file, now()).is_err());
    }
}
