//! How a sender is asked for the content of its messages (source "CRU Configurazioni remote").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::context::Context;
use crate::decode::{Member, Reader};
use crate::environment::{self, Environment as Which};
use crate::errors::Error;
use crate::formats::CitizenCode;
use crate::precondition::Precondition;
use crate::ulid::Ulid;

/// A configuration as it is sent and shown.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// When the precondition is shown, unless a message says otherwise.
    pub has_precondition: Precondition,
    /// Citizens for whom requests are not signed.
    pub disable_lollipop_for: Vec<CitizenCode>,
    /// Whether requests carry the citizen's signature.
    pub is_lollipop_enabled: bool,
    /// The real environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prod_environment: Option<Environment>,
    /// The one for trials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_environment: Option<TestEnvironment>,
}

/// A configuration as it is stored: its keys are sealed. Another type, so that neither can be taken for the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    #[serde(flatten)]
    inner: Configuration,
}

impl std::ops::Deref for Sealed {
    type Target = Configuration;
    fn deref(&self) -> &Configuration {
        &self.inner
    }
}

/// One of a sender's environments.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// What every address begins with.
    pub base_url: String,
    /// How we show who we are.
    pub details_authentication: Authentication,
}

/// The environment for trials.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TestEnvironment {
    /// The environment.
    #[serde(flatten)]
    pub environment: Environment,
    /// For whom it is asked.
    pub test_users: Vec<CitizenCode>,
}

/// How we show who we are: a header with a key.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Authentication {
    /// The header.
    pub header_key_name: String,
    /// The key.
    pub key: String,
    /// `API-KEY`.
    #[serde(rename = "type")]
    pub kind: String,
}

impl std::fmt::Debug for Configuration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither keys nor citizens.
        f.debug_struct("Configuration").field("name", &self.name).finish_non_exhaustive()
    }
}

const KEY_TYPE: &str = "API-KEY";

