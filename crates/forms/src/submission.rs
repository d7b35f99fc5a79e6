//! A clean submission: its shapes in the two versions of the API, and the answers that the platform recognises by name.

use kernel::jiff::civil::{Date, Time};
use kernel::{Money, RomeTime};
use serde_json::{Map, Value};

use crate::booking::Booking;
use crate::date::{parse_instant, parse_italian_date};
use crate::files::UploadedFile;

/// Answers that a form has accepted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Submission {
    /// The cleaned `data` object, as Form.io's renderer can show it again.
    pub data: Value,
    /// Every uploaded file, in form order.
    pub files: Vec<UploadedFile>,
    /// Every reserved appointment, in form order.
    pub bookings: Vec<Booking>,
    /// The form computes what is to be paid (`payment_amount`), and from these answers it could not: its script failed, or came to nothing
    /// that is an amount. An amount of zero is one, and what is hidden is not asked for.
    pub lacks_amount: bool,
}

/// Who applies, as far as the usual nested forms say. Texts are trimmed and never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applicant {
    /// Codice fiscale, in capitals.
    pub fiscal_code: Option<String>,
    /// Given name.
    pub name: Option<String>,
    /// Family name.
    pub surname: Option<String>,
    /// Where to write.
    pub email: Option<String>,
    /// Where to call.
    pub phone: Option<String>,
    /// `maschio` or `femmina`.
    pub gender: Option<String>,
    /// Date of birth.
    pub born_on: Option<Date>,
    /// Municipality or country of birth.
    pub born_in: Option<String>,
    /// Residence.
    pub address: Address,
}

/// An address of the usual nested form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Street.
    pub street: Option<String>,
    /// House number.
    pub house_number: Option<String>,
    /// Municipality.
    pub municipality: Option<String>,
    /// Two letters of the province.
    pub county: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
}

impl Submission {
    /// Answers that were accepted before and come from the store. Their files and bookings were checked then.
    pub fn from_stored(data: Value) -> Self {
        Self { data, ..Self::default() }
    }

    /// The data as version 1 of the API shows them: one flat object with dotted keys that keep the `data` of nested forms; rows are
    /// numbered from 0. Files become what the API says of a file, with the address that `file_url` makes from the identifier;
    /// `natoAIl` becomes an ISO 8601 date at midnight in Rome.
    pub fn flat(&self, file_url: &dyn Fn(&str) -> String) -> Map<String, Value> {
        let mut flat = Map::new();
        flatten(&self.data, &mut String::new(), "", file_url, &mut flat);
        flat
    }

    /// The data as version 2 of the API shows them: nested, without the `data` of nested forms; files and dates as in
    /// [`Submission::flat`].
    pub fn nested(&self, file_url: &dyn Fn(&str) -> String) -> Value {
        nest(&self.data, "", file_url)
    }

    /// The amount to pay (`payment_amount`), if the form names one above zero.
    pub fn payment_amount(&self) -> Option<Money> {
        amount(self.data.get("payment_amount")?).filter(|amount| *amount > Money::ZERO)
    }

    /// What the payment is for (`payment_description`).
    pub fn payment_description(&self) -> Option<&str> {
        said(self.data.get("payment_description")?)
    }

