//! A row of a file of dues as a payment that is to be paid, or what is wrong with it. Pure.

use contracts::payments::{Document, Links, Payment, PaymentType, PaymentV2, Person, PersonKind, Receiver, Split, Status, iud};
use contracts::{Extra, Raw, TextVersion};
use jiff::civil::{Date, DateTime, time};
use kernel::{EventId, FiscalCode, Money, NoticeError, NoticeNumber, RomeTime, ServiceId, TaxCode, TenantId, Uuid};

use super::rows::{COLUMNS, Row};
use crate::identifier;
use crate::links::ProxyUrls;

/// Whose dues are imported, and what stands in all of their payments.
#[derive(Debug)]
pub struct Source<'a> {
    /// The public body.
    pub tenant: TenantId,
    /// Its tax code.
    pub creditor: &'a str,
    /// The service that asks for the money.
    pub service: ServiceId,
    /// The addresses of the proxy that they are paid through.
    pub urls: &'a ProxyUrls,
    /// What makes identifiers that nobody guesses.
    pub secret: &'a [u8],
    /// Who signs the events.
    pub app_id: &'a str,
    /// Now, to the second.
    pub now: RomeTime,
}

/// What is wrong with a field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The column.
    pub field: &'static str,
    /// What is expected, without anything that stands in the file: a report is opened with spreadsheets too.
    pub message: String,
}

/// Reads the fields of a row and notes what is wrong with them.
struct Fields<'a> {
    row: &'a Row,
    wrong: Vec<Wrong>,
}

impl Fields<'_> {
    fn note(&mut self, field: &'static str, message: impl Into<String>) {
        self.wrong.push(Wrong { field, message: message.into() });
    }

    /// A text of at most `max` characters, all of which can be read: databases lose the others, or what comes after them.
    fn text(&mut self, field: &'static str, max: usize) -> Option<String> {
        let text = self.row.text(field);
        if text.contains(char::is_control) {
            self.note(field, UNREADABLE);
            return None;
        }
        if text.chars().count() > max {
            self.note(field, format!("Usare al massimo {max} caratteri."));
            return None;
        }
        (!text.is_empty()).then_some(text)
    }

    /// A value read by `read`; `hint` says what is expected.
    fn read<T>(&mut self, field: &'static str, hint: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(field, 255)?;
        let value = read(&text);
        if value.is_none() {
            self.note(field, hint);
        }
        value
    }

    /// The same of a field that must be there.
    fn required<T>(&mut self, field: &'static str, hint: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        if self.row.text(field).is_empty() {
            self.note(field, format!("Valore obbligatorio. {hint}"));
            return None;
        }
        self.read(field, hint, read)
    }
}

/// The payment of a row.
///
/// # Errors
/// Everything that is wrong with it.
pub fn payment(row: &Row, source: &Source<'_>, event_id: EventId) -> Result<PaymentV2, Vec<Wrong>> {
    let mut fields = Fields { row, wrong: Vec::new() };
    if !row.is_whole() {
        fields.note("", "La riga ha un numero di campi diverso dalla prima.");
        return Err(fields.wrong);
    }
    // Whatever begins like a formula may be run by a spreadsheet that the payment is exported to.
    for column in COLUMNS.into_iter().filter(|column| row.text(column).starts_with(['=', '+', '-', '@'])) {
        if column != "amount" || !is_negative(&row.text(column)) {
            fields.note(column, "Il valore comincia come una formula: togliere il primo carattere.");
        }
    }
    let notice = notice_number(&mut fields);
    let amount = amount(&mut fields);
    let payer = person(&mut fields);
    let reason = fields.text("reason", 140);
    let created_at = fields.read("created_at", DATE_HINT, |text| instant(text, false)).unwrap_or(source.now);
    let expire_at = fields.read("expire_at", DATE_HINT, |text| instant(text, true));
    let iuv = fields.read("iuv", "Lo IUV non è quello del numero di avviso.", |text| {
        notice.is_none_or(|notice| notice.iuv().to_string() == text).then(|| text.to_owned())
    });
    let given = fields.text("iud", 50);
    let receiver = receiver(&mut fields, source.creditor);
    let remote_id = fields.read("remote_id", "Usare un UUID.", |text| text.parse::<Uuid>().ok());
    let hash = fields.text("document_hash", 72);
    let due_type = fields.text("due_type", 256);
    let split = split(&mut fields);
    let (Some(notice), Some(amount), Some(payer)) = (notice, amount, payer) else { return Err(fields.wrong) };
    let id = identifier::of_due(source.secret, source.tenant, notice);
    let mut links = Links::default();
    source.urls.fill(id, &mut links, source.now);
    let payment = PaymentV2 {
        id,
        user_id: None,
        kind: PaymentType::Pagopa,
        tenant_id: source.tenant,
        service_id: source.service,
        created_at,
        updated_at: source.now,
        status: Status::PaymentPending,
        reason,
        remote_id,
        payment: Payment {
            kind: Some(PaymentType::Pagopa),
            expire_at,
            amount: Some(amount),
            currency: "EUR".to_owned(),
            notice_code: Some(notice.to_string()),
            iud: Some(given.unwrap_or_else(|| iud(id))),
            iuv: Some(iuv.unwrap_or_else(|| notice.iuv().to_string())),
            receiver,
            due_type,
            document: hash.map(|hash| Document { hash: Some(hash), ..Document::default() }),
            split,
            ..Payment::default()
        },
        links,
        payer,
        debtor: None,
        event_id,
        event_version: TextVersion,
        event_created_at: source.now,
        app_id: source.app_id.to_owned(),
        extra: Extra::default(),
    };
    // The rules of the event, where the columns have none of their own.
    for wrong in payment.validate() {
        fields.note(column(&wrong.field), wrong.message);
    }
    if fields.wrong.is_empty() { Ok(payment) } else { Err(fields.wrong) }
}

