//! Files that are sent along with a request for help.

use std::collections::HashSet;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use kernel::TenantId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::ApiResult;

use super::{Refused, id};
use crate::context::Context;
use crate::intermediary::errors::{Refusal, invalid};
use crate::intermediary::people::Actor;
use crate::intermediary::store::tickets;
use crate::intermediary::ticket::Attached;
use crate::ulid::Ulid;

/// Files of one message.
const MOST: usize = 5;
/// Bytes of all files of one message.
const LARGEST: usize = 10 * 1024 * 1024;
/// Largest body of a request: the files in base 64, and the text.
pub const LIMIT: usize = LARGEST / 3 * 4 + 64 * 1024;
/// How names of files end that are taken: what shows a problem, and nothing that runs.
const KINDS: [&str; 12] = ["pdf", "png", "jpg", "jpeg", "txt", "log", "csv", "json", "xlsx", "docx", "odt", "zip"];

/// A file on its way in.
#[derive(Deserialize, ToSchema)]
pub struct NewAttachment {
    /// Its name.
    #[schema(example = "errore.png")]
    name: String,
    /// The bytes in base 64.
    #[schema(format = Byte)]
    file: String,
}

/// Judges files.
///
/// # Errors
/// [`Refusal::Invalid`].
pub fn read(files: &[NewAttachment]) -> Result<Vec<(String, Bytes)>, Refusal> {
    if files.len() > MOST {
        return Err(invalid("/attachments", format!("usare al massimo {MOST} file")));
    }
    let mut read = Vec::new();
    for file in files {
        let name = file.name.trim();
        let kind = name.rsplit_once('.').map(|(_, kind)| kind.to_lowercase()).unwrap_or_default();
        if !KINDS.contains(&kind.as_str()) {
            return Err(invalid("/attachments", format!("usare file di questi tipi: {}", KINDS.join(", "))));
        }
        if name.chars().count() > 200 || name.contains(['/', '\\']) || name.chars().any(char::is_control) {
            return Err(invalid("/attachments", "usare nomi fino a 200 caratteri, senza barre"));
        }
        let bytes = STANDARD.decode(file.file.as_bytes()).ok().filter(|bytes| !bytes.is_empty());
        read.push((name.to_owned(), Bytes::from(bytes.ok_or_else(|| invalid("/attachments", "il contenuto non è in base 64"))?)));
    }
    if read.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > LARGEST {
        return Err(invalid("/attachments", "i file superano 10 MB in tutto"));
    }
    Ok(read)
}

fn place(tenant: TenantId, ticket: Ulid, file: Ulid) -> String {
    format!("messaging/tickets/{tenant}/{ticket}/{file}")
}

/// Stores files before the transaction that names them; [`settle`] ends what this began.
///
/// # Errors
/// As the store of files says.
pub async fn keep(context: &Context, tenant: TenantId, ticket: Ulid, files: Vec<(String, Bytes)>) -> ApiResult<Vec<Attached>> {
    let mut kept = Vec::new();
    for (name, bytes) in files {
        let file = Ulid::new(context.now(), context.app.rng());
        let size = bytes.len();
        if let Err(error) = context.app.files().put(&place(tenant, ticket, file), bytes).await {
            remove(context, (tenant, ticket), &kept).await;
            return Err(error.into());
        }
        kept.push(Attached { id: file.to_string(), name, size });
    }
    Ok(kept)
}

/// Gives what the transaction gave that names `kept`; removes them when it has failed. Whether it has is asked of the database: one that
/// goes away while it commits tells of a failure that was none.
pub async fn settle<T, E: Into<Refusal>>(
    context: &Context,
    (tenant, ticket): (TenantId, Ulid),
    kept: &[Attached],
    stored: Result<T, E>,
) -> Result<T, Refusal> {
    let Err(error) = stored else { return stored.map_err(Into::into) };
    if !kept.is_empty()
        && let Ok(found) = context.app.db().read(move |tx| tickets::find(tx, tenant, ticket)).await
    {
        let named: HashSet<_> = found
            .into_iter()
            .flat_map(|ticket| ticket.body.messages)
            .flat_map(|said| said.attachments)
            .map(|file| file.id)
            .collect();
        let unnamed: Vec<_> = kept.iter().filter(|file| !named.contains(&file.id)).cloned().collect();
        remove(context, (tenant, ticket), &unnamed).await;
    }
    Err(error.into())
}

async fn remove(context: &Context, (tenant, ticket): (TenantId, Ulid), files: &[Attached]) {
    for id in files.iter().filter_map(|file| file.id.parse().ok()) {
        if let Err(problem) = context.app.files().delete(&place(tenant, ticket, id)).await {
            tracing::warn!(%ticket, %problem, "a file of a request for help that was not stored could not be removed");
        }
    }
}

/// Allegato di una richiesta
///
/// A file that was sent along with a request for help, to be saved and never shown.
#[utoipa::path(
    get,
    path = "/tickets/{id}/attachments/{file}",
    tag = "assistenza",
    params(("id" = String, Path, description = "Richiesta"), ("file" = String, Path, description = "Allegato")),
    responses((status = 200, description = "Il file", content_type = "application/octet-stream"), Refused)
)]
pub async fn get(
    State(context): State<Context>,
    actor: Actor,
    Path((ticket, file)): Path<(String, String)>,
) -> ApiResult<Response> {
    let (ticket, file) = (id(&ticket)?, id(&file)?);
    let tenant = actor.tenant_id;
    let found = context.app.db().read(move |tx| tickets::find(tx, tenant, ticket)).await?;
    let found = found.filter(|ticket| actor.sees(ticket.provider_id)).ok_or(Refusal::NotFound)?;
    let files = found.body.messages.into_iter().flat_map(|said| said.attachments);
    let attached = files.into_iter().find(|attached| attached.id == file.to_string()).ok_or(Refusal::NotFound)?;
    let bytes = context.app.files().get(&place(tenant, ticket, file)).await?;
    let name = percent_encoding::utf8_percent_encode(&attached.name, percent_encoding::NON_ALPHANUMERIC);
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
        (CACHE_CONTROL, "private, no-store".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_judged_by_number_name_and_size() {
        let file = |name: &str, bytes: &[u8]| NewAttachment { name: name.to_owned(), file: STANDARD.encode(bytes) };
        assert_eq!(read(&[file(" schermata è.PNG ", b"x")]).unwrap()[0].0, "schermata è.PNG");
        for wrong in [
            vec![file("a.exe", b"x")],
            vec![file("pdf", b"x")],
            vec![file("../a.pdf", b"x")],
            vec![file("a\r\nx.pdf", b"x")],
            vec![file("a.pdf", b"")],
            vec![NewAttachment { name: "a.pdf".to_owned(), file: "?".to_owned() }],
            (0..=MOST).map(|_| file("a.pdf", b"x")).collect(),
            vec![file("a.pdf", &vec![0; LARGEST / 2]), file("b.pdf", &vec![0; LARGEST / 2 + 1])],
        ] {
            assert!(matches!(read(&wrong), Err(Refusal::Invalid(_))), "{}", wrong[0].name);
        }
        assert!(STANDARD.encode(vec![0; LARGEST]).len() < LIMIT);
    }
}
