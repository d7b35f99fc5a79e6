//! `/documenti`: what was registered of the citizen's dealings with the body, to be searched, read and downloaded.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::clients::{Document, DocumentQuery, File, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::session::Role;
use crate::views::pager::Pager;
use crate::visit::Visit;
use crate::{format, respond};

/// What to show, as the search form sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    q: String,
    folder: String,
    page: Option<u64>,
}

impl Filter {
    /// The filters as a query string, without the page.
    fn query(&self) -> String {
        let fields = [("q", &self.q), ("folder", &self.folder)];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }

    fn is_empty(&self) -> bool {
        self.q.trim().is_empty() && self.folder.is_empty()
    }
}

/// A folder to choose.
struct Choice {
    id: String,
    label: String,
}

/// A document in the list.
struct Row {
    href: String,
    kind: String,
    folder: String,
    when: String,
    number: String,
    /// Label and colour of where its registration stands; empty when nobody registers it.
    state: (&'static str, &'static str),
}

#[derive(Template)]
#[template(path = "documents.html")]
struct Documents {
    f: Frame,
    filter: Filter,
    folders: Vec<Choice>,
    found: String,
    rows: Vec<Row>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "document.html")]
struct DocumentPage {
    f: Frame,
    kind: String,
    title: String,
    state: (&'static str, &'static str),
    registration: Vec<(&'static str, String)>,
    folder: Option<(String, String)>,
    application: Option<String>,
    files_base: String,
    files: Vec<File>,
}

/// Shows the documents of who is signed in; the staff finds them with the applications.
pub async fn list(visit: Visit, Query(filter): Query<Filter>) -> Result<Response, PageError> {
    if visit.signed_in()?.role != Role::Citizen {
        return Ok(Redirect::to(&format!("{}/operatori", visit.root())).into_response());
    }
    let offset = Pager::offset(filter.page);
    // A folder that is no identifier is in nobody's list.
    let folder = if filter.folder.parse::<kernel::Uuid>().is_ok() { filter.folder.clone() } else { String::new() };
    let filter = Filter { folder: folder.clone(), ..filter };
    let query = DocumentQuery { text: filter.q.trim().to_owned(), folder, offset, limit: Pager::SIZE };
    let platform = visit.platform();
    let (documents, folders) = tokio::join!(platform.documents(&query), platform.folders());
    let (documents, folders) = (documents?, folders?);
    let f = visit.frame();
    let rows = documents.data.iter().map(|document| row(f.t, &visit.root(), document)).collect();
    let choice = |folder: crate::clients::Folder| Choice {
        label: f.t.documents_folder_choice(folder.name(), folder.documents_count),
        id: folder.id,
    };
    let folders = folders.into_iter().map(choice).collect();
    let total = documents.meta.number();
    let found = if total == 1 { f.t.documents_found_one.to_owned() } else { f.t.documents_found(total) };
    let pager = Pager::new(&format!("{}/documenti?{}", visit.root(), filter.query()), offset, total);
    Ok(respond::page(&visit, Documents { f, filter, folders, found, rows, pager }))
}

/// `/documenti/{id}`: one document with its files and what the registry made of it.
pub async fn show(visit: Visit, Path((_, _, id)): Path<(String, String, String)>) -> Result<Response, PageError> {
    visit.signed_in()?;
    let document = visit.platform().document(&id).await?;
    let f = visit.frame();
    let t = f.t;
    let when = |at: Option<kernel::RomeTime>| at.map(format::date_time).unwrap_or_default();
    let mut registration = vec![
        (t.documents_fact_number, document.document_number.clone().unwrap_or_default()),
        (t.documents_fact_registered_at, when(document.registered_at)),
        (t.documents_fact_direction, direction(t, &document.transmission_type).to_owned()),
        (t.documents_fact_created_at, when(document.created_at)),
    ];
    registration.retain(|(_, value)| !value.is_empty());
    let application = document.remote_id.as_deref().map(segment);
    let files_base = application.as_ref().map(|id| format!("{}/pratiche/{id}/attachments/", visit.root())).unwrap_or_default();
    let folder = document
        .folder
        .as_ref()
        .map(|folder| (folder.name(), format!("{}/documenti?folder={}", visit.root(), segment(&folder.id))));
    let page = DocumentPage {
        kind: kind(t, &document.kind),
        state: state(t, &document.status),
        registration,
        folder,
        application: application.map(|id| format!("{}/pratiche/{id}/detail", visit.root())),
        files_base,
        files: document.files(),
        title: document.title,
        f,
    };
    Ok(respond::page(&visit, page))
}

fn row(t: &Messages, root: &str, document: &Document) -> Row {
    Row {
        href: format!("{root}/documenti/{}", segment(&document.id)),
        kind: kind(t, &document.kind),
        folder: document.folder.as_ref().map(crate::clients::Folder::name).unwrap_or_default(),
        when: document.created_at.map(format::date).unwrap_or_default(),
        number: document.document_number.clone().unwrap_or_default(),
        state: state(t, &document.status),
    }
}

/// What kind of document it is. An unknown one is its identifier.
fn kind(t: &Messages, kind: &str) -> String {
    let text = match kind {
        "application-request" => t.documents_kind_request,
        "integration-request" => t.documents_kind_integration_request,
        "integration-response" => t.documents_kind_integration_response,
        "application-outcome" => t.documents_kind_outcome,
        "application-withdraw" => t.documents_kind_withdraw,
        "application-revocation" => t.documents_kind_revocation,
        other => return other.to_owned(),
    };
    text.to_owned()
}

fn direction(t: &Messages, way: &str) -> &'static str {
    match way {
        "Inbound" => t.documents_inbound,
        "Outbound" => t.documents_outbound,
        _ => t.documents_internal,
    }
}

/// Label and colour of where the registration stands. Of a document that no registry has taken nothing is said: perhaps none ever will.
fn state(t: &Messages, status: &str) -> (&'static str, &'static str) {
    match status {
        "REGISTRATION_COMPLETE" => (t.documents_state_registered, "good"),
        "REGISTRATION_PENDING" | "PARTIAL_REGISTRATION" | "REGISTRATION_FAILED" => (t.documents_state_pending, "info"),
        _ => ("", ""),
    }
}
