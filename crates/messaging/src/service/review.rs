//! What becomes of a request for review without anybody looking, and what somebody must look at.

use url::Url;

use super::payload::Payload;

/// What a request for review leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Passes at once.
    Approve,
    /// Does not pass, with the reason.
    Reject(String),
    /// Somebody must look.
    Manual,
}

/// Judges a request for review. `namesake`: another published service of the organisation has the same name. `published`: the version that
/// was approved last, if the service was ever published.
pub fn judge(payload: &Payload, namesake: bool, published: Option<&Payload>) -> Verdict {
    let mut reasons = complaints(payload);
    if namesake {
        reasons.push(format!(
            "Esiste già un servizio pubblicato dello stesso ente con il nome \"{}\": scegliere un nome diverso.",
            payload.name
        ));
    }
    if !reasons.is_empty() {
        return Verdict::Reject(reasons.join(" "));
    }
    match published {
        Some(published) if !needs_eyes(payload, published) => Verdict::Approve,
        _ => Verdict::Manual,
    }
}

/// Whether something changed that citizens rely on.
fn needs_eyes(payload: &Payload, published: &Payload) -> bool {
    let looked_at = |payload: &Payload| {
        let Payload { name, description, organization, metadata, .. } = payload;
        (name.clone(), description.clone(), organization.name.clone(), organization.fiscal_code.clone(), metadata.scope)
    };
    looked_at(payload) != looked_at(published)
}

/// What a service lacks to be published.
fn complaints(payload: &Payload) -> Vec<String> {
    let metadata = &payload.metadata;
    let mut complaints = Vec::new();
    let urls = [
        ("web_url", &metadata.web_url),
        ("app_ios", &metadata.app_ios),
        ("app_android", &metadata.app_android),
        ("tos_url", &metadata.tos_url),
        ("privacy_url", &metadata.privacy_url),
        ("support_url", &metadata.support_url),
    ];
    for (name, url) in urls {
        if url.as_ref().is_some_and(|url| !is_web(url)) {
            complaints.push(format!("Il campo {name} deve essere un indirizzo che comincia con https:// o http://."));
        }
    }
    if metadata.privacy_url.is_none() {
        complaints.push("Manca privacy_url, l'indirizzo dell'informativa sulla privacy.".to_owned());
    }
    for (name, address) in [("email", &metadata.email), ("pec", &metadata.pec)] {
        if address.as_ref().is_some_and(|address| !runtime::is_address(address)) {
            complaints.push(format!("Il campo {name} deve essere un indirizzo di posta elettronica."));
        }
    }
    if metadata.phone.as_ref().is_some_and(|phone| !is_phone(phone)) {
        complaints.push("Il campo phone deve essere un numero di telefono.".to_owned());
    }
    if [&metadata.email, &metadata.pec, &metadata.phone, &metadata.support_url].iter().all(|contact| contact.is_none()) {
        complaints.push("Serve almeno un contatto fra email, pec, phone e support_url.".to_owned());
    }
    complaints
}

fn is_web(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace)) && Url::parse(text).is_ok()
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (3..=15).contains(&digits) && text.bytes().all(|byte| byte.is_ascii_digit() || b"+ .-/()".contains(&byte))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::payload::tests::body;
    use super::*;

    fn payload(changes: &[(&str, Value)]) -> Payload {
        let mut body = body();
        for (pointer, value) in changes {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            if value.is_null() {
                parent.remove(name);
            } else {
                parent.insert(name.to_owned(), value.clone());
            }
        }
        Payload::read(&body).unwrap()
    }

    fn rejected(changes: &[(&str, Value)]) -> String {
        match judge(&payload(changes), false, None) {
            Verdict::Reject(reason) => reason,
            verdict => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn what_a_service_lacks_is_told_at_once() {
        let reason = rejected(&[
            ("/metadata/privacy_url", json!(null)),
            ("/metadata/email", json!(null)),
            ("/metadata/web_url", json!("javascript:x")),
        ]);
        for part in ["privacy_url", "contatto", "web_url"] {
            assert!(reason.contains(part), "{reason}");
        }
        for (field, wrong) in
            [("email", "x"), ("pec", "@x.it"), ("phone", "chiama"), ("support_url", "ftp://x.it"), ("privacy_url", "https:// x")]
        {
            assert!(rejected(&[(&format!("/metadata/{field}"), json!(wrong))]).contains(field), "{field}");
        }
        for (field, right) in [("pec", "a@pec.it"), ("phone", "+39 055 1234"), ("support_url", "https://x.it")] {
            let right = payload(&[("/metadata/email", json!(null)), (&format!("/metadata/{field}"), json!(right))]);
            assert_eq!(judge(&right, false, None), Verdict::Manual, "{field} is contact enough");
        }
    }

    #[test]
    fn a_namesake_is_refused_in_italian() {
        let verdict = judge(&payload(&[]), true, None);
        assert!(matches!(verdict, Verdict::Reject(reason) if reason.contains("Esiste già")));
    }

    #[test]
    fn the_first_publication_is_looked_at_and_later_ones_only_if_something_of_weight_changed() {
        let published = payload(&[]);
        assert_eq!(judge(&published, false, None), Verdict::Manual);
        assert_eq!(judge(&published, false, Some(&published)), Verdict::Approve);
        let light = payload(&[
            ("/metadata/phone", json!("0551234")),
            ("/max_allowed_payment_amount", json!(10)),
            ("/organization/department_name", json!("Tributi")),
        ]);
        assert_eq!(judge(&light, false, Some(&published)), Verdict::Approve);
        for (pointer, value) in [
            ("/name", json!("Altro nome")),
            ("/description", json!("Altra descrizione")),
            ("/organization/name", json!("Altro ente")),
            ("/organization/fiscal_code", json!("00337460225")),
            ("/metadata/scope", json!("NATIONAL")),
        ] {
            assert_eq!(judge(&payload(&[(pointer, value)]), false, Some(&published)), Verdict::Manual, "{pointer}");
        }
    }
}
