//! What a sender's answers are worth: consistent with what the message promised, or a failure that the citizen's app can name.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::formats::utf16_len;
use crate::message::content::{MARKDOWN, SUBJECT};
use crate::message::{Content, ThirdParty};

/// Why remote content cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The answer is not what the message promised; the published reason.
    Inconsistent(&'static str),
    /// The files that are listed are not as files have to be; what is wrong.
    Attachments(&'static str),
    /// The sender refused, with this status.
    Refused(u16),
    /// The sender does not know our key.
    Unauthorized,
    /// The attachment is not ready: to be asked for again after so many seconds.
    NotReady(u64),
    /// The attachment is no PDF.
    NotPdf,
    /// The sender does not answer, not in time, or not understandably.
    Unreachable(String),
    /// The app did not sign, and the sender wants signatures; or the signature has another form. What is wrong.
    Unsigned(&'static str),
}

/// An attachment of a message, as its sender lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Unique in the message.
    pub id: String,
    /// Where it lies, relative to the message.
    pub url: String,
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is: `DOCUMENT` unless told.
    #[serde(default = "document")]
    pub category: String,
}

fn document() -> String {
    "DOCUMENT".to_owned()
}

/// A remote message as the citizen sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// The files.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Subject and text.
    pub details: Value,
}

/// What stands before a remote message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The title.
    pub title: String,
    /// The text.
    pub markdown: String,
}

/// Takes a status other than 200 apart. `retry_after` is what the answer says, `attachment` whether a file was asked for.
pub fn failure(status: u16, retry_after: Option<u64>, attachment: bool) -> Failure {
    match status {
        401 => Failure::Unauthorized,
        400 | 403 | 404 | 429 | 500 => Failure::Refused(status),
        503 if attachment => Failure::NotReady(retry_after.unwrap_or(10)),
        _ => Failure::Unreachable(format!("the sender answered {status}")),
    }
}

/// UTF-16 units of a file's name, at most; the ending counts.
const LONGEST_NAME: usize = 127;

/// Whether `url` leads to something below its message: nothing that leads out of it or elsewhere.
pub fn is_relative(url: &str) -> bool {
    let steps = url.split('/').all(|segment| !matches!(segment, "" | "." | ".."));
    steps && !url.contains("://") && !url.contains('\\') && !url.chars().any(char::is_control)
}

