//! Intermediaries of payments (PSPs, "intermediari di pagamento"). Each is one implementation of [`Provider`]; what it can and cannot do
//! is data ([`About`]), so that the proxy around it is the same for all.

pub mod efil;
pub mod iris;
mod line;
pub mod mypay;
pub mod pagopa;
pub mod sandbox;
mod soap;

use async_trait::async_trait;
use contracts::Version;
use contracts::payments::{Person, Receiver, Split};
use http::HeaderMap;
use kernel::{Money, NoticeNumber, RomeTime, Series, Uuid};

use crate::configuration::{Fields, Settings, TenantConfiguration, Wrong};
use crate::payment::Standing;

/// The versions of the payment event that every proxy of ours reads. It writes 2.0.
pub const BOTH_VERSIONS: &[Version] = &[Version::major(1), Version::major(2)];
/// Most payments of a cart: what pagoPA's Checkout takes.
pub const MAX_CART: usize = 5;
/// The form of a service's configuration, version 1: what providers have in common.
pub const SERVICE_FORM: &str = include_str!("../../forms/service.json");

/// What is known of a provider before it is asked anything.
#[derive(Debug)]
pub struct About {
    /// Name, as in the proxy's address: `/payment-proxy/<name>`.
    pub name: &'static str,
    /// Name of the proxy's role, its consumer and its queue of errands.
    pub role: &'static str,
    /// Name of the queue that keeps the storage tree up to date, and of the job that reads it.
    pub tree: &'static str,
    /// The versions of the payment event that the proxy accepts; it passes over all others.
    pub events: &'static [Version],
    /// Takes digital revenue stamps.
    pub takes_stamps: bool,
    /// Takes dues whose money goes to another body than the one that asks for it.
    pub takes_receivers: bool,
    /// Lets a position be withdrawn.
    pub withdraws: bool,
    /// Gives a number before the position is there ([`Provider::reserve`]).
    pub reserves: bool,
    /// Most payments that are paid together on one page ([`Provider::cart`]); 1 where each has a page of its own.
    pub cart: usize,
    /// The Form.io form of a tenant's configuration, JSON.
    pub tenant_form: &'static str,
    /// The Form.io form of a payment's configuration, version 2, JSON.
    pub payment_form: &'static str,
    /// The Form.io form of a service's configuration, version 1, JSON.
    pub service_form: &'static str,
}

/// A position (posizione debitoria) at a provider: what was or is to be created.
#[derive(Clone, PartialEq)]
pub struct Position {
    /// Identifier of the due; creating the same one twice gives one position.
    pub iud: String,
    /// The notice number, unless the provider is still to give it.
    pub notice: Option<NoticeNumber>,
    /// How much, stamps included.
    pub amount: Money,
    /// What is paid.
    pub reason: String,
    /// When the payment was asked for.
    pub created_at: RomeTime,
    /// Until when it can be paid.
    pub expire_at: Option<RomeTime>,
    /// What is owed, in the provider's classification.
    pub due_type: Option<String>,
    /// What is owed, in pagoPA's taxonomy.
    pub category: Option<String>,
    /// The parts of the amount; neither items that this payer is exempt from nor stamps are among them.
    pub split: Vec<Split>,
    /// Who pays.
    pub payer: Person,
    /// Who owes.
    pub debtor: Person,
    /// Who receives the money, where it is not the tenant.
    pub receiver: Option<Receiver>,
    /// The revenue stamps to be bought.
    pub stamps: Vec<Stamp>,
    /// The transaction, once it was paid.
    pub transaction_id: Option<String>,
    /// What the configuration says to the provider alone.
    pub settings: Settings,
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

impl TenantConfiguration {
    /// The text of a member that the provider cannot do without.
    fn setting(&self, name: &str) -> Result<&str, ProviderError> {
        let missing = || ProviderError::Refused(format!("{name} is missing in the configuration of the body"));
        self.settings.text(name).ok_or_else(missing)
    }
}

fn refused<T>(what: &str) -> Result<T, ProviderError> {
    Err(ProviderError::Refused(what.to_owned()))
}

impl Position {
    /// The number, which must be known by now.
    fn number(&self) -> Result<NoticeNumber, ProviderError> {
        self.notice.ok_or_else(|| ProviderError::Refused("the number of the payment is missing".to_owned()))
    }

    /// What is owed, in the provider's classification: as the payment says, or else the configuration, for dues that others created.
    fn due_kind(&self, max: usize) -> Option<String> {
        let configured = ["management_id", "due_type", "code"].iter().find_map(|name| self.settings.text(name));
        soap::said(self.due_type.as_deref(), max).or_else(|| soap::said(configured, max))
    }

