//! Payment notices as PDF.

use kernel::{Money, NoticeNumber, Series};

use crate::cpu_s;

/// Notices of payments, no two alike, on one core.
pub fn run(count: usize) {
    let document = |number: u64| pdf::NoticeDocument {
        language: pdf::Language::It,
        creditor: pdf::Issuer {
            name: "Comune di Bugliano".to_owned(),
            contacts: vec!["Codice fiscale 00337460224".to_owned()],
            logo: None,
        },
        creditor_tax_code: "00337460224".parse().expect("a tax code"),
        sector: "Servizi scolastici".to_owned(),
        information: "Informazioni: 050 7654321".to_owned(),
        cbill: Some("AB12C".to_owned()),
        postal: None,
        subject: format!("Mensa scolastica, quota {number}"),
        debtor: pdf::Person {
            name: format!("Maria D’Angelo {number}"),
            tax_id: Some("DNGMNC80A41G702Z".to_owned()),
            address: vec![format!("Via dell’Università {number}"), "56010 Bugliano (PI)".to_owned()],
        },
        single: pdf::Payable {
            notice: NoticeNumber::new(Series::Segregated(2), number).expect("a notice number"),
            amount: Money::from_cents(1_000 + i64::try_from(number).unwrap_or_default()).expect("an amount"),
            due_on: Some(kernel::jiff::civil::date(2026, 9, 30)),
        },
        instalments: Vec::new(),
        issued_at: "2026-03-10T09:00:00+01:00".parse().expect("an instant"),
    };
    // Fonts and templates are read once.
    pdf::notice(&document(0)).expect("a notice");
    let began = cpu_s();
    let bytes: usize = (1..=count as u64).map(|number| pdf::notice(&document(number)).expect("a notice").len()).sum();
    let each = (cpu_s() - began) / count as f64;
    println!("notices: {:.0} PDF per CPU-second ({:.1} ms each, {} kB)", 1.0 / each, each * 1e3, bytes / count / 1000);
}
