//! A request for an e-service of somebody else: draft with notes and documents, sent, suspended, taken to a newer version.

use axum::extract::{Path, Query};
use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

use super::desk::{Asked, Desk, Wish, refused, wrong};
use super::words;
use crate::clients::interop::{Agreement, Created, Doc, one};
use crate::clients::{ClientError, segment};
use crate::errors::PageError;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::sheet::{Badge, Cell, Command, Facts, Faults, Field, Form, Forms, Link, Part, Sheet, Table};
use crate::visit::Visit;

const HERE: &str = "/richieste";
/// What stands for the contract in the place of a document.
const CONTRACT: &str = "contratto";

type Address = (String, String, String);
type FileAddress = (String, String, String, String);

/// What was typed and not taken.
#[derive(Default)]
struct Typed {
    notes: Option<String>,
    name: String,
    faults: Faults,
}

/// The page.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    page(&desk, &id, &wish, Typed::default()).await
}

async fn page(desk: &Desk<'_>, id: &str, wish: &Wish, typed: Typed) -> Result<Response, PageError> {
    let t = desk.t;
    let agreement: Agreement = desk.client().get(&one("/agreements", id)).await?;
    if agreement.consumer.id != desk.body {
        return Err(PageError::NotFound);
    }
    let lead = t.interop_request_lead(&agreement.eservice.name, &agreement.producer.name);
    let mut s = desk.sheet(&agreement.eservice.name).about(words::state(t, &agreement.state), lead).faults(typed.faults);
    notices(t, &mut s, &agreement);
    if agreement.state == "ACTIVE" && desk.admin() {
        let purpose = format!("/finalita/nuova?eservice={}", segment(&agreement.eservice.id));
        s.ways.push(Link::new(desk.href(&purpose), t.interop_new_purpose));
    }
    if desk.admin() {
        let notes = typed.notes.unwrap_or_else(|| agreement.consumer_notes.clone().unwrap_or_default());
        let forms = forms(desk, &agreement, &notes, &typed.name);
        s.parts.extend(forms);
    }
    s.parts.push(Part::Table(attributes(desk, &agreement)));
    let eservice = desk.href(&format!("/catalogo/{}/{}", segment(&agreement.eservice.id), segment(&agreement.descriptor_id)));
    let facts = vec![
        (t.interop_eservice, Cell::link(eservice, &agreement.eservice.name)),
        (t.interop_version, Cell::text(&agreement.eservice.version)),
        (t.interop_producer, Cell::text(&agreement.producer.name)),
        (t.interop_created_at, Cell::text(words::when(agreement.created_at))),
        (t.interop_notes, Cell::text(agreement.consumer_notes.clone().unwrap_or_default())),
        (t.interop_contract, contract(desk, HERE, &agreement)),
    ];
    s.parts.push(Part::Facts(Facts::new("facts", t.interop_about_request, facts)));
    let base = desk.href(&format!("{HERE}/{}", segment(&agreement.id)));
    let draft = agreement.state == "DRAFT" && desk.admin();
    s.parts.push(Part::Table(documents(t, &agreement.consumer_documents, &base, draft)));
    Ok(desk.show(s, &wish.done))
}

/// Why it does not work, or may soon not.
pub fn notices(t: &'static Messages, s: &mut Sheet, agreement: &Agreement) {
    let mut say = |tone, text: &str, lines: Vec<String>| s.parts.push(Part::Notice(tone, text.to_owned(), lines));
    if let Some(reason) = &agreement.rejection_reason {
        say("bad", t.interop_rejected_because, vec![reason.clone()]);
    }
    if agreement.state == "MISSING_CERTIFIED_ATTRIBUTES" {
        say("bad", t.interop_lacks_certified, Vec::new());
    }
    if agreement.state == "PENDING" {
        say("info", t.interop_pending_text, Vec::new());
    }
    let by = [
        (agreement.suspended_by_consumer, t.interop_suspended_by_consumer),
        (agreement.suspended_by_producer, t.interop_suspended_by_producer),
        (agreement.suspended_by_platform, t.interop_suspended_by_platform),
    ];
    let by: Vec<String> = by.into_iter().filter(|(is, _)| *is).map(|(_, text)| text.to_owned()).collect();
    if agreement.state == "SUSPENDED" {
        say("bad", t.interop_suspended_text, by);
    }
}

