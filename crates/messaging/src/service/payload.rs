//! What an organisation says of a service.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::topics;
use crate::decode::{Member, Reader};
use crate::errors::Error;
use crate::formats::{Cidr, CitizenCode};
use crate::submit::Rules;

/// A service, as it is sent and stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// Its name.
    pub name: String,
    /// What it is for, in Markdown.
    pub description: String,
    /// Whose it is.
    pub organization: Organization,
    /// Whether its messages are sent without e-mail and with notifications that show nothing.
    pub require_secure_channel: bool,
    /// Whom a limited key may write to.
    pub authorized_recipients: Vec<CitizenCode>,
    /// Networks that may use it; none: all.
    pub authorized_cidrs: Vec<Cidr>,
    /// Largest payment in cents; 0: none.
    pub max_allowed_payment_amount: i64,
    /// Whether citizens from 14 years see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suitable_for_minors: Option<bool>,
    /// What citizens see besides.
    pub metadata: Metadata,
}

/// Whose a service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// Its tax code.
    pub fiscal_code: String,
    /// The department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department_name: Option<String>,
}

/// Whom a service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Scope {
    /// Everybody.
    National,
    /// The people of a place.
    Local,
}

macro_rules! metadata {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What citizens see of a service besides.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct Metadata {
            /// Whom it is for.
            pub scope: Scope,
            /// Number of its topic.
            pub topic_id: i64,
            /// `SPECIAL` for services that each citizen activates. Given by the platform, never by the sender.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub category: Option<String>,
            $(
                $(#[$doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $name: Option<String>,
            )*
        }

        fn metadata(reader: &mut Reader, member: &Member<'_>) -> Option<Metadata> {
            let member = reader.object(member, "ServiceMetadata")?;
            let scope = reader.word(&member.get("scope"), "\"NATIONAL\" | \"LOCAL\"", |word| match word {
                "NATIONAL" => Some(Scope::National),
                "LOCAL" => Some(Scope::Local),
                _ => None,
            });
            let topic_id = reader.integer(&member.get("topic_id"), i64::MIN / 2, i64::MAX / 2);
            $(let $name = reader.optional(&member.get(stringify!($name)), Reader::non_empty);)*
            Some(Metadata { scope: scope?, topic_id: topic_id?, category: None, $($name),* })
        }
    };
}

metadata! {
    /// Its site.
    web_url,
    /// Its app for iOS.
    app_ios,
    /// Its app for Android.
    app_android,
    /// Its terms of use.
    tos_url,
    /// Its privacy notice.
    privacy_url,
    /// Address of the office.
    address,
    /// Telephone.
    phone,
    /// E-mail.
    email,
    /// Certified e-mail.
    pec,
    /// Call to action, as front matter.
    cta,
    /// Name of the token that the site gets; deprecated.
    token_name,
    /// Page for help.
    support_url,
    /// Group of services that it belongs to.
    group_id,
}

/// Largest payment that a service may allow, in cents.
const LARGEST_PAYMENT: i64 = 9_999_999_999;

impl Payload {
    /// Reads a body.
    ///
    /// # Errors
    /// [`Error::InvalidBody`] with every wrong member; [`Error::BadRequest`] for a topic that there is not.
    pub fn read(body: &Value) -> Result<Self, Error> {
        let mut reader = Reader::default();
        let payload = read(&mut reader, &Member::root(body));
        let payload = reader.finish(payload).map_err(|complaints| Error::InvalidBody("ServicePayload", complaints))?;
        if topics::name(payload.metadata.topic_id).is_none() {
            return Err(Error::BadRequest("Provided topic_id does not exists".to_owned()));
        }
        Ok(payload)
    }

    /// What the checks of a message look at.
    pub fn rules(&self) -> Rules {
        Rules {
            authorized_cidrs: self.authorized_cidrs.clone(),
            authorized_recipients: self.authorized_recipients.clone(),
            max_allowed_payment_amount: self.max_allowed_payment_amount,
        }
    }

    /// Whether each citizen activates it.
    pub fn is_special(&self) -> bool {
        self.metadata.category.as_deref() == Some("SPECIAL")
    }

    /// The payload as answers show it: with the topic's name.
    pub fn shown(&self) -> Value {
        let mut shown = serde_json::to_value(self).unwrap_or_default();
        if let Some(metadata) = shown["metadata"].as_object_mut() {
            let id = self.metadata.topic_id;
            metadata.remove("topic_id");
            metadata.insert("topic".to_owned(), serde_json::json!({ "id": id, "name": topics::name(id) }));
        }
        shown
    }
}

