//! The regional intermediary by its interface: services, lots, requests for help, the register of what was done.

use std::collections::BTreeMap;

use http::Method;
use kernel::RomeTime;
use runtime::PeerClient;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Call, ClientError, Download, NewFile, query, segment};
use crate::i18n::Locale;

/// Where the interface is.
const API: &str = "/ioservice/v1";

/// The intermediary, asked in somebody's name.
#[derive(Clone, Debug)]
pub struct Lots {
    peer: PeerClient,
    locale: Locale,
    token: Option<String>,
}

/// For whom somebody acts at the intermediary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Duty {
    /// For the body.
    #[serde(rename = "ENTE")]
    Body,
    /// For a supplier.
    #[serde(rename = "FORNITORE")]
    Provider,
    /// Looks, and changes nothing.
    #[serde(rename = "REVISORE")]
    Auditor,
}

/// Who asks.
#[derive(Clone, Debug, Deserialize)]
pub struct Me {
    /// The name that the register has.
    pub name: String,
    /// For whom.
    pub duty: Duty,
    /// The supplier's name.
    #[serde(default)]
    pub provider_name: Option<String>,
}

/// A service of the app that lots go through.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct IoService {
    /// Identifier.
    #[serde(skip_serializing)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// The department.
    pub department: String,
    /// The body's name.
    pub organization_name: String,
    /// The body's tax code.
    pub organization_fiscal_code: String,
    /// The app's identifier of it.
    pub service_code: String,
    /// Citizens who get tests.
    pub test_fiscal_codes: Vec<String>,
    /// `WEB_SERVICE` or `FILE`.
    pub connector: String,
    /// What the proposer has to say.
    pub notes: String,
    /// Keys, only on their way in.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub primary_key: Option<String>,
    /// The second one.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub secondary_key: Option<String>,
    /// `PROPOSTO`, `ATTIVO`, `SOSPESO`, `RIFIUTATO`.
    #[serde(skip_serializing)]
    pub state: String,
    /// Why it was suspended or refused.
    #[serde(skip_serializing)]
    pub reason: Option<String>,
    /// The supplier.
    #[serde(skip_serializing)]
    pub provider_name: Option<String>,
    /// The key that was accepted last.
    #[serde(skip_serializing)]
    pub key_in_use: String,
    /// When the keys were given.
    #[serde(skip_serializing)]
    pub keys_at: Option<RomeTime>,
    /// Where its files come and go, below the folder of lots.
    #[serde(skip_serializing)]
    pub folder: Option<String>,
    /// When it last sent something.
    #[serde(skip_serializing)]
    pub last_run_at: Option<RomeTime>,
}

/// What the app says to the keys of a service.
#[derive(Clone, Debug, Deserialize)]
pub struct Check {
    /// Whether it would send.
    pub ready: bool,
    /// What is right and what is not.
    pub findings: Vec<String>,
}

/// A template of a service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LotTemplate {
    /// Identifier.
    pub id: String,
    /// From 1.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// The title.
    pub subject: String,
    /// The text.
    pub markdown: String,
    /// The columns that a lot needs for it.
    pub columns: Vec<String>,
}

/// A lot.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Lot {
    /// Identifier.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The service's name.
    pub service_name: String,
    /// Where it stands.
    pub state: String,
    /// Why it was stopped or refused, or what the test said.
    pub reason: Option<String>,
    /// Why nothing moves at the moment.
    pub held: Option<String>,
    /// Rows in all.
    pub rows: i64,
    /// Rows by outcome.
    pub totals: BTreeMap<String, i64>,
    /// How many of a hundred rows no longer wait.
    pub percent: i64,
    /// Whether a second person must agree.
    pub needs_approval: bool,
    /// What can be done now.
    pub commands: Vec<String>,
    /// Who handed it in.
    pub created_by: String,
    /// Who else agreed.
    pub approved_by: Option<String>,
    /// When its test was taken.
    pub tested_at: Option<RomeTime>,
    /// When it was handed in.
    pub created_at: Option<RomeTime>,
    /// When it was first let go.
    pub released_at: Option<RomeTime>,
    /// When it ended.
    pub ended_at: Option<RomeTime>,
}

/// A part of the list of lots.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LotPage {
    /// The lots, newest first.
    pub items: Vec<Lot>,
    /// Where the next part begins.
    pub next: Option<String>,
}

