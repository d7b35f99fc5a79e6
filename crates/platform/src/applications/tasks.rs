//! What applications need of slower helpers: their PDFs.

use std::sync::Arc;

use bytes::Bytes;
use contracts::applications::File;
use kernel::{ApplicationId, AttachmentId, TenantId};
use pdf::MessageKind;
use runtime::{Completed, Retry, Task, TaskError, Worker};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::application::{Application, IntegrationDocument};
use super::change::change_stored;
use super::documents::{self, Surroundings};
use super::state::{Command, State};
use super::store;
use crate::context::{Context, Offer};
use crate::errors::Error;
use crate::tenants;
use crate::uploads::{self, Attachment};
use crate::users::{self, User};

/// Queue of applications whose PDF is to be made.
pub const COMPILE: &str = "platform.compile-application";
/// Queue of applications whose decision is to be written.
pub const OUTCOME: &str = "platform.write-outcome";
/// Queue of applications whose request for integration, or the answer to it, is to be written for the registry.
pub const INTEGRATION: &str = "platform.write-integration";

/// Tasks of each queue at the same time: twice the documents that are typeset at the same time, so that while one is stored the next is
/// made.
fn concurrency() -> usize {
    2 * pdf::presses()
}

/// Which application.
#[derive(Debug, Serialize, Deserialize)]
struct Which {
    tenant_id: TenantId,
    application_id: ApplicationId,
}

/// The task that an application's arrival in `status` calls for.
pub fn called_for(status: State, application: &Application) -> Option<&'static str> {
    match status {
        State::PreSubmit => Some(COMPILE),
        State::Accepted | State::Rejected | State::AcceptedToRegister | State::RejectedToRegister
            if application.outcome_file.is_none() =>
        {
            Some(OUTCOME)
        }
        // Where nothing is registered the application has passed through this status already.
        State::IntegrationRequested | State::IntegrationSubmitted if application.status == status => {
            let side = application.open_integration()?;
            (side.document.is_none() && side.protocol_number.is_none()).then_some(INTEGRATION)
        }
        _ => None,
    }
}

/// What the task needs to know.
pub fn payload(application: &Application) -> String {
    let which = Which { tenant_id: application.tenant, application_id: application.id };
    serde_json::to_string(&which).expect("identifiers are plain data")
}

/// Makes the PDF of an application and takes it to "acquired".
pub fn compile_worker(context: Context) -> Worker {
    Worker::new(COMPILE, concurrency(), Retry::PATIENT, move |task| compile(context.clone(), task))
}

/// Writes the document of a decision.
pub fn outcome_worker(context: Context) -> Worker {
    Worker::new(OUTCOME, concurrency(), Retry::PATIENT, move |task| outcome(context.clone(), task))
}

/// Writes the document of a request for integration, or of the answer to it.
pub fn integration_worker(context: Context) -> Worker {
    Worker::new(INTEGRATION, concurrency(), Retry::PATIENT, move |task| integration(context.clone(), task))
}

async fn compile(context: Context, task: Task) -> Result<Completed, TaskError> {
    let Loaded { tenant, stored, offer, applicant, operator, files } = load(&context, &task).await?;
    let around = Surroundings { tenant: &tenant, offer: &offer, applicant: &applicant, operator: operator.as_ref(), files };
    let document = documents::compiled(&stored, &around);
    let name = format!("{}-{}.pdf", stored.application.service, stored.application.id);
    let description = format!("Modulo compilato: {}", stored.application.service_name);
    let pdf = typeset(move || pdf::application(&document)).await?;
    let (attachment, file) = keep(&context, &tenant, &stored.application, "compiled_module", name, description, pdf).await?;
    let app = context.app.clone();
    task.complete(move |tx| {
        let (tenant_id, id) = (stored.application.tenant, stored.application.id);
        let stored = store::find_for_change(tx, tenant_id, id)?.ok_or(Error::NotFound)?;
        // The task may be done a second time after a crash, or after the applicant has withdrawn.
        if stored.application.status != State::PreSubmit {
            return Ok::<_, Error>(());
        }
        uploads::store::insert(tx, &attachment)?;
        change_stored(tx, &app, &tenant, stored, |step| {
            step.application().compiled_modules.push(file);
            step.apply(Command::Compile)
        })
        .map(drop)
    })
    .await
    .map_err(Into::into)
}

