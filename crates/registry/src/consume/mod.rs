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
    let errors = document.validate();
    if errors.is_empty() {
        return Ok(());
    }
    let fields: Vec<_> = errors.iter().map(|error| format!("{} {}", error.field, error.code)).collect();
    Err(Failure::Poison(format!("documento non valido: {}", fields.join(", "))))
}