/// A row of a lot.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LotRow {
    /// Its place.
    pub number: i64,
    /// The citizen, masked in lists.
    pub fiscal_code: String,
    /// Where it stands.
    pub outcome: String,
    /// Why.
    pub reason: Option<String>,
    /// Something that may be meant so.
    pub warning: Option<String>,
    /// When it last changed.
    pub updated_at: Option<RomeTime>,
    /// The message as it is sent; in the list of rows there is none.
    pub message: Option<Value>,
    /// UTF-16 units of the subject.
    pub subject_length: usize,
    /// UTF-16 units of the text.
    pub markdown_length: usize,
}

/// What was said in a request for help.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    /// Who.
    pub by: String,
    /// When.
    pub at: Option<RomeTime>,
    /// What.
    pub text: String,
    /// The files that came with it.
    pub attachments: Vec<Attached>,
}

/// A file that came with something said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Attached {
    /// Identifier.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A request for help on its way in.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewTicket {
    /// In a line.
    pub subject: String,
    /// At length.
    pub text: String,
    /// What it is about.
    pub about: String,
    /// Where to tell of answers; empty: nowhere.
    pub email: String,
    /// Files.
    pub attachments: Vec<NewFile>,
}

/// A request for help.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ticket {
    /// Identifier.
    pub id: String,
    /// Where it stands.
    pub state: String,
    /// In a line.
    pub subject: String,
    /// What it is about.
    pub about: String,
    /// Who asked.
    pub opened_by: String,
    /// Who takes care.
    pub assigned_to: Option<String>,
    /// What was said.
    pub messages: Vec<Said>,
    /// When it last changed.
    pub updated_at: Option<RomeTime>,
}

/// A line of the register.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Deed {
    /// Its number.
    pub number: i64,
    /// When.
    pub at: Option<RomeTime>,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// What it was before.
    pub was: Option<Value>,
    /// What it was afterwards.
    pub became: Option<Value>,
}

impl Lots {
    /// Asks `peer` in the name of the token's holder.
    pub fn new(peer: PeerClient, locale: Locale, token: Option<String>) -> Self {
        Self { peer, locale, token }
    }

    pub(super) fn call(&self, method: Method, path: &str) -> Call {
        Call::new(&self.peer, method, format!("{API}{path}"), self.locale, self.token.as_deref())
    }

    /// Who asks.
    pub async fn me(&self) -> Result<Me, ClientError> {
        self.call(Method::GET, "/me").read().await
    }

    /// The services.
    pub async fn services(&self) -> Result<Vec<IoService>, ClientError> {
        self.call(Method::GET, "/services").read().await
    }

    /// A service.
    pub async fn service(&self, id: &str) -> Result<IoService, ClientError> {
        self.call(Method::GET, &format!("/services/{}", segment(id))).read().await
    }

    /// Proposes a service.
    pub async fn propose(&self, service: &IoService) -> Result<IoService, ClientError> {
        self.call(Method::POST, "/services").json(service).read().await
    }

    /// Changes a service: the body looks at it again.
    pub async fn change_service(&self, id: &str, service: &IoService) -> Result<(), ClientError> {
        self.call(Method::PUT, &format!("/services/{}", segment(id))).json(service).done().await
    }

    /// Approves, refuses, suspends or resumes a service.
    pub async fn command_service(&self, id: &str, command: &str, reason: &str) -> Result<(), ClientError> {
        let order = order(command, reason);
        self.call(Method::POST, &format!("/services/{}/command", segment(id))).json(&order).done().await
    }

    /// What the app says to a service's keys.
    pub async fn check_service(&self, id: &str) -> Result<Check, ClientError> {
        self.call(Method::POST, &format!("/services/{}/check", segment(id))).json(&json!({})).read().await
    }

    /// The templates of a service.
    pub async fn templates(&self, service: &str) -> Result<Vec<LotTemplate>, ClientError> {
        self.call(Method::GET, &format!("/services/{}/templates", segment(service))).read().await
    }

    /// Adds a template to a service.
    pub async fn add_template(&self, service: &str, name: &str, subject: &str, markdown: &str) -> Result<(), ClientError> {
        let template = json!({ "name": name, "subject": subject, "markdown": markdown });
        self.call(Method::POST, &format!("/services/{}/templates", segment(service))).json(&template).done().await
    }

