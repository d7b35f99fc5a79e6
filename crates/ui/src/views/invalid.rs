//! Wrong fields of a form.

use kernel::Problem;

use crate::clients::ClientError;
use crate::errors::PageError;

/// A wrong field and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Name of the field, which is also its id in the page.
    pub field: String,
    /// For a person.
    pub message: String,
}

impl Invalid {
    /// A wrong `field`.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// Whether it is about the field `name`.
    pub fn is_on(&self, name: &str) -> bool {
        self.field == name
    }

    /// Where the summary's link leads.
    pub fn id(&self) -> &str {
        &self.field
    }

    /// What the API found wrong: each field by its name in the page, where `names` pairs JSON pointers (without `/`) with fields of
    /// the page; anything else is attached to the field `other`.
    ///
    /// # Errors
    /// Passes on what is not about the content: missing rights, missing things, failures.
    pub fn from_client(error: ClientError, names: &[(&str, &str)], other: &str) -> Result<Vec<Self>, PageError> {
        match error {
            ClientError::Refused(problem) if matches!(problem.status, 400 | 409 | 422) => {
                Ok(Self::from_problem(&problem, names, other))
            }
            error => Err(error.into()),
        }
    }

    fn from_problem(problem: &Problem, names: &[(&str, &str)], other: &str) -> Vec<Self> {
        if problem.errors.is_empty() {
            return vec![Self::new(other, problem.detail.as_deref().unwrap_or(&problem.title))];
        }
        let field = |pointer: &str| {
            let pointer = pointer.trim_start_matches('/');
            names.iter().find(|(known, _)| *known == pointer).map_or(other, |(_, field)| field).to_owned()
        };
        problem.errors.iter().map(|error| Self { field: field(&error.field), message: sentence(&error.message) }).collect()
    }
}

/// What the interface says begins small; on a page it is a sentence.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::FieldError;

    #[test]
    fn pointers_become_fields_of_the_page() {
        let problem = Problem::new(422, "invalid", "Dati non validi").errors(vec![
            FieldError::new("/given_name", "required", "Manca il nome."),
            FieldError::new("/elsewhere", "x", "altro."),
        ]);
        let errors = Invalid::from_problem(&problem, &[("given_name", "name")], "username");
        assert_eq!(errors, [Invalid::new("name", "Manca il nome."), Invalid::new("username", "Altro.")]);
        assert_eq!(
            Invalid::from_problem(&Problem::new(409, "taken", "Esiste già"), &[], "name"),
            [Invalid::new("name", "Esiste già")]
        );
    }
}
