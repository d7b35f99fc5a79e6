//! Wrong fields of a form.

use kernel::{FieldError, Problem};

use crate::clients::{ClientError, NewFile};
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
        Self::from_client_with_files(error, names, other, &[])
    }

    /// The same for a form that was sent with `files`: what is wrong with one of them (`/attachments/0/file`) says which.
    ///
    /// # Errors
    /// Passes on what is not about the content: missing rights, missing things, failures.
    pub fn from_client_with_files(
        error: ClientError,
        names: &[(&str, &str)],
        other: &str,
        files: &[NewFile],
    ) -> Result<Vec<Self>, PageError> {
        match error {
            ClientError::Refused(problem) if matches!(problem.status, 400 | 409 | 422) => {
                Ok(Self::from_problem(&problem, names, other, files))
            }
            error => Err(error.into()),
        }
    }

    /// Whether something is wrong with the field `name`.
    pub fn any(list: &[Self], name: &str) -> bool {
        list.iter().any(|error| error.is_on(name))
    }

    fn from_problem(problem: &Problem, names: &[(&str, &str)], other: &str, files: &[NewFile]) -> Vec<Self> {
        if problem.errors.is_empty() {
            return vec![Self::new(other, problem.detail.as_deref().unwrap_or(&problem.title))];
        }
        let field = |pointer: &str| {
            let pointer = pointer.trim_start_matches('/');
            names.iter().find(|(known, _)| holds(known, pointer)).map_or(other, |(_, field)| field).to_owned()
        };
        let message = |error: &FieldError| {
            let index = error.field.strip_prefix("/attachments/").and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
            match index.and_then(|index| files.get(index)) {
                Some(file) => format!("{}: {}", file.name, sentence(&error.message)),
                None => sentence(&error.message),
            }
        };
        problem.errors.iter().map(|error| Self { field: field(&error.field), message: message(error) }).collect()
    }
}

/// Whether `pointer` is `known` or a part of it: `attachments/0/file` is a part of `attachments`.
fn holds(known: &str, pointer: &str) -> bool {
    pointer.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What the interface says begins small; on a page it is a sentence.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_become_fields_of_the_page() {
        let problem = Problem::new(422, "invalid", "Dati non validi").errors(vec![
            FieldError::new("/given_name", "required", "Manca il nome."),
            FieldError::new("/elsewhere", "x", "altro."),
        ]);
        let errors = Invalid::from_problem(&problem, &[("given_name", "name")], "username", &[]);
        assert_eq!(errors, [Invalid::new("name", "Manca il nome."), Invalid::new("username", "Altro.")]);
        assert_eq!(
            Invalid::from_problem(&Problem::new(409, "taken", "Esiste già"), &[], "name", &[]),
            [Invalid::new("name", "Esiste già")]
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_stands_at_the_files_and_names_it() {
        let problem = Problem::new(422, "invalid", "Dati non validi").errors(vec![
            FieldError::new("/attachments/1/file", "type", "il contenuto non è quello di un file pdf."),
            FieldError::new("/attachments", "max_items", "Allegare al massimo 10 file."),
            FieldError::new("/attachments_of_others", "x", "altro."),
        ]);
        let file = |name: &str| NewFile { name: name.into(), mime_type: String::new(), file: String::new() };
        let names = [("message", "message"), ("attachments", "files")];
        let errors = Invalid::from_problem(&problem, &names, "message", &[file("a.pdf"), file("b.pdf")]);
        assert_eq!(
            errors,
            [
                Invalid::new("files", "b.pdf: Il contenuto non è quello di un file pdf."),
                Invalid::new("files", "Allegare al massimo 10 file."),
                Invalid::new("message", "Altro."),
            ]
        );
    }
}