/// What an agreement's version asks for, and what its consumer holds.
fn attributes(desk: &Desk<'_>, agreement: &Agreement) -> Table {
    let (t, now) = (desk.t, desk.visit.now());
    let held = &agreement.consumer.attributes;
    let lists = [
        ("CERTIFIED", &agreement.certified_attributes, &held.certified),
        ("DECLARED", &agreement.declared_attributes, &held.declared),
        ("VERIFIED", &agreement.verified_attributes, &held.verified),
    ];
    let rows = lists.into_iter().flat_map(|(kind, asked, held)| {
        asked.iter().map(move |asked| {
            let by = (kind == "VERIFIED").then_some("");
            let badge = if words::holds(held, &asked.id, by, now) {
                Badge { label: t.interop_held, tone: "good" }
            } else {
                Badge { label: t.interop_not_held, tone: "action" }
            };
            vec![Cell::text(&asked.name), Cell::text(words::kind(t, kind)), Cell::badge(badge)]
        })
    });
    Table {
        id: "attributes",
        title: t.interop_wanted.into(),
        lead: String::new(),
        head: vec![t.interop_attribute, t.interop_kind, t.inbox_status],
        rows: rows.collect(),
        empty: t.interop_wanted_none,
        pager: None,
    }
}

/// Documents of a request, each with a button that takes it away as long as it is a draft.
pub fn documents(t: &'static Messages, documents: &[Doc], base: &str, draft: bool) -> Table {
    let row = |doc: &Doc| {
        let mut row = vec![Cell::link(format!("{base}/file/{}", segment(&doc.id)), &doc.pretty_name), Cell::text(&doc.name)];
        if draft {
            row.push(Cell::commands(vec![Command {
                action: base.to_owned(),
                word: "detach",
                label: t.interop_remove,
                about: doc.pretty_name.clone(),
                target: doc.id.clone(),
            }]));
        }
        row
    };
    let mut head = vec![t.interop_name, t.interop_file];
    if draft {
        head.push(t.interop_act);
    }
    Table {
        id: "documents",
        title: t.interop_documents.into(),
        lead: String::new(),
        head,
        rows: documents.iter().map(row).collect(),
        empty: t.interop_documents_none,
        pager: None,
    }
}

/// What the consumer may do now.
fn forms(desk: &Desk<'_>, agreement: &Agreement, notes: &str, name: &str) -> Vec<Part> {
    let (t, here) = (desk.t, desk.href(&format!("{HERE}/{}", segment(&agreement.id))));
    let act = |word, label| Form::new(&here, word, label, Vec::new());
    let mut parts = Vec::new();
    let mut acts = Vec::new();
    match agreement.state.as_str() {
        "DRAFT" => {
            let mut send = Form::new(
                &here,
                "submit",
                t.interop_send,
                vec![Field::new("area", "notes", t.interop_notes).hint(t.interop_notes_hint).value(notes)],
            );
            send.buttons.push(crate::views::sheet::Button {
                word: "notes",
                label: t.interop_save_draft,
                style: "btn-outline-primary",
            });
            parts.push(section("send", t.interop_send, t.interop_send_lead, vec![send]));
            let mut attach = Form::new(
                &here,
                "attach",
                t.interop_attach,
                vec![
                    Field::new("text", "prettyName", t.interop_document_name).hint(t.interop_5_to_60).value(name),
                    Field::new("file", "doc", t.interop_file),
                ],
            )
            .quiet();
            attach.files = true;
            parts.push(section("attach", t.interop_attach, t.interop_attach_lead, vec![attach]));
            acts.push(act("delete", t.interop_delete_request).grave());
        }
        "PENDING" | "MISSING_CERTIFIED_ATTRIBUTES" => acts.push(act("delete", t.interop_delete_request).grave()),
        "REJECTED" => acts.push(act("clone", t.interop_ask_again)),
        "ACTIVE" | "SUSPENDED" => {
            let newer = agreement.eservice.active_descriptor.as_ref().filter(|newest| newest.state == "PUBLISHED");
            if let Some(newest) = newer.filter(|newest| newest.id != agreement.descriptor_id) {
                let lead = t.interop_upgrade_lead(&agreement.eservice.version, &newest.version);
                parts.push(section("upgrade", t.interop_upgrade, &lead, vec![act("upgrade", t.interop_upgrade)]));
            }
            if agreement.suspended_by_consumer {
                acts.push(act("unsuspend", t.interop_resume));
            } else {
                acts.push(act("suspend", t.interop_suspend).quiet());
            }
            if agreement.is_archivable {
                acts.push(act("archive", t.interop_archive).grave());
            }
        }
        _ => {}
    }
    add_acts(t, &mut parts, acts);
    parts
}

