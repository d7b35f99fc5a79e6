//! Services, applications, messages and users by the platform's API (developers' documentation, "API REST").

use http::Method;
use runtime::PeerClient;
use serde::Serialize;
use serde_json::Value;

use super::model::*;
use super::{Call, ClientError, Download, query, segment};
use crate::i18n::Locale;
use crate::tenant::TenantPage;

/// The platform role, for one tenant and (with a token) one person.
#[derive(Clone, Debug)]
pub struct Platform {
    peer: PeerClient,
    tenant: String,
    token: Option<String>,
    locale: Locale,
}

impl Platform {
    /// The platform as `token`'s holder sees it, or the public without one.
    pub fn new(peer: PeerClient, tenant: &str, locale: Locale, token: Option<String>) -> Self {
        Self { peer, tenant: segment(tenant), token, locale }
    }

    pub(super) fn call(&self, method: Method, path: &str) -> Call {
        Call::new(&self.peer, method, format!("/{}/api{path}", self.tenant), self.locale, self.token.as_deref())
    }

    /// The public body, as everybody may know it.
    pub async fn tenant_page(&self) -> Result<TenantPage, ClientError> {
        self.call(Method::GET, "/tenants/info").read().await
    }

    /// Every public body of this installation; not below a tenant's API.
    pub async fn tenants(&self) -> Result<Vec<TenantPage>, ClientError> {
        Call::new(&self.peer, Method::GET, "/internal/tenants/all".into(), self.locale, None).read().await
    }

    // -- services ---------------------------------------------------------------------------------

    /// The services that the caller may see.
    pub async fn services(&self, wanted: &ServiceQuery) -> Result<Vec<Service>, ClientError> {
        self.call(Method::GET, &query("/services", &[("q", &wanted.text), ("limit", "200")])).read().await
    }

    /// A service by identifier, UUID or slug.
    pub async fn service(&self, id: &str) -> Result<Service, ClientError> {
        self.call(Method::GET, &format!("/services/{}", segment(id))).read().await
    }

    /// The whole service as JSON, for the administrator's form.
    pub async fn service_json(&self, id: &str) -> Result<Value, ClientError> {
        self.call(Method::GET, &format!("/services/{}", segment(id))).read().await
    }

    /// The Form.io definition of a service's application, the forms that it embeds put in their place.
    pub async fn service_form(&self, id: &str) -> Result<Value, ClientError> {
        self.call(Method::GET, &format!("/services/{}/form", segment(id))).read().await
    }

    /// Creates a service.
    pub async fn create_service(&self, service: &Value) -> Result<Service, ClientError> {
        self.call(Method::POST, "/services").json(service).read().await
    }

    /// Changes the fields of a service that `changes` names.
    pub async fn change_service(&self, id: &str, changes: &Value) -> Result<(), ClientError> {
        self.call(Method::PATCH, &format!("/services/{}", segment(id))).json(changes).done().await
    }

    // -- applications -----------------------------------------------------------------------------

    /// The applications that the caller may see, newest first.
    pub async fn applications(&self, wanted: &ApplicationQuery) -> Result<Applications, ClientError> {
        let (offset, limit) = (wanted.offset.to_string(), wanted.limit.to_string());
        let parameters = [
            ("version", "2"),
            ("service_id", &wanted.service_id),
            ("status", &wanted.status),
            ("q", &wanted.text),
            ("mine", if wanted.mine { "true" } else { "" }),
            ("order", "creationTime"),
            ("sort", "DESC"),
            ("offset", &offset),
            ("limit", &limit),
        ];
        self.call(Method::GET, &query("/applications", &parameters)).read().await
    }

    /// An application whose `data` are the nested ones of API version 2.
    pub async fn application(&self, id: &str) -> Result<Application, ClientError> {
        self.call(Method::GET, &format!("/applications/{}?version=2", segment(id))).read().await
    }

    /// An application whose `data` are the flat ones of API version 1: the keys are those of the form's schema.
    pub async fn application_flat(&self, id: &str) -> Result<Application, ClientError> {
        self.call(Method::GET, &format!("/applications/{}?version=1", segment(id))).read().await
    }

    /// Creates an application: `status` 1000 keeps a draft, 1900 submits.
    pub async fn create_application(&self, service: &str, data: &Value, status: &str) -> Result<Application, ClientError> {
        let body = serde_json::json!({ "service": service, "data": data, "status": status, "locale": self.locale.code() });
        self.call(Method::POST, "/applications?version=2").json(&body).read().await
    }