const DATE_HINT: &str = "Usare una data, per esempio 2025-12-31 o 31/12/2025, o un istante ISO 8601.";

const UNREADABLE: &str = "C'è un carattere che non si può leggere: toglierlo, oppure salvare il file in UTF-8.";

/// The column that a field of the event comes from; none where it is the row as a whole.
fn column(pointer: &str) -> &'static str {
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    let prefix = match parent {
        "/payer" => "payer_",
        "/payment/receiver" => "creditor_",
        "/payment/document" => "document_",
        parent if parent.starts_with("/payment/split/") => "split_",
        _ => "",
    };
    let wanted = format!("{prefix}{name}");
    COLUMNS.into_iter().find(|column| *column == wanted).unwrap_or("")
}

fn notice_number(fields: &mut Fields<'_>) -> Option<NoticeNumber> {
    let hint = "Indicare le 18 cifre del numero di avviso.";
    let text = fields.required("notice_number", hint, |text| Some(text.to_owned()))?;
    match text.parse::<NoticeNumber>() {
        Ok(notice) => return Some(notice),
        // A slip of the pen: whoever counts the digits finds nothing wrong.
        Err(error @ NoticeError::CheckDigits) => fields.note("notice_number", format!("Numero di avviso non valido: {error}.")),
        Err(_) => fields.note("notice_number", hint),
    }
    None
}

fn amount(fields: &mut Fields<'_>) -> Option<Money> {
    let hint = "Indicare un importo in euro, per esempio 12.34.";
    let text = fields.required("amount", hint, |text| Some(text.to_owned()))?;
    let amount = money(&text);
    if amount.is_none() {
        let is_amount = is_negative(&text) || text.parse::<Money>().is_ok();
        fields.note("amount", if is_amount { "L'importo deve essere positivo." } else { hint });
    }
    amount
}

/// Whether it is an amount below zero, and no formula.
fn is_negative(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|amount| amount.parse::<Money>().is_ok())
}

/// An amount greater than zero, its cents behind a point or a comma.
fn money(text: &str) -> Option<Money> {
    text.parse().ok().filter(|amount| *amount > Money::ZERO)
}

/// An instant; a day begins, or ends.
fn instant(text: &str, end: bool) -> Option<RomeTime> {
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    if let Ok(civil) = text.parse::<DateTime>()
        && text.len() > 10
    {
        return RomeTime::from_civil(civil).ok();
    }
    let day: Date = text.parse().ok().or_else(|| Date::strptime("%d/%m/%Y", text).ok())?;
    RomeTime::from_civil(day.to_datetime(if end { time(23, 59, 59, 0) } else { time(0, 0, 0, 0) })).ok()
}

