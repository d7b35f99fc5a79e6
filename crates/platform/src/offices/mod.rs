//! Offices (uffici, in older texts user groups) of a tenant: who works together on the applications of some services.

pub mod api;
pub mod store;

use kernel::{FieldError, OfficeId, RomeTime, UserId, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An office, as the API shows it and the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Office {
    /// Identifier.
    #[schema(value_type = Uuid)]
    pub id: OfficeId,
    /// Name, one of a kind in the tenant.
    pub name: String,
    /// What it does, in a sentence.
    pub short_description: String,
    /// Its main function.
    pub main_function: String,
    /// More about it.
    pub more_info: String,
    /// Subject area.
    #[schema(value_type = Option<Uuid>)]
    pub topic_id: Option<Uuid>,
    /// The operator who leads it.
    #[schema(value_type = Option<Uuid>)]
    pub manager_id: Option<UserId>,
    /// Contacts, as the tenant's site has them.
    #[schema(value_type = Option<Object>)]
    pub core_contact_point: Option<serde_json::Map<String, serde_json::Value>>,
    /// Where it is.
    #[schema(value_type = Option<Uuid>)]
    pub core_location_id: Option<Uuid>,
    /// The calendar for its appointments.
    #[schema(value_type = Option<Uuid>)]
    pub calendar_id: Option<Uuid>,
    /// When it was created.
    #[schema(value_type = Option<String>)]
    pub created_at: Option<RomeTime>,
    /// When it was last changed.
    #[schema(value_type = Option<String>)]
    pub updated_at: Option<RomeTime>,
}

impl Office {
    /// An office of which nothing but the identifier is known.
    pub fn new(id: OfficeId) -> Self {
        Self {
            id,
            name: String::new(),
            short_description: String::new(),
            main_function: String::new(),
            more_info: String::new(),
            topic_id: None,
            manager_id: None,
            core_contact_point: None,
            core_location_id: None,
            calendar_id: None,
            created_at: None,
            updated_at: None,
        }
    }

    /// What is wrong with the office. Fields are JSON Pointers.
    fn mistakes(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.name.trim().is_empty() || self.name.chars().count() > 255 || self.name.contains(char::is_control) {
            errors.push(FieldError::new("/name", "length", "Indicare un nome, di una sola riga e di al massimo 255 caratteri."));
        }
        let texts = [
            ("/short_description", &self.short_description),
            ("/main_function", &self.main_function),
            ("/more_info", &self.more_info),
        ];
        for (field, _) in texts.into_iter().filter(|(_, text)| text.chars().count() > 10_000) {
            errors.push(FieldError::new(field, "max_length", "Usare al massimo 10.000 caratteri."));
        }
        errors
    }
}

impl Default for Office {
    fn default() -> Self {
        Self::new(OfficeId(Uuid::nil()))
    }
}