    /// Replaces the data of a draft.
    pub async fn save_draft(&self, id: &str, data: &Value) -> Result<(), ClientError> {
        let body = serde_json::json!({ "data": data });
        self.call(Method::PUT, &format!("/applications/{}", segment(id))).json(&body).done().await
    }

    /// What happened to an application, oldest first.
    pub async fn history(&self, id: &str) -> Result<Vec<HistoryStep>, ClientError> {
        self.call(Method::GET, &format!("/applications/{}/history", segment(id))).read().await
    }

    /// What its applicant was told of an application, and where it went; oldest first.
    pub async fn announcements(&self, id: &str) -> Result<Vec<Announcement>, ClientError> {
        self.call(Method::GET, &format!("/applications/{}/announcements", segment(id))).read().await
    }

    /// Moves an application along its state machine; `body` is what the transition asks for.
    pub async fn transition(&self, id: &str, action: &str, body: Option<&impl Serialize>) -> Result<(), ClientError> {
        let call = self.call(Method::POST, &format!("/applications/{}/transition/{}?version=2", segment(id), segment(action)));
        match body {
            Some(body) => call.json(body).done().await,
            None => call.done().await,
        }
    }

    /// The messages on an application that the caller may read, oldest first.
    pub async fn messages(&self, id: &str) -> Result<Vec<Message>, ClientError> {
        self.call(Method::GET, &format!("/applications/{}/messages", segment(id))).read().await
    }

    /// Writes a message.
    pub async fn send_message(&self, id: &str, message: &NewMessage) -> Result<(), ClientError> {
        self.call(Method::POST, &format!("/applications/{}/messages", segment(id))).json(message).done().await
    }

    /// A file of an application.
    pub async fn attachment(&self, application: &str, file: &str) -> Result<Download, ClientError> {
        let path = format!("/applications/{}/attachments/{}?version=2", segment(application), segment(file));
        self.call(Method::GET, &path).download().await
    }

    /// A file of a message.
    pub async fn message_attachment(&self, application: &str, message: &str, file: &str) -> Result<Download, ClientError> {
        let path = format!("/applications/{}/messages/{}/attachments/{}", segment(application), segment(message), segment(file));
        self.call(Method::GET, &path).download().await
    }

    // -- uploads ----------------------------------------------------------------------------------

    /// Asks for a place for a file; `description` names it, its size and type.
    pub async fn begin_upload(&self, description: &Value) -> Result<UploadSlot, ClientError> {
        self.call(Method::POST, "/uploads").json(description).read().await
    }

    /// Says that the bytes are there, with the digest that the store answered.
    pub async fn finish_upload(&self, id: &str, digest: &Value) -> Result<(), ClientError> {
        self.call(Method::PUT, &format!("/uploads/{}", segment(id))).json(digest).done().await
    }

    // -- people -----------------------------------------------------------------------------------

    /// A user.
    pub async fn user(&self, id: &str) -> Result<User, ClientError> {
        self.call(Method::GET, &format!("/users/{}?version=2", segment(id))).read().await
    }

    /// Operators and administrators.
    pub async fn staff(&self) -> Result<Vec<User>, ClientError> {
        self.call(Method::GET, "/users?roles=operator,admin&limit=100&version=2").read().await
    }

    /// Creates an operator or administrator.
    pub async fn create_user(&self, user: &Value) -> Result<User, ClientError> {
        self.call(Method::POST, "/users?version=2").json(user).read().await
    }

    /// Removes a user who has nothing to do with any application.
    pub async fn delete_user(&self, id: &str) -> Result<(), ClientError> {
        self.call(Method::DELETE, &format!("/users/{}", segment(id))).done().await
    }

    /// Changes the fields of a user that `changes` names.
    pub async fn change_user(&self, id: &str, changes: &Value) -> Result<(), ClientError> {
        self.call(Method::PATCH, &format!("/users/{}?version=2", segment(id))).json(changes).done().await
    }

    /// The offices of the tenant.
    pub async fn offices(&self) -> Result<Vec<Office>, ClientError> {
        self.call(Method::GET, "/user-groups").read().await
    }

    /// Creates an office.
    pub async fn create_office(&self, office: &Value) -> Result<Office, ClientError> {
        self.call(Method::POST, "/user-groups").json(office).read().await
    }
}
