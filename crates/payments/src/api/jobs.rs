//! Imports of dues, as the documentation has them: jobs of type `import_dovuti` ("Processi asincroni (job)", "Importazione dovuti").

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue, LOCATION};
use kernel::{FieldError, Page, PageQuery, RomeTime, ServiceId, TenantId, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, ApiResult, Caller, Json, Path, Query, Tenant};

use super::ProblemBody;
use crate::clients::Reach;
use crate::errors::Error;
use crate::import::{Importer, RowCount, enqueue, file_key};
use crate::store::imports::{self, Done, Job, JobStatus};

/// The only type of job.
const IMPORT: &str = "import_dovuti";
/// Wrong rows read in one transaction.
const PAGE: i64 = 1000;

/// A job to be done.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewJob {
    /// The file.
    attachment: NewAttachment,
    /// What the job needs to know.
    args: Args,
    /// `import_dovuti`.
    #[serde(rename = "type")]
    kind: String,
}

/// A file that is sent.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewAttachment {
    /// What it is called.
    name: String,
    /// What it is: `text/csv`.
    mime_type: String,
    /// The file in Base64, or its address on the web.
    file: String,
}

/// What an import needs to know.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct Args {
    /// The service that asks for the money.
    #[schema(value_type = Uuid)]
    service_id: ServiceId,
}

/// A file as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attachment {
    /// What it is called.
    name: String,
    /// What it is.
    mime_type: String,
}

/// A job as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownJob {
    /// The file.
    attachment: Attachment,
    /// Its identifier.
    id: Uuid,
    /// `import_dovuti`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `pending`, `running`, `finished`, `failed` or `cancelled`.
    status: &'static str,
    /// What the job needs to know.
    args: Args,
    /// What became of it in the end: JSON with the counts and the first wrong rows.
    output: Option<String>,
    /// What becomes of it now: the row that was reached.
    running_output: Option<String>,
    /// What became of the rows so far.
    progress: Progress,
    /// When it was begun.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<RomeTime>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    terminated_at: Option<RomeTime>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    created_at: RomeTime,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: RomeTime,
}

/// What became of rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Progress {
    /// How many were looked at.
    rows: i64,
    /// How many were imported.
    imported: i64,
    /// How many were there already.
    already_present: i64,
    /// How many are wrong.
    failed: i64,
    /// About how many there are; not known before the file is had.
    expected: Option<i64>,
}

/// A row that was not imported.
#[derive(Debug, Serialize, ToSchema)]
pub struct WrongRow {
    /// Its number: the first after the header is 1.
    row: i64,
    /// The column; empty for the whole row.
    field: String,
    /// What is expected.
    error: String,
}

/// A job that was created.
#[derive(Debug, Serialize, ToSchema)]
pub struct Created {
    /// Its identifier.
    id: Uuid,
}

impl From<Job> for ShownJob {
    fn from(job: Job) -> Self {
        let Done { rows, imported, present, failed } = job.done;
        Self {
            attachment: Attachment { name: job.file_name, mime_type: job.mime_type },
            id: job.id,
            kind: IMPORT,
            status: job.status.name(),
            args: Args { service_id: job.service_id },
            output: job.output,
            running_output: job.running_output,
            progress: Progress { rows, imported, already_present: present, failed, expected: job.expected },
            started_at: job.started_at,
            terminated_at: job.terminated_at,
            created_at: job.created_at,
            updated_at: job.updated_at,
        }
    }
}

/// The file of a job.
enum File {
    Here(Bytes),
    At(String),
}