/// A name that a citizen's device takes for that of a PDF, and that shows what it is: characters that turn the direction of writing
/// around make `fdp.exe` look otherwise.
fn is_name(name: &str) -> bool {
    let shown = |character: char| {
        !character.is_control()
            && !matches!(character, '/' | '\\' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let ends = name.len() > 4 && name.get(name.len() - 4..).is_some_and(|end| end.eq_ignore_ascii_case(".pdf"));
    ends && utf16_len(name) <= LONGEST_NAME && name.chars().all(shown)
}

fn is_category(category: &str) -> bool {
    let bytes = category.as_bytes();
    (2..=30).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// Judges the files that a sender lists.
fn listed(attachments: &[Attachment], most: usize) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    if attachments.len() > most {
        return Err(Failure::Attachments("there are more files than are passed on"));
    }
    for attachment in attachments {
        let problem = if attachment.id.is_empty() || !seen.insert(attachment.id.as_str()) {
            "the id of a file is empty or another's"
        } else if !is_relative(&attachment.url) {
            "the address of a file is not relative to its message"
        } else if !attachment.name.as_deref().is_none_or(is_name) {
            "the name of a file does not end in .pdf, is too long, or has characters that are not shown"
        } else if !is_category(&attachment.category) {
            "the category of a file has another form"
        } else {
            continue;
        };
        return Err(Failure::Attachments(problem));
    }
    Ok(())
}

/// Judges a sender's answer against what the message promised; `most` files at most are passed on.
///
/// # Errors
/// [`Failure::Inconsistent`] with the published reason, [`Failure::Attachments`].
pub fn consistent(promised: &ThirdParty, stored: &Content, answer: Value, most: usize) -> Result<Details, Failure> {
    // Files that were not promised are nobody's business.
    let list = answer.get("attachments").filter(|attachments| promised.has_attachments && !attachments.is_null());
    let attachments: Vec<Attachment> = match list {
        Some(list) => serde_json::from_value(list.clone())
            .map_err(|error| Failure::Unreachable(format!("attachments not understood: {error}")))?,
        None => Vec::new(),
    };
    if promised.has_attachments && attachments.is_empty() {
        return Err(Failure::Inconsistent("ATTACHMENTS_NOT_PRESENT"));
    }
    listed(&attachments, most)?;
    let details = if promised.has_remote_content {
        let details = answer
            .get("details")
            .filter(|details| details.is_object())
            .ok_or(Failure::Inconsistent("REMOTE_CONTENT_NOT_PRESENT"))?;
        let fits = |name: &str, (least, most): (usize, usize)| {
            details.get(name).and_then(Value::as_str).is_some_and(|text| (least..=most).contains(&utf16_len(text)))
        };
        if !fits("markdown", MARKDOWN) {
            return Err(Failure::Inconsistent("MARKDOWN_VALIDATION_ERROR"));
        }
        if !fits("subject", SUBJECT) {
            return Err(Failure::Inconsistent("SUBJECT_VALIDATION_ERROR"));
        }
        details.clone()
    } else {
        serde_json::json!({ "subject": stored.subject, "markdown": stored.markdown })
    };
    Ok(Details { attachments, details })
}

/// Whether bytes begin as a PDF does.
pub fn is_pdf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::message::NewMessage;

    fn message(has_attachments: bool, has_remote_content: bool) -> Content {
        let body = json!({ "content": {
            "subject": "Un oggetto valido", "markdown": "m".repeat(80),
            "third_party_data": { "id": "x", "has_attachments": has_attachments, "has_remote_content": has_remote_content }
        } });
        NewMessage::read(&body).unwrap().content
    }

    fn judge(has_attachments: bool, has_remote_content: bool, answer: Value) -> Result<Details, Failure> {
        let content = message(has_attachments, has_remote_content);
        consistent(content.third_party_data.as_ref().unwrap(), &content, answer, 20)
    }

    #[test]
    fn every_row_of_the_consistency_table() {
        let files = json!([{ "id": "1", "url": "a/b.pdf" }]);
        let details = json!({ "subject": "Oggetto remoto", "markdown": "r".repeat(80), "extra": 1 });
        for none in [json!({}), json!({ "attachments": null }), json!({ "attachments": [] })] {
            assert_eq!(judge(true, false, none), Err(Failure::Inconsistent("ATTACHMENTS_NOT_PRESENT")));
        }
        for none in [json!({}), json!({ "details": null })] {
            assert_eq!(judge(false, true, none), Err(Failure::Inconsistent("REMOTE_CONTENT_NOT_PRESENT")));
        }
        let mut short = details.clone();
        short["markdown"] = json!("r".repeat(79));
        assert_eq!(judge(false, true, json!({ "details": short })), Err(Failure::Inconsistent("MARKDOWN_VALIDATION_ERROR")));
        let mut long = details.clone();
        long["subject"] = json!("🏛".repeat(61));
        assert_eq!(judge(false, true, json!({ "details": long })), Err(Failure::Inconsistent("SUBJECT_VALIDATION_ERROR")));
        let both = judge(true, true, json!({ "attachments": files, "details": details })).unwrap();
        assert_eq!((both.attachments.len(), &both.attachments[0].category, &both.details), (1, &"DOCUMENT".to_owned(), &details));
        let neither = judge(false, false, json!({ "attachments": files, "details": details })).unwrap();
        assert_eq!((neither.attachments.len(), &neither.details["subject"]), (0, &json!("Un oggetto valido")));
    }

    #[test]
    fn attachments_are_twenty_at_most_with_ids_of_their_own_and_names_of_pdfs() {
        let file = |id: String, name: &str| json!({ "id": id, "url": "a.pdf", "name": name });
        let judged =
            |files: Vec<Value>| judge(true, false, json!({ "attachments": files })).map(|details| details.attachments.len());
        let refused = |files: Vec<Value>| matches!(judged(files), Err(Failure::Attachments(_)));
        let many = |count: usize| (0..count).map(|id| file(id.to_string(), "atto.pdf")).collect::<Vec<_>>();
        assert_eq!(judged(many(20)), Ok(20));
        assert!(refused(many(21)) && refused([many(3), many(1)].concat()) && refused(vec![file(String::new(), "a.pdf")]));
        let named = |name: &str| judged(vec![file("1".into(), name)]) == Ok(1);
        let longest = |units: usize| format!("{}.pdf", "n".repeat(units - 4));
        for name in ["a.pdf", "Atto n. 3 — è.PDF", &longest(127), &format!("{}a.pdf", "🏛".repeat(61))] {
            assert!(named(name), "{name}");
        }
        for name in [
            "",
            ".pdf",
            "atto",
            "atto.pdf.exe",
            "atto.pdf ",
            "../atto.pdf",
            "a\\b.pdf",
            "a\r\nb.pdf",
            "\u{202e}x.pdf",
            "apdf",
            "è",
        ] {
            assert!(!named(name), "{name:?}");
        }
        assert!(!named(&longest(128)) && !named(&format!("{}aa.pdf", "🏛".repeat(61))), "lengths are counted in UTF-16 units");
        for url in ["../b.pdf", "/b.pdf", "https://example.org/b.pdf", "a//b.pdf", "a/./b.pdf", "a\\b.pdf", ""] {
            assert!(refused(vec![json!({ "id": "1", "url": url })]), "{url}");
        }
        for (category, fits) in [("DOCUMENT", true), ("AB", true), (&"F24_".repeat(8)[..30], true), ("A", false), ("doc", false)]
        {
            let files = vec![json!({ "id": "1", "url": "a.pdf", "category": category })];
            assert_eq!(judged(files).is_ok(), fits, "{category}");
        }
        assert!(refused(vec![json!({ "id": "1", "url": "a.pdf", "category": "A".repeat(31) })]));
        let ignored = judge(false, false, json!({ "attachments": "none of these" })).unwrap();
        assert_eq!(ignored.attachments, [], "what was not promised is not judged either");
    }

    #[test]
    fn every_status_of_a_sender() {
        for status in [400, 403, 404, 429, 500] {
            assert_eq!(failure(status, None, false), Failure::Refused(status));
        }
        assert_eq!(failure(401, None, false), Failure::Unauthorized);
        assert_eq!((failure(503, None, true), failure(503, Some(3), true)), (Failure::NotReady(10), Failure::NotReady(3)));
        for status in [302, 418, 502, 503] {
            assert!(matches!(failure(status, Some(1), false), Failure::Unreachable(_)), "{status}");
        }
    }

    #[test]
    fn only_what_begins_as_a_pdf_is_one() {
        assert!(is_pdf(b"%PDF-1.7\n") && !is_pdf(b"%PDF") && !is_pdf(b"<html>") && !is_pdf(b""));
    }
}
