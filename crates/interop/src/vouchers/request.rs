//! The request for a voucher: a form with each field once.

use super::assertion::{self, Assertion, Claims};
use super::fault::Fault;
use super::jws::Jws;

/// The only type of assertion there is (RFC 7523 section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The fields of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The client, if it is told twice.
    pub client_id: Option<String>,
    /// The assertion.
    pub client_assertion: String,
    /// Type of the assertion.
    pub client_assertion_type: String,
    /// Kind of grant.
    pub grant_type: String,
}

impl Form {
    /// Reads a form; `None` when it is none, or a field that counts stands twice or not at all. Other fields are not looked at.
    pub fn read(body: &[u8]) -> Option<Self> {
        let mut form = Self::default();
        let (mut assertion, mut kind, mut grant) = (None, None, None);
        for (name, value) in serde_urlencoded::from_bytes::<Vec<(String, String)>>(body).ok()? {
            let place = match name.as_str() {
                "client_id" => &mut form.client_id,
                "client_assertion" => &mut assertion,
                "client_assertion_type" => &mut kind,
                "grant_type" => &mut grant,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return None;
            }
        }
        Some(Self {
            client_assertion: assertion?,
            client_assertion_type: kind.unwrap_or_default(),
            grant_type: grant.unwrap_or_default(),
            ..form
        })
    }

    /// Everything that is wrong with the request's own fields.
    pub fn faults(&self) -> Vec<Fault> {
        let kind = (self.client_assertion_type != ASSERTION_TYPE).then_some(Fault::InvalidAssertionType);
        let grant = (self.grant_type != "client_credentials").then_some(Fault::InvalidGrantType);
        kind.into_iter().chain(grant).collect()
    }

    /// The assertion, taken apart.
    ///
    /// # Errors
    /// [`Fault::InvalidClientAssertionFormat`].
    pub fn jws(&self) -> Result<Jws<'_>, Vec<Fault>> {
        Jws::parse(&self.client_assertion).ok_or_else(|| vec![Fault::InvalidClientAssertionFormat])
    }

    /// What the assertion says.
    ///
    /// # Errors
    /// As [`assertion::read`].
    pub fn assertion(&self, jws: &Jws<'_>, audiences: &[String], claims: Claims) -> Result<Assertion, Vec<Fault>> {
        assertion::read(jws, self.client_id.as_deref(), audiences, claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_stands_once() {
        let body =
            format!("client_id=a&client_assertion=b.c.d&client_assertion_type={ASSERTION_TYPE}&grant_type=client_credentials");
        let form = Form::read(body.as_bytes()).unwrap();
        assert_eq!((form.client_id.as_deref(), form.client_assertion.as_str(), form.faults()), (Some("a"), "b.c.d", vec![]));
        assert_eq!(Form::read(format!("{body}&client_assertion=x").as_bytes()), None);
        assert_eq!(Form::read(format!("{body}&client_id=a").as_bytes()), None);
        assert!(Form::read(format!("{body}&other=1&other=2").as_bytes()).is_some());
        assert_eq!(Form::read(b"grant_type=client_credentials"), None);
        let bare = Form::read(b"client_assertion=x").unwrap();
        assert_eq!(bare.faults(), [Fault::InvalidAssertionType, Fault::InvalidGrantType]);
    }
}
