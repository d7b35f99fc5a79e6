//! Intermediaries of payments (PSPs, "intermediari di pagamento"). Each is one implementation of [`Provider`]; what it can and cannot do
//! is data, so that the proxy around it is the same for all.

pub mod sandbox;

use async_trait::async_trait;
use contracts::payments::{Person, Receiver, Split};
use kernel::{Money, NoticeNumber, RomeTime};

use crate::configuration::TenantConfiguration;
use crate::payment::Standing;

/// What a provider can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Gives the notice number itself; otherwise the proxy allocates one before asking.
    pub gives_numbers: bool,
    /// Takes digital revenue stamps.
    pub takes_stamps: bool,
    /// Lets a position be withdrawn.
    pub withdraws: bool,
}

/// A position (posizione debitoria) to be created at a provider.
#[derive(Clone, PartialEq)]
pub struct Position {
    /// Identifier of the due; creating the same one twice gives one position.
    pub iud: String,
    /// The notice number, unless the provider gives it.
    pub notice: Option<NoticeNumber>,
    /// How much.
    pub amount: Money,
    /// What is paid.
    pub reason: String,
    /// Until when it can be paid.
    pub expire_at: Option<RomeTime>,
    /// What is owed, in the provider's classification.
    pub due_type: Option<String>,
    /// What is owed, in pagoPA's taxonomy.
    pub category: Option<String>,
    /// The parts of the amount; items that this payer is exempt from are not among them.
    pub split: Vec<Split>,
    /// Who owes.
    pub debtor: Person,
    /// Who receives the money, where it is not the tenant.
    pub receiver: Option<Receiver>,
    /// The revenue stamp to be bought, if it is one.
    pub stamp: Option<Stamp>,
    /// Where the provider sends the payer back, adding `status=OK` or `status=KO`.
    pub return_url: String,
    /// Where the provider tells that something happened.
    pub notify_url: String,
}

/// Shows nothing of the people in it.
impl std::fmt::Debug for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Position").field("iud", &self.iud).finish_non_exhaustive()
    }
}

/// A digital revenue stamp: the document that it is put on, and the province of the payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Digest of the document, Base64 of SHA-256.
    pub document_hash: String,
    /// Two letters.
    pub province: String,
}

/// A position as the provider has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it stands.
    pub standing: Standing,
    /// Its notice number, if the provider tells.
    pub notice: Option<NoticeNumber>,
}

/// A provider did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It refused: asking the same again is useless. The text is the provider's.
    #[error("refused: {0}")]
    Refused(String),
    /// Not known: no answer, half an answer, an answer that says nothing. It may have acted, so it must be looked at before it is asked
    /// again.
    #[error("unclear: {0}")]
    Unclear(String),
}

/// An intermediary of payments. Calls are made outside of transactions, may be repeated and may run at the same time.
///
/// Whoever implements this runs the suite `payments::conformance!` of the tests against the provider's stand-in.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// Name, as in the proxy's address: `/payment-proxy/<name>`.
    fn name(&self) -> &'static str;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// The Form.io form of a tenant's configuration, JSON.
    fn tenant_form(&self) -> &'static str;

    /// The Form.io form of a payment's configuration, JSON.
    fn payment_form(&self) -> &'static str;

    /// Creates a position, or finds that it is there already.
    async fn create(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Found, ProviderError>;

    /// Looks at the position with this identifier; `None` when there is none.
    async fn find(&self, tenant: &TenantConfiguration, iud: &str) -> Result<Option<Found>, ProviderError>;

    /// Where the citizen pays: the provider's page for this position.
    async fn checkout(&self, tenant: &TenantConfiguration, iud: &str) -> Result<String, ProviderError>;

    /// Withdraws a position, and tells where it stands then: one that was paid meanwhile is paid.
    async fn withdraw(&self, tenant: &TenantConfiguration, iud: &str) -> Result<Standing, ProviderError>;
}