async fn outcome(context: Context, task: Task) -> Result<Completed, TaskError> {
    let Loaded { tenant, stored, offer, applicant, operator, files } = load(&context, &task).await?;
    let around = Surroundings { tenant: &tenant, offer: &offer, applicant: &applicant, operator: operator.as_ref(), files };
    let document = documents::outcome(&stored.application, &around, stored.application.latest_status_change_at);
    let name = format!("esito-{}.pdf", stored.application.id);
    let pdf = typeset(move || pdf::outcome(&document)).await?;
    let (attachment, file) =
        keep(&context, &tenant, &stored.application, "outcome_file", name, "Esito della pratica".to_owned(), pdf).await?;
    let app = context.app.clone();
    task.complete(move |tx| {
        let (tenant_id, id) = (stored.application.tenant, stored.application.id);
        let stored = store::find_for_change(tx, tenant_id, id)?.ok_or(Error::NotFound)?;
        let status = stored.application.status;
        if stored.application.outcome_file.is_some() || called_for(status, &stored.application) != Some(OUTCOME) {
            return Ok::<_, Error>(());
        }
        uploads::store::insert(tx, &attachment)?;
        change_stored(tx, &app, &tenant, stored, |step| {
            step.application().outcome_file = Some(file);
            // Registry proxies never hold the citizen up: the decision holds as soon as its document is there.
            match status {
                State::AcceptedToRegister => step.apply(Command::Accept),
                State::RejectedToRegister => step.apply(Command::Reject),
                _ => Ok(()),
            }
        })
        .map(drop)
    })
    .await
    .map_err(Into::into)
}

async fn integration(context: Context, task: Task) -> Result<Completed, TaskError> {
    let Loaded { tenant, stored, offer, applicant, operator, files } = load(&context, &task).await?;
    let application = &stored.application;
    let written = match called_for(application.status, application) {
        Some(INTEGRATION) => application.open_integration(),
        // Done by an attempt whose end was not seen, or registered by hand or withdrawn meanwhile.
        _ => None,
    };
    let Some(side) = written.cloned() else {
        return task.complete(|_| Ok::<_, Error>(())).await.map_err(Into::into);
    };
    let (kind, names, title) = match application.status {
        State::IntegrationRequested => (MessageKind::Request, "richiesta-integrazione", "Richiesta di integrazioni"),
        _ => (MessageKind::Answer, "risposta-a-richiesta-integrazione", "Risposta alla richiesta di integrazioni"),
    };
    let around = Surroundings { tenant: &tenant, offer: &offer, applicant: &applicant, operator: operator.as_ref(), files };
    let document = documents::integration(application, kind, &side, &around);
    let name = format!("{names}-{}-{}.pdf", application.id, application.integrations.len());
    let pdf = typeset(move || pdf::message(&document)).await?;
    let (attachment, file) = keep(&context, &tenant, application, names, name, title.to_owned(), pdf).await?;
    let document = IntegrationDocument {
        id: attachment.id,
        name: attachment.name.clone(),
        url: file.url,
        original_name: attachment.name.clone(),
        description: attachment.description.clone(),
        mime_type: attachment.mime_type.clone(),
        md5: attachment.md5.clone(),
    };
    let app = context.app.clone();
    task.complete(move |tx| {
        let (tenant_id, id) = (stored.application.tenant, stored.application.id);
        let status = stored.application.status;
        let stored = store::find_for_change(tx, tenant_id, id)?.ok_or(Error::NotFound)?;
        if stored.application.status != status || called_for(status, &stored.application) != Some(INTEGRATION) {
            return Ok::<_, Error>(());
        }
        uploads::store::insert(tx, &attachment)?;
        change_stored(tx, &app, &tenant, stored, |step| {
            if let Some(side) = step.application().open_integration_mut() {
                side.document = Some(document);
            }
            Ok(())
        })
        .map(drop)
    })
    .await
    .map_err(Into::into)
}

