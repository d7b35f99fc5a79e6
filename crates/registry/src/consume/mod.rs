//! What is read from each topic.

pub mod applications;
pub mod documents;

use contracts::documents::DocumentV1;
use runtime::Failure;

/// Refuses a document that breaks the rules of documents.
///
/// # Errors
/// [`Failure::Poison`] that names the fields, and nothing of what stands in them.
fn require_valid(document: &DocumentV1) -> Result<(), Failure> {
    Failure::unless_valid("documento non valido", &document.validate())
}
