//! Who somebody is, as the login provider tells it: one JSON object with the names of SPID's attributes (AgID, "Tabella
//! attributi").

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel::{FieldError, FiscalCode};
use serde_json::Value;

use crate::clients::platform::Identified;
use crate::errors::Error;

/// Longest text of a citizen, in characters: what the platform keeps.
const LONGEST: usize = 255;

/// A citizen whom the provider vouches for.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    fiscal_code: FiscalCode,
    given_name: String,
    family_name: String,
    email: Option<String>,
    mobile_phone: Option<String>,
    birth_date: Option<Date>,
    birth_place: Option<String>,
    birth_county: Option<String>,
    sex: Option<&'static str>,
}

/// The members that have a value, by their names in small letters without signs: `fiscalNumber`, `fiscalnumber`, `fiscal_number`
/// and `https://attributes.eid.gov.it/fiscal_number` are one.
struct Attributes(BTreeMap<String, String>);

impl Attributes {
    fn read(body: &[u8]) -> Option<Self> {
        let Value::Object(members) = serde_json::from_slice(body).ok()? else { return None };
        let mut attributes = BTreeMap::new();
        for (name, value) in members {
            let name = name.rsplit('/').next().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric);
            if let Some(value) = text(&value) {
                attributes.entry(name.collect::<String>().to_ascii_lowercase()).or_insert(value);
            }
        }
        Some(Self(attributes))
    }

    /// The first of `names` that has a value which `judge` understands.
    fn find<T>(&self, names: &[&str], judge: impl Fn(&str) -> Option<T>) -> Option<T> {
        names.iter().filter_map(|name| self.0.get(*name)).find_map(|value| judge(value))
    }

    fn text(&self, names: &[&str]) -> Option<String> {
        self.find(names, |value| Some(value.to_owned()))
    }
}

/// A text or number worth keeping. Some providers put each value into a list.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => return values.first().filter(|first| !first.is_array()).and_then(text),
        _ => return None,
    };
    let sane = !text.is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control);
    sane.then_some(text)
}

impl Profile {
    /// Reads the provider's answer. Members that are not known are ignored, and so is what cannot be true, unless it is needed.
    ///
    /// # Errors
    /// [`Error::ProviderFailed`] when it is no JSON object; [`Error::IncompleteIdentity`] with every field that lacks: fiscal
    /// code, first and family name.
    pub fn read(body: &[u8]) -> Result<Self, Error> {
        let attributes = Attributes::read(body).ok_or_else(|| Error::ProviderFailed("profile: no JSON object".to_owned()))?;
        let fiscal_code = attributes.find(&["fiscalnumber", "fiscalcode", "codicefiscale"], fiscal_code);
        // In OpenID Connect `name` is the whole name, and `given_name` is there too.
        let given_name = attributes.text(&["givenname", "firstname", "name"]);
        let family_name = attributes.text(&["familyname", "surname", "lastname"]);
        let (Some(fiscal_code), Some(given_name), Some(family_name)) = (fiscal_code, &given_name, &family_name) else {
            let needed = [
                ("/fiscal_code", fiscal_code.is_some(), "Il profilo non ha un codice fiscale valido."),
                ("/given_name", given_name.is_some(), "Il profilo non ha il nome."),
                ("/family_name", family_name.is_some(), "Il profilo non ha il cognome."),
            ];
            let lacking = needed.into_iter().filter(|(_, given, _)| !given);
            return Err(Error::IncompleteIdentity(
                lacking.map(|(field, _, message)| FieldError::new(field, "required", message)).collect(),
            ));
        };
        let address = |text: &str| runtime::is_address(text).then(|| text.to_owned());
        Ok(Self {
            fiscal_code,
            given_name: given_name.clone(),
            family_name: family_name.clone(),
            email: attributes.find(&["digitaladdress", "edeliveryservice", "email"], address),
            mobile_phone: attributes.text(&["mobilephone", "phonenumber"]),
            birth_date: attributes.find(&["dateofbirth", "birthdate"], |date| date.parse().ok()),
            // SPID gives the cadastral code, which the fiscal code has already; a name is worth more.
            birth_place: attributes.find(&["placeofbirth"], |place| (!is_cadastral_code(place)).then(|| place.to_owned())),
            birth_county: attributes.text(&["countyofbirth"]),
            sex: attributes.find(&["gender", "sex"], sex),
        })
    }

