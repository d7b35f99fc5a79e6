//! The two versions of a user in JSON. Version 2 has the members of [`User`]; version 1 has them too, and those with Italian names that
//! older clients read (the booking widget reads `nome`, `cognome`, `codice_fiscale`, `cellulare`).

use kernel::FieldError;
use serde_json::{Map, Value};

use super::User;
use crate::applications::ApiVersion;
use crate::errors::Error;

/// The Italian name of a member, and where version 2 has it.
const ITALIAN: &[(&str, &[&str])] = &[
    ("nome", &["given_name"]),
    ("cognome", &["family_name"]),
    ("codice_fiscale", &["fiscal_code"]),
    ("cellulare", &["mobile_phone"]),
    ("telefono", &["phone"]),
    ("sesso", &["sex"]),
    ("data_nascita", &["birth", "date"]),
    ("luogo_nascita", &["birth", "place"]),
    ("codice_nascita", &["birth", "place_code"]),
    ("provincia_nascita", &["birth", "county"]),
    ("stato_nascita", &["birth", "country"]),
    ("indirizzo_domicilio", &["domicile", "address"]),
    ("cap_domicilio", &["domicile", "postal_code"]),
    ("citta_domicilio", &["domicile", "municipality"]),
    ("provincia_domicilio", &["domicile", "county"]),
    ("stato_domicilio", &["domicile", "country"]),
    ("indirizzo_residenza", &["residence", "address"]),
    ("cap_residenza", &["residence", "postal_code"]),
    ("citta_residenza", &["residence", "municipality"]),
    ("provincia_residenza", &["residence", "county"]),
    ("stato_residenza", &["residence", "country"]),
];

/// The user as a version of the API shows it.
pub fn show(user: &User, version: ApiVersion) -> Result<Value, Error> {
    let Value::Object(mut members) = to_value(user)? else { return Err(Error::Defect("a user is an object".to_owned())) };
    members.insert("full_name".to_owned(), user.full_name().into());
    if version == ApiVersion::One {
        for (name, path) in ITALIAN {
            let first = members.get(path[0]);
            let value = path[1..].iter().fold(first, |value, step| value.and_then(|value| value.get(step)));
            members.insert((*name).to_owned(), value.cloned().unwrap_or_default());
        }
    }
    Ok(Value::Object(members))
}

/// `user` with the members that a client sent laid over it (RFC 7396), checked. In version 1 an Italian name goes before the English one:
/// who sends back what it was given, changed, changed the name it knows.
///
/// # Errors
/// [`Error::Invalid`] with every wrong member, under the name that the client used.
pub fn changed(user: &User, mut changes: Map<String, Value>, version: ApiVersion) -> Result<User, Error> {
    for password in ["password", "plain_password"] {
        if changes.contains_key(password) {
            let message = "La password si imposta con PUT /users/{id}/password, dopo aver creato l'utente.";
            return Err(Error::field(&format!("/{password}"), "unknown", message));
        }
    }
    let mut italian = Vec::new();
    if version == ApiVersion::One {
        for (name, path) in ITALIAN {
            if let Some(value) = changes.remove(*name) {
                place(&mut changes, path, value);
                italian.push((*name, format!("/{}", path.join("/"))));
            }
        }
    }
    // Forms send what was left empty as an empty text.
    blank_to_null(&mut changes);
    let mut object = to_value(user)?;
    if let Value::Object(members) = &mut object {
        kernel::merge_patch(members, changes);
    }
    let (mut after, mut errors) = match read(object) {
        Ok(after) => (after, Vec::new()),
        Err(error) => (user.clone(), vec![error]),
    };
    if errors.is_empty() {
        // These are not the client's to say.
        (after.id, after.created_at, after.updated_at) = (user.id, user.created_at, user.updated_at);
        after.settle();
        errors = after.mistakes();
    }
    for error in &mut errors {
        if let Some((name, _)) = italian.iter().find(|(_, path)| *path == error.field) {
            error.field = format!("/{name}");
        }
    }
    if errors.is_empty() { Ok(after) } else { Err(Error::Invalid(errors)) }
}

fn to_value(user: &User) -> Result<Value, Error> {
    serde_json::to_value(user).map_err(|error| Error::Defect(error.to_string()))
}