/// A section with forms.
pub fn section(id: &'static str, title: &str, lead: &str, forms: Vec<Form>) -> Part {
    Part::Forms(Forms { id, title: title.to_owned(), lead: lead.to_owned(), forms })
}

/// The section of what can be done, if anything can.
pub fn add_acts(t: &'static Messages, parts: &mut Vec<Part>, acts: Vec<Form>) {
    if !acts.is_empty() {
        parts.push(section("acts", t.lots_acts, "", acts));
    }
}

/// Does what a button says.
pub async fn act(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin"])?;
    let (client, at, t) = (desk.client(), one("/agreements", &id), desk.t);
    let notes = posted.text("notes").to_owned();
    let body = json!({ "consumerNotes": Some(&notes).filter(|notes| !notes.is_empty()) });
    let back = format!("{HERE}/{}", segment(&id));
    let command = posted.text("command");
    let done: Result<Response, ClientError> = match command {
        "submit" => client.post::<Agreement>(&format!("{at}/submit"), &body).await.map(|_| desk.go(&back, "sent")),
        "notes" => client.post::<Agreement>(&format!("{at}/update"), &body).await.map(|_| desk.go(&back, "saved")),
        "upgrade" => {
            let made = client.post::<Agreement>(&format!("{at}/upgrade"), &json!({})).await;
            made.map(|made| desk.go(&format!("{HERE}/{}", segment(&made.id)), "done"))
        }
        "clone" => {
            let made = client.post::<Created>(&format!("{at}/clone"), &json!({})).await;
            made.map(|made| desk.go(&format!("{HERE}/{}", segment(&made.id)), "created"))
        }
        "delete" => client.tell(Method::DELETE, &at, &Value::Null).await.map(|()| desk.go(HERE, "deleted")),
        "detach" => {
            let at = format!("{at}/consumer-documents/{}", segment(posted.text("target")));
            client.tell(Method::DELETE, &at, &Value::Null).await.map(|()| desk.go(&back, "saved"))
        }
        "attach" => {
            let name = posted.text("prettyName");
            let Some(file) = posted.files.first() else {
                let faults = vec![Invalid::new("doc", t.interop_file_missing)].into();
                return page(&desk, &id, &Wish::default(), Typed { notes: None, name: name.to_owned(), faults }).await;
            };
            let boundary = posted.visit.ui.boundary();
            let sent = client.upload(&format!("{at}/consumer-documents"), &[("prettyName", name)], file, &boundary).await;
            if let Err(error) = sent {
                let faults = wrong(error, &[("prettyName", "prettyName"), ("002-0025", "prettyName")], "doc")?.into();
                return page(&desk, &id, &Wish::default(), Typed { notes: None, name: name.to_owned(), faults }).await;
            }
            Ok(desk.go(&back, "saved"))
        }
        "suspend" | "unsuspend" | "archive" => {
            client.tell(Method::POST, &format!("{at}/{command}"), &json!({})).await.map(|()| desk.go(&back, "done"))
        }
        _ => return Err(PageError::NotFound),
    };
    match done {
        Ok(response) => Ok(response),
        Err(error) => {
            let typed = Typed { notes: Some(notes), faults: refused(error)?, ..Typed::default() };
            page(&desk, &id, &Wish::default(), typed).await
        }
    }
}

/// The way to the contract, once there is one, below `page`.
pub fn contract(desk: &Desk<'_>, page: &str, agreement: &Agreement) -> Cell {
    let href = desk.href(&format!("{page}/{}/file/{CONTRACT}", segment(&agreement.id)));
    if agreement.is_contract_present { Cell::link(href, desk.t.interop_open_pdf) } else { Cell::text("") }
}

/// A document of a request.
pub async fn file(visit: Visit, Path((_, _, id, file)): Path<FileAddress>) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?;
    download(&desk, &id, &file).await
}

/// A document of a request, for either side.
pub async fn download(desk: &Desk<'_>, id: &str, file: &str) -> Result<Response, PageError> {
    let path = match file {
        CONTRACT => format!("/agreements/{}/contract", segment(id)),
        file => format!("/agreements/{}/consumer-documents/{}", segment(id), segment(file)),
    };
    Ok(crate::pages::file::send(desk.client().download(&path).await?))
}
