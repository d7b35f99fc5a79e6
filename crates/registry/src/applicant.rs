//! Who made an application, as its form says.

use contracts::Extra;
use contracts::applications::ApplicationV2;
use contracts::documents::Author;
use contracts::payments::PersonKind;
use serde_json::{Map, Value};

/// The applicant.
#[derive(Clone, Default, PartialEq)]
pub struct Applicant {
    given_name: String,
    family_name: Option<String>,
    tax_code: String,
    street_name: Option<String>,
    building_number: Option<String>,
    postal_code: Option<String>,
    town_name: Option<String>,
    country_subdivision: Option<String>,
    country: Option<String>,
    email: String,
}

impl Applicant {
    /// The applicant of `application`: from the fields that the platform's forms share, or by the user's name when there are none.
    pub fn of(application: &ApplicationV2) -> Self {
        let data: Map<String, Value> = application.data.read().unwrap_or_default();
        let answer = |path: &[&str]| answer(&data, path);
        let name = answer(&["applicant", "completename", "name"]);
        let family_name = answer(&["applicant", "completename", "surname"]);
        let address = |part: &str| answer(&["applicant", "address", part]);
        let email = answer(&["applicant", "email_address"]).filter(|email| is_mail(email));
        Self {
            family_name: name.is_some().then_some(family_name).flatten(),
            given_name: name.or_else(|| application.user_name.clone()).unwrap_or_default(),
            tax_code: answer(&["applicant", "fiscal_code", "fiscal_code"]).unwrap_or_default().to_uppercase(),
            street_name: address("address"),
            building_number: address("house_number"),
            postal_code: address("postal_code"),
            town_name: address("municipality"),
            country_subdivision: address("county"),
            country: address("country"),
            email: email.unwrap_or_default(),
        }
    }

    /// Name and tax code, as titles have them.
    pub fn title(&self) -> String {
        let parts = [self.given_name.as_str(), self.family_name.as_deref().unwrap_or_default(), &self.tax_code];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }

    /// The applicant as author of a document in `role` (`sender` or `receiver`); nobody when name or tax code are not known, because a
    /// document must have both.
    pub fn author(&self, role: &str) -> Vec<Author> {
        if self.given_name.is_empty() || self.tax_code.is_empty() {
            return Vec::new();
        }
        let this = self.clone();
        vec![Author {
            kind: PersonKind::Human,
            tax_identification_number: this.tax_code,
            name: this.given_name,
            family_name: this.family_name,
            street_name: this.street_name,
            building_number: this.building_number,
            postal_code: this.postal_code,
            town_name: this.town_name,
            country_subdivision: this.country_subdivision,
            country: this.country,
            email: this.email,
            role: Some(role.to_owned()),
            extra: Extra::default(),
        }]
    }
}

/// An answer of the form that is a text and not blank. Forms come with their keys joined (`applicant.data.completename.data.name`), or
/// as objects within objects with or without `data` between them.
fn answer(data: &Map<String, Value>, path: &[&str]) -> Option<String> {
    let joined = data.get(&path.join(".data."));
    let found = joined.or_else(|| {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(data.get(*first)?, |value, name| value.get(name).or_else(|| value.get("data")?.get(name)))
    });
    let text = found?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Enough of an address of electronic mail to be one for the JSON Schema of documents too.
pub fn is_mail(text: &str) -> bool {
    let sane = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte));
    let undotted = |part: &str| !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
    text.len() <= 254
        && text
            .split_once('@')
            .is_some_and(|(user, host)| sane(user) && undotted(user) && sane(host) && undotted(host) && host.contains('.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_form_is_read_in_each_of_its_three_shapes() {
        let path = ["applicant", "completename", "name"];
        for data in [
            json!({ "applicant.data.completename.data.name": "Anna" }),
            json!({ "applicant": { "data": { "completename": { "data": { "name": "Anna" } } } } }),
            json!({ "applicant": { "completename": { "name": " Anna " } } }),
        ] {
            assert_eq!(answer(&map(data), &path).as_deref(), Some("Anna"));
        }
        for data in [json!({}), json!({ "applicant": "x" }), json!({ "applicant.data.completename.data.name": " " })] {
            assert_eq!(answer(&map(data), &path), None);
        }
        assert_eq!(answer(&map(json!({ "applicant.data.completename.data.name": 1 })), &path), None);
    }

    #[test]
    fn only_addresses_that_are_surely_ones_are_kept() {
        assert!(is_mail("anna.ferri@example.org"));
        for text in
            ["", "anna", "@example.org", "anna@", "anna@localhost", "a b@example.org", "anna@@example.org", ".a@example.org"]
        {
            assert!(!is_mail(text), "{text}");
        }
    }
}