/// Importa dovuti
///
/// Begins to import a file of dues. Its first line names the columns; each further row becomes a payment to be paid, once, whatever is
/// sent again. The service must have a payment configuration.
#[utoipa::path(
    post,
    path = "/{tenant}/api/jobs",
    tag = "importazione",
    params(("tenant" = String, Path, description = "Ente")),
    request_body = NewJob,
    responses(
        (status = 201, description = "Importazione avviata", body = Created),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Riservato agli operatori", body = ProblemBody),
        (status = 404, description = "Ente sconosciuto o diverso dal proprio", body = ProblemBody),
        (status = 413, description = "File troppo grande: indicarne l'indirizzo", body = ProblemBody),
        (status = 422, description = "Importazione non valida", body = ProblemBody),
    )
)]
pub async fn create(
    State(importer): State<Importer>,
    tenant: Tenant,
    caller: Caller,
    Json(new): Json<NewJob>,
) -> ApiResult<Response> {
    let reach = importer.operators().reach(&caller).await?;
    let file = check(&importer, &new).map_err(Error::InvalidImport)?;
    if !reach.covers(new.args.service_id) {
        let message = "Il servizio non è tra quelli a cui si è abilitati: sceglierne un altro, o chiedere a un amministratore.";
        return Err(Error::InvalidImport(vec![FieldError::new("/args/service_id", "enabled", message)]).into());
    }
    let (app, now) = (importer.app(), importer.app().clock().now());
    let (id, service, providers) = (app.rng().uuid(), new.args.service_id, importer.providers());
    let (tenant_id, creditor) = (tenant.id, tenant.tax_code.clone());
    let provider = app.db().read(move |tx| imports::provider_of(tx, &providers, tenant_id, service)).await?;
    let provider = provider.ok_or_else(|| {
        let message = "Il servizio non ha una configurazione di pagamento attiva.";
        Error::InvalidImport(vec![FieldError::new("/args/service_id", "configured", message)])
    })?;
    // Kept before the transaction: a file that no job names is no harm.
    let (url, expected) = match file {
        File::Here(bytes) => {
            let expected = RowCount::default().with(&bytes).rows();
            app.files().put(&file_key(id), bytes).await.map_err(Error::from)?;
            (None, Some(expected))
        }
        File::At(url) => (Some(url), None),
    };
    let job = Job {
        id,
        tenant_id,
        service_id: service,
        provider: provider.to_owned(),
        creditor,
        file_name: new.attachment.name,
        mime_type: new.attachment.mime_type,
        url,
        status: JobStatus::Pending,
        expected,
        done: Done::default(),
        output: None,
        running_output: None,
        started_at: None,
        terminated_at: None,
        created_at: now,
        updated_at: now,
    };
    let insert = move |tx: &mut storage::Tx<'_>| {
        imports::insert(tx, &job)?;
        enqueue(tx, id, now)
    };
    app.db().write(insert).await?;
    let location = HeaderValue::from_str(&format!("{}/jobs/{id}", tenant.api_url())).map_err(ApiError::internal)?;
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(Created { id })).into_response())
}

/// Checks what was sent; gives the file.
fn check(importer: &Importer, new: &NewJob) -> Result<File, Vec<FieldError>> {
    let mut wrong = Vec::new();
    if new.kind != IMPORT {
        wrong.push(FieldError::new("/type", "enum", "L'unico tipo di processo è import_dovuti."));
    }
    for (pointer, text) in [("/attachment/name", &new.attachment.name), ("/attachment/mime_type", &new.attachment.mime_type)] {
        if !(1..=255).contains(&text.chars().count()) {
            wrong.push(FieldError::new(pointer, "length", "Usare da 1 a 255 caratteri."));
        }
    }
    let text = new.attachment.file.trim();
    // Neither stands in Base64.
    let file = if text.contains(['.', ':']) {
        let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let allowed = url::Url::parse(&url).is_ok_and(|url| importer.app().egress().allows(&url));
        (allowed && url.len() <= 2000).then_some(File::At(url))
    } else {
        let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let decoded = STANDARD.decode(&compact).or_else(|_| STANDARD_NO_PAD.decode(&compact));
        decoded.ok().filter(|bytes| !bytes.is_empty()).map(|bytes| File::Here(bytes.into()))
    };
    match file {
        Some(file) if wrong.is_empty() => Ok(file),
        Some(_) => Err(wrong),
        None => {
            let message = "Inviare il file in Base64, oppure un indirizzo pubblico che comincia con https://.";
            wrong.push(FieldError::new("/attachment/file", "format", message));
            Err(wrong)
        }
    }
}

