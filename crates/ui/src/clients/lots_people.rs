//! Who works with the regional intermediary, by its interface: the people whom the body has let in, suppliers with the keys of their
//! programs, and how the body wants its lots sent.

use http::Method;
use kernel::RomeTime;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ClientError, Duty, Lots, segment};

/// Somebody whom the body has let in.
#[derive(Clone, Debug, Deserialize)]
pub struct Member {
    /// The name that they sign in with.
    pub username: String,
    /// For whom they act.
    pub duty: Duty,
    /// The supplier, if it is for one.
    #[serde(default)]
    pub provider_id: Option<String>,
}

/// A supplier to whom the body has delegated sending.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Supplier {
    /// Identifier.
    #[serde(skip_serializing)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// First day, as ISO 8601 writes it.
    pub valid_from: String,
    /// Last day, if there is one.
    pub valid_until: Option<String>,
    /// Whether the body lets it in.
    pub active: bool,
}

/// A key of a supplier's programs, by how it ends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SupplierKey {
    /// What it is revoked by.
    pub id: String,
    /// How it ends.
    pub hint: String,
    /// When it was made.
    pub created_at: Option<RomeTime>,
}

#[derive(Deserialize)]
struct NewKey {
    key: String,
}

impl Lots {
    /// Who has been let in.
    pub async fn members(&self) -> Result<Vec<Member>, ClientError> {
        self.call(Method::GET, "/members").read().await
    }

    /// Lets somebody in, or has them do something else.
    pub async fn put_member(&self, username: &str, duty: &str, supplier: &str) -> Result<(), ClientError> {
        let supplier = Some(supplier).filter(|supplier| !supplier.is_empty());
        let member = json!({ "duty": duty, "provider_id": supplier });
        self.call(Method::PUT, &format!("/members/{}", segment(username))).json(&member).done().await
    }

    /// Lets somebody in no more.
    pub async fn delete_member(&self, username: &str) -> Result<(), ClientError> {
        self.call(Method::DELETE, &format!("/members/{}", segment(username))).done().await
    }

    /// The suppliers; a supplier sees itself.
    pub async fn suppliers(&self) -> Result<Vec<Supplier>, ClientError> {
        self.call(Method::GET, "/providers").read().await
    }

    /// Delegates sending to a supplier.
    pub async fn add_supplier(&self, supplier: &Supplier) -> Result<Supplier, ClientError> {
        self.call(Method::POST, "/providers").json(supplier).read().await
    }

    /// Changes a supplier's delegation.
    pub async fn change_supplier(&self, id: &str, supplier: &Supplier) -> Result<(), ClientError> {
        self.call(Method::PUT, &format!("/providers/{}", segment(id))).json(supplier).done().await
    }

    /// The keys of a supplier's programs.
    pub async fn supplier_keys(&self, id: &str) -> Result<Vec<SupplierKey>, ClientError> {
        self.call(Method::GET, &format!("/providers/{}/keys", segment(id))).read().await
    }

    /// Makes one more key; gives it, this once.
    pub async fn new_supplier_key(&self, id: &str) -> Result<String, ClientError> {
        let made: NewKey = self.call(Method::POST, &format!("/providers/{}/keys", segment(id))).json(&json!({})).read().await?;
        Ok(made.key)
    }

    /// Ends a key.
    pub async fn revoke_supplier_key(&self, id: &str, key: &str) -> Result<(), ClientError> {
        self.call(Method::DELETE, &format!("/providers/{}/keys/{}", segment(id), segment(key))).done().await
    }

    /// How the body wants its lots sent.
    pub async fn settings(&self) -> Result<Value, ClientError> {
        self.call(Method::GET, "/settings").read().await
    }

    /// Sets how the body wants its lots sent.
    pub async fn set_settings(&self, settings: &Value) -> Result<(), ClientError> {
        self.call(Method::PUT, "/settings").json(settings).done().await
    }
}