/// What the documents are made of.
struct Loaded {
    tenant: web::TenantInfo,
    stored: store::Stored,
    offer: Arc<Offer>,
    applicant: User,
    operator: Option<User>,
    files: Vec<pdf::Attachment>,
}

async fn load(context: &Context, task: &Task) -> Result<Loaded, TaskError> {
    let Which { tenant_id, application_id } = task.payload()?;
    let public_url = context.app.public_url().to_owned();
    let (tenant, stored, applicant, operator, files) = context
        .app
        .db()
        .read(move |tx| {
            let tenant = tenants::store::get(tx, tenant_id)?.info(&public_url);
            let stored = store::find(tx, tenant_id, application_id)?.ok_or(Error::NotFound)?;
            let application = &stored.application;
            let applicant = users::store::find(tx, tenant_id, application.user)?.ok_or(Error::NotFound)?;
            let operator = application.operator_id.map(|id| users::store::find(tx, tenant_id, id)).transpose()?.flatten();
            let mut files = Vec::new();
            let sent = application.open_integration().map_or(&application.attachments, |side| &side.attachments);
            for file in sent {
                if let Some(kept) = uploads::store::find(tx, tenant_id, application_id, file.id)? {
                    let sha256 = kept.sha256.unwrap_or_default();
                    files.push(pdf::Attachment { name: kept.name, description: kept.description, sha256 });
                }
            }
            Ok::<_, Error>((tenant, stored, applicant, operator, files))
        })
        .await?;
    let offer = context.offer(tenant_id, &stored.application.service_id.to_string()).await?;
    Ok(Loaded { tenant, stored, offer, applicant, operator, files })
}

async fn typeset<F>(body: F) -> Result<Vec<u8>, TaskError>
where
    F: FnOnce() -> Result<Vec<u8>, pdf::PdfError> + Send + 'static,
{
    pdf::press(body).await.map_err(|error| TaskError::Fail(error.to_string()))
}

/// Puts a PDF into the file store; gives its row and its entry in the application. The row is inserted by the transaction that ends the
/// task, so a file without a row is only a leftover that the next attempt replaces.
async fn keep(
    context: &Context,
    tenant: &web::TenantInfo,
    application: &Application,
    kind: &'static str,
    name: String,
    description: String,
    pdf: Vec<u8>,
) -> Result<(Attachment, File), TaskError> {
    use md5::Md5;

    let now = context.app.clock().now();
    // One document of each kind and application: a second attempt has the same identifier and replaces the first one's file.
    let id = AttachmentId(kernel::Uuid::from_u128(u128::from_be_bytes(
        Sha256::digest(format!("{kind}/{}/{}", application.id, application.latest_status_change_at.as_microsecond()))[..16]
            .try_into()
            .expect("16 bytes"),
    )));
    let attachment = Attachment {
        id,
        tenant_id: tenant.id,
        application_id: Some(application.id),
        owner_id: application.user,
        kind: kind.to_owned(),
        name: name.clone(),
        description: description.clone(),
        mime_type: "application/pdf".to_owned(),
        size_bytes: i64::try_from(pdf.len()).unwrap_or(i64::MAX),
        sha256: Some(hex::encode(Sha256::digest(&pdf))),
        md5: Some(hex::encode(Md5::digest(&pdf))),
        stored: true,
        created_at: now,
    };
    context.app.files().put(&uploads::store::file_key(tenant.id, id), Bytes::from(pdf)).await?;
    let file = attachment.as_file(tenant);
    Ok((attachment, file))
}
