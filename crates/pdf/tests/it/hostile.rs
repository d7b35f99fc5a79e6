//! Texts that want more than to be printed.

use pdf::{ApplicationDocument, Attachment, Item, Logo, PdfError, Section};
use proptest::prelude::*;

use crate::{poppler, samples};

/// Points in a millimetre.
const MM: f64 = 72.0 / 25.4;

/// A form in which `text` stands wherever a person or a form's author can write.
fn everywhere(text: &str) -> ApplicationDocument {
    let text = text.to_owned();
    let field = Item::Field { label: text.clone(), value: text.clone() };
    let table = |columns: usize| Item::Table {
        title: text.clone(),
        columns: vec![text.clone(); columns],
        rows: vec![vec![text.clone(); columns], vec![]],
    };
    let mut document = samples::application();
    document.issuer.name = text.clone();
    document.issuer.contacts = vec![text.clone()];
    document.service = text.clone();
    document.subject = Some(text.clone());
    document.authentication = Some(text.clone());
    document.applicant.name = text.clone();
    document.applicant.tax_id = Some(text.clone());
    let items =
        vec![field.clone(), Item::Heading { text: text.clone() }, Item::Text { text: text.clone() }, table(3), table(9), field];
    document.sections = vec![Section { title: text.clone(), items }];
    document.attachments = vec![Attachment { name: text.clone(), description: text.clone(), sha256: text }];
    document
}

fn assert_within_margins(pdf: &[u8]) {
    for [left, top, right, bottom] in poppler::boxes(pdf).into_iter().map(|points| points.map(|point| point / MM)) {
        assert!(left > 21.5 && right < 188.5, "a word reaches from {left} to {right} mm");
        assert!(top > 15.0 && bottom < 290.0, "a word reaches from {top} to {bottom} mm");
    }
}

#[test]
fn programs_are_printed_not_run() {
    for text in [
        "#import \"@preview/tablex:0.0.8\": *",
        "#panic(\"x\")",
        "#read(\"/etc/passwd\")",
        "$ integral x $ $x$",
        "*grassetto* _corsivo_ `codice` <etichetta> @rif",
        "= Titolo",
        "- uno + due / tre: quattro",
        "// commento /* e altro */",
        "\\ ~ --- \\u{41} \\#",
        "\"]); #set page(width: 1pt)",
        "{{7*7}} ${7*7} <script>alert(1)</script> %s %n",
        "(testo) Tj ET endstream endobj trailer << /Root 1 0 R >> %%EOF",
        "https://example.it/a?b=c&d=e#f",
    ] {
        let pdf = pdf::application(&everywhere(text)).unwrap();
        let shown = poppler::text(&pdf);
        assert!(shown.contains(text), "«{text}» is not in: {shown}");
        assert!(shown.matches(text).count() >= 12, "«{text}» is missing somewhere in: {shown}");
        assert!(!pdf.windows(7).any(|bytes| bytes == b"/Annots"), "nothing that a person wrote becomes a link");
    }
}

#[test]
fn scripts_of_the_world_are_printed_and_what_cannot_be_is_named() {
    for (text, shown) in [
        ("Đỗ Thị Ngọc Ánh, Łukasz Żółć, Ștefan Țepeș", "Đỗ Thị Ngọc Ánh, Łukasz Żółć, Ștefan Țepeș"),
        ("Олександр Шевченко, Γιώργος Παπαδόπουλος", "Олександр Шевченко, Γιώργος Παπαδόπουλος"),
        ("Nin\u{303}o e\u{301}", "Nin\u{303}o e\u{301}"),
        ("ok \u{1f600} \u{1f9ff}\u{fe0f}", "ok \u{1f600} [U+1F9FF]"),
        ("王小明", "[U+738B][U+5C0F][U+660E]"),
        ("nome\u{0}\u{7}\u{202e}otterid", "nomeotterid"),
    ] {
        let shown_text = poppler::text(&pdf::application(&everywhere(text)).unwrap());
        assert!(shown_text.contains(shown), "«{shown}» is not in: {shown_text}");
    }
}

#[test]
fn right_to_left_names_keep_their_letters() {
    let shown = poppler::text(&pdf::application(&everywhere("محمد بن علي")).unwrap());
    assert!(shown.contains("محمد بن علي"), "{shown}");
    pdf::application(&everywhere("שלום (אבג) 12345 abc")).unwrap();
}

#[test]
fn words_of_ten_thousand_letters_stay_on_the_paper() {
    for word in ["W".repeat(10_000), "à".repeat(10_000), "1234567890".repeat(1_000), "a\u{301}".repeat(5_000)] {
        let mut document = samples::application();
        let row = vec![word.clone(), "x".into(), word.clone(), "y".into()];
        document.sections[0].items = vec![
            Item::Field { label: "Testo".into(), value: word.clone() },
            Item::Field { label: word.clone(), value: "x".into() },
            Item::Table { title: String::new(), columns: ["a", "b", "c", "d"].map(String::from).to_vec(), rows: vec![row] },
            Item::Text { text: word },
        ];
        assert_within_margins(&pdf::application(&document).unwrap());
    }
}