/// Importazioni
///
/// A page of the body's imports, newest first.
#[utoipa::path(
    get,
    path = "/{tenant}/api/jobs",
    tag = "importazione",
    params(
        ("tenant" = String, Path, description = "Ente"),
        ("offset" = Option<u64>, Query, description = "Prima importazione, da 0"),
        ("limit" = Option<u64>, Query, description = "Quante importazioni, da 1 a 100"),
    ),
    responses(
        (status = 200, description = "Una pagina di importazioni", body = serde_json::Value),
        (status = 400, description = "Parametri non validi", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Riservato agli operatori", body = ProblemBody),
        (status = 404, description = "Ente sconosciuto o diverso dal proprio", body = ProblemBody),
    )
)]
pub async fn list(
    State(importer): State<Importer>,
    tenant: Tenant,
    caller: Caller,
    Query(paging): Query<PageQuery>,
) -> ApiResult<Json<Page<ShownJob>>> {
    let scope = importer.operators().reach(&caller).await?.scope();
    let (offset, limit) = paging.bounds()?;
    let (id, part) = (tenant.id, part(offset, limit));
    let (total, jobs) = importer.app().db().read(move |tx| imports::list(tx, id, &scope, part)).await?;
    let jobs = jobs.into_iter().map(ShownJob::from).collect();
    let total = u64::try_from(total).unwrap_or_default();
    Ok(Json(Page::new(&format!("{}/jobs", tenant.api_url()), &paging, offset, limit, total, jobs)))
}

/// The import, if it is of the tenant and of a service that the caller is enabled for.
fn find(tx: &mut storage::Tx<'_>, tenant: TenantId, reach: &Reach, id: Uuid) -> Result<Job, Error> {
    imports::find(tx, tenant, id)?.filter(|job| reach.covers(job.service_id)).ok_or(Error::NotFound)
}

fn part(offset: u64, limit: u64) -> (i64, i64) {
    (i64::try_from(offset).unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX))
}

/// Importazione
///
/// How far an import is, and what became of it.
#[utoipa::path(
    get,
    path = "/{tenant}/api/jobs/{id}",
    tag = "importazione",
    params(("tenant" = String, Path, description = "Ente"), ("id" = Uuid, Path, description = "Identificativo dell'importazione")),
    responses(
        (status = 200, description = "L'importazione", body = ShownJob),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Riservato agli operatori", body = ProblemBody),
        (status = 404, description = "Importazione sconosciuta", body = ProblemBody),
    )
)]
pub async fn get(
    State(importer): State<Importer>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, Uuid)>,
) -> ApiResult<Json<ShownJob>> {
    let (tenant, reach) = (tenant.id, importer.operators().reach(&caller).await?);
    let job = importer.app().db().read(move |tx| find(tx, tenant, &reach, id)).await?;
    Ok(Json(job.into()))
}