fn person(fields: &mut Fields<'_>) -> Option<Person> {
    let hint = "Usare un codice fiscale valido: 16 caratteri per una persona, 11 cifre per una società o un ente.";
    let code = fields.required("payer_tax_identification_number", hint, |text| {
        let text = text.to_uppercase();
        let human = text.parse::<FiscalCode>().is_ok();
        (human || text.parse::<TaxCode>().is_ok()).then_some((text, human))
    });
    let kind = fields.read("payer_type", "Usare human per una persona, legal per una società o un ente.", |text| {
        match text.to_lowercase().as_str() {
            "human" | "f" => Some(PersonKind::Human),
            "legal" | "g" => Some(PersonKind::Legal),
            _ => None,
        }
    });
    let two = |text: &str| (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())).then(|| text.to_uppercase());
    let country_subdivision = fields.read("payer_country_subdivision", "Usare la sigla della provincia: due lettere.", two);
    let country = fields.read("payer_country", "Usare la sigla dello Stato: due lettere.", two);
    let mut text = |field| fields.text(field, 255);
    let person = Person {
        kind: kind.unwrap_or(if code.as_ref().is_some_and(|(_, human)| *human) { PersonKind::Human } else { PersonKind::Legal }),
        tax_identification_number: String::new(),
        name: text("payer_name"),
        family_name: text("payer_family_name"),
        street_name: text("payer_street_name"),
        building_number: text("payer_building_number"),
        postal_code: text("payer_postal_code"),
        town_name: text("payer_town_name"),
        country_subdivision,
        country,
        email: text("payer_email"),
        extra: Extra::default(),
    };
    Some(Person { tax_identification_number: code?.0, ..person })
}

/// Who receives the money, where it is not the body that imports.
fn receiver(fields: &mut Fields<'_>, creditor: &str) -> Option<Receiver> {
    let hint = "Usare il codice fiscale dell'ente creditore: 11 cifre.";
    let code = fields.read("creditor_tax_identification_number", hint, |text| text.parse::<TaxCode>().ok());
    let name = fields.text("creditor_name", 255);
    let code = code.filter(|code| code.as_str() != creditor)?;
    let Some(name) = name else {
        fields.note("creditor_name", "Indicare il nome dell'ente creditore.");
        return None;
    };
    Some(Receiver { tax_identification_number: code.to_string(), name, ..Receiver::default() })
}

