//! Taking files: from a stream of bytes into the file store, and from the JSON of a request.

use axum::body::{Body, Bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::{StreamExt, stream};
use kernel::{ApplicationId, AttachmentId, FieldError, Problem, RomeTime, TenantId, UserId};
use md5::Md5;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use web::{ApiError, ApiResult, Caller, TenantInfo};

use super::content::{FileType, HEAD, clean_name, is_signed};
use super::{Attachment, UPLOAD, signed, store};
use crate::applications::visible;
use crate::context::Context;
use crate::errors::Error;

/// Most files in the JSON of one request.
const MAX_FILES: usize = 20;
/// Largest JSON of a request with files in it, in bytes: 20 MiB of files in Base64, and the rest. For `DefaultBodyLimit` on its route.
pub const INLINE_LIMIT: usize = 28 * 1024 * 1024;

/// A file in the JSON of a request.
#[derive(serde::Serialize, Deserialize, ToSchema)]
pub struct InlineFile {
    /// File name.
    pub name: String,
    /// Media type as the client believes; the content decides.
    #[serde(default)]
    #[allow(dead_code)] // part of the documented request
    pub mime_type: Option<String>,
    /// The content in Base64.
    pub file: String,
    /// What is in it.
    #[serde(default)]
    pub description: Option<String>,
}

/// Content is never shown.
impl std::fmt::Debug for InlineFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InlineFile({} characters)", self.file.len())
    }
}

/// Puts the files of a request into the file store, for `application`, which the caller must see, as `kind`. Called before the
/// transaction that uses them: there [`store::insert`] makes them the application's; those that it never does are removed with the
/// unused uploads.
///
/// # Errors
/// 404 when the caller does not see the application, 422 naming every file that is not taken, 503 when the file store does not answer.
pub async fn keep_inline(
    context: &Context,
    tenant: &TenantInfo,
    caller: &Caller,
    application: ApplicationId,
    kind: &str,
    files: Vec<InlineFile>,
) -> ApiResult<Vec<Attachment>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    if files.len() > MAX_FILES {
        return Err(Error::field("/attachments", "max_items", format!("Allegare al massimo {MAX_FILES} file.")).into());
    }
    let (tenant_id, viewer) = (tenant.id, caller.clone());
    let (stored, actor) = context.app.db().read(move |tx| visible(tx, &viewer, tenant_id, application)).await?;
    let owner = actor.user_id().unwrap_or(stored.application.user);
    let (mut kept, mut errors) = (Vec::with_capacity(files.len()), Vec::new());
    for (index, file) in files.into_iter().enumerate() {
        match read(context, tenant_id, owner, index, file) {
            Ok(file) => kept.push(file),
            Err(Error::Invalid(mut wrong)) => errors.append(&mut wrong),
            Err(error) => return Err(error.into()),
        }
    }
    for (index, (file, content)) in kept.iter().enumerate() {
        if !is_signed(content) {
            continue;
        }
        match check_signatures(FileType::of(&file.name, "")?, content.clone(), context.app.clock().now()).await {
            Ok(()) => {}
            Err(Error::Invalid(wrong)) => {
                let field = format!("/attachments/{index}/file");
                errors.extend(wrong.into_iter().map(|error| FieldError { field: field.clone(), ..error }));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors).into());
    }
    // A row for each file first: a crash leaves no file that nobody knows of.
    let rows: Vec<_> = kept.iter().map(|(file, _)| Attachment { stored: false, ..file.clone() }).collect();
    context.app.db().write(move |tx| rows.iter().try_for_each(|row| store::insert(tx, row))).await.map_err(Error::from)?;
    let mut files = Vec::with_capacity(kept.len());
    for (file, content) in kept {
        context.app.files().put(&store::file_key(tenant_id, file.id), content).await?;
        files.push(Attachment { application_id: Some(application), kind: kind.to_owned(), ..file });
    }
    Ok(files)
}

/// Reads and judges the file that stands at `index` in the request.
fn read(
    context: &Context,
    tenant_id: TenantId,
    owner_id: UserId,
    index: usize,
    file: InlineFile,
) -> Result<(Attachment, Bytes), Error> {
    let at = |member: &str| format!("/attachments/{index}/{member}");
    let name = clean_name(&file.name).ok_or_else(|| Error::field(&at("name"), "required", "Indicare il nome del file."))?;
    let kind = FileType::of(&name, &at("name"))?;
    // Browsers read files as data URLs.
    let text = file
        .file
        .split_once(";base64,")
        .filter(|(head, _)| head.starts_with("data:"))
        .map_or(file.file.as_str(), |(_, text)| text);
    let content =
        STANDARD.decode(text.trim()).map_err(|_| Error::field(&at("file"), "base64", "Il contenuto non è in Base64."))?;
    let mut sieve = Sieve::new(kind, None, context.config.upload_limit_bytes);
    sieve.take(&content).and_then(|()| sieve.check()).map_err(|error| match error {
        Error::Invalid(errors) => {
            Error::Invalid(errors.into_iter().map(|error| FieldError { field: at("file"), ..error }).collect())
        }
        error => error,
    })?;
    let announced = Attachment {
        id: AttachmentId(context.app.rng().uuid()),
        tenant_id,
        application_id: None,
        owner_id,
        kind: UPLOAD.to_owned(),
        description: file.description.filter(|text| !text.trim().is_empty()).unwrap_or_else(|| name.clone()),
        name,
        mime_type: kind.media.to_owned(),
        size_bytes: 0,
        sha256: None,
        md5: None,
        stored: false,
        created_at: context.app.clock().now(),
    };
    Ok((sieve.complete(announced), content.into()))
}

