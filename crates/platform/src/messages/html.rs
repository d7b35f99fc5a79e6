//! HTML that others wrote, made safe to show.

use std::sync::LazyLock;

/// What a message may be made of: text with simple forms and links to the web or to addresses of mail. No pictures: they would tell their
/// server who reads, and when.
static MESSAGES: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    const TAGS: &str =
        "a b blockquote br code em h2 h3 h4 hr i li ol p pre s span strong sub sup table tbody td th thead tr u ul";
    let mut builder = ammonia::Builder::default();
    builder
        .tags(TAGS.split(' ').collect())
        .generic_attributes(["lang"].into())
        .tag_attributes([("a", ["href"].into())].into())
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
});

/// The HTML without anything that could harm its readers; `None` when no text is left.
pub fn clean(html: &str) -> Option<String> {
    let clean = MESSAGES.clean(html).to_string();
    let text = ammonia::Builder::empty().clean(&clean).to_string().replace("&nbsp;", " ");
    (!text.trim().is_empty()).then_some(clean)
}

/// The words of a text that may be HTML, for documents on paper: elements that begin a line begin one, nothing else of them is left.
pub fn plain(html: &str) -> String {
    const BREAKS: &str = "<br> </p> </li> </h2> </h3> </h4> </tr> </blockquote> </pre>";
    let mut lines = MESSAGES.clean(html).to_string();
    for sign in BREAKS.split(' ') {
        lines = lines.replace(sign, &format!("{sign}\n"));
    }
    let text = ammonia::Builder::empty().clean(&lines).to_string();
    let text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_and_simple_forms_stay() {
        assert_eq!(clean("Serve la planimetria.").as_deref(), Some("Serve la planimetria."));
        assert_eq!(
            clean("<p>Serve <b>la planimetria</b> &amp; altro</p>").as_deref(),
            Some("<p>Serve <b>la planimetria</b> &amp; altro</p>")
        );
        let link = clean("<a href=\"https://www.example.org/\">qui</a>").unwrap();
        assert_eq!(link, "<a href=\"https://www.example.org/\" rel=\"noopener noreferrer nofollow\">qui</a>");
    }

    #[test]
    fn on_paper_only_words_and_lines_are_left() {
        assert_eq!(plain("<p>Targa: <b>AB123CD</b></p><p>1 &lt; 2 &amp;&nbsp;3<br>fine</p>"), "Targa: AB123CD\n1 < 2 & 3\nfine");
        assert_eq!(plain("Prima riga.\n\nSeconda & ultima."), "Prima riga.\n\nSeconda & ultima.");
        assert_eq!(plain("<script>alert(1)</script>"), "");
    }

    #[test]
    fn whatever_runs_or_calls_home_goes() {
        for harm in [
            "<script>alert(1)</script>a",
            "<img src=x onerror=alert(1)>a",
            "<a href=\"javascript:alert(1)\">a</a>",
            "<a href=\"/admin/users\">a</a>",
            "<p onclick=alert(1) style=\"background:url(https://spy.example)\">a</p>",
            "<svg><style><img src=x onerror=alert(1)></style></svg>a",
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">a",
            "<iframe src=https://spy.example></iframe>a",
            "<form action=https://spy.example><input name=password></form>a",
        ] {
            let clean = clean(harm).unwrap_or_default();
            for sign in
                ["script", "onerror=", "onclick", "javascript", "spy.example", "/admin", "<img", "<svg", "<form", "<iframe"]
            {
                assert!(!clean.replace("&lt;", "").contains(sign), "{harm} became {clean}");
            }
        }
    }

    #[test]
    fn nothing_to_read_is_nothing() {
        for empty in ["", "  ", "<p></p>", "<p>&nbsp;</p>", "<script>alert(1)</script>", "<br>"] {
            assert_eq!(clean(empty), None, "{empty}");
        }
    }
}