/// The items of the budget: one, or several between bars (`c_1|c_2`, `10.00|2.50`).
fn split(fields: &mut Fields<'_>) -> Vec<Split> {
    let (codes, amounts) = (fields.row.text("split_code"), fields.row.text("split_amount"));
    if codes.is_empty() && amounts.is_empty() {
        return Vec::new();
    }
    if codes.contains(char::is_control) {
        fields.note("split_code", UNREADABLE);
        return Vec::new();
    }
    let codes: Vec<_> = codes.split('|').map(str::trim).collect();
    let amounts: Vec<_> = amounts.split('|').map(|amount| money(amount.trim())).collect();
    if codes.len() != amounts.len() || codes.iter().any(|code| code.is_empty() || code.len() > 50) {
        fields.note("split_code", "Indicare tante voci quanti importi, separate da |.");
        return Vec::new();
    }
    if amounts.contains(&None) {
        fields.note("split_amount", "Indicare importi in euro, per esempio 10.00|2.50.");
        return Vec::new();
    }
    let part = |(code, amount): (&str, Option<Money>)| Split { code: code.to_owned(), amount, meta: Raw::empty_object() };
    codes.into_iter().zip(amounts).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::rows::read;

    const HEADER: &str = "notice_number;amount;reason;created_at;expire_at;creditor_tax_identification_number;creditor_name;\
                          payer_tax_identification_number;payer_name;split_code;split_amount;iuv\n";

    fn due(line: &str) -> Result<PaymentV2, Vec<Wrong>> {
        let mut rows = Vec::new();
        read(format!("{HEADER}{line}\n").as_bytes(), 0, 10, |batch| {
            rows.extend(batch);
            true
        })
        .unwrap();
        let urls = ProxyUrls { external: "https://a/payment-proxy/sandbox".into(), internal: "http://b".into() };
        let source = Source {
            tenant: TenantId(Uuid::from_u128(1)),
            creditor: "00337460224",
            service: ServiceId(Uuid::from_u128(2)),
            urls: &urls,
            secret: b"secret",
            app_id: "payment-importer:0",
            now: "2025-03-12T09:15:02+01:00".parse().unwrap(),
        };
        payment(&rows[0], &source, EventId(Uuid::from_u128(3)))
    }

    fn wrong(line: &str) -> Vec<&'static str> {
        due(line).unwrap_err().into_iter().map(|wrong| wrong.field).collect()
    }

    #[test]
    fn a_row_becomes_a_payment_that_is_to_be_paid() {
        let line = "302872234000000343;12,5;TARI 2025;2025-01-02;31/12/2025;00337460224;Comune;frrnna84l52g702g;Anna;c_1|c_2;10.00|2.50;";
        let made = due(line).unwrap();
        assert_eq!((made.status, made.payment.amount.unwrap().cents()), (Status::PaymentPending, 1250));
        assert_eq!(made.payment.iuv.as_deref(), Some("02872234000000343"));
        assert_eq!(made.payment.expire_at.unwrap().to_string(), "2025-12-31T23:59:59+01:00");
        assert_eq!(made.created_at.to_string(), "2025-01-02T00:00:00+01:00");
        assert_eq!((&made.payment.receiver, made.payment.split.len()), (&None, 2));
        assert_eq!((made.payer.kind, made.payer.tax_identification_number.as_str()), (PersonKind::Human, "FRRNNA84L52G702G"));
        let update = made.links.update.url.clone().unwrap();
        assert_eq!(update, format!("http://b/update/{}", made.id));
        assert_eq!(due(line).unwrap().id, made.id, "always the same");
    }

    #[test]
    fn each_wrong_field_is_named() {
        let tail = ";;;;;FRRNNA84L52G702G;Anna;;;";
        assert_eq!(wrong(&format!("302872234000000344;0;TARI{tail}")), ["notice_number", "amount"]);
        for amount in ["", "x", "-1", "1.234", "1,2,3", "1e3"] {
            assert!(wrong(&format!("302872234000000343;{amount};TARI{tail}")).contains(&"amount"), "{amount}");
        }
        for reason in ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)"] {
            assert_eq!(wrong(&format!("302872234000000343;1;{reason}{tail}")), ["reason"], "{reason}");
        }
        assert_eq!(wrong("302872234000000343;1;a;ieri;2025-02-30;;;FRRNNA84L52G702G;A;;;"), ["created_at", "expire_at"]);
        assert_eq!(wrong("302872234000000343;1;a;;;1;;FRRNNA84L52G702G;A;;;"), ["creditor_tax_identification_number"]);
        assert_eq!(wrong("302872234000000343;1;a;;;00000100016;;FRRNNA84L52G702G;A;;;"), ["creditor_name"]);
        assert_eq!(wrong("302872234000000343;1;a;;;;;FRRNNA84L52G702H;A;;;"), ["payer_tax_identification_number"]);
        assert_eq!(wrong("302872234000000343;1;a;;;;;FRRNNA84L52G702G;A;c_1;;"), ["split_amount"]);
        assert_eq!(wrong("302872234000000343;1;a;;;;;FRRNNA84L52G702G;A;c_1;2.00;").len(), 1, "the sum");
        assert_eq!(wrong("302872234000000343;1;a;;;;;FRRNNA84L52G702G;A;;;9"), ["iuv"]);
        assert_eq!(wrong("302872234000000343;1"), [""]);
        assert_eq!(wrong("302872234000000343;1;a;;;;;FRRNNA84L52G702G;;;;"), ["payer_name"]);
    }

    #[test]
    fn what_is_said_of_a_field_is_what_is_wrong_with_it() {
        let tail = ";;;;;FRRNNA84L52G702G;Anna;;;";
        let said = |line: &str| due(line).unwrap_err().remove(0).message;
        for amount in ["0", "-5", "-5,00"] {
            assert_eq!(said(&format!("302872234000000343;{amount};TARI{tail}")), "L'importo deve essere positivo.");
            assert_eq!(wrong(&format!("302872234000000343;{amount};TARI{tail}")), ["amount"], "once");
        }
        assert!(said(&format!("302872234000000343;-5+2;TARI{tail}")).contains("formula"));
        assert!(said(&format!("302872234000000344;1;TARI{tail}")).contains("le ultime due cifre non corrispondono"));
        assert!(said(&format!("30287223400000034;1;TARI{tail}")).contains("18 cifre"));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for strange in ["\0", "\u{1}", "\u{7f}", "\u{85}"] {
            let tail = ";;;;;FRRNNA84L52G702G;Anna;;;";
            assert_eq!(wrong(&format!("302872234000000343;1;TA{strange}RI{tail}")), ["reason"], "{strange:?}");
            let line = format!("302872234000000343;1;a;;;;;FRRNNA84L52G702G;An{strange}na;;;");
            assert!(wrong(&line).contains(&"payer_name"), "{strange:?}");
            let line = format!("302872234000000343;1.00;a;;;;;FRRNNA84L52G702G;Anna;c{strange}1;1.00;");
            assert_eq!(wrong(&line), ["split_code"], "{strange:?}");
        }
    }
}