#[test]
fn codes_in_narrow_columns_stay_in_them() {
    let columns: Vec<String> = (1..=6).map(|number| format!("Colonna numero {number}")).collect();
    let row =
        ["RSSMRA80A01H501U", "IT60X0542811101000000123456", "maria.dangelo@pec.example.it", "3028 7223", "Sì", "02/11/2018"];
    let mut document = samples::application();
    document.sections[0].items =
        vec![Item::Table { title: "Elenco".into(), columns, rows: vec![row.map(String::from).to_vec(); 3] }];
    let pdf = pdf::application(&document).unwrap();
    assert_within_margins(&pdf);
    let shown = poppler::text(&pdf).replace(' ', "");
    assert_eq!(shown.matches("IT60X0542811101000000123456").count(), 3, "breaking a word adds nothing to it: {shown}");
}

#[test]
fn five_hundred_rows_have_their_header_on_every_page() {
    let rows = (1..=500).map(|number| vec![number.to_string(), format!("Voce {number}"), "€ 1,00".to_owned()]).collect();
    let mut document = samples::application();
    let columns = ["Numero", "Descrizione", "Importo"].map(String::from).to_vec();
    document.sections =
        vec![Section { title: "Elenco".into(), items: vec![Item::Table { title: String::new(), columns, rows }] }];
    let pages = poppler::pages(&pdf::application(&document).unwrap());
    assert!(pages.len() > 10);
    let with_rows: Vec<_> = pages.iter().filter(|page| page.contains("Voce ")).collect();
    assert!(with_rows.iter().all(|page| page.contains("Descrizione")));
    let all = pages.join("\n");
    for number in [1, 250, 500] {
        assert!(all.contains(&format!("Voce {number}\n")), "row {number}");
    }
}

#[test]
fn empty_grids_and_sections_make_a_document_too() {
    let grid = |columns: &[&str], rows: &[&[&str]]| Item::Table {
        title: "Elenco".into(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows: rows.iter().map(|row| row.iter().map(|value| (*value).to_owned()).collect()).collect(),
    };
    let mut document = samples::application();
    document.sections[0].items =
        vec![grid(&[], &[&["a"]]), grid(&["a", "b"], &[]), grid(&["a", "b"], &[&[], &["1"], &["1", "2", "3"]])];
    document.sections[1].items.clear();
    pdf::application(&document).unwrap();
    document.sections.clear();
    pdf::application(&document).unwrap();
}

#[test]
fn empty_texts_make_a_document_too() {
    for text in ["", " ", "\n\n", "\u{200b}", "\u{301}"] {
        pdf::application(&everywhere(text)).unwrap();
    }
    let mut letter = samples::outcome();
    (letter.subject, letter.motivation, letter.service) = (String::new(), String::new(), String::new());
    (letter.signature.place, letter.signature.office, letter.signature.name) = (String::new(), String::new(), String::new());
    letter.addressee.name.clear();
    pdf::outcome(&letter).unwrap();
    let mut notice = samples::notice();
    (notice.subject, notice.creditor.name, notice.debtor.name) = (String::new(), String::new(), String::new());
    pdf::notice(&notice).unwrap();
    let mut receipt = samples::receipt();
    (receipt.reason, receipt.transaction_id) = (String::new(), String::new());
    pdf::receipt(&receipt).unwrap();
}

#[test]
fn more_text_than_a_document_may_have_is_refused() {
    let document = everywhere(&"testo ".repeat(10_000));
    assert!(matches!(pdf::application(&document), Err(PdfError::TooLarge { bytes }) if bytes > 512 << 10));
}

#[test]
fn an_svg_that_copies_its_copies_does_not_explode() {
    let mut svg = String::from(r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path id="a0" d="M0 0h9v9z"/>"##);
    for level in 1..=5 {
        let copy = format!(r##"<use href="#a{}"/>"##, level - 1);
        svg.push_str(&format!(r#"<g id="a{level}">{}</g>"#, copy.repeat(3)));
    }
    svg.push_str("</svg>");
    Logo::new(svg.as_bytes()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_makes_a_document(text in any::<String>()) {
        pdf::application(&everywhere(&text)).unwrap();
    }

    #[test]
    fn any_text_of_any_script_makes_a_document(text in "[\\u{300}-\\u{36f}\\u{590}-\\u{8ff}\\u{e80}-\\u{eff}\\u{1d00}-\\u{2fff}a\\u{1f300}-\\u{1f6ff}]{0,40}") {
        pdf::application(&everywhere(&text)).unwrap();
    }
}
