//! Pure types that every other crate speaks: identifiers, time in the Europe/Rome calendar, randomness as a parameter,
//! money, Italian tax identifiers, payment numbers, pages and problems. No input or output happens here.

mod cell;
mod clock;
mod fiscal_code;
mod iban;
mod id;
mod json;
mod merge_patch;
mod money;
mod notice;
mod page;
mod problem;
mod rng;
mod rome;
mod tax_code;
mod text;

pub use cell::inert;
pub use clock::Clock;
pub use fiscal_code::{FiscalCode, FiscalCodeError, Sex};
pub use iban::{Iban, IbanError};
pub use id::{ApplicationId, AttachmentId, DocumentId, EventId, MessageId, OfficeId, PaymentId, ServiceId, TenantId, UserId};
pub use json::{Misread, Unreadable, read_json, read_json_of_caller};
pub use merge_patch::merge_patch;
pub use money::{Money, MoneyError};
pub use notice::{Iuv, NoticeError, NoticeNumber, Series};
pub use page::{Page, PageError, PageLinks, PageMeta, PagePosition, PageQuery, Sort};
pub use problem::{FieldError, Problem};
pub use rng::Rng;
pub use rome::{RomeTime, RomeTimeError};
pub use tax_code::{TaxCode, TaxCodeError};

/// Re-exported so that one version of the calendar library is used everywhere.
pub use jiff;
/// Re-exported so that one version of the identifier library is used everywhere.
pub use uuid::Uuid;
