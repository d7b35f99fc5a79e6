//! The Data Matrix of a postal slip (pagoPA, "L'avviso di pagamento analogico nel sistema pagoPA", technical annex): 256 characters in
//! fields of fixed width, by which post offices read the slip without typing.

use std::fmt::Write as _;

use datamatrix::{DataMatrix, SymbolList};
use kernel::{Money, NoticeNumber, TaxCode};

use crate::notice::PostalAccount;

/// The kind of slip: printed with notice number and amount.
const DOCUMENT: &str = "896";

/// More cents than this have no place on a slip.
const MOST: i64 = 9_999_999_999;

/// What the code says of a payment to `account`; `None` for an amount that no slip can carry.
pub fn content(
    account: &PostalAccount,
    notice: NoticeNumber,
    amount: Money,
    creditor: &TaxCode,
    (debtor, tax_code): (&str, &str),
    subject: &str,
) -> Option<String> {
    if amount.cents() > MOST {
        return None;
    }
    let digits: String = account.number.chars().filter(char::is_ascii_digit).take(12).collect();
    let tax_code = field(tax_code, 16);
    let (debtor, subject) = (field(debtor, 40), field(subject, 110));
    Some(format!(
        "codfase=NBPA;18{notice}12{digits:0>12}10{cents:010}3{DOCUMENT}1P1{creditor}{tax_code}{debtor}{subject}{gap:12}A",
        cents = amount.cents(),
        creditor = field(creditor.as_str(), 11),
        gap = "",
    ))
}

/// A text in exactly `width` of the characters that post offices read: capital letters, digits, plain signs.
fn field(text: &str, width: usize) -> String {
    let plain: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().map(plain).collect::<String>().to_uppercase();
    format!("{:width$.width$}", plain)
}

/// The letter without its accent; what has no such letter is a blank.
fn plain(c: char) -> char {
    const FOLDED: [(&str, char); 18] = [
        ("àáâãäåÀÁÂÃÄÅ", 'A'),
        ("èéêëÈÉÊË", 'E'),
        ("ìíîïÌÍÎÏ", 'I'),
        ("òóôõöøÒÓÔÕÖØ", 'O'),
        ("ùúûüÙÚÛÜ", 'U'),
        ("çÇčćČĆ", 'C'),
        ("ñÑ", 'N'),
        ("ýÿÝ", 'Y'),
        ("šŠś", 'S'),
        ("žŽź", 'Z'),
        ("đĐ", 'D'),
        ("łŁ", 'L'),
        ("ß", 'S'),
        ("ęĘ", 'E'),
        ("ąĄ", 'A'),
        ("’‘`´", '\''),
        ("«»“”„", '"'),
        ("–—", '-'),
    ];
    match c {
        ' '..='~' => c,
        _ => FOLDED.into_iter().find(|(letters, _)| letters.contains(c)).map_or(' ', |(_, letter)| letter),
    }
}

/// An SVG drawing of the symbol (ECC 200, as small as it can be), one unit a module, without quiet zone.
pub fn svg(content: &str) -> String {
    // 256 characters of which no two need more than two codewords fit in the larger symbols many times over.
    let code = DataMatrix::encode(content.as_bytes(), SymbolList::default()).expect("256 plain characters fit in a Data Matrix");
    let bitmap = code.bitmap();
    let (width, height) = (bitmap.width(), bitmap.height());
    let mut path = String::new();
    for (y, row) in bitmap.bits().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left == right) {
            let length = run.len();
            if run[0] {
                write!(path, "M{x} {y}h{length}v1h-{length}z").expect("writing to a String cannot fail");
            }
            x += length;
        }
    }
    format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><path d="{path}"/></svg>"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters of the content.
    const LENGTH: usize = 256;

    fn account() -> PostalAccount {
        PostalAccount { number: "1234567".into(), holder: "COMUNE DI BUGLIANO".into(), authorisation: None }
    }

    fn sample(debtor: &str, subject: &str) -> String {
        let notice = "302872234000000343".parse().unwrap();
        let amount = Money::from_cents(38_250).unwrap();
        content(&account(), notice, amount, &"12345678903".parse().unwrap(), (debtor, "DNGMNC80A41G702Z"), subject).unwrap()
    }

    #[test]
    fn every_field_stands_in_its_place() {
        let content = sample("Maria Niccolò D’Angelo", "Mensa scolastica 2025/2026, quota annuale");
        assert_eq!(content.len(), LENGTH);
        assert!(
            content.starts_with("codfase=NBPA;183028722340000003431200000123456710000003825038961P112345678903DNGMNC80A41G702Z")
        );
        assert_eq!(&content[93..133], format!("{:40}", "MARIA NICCOLO D'ANGELO"));
        assert_eq!(content[133..243].trim_end(), "MENSA SCOLASTICA 2025/2026, QUOTA ANNUALE");
        assert_eq!(&content[243..], "            A");
    }

    #[test]
    fn an_amount_that_a_slip_cannot_carry_has_none() {
        let (notice, creditor) = ("302872234000000343".parse().unwrap(), "12345678903".parse().unwrap());
        let of = |cents| content(&account(), notice, Money::from_cents(cents).unwrap(), &creditor, ("", ""), "");
        assert_eq!(of(MOST).map(|content| content.len()), Some(LENGTH));
        assert_eq!(of(MOST + 1), None);
    }

    #[test]
    fn whatever_people_wrote_it_has_256_characters_that_are_read_back() {
        for text in ["", "x".repeat(500).as_str(), "Иван Петров", "a\nb\tc\u{202e}d", "ß«»–", "👩‍👩‍👧"]
        {
            let content = sample(text, text);
            assert_eq!((content.len(), content.is_ascii()), (LENGTH, true), "{text}");
            let code = DataMatrix::encode(content.as_bytes(), SymbolList::default()).unwrap();
            let bitmap = code.bitmap();
            assert_eq!(DataMatrix::decode(bitmap.bits(), bitmap.width()).unwrap(), content.as_bytes());
            assert!(bitmap.width() <= 72 && svg(&content).starts_with("<svg"), "{}", bitmap.width());
        }
    }
}
