//! One message: what must be confirmed first, its text, its buttons, its notice, its deadline, its files.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use kernel::Money;

use super::list::sender;
use super::{PATH, Tab, tabs};
use crate::clients::{ClientError, Inbox, OpenIoMessage, PaymentQuery, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::markup::{self, Html};
use crate::pages::file;
use crate::posted::Posted;
use crate::visit::Visit;
use crate::{format, respond};

type Address = (String, String, String);
type FileAddress = (String, String, String, String);

/// A notice to be paid.
struct Notice {
    amount: String,
    number: String,
    payee: String,
    is_paid: bool,
    /// The deadline is over, and after it nobody takes the money.
    is_over: bool,
    /// Where it is paid: with us when we know the payment.
    href: String,
    is_ours: bool,
}

#[derive(Template)]
#[template(path = "io_letter.html")]
struct Page {
    f: Frame,
    tabs: Vec<Tab>,
    id: String,
    subject: String,
    sender: String,
    when: String,
    text: Html,
    /// Why the text could not be shown.
    missing: Option<&'static str>,
    buttons: Vec<(String, String)>,
    due: String,
    is_over: bool,
    notice: Option<Notice>,
    files: Vec<(String, String)>,
    is_archived: bool,
}

#[derive(Template)]
#[template(path = "io_precondition.html")]
struct Precondition {
    f: Frame,
    tabs: Vec<Tab>,
    id: String,
    subject: String,
    sender: String,
    title: String,
    text: Html,
}

/// The message, or what must be confirmed before it opens.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>) -> Result<Response, PageError> {
    visit.citizen()?;
    let inbox = visit.inbox();
    let opened = inbox.message(&id).await?;
    if opened.letter.has_precondition {
        match inbox.precondition(&id).await {
            Ok(words) => {
                let f = visit.frame();
                let (tabs, sender) = (tabs(&visit, &f, ""), sender(&opened.letter));
                let (title, text) = (words.title, markup::markdown(&words.markdown));
                let page = Precondition { f, tabs, id, subject: opened.letter.subject, sender, title, text };
                return Ok(respond::page(&visit, page));
            }
            // It was confirmed meanwhile, in another window.
            Err(error) if error.is_missing() => {}
            Err(error) => return Err(error.into()),
        }
    }
    open(&visit, opened).await
}

/// Opens the message: what comes before it was confirmed.
pub async fn confirm(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    posted.visit.citizen()?;
    let opened = posted.visit.inbox().message(&id).await?;
    open(&posted.visit, opened).await
}

async fn open(visit: &Visit, opened: OpenIoMessage) -> Result<Response, PageError> {
    let inbox = visit.inbox();
    let OpenIoMessage { letter, markdown, buttons, payment, has_remote_content } = opened;
    let f = visit.frame();
    let (mut subject, mut markdown, mut missing, mut files) = (letter.subject.clone(), markdown, None, Vec::new());
    if has_remote_content || letter.has_attachments {
        match inbox.remote(&letter.id).await {
            Ok(remote) => {
                (subject, markdown) = (remote.details.title, remote.details.markdown);
                let base = format!("{}{PATH}/{}/allegati/", visit.root(), segment(&letter.id));
                files = remote
                    .attachments
                    .into_iter()
                    .map(|file| {
                        let path = file.url.split('/').map(segment).collect::<Vec<_>>().join("/");
                        (format!("{base}{path}"), file.name.unwrap_or(file.url))
                    })
                    .collect();
            }
            // The sender is away or answers nonsense: the stored words are shown, and that more is to come.
            Err(ClientError::Failed(cause)) => {
                tracing::warn!(cause, "a sender's content could not be had");
                missing = Some(f.t.io_remote_missing);
            }
            Err(error) => return Err(error.into()),
        }
    }
    if missing.is_none() && !letter.is_read {
        read(&inbox, &letter.id).await?;
    }
    let is_over = letter.due_date.is_some_and(|due| due.as_second() < visit.now().as_second());
    let notice = match payment {
        Some(payment) => {
            let known = known_payment(visit, &payment.notice_number).await;
            Some(Notice {
                amount: Money::from_cents(payment.amount).map(format::amount).unwrap_or_default(),
                is_over: is_over && payment.ends_when_due,
                is_paid: payment.is_paid,
                is_ours: known.is_some(),
                href: known.unwrap_or_else(|| "https://checkout.pagopa.it/".to_owned()),
                number: payment.notice_number,
                payee: payment.payee,
            })
        }
        None => None,
    };
    let buttons = buttons.into_iter().filter(|button| button.kind == "open").map(|button| (button.text, button.target)).collect();
    let page = Page {
        tabs: tabs(visit, &f, if letter.is_archived { "/archivio" } else { "" }),
        sender: sender(&letter),
        when: letter.created_at.map(format::date_time).unwrap_or_default(),
        due: letter.due_date.map(format::date_time).unwrap_or_default(),
        text: markup::markdown(&markdown),
        is_archived: letter.is_archived,
        id: segment(&letter.id),
        f,
        subject,
        missing,
        buttons,
        is_over,
        notice,
        files,
    };
    Ok(respond::page(visit, page))
}

async fn read(inbox: &Inbox, id: &str) -> Result<(), PageError> {
    Ok(inbox.mark_read(id).await?)
}

/// Our own page of the payment of a notice, if it is one of ours. Payments may be away: then it is paid elsewhere.
async fn known_payment(visit: &Visit, number: &str) -> Option<String> {
    let wanted = PaymentQuery { text: number.to_owned(), limit: 10, ..PaymentQuery::default() };
    let found = visit.payments().search(&wanted).await.ok()?;
    let payment = found.data.into_iter().find(|payment| payment.payment.notice_code.as_deref() == Some(number))?;
    Some(format!("{}/pagamenti/{}", visit.root(), segment(&payment.id)))
}

/// Puts the message away, or takes it back.
pub async fn archive(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.citizen()?;
    let archived = posted.text("archived") == "1";
    visit.inbox().archive(&id, archived).await?;
    Ok(if archived { posted.then(PATH, "archived") } else { posted.then(&format!("{PATH}/archivio"), "restored") })
}

/// The deadline for the calendar.
pub async fn calendar(visit: Visit, Path((_, _, id)): Path<Address>) -> Result<Response, PageError> {
    visit.citizen()?;
    Ok(file::send(visit.inbox().calendar(&id).await?))
}

/// A file of the sender.
pub async fn attachment(visit: Visit, Path((_, _, id, url)): Path<FileAddress>) -> Result<Response, PageError> {
    visit.citizen()?;
    let mut file = visit.inbox().attachment(&id, &url).await?;
    let name = url.rsplit('/').next().unwrap_or_default();
    let safe: String = name.chars().filter(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(*letter)).collect();
    if let Ok(disposition) = http::HeaderValue::from_str(&format!("attachment; filename=\"{safe}\"")) {
        file.headers.insert(http::header::CONTENT_DISPOSITION, disposition);
    }
    Ok(file::send(file))
}
