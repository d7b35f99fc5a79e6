//! E-services exported and imported as archives. Browsers fetch and send them without a session, by addresses that hold for a while: each
//! has a sealed ticket in it, which says what it is for.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use jiff::SignedDuration;
use kernel::TenantId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};
use web::Json;

use super::super::front::files::attachment;
use super::super::front::{Ask, Asker, At, Body, Refused, refuse};
use super::eservices::CreatedEServiceDescriptor;
use crate::catalog::descriptor::Document;
use crate::catalog::documents::server_urls;
use crate::context::Context;
use crate::deeds::{Actor, catalog, files, general};
use crate::errors::{Error, Fault, Service};
use crate::ids::{DescriptorId, EServiceId, FileId};
use crate::roles::Role;
use crate::transfer::{self, File};

/// How long an address holds.
const HOLDS: SignedDuration = SignedDuration::from_mins(15);

/// What an address is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum For {
    /// Fetching a version's archive.
    Export(EServiceId, DescriptorId),
    /// Sending an archive of this name.
    Import(String),
}

/// For what, for whom, until when (seconds).
type Ticket = (For, TenantId, i64);

/// An address below the base of the back end.
fn address(asker: &Asker, folder: &str, wanted: For) -> Result<String, Refused> {
    let app = &asker.context.app;
    let until = app.clock().now().plus(HOLDS).as_second();
    let ticket: Ticket = (wanted, asker.actor.tenant, until);
    let plain = serde_json::to_vec(&ticket).map_err(|error| Error::Defect(error.to_string()))?;
    let sealed = URL_SAFE_NO_PAD.encode(asker.context.tickets.close(app.rng(), folder, &plain));
    Ok(format!("{}{}/{folder}/files/{sealed}", app.public_url(), asker.context.config.bff.path))
}

/// The ticket of an address, if it is one of ours and still holds.
fn ticket(context: &Context, folder: &str, sealed: &str) -> Result<(For, Asker), Error> {
    let sealed = URL_SAFE_NO_PAD.decode(sealed).ok();
    let opened = sealed.and_then(|sealed| context.tickets.open(folder, &sealed));
    let ticket: Option<Ticket> = opened.and_then(|opened| serde_json::from_slice(&opened).ok());
    let now = context.app.clock().now().as_second();
    let held = ticket.filter(|(_, _, until)| *until > now);
    let (wanted, tenant, _) = held.ok_or(Fault::TokenInvalid(Service::Web))?;
    // Whoever asked for the address writes e-services.
    let actor = Actor { tenant, user: None, roles: vec![Role::Api] };
    let request = context.app.rng().uuid();
    Ok((wanted, Asker { context: context.clone(), actor, machine: None, request, service: Service::Web }))
}

/// Where an archive is kept until it is imported: the next one of its name takes its place.
fn upload(tenant: TenantId, name: &str) -> String {
    format!("interop/import/{tenant}/{}", hex::encode(Sha256::digest(name)))
}

/// A file to be fetched or that was sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileResource {
    filename: String,
    url: String,
}

/// Esporta una versione come archivio
#[utoipa::path(get, path = "/export/eservices/{eserviceId}/descriptors/{descriptorId}", tag = "e-service",
    responses((status = 200, description = "Dove si scarica", body = FileResource)))]
pub async fn export(asker: Asker, At((id, version)): At<(EServiceId, DescriptorId)>) -> Result<Json<FileResource>, Refused> {
    let url = address(&asker, "export", For::Export(id, version))?;
    asker.look(move |tx, deed| catalog::exported(tx, deed, id, version)).await?;
    Ok(Json(FileResource { filename: format!("{id}_{version}.zip"), url }))
}

/// Gives the archive that an address is for.
pub async fn fetch(State(context): State<Context>, Path(sealed): Path<String>) -> Response {
    let request = context.app.rng().uuid();
    match archive(&context, &sealed).await {
        Ok(response) => response,
        Err(Refused(error)) => refuse(&error, Service::Web, request),
    }
}

async fn archive(context: &Context, sealed: &str) -> Result<Response, Refused> {
    let (For::Export(id, version), asker) = ticket(context, "export", sealed)? else {
        return Err(Fault::TokenInvalid(Service::Web).into());
    };
    let (eservice, descriptor) = asker.look(move |tx, deed| catalog::exported(tx, deed, id, version)).await?;
    let mut contents = Vec::new();
    for file in descriptor.files() {
        let content = context.app.files().get(&files::key(file.id)).await;
        contents.push(content.map_err(|error| Error::Defect(error.to_string()))?.to_vec());
    }
    let policy = context.config.rules.approval_policy;
    let packed = transfer::pack(&eservice, &descriptor, policy, contents);
    let packed = packed.ok_or_else(|| Error::Defect("the files of a version do not fit an archive".to_owned()))?;
    attachment("application/zip", &format!("{id}_{version}.zip"), packed)
}