    /// The amount without stamps.
    pub fn ordinary(&self) -> Money {
        let stamps: i64 = self.stamps.iter().map(|stamp| stamp.amount.cents()).sum();
        Money::from_cents(self.amount.cents() - stamps).unwrap_or(Money::ZERO)
    }
}

/// Positions that are paid together.
pub struct Basket<'a> {
    /// Identifier of the cart.
    pub id: Uuid,
    /// What is paid; at least one position, at most [`About::cart`].
    pub positions: &'a [Position],
    /// Where the provider sends the payer back, adding `status=OK` or `status=KO`.
    pub return_url: &'a str,
}

/// A digital revenue stamp: the document that it is put on, and the province of the payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// How much; today always 16.00.
    pub amount: Money,
    /// Digest of the document, Base64 of SHA-256.
    pub document_hash: String,
    /// Two letters.
    pub province: String,
    /// pagoPA's taxonomy of the stamp.
    pub category: Option<String>,
}

/// A position as the provider has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it stands.
    pub standing: Standing,
    /// Its notice number, if the provider tells.
    pub notice: Option<NoticeNumber>,
}

/// A document of a payment: the provider's, or ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paper {
    /// As the provider typeset it.
    Pdf(Vec<u8>),
    /// The provider has none: it is typeset here, with what the provider knows of the payment.
    Ours {
        /// Who took the money, on a receipt.
        taken_by: Option<String>,
    },
}

/// What a provider tells of itself, and what it wants to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notified {
    /// Which positions something happened to: at least one.
    pub positions: Vec<Named>,
    /// What the provider is answered: content type and body; nothing when it wants none.
    pub answer: Option<(&'static str, String)>,
    /// What the provider calls the notification, if it wants to hear later that it was understood.
    pub reference: Option<String>,
}

/// How a provider names a position that we created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By the identifier of the due.
    Iud(String),
    /// By its number in pagoPA.
    Iuv(String),
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
    /// What is known of it.
    fn about(&self) -> &'static About;

    /// Notes what the provider misses in a tenant's configuration.
    fn check_tenant(&self, fields: &Fields<'_>, wrong: &mut Wrong);

    /// Notes what the provider misses in a payment's configuration: the members of its `items`, or of the document.
    fn check_payment(&self, fields: &Fields<'_>, wrong: &mut Wrong);

    /// The series that the proxy gives notice numbers from; `None` when the provider gives them.
    fn series(&self, tenant: &TenantConfiguration) -> Option<Series>;

    /// A number for a position that is yet to be created, where the provider gives numbers beforehand: it is kept before the position is
    /// created with it, so that no answer that is lost takes the number along. A number that nothing is created with is wasted, no more.
    async fn reserve(&self, _tenant: &TenantConfiguration, _position: &Position) -> Result<Option<NoticeNumber>, ProviderError> {
        Ok(None)
    }

    /// Creates a position, or finds that it is there already.
    async fn create(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Found, ProviderError>;

    /// Looks where the position stands; `None` when there is none.
    async fn find(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Option<Found>, ProviderError>;

    /// Where the citizen pays: the provider's page for this position.
    async fn checkout(&self, tenant: &TenantConfiguration, position: &Position) -> Result<String, ProviderError>;

    /// Where the citizen pays all positions of a basket at once, where [`About::cart`] allows it. The same basket again is the same page,
    /// or another one for the same positions: none of them is ever paid twice.
    async fn cart(&self, _tenant: &TenantConfiguration, _basket: &Basket<'_>) -> Result<String, ProviderError> {
        refused("this provider takes one payment at a time")
    }

    /// Withdraws a position, and tells where it stands then: one that was paid meanwhile is paid, one that is not there is withdrawn.
    async fn withdraw(&self, tenant: &TenantConfiguration, position: &Position) -> Result<Standing, ProviderError>;

    /// The notice of an open position.
    async fn notice(&self, _tenant: &TenantConfiguration, _position: &Position) -> Result<Paper, ProviderError> {
        Ok(Paper::Ours { taken_by: None })
    }

    /// The receipt of a position that was paid.
    async fn receipt(&self, _tenant: &TenantConfiguration, _position: &Position) -> Result<Paper, ProviderError> {
        Ok(Paper::Ours { taken_by: None })
    }

    /// Reads what the provider sent to `/notifications`.
    ///
    /// # Errors
    /// When it cannot be understood: what is wrong, without anything of what was sent.
    fn notified(&self, _headers: &HeaderMap, _body: &[u8]) -> Result<Notified, String> {
        Err("this provider does not notify".to_owned())
    }

    /// Tells the provider that a notification was understood, if it wants to hear that.
    async fn acknowledge(&self, _tenant: &TenantConfiguration, _reference: &str) -> Result<(), ProviderError> {
        Ok(())
    }
}
