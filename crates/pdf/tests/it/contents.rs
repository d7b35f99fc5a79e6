//! What the documents say, how they are tagged, and that they are always the same.

use std::thread;

use kernel::Money;
use pdf::{Item, Language, MessageKind};

use crate::{poppler, samples};

fn assert_says(pdf: &[u8], expected: &[&str]) {
    let text = poppler::text(pdf);
    for expected in expected {
        assert!(text.contains(&poppler::squeeze(expected)), "«{expected}» is not in: {text}");
    }
}

#[test]
fn the_application_says_all_that_the_citizen_sent() {
    let document = samples::application();
    let pdf = pdf::application(&document).unwrap();
    assert_says(
        &pdf,
        &[
            "Comune di Bugliano",
            "Piazza del Municipio 1 – 56010 Bugliano (PI)",
            "Iscrizione al servizio di mensa scolastica",
            "0190a6c1-7f3e-7d52-9c1b-5b0a3c2d1e4f",
            "12 marzo 2025, ore 10:05",
            "Maria Niccolò D’Angelo (DNGMNC80A41G702Z)",
            "SPID, livello 2",
        ],
    );
    let mut expected = Vec::new();
    for section in &document.sections {
        expected.push(&section.title);
        for item in &section.items {
            match item {
                Item::Heading { text } => expected.push(text),
                Item::Field { label, value } => expected.extend([label, value]),
                Item::Table { columns, .. } => expected.extend(columns),
                Item::Text { .. } => {}
            }
        }
    }
    expected.extend(document.attachments.iter().flat_map(|file| [&file.name, &file.sha256]));
    assert_says(&pdf, &expected.into_iter().map(String::as_str).collect::<Vec<_>>());
    assert_says(&pdf, &["DNGGLI15E54G702X", "02/11/2018", "46 e 47 del d.P.R. 28 dicembre 2000, n. 445"]);
}

#[test]
fn pages_are_numbered_and_the_last_number_is_right() {
    let pages = poppler::pages(&pdf::application(&samples::application()).unwrap());
    assert_eq!(pages.len(), 2);
    assert!(pages[0].contains("Pagina 1 di 2"), "{}", pages[0]);
    assert!(pages[1].contains("Pagina 2 di 2"), "{}", pages[1]);
}

#[test]
fn the_letter_says_the_outcome_and_why() {
    let mut document = samples::outcome();
    let accepted = pdf::outcome(&document).unwrap();
    assert_says(
        &accepted,
        &[
            "Prot. n. 4821/2025 del 3 aprile 2025",
            "Istanza accolta",
            "Oggetto: Mensa scolastica, anno 2025/2026",
            "presentata il 12 marzo 2025",
            "si comunica che l’istanza è stata accolta.",
            "Il servizio comincia il 15 settembre 2025.",
            "ricorso al Tribunale amministrativo regionale della Toscana",
            "Ufficio Servizi scolastici",
            "Dott.ssa Lucia Bianchi",
            "Carta dei servizi della mensa.pdf",
        ],
    );
    document.accepted = false;
    document.protocol = None;
    document.remedies.clear();
    let rejected = pdf::outcome(&document).unwrap();
    assert_says(&rejected, &["Istanza non accolta", "l’istanza non è stata accolta."]);
    assert!(!poppler::text(&rejected).contains("Come opporsi"));
}

#[test]
fn a_request_and_its_answer_say_who_wrote_what_to_whom() {
    let mut document = samples::message();
    assert_says(
        &pdf::message(&document).unwrap(),
        &[
            "Richiesta di integrazioni",
            "Scritta da",
            "Comune di Bugliano, Dott.ssa Lucia Bianchi",
            "Maria Niccolò D’Angelo (DNGMNC80A41G702Z)",
            "20 marzo 2025, ore 11:40",
            "serve il certificato del pediatra",
            "Si prega di rispondere entro dieci giorni.",
            "modello-certificato.pdf – Modello da compilare",
        ],
    );
    document.kind = MessageKind::Answer;
    document.text.clear();
    assert_says(
        &pdf::message(&document).unwrap(),
        &["Risposta alla richiesta di integrazioni", "L’ufficio ha chiuso la richiesta senza attendere una risposta."],
    );
}