fn read(object: Value) -> Result<User, FieldError> {
    serde_path_to_error::deserialize(object).map_err(|error| {
        let pointer: String = error.path().iter().map(|step| format!("/{step}")).collect();
        FieldError::new(pointer, "type", error.into_inner().to_string())
    })
}

fn place(object: &mut Map<String, Value>, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        object.insert((*first).to_owned(), value);
        return;
    }
    let inner = object.entry(*first).or_insert_with(|| Value::Object(Map::new()));
    if !inner.is_object() {
        *inner = Value::Object(Map::new());
    }
    if let Value::Object(inner) = inner {
        place(inner, rest, value);
    }
}

fn blank_to_null(object: &mut Map<String, Value>) {
    for value in object.values_mut() {
        match value {
            Value::String(text) if text.trim().is_empty() => *value = Value::Null,
            Value::String(text) => *text = text.trim().to_owned(),
            Value::Object(inner) => blank_to_null(inner),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{UserId, Uuid};
    use serde_json::json;

    use super::super::Role;
    use super::*;

    fn citizen() -> User {
        let fiscal_code = "RSSMRA80A01H501U".parse().ok();
        User {
            given_name: "Mario".into(),
            family_name: "Rossi".into(),
            fiscal_code,
            ..User::new(UserId(Uuid::nil()), Role::User)
        }
    }

    fn changed(changes: Value, version: ApiVersion) -> Result<User, Vec<FieldError>> {
        let Value::Object(changes) = changes else { panic!("an object") };
        super::changed(&citizen(), changes, version).map_err(|error| match error {
            Error::Invalid(errors) => errors,
            other => panic!("{other}"),
        })
    }

    #[test]
    fn version_1_has_both_sets_of_names_and_version_2_one() {
        let one = show(&citizen(), ApiVersion::One).unwrap();
        assert_eq!((&one["nome"], &one["given_name"]), (&json!("Mario"), &json!("Mario")));
        assert_eq!((&one["codice_fiscale"], &one["full_name"]), (&json!("RSSMRA80A01H501U"), &json!("Mario Rossi")));
        assert!(one["cap_residenza"].is_null() && one.get("cap_residenza").is_some());
        assert!(show(&citizen(), ApiVersion::Two).unwrap().get("nome").is_none());
    }

    #[test]
    fn what_version_1_showed_can_be_sent_back_changed() {
        let mut object = show(&citizen(), ApiVersion::One).unwrap();
        object["citta_residenza"] = json!("Bugliano");
        object["data_nascita"] = json!("1980-01-01");
        object["cognome"] = json!(" Bianchi ");
        let after = changed(object, ApiVersion::One).unwrap();
        assert_eq!((after.residence.municipality.as_deref(), after.family_name.as_str()), (Some("Bugliano"), "Bianchi"));
        assert_eq!(after.birth.date.unwrap().to_string(), "1980-01-01");
        assert_eq!(after.username, "RSSMRA80A01H501U");
    }

    #[test]
    fn wrong_members_are_told_by_the_name_that_the_client_used() {
        let field = |changes, version| changed(changes, version).unwrap_err()[0].field.clone();
        assert_eq!(field(json!({"codice_fiscale": "RSSMRA80A01H501X"}), ApiVersion::One), "/codice_fiscale");
        assert_eq!(field(json!({"fiscal_code": "RSSMRA80A01H501X"}), ApiVersion::One), "/fiscal_code");
        assert_eq!(field(json!({"data_nascita": "ieri"}), ApiVersion::One), "/data_nascita");
        assert_eq!(field(json!({"cellulare": "x"}), ApiVersion::One), "/cellulare");
        assert_eq!(field(json!({"residence": "via Roma"}), ApiVersion::Two), "/residence");
        assert_eq!(field(json!({"password": "x"}), ApiVersion::Two), "/password");
    }

    #[test]
    fn empty_texts_take_away() {
        assert_eq!(changed(json!({"email": "  "}), ApiVersion::Two).unwrap().email, None);
    }

    #[test]
    fn identity_and_times_are_not_the_client_s_to_say() {
        let after = changed(json!({"id": Uuid::from_u128(9), "created_at": "2001-01-01T00:00:00Z"}), ApiVersion::Two).unwrap();
        assert_eq!((after.id, after.created_at), (citizen().id, None));
    }
}