    /// The lots, newest first.
    pub async fn lots(&self, before: &str) -> Result<LotPage, ClientError> {
        self.call(Method::GET, &query("/lots", &[("before", before)])).read().await
    }

    /// A lot.
    pub async fn lot(&self, id: &str) -> Result<Lot, ClientError> {
        self.call(Method::GET, &format!("/lots/{}", segment(id))).read().await
    }

    /// Hands a file in.
    pub async fn hand_in(&self, service: &str, template: &str, name: &str, file: &NewFile) -> Result<Lot, ClientError> {
        let path = query("/lots", &[("service", service), ("template", template), ("name", name)]);
        let kind = if file.name.to_lowercase().ends_with(".json") { "application/json" } else { "text/csv" };
        self.call(Method::POST, &path).body(kind, file.bytes()).read().await
    }

    /// Sends a lot's test.
    pub async fn test(&self, id: &str) -> Result<(), ClientError> {
        self.call(Method::POST, &format!("/lots/{}/test", segment(id))).json(&json!({})).done().await
    }

    /// Agrees to a lot.
    pub async fn approve(&self, id: &str) -> Result<(), ClientError> {
        self.call(Method::POST, &format!("/lots/{}/approval", segment(id))).json(&json!({})).done().await
    }

    /// Lets a lot go, stops it, lets it go on, gives it up.
    pub async fn command(&self, id: &str, command: &str, reason: &str) -> Result<(), ClientError> {
        self.call(Method::POST, &format!("/lots/{}/command", segment(id))).json(&order(command, reason)).done().await
    }

    /// Rows of a lot, a hundred after a number, of one outcome if it is named.
    pub async fn rows(&self, id: &str, outcome: &str, after: &str) -> Result<Vec<LotRow>, ClientError> {
        let path = query(&format!("/lots/{}/rows", segment(id)), &[("outcome", outcome), ("after", after)]);
        self.call(Method::GET, &path).read().await
    }

    /// A row with its message.
    pub async fn row(&self, id: &str, number: &str) -> Result<LotRow, ClientError> {
        self.call(Method::GET, &format!("/lots/{}/rows/{}", segment(id), segment(number))).read().await
    }

    /// Decides of an uncertain row: `sent` or `resend`.
    pub async fn decide(&self, id: &str, number: &str, command: &str, reason: &str) -> Result<(), ClientError> {
        let path = format!("/lots/{}/rows/{}", segment(id), segment(number));
        self.call(Method::POST, &path).json(&order(command, reason)).done().await
    }

    /// What became of every row.
    pub async fn report(&self, id: &str, format: &str) -> Result<Download, ClientError> {
        self.call(Method::GET, &query(&format!("/lots/{}/report", segment(id)), &[("format", format)])).download().await
    }

    /// Requests for help.
    pub async fn tickets(&self) -> Result<Vec<Ticket>, ClientError> {
        self.call(Method::GET, "/tickets").read().await
    }

    /// Asks for help.
    pub async fn open_ticket(&self, ticket: &NewTicket) -> Result<(), ClientError> {
        self.call(Method::POST, "/tickets").json(ticket).done().await
    }

    /// Answers, takes, solves or closes a request.
    pub async fn answer_ticket(&self, id: &str, command: &str, text: &str, files: &[NewFile]) -> Result<(), ClientError> {
        let answer = json!({ "command": command, "text": text, "attachments": files });
        self.call(Method::POST, &format!("/tickets/{}", segment(id))).json(&answer).done().await
    }

    /// A file of a request.
    pub async fn ticket_file(&self, id: &str, file: &str) -> Result<Download, ClientError> {
        self.call(Method::GET, &format!("/tickets/{}/attachments/{}", segment(id), segment(file))).download().await
    }

    /// Who did what, a hundred lines before a number.
    pub async fn audit(&self, before: &str) -> Result<Vec<Deed>, ClientError> {
        self.call(Method::GET, &query("/audit", &[("before", before)])).read().await
    }
}

fn order(command: &str, reason: &str) -> Value {
    let reason = Some(reason).filter(|reason| !reason.is_empty());
    json!({ "command": command, "reason": reason })
}