/// Whether a header says something that the platform itself says: who opens the message, which host is asked, how the request is framed. A
/// key under such a name would say it in its place.
fn is_ours(name: &http::HeaderName) -> bool {
    const NAMES: [&str; 15] = [
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "fiscal_code",
        "forwarded",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    let name = name.as_str();
    NAMES.contains(&name)
        || ["proxy-", "signature", "x-forwarded-", "x-pagopa-"].iter().any(|beginning| name.starts_with(beginning))
}

impl Configuration {
    /// Reads a body. A `configuration_id` in it counts for nothing.
    ///
    /// # Errors
    /// [`Error::InvalidBody`] with every wrong member.
    pub fn read(body: &Value) -> Result<Self, Error> {
        let mut reader = Reader::default();
        let configuration = read(&mut reader, &Member::root(body));
        reader.finish(configuration).map_err(|complaints| Error::InvalidBody("RCConfiguration", complaints))
    }

    /// Every environment's address must be one that may be called: judged when it is set and, for its name may lead elsewhere later, at
    /// each connection.
    ///
    /// # Errors
    /// [`Error::BadRequest`] with the reason.
    pub fn require_callable(&self, policy: &runtime::EgressPolicy) -> Result<(), Error> {
        let test = self.test_environment.as_ref().map(|test| &test.environment);
        for environment in [self.prod_environment.as_ref(), test].into_iter().flatten() {
            let refuse = |reason: &str| Error::BadRequest(format!("base_url {}: {reason}", environment.base_url));
            let url = Url::parse(&environment.base_url).map_err(|_| refuse("non è un indirizzo"))?;
            policy.check(&url).map_err(|error| refuse(&error.to_string()))?;
            if url.query().is_some() || url.fragment().is_some() {
                return Err(refuse("non può avere parametri"));
            }
        }
        Ok(())
    }

    /// The environment for a recipient.
    pub fn environment(&self, recipient: CitizenCode) -> Option<&Environment> {
        let is_test_user = self.test_environment.as_ref().is_some_and(|test| test.test_users.contains(&recipient));
        match environment::choose(self.prod_environment.is_some(), self.test_environment.is_some(), is_test_user)? {
            Which::Production => self.prod_environment.as_ref(),
            Which::Test => self.test_environment.as_ref().map(|test| &test.environment),
        }
    }

    /// Whether requests for a recipient carry the citizen's signature.
    pub fn is_signed_for(&self, recipient: CitizenCode) -> bool {
        self.is_lollipop_enabled && !self.disable_lollipop_for.contains(&recipient)
    }

    /// The configuration as it is stored.
    pub fn seal(mut self, context: &Context, id: Ulid) -> Sealed {
        self.each_key(id, |place, key| *key = STANDARD.encode(context.seal(place, key)));
        Sealed { inner: self }
    }

    /// Calls `change` with each key and the place that it belongs to.
    fn each_key(&mut self, id: Ulid, mut change: impl FnMut(&str, &mut String)) {
        if let Some(environment) = &mut self.prod_environment {
            change(&format!("configuration {id} production"), &mut environment.details_authentication.key);
        }
        if let Some(test) = &mut self.test_environment {
            change(&format!("configuration {id} test"), &mut test.environment.details_authentication.key);
        }
    }
}

impl Sealed {
    /// The configuration with its keys.
    ///
    /// # Errors
    /// When they were sealed with another secret.
    pub fn open(mut self, context: &Context, id: Ulid) -> storage::Result<Configuration> {
        let mut failure = None;
        self.inner.each_key(id, |place, key| {
            let opened = STANDARD
                .decode(&*key)
                .map_err(|error| storage::Error::Defect(error.to_string()))
                .and_then(|sealed| context.open(place, &sealed));
            match opened {
                Ok(opened) => *key = opened,
                Err(error) => failure = Some(error),
            }
        });
        failure.map_or(Ok(self.inner), Err)
    }
}

fn read(reader: &mut Reader, root: &Member<'_>) -> Option<Configuration> {
    let root = reader.object(root, "RCConfiguration")?;
    let name = reader.non_empty(&root.get("name"));
    let description = reader.non_empty(&root.get("description"));
    let has_precondition = Precondition::read(reader, &root.get("has_precondition"));
    let disabled = reader.list(&root.get("disable_lollipop_for"), "array of FiscalCode", Reader::citizen);
    let is_lollipop_enabled = reader.bool(&root.get("is_lollipop_enabled"));
    let prod_environment = reader.optional(&root.get("prod_environment"), environment);
    let test_environment = reader.optional(&root.get("test_environment"), |reader, member| {
        let environment = environment(reader, member);
        let test_users = reader.list(&member.get("test_users"), "array of FiscalCode", Reader::citizen);
        Some(TestEnvironment { environment: environment?, test_users: test_users? })
    });
    Some(Configuration {
        name: name?,
        description: description?,
        has_precondition: has_precondition?,
        disable_lollipop_for: disabled?,
        is_lollipop_enabled: is_lollipop_enabled?,
        prod_environment,
        test_environment,
    })
}

fn environment(reader: &mut Reader, member: &Member<'_>) -> Option<Environment> {
    let member = reader.object(member, "RCEnvironment")?;
    let base_url = reader.non_empty(&member.get("base_url"));
    let authentication = reader.object(&member.get("details_authentication"), "RCAuthenticationConfig");
    let authentication = authentication.and_then(|member| {
        let header = reader.text(&member.get("header_key_name"), "header name", |name| {
            http::HeaderName::from_bytes(name.as_bytes()).ok().filter(|name| !is_ours(name)).map(|_| name.to_owned())
        });
        let key = reader.text(&member.get("key"), "header value", |key| {
            let fits = !key.is_empty() && http::HeaderValue::from_str(key).is_ok();
            fits.then(|| key.to_owned())
        });
        let kind = reader.word(&member.get("type"), "\"API-KEY\"", |kind| (kind == KEY_TYPE).then(|| kind.to_owned()));
        Some(Authentication { header_key_name: header?, key: key?, kind: kind? })
    });
    Some(Environment { base_url: base_url?, details_authentication: authentication? })
}
