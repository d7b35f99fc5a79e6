//! `/admin/lettere-morte`: what nobody could deal with, to be tried again or given up.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;

use crate::clients::{DeadLetter, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::pager::Pager;
use crate::visit::Visit;
use crate::{format, respond};

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
    source: String,
    reason: String,
    when: String,
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
    when: String,
    content: String,
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
    let rows = letters.data.into_iter().map(|letter| Row {
        href: format!("{}/admin/lettere-morte/{}", visit.root(), segment(&letter.id)),
        when: letter.buried_at.map(format::date_time).unwrap_or_default(),
        source: letter.source,
        reason: letter.reason,
    });
    let rows = rows.collect();
    let total = letters.meta.number();
    let found = if total == 1 { f.t.letters_found_one.to_owned() } else { f.t.letters_found(total) };
    let pager = Pager::new(&format!("{}/admin/lettere-morte", visit.root()), offset, total);
    Ok(respond::page(&visit, Letters { f, found, rows, pager }))
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
    let content = content.or_else(|| letter.raw.clone()).unwrap_or_default();
    let when = letter.buried_at.map(format::date_time).unwrap_or_default();
    Ok(LetterPage { f: visit.frame(), errors, letter, when, content })
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

/// JSON with a line for each member, everything else as it is written, down to the digits of its numbers.
fn indented(json: &str) -> String {
    let (mut text, mut depth, mut in_string, mut escaped) = (String::with_capacity(json.len() * 2), 0_usize, false, false);
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    let mut letters = json.chars().peekable();
    while let Some(letter) = letters.next() {
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
    }
}