#[test]
fn a_withdrawal_and_an_annulment_say_who_ended_it_and_why() {
    let mut document = samples::message();
    document.kind = MessageKind::Withdrawal;
    document.text = "Ho cambiato casa.".to_owned();
    document.attachments.clear();
    let text = ["Ritiro dell’istanza", "Scritta da", "Maria Niccolò D’Angelo (DNGMNC80A41G702Z)", "Ho cambiato casa."];
    assert_says(&pdf::message(&document).unwrap(), &text);
    document.kind = MessageKind::Revocation;
    document.text.clear();
    let text = ["Annullamento dell’istanza", "Comune di Bugliano, Dott.ssa Lucia Bianchi", "Non sono indicati i motivi."];
    assert_says(&pdf::message(&document).unwrap(), &text);
    for language in [Language::De, Language::En] {
        document.language = language;
        assert!(pdf::message(&document).is_ok());
    }
}

#[test]
fn the_notice_says_whom_how_much_and_by_when() {
    let pdf = pdf::notice(&samples::notice()).unwrap();
    let expected = [
        "Avviso di pagamento",
        "€ 382,50",
        "30/09/2025",
        "3028 7223 4000 0003 43",
        "12345678903",
        "AB12C",
        "Via dell’Università 12",
    ];
    assert_says(&pdf, &expected);
    assert_eq!(poppler::info(&pdf, "Pages"), "1");
    let instalments = pdf::notice(&samples::notice_in_instalments()).unwrap();
    assert_says(&instalments, &["Puoi pagare per intero o in 3 rate.", "Rata 1", "Rata 3", "3028 7223 4000 0006 46", "€ 127,50"]);
}

#[test]
fn the_notice_has_the_blocks_that_pagopa_fixes_and_cuts_what_has_no_place() {
    let mut document = samples::notice();
    document.subject = "x".repeat(95);
    document.debtor.name = "Maria ".repeat(20);
    let text = poppler::text(&pdf::notice(&document).unwrap());
    let blocks = [
        "Ente Creditore",
        "Destinatario",
        "Quanto e quando pagare?",
        "Dove pagare?",
        "PAGA CON L’APP IO",
        "oppure sul sito di Comune di Bugliano, dal tuo Home Banking",
        "PAGA SUL TERRITORIO",
        "presso Banche e Sportelli ATM, negli Uffici Postali e Punti Postali",
        "Dati per il pagamento",
        "Rata unica",
        "Inquadra il codice QR con la tua app di pagamento",
        "Cod. CBILL",
        "Cod. Fiscale Ente Creditore",
    ];
    for block in blocks {
        assert!(text.contains(&poppler::squeeze(block)), "{block}");
    }
    assert!(!text.contains(&"x".repeat(90)) && text.contains("…"), "{text}");
    assert!(!text.contains("Bollettino"), "no slip without an account");
}

#[test]
fn a_body_with_a_postal_account_has_a_slip_for_each_way_to_pay() {
    let pdf = pdf::notice(&samples::notice_with_slips()).unwrap();
    assert_says(
        &pdf,
        &["Bollettino Postale PA", "sul C/C n.", "P1", "1234567", "Servizio Tesoreria", "Aut. DB/SSIC/E 12345", "Rata 3"],
    );
    let structure = poppler::structure(&pdf);
    let figures = structure.lines().filter(|line| line.trim_start().starts_with("Figure")).count();
    assert_eq!(figures, 8, "a QR code and a Data Matrix for the whole and for each of three instalments: {structure}");
}

#[test]
fn the_qr_codes_of_the_printed_notice_can_be_read() {
    let mut document = samples::notice_in_instalments();
    document.single.amount = Money::MAX;
    document.instalments[1].amount = Money::from_cents(5).unwrap();
    let pdf = pdf::notice(&document).unwrap();
    let mut read = Vec::new();
    for page in [1, 2] {
        let (width, height, grey) = poppler::grey(&pdf, page);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| grey[y * width + x]);
        for grid in image.detect_grids() {
            read.push(grid.decode().unwrap().1);
            let side = f64::from(grid.bounds[1].x - grid.bounds[0].x) / poppler::DOTS_PER_MM;
            // The reader extrapolates the corners.
            assert!((side - 25.0).abs() < 1.0, "the side is {side} mm");
        }
    }
    read.sort();
    let expected = [
        "PAGOPA|002|302872234000000343|12345678903|99999999999",
        "PAGOPA|002|302872234000000444|12345678903|12750",
        "PAGOPA|002|302872234000000545|12345678903|05",
        "PAGOPA|002|302872234000000646|12345678903|12750",
    ];
    assert_eq!(read, expected);
}