    /// As the platform is told.
    pub fn identified(&self) -> Identified<'_> {
        Identified {
            fiscal_code: self.fiscal_code.as_str(),
            given_name: &self.given_name,
            family_name: &self.family_name,
            email: self.email.as_deref(),
            mobile_phone: self.mobile_phone.as_deref(),
            birth_date: self.birth_date,
            birth_place: self.birth_place.as_deref(),
            birth_county: self.birth_county.as_deref(),
            sex: self.sex,
        }
    }
}

/// A fiscal code, with the prefix that SPID puts before it (ETSI EN 319 412-1: `TINIT-`) or without.
fn fiscal_code(text: &str) -> Option<FiscalCode> {
    let bare = text.get(..6).filter(|prefix| prefix.eq_ignore_ascii_case("TINIT-")).map_or(text, |prefix| &text[prefix.len()..]);
    bare.parse().ok()
}

/// Whether a text is the cadastral code of a municipality or state: `G702`.
fn is_cadastral_code(text: &str) -> bool {
    let Some((letter, digits)) = text.as_bytes().split_first() else { return false };
    letter.is_ascii_alphabetic() && digits.len() == 3 && digits.iter().all(u8::is_ascii_digit)
}

fn sex(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "f" | "female" => Some("F"),
        "m" | "male" => Some("M"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(profile: &Value) -> Result<Value, Error> {
        Profile::read(profile.to_string().as_bytes()).map(|profile| serde_json::to_value(profile.identified()).unwrap())
    }

    #[test]
    fn the_attributes_of_spid_are_understood() {
        let profile = json!({
            "spidCode": "AGID-001", "name": "Michelangelo", "familyName": "Buonarroti", "fiscalNumber": "TINIT-BNRMHL75C06G702B",
            "placeOfBirth": "G702", "countyOfBirth": "PI", "dateOfBirth": "1975-03-06", "gender": "M", "companyName": "",
            "mobilePhone": "3331234567", "email": "mb@example.it", "digitalAddress": "mb@pec.example.it", "address": null,
            "provider": "https://idp.example.it", "session": { "id": 1 }, "spid-level": 2,
        });
        let wanted = json!({
            "fiscal_code": "BNRMHL75C06G702B", "given_name": "Michelangelo", "family_name": "Buonarroti",
            "email": "mb@pec.example.it",
            "mobile_phone": "3331234567", "birth_date": "1975-03-06", "birth_county": "PI", "sex": "M",
        });
        assert_eq!(read(&profile).unwrap(), wanted);
    }

    #[test]
    fn other_spellings_are_understood_and_nonsense_is_left_out() {
        let openid = json!({
            "sub": "1", "name": "Michelangelo Buonarroti", "given_name": "Michelangelo", "family_name": "Buonarroti",
            "https://attributes.eid.gov.it/fiscal_number": "tinit-bnrmhl75c06g702b", "birthdate": "boh", "place_of_birth": "Pisa",
            "gender": "male", "email": ["mb@example.it"], "digital_address": "nessuno", "phone_number": 3331234567_u64,
        });
        let wanted = json!({
            "fiscal_code": "BNRMHL75C06G702B", "given_name": "Michelangelo", "family_name": "Buonarroti",
            "email": "mb@example.it",
            "mobile_phone": "3331234567", "birth_place": "Pisa", "sex": "M",
        });
        assert_eq!(read(&openid).unwrap(), wanted);
        let headers =
            json!({ "fiscalnumber": "BNRMHL75C06G702B", "name": "Michelangelo", "familyname": "Buonarroti", "gender": "X" });
        assert_eq!(read(&headers).unwrap().as_object().unwrap().len(), 3);
    }

    #[test]
    fn what_is_needed_and_lacks_is_named() {
        let lacking = |profile: Value| match read(&profile) {
            Err(Error::IncompleteIdentity(fields)) => fields.into_iter().map(|field| field.field).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(lacking(json!({})), ["/fiscal_code", "/given_name", "/family_name"]);
        for wrong in ["", "TINIT-", "TINIT-BNRMHL75C06G702X", "00337460224", "èèèèèèè", "\u{7}BNRMHL75C06G702B\u{7}"] {
            let profile = json!({ "name": "Michelangelo", "familyName": "Buonarroti", "fiscalNumber": wrong });
            assert_eq!(lacking(profile), ["/fiscal_code"], "{wrong}");
        }
        let long = json!({ "name": "a".repeat(256), "familyName": " ", "fiscalNumber": "BNRMHL75C06G702B" });
        assert_eq!(lacking(long), ["/given_name", "/family_name"]);
        for nonsense in ["", "[]", "\"BNRMHL75C06G702B\"", "<html>"] {
            assert!(matches!(Profile::read(nonsense.as_bytes()), Err(Error::ProviderFailed(_))), "{nonsense}");
        }
    }
}
