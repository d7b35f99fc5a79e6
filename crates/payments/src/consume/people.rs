//! Who pays and who owes, from the flat `data` of an application (`applicant.data.completename.data.name`; the forms nested in it are
//! those of the platform).

use contracts::payments::{Person, PersonKind};
use kernel::{FiscalCode, TaxCode};
use serde_json::{Map, Value};

/// Longest text of a person in the payment event.
const MAX_TEXT: usize = 255;

/// What a citizen filled in, by paths joined with dots.
pub type Data = Map<String, Value>;

/// The person filled in under `prefix` (`applicant`, `debtor`), if it has a valid tax code and a name. `name` is used when the form asks
/// for none.
pub fn person(data: &Data, prefix: &str, name: Option<&str>) -> Option<Person> {
    let text = |path: &str| text(data.get(&format!("{prefix}.data.{path}")));
    let tax_code = text("fiscal_code.data.fiscal_code").or_else(|| text("fiscal_code"))?.to_uppercase();
    let kind = match (tax_code.parse::<FiscalCode>(), tax_code.parse::<TaxCode>()) {
        (Ok(_), _) => PersonKind::Human,
        (_, Ok(_)) => PersonKind::Legal,
        _ => return None,
    };
    let (given, family) = match (text("completename.data.name").or_else(|| text("name")), name) {
        (Some(given), _) => (given, text("completename.data.surname").or_else(|| text("surname"))),
        (None, Some(name)) => match name.trim().split_once(' ') {
            Some((given, family)) => (given.to_owned(), Some(family.trim().to_owned())),
            None if !name.trim().is_empty() => (name.trim().to_owned(), None),
            None => return None,
        },
        (None, None) => return None,
    };
    let code = |path: &str| text(path).map(|code| code.to_uppercase()).filter(|code| is_code(code));
    Some(Person {
        kind,
        tax_identification_number: tax_code,
        name: Some(given),
        family_name: family,
        street_name: text("address.data.address"),
        building_number: text("address.data.house_number"),
        postal_code: text("address.data.postal_code"),
        town_name: text("address.data.municipality"),
        country_subdivision: code("address.data.county"),
        country: Some(code("address.data.country").unwrap_or_else(|| "IT".to_owned())),
        email: text("email_address").or_else(|| text("email")),
        extra: contracts::Extra::default(),
    })
}

/// A text that says something, no longer than an event may carry.
fn text(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then(|| text.chars().take(MAX_TEXT).collect())
}

/// A code of two letters: a province, a country.
fn is_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn data(value: Value) -> Data {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_citizen_is_read_from_the_flat_form() {
        let data = data(json!({
            "applicant.data.completename.data.name": "Anna", "applicant.data.completename.data.surname": "Ferri",
            "applicant.data.fiscal_code.data.fiscal_code": "frrnna84l52g702g", "applicant.data.address.data.address": "Via dei Tigli",
            "applicant.data.address.data.house_number": 7, "applicant.data.address.data.county": "Pisa",
            "applicant.data.address.data.municipality": "x".repeat(300), "applicant.data.email_address": ""
        }));
        let anna = person(&data, "applicant", Some("Somebody Else")).unwrap();
        assert_eq!((anna.kind, anna.tax_identification_number.as_str()), (PersonKind::Human, "FRRNNA84L52G702G"));
        assert_eq!((anna.name.as_deref(), anna.family_name.as_deref()), (Some("Anna"), Some("Ferri")));
        assert_eq!(
            (anna.building_number.as_deref(), anna.country_subdivision, anna.country.as_deref()),
            (Some("7"), None, Some("IT"))
        );
        assert_eq!((anna.town_name.map(|town| town.len()), anna.email), (Some(255), None));
        assert!(person(&data, "debtor", None).is_none());
    }

    #[test]
    fn a_company_is_a_legal_person_and_a_missing_name_is_the_users() {
        let data = data(json!({ "applicant.data.fiscal_code.data.fiscal_code": "06363391001" }));
        let company = person(&data, "applicant", Some(" Rossi Mario Costruzioni ")).unwrap();
        assert_eq!(company.kind, PersonKind::Legal);
        assert_eq!((company.name.as_deref(), company.family_name.as_deref()), (Some("Rossi"), Some("Mario Costruzioni")));
        assert!(person(&data, "applicant", Some(" ")).is_none());
    }

    #[test]
    fn a_wrong_tax_code_is_nobody() {
        for code in [json!("X"), json!(null), json!(["FRRNNA84L52G702G"]), json!("FRRNNA84L52G702X")] {
            let data = data(
                json!({ "applicant.data.fiscal_code.data.fiscal_code": code, "applicant.data.completename.data.name": "A" }),
            );
            assert!(person(&data, "applicant", None).is_none());
        }
    }
}