#[test]
fn the_receipt_says_who_paid_what_and_when() {
    let pdf = pdf::receipt(&samples::receipt()).unwrap();
    assert_says(
        &pdf,
        &[
            "Ricevuta di pagamento",
            "Maria Niccolò D’Angelo (DNGMNC80A41G702Z)",
            "€ 382,50",
            "02872234000000343",
            "2 settembre 2025, ore 18:41",
            "6d1f2e3c4b5a69788796a5b4c3d2e1f0",
            "Banca di Bugliano S.p.A.",
        ],
    );
}

#[test]
fn readers_for_the_blind_find_title_language_headings_and_pairs() {
    let pdf = pdf::application(&samples::application()).unwrap();
    let title = "Istanza 0190a6c1-7f3e-7d52-9c1b-5b0a3c2d1e4f – Iscrizione al servizio di mensa scolastica";
    assert_eq!(poppler::info(&pdf, "Title"), title);
    assert_eq!(poppler::info(&pdf, "Author"), "Comune di Bugliano");
    assert_eq!(poppler::info(&pdf, "Tagged"), "yes");
    assert_eq!(poppler::info(&pdf, "PDF version"), "1.7");
    assert!(pdf.windows(9).any(|bytes| bytes == b"/Lang(it)"));

    let structure = poppler::structure(&pdf);
    let tags = |tag: &str| structure.lines().filter(|line| line.trim_start().split(' ').next() == Some(tag)).count();
    let document = samples::application();
    assert_eq!(tags("H1"), document.sections.len() + 1, "one for each section and one for the attachments: {structure}");
    assert_eq!(tags("H2"), 1);
    assert_eq!(tags("Table"), 1);
    assert_eq!(tags("TH"), 4);
    let fields =
        document.sections.iter().flat_map(|section| &section.items).filter(|item| matches!(item, Item::Field { .. })).count();
    assert_eq!(tags("Lbl"), 5 + fields + document.attachments.len(), "facts, fields, numbers of attachments: {structure}");
}

#[test]
fn fixed_texts_follow_the_language() {
    let mut document = samples::receipt();
    document.language = Language::De;
    assert_says(&pdf::receipt(&document).unwrap(), &["Zahlungsquittung", "2. September 2025, 18:41 Uhr", "Seite 1 von 1"]);
    document.language = Language::En;
    assert_says(&pdf::receipt(&document).unwrap(), &["Payment receipt", "€382.50", "Page 1 of 1"]);
    let mut document = samples::application();
    document.language = Language::En;
    assert_says(&pdf::application(&document).unwrap(), &["Application submitted online", "Submitted on 12 March 2025, 10:05"]);
    let mut document = samples::outcome();
    document.language = Language::De;
    assert_says(&pdf::outcome(&document).unwrap(), &["Antrag angenommen", "Prot. Nr. 4821/2025 vom 3. April 2025"]);
    let mut document = samples::notice();
    document.language = Language::De;
    assert_says(&pdf::notice(&document).unwrap(), &["Zahlungsmitteilung", "€ 382,50"]);
}

#[test]
fn the_same_data_give_the_same_bytes_whatever_else_is_going_on() {
    let application = samples::application();
    let expected = pdf::application(&application).unwrap();
    thread::scope(|scope| {
        let others = scope.spawn(|| (0..5).for_each(|_| drop(pdf::notice(&samples::notice_in_instalments()).unwrap())));
        let same: Vec<_> = (0..3).map(|_| scope.spawn(|| pdf::application(&application).unwrap())).collect();
        others.join().unwrap();
        for same in same {
            assert!(same.join().unwrap() == expected);
        }
    });
    let mut later = application.clone();
    later.submitted_at = samples::instant("2025-03-12T10:05:01+01:00");
    assert!(pdf::application(&later).unwrap() != expected, "the file carries its date");
}

#[test]
fn documents_survive_json() {
    let document = samples::application();
    let json = serde_json::to_string(&document).unwrap();
    assert_eq!(serde_json::from_str::<pdf::ApplicationDocument>(&json).unwrap(), document);
}
