//! `/admin/lettere-morte`: what nobody could deal with, to be tried again or given up.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use futures::{StreamExt as _, stream};
use http::StatusCode;
use serde::Deserialize;

use crate::clients::{DeadLetter, Service, ServiceQuery, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::letter::{About, reason};
use crate::views::pager::Pager;
use crate::visit::Visit;
use crate::{format, respond};

/// Letters that are fetched at a time: their content may be large.
const AT_A_TIME: usize = 4;

/// Which part of the list, and what has just been done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    page: Option<u64>,
    done: String,
}

/// A letter in the list.
struct Row {
    href: String,
    heading: String,
    /// Person and service, who gave up, since when it waits.
    facts: String,
    reason: String,
    application: Option<String>,
}

#[derive(Template)]
#[template(path = "admin_letters.html")]
struct Letters {
    f: Frame,
    found: String,
    rows: Vec<Row>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "admin_letter.html")]
struct LetterPage {
    f: Frame,
    errors: Vec<Invalid>,
    letter: DeadLetter,
    about: About,
    application: Option<String>,
    when: String,
    content: String,
    is_cut: bool,
}

/// Shows the letters of the tenant.
pub async fn list(visit: Visit, Query(part): Query<Part>) -> Result<Response, PageError> {
    visit.admin()?;
    let offset = Pager::offset(part.page);
    let letters = visit.platform().dead_letters(offset, Pager::SIZE).await?;
    let mut f = visit.frame();
    f.notice = match part.done.as_str() {
        "replayed" => Some(f.t.letters_done_replayed),
        "dropped" => Some(f.t.letters_done_dropped),
        _ => None,
    };
    let abouts = abouts(&visit, &letters.data).await;
    let rows = letters.data.into_iter().zip(abouts).map(|(letter, about)| {
        let when = letter.buried_at.map(format::date_time).unwrap_or_default();
        let facts = about.facts().chain([letter.source.as_str(), when.as_str()]).collect::<Vec<_>>().join(" · ");
        Row {
            href: format!("{}/admin/lettere-morte/{}", visit.root(), segment(&letter.id)),
            facts,
            reason: reason(&letter.reason),
            application: application(&visit, &about),
            heading: about.heading,
        }
    });
    let rows = rows.collect();
    let total = letters.meta.number();
    let found = if total == 1 { f.t.letters_found_one.to_owned() } else { f.t.letters_found(total) };
    let pager = Pager::new(&format!("{}/admin/lettere-morte", visit.root()), offset, total);
    Ok(respond::page(&visit, Letters { f, found, rows, pager }))
}

/// What each letter is about. The list comes without the contents, and is worth more than what they say.
async fn abouts(visit: &Visit, letters: &[DeadLetter]) -> Vec<About> {
    let (platform, t) = (visit.platform(), visit.locale.messages());
    let services = services(visit, letters.is_empty()).await;
    let ids: Vec<String> = letters.iter().map(|letter| letter.id.clone()).collect();
    let fetched = stream::iter(ids.into_iter().map(|id| {
        let (platform, services) = (platform.clone(), services.clone());
        async move {
            let letter = platform.dead_letter(&id).await;
            letter.map(|letter| About::read(t, &letter, &services))
        }
    }));
    let fetched: Vec<_> = fetched.buffered(AT_A_TIME).collect().await;
    let abouts = fetched.into_iter().zip(letters).map(|(about, letter)| {
        about.unwrap_or_else(|error| {
            tracing::warn!(%error, "a failed operation is listed without what it is about");
            About::unknown(t, letter)
        })
    });
    abouts.collect()
}

/// The services, for their names; none when nobody needs them or the platform does not say.
async fn services(visit: &Visit, needless: bool) -> Arc<[Service]> {
    if needless {
        return Arc::default();
    }
    let services = visit.platform().services(&ServiceQuery::default()).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "failed operations are shown without the names of their services");
        Vec::new()
    });
    services.into()
}

/// Where the application is that a letter belongs to.
fn application(visit: &Visit, about: &About) -> Option<String> {
    about.application.map(|id| format!("{}/operatori/{id}", visit.root()))
}