/// The name of an archive.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Name {
    /// Name of the file.
    file_name: String,
}

/// An address that holds for a while.
#[derive(Debug, Serialize, ToSchema)]
pub struct PresignedUrl {
    url: String,
}

/// Dove inviare (PUT) un archivio da importare
#[utoipa::path(get, path = "/import/eservices/presignedUrl", tag = "e-service", params(Name),
    responses((status = 200, description = "L'indirizzo", body = PresignedUrl)))]
pub async fn where_to_send(asker: Asker, Ask(name): Ask<Name>) -> Result<Json<PresignedUrl>, Refused> {
    let url = address(&asker, "import", For::Import(name.file_name))?;
    asker.look(|_, deed| catalog::may_write(deed)).await?;
    Ok(Json(PresignedUrl { url }))
}

/// Keeps the archive that an address is for.
pub async fn send(State(context): State<Context>, Path(sealed): Path<String>, content: Bytes) -> Response {
    let request = context.app.rng().uuid();
    match keep(&context, &sealed, content).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Refused(error)) => refuse(&error, Service::Web, request),
    }
}

async fn keep(context: &Context, sealed: &str, content: Bytes) -> Result<(), Refused> {
    let (For::Import(name), asker) = ticket(context, "import", sealed)? else {
        return Err(Fault::TokenInvalid(Service::Web).into());
    };
    let kept = context.app.files().put(&upload(asker.actor.tenant, &name), content).await;
    kept.map_err(|error| Refused(Error::Defect(error.to_string())))
}

/// Importa un e-service da un archivio inviato
///
/// All of it or nothing; it is in draft.
#[utoipa::path(post, path = "/import/eservices", tag = "e-service", request_body = FileResource,
    responses((status = 200, description = "L'e-service in bozza", body = CreatedEServiceDescriptor)))]
pub async fn import(asker: Asker, Body(file): Body<FileResource>) -> Result<Json<CreatedEServiceDescriptor>, Refused> {
    asker.clone().look(|_, deed| catalog::may_write(deed)).await?;
    let (context, key) = (asker.context.clone(), upload(asker.actor.tenant, &file.filename));
    let invalid = |told: String| Refused(Fault::InvalidArchive.told(told).into());
    let archive = context.app.files().get(&key).await.map_err(|_| invalid(format!("{}: file non inviato", file.filename)))?;
    let unpacked = tokio::task::spawn_blocking(move || transfer::unpack(&archive)).await;
    let imported = unpacked.map_err(|error| Error::Defect(error.to_string()))?.map_err(invalid)?;
    let now = context.app.clock().now();
    let mut documents = Vec::new();
    for file in imported.interface.iter().chain(&imported.docs) {
        let document = document(file, FileId(context.app.rng().uuid()), now);
        let put = context.app.files().put(&files::key(document.id), Bytes::from(file.content.clone())).await;
        put.map_err(|error| Error::Defect(error.to_string()))?;
        documents.push(document);
    }
    let urls = imported.interface.as_ref().map(|file| server_urls(imported.general.technology, &file.content));
    let made = asker.act(move |tx, deed| {
        let mut made = catalog::create(tx, deed, imported.general.clone(), imported.terms.clone())?;
        let version = made.descriptors.first().ok_or(Fault::DescriptorNotFound)?.id;
        for (name, form) in &imported.analyses {
            made = general::add_analysis(tx, deed, made.id, name, form.clone())?.0;
        }
        let mut documents = documents.clone().into_iter();
        if let Some(urls) = urls.clone()
            && let Some(interface) = documents.next()
        {
            made = files::add_interface(tx, deed, (made.id, version), interface, urls)?;
        }
        for document in documents {
            made = files::add_document(tx, deed, (made.id, version), document)?;
        }
        Ok(made)
    });
    let made = made.await?;
    if let Err(error) = context.app.files().delete(&key).await {
        tracing::debug!(%error, "an archive that was imported stays until the next of its name");
    }
    CreatedEServiceDescriptor::of(&made)
}

fn document(file: &File, id: FileId, now: kernel::RomeTime) -> Document {
    Document {
        id,
        name: file.name.clone(),
        pretty_name: file.pretty_name.clone(),
        content_type: "application/octet-stream".to_owned(),
        checksum: hex::encode(Sha256::digest(&file.content)),
        uploaded_at: now,
    }
}
