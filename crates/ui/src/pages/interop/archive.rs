//! E-services as archives: out to another installation, and in from one.

use axum::extract::Path;
use axum::response::Response;

use super::desk::{Desk, reason};
use super::request::section;
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::sheet::{Field, Form};
use crate::visit::Visit;

const HERE: &str = "/e-service";

type Address = (String, String, String, String);

/// The archive of a version.
pub async fn export(visit: Visit, Path((_, _, eservice, version)): Path<Address>) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?.only(&["admin", "api"])?;
    Ok(crate::pages::file::send(desk.client().export(&eservice, &version).await?))
}

/// The form that takes an archive.
pub async fn show(visit: Visit) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?.only(&["admin", "api"])?;
    Ok(page(&desk, Vec::new()))
}

fn page(desk: &Desk<'_>, errors: Vec<Invalid>) -> Response {
    let t = desk.t;
    let mut s = desk.sheet(t.interop_import).faults(errors.into());
    s.lead = t.interop_import_lead.into();
    let field = Field::new("file", "archive", t.interop_archive_file).hint(t.interop_archive_file_hint);
    let mut form = Form::new(desk.here(), "import", t.interop_import_act, vec![field]);
    form.files = true;
    s.parts.push(section("import", t.interop_archive_file, "", vec![form]));
    desk.show(s, "")
}

/// Makes an e-service in draft of an archive, and shows what it lacks.
pub async fn import(posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin", "api"])?;
    let wrong = |message: String| page(&desk, vec![Invalid::new("archive", message)]);
    let Some(file) = posted.files.first() else { return Ok(wrong(desk.t.interop_file_missing.to_owned())) };
    // The name is the person's: nobody else's archive gives way to this one, and what was refused does not pile up.
    let name = format!("{}.zip", posted.visit.signed_in()?.id);
    match desk.client().import(&name, file.bytes()).await {
        Ok(made) => Ok(desk.go(&format!("{HERE}/{}/{}", segment(&made.id), segment(&made.descriptor_id)), "created")),
        Err(error) => Ok(wrong(desk.t.interop_archive_file_refused(reason(error)?.trim_end_matches('.')))),
    }
}