/// Annulla importazione
///
/// Ends an import: what was imported stays, nothing more is. One that has ended stays as it is.
#[utoipa::path(
    delete,
    path = "/{tenant}/api/jobs/{id}",
    tag = "importazione",
    params(("tenant" = String, Path, description = "Ente"), ("id" = Uuid, Path, description = "Identificativo dell'importazione")),
    responses(
        (status = 204, description = "Importazione annullata, o già terminata"),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Riservato agli operatori", body = ProblemBody),
        (status = 404, description = "Importazione sconosciuta", body = ProblemBody),
    )
)]
pub async fn cancel(
    State(importer): State<Importer>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, Uuid)>,
) -> ApiResult<StatusCode> {
    let reach = importer.operators().reach(&caller).await?;
    let (tenant, now) = (tenant.id, importer.app().clock().now());
    let cancelled = importer.app().db().write(move |tx| {
        find(tx, tenant, &reach, id)?;
        Ok::<_, Error>(imports::end(tx, id, JobStatus::Cancelled, None, now)?)
    });
    cancelled.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Righe errate di un'importazione
///
/// A page of what is wrong with the rows that were not imported. Nothing that stands in the file is repeated.
#[utoipa::path(
    get,
    path = "/{tenant}/api/jobs/{id}/errors",
    tag = "importazione",
    params(
        ("tenant" = String, Path, description = "Ente"),
        ("id" = Uuid, Path, description = "Identificativo dell'importazione"),
        ("offset" = Option<u64>, Query, description = "Primo errore, da 0"),
        ("limit" = Option<u64>, Query, description = "Quanti errori, da 1 a 100"),
    ),
    responses(
        (status = 200, description = "Una pagina di errori", body = serde_json::Value),
        (status = 400, description = "Parametri non validi", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Riservato agli operatori", body = ProblemBody),
        (status = 404, description = "Importazione sconosciuta", body = ProblemBody),
    )
)]
pub async fn errors(
    State(importer): State<Importer>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, Uuid)>,
    Query(paging): Query<PageQuery>,
) -> ApiResult<Json<Page<WrongRow>>> {
    let reach = importer.operators().reach(&caller).await?;
    let (offset, limit) = paging.bounds()?;
    let (owner, part) = (tenant.id, part(offset, limit));
    let wrong = importer.app().db().read(move |tx| {
        find(tx, owner, &reach, id)?;
        Ok::<_, Error>(imports::list_wrong(tx, id, part)?)
    });
    let (total, rows) = wrong.await?;
    let rows = rows.into_iter().map(|(row, field, error)| WrongRow { row, field, error }).collect();
    let collection = format!("{}/jobs/{id}/errors", tenant.api_url());
    Ok(Json(Page::new(&collection, &paging, offset, limit, u64::try_from(total).unwrap_or_default(), rows)))
}

/// Esporta le righe errate
///
/// What is wrong with the rows that were not imported as CSV, however many there are, for whoever mends the file. Nothing that stands in
/// the file is repeated.
#[utoipa::path(
    get,
    path = "/{tenant}/api/jobs/{id}/errors/export",
    tag = "importazione",
    params(("tenant" = String, Path, description = "Ente"), ("id" = Uuid, Path, description = "Identificativo dell'importazione")),
    responses(
        (status = 200, description = "La tabella", content_type = "text/csv", body = String),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Riservato agli operatori", body = ProblemBody),
        (status = 404, description = "Importazione sconosciuta", body = ProblemBody),
    )
)]
pub async fn export_errors(
    State(importer): State<Importer>,
    tenant: Tenant,
    caller: Caller,
    Path((_slug, id)): Path<(String, Uuid)>,
) -> ApiResult<Response> {
    let reach = importer.operators().reach(&caller).await?;
    let (app, owner) = (importer.app().clone(), tenant.id);
    app.db().read(move |tx| find(tx, owner, &reach, id)).await?;
    // Page by page, so that neither memory nor a transaction grows with the file.
    let pages = futures::stream::try_unfold(Some((0_i64, String::new())), move |after| {
        let app = app.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let head = if after.0 == 0 { "\u{feff}row;field;error\r\n" } else { "" };
            let rows = app.db().read(move |tx| imports::list_wrong_after(tx, id, &after, PAGE)).await?;
            let lines = rows.iter().fold(head.to_owned(), |mut text, (row, field, error)| {
                // Columns and texts are ours: none begins like a formula.
                text += &format!("{row};{field};\"{}\"\r\n", error.replace('"', "\"\""));
                text
            });
            let whole = i64::try_from(rows.len()) == Ok(PAGE);
            let next = rows.into_iter().next_back().filter(|_| whole).map(|(row, field, _)| (row, field));
            storage::Result::Ok(Some((Bytes::from(lines), next)))
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"righe-errate.csv\""),
        (CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}
