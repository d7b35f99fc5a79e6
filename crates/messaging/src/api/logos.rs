//! Logos of organisations and services: PNG images, kept in the file store.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::services::scope;
use super::{ProblemBody, json};
use crate::access::Sender;
use crate::context::Context;
use crate::decode::{Member, Reader};
use crate::errors::Error;
use crate::formats::is_organization_code;
use crate::groups::Group;
use crate::services;

/// Largest body with a logo in base 64.
pub const LIMIT: usize = 2 * 1024 * 1024;

/// Logo dell'organizzazione
///
/// Sets the logo of an organisation. With the manage key of the organisation itself.
#[utoipa::path(
    put,
    path = "/organizations/{organization_fiscal_code}/logo",
    tag = "servizi",
    params(("organization_fiscal_code" = String, Path, description = "Codice fiscale dell'ente")),
    request_body = serde_json::Value,
    responses(
        (status = 202, description = "Accettato"),
        (status = 400, description = "Immagine non valida", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Operazione non consentita", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn organization(
    State(context): State<Context>,
    sender: Sender,
    Path(code): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Error> {
    // With the key of a service as published; with a manage key too, because nothing speaks against it.
    sender.require(&[Group::ApiServiceWrite])?;
    sender.source()?;
    if sender.service().is_ok() {
        sender.use_service(&[Group::ApiServiceWrite])?;
    } else {
        sender.manage(Group::ApiServiceWrite)?;
    }
    if !is_organization_code(&code) {
        let complaint = format!(
            "value {} at root is not a valid [string that matches the pattern \"^[0-9]{{11}}$\"]",
            serde_json::Value::from(code)
        );
        return Err(Error::InvalidBody("OrganizationFiscalCode", complaint));
    }
    if code != sender.account().fiscal_code {
        return Err(Error::NotAllowed);
    }
    let image = read(&body)?;
    context.app.files().put(&organization_file(&code), image).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Logo del servizio
///
/// Sets the logo of a service.
#[utoipa::path(
    put,
    path = "/manage/services/{id}/logo",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    request_body = serde_json::Value,
    responses(
        (status = 204, description = "Fatto"),
        (status = 400, description = "Immagine non valida", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 404, description = "Servizio sconosciuto", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn service(
    State(context): State<Context>,
    sender: Sender,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Error> {
    let scope = scope(&sender)?;
    let image = read(&body)?;
    let service = context.app.db().read(move |tx| services::look(tx, &scope, &id)).await?;
    context.app.files().put(&service_file(&service.id.to_string()), image).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Logo pubblico di un servizio
///
/// The image, for whoever shows the service: `services/<id in small letters>.png`.
#[utoipa::path(
    get,
    path = "/logos/services/{file}",
    tag = "loghi",
    params(("file" = String, Path, description = "Identificativo del servizio e .png")),
    responses(
        (status = 200, description = "L'immagine", content_type = "image/png"),
        (status = 404, description = "Nessun logo", body = ProblemBody),
    )
)]
pub async fn show_service(State(context): State<Context>, Path(file): Path<String>) -> Result<Response, Error> {
    serve(&context, &service_file(name(&file)?)).await
}

/// Logo pubblico di un ente
///
/// The image, for whoever shows the organisation: `organizations/<codice fiscale without leading zeros>.png`.
#[utoipa::path(
    get,
    path = "/logos/organizations/{file}",
    tag = "loghi",
    params(("file" = String, Path, description = "Codice fiscale dell'ente e .png")),
    responses(
        (status = 200, description = "L'immagine", content_type = "image/png"),
        (status = 404, description = "Nessun logo", body = ProblemBody),
    )
)]
pub async fn show_organization(State(context): State<Context>, Path(file): Path<String>) -> Result<Response, Error> {
    serve(&context, &organization_file(name(&file)?)).await
}

/// The name of a file without its ending: letters and digits only, for it is part of a path.
fn name(file: &str) -> Result<&str, Error> {
    let name = file.strip_suffix(".png").filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    name.ok_or_else(|| Error::NoItem(file.to_owned()))
}

/// Where the logo of a service lies: by its identifier in small letters, as published.
fn service_file(id: &str) -> String {
    format!("messaging/logos/services/{}.png", id.to_lowercase())
}

/// Where the logo of an organisation lies: by its code without leading zeros, as published.
fn organization_file(code: &str) -> String {
    format!("messaging/logos/organizations/{}.png", code.trim_start_matches('0'))
}

/// The image in a body.
///
/// # Errors
/// [`Error::InvalidBody`], or [`Error::BadRequest`] when it is no PNG with a size.
fn read(body: &Bytes) -> Result<Bytes, Error> {
    let body = json(body, "Logo")?;
    let mut reader = Reader::default();
    let logo = reader.non_empty(&Member::root(&body).get("logo"));
    let logo = reader.finish(logo).map_err(|complaints| Error::InvalidBody("Logo", complaints))?;
    let bytes = STANDARD.decode(logo.as_bytes()).ok().filter(|bytes| is_png(bytes));
    bytes.map(Bytes::from).ok_or_else(|| Error::BadRequest("Image not valid".to_owned()))
}

/// Whether the bytes are a PNG: its signature, a header of a size that is none, its chunks whole with their check sums, and its end
/// (PNG specification, sections 5.2 and 11.2).
fn is_png(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n") else { return false };
    let mut first = true;
    let mut has_data = false;
    while let Some((length, after)) = rest.split_at_checked(4) {
        let length = u32::from_be_bytes(length.try_into().unwrap_or_default()) as usize;
        let Some((chunk, after)) = after.split_at_checked(length.saturating_add(4)) else { return false };
        let Some((sum, after)) = after.split_at_checked(4) else { return false };
        if u32::from_be_bytes(sum.try_into().unwrap_or_default()) != crc32(chunk) {
            return false;
        }
        let (kind, data) = chunk.split_at(4);
        let side = |at: usize| data.get(at..at + 4).is_some_and(|side| side != [0; 4]);
        if first && (kind != b"IHDR" || length != 13 || !side(0) || !side(4)) {
            return false;
        }
        first = false;
        has_data |= kind == b"IDAT";
        if kind == b"IEND" {
            return has_data && after.is_empty();
        }
        rest = after;
    }
    false
}

/// The check sum of PNG chunks (PNG specification, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

/// An image as it is served to everybody.
async fn serve(context: &Context, file: &str) -> Result<Response, Error> {
    match context.app.files().get(file).await {
        Ok(image) => Ok(([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "public, max-age=3600")], image).into_response()),
        Err(storage::FileError::NotFound(_)) => Err(Error::NoItem(file.rsplit('/').next().unwrap_or_default().to_owned())),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of one point.
    pub const POINT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    #[test]
    fn only_whole_pngs_with_a_size_are_logos() {
        let png = STANDARD.decode(POINT).unwrap();
        assert!(is_png(&png));
        for end in 0..png.len() {
            assert!(!is_png(&png[..end]), "cut at {end}");
        }
        for place in 8..png.len() {
            let mut altered = png.clone();
            altered[place] ^= 1;
            assert!(!is_png(&altered), "byte {place}");
        }
        assert!(!is_png(&[&png[..], b"x"].concat()));
        for body in ["{\"logo\":\"AAAA\"}", "{\"logo\":\"%\"}"] {
            assert_eq!(read(&Bytes::from(body)), Err(Error::BadRequest("Image not valid".into())));
        }
        assert!(read(&Bytes::from(format!("{{\"logo\":\"{POINT}\"}}"))).is_ok());
    }
}