fn read(reader: &mut Reader, root: &Member<'_>) -> Option<Payload> {
    let root = reader.object(root, "ServicePayload")?;
    let name = reader.non_empty(&root.get("name"));
    let description = reader.non_empty(&root.get("description"));
    let organization = organization(reader, &root.get("organization"));
    let require_secure_channel = reader.optional(&root.get("require_secure_channel"), Reader::bool).unwrap_or(false);
    let authorized_recipients = reader.optional(&root.get("authorized_recipients"), |reader, member| {
        reader.list(member, "array of FiscalCode", Reader::citizen)
    });
    let authorized_cidrs = reader.optional(&root.get("authorized_cidrs"), |reader, member| {
        reader.list(member, "array of CIDR", |reader, item| reader.text(item, "CIDR", |text| text.parse().ok()))
    });
    let most =
        reader.optional(&root.get("max_allowed_payment_amount"), |reader, member| reader.integer(member, 0, LARGEST_PAYMENT));
    let suitable_for_minors = reader.optional(&root.get("suitable_for_minors"), Reader::bool);
    let metadata = metadata(reader, &root.get("metadata"));
    Some(Payload {
        name: name?,
        description: description?,
        organization: organization?,
        require_secure_channel,
        authorized_recipients: authorized_recipients.unwrap_or_default(),
        authorized_cidrs: authorized_cidrs.unwrap_or_default(),
        max_allowed_payment_amount: most.unwrap_or(0),
        suitable_for_minors,
        metadata: metadata?,
    })
}

fn organization(reader: &mut Reader, member: &Member<'_>) -> Option<Organization> {
    let member = reader.object(member, "OrganizationData")?;
    let name = reader.non_empty(&member.get("name"));
    let fiscal_code = reader.organization(&member.get("fiscal_code"));
    let department_name = reader.optional(&member.get("department_name"), Reader::non_empty);
    Some(Organization { name: name?, fiscal_code: fiscal_code?, department_name })
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    pub(crate) fn body() -> Value {
        json!({
            "name": "Tributi", "description": "Avvisi e scadenze dei tributi comunali.",
            "organization": { "name": "Comune di Bugliano", "fiscal_code": "00337460224" },
            "metadata": { "scope": "LOCAL", "topic_id": 10, "privacy_url": "https://bugliano.example.it/privacy", "email": "tributi@bugliano.example.it" }
        })
    }

    #[test]
    fn a_payload_has_its_defaults_and_shows_its_topic() {
        let payload = Payload::read(&body()).unwrap();
        assert_eq!((payload.require_secure_channel, payload.max_allowed_payment_amount), (false, 0));
        let shown = payload.shown();
        assert_eq!(shown["metadata"]["topic"], json!({ "id": 10, "name": "Redditi, patrimoni e fisco" }));
        assert!(shown["metadata"].get("topic_id").is_none());
        assert_eq!(serde_json::from_value::<Payload>(serde_json::to_value(&payload).unwrap()).unwrap(), payload);
    }

    #[test]
    fn wrong_members_are_told() {
        for (pointer, wrong) in [
            ("/name", json!("")),
            ("/description", json!(null)),
            ("/organization/fiscal_code", json!("123")),
            ("/max_allowed_payment_amount", json!(-1)),
            ("/max_allowed_payment_amount", json!(10_000_000_000_i64)),
            ("/authorized_cidrs", json!(["300.1.1.1"])),
            ("/authorized_recipients", json!(["x"])),
            ("/metadata/scope", json!("GLOBAL")),
            ("/metadata/topic_id", json!("1")),
            ("/metadata/email", json!("")),
        ] {
            let mut body = body();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap()[name] = wrong;
            let refused = Payload::read(&body).unwrap_err();
            assert!(
                matches!(&refused, Error::InvalidBody(_, complaints) if complaints.contains(&pointer.replace('/', "."))),
                "{pointer}: {refused:?}"
            );
        }
    }

    #[test]
    fn a_topic_must_be_there() {
        let mut body = body();
        body["metadata"]["topic_id"] = json!(18);
        assert_eq!(Payload::read(&body), Err(Error::BadRequest("Provided topic_id does not exists".into())));
    }

    #[test]
    fn a_sender_does_not_make_a_service_special() {
        let mut body = body();
        body["metadata"]["category"] = json!("SPECIAL");
        assert!(!Payload::read(&body).unwrap().is_special());
    }
}
