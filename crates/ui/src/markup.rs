//! Text of people into HTML, and HTML of others into HTML that is safe to show.

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

/// HTML that is safe to show as it is: templates do not escape it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(pub String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Html {}

/// Paragraphs, emphasis, lists, tables, links: what a message or a service's description needs. No images, which would tell their
/// server who reads, no styles, no classes.
static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .tags(HashSet::from([
            "p",
            "br",
            "b",
            "strong",
            "i",
            "em",
            "u",
            "s",
            "ul",
            "ol",
            "li",
            "a",
            "blockquote",
            "h3",
            "h4",
            "code",
            "pre",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ]))
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner
});

/// HTML of others, stripped of everything that is not text structure.
pub fn clean(html: &str) -> Html {
    Html(CLEANER.clean(html).to_string())
}

/// Markdown of others. Its headings, whatever their level, stand below those of the page.
pub fn markdown(text: &str) -> Html {
    use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd, html};

    let events = Parser::new(text).map(|event| match event {
        Event::Start(Tag::Heading { .. }) => {
            Event::Start(Tag::Heading { level: HeadingLevel::H3, id: None, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Heading(HeadingLevel::H3)),
        other => other,
    });
    let mut written = String::new();
    html::push_html(&mut written, events);
    clean(&written)
}

/// Text as somebody typed it, as paragraphs of HTML: an empty line ends a paragraph, a line end is kept.
pub fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
        .map(|paragraph| format!("<p>{}</p>", escape(paragraph).replace('\n', "<br>")))
        .collect()
}

/// A text that some write as HTML and some as they typed it: HTML is stripped, typed lines are kept.
pub fn show(text: &str) -> Html {
    let is_html = text.contains('<') || (text.contains('&') && text.contains(';'));
    if is_html { clean(text) } else { Html(paragraphs(text)) }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// JSON for a `<script type="application/json">`: nothing in it can end the element.
pub fn script_json(value: &serde_json::Value) -> Html {
    Html(value.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_handlers_are_gone() {
        let cleaned = clean(
            r#"<p onclick="x()">Buongiorno<script>alert(1)</script> <a href="javascript:x()">qui</a><img src=x onerror=y></p>"#,
        )
        .0;
        assert_eq!(cleaned, r#"<p>Buongiorno <a rel="noopener noreferrer nofollow">qui</a></p>"#);
    }

    #[test]
    fn markdown_becomes_structure_below_the_page_s_headings_and_nothing_that_runs() {
        let shown = markdown(
            "# Uno\n\n**due** `tre`\n\n- [qui](javascript:x())\n\n<script>y()</script><b onclick=z>q</b>\n\nFoto: ![i](https://spy.example/i)",
        )
        .0;
        assert!(shown.starts_with("<h3>Uno</h3>") && shown.contains("<strong>due</strong> <code>tre</code>"), "{shown}");
        for sign in ["script", "onclick", "spy.example", "<img"] {
            assert!(!shown.contains(sign), "{shown}");
        }
    }

    #[test]
    fn typed_text_keeps_its_lines_and_nothing_else() {
        assert_eq!(paragraphs("Uno\r\ndue <b>\r\n\r\ntre & quattro"), "<p>Uno<br>due &lt;b&gt;</p><p>tre &amp; quattro</p>");
        assert_eq!(paragraphs(" \n\n "), "");
    }

    #[test]
    fn html_and_typed_text_are_told_apart() {
        assert_eq!(show("<p>Uno <u onclick=x>due</u></p>").0, "<p>Uno <u>due</u></p>");
        assert_eq!(show("Uno\n\ndue").0, "<p>Uno</p><p>due</p>");
        assert_eq!(show("").0, "");
    }

    #[test]
    fn json_cannot_leave_its_element() {
        let json = script_json(&serde_json::json!({ "a": "</script><!--" })).0;
        assert!(!json.contains('<'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["a"], "</script><!--");
    }
}
