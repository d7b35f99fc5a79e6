//! The fourth step: the interface (OpenAPI or WSDL), from which the addresses of servers are read, and documents beside it.

use axum::extract::{Path, Query};
use axum::response::Response;
use http::Method;
use serde_json::Value;

use super::catalog::download;
use super::desk::{Asked, Desk, Wish, wrong};
use super::draft::{next, path, steps, version};
use super::request::section;
use crate::clients::interop::Version;
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::sheet::{Cell, Command, Field, Form, Part, Table};
use crate::visit::Visit;

const HERE: &str = "/e-service";

type Address = (String, String, String, String);
type FileAddress = (String, String, String, String, String);

/// The step.
pub async fn show(visit: Visit, Path((_, _, eservice, at)): Path<Address>, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?.only(&["admin", "api"])?;
    let shown = version(&desk, &eservice, &at).await?;
    Ok(page(&desk, &shown, "", &wish, Vec::new()))
}

fn page(desk: &Desk<'_>, shown: &Version, typed: &str, wish: &Wish, errors: Vec<Invalid>) -> Response {
    let t = desk.t;
    let mut s = desk.sheet(&shown.eservice.name);
    steps(desk, &mut s, shown, "/file");
    s.errors = errors;
    let base = desk.here();
    let interface = shown.interface.iter().map(|doc| (t.interop_interface, doc));
    let docs = shown.docs.iter().map(|doc| (t.interop_document, doc));
    let row = |(kind, doc): (&'static str, &crate::clients::interop::Doc)| {
        let remove = Command {
            action: base.clone(),
            word: "remove",
            label: t.interop_remove,
            about: doc.pretty_name.clone(),
            target: doc.id.clone(),
        };
        vec![
            Cell::link(format!("{base}/{}", segment(&doc.id)), &doc.pretty_name),
            Cell::text(kind),
            Cell::text(&doc.name),
            Cell::commands(vec![remove]),
        ]
    };
    s.parts.push(Part::Table(Table {
        id: "files",
        title: t.interop_files.into(),
        lead: String::new(),
        head: vec![t.interop_name, t.interop_kind, t.interop_file, t.interop_act],
        rows: interface.chain(docs).map(row).collect(),
        empty: t.interop_files_none,
        pager: None,
    }));
    if shown.interface.is_none() {
        let wanted = if shown.eservice.technology == "SOAP" { t.interop_interface_wsdl } else { t.interop_interface_openapi };
        let field = Field::new("file", "interface", t.interop_file).hint(wanted);
        let mut form = Form::new(&base, "interface", t.interop_interface_add, vec![field]);
        form.files = true;
        s.parts.push(section("add-interface", t.interop_interface, t.interop_interface_lead, vec![form]));
    } else {
        s.parts.push(next(desk, shown, ""));
    }
    let fields = vec![
        Field::new("text", "prettyName", t.interop_document_name).hint(t.interop_5_to_60).value(typed),
        Field::new("file", "doc", t.interop_file),
    ];
    let mut form = Form::new(&base, "document", t.interop_document_add, fields).quiet();
    form.files = true;
    s.parts.push(section("add-document", t.interop_document_add, "", vec![form]));
    desk.show(s, &wish.done)
}

/// Takes a file, or takes one away.
pub async fn act(Path((_, _, eservice, at)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin", "api"])?;
    let (client, t) = (desk.client(), desk.t);
    let path = format!("{}/documents", path(&eservice, &at));
    let back = format!("{HERE}/{}/{}/file", segment(&eservice), segment(&at));
    let typed = posted.text("prettyName");
    let interface = posted.text("command") == "interface";
    let field = if interface { "interface" } else { "doc" };
    let errors = match (posted.text("command"), posted.files.first()) {
        ("remove", _) => {
            match client.tell(Method::DELETE, &format!("{path}/{}", segment(posted.text("target"))), &Value::Null).await {
                Ok(()) => return Ok(desk.go(&back, "saved")),
                Err(error) => wrong(error, &[], "doc")?,
            }
        }
        ("interface" | "document", Some(file)) => {
            let kind = if interface { "INTERFACE" } else { "DOCUMENT" };
            let name = if interface { t.interop_interface_name } else { typed };
            let members = [("kind", kind), ("prettyName", name)];
            match client.upload(&path, &members, file, &posted.visit.ui.boundary()).await {
                Ok(()) => return Ok(desk.go(&back, "saved")),
                Err(error) => wrong(error, &[("prettyName", "prettyName"), ("001-0020", "prettyName")], field)?,
            }
        }
        ("interface" | "document", None) => vec![Invalid::new(field, t.interop_file_missing)],
        _ => return Err(PageError::NotFound),
    };
    let shown = version(&desk, &eservice, &at).await?;
    Ok(page(&desk, &shown, typed, &Wish::default(), errors))
}

/// A file of a version.
pub async fn file(visit: Visit, Path((_, _, eservice, at, file)): Path<FileAddress>) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    download(&desk, (&eservice, &at), &file).await
}