/// Puts the body of a request into the file store as the content of `announced`; gives the file as it is now.
///
/// # Errors
/// 413, 422 when the file is not taken, 400 when the sender breaks off, 503. Nothing is stored then.
pub async fn store_content(context: &Context, announced: Attachment, body: Body) -> ApiResult<Attachment> {
    let kind = FileType::of(&announced.name, "/name")?;
    let declared = u64::try_from(announced.size_bytes).ok().filter(|size| *size > 0);
    let mut sieve = Sieve::new(kind, declared, context.config.upload_limit_bytes);
    let content = stream::try_unfold((body.into_data_stream(), &mut sieve), |(mut body, sieve)| async move {
        match body.next().await {
            Some(Ok(piece)) => {
                sieve.take(&piece)?;
                Ok(Some((piece, (body, sieve))))
            }
            Some(Err(_)) => Err(broken_off()),
            None => {
                sieve.check()?;
                Ok::<_, ApiError>(None)
            }
        }
    });
    let key = store::file_key(announced.tenant_id, announced.id);
    context.app.files().put_stream(&key, content).await?;
    if is_signed(&sieve.head) {
        let (content, now) = (context.app.files().get(&key).await?, context.app.clock().now());
        if let Err(error) = check_signatures(kind, content, now).await {
            context.app.files().delete(&key).await?;
            return Err(error.into());
        }
    }
    Ok(sieve.complete(announced))
}

/// Whether the signatures of signed data hold; on a thread where that may take its time.
async fn check_signatures(kind: FileType, content: Bytes, now: RomeTime) -> Result<(), Error> {
    let verify = move || {
        if !kind.has_document() && signed::is_certificates_alone(&content) {
            return Ok(());
        }
        signed::verify(&content, now).map(drop)
    };
    let verified = tokio::task::spawn_blocking(verify).await.map_err(|error| Error::Defect(error.to_string()))?;
    verified.map_err(|flaw| Error::field("/file", "signature", flaw.to_string()))
}

fn broken_off() -> ApiError {
    Problem::new(400, "body-incomplete", "Corpo della richiesta incompleto")
        .detail("Il caricamento si è interrotto: ripeterlo.")
        .into()
}

/// Judges a file while it passes.
struct Sieve {
    kind: FileType,
    declared: Option<u64>,
    limit: u64,
    head: Vec<u8>,
    size: u64,
    sha256: Sha256,
    md5: Md5,
}

impl Sieve {
    fn new(kind: FileType, declared: Option<u64>, limit: u64) -> Self {
        Self { kind, declared, limit, head: Vec::new(), size: 0, sha256: Sha256::new(), md5: Md5::new() }
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.size += piece.len() as u64;
        if self.size > self.limit {
            return Err(too_large(self.limit));
        }
        self.sha256.update(piece);
        self.md5.update(piece);
        if self.head.len() < HEAD {
            self.head.extend_from_slice(&piece[..piece.len().min(HEAD - self.head.len())]);
            if self.head.len() == HEAD {
                self.judge()?;
            }
        }
        Ok(())
    }

    /// What can be said only at the end.
    fn check(&self) -> Result<(), Error> {
        if self.size == 0 {
            return Err(Error::field("/file", "empty", "Il file è vuoto: sceglierne un altro."));
        }
        if self.declared.is_some_and(|declared| declared != self.size) {
            return Err(Error::field(
                "/file",
                "size",
                "Il file ricevuto non ha la dimensione annunciata: ripetere il caricamento.",
            ));
        }
        self.judge()
    }

    fn judge(&self) -> Result<(), Error> {
        if self.kind.fits(&self.head) {
            return Ok(());
        }
        let message =
            format!("Il contenuto non è quello di un file {}: salvarlo di nuovo nel formato giusto.", self.kind.extension);
        Err(Error::field("/file", "file_type", message))
    }

    /// The file with what is known of its content.
    fn complete(self, announced: Attachment) -> Attachment {
        Attachment {
            mime_type: self.kind.media.to_owned(),
            size_bytes: i64::try_from(self.size).unwrap_or(i64::MAX),
            sha256: Some(hex::encode(self.sha256.finalize())),
            md5: Some(hex::encode(self.md5.finalize())),
            stored: true,
            ..announced
        }
    }
}

/// The file is larger than this installation takes.
pub fn too_large(limit: u64) -> Error {
    Error::field("/size", "file_size", format!("Il file è troppo grande: al massimo {} MB.", limit / (1024 * 1024)))
}
