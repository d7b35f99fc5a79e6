//! A service in lists.

use crate::clients::Service;

/// A service's card.
#[derive(Clone, Debug)]
pub struct ServiceCard {
    /// Its page.
    pub href: String,
    /// Name.
    pub name: String,
    /// One or two sentences.
    pub text: String,
    /// Topic, if any.
    pub topic: String,
    /// Known, but not taking applications now.
    pub suspended: bool,
}

/// A topic with how many services it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Name.
    pub name: String,
    /// Name for an address.
    pub query: String,
    /// Services.
    pub count: usize,
}

impl ServiceCard {
    /// The card of `service` on pages below `root`.
    pub fn new(root: &str, service: &Service) -> Self {
        let text =
            if service.short_description.is_empty() { plain(&service.description) } else { plain(&service.short_description) };
        Self {
            href: format!("{root}/servizi/{}", address(service)),
            name: service.name.clone(),
            text: shorten(&text, 180),
            topic: service.topics.clone(),
            suspended: service.status == 2,
        }
    }
}

/// The last segment of a service's address: its slug, or what else names it.
pub fn address(service: &Service) -> &str {
    [&service.slug, &service.identifier, &service.id].into_iter().find(|name| !name.is_empty()).map_or("", String::as_str)
}

/// The topics of `services` by name.
pub fn topics(services: &[Service]) -> Vec<Topic> {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for service in services.iter().filter(|service| !service.topics.is_empty()) {
        *counts.entry(&service.topics).or_default() += 1;
    }
    counts.into_iter().map(|(name, count)| Topic { name: name.to_owned(), query: query(name), count }).collect()
}

/// A value for a query string.
pub fn query(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// The text of HTML, in one line.
fn plain(html: &str) -> String {
    // Blocks and line ends part words.
    let text = ammonia::Builder::empty().clean(&html.replace('<', " <")).to_string();
    let text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `limit` characters, cut between words.
fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let cut: String = text.chars().take(limit).collect();
    format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head).trim_end_matches([',', '.', ';', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_between_words() {
        assert_eq!(shorten("uno due, tre", 9), "uno due…");
        assert_eq!(shorten("uno", 9), "uno");
    }

    #[test]
    fn cards_show_text_only() {
        assert_eq!(plain("<p>Chi  può<br>chiedere &amp; come</p><script>x</script>"), "Chi può chiedere & come");
    }
}
