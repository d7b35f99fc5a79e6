use proptest::prelude::*;

use super::*;

fn row(pairs: &[(&str, &str)]) -> Columns {
    let own = [("codice_fiscale", "AAAAAA00A00A000A"), ("nome", "Anna")];
    own.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn template() -> Template {
    Template {
        name: "Prova".into(),
        subject: "Avviso per {{nome}}".into(),
        markdown: "Gentile {{nome}}, questo testo è abbastanza lungo per l'app: almeno ottanta caratteri, segnaposto compresi."
            .into(),
        premium: false,
        secure: false,
    }
}

fn reasons(pairs: &[(&str, &str)]) -> Vec<String> {
    judge(Some(&template()), &row(pairs)).message.err().unwrap_or_default()
}

#[test]
fn a_row_with_a_payment_becomes_a_message() {
    let judged = judge(
        Some(&template()),
        &row(&[
            ("importo", "1.234,50"),
            ("numero_avviso", "302000100440009424"),
            ("scadenza", "16/06/2025"),
            ("blocca_dopo_scadenza", "Sì"),
        ]),
    );
    let message = judged.message.unwrap();
    assert_eq!(message["content"]["subject"], "Avviso per Anna");
    assert_eq!(message["content"]["due_date"], "2025-06-16T21:59:59.000Z", "the last second of the day in Rome");
    let payment = json!({ "amount": 123_450, "notice_number": "302000100440009424", "invalid_after_due_date": true });
    assert_eq!(message["content"]["payment_data"], payment);
    assert!(judged.warning.is_some(), "the test citizen's check character is wrong, which is a warning only");
}

#[test]
fn every_reason_is_told_at_once() {
    let wrong = [
        ("codice_fiscale", "pippo"),
        ("nome", ""),
        ("importo", "1.234"),
        ("numero_avviso", "3,02E+17"),
        ("scadenza", "31/02/2025"),
    ];
    let told = reasons(&wrong).join("\n");
    for part in ["codice fiscale non è valido", "mancanti o vuote: nome", "due modi", "arrotondato", "scadenza"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(reasons(&[("importo", "10")])[0].contains("manca numero_avviso"));
    assert!(reasons(&[("numero_avviso", "302000100440009424")])[0].contains("manca importo"));
}

#[test]
fn lengths_are_those_of_the_text_that_is_sent() {
    let long = "è".repeat(120);
    assert!(reasons(&[("nome", &long)])[0].starts_with("oggetto: 131 caratteri"));
    let emoji = "😀".repeat(55);
    assert!(reasons(&[("nome", &emoji)])[0].starts_with("oggetto: 121 caratteri"), "an emoji counts two");
    let own = judge(None, &row(&[("oggetto", "Dieci lettere"), ("testo", "corto")])).message.unwrap_err();
    assert_eq!(own, ["testo: 5 caratteri, servono da 80 a 10000"]);
}

#[test]
fn amounts_are_read_as_they_are_written() {
    for (text, expected) in [
        ("12", Some(1_200)),
        ("12,5", Some(1_250)),
        ("12.50", Some(1_250)),
        ("€ 1.234,50", Some(123_450)),
        ("1,234.50", Some(123_450)),
        ("0,01", Some(1)),
        ("0,29", Some(29)),
        ("1.234", None),
        ("1,234", None),
        ("1.23.456,00", None),
        ("0", None),
        ("-1", None),
        ("1,", None),
        ("", None),
        ("dieci", None),
    ] {
        assert_eq!(cents(text).ok(), expected, "{text}");
    }
}

#[test]
fn days_end_in_rome_in_winter_and_in_summer() {
    for (text, expected) in [
        ("2025-01-31", "2025-01-31T22:59:59.000Z"),
        ("31/7/2025", "2025-07-31T21:59:59.000Z"),
        ("2025-03-30", "2025-03-30T21:59:59.000Z"),
        ("2025-10-26", "2025-10-26T22:59:59.000Z"),
        ("2025-06-16T10:00:00+02:00", "2025-06-16T08:00:00.000Z"),
    ] {
        assert_eq!(due(text).map(utc_millis).as_deref(), Some(expected), "{text}");
    }
    for text in ["16/6/25", "2025-13-01", "1/1/2025/1", "domani"] {
        assert_eq!(due(text), None, "{text}");
    }
}

#[test]
fn notice_numbers_that_a_spreadsheet_spoiled_are_told_apart() {
    assert!(notice("302000100440009424").is_ok());
    for (text, part) in
        [("02000100440009424", "iniziali"), ("3.02E+17", "arrotondato"), ("402000100440009424", "18 cifre"), ("x", "18 cifre")]
    {
        assert!(notice(text).unwrap_err().contains(part), "{text}");
    }
}

proptest! {
    #[test]
    fn an_amount_survives_both_ways_of_writing_it(amount in 1_i64..9_999_999_999) {
        let italian = kernel::Money::from_cents(amount).unwrap().to_italian();
        prop_assert_eq!(cents(&italian), Ok(amount));
        prop_assert_eq!(cents(&format!("{}.{:02}", amount / 100, amount % 100)).ok(), Some(amount).filter(|_| amount < 100_000_000_000));
    }

    #[test]
    fn a_day_ends_at_its_last_second_in_rome(days in 0..20_000_i64, slashes: bool) {
        let day = kernel::jiff::civil::date(2000, 1, 1).checked_add(kernel::jiff::Span::new().days(days)).unwrap();
        let text = if slashes { day.strftime("%d/%m/%Y").to_string() } else { day.to_string() };
        let at = due(&text).unwrap();
        prop_assert_eq!(at.civil(), day.at(23, 59, 59, 0));
        prop_assert_eq!(at.plus(kernel::jiff::SignedDuration::from_secs(1)).date(), day.tomorrow().unwrap());
    }

    #[test]
    fn a_notice_number_is_18_digits_whose_first_says_how_it_is_made(number in prop_oneof!["[0-9]{1,20}", "[0-3][0-9]{17}", "[0-9 .,eE+]{15,20}"]) {
        let fits = number.len() == 18 && number.bytes().all(|byte| byte.is_ascii_digit()) && number.as_bytes()[0] <= b'3';
        prop_assert_eq!(notice(&number).is_ok(), fits);
    }

    /// Whoever shares a code with somebody else is no mistake.
    #[test]
    fn no_form_of_omocodia_is_warned_of(letters in "[A-Z]{6}", year in "[0-9]{2}", month in "[ABCDEHLMPRST]", day in 10..=28u8, place in "[A-Z][0-9]{3}") {
        let first = format!("{letters}{year}{month}{day}{place}");
        for form in 0..128_u8 {
            let mut characters: Vec<char> = first.chars().collect();
            for (_, index) in [6, 7, 9, 10, 12, 13, 14].into_iter().enumerate().filter(|(bit, _)| form & (1 << bit) != 0) {
                characters[index] = char::from(b"LMNPQRSTUV"[usize::try_from(characters[index].to_digit(10).unwrap()).unwrap()]);
            }
            let first: String = characters.into_iter().collect();
            let warned = ('A'..='Z').filter(|last| {
                let judged = judge(Some(&template()), &row(&[("codice_fiscale", &format!("{first}{last}"))]));
                assert!(judged.message.is_ok(), "the app takes any check character");
                judged.warning.is_some()
            });
            prop_assert_eq!(warned.count(), 25);
        }
    }

    /// What is judged good here is good there: nothing is sent that the app would refuse for its form.
    #[test]
    fn what_passes_here_passes_the_interface(nome in "\\PC{0,130}", importo in "[0-9.,]{0,8}", avviso in "[0-9]{16,19}", scadenza in "\\PC{0,12}") {
        let judged = judge(Some(&template()), &row(&[("nome", &nome), ("importo", &importo), ("numero_avviso", &avviso), ("scadenza", &scadenza)]));
        if let Ok(message) = judged.message {
            prop_assert!(NewMessage::read(&message).is_ok());
        }
    }
}
