//! The application (pratica): the object that the API shows, the database keeps and the events carry.

use contracts::Raw;
use contracts::applications::{ActionLink, Authentication, File, PaymentData, ProtocolNumber};
use kernel::{ApplicationId, AttachmentId, OfficeId, RomeTime, ServiceId, TenantId, UserId, Uuid};
use serde::{Deserialize, Serialize};
use web::TenantInfo;

use super::state::{Command, State, next};
use crate::errors::Error;
use crate::services::Service;

/// An application without its `data`, which is kept apart in both its forms. Members that follow from others (`status_name`, `links`,
/// the `*_time` seconds) are set by [`Application::derive`] and never read back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Application {
    /// Identifier.
    pub id: ApplicationId,
    /// The applicant.
    pub user: UserId,
    /// The applicant's name.
    pub user_name: String,
    /// Identifier of the service in addresses.
    pub service: String,
    /// The service.
    pub service_id: ServiceId,
    /// The service's name.
    pub service_name: String,
    /// Name of the group of the service.
    pub service_group_name: Option<String>,
    /// The public body.
    pub tenant: TenantId,
    /// What it is about, in one line.
    pub subject: Option<String>,
    /// PDF of what was submitted.
    pub compiled_modules: Vec<File>,
    /// Files given by the applicant.
    pub attachments: Vec<File>,
    /// `created_at` in seconds since 1970.
    pub creation_time: i64,
    /// When it was created.
    pub created_at: RomeTime,
    /// `submitted_at` in seconds since 1970.
    pub submission_time: Option<i64>,
    /// When it was submitted.
    pub submitted_at: Option<RomeTime>,
    /// `latest_status_change_at` in seconds since 1970.
    pub latest_status_change_time: i64,
    /// When its status last changed.
    pub latest_status_change_at: RomeTime,
    /// Number of the folder (fascicolo).
    pub protocol_folder_number: Option<String>,
    /// Code of the folder.
    pub protocol_folder_code: Option<String>,
    /// Registration number (numero di protocollo).
    pub protocol_number: Option<String>,
    /// The document at the registry.
    pub protocol_document_id: Option<String>,
    /// Registration numbers of the files.
    pub protocol_numbers: Vec<ProtocolNumber>,
    /// `protocolled_at` in seconds since 1970.
    pub protocol_time: Option<i64>,
    /// When it was registered.
    pub protocolled_at: Option<RomeTime>,
    /// The decision: accepted, rejected, none yet.
    pub outcome: Option<bool>,
    /// The decision's reasons.
    pub outcome_motivation: Option<String>,
    /// The decision's document.
    pub outcome_file: Option<File>,
    /// Files that go with the decision.
    pub outcome_attachments: Vec<File>,
    /// The document by which the applicant withdrew it, or the office annulled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing_file: Option<File>,
    /// Registration number of the decision.
    pub outcome_protocol_number: Option<String>,
    /// The decision's document at the registry.
    pub outcome_protocol_document_id: Option<String>,
    /// Registration numbers of the decision's files.
    pub outcome_protocol_numbers: Option<Vec<ProtocolNumber>>,
    /// `outcome_protocolled_at` in seconds since 1970.
    pub outcome_protocol_time: Option<i64>,
    /// When the decision was registered.
    pub outcome_protocolled_at: Option<RomeTime>,
    /// The proxy that takes the payment.
    pub payment_type: Option<String>,
    /// What is to be paid.
    pub payment_data: Option<PaymentData>,
    /// Where it stands.
    pub status: State,
    /// The same as an identifier.
    pub status_name: String,
    /// How the applicant signed in.
    pub authentication: Authentication,
    /// What can be done now.
    pub links: Vec<ActionLink>,
    /// Meetings booked with it.
    pub meetings: Vec<Uuid>,
    /// Requests for more and their answers.
    pub integrations: Vec<Integration>,
    /// What the office filled in.
    pub backoffice_data: Raw,
    /// When its path last changed.
    pub flow_changed_at: RomeTime,
    /// Notes of the applicant.
    pub user_compilation_notes: Option<String>,
    /// Language of the applicant.
    pub locale: String,
    /// The operator in charge.
    pub operator_id: Option<UserId>,
    /// The office in charge.
    pub user_group_id: Option<OfficeId>,
}

/// A request for more and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Integration {
    /// The office's request.
    pub outbound: IntegrationStep,
    /// The applicant's answer.
    pub inbound: Option<IntegrationStep>,
}

/// One side of an integration. As the documentation shows it, it is the file of its own document once that is made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct IntegrationStep {
    /// What was written, as a document to register.
    #[serde(flatten)]
    pub document: Option<IntegrationDocument>,
    /// What was written.
    pub message: String,
    /// When.
    pub created_at: Option<RomeTime>,
    /// Files.
    pub attachments: Vec<File>,
    /// Registration number.
    pub protocol_number: Option<String>,
    /// Document at the registry.
    pub protocol_document_id: Option<String>,
    /// When it was registered.
    pub protocolled_at: Option<RomeTime>,
    /// Whether the office closed it without an answer.
    #[serde(default)]
    pub cancelled: bool,
}

/// The document of one side of an integration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IntegrationDocument {
    /// The file.
    pub id: AttachmentId,
    /// Its title.
    pub name: String,
    /// Where to fetch it.
    pub url: String,
    /// Its file name.
    #[serde(rename = "originalName")]
    pub original_name: String,
    /// What is in it.
    pub description: String,
    /// Media type.
    pub mime_type: String,
    /// MD5 of its content, hexadecimal.
    pub md5: Option<String>,
}

