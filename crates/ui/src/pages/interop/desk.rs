//! One visit of somebody who works for a body: what they may use, and the frame of the page that answers.

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use super::{Mode, PATH, PLACES, Place};
use crate::clients::ClientError;
use crate::clients::interop::{Interop, Standing};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::respond;
use crate::views::invalid::Invalid;
use crate::views::pager::Pager;
use crate::views::sheet::{Faults, Link, Part, Sheet};
use crate::visit::Visit;

/// What every list and page is asked with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// Text in names.
    pub q: String,
    /// A state.
    pub stato: String,
    /// A body.
    pub ente: String,
    /// An e-service.
    pub eservice: String,
    /// A kind.
    pub tipo: String,
    /// Which part of a list.
    pub page: Option<u64>,
    /// What has just been done.
    pub done: String,
}

/// [`Wish`] from the address.
pub type Asked = Query<Wish>;

/// An entry of the menu.
pub struct Entry {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "interop.html")]
struct Page {
    f: Frame,
    modes: Vec<Entry>,
    menu: Vec<Entry>,
    summary: Vec<Invalid>,
    s: Sheet,
}

/// A visit to a place of the menu by somebody who may be there.
pub struct Desk<'a> {
    /// The visit.
    pub visit: &'a Visit,
    /// What they may do.
    pub standing: &'a Standing,
    /// The texts.
    pub t: &'static Messages,
    /// The body that they work for.
    pub body: String,
    place: Option<&'static Place>,
}

impl<'a> Desk<'a> {
    /// At the page where a visit begins.
    ///
    /// # Errors
    /// Sends to the sign-in page when nobody is signed in; refuses those whom the platform does not know.
    pub fn home(visit: &'a Visit) -> Result<Self, PageError> {
        let viewer = visit.signed_in()?;
        let standing = viewer.interop.as_ref().ok_or(PageError::Forbidden)?;
        Ok(Self { visit, standing, t: visit.locale.messages(), body: visit.tenant.id.clone(), place: None })
    }

    /// At a place of the menu.
    ///
    /// # Errors
    /// As [`Desk::home`]; refuses roles that may not use it.
    pub fn at(visit: &'a Visit, path: &str) -> Result<Self, PageError> {
        let desk = Self::home(visit)?;
        let place = PLACES.iter().find(|place| place.path == path).ok_or(PageError::NotFound)?;
        if desk.standing.is(place.roles) { Ok(Self { place: Some(place), ..desk }) } else { Err(PageError::Forbidden) }
    }

    /// Refuses roles that may look at a place but do nothing there.
    ///
    /// # Errors
    /// [`PageError::Forbidden`].
    pub fn only(self, roles: &[&str]) -> Result<Self, PageError> {
        if self.standing.is(roles) { Ok(self) } else { Err(PageError::Forbidden) }
    }

    /// Whether commands of administrators are offered.
    pub fn admin(&self) -> bool {
        self.standing.is(&["admin"])
    }

    /// The platform.
    pub fn client(&self) -> Interop {
        self.visit.interop()
    }

    /// An address below the pages of the platform.
    pub fn href(&self, path: &str) -> String {
        format!("{}{PATH}{path}", self.visit.root())
    }

    /// The address of this page, without its query.
    pub fn here(&self) -> String {
        let path = self.visit.here.split('?').next().unwrap_or_default();
        format!("{}{path}", self.visit.root())
    }

    /// The pages that these roles may use.
    pub fn places(&self) -> impl Iterator<Item = &'static Place> + '_ {
        PLACES.iter().filter(|place| self.standing.is(place.roles))
    }

    /// A page of this place, below its list when it is not the list itself.
    pub fn sheet(&self, title: impl Into<String>) -> Sheet {
        let title = title.into();
        let mut crumbs = Vec::new();
        if let Some(place) = self.place {
            crumbs.push(Link::new(self.href(""), self.t.interop_title));
            let label = (place.label)(self.t);
            if label != title {
                crumbs.push(Link::new(self.href(place.path), label));
            }
        }
        Sheet { title, crumbs, ..Sheet::default() }
    }

