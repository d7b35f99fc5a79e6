//! The QR code of a payment notice (pagoPA, "L'avviso di pagamento analogico nel sistema pagoPA", technical annex).

use std::fmt::Write as _;

use kernel::{Money, NoticeNumber, TaxCode};
use qrcode::{Color, EcLevel, QrCode, Version};

/// Modules on a side of a version 4 symbol (ISO/IEC 18004); the template gives it 25 mm and a quiet zone of 4 modules.
const SIDE: usize = 33;

/// What the code says: `PAGOPA|002|` notice number `|` tax code of the creditor `|` amount in cents, two digits at least.
pub fn content(notice: NoticeNumber, creditor: &TaxCode, amount: Money) -> String {
    format!("PAGOPA|002|{notice}|{creditor}|{:02}", amount.cents())
}

/// An SVG drawing of the symbol (version 4, error correction M), one unit a module, without quiet zone.
pub fn svg(content: &str) -> String {
    // At most 54 characters; a version 4-M symbol holds 62 bytes.
    let code =
        QrCode::with_version(content, Version::Normal(4), EcLevel::M).expect("the content of a notice fits in version 4-M");
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(SIDE).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left == right) {
            let width = run.len();
            if run[0] == Color::Dark {
                write!(path, "M{x} {y}h{width}v1h-{width}z").expect("writing to a String cannot fail");
            }
            x += width;
        }
    }
    format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}"><path d="{path}"/></svg>"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_content_fits_and_the_smallest_amount_has_two_digits() {
        let notice: NoticeNumber = "302872234000000343".parse().unwrap();
        let creditor: TaxCode = "12345678903".parse().unwrap();
        let largest = content(notice, &creditor, Money::MAX);
        assert_eq!(largest, "PAGOPA|002|302872234000000343|12345678903|99999999999");
        assert!(svg(&largest).starts_with("<svg"));
        assert!(content(notice, &creditor, Money::from_cents(5).unwrap()).ends_with("|05"));
    }
}