impl Application {
    /// A new draft of `service` for the applicant `user`.
    pub fn draft(
        id: ApplicationId,
        tenant: &TenantInfo,
        service: &Service,
        user: UserId,
        user_name: String,
        now: RomeTime,
    ) -> Self {
        Self {
            id,
            user,
            user_name,
            service: service.identifier.clone(),
            service_id: service.id,
            service_name: service.name.clone(),
            service_group_name: None,
            tenant: tenant.id,
            subject: None,
            compiled_modules: Vec::new(),
            attachments: Vec::new(),
            creation_time: 0,
            created_at: now,
            submission_time: None,
            submitted_at: None,
            latest_status_change_time: 0,
            latest_status_change_at: now,
            protocol_folder_number: None,
            protocol_folder_code: None,
            protocol_number: None,
            protocol_document_id: None,
            protocol_numbers: Vec::new(),
            protocol_time: None,
            protocolled_at: None,
            outcome: None,
            outcome_motivation: None,
            outcome_file: None,
            outcome_attachments: Vec::new(),
            closing_file: None,
            outcome_protocol_number: None,
            outcome_protocol_document_id: None,
            outcome_protocol_numbers: None,
            outcome_protocol_time: None,
            outcome_protocolled_at: None,
            payment_type: None,
            payment_data: None,
            status: State::Draft,
            status_name: String::new(),
            authentication: Authentication::default(),
            links: Vec::new(),
            meetings: Vec::new(),
            integrations: Vec::new(),
            backoffice_data: Raw::null(),
            flow_changed_at: now,
            user_compilation_notes: None,
            locale: "it".to_owned(),
            operator_id: None,
            user_group_id: None,
        }
    }

    /// Goes where `command` leads.
    ///
    /// # Errors
    /// [`Error::NotAllowedNow`] when the table has no such edge.
    pub fn apply(&mut self, command: Command, now: RomeTime) -> Result<(), Error> {
        let to = next(self.status, command).ok_or(Error::NotAllowedNow { status: self.status, command })?;
        if command == Command::Submit {
            self.submitted_at = Some(now);
        }
        self.status = to;
        self.latest_status_change_at = now;
        self.flow_changed_at = now;
        Ok(())
    }

    /// The side of the last integration that is to be registered in this status: the request, or its answer.
    pub fn open_integration(&self) -> Option<&IntegrationStep> {
        let last = self.integrations.last()?;
        match self.status {
            State::IntegrationRequested => Some(&last.outbound),
            State::IntegrationSubmitted => last.inbound.as_ref(),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn open_integration_mut(&mut self) -> Option<&mut IntegrationStep> {
        let last = self.integrations.last_mut()?;
        match self.status {
            State::IntegrationRequested => Some(&mut last.outbound),
            State::IntegrationSubmitted => last.inbound.as_mut(),
            _ => None,
        }
    }

    /// Sets the members that follow from others. Called before the application is stored.
    pub fn derive(&mut self, tenant: &TenantInfo, service: &Service) {
        self.status_name = self.status.name().to_owned();
        self.creation_time = self.created_at.as_second();
        self.submission_time = self.submitted_at.map(RomeTime::as_second);
        self.latest_status_change_time = self.latest_status_change_at.as_second();
        self.protocol_time = self.protocolled_at.map(RomeTime::as_second);
        self.outcome_protocol_time = self.outcome_protocolled_at.map(RomeTime::as_second);
        let base = format!("{}/applications/{}/transition", tenant.api_url(), self.id);
        self.links = self
            .actions(service)
            .into_iter()
            .map(|(action, description)| ActionLink {
                action: action.to_owned(),
                description: Some(description.to_owned()),
                url: format!("{base}/{action}?version=1"),
            })
            .collect();
    }

    /// What can be done now, by anybody who may: name of the transition and a description.
    fn actions(&self, service: &Service) -> Vec<(&'static str, &'static str)> {
        const WITHDRAW: (&str, &str) = ("withdraw", "Ritira la pratica");
        const ASSIGN: (&str, &str) = ("assign", "Prendi in carico la pratica");
        let registered = !service.protocol_required || self.protocol_number.is_some();
        let withdraw = service.allow_withdraw && self.payment_data.is_none();
        let mut actions = Vec::new();
        match self.status {
            State::Draft => actions.push(("submit", "Invia la pratica")),
            State::Submitted => {
                if !registered {
                    actions.push(("register", "Protocolla la pratica"));
                } else {
                    actions.push(ASSIGN);
                }
            }
            State::Registered => actions.push(ASSIGN),
            State::Pending | State::PendingAfterIntegration => {
                if service.allow_integration_request {
                    actions.push(("request-integration", "Richiedi integrazioni"));
                }
                actions.extend([("accept", "Accetta la pratica"), ("reject", "Rifiuta la pratica")]);
            }
            State::IntegrationRequested => {
                actions.push(("register-integration-request", "Protocolla la richiesta di integrazioni"))
            }
            State::IntegrationDraft => actions.push(("accept-integration", "Concludi la richiesta di integrazioni")),
            State::IntegrationSubmitted => {
                actions.push(("register-integration-answer", "Protocolla la risposta alle integrazioni"))
            }
            State::Accepted | State::Rejected if service.allow_reopening => actions.push(("reopen", "Riapri la pratica")),
            _ => {}
        }
        if withdraw && next(self.status, Command::Withdraw).is_some() {
            actions.push(WITHDRAW);
        }
        actions
    }
}