    /// Shows a page; one with faults has the status of what cannot be processed.
    pub fn show(&self, s: Sheet, done: &str) -> Response {
        let mut f = self.visit.frame();
        f.notice = match done {
            "" => None,
            "saved" => Some(f.t.done_saved),
            "published" => Some(f.t.interop_done_published),
            "sent" => Some(f.t.interop_done_sent),
            "approved" => Some(f.t.interop_done_approved),
            "created" => Some(f.t.interop_done_created),
            "deleted" => Some(f.t.interop_done_deleted),
            _ => Some(f.t.interop_done),
        };
        let status = if s.errors.is_empty() && s.refusal.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let mode = self.place.map(|place| place.mode);
        let entry = |place: &'static Place| Entry {
            href: self.href(place.path),
            label: (place.label)(f.t),
            current: self.place.is_some_and(|here| here.path == place.path),
        };
        let menu = self.places().filter(|place| Some(place.mode) == mode).map(entry).collect();
        let modes = [(Mode::Using, f.t.interop_using), (Mode::Offering, f.t.interop_offering), (Mode::Body, f.t.interop_body)];
        let begin = Entry { href: self.href(""), label: f.t.interop_begin, current: mode.is_none() };
        let first = |mode: Mode| self.places().find(|place| place.mode == mode);
        let modes = modes
            .into_iter()
            .filter_map(|(each, label)| Some(Entry { href: self.href(first(each)?.path), label, current: mode == Some(each) }));
        let modes = [begin].into_iter().chain(modes).collect();
        respond::page_with_status(self.visit, status, Page { f, modes, menu, summary: s.summary(), s })
    }

    /// Goes on to another page, which says what was done.
    pub fn go(&self, path: &str, done: &str) -> Response {
        let done = if done.is_empty() { String::new() } else { format!("?done={done}") };
        Redirect::to(&format!("{}{done}", self.href(path))).into_response()
    }

    /// The pager of a list at the address of this page.
    pub fn pager(&self, filters: &[(&str, &str)], offset: u64, total: u64) -> Option<Pager> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(filters.iter().filter(|(_, value)| !value.is_empty()));
        let query = query.finish();
        let address = if query.is_empty() { self.here() } else { format!("{}?{query}", self.here()) };
        Some(Pager::new(&address, offset, total)).filter(Pager::many)
    }
}

/// What was wrong with fields, by the names that `names` gives to members and codes of the platform; what is about no field of the
/// page belongs to `other`.
///
/// # Errors
/// What is not about the content: a role that may not, a thing that is not there, a failure.
pub fn wrong(error: ClientError, names: &[(&str, &str)], other: &str) -> Result<Vec<Invalid>, PageError> {
    match error {
        ClientError::Refused(problem) if is_sentence(&problem) => {
            let field = |known: &str| names.iter().find(|(name, _)| *name == known).map_or(other, |(_, field)| field);
            Ok(problem.errors.iter().map(|error| Invalid::new(field(&error.field), &error.message)).collect())
        }
        error => Err(error.into()),
    }
}

/// Why the platform did not do it, as a sentence about no field.
///
/// # Errors
/// As [`wrong`].
pub fn refused(error: ClientError) -> Result<Faults, PageError> {
    match error {
        ClientError::Refused(problem) if is_sentence(&problem) => {
            let said: Vec<_> = problem.errors.iter().map(|error| error.message.as_str()).collect();
            let refusal = Some(said.join(" ")).filter(|said| !said.is_empty()).or(problem.detail);
            Ok(Faults { refusal, ..Faults::default() })
        }
        error => Err(error.into()),
    }
}

/// Why the platform did not do it, with the names of members, which are no fields of the page.
///
/// # Errors
/// As [`wrong`].
pub fn reason(error: ClientError) -> Result<String, PageError> {
    match error {
        ClientError::Refused(problem) if is_sentence(&problem) => Ok(problem.detail.unwrap_or(problem.title)),
        error => Err(error.into()),
    }
}

/// Whether a refusal tells the asker something that he can mend. A role that may not (`9993`) and a body that may not (`9989`) cannot.
fn is_sentence(problem: &kernel::Problem) -> bool {
    let never = ["9993", "9989", "9994", "9995"].iter().any(|code| problem.kind.ends_with(code));
    matches!(problem.status, 400 | 403 | 409 | 422) && !never
}

/// Adds a part to a page.
pub fn add(sheet: &mut Sheet, part: Option<Part>) {
    sheet.parts.extend(part);
}
