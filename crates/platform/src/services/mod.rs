//! Services: what citizens can apply for.

pub mod api;
pub mod io;
pub mod store;

use kernel::{Money, MoneyError, OfficeId, RomeTime, ServiceId, TenantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::applications::state::State;
use io::{Feedback, IoParameters};

/// A digital service, as the API shows it. Texts are HTML or plain text written by the office.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Service {
    /// Identifier.
    #[serde(default = "nil_service")]
    #[schema(value_type = kernel::Uuid)]
    pub id: ServiceId,
    /// Name.
    pub name: String,
    /// Name in addresses.
    #[serde(default)]
    pub slug: String,
    /// Identifier in addresses and integrations; the slug unless told.
    #[serde(default)]
    pub identifier: String,
    /// The public body.
    #[serde(default = "nil_tenant")]
    #[schema(value_type = kernel::Uuid)]
    pub tenant: TenantId,
    /// What it is, at length.
    #[serde(default)]
    pub description: String,
    /// What it is, in a sentence.
    #[serde(default)]
    pub short_description: String,
    /// How to do it.
    #[serde(default)]
    pub howto: String,
    /// What is needed.
    #[serde(default)]
    pub what_you_need: String,
    /// What one gets.
    #[serde(default)]
    pub what_you_get: String,
    /// What it costs.
    #[serde(default)]
    pub costs: String,
    /// Whom it is for.
    #[serde(default)]
    pub who: String,
    /// Special cases.
    #[serde(default)]
    pub special_cases: String,
    /// More about it.
    #[serde(default)]
    pub more_info: String,
    /// Times and deadlines.
    #[serde(default)]
    pub times_and_deadlines: String,
    /// Conditions of use.
    #[serde(default)]
    pub conditions: String,
    /// What to know before filling in.
    #[serde(default)]
    pub compilation_info: String,
    /// What to know after submitting.
    #[serde(default)]
    pub final_indications: String,
    /// Where it holds.
    #[serde(default)]
    pub coverage: Vec<String>,
    /// Subject area.
    #[serde(default)]
    pub topics: String,
    /// The steps of the form.
    #[serde(default)]
    pub flow_steps: Vec<FlowStep>,
    /// Whether applications are registered.
    #[serde(default)]
    pub protocol_required: bool,
    /// The registry proxy that registers them.
    #[serde(default)]
    pub protocol_handler: Option<String>,
    /// 0: nothing to pay; 1: at submission; 2: when the office accepts.
    #[serde(default)]
    pub payment_required: u8,
    /// Amounts and proxies.
    #[serde(default)]
    pub payment_parameters: PaymentParameters,
    /// Shown first.
    #[serde(default)]
    pub sticky: bool,
    /// 0 cancelled, 1 published, 2 suspended, 3 private, 4 scheduled.
    #[serde(default)]
    pub status: u8,
    /// 0 anonymous, 1000 social, 2000 SPID 1, 3000 SPID 2, 4000 CIE.
    #[serde(default = "spid2")]
    pub access_level: u16,
    /// Whether visitors are advised to sign in.
    #[serde(default)]
    pub login_suggested: bool,
    /// From when it is open, if scheduled.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub scheduled_from: Option<RomeTime>,
    /// Until when it is open, if scheduled.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub scheduled_to: Option<RomeTime>,
    /// Offices that handle it.
    #[serde(default)]
    #[schema(value_type = Vec<kernel::Uuid>)]
    pub user_group_ids: Vec<OfficeId>,
    /// Whether a closed application can be taken up again.
    #[serde(default)]
    pub allow_reopening: bool,
    /// Whether the applicant may withdraw.
    #[serde(default = "yes")]
    pub allow_withdraw: bool,
    /// Whether the office may ask for more.
    #[serde(default = "yes")]
    pub allow_integration_request: bool,
    /// 0: the office decides; 1: it is only passed on.
    #[serde(default)]
    pub workflow: u8,
    /// Days within which the office answers.
    #[serde(default)]
    pub max_response_time: Option<u32>,
    /// How it writes to citizens in the app IO; none when it does not.
    #[serde(default, deserialize_with = "io::parameters")]
    pub io_parameters: Option<IoParameters>,
    /// When it was created.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub created_at: Option<RomeTime>,
    /// When it was last changed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub updated_at: Option<RomeTime>,
    /// Members that other systems keep with it.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// A step of a service's form.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FlowStep {
    /// Name of the step.
    pub identifier: String,
    /// Title for people.
    #[serde(default)]
    pub title: Option<String>,
    /// `formio`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about.
    #[serde(default)]
    pub description: Option<String>,
    /// Help for filling in.
    #[serde(default)]
    pub guide: Option<String>,
    /// Which form.
    pub parameters: FlowParameters,
}

/// Which form a step shows.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FlowParameters {
    /// Identifier at the form server.
    pub formio_id: String,
}

/// Amounts and proxies of a service.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct PaymentParameters {
    /// Amount when the form has none, in euro.
    #[serde(default)]
    pub total_amounts: Option<String>,
    /// The proxies by which it can be paid, by identifier.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub gateways: serde_json::Map<String, serde_json::Value>,
}

impl PaymentParameters {
    /// The amount when the form has none, if there is one.
    ///
    /// # Errors
    /// [`MoneyError`] when what is written is no amount in euro.
    pub fn fixed_amount(&self) -> Result<Option<Money>, MoneyError> {
        self.total_amounts.as_deref().map(str::trim).filter(|amount| !amount.is_empty()).map(str::parse).transpose()
    }
}

fn nil_service() -> ServiceId {
    ServiceId(kernel::Uuid::nil())
}

fn nil_tenant() -> TenantId {
    TenantId(kernel::Uuid::nil())
}

fn spid2() -> u16 {
    3000
}

fn yes() -> bool {
    true
}

impl Service {
    /// The form of the first step that has one.
    pub fn form_id(&self) -> Option<&str> {
        self.flow_steps.iter().find(|step| step.kind == "formio").map(|step| step.parameters.formio_id.as_str())
    }

    /// What it says when an application reaches `status`; `None` when it does not say.
    pub fn feedback(&self, status: State) -> Option<Feedback> {
        let written = self.extra.get("feedback_messages")?.get(status.code().to_string())?;
        serde_json::from_value(written.clone()).ok()
    }

    /// The service as answers show it: without its keys.
    pub fn shown(mut self) -> Self {
        self.io_parameters = self.io_parameters.map(|parameters| parameters.shown());
        self
    }

    /// Whether citizens see it in the list at `now`.
    pub fn is_listed(&self, now: RomeTime) -> bool {
        self.status == 1 || self.status == 2 || (self.status == 4 && self.is_open(now))
    }

    /// Whether an application can be submitted at `now`.
    pub fn is_open(&self, now: RomeTime) -> bool {
        match self.status {
            1 | 3 => true,
            4 => self.scheduled_from.is_none_or(|from| from <= now) && self.scheduled_to.is_none_or(|to| now < to),
            _ => false,
        }
    }
}