    /// How the amount is divided among the ledgers of the body (`payment_financial_report`): the rows as the form has them.
    pub fn payment_financial_report(&self) -> &[Value] {
        self.data.get("payment_financial_report").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The value of which a service admits one living application (`unique_id`), in capitals: however a fiscal code or a number plate is
    /// typed, it is the same.
    pub fn unique_id(&self) -> Option<String> {
        let value = self.data.get("unique_id").filter(|value| !value.is_object() && !value.is_array());
        value.and_then(text).map(|value| value.to_uppercase())
    }

    /// Codici fiscali of people who may see the application too (`related_cfs`: a list, or a text with commas).
    pub fn related_cfs(&self) -> Vec<String> {
        let parts: Vec<&str> = match self.data.get("related_cfs") {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => text.split([',', ';', ' ']).collect(),
            _ => Vec::new(),
        };
        parts.into_iter().map(|part| part.trim().to_uppercase()).filter(|part| !part.is_empty()).collect()
    }

    /// The subject that the form gives to the application (`application_subject` or `pratica_subject`).
    pub fn subject(&self) -> Option<&str> {
        ["application_subject", "pratica_subject"].iter().find_map(|key| said(self.data.get(key)?))
    }

    /// Who applies (`applicant`).
    pub fn applicant(&self) -> Applicant {
        self.data.get("applicant").map(|applicant| Applicant::read(unwrapped(applicant))).unwrap_or_default()
    }
}

impl Applicant {
    fn read(data: &Value) -> Self {
        let nested = |form: &str, key: &str| text(unwrapped(data.get(form)?).get(key)?);
        let own = |key: &str| text(data.get(key)?);
        let born_on = nested("Born", "natoAIl").and_then(|text| birth_date(&text));
        Self {
            fiscal_code: nested("fiscal_code", "fiscal_code").or_else(|| own("fiscal_code")).map(|code| code.to_uppercase()),
            name: nested("completename", "name").or_else(|| own("name")),
            surname: nested("completename", "surname").or_else(|| own("surname")),
            email: own("email_address").or_else(|| own("email")),
            phone: own("phone_number").or_else(|| own("cell_number")),
            gender: nested("gender", "gender").or_else(|| own("gender")),
            born_on,
            born_in: nested("Born", "place_of_birth"),
            address: Address {
                street: nested("address", "address"),
                house_number: nested("address", "house_number"),
                municipality: nested("address", "municipality"),
                county: nested("address", "county"),
                postal_code: nested("address", "postal_code"),
                country: nested("address", "country"),
            },
        }
    }
}

/// An amount in euro, as a number or as a text with `.` or `,`.
pub(crate) fn amount(value: &Value) -> Option<Money> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

fn said(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        other => said(other).map(str::to_owned),
    }
}

/// The data of a nested form, or the object itself.
fn unwrapped(value: &Value) -> &Value {
    nested_data(value).unwrap_or(value)
}

/// The `data` of what looks like the value of a nested form: signed metadata may stand beside it.
fn nested_data(value: &Value) -> Option<&Value> {
    let members = value.as_object()?;
    let data = members.get("data").filter(|data| data.is_object())?;
    members.keys().all(|key| key == "data" || key == "meta").then_some(data)
}

fn birth_date(text: &str) -> Option<Date> {
    parse_italian_date(text).or_else(|| parse_instant(text).map(RomeTime::date))
}

/// `natoAIl`, typed as `d/m/Y`, as a W3C date; other values stay as they are.
fn dated(key: &str, value: &Value) -> Option<Value> {
    let date = value.as_str().filter(|_| key == "natoAIl").and_then(parse_italian_date)?;
    RomeTime::from_civil(date.to_datetime(Time::midnight())).ok().map(|midnight| Value::from(midnight.to_string()))
}

