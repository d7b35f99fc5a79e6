//! The documents that a public body hands out, as PDF/A-2a and PDF/UA-1: the form that a citizen filled in, the letter with the
//! outcome, what is written about an application, the payment notice and the receipt, the record of what two bodies agreed.
//!
//! Each function takes plain data and gives the bytes of the file. It is bound by the CPU (some milliseconds): call it by [`press`]. The same data gives the same bytes. Whatever a person wrote may be in the data: it is printed, never interpreted.

mod application;
mod datamatrix;
mod logo;
mod message;
mod notice;
mod outcome;
mod parties;
mod press;
mod qr;
mod receipt;
mod record;
mod text;
mod typeset;

pub use application::{ApplicationDocument, Attachment, Item, Section, application};
pub use logo::Logo;
pub use message::{MessageDocument, MessageKind, message};
pub use notice::{NoticeDocument, Payable, PostalAccount, notice};
pub use outcome::{OutcomeDocument, Protocol, Signature, outcome};
pub use parties::{Issuer, Language, Person};
pub use press::{press, presses};
pub use receipt::{ReceiptDocument, receipt};
pub use record::{Fact, RecordDocument, RecordSection, record};
pub use text::moment;

/// Why a document was not made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// The texts of the document are too many to be a document.
    #[error("the data of the document are {bytes} bytes, more than a document may have")]
    TooLarge {
        /// Bytes of the data as JSON.
        bytes: usize,
    },
    /// The logo is not an image that documents can carry.
    #[error("the logo cannot be used: {0}")]
    Logo(&'static str),
    /// The typesetting engine refused the document: an error of the templates, since any text can be printed.
    #[error("the document could not be typeset")]
    Typesetting {
        /// What the engine said. It may quote the document: not for log lines.
        detail: String,
    },
}