/// A letter with its content, and what can be done with it.
pub async fn show(visit: Visit, Path((_, _, id)): Path<(String, String, String)>) -> Result<Response, PageError> {
    visit.admin()?;
    let page = letter(&visit, &id, Vec::new()).await?;
    Ok(respond::page(&visit, page))
}

async fn letter(visit: &Visit, id: &str, errors: Vec<Invalid>) -> Result<LetterPage, PageError> {
    let letter = visit.platform().dead_letter(id).await?;
    let content = letter.payload.as_ref().map(|payload| indented(payload.get()));
    let content = content.or_else(|| letter.raw.as_deref().map(|raw| raw.chars().take(MOST_SHOWN).collect())).unwrap_or_default();
    let is_cut = content.len() >= MOST_SHOWN;
    let when = letter.buried_at.map(format::date_time).unwrap_or_default();
    let f = visit.frame();
    let about = About::read(f.t, &letter, &services(visit, false).await);
    Ok(LetterPage { f, errors, application: application(visit, &about), about, letter, when, content, is_cut })
}

/// Tries again, or gives up after the box was ticked that says so.
pub async fn act(Path((_, _, id)): Path<(String, String, String)>, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    visit.admin()?;
    let platform = visit.platform();
    let errors = match posted.text("action") {
        "replay" => match platform.replay_dead_letter(&id).await {
            Ok(()) => return Ok(posted.then("/admin/lettere-morte", "replayed")),
            Err(error) => Invalid::from_client(error, &[("payload", "replay")], "replay")?,
        },
        "drop" if posted.text("sure") == "yes" => {
            platform.drop_dead_letter(&id).await?;
            return Ok(posted.then("/admin/lettere-morte", "dropped"));
        }
        "drop" => {
            let t = visit.locale.messages();
            vec![Invalid::new("sure", t.letters_sure_missing)]
        }
        _ => return Err(PageError::StaleForm),
    };
    let page = letter(visit, &id, errors).await?;
    Ok(respond::page_with_status(visit, StatusCode::UNPROCESSABLE_ENTITY, page))
}

/// Most of a letter that a page shows, in bytes; its beginning says what it is.
const MOST_SHOWN: usize = 64 * 1024;
/// Levels that are indented further than the one before: whoever wrote the letter chose how deep it is.
const DEEPEST: usize = 24;

/// JSON with a line for each member, everything else as it is written, down to the digits of its numbers; no more than is shown.
fn indented(json: &str) -> String {
    let (mut text, mut depth, mut in_string, mut escaped) = (String::new(), 0_usize, false, false);
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth.min(DEEPEST)));
    };
    let mut letters = json.chars().peekable();
    while let Some(letter) = letters.next().filter(|_| text.len() < MOST_SHOWN) {
        if in_string {
            text.push(letter);
            (in_string, escaped) = (escaped || letter != '"', letter == '\\' && !escaped);
            continue;
        }
        match letter {
            '"' => {
                in_string = true;
                text.push(letter);
            }
            '{' | '[' => {
                text.push(letter);
                while letters.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                if letters.peek().is_some_and(|next| !matches!(next, '}' | ']')) {
                    depth += 1;
                    line(&mut text, depth);
                } else {
                    text.extend(letters.next());
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut text, depth);
                text.push(letter);
            }
            ',' => {
                text.push(letter);
                line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            letter if letter.is_ascii_whitespace() => {}
            letter => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_nothing_else() {
        let json = r#"{"a":1.10,"b":[], "c" :[{"d":"{,:\"}"},1e400],"e":{ }}"#;
        let lines = [
            "{",
            "  \"a\": 1.10,",
            "  \"b\": [],",
            "  \"c\": [",
            "    {",
            "      \"d\": \"{,:\\\"}\"",
            "    },",
            "    1e400",
            "  ],",
            "  \"e\": {}",
            "}",
        ];
        assert_eq!(indented(json).lines().collect::<Vec<_>>(), lines);
        assert_eq!(indented("7"), "7");
        assert!(indented(&"[".repeat(1_000_000)).len() < 2 * MOST_SHOWN, "however deep it is");
    }
}