/// A list of uploaded files, as the API shows it.
fn shown_files(value: &Value, file_url: &dyn Fn(&str) -> String) -> Option<Value> {
    let files =
        value.as_array().filter(|files| !files.is_empty() && files.iter().all(|file| file.get("originalName").is_some()))?;
    let show = |file: &Value| {
        let id = file
            .get("data")
            .and_then(|data| data.get("id"))
            .or_else(|| file.get("id"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        let member = |name: &str| file.get(name).cloned().unwrap_or(Value::Null);
        serde_json::json!({
            "id": id,
            "name": member("name"),
            "url": file_url(id),
            "originalName": member("originalName"),
            "description": member("description"),
            "protocol_required": member("protocol_required") == true,
        })
    };
    Some(Value::Array(files.iter().map(show).collect()))
}

fn flatten(value: &Value, path: &mut String, key: &str, file_url: &dyn Fn(&str) -> String, out: &mut Map<String, Value>) {
    let mut inside = |step: &str, value: &Value| {
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(step);
        flatten(value, path, step, file_url, out);
        path.truncate(length);
    };
    match value {
        Value::Object(members) if !members.is_empty() => members.iter().for_each(|(key, member)| inside(key, member)),
        Value::Array(items) if !items.is_empty() => match shown_files(value, file_url) {
            Some(files) => drop(out.insert(path.clone(), files)),
            None => items.iter().enumerate().for_each(|(row, item)| inside(&row.to_string(), item)),
        },
        // The top of an empty submission has no name.
        _ if path.is_empty() => {}
        leaf => drop(out.insert(path.clone(), dated(key, leaf).unwrap_or_else(|| leaf.clone()))),
    }
}

fn nest(value: &Value, key: &str, file_url: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::Object(members) => {
            let inner = nested_data(value).and_then(Value::as_object);
            let beside = members.iter().filter(|(key, _)| inner.is_some() && *key != "data");
            let members = inner.unwrap_or(members).iter().chain(beside);
            Value::Object(members.map(|(key, member)| (key.clone(), nest(member, key, file_url))).collect())
        }
        Value::Array(items) => shown_files(value, file_url)
            .unwrap_or_else(|| Value::Array(items.iter().map(|item| nest(item, "", file_url)).collect())),
        leaf => dated(key, leaf).unwrap_or_else(|| leaf.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Submission {
        Submission::from_stored(json!({
            "applicant": {"data": {
                "completename": {"data": {"name": "Vittorino", "surname": "Coliandro"}},
                "Born": {"data": {"natoAIl": "01/09/1976", "place_of_birth": "Ponte di Piave"}},
                "fiscal_code": {"data": {"fiscal_code": "clnvtr76p01g822q"}},
                "address": {"data": {"address": "Via Gramsci", "house_number": "", "county": "PI"}},
                "email_address": "vittorino.coliandro@example.it"
            }},
            "docs": [{"originalName": "a.pdf", "name": "a-1.pdf", "data": {"id": "f1"}, "size": 3}],
            "rows": [{"n": 1}, {"n": 2}],
            "none": [],
            "payment_amount": "1,34",
            "unique_id": " bnrmhl75c06g702b ",
            "related_cfs": "bnrmhl75c06g702b, ",
            "certified": {"data": {"isee": 1}, "meta": {"signature": "x"}}
        }))
    }

    #[test]
    fn version_1_is_flat() {
        let flat = sample().flat(&|id| format!("/attachments/{id}"));
        assert_eq!(flat["applicant.data.Born.data.natoAIl"], "1976-09-01T00:00:00+02:00");
        assert_eq!(flat["applicant.data.address.data.house_number"], "");
        assert_eq!(flat["rows.1.n"], 2);
        assert_eq!(flat["none"], json!([]));
        assert_eq!(flat["docs"][0]["url"], "/attachments/f1");
        assert_eq!(flat["docs"][0].as_object().unwrap().len(), 6);
        assert!(Submission::from_stored(json!({})).flat(&|_| String::new()).is_empty());
    }

    #[test]
    fn version_2_is_nested() {
        let nested = sample().nested(&|id| id.to_owned());
        assert_eq!(nested["applicant"]["Born"]["natoAIl"], "1976-09-01T00:00:00+02:00");
        assert_eq!(nested["applicant"]["completename"]["surname"], "Coliandro");
        assert_eq!(nested["certified"], json!({"isee": 1, "meta": {"signature": "x"}}));
        assert_eq!(nested["docs"][0]["id"], "f1");
    }

    #[test]
    fn known_answers_are_found() {
        let submission = sample();
        assert_eq!(submission.payment_amount(), Money::from_cents(134).ok());
        assert_eq!(submission.related_cfs(), ["BNRMHL75C06G702B"]);
        assert_eq!(submission.unique_id().as_deref(), Some("BNRMHL75C06G702B"));
        let applicant = submission.applicant();
        assert_eq!(applicant.fiscal_code.as_deref(), Some("CLNVTR76P01G822Q"));
        assert_eq!(applicant.born_on, Date::new(1976, 9, 1).ok());
        assert_eq!((applicant.address.county.as_deref(), applicant.address.house_number), (Some("PI"), None));
        assert_eq!(Submission::from_stored(json!([1])).applicant(), Applicant::default());
    }
}
