//! Copies of messages by e-mail, for citizens who want them and have proved that the address is theirs.

use hmac::{Hmac, Mac};
use kernel::RomeTime;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use runtime::Email;
use sha2::Sha256;

use crate::context::Context;
use crate::formats::CitizenCode;
use crate::message::cta;
use crate::preferences::{Channel, Profile};
use crate::store::messages::Message;

/// The queue of e-mails.
pub const EMAILS: &str = "messaging-e-mails";
/// Characters of a message that its copy shows.
const EXCERPT: usize = 134;
/// Characters of the code that proves an address: 50 bits, which nobody guesses.
const CODE: usize = 10;
/// E-mails and digits that nobody confuses.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// The code that proves that a citizen reads what comes to an address.
pub fn proof(context: &Context, citizen: CitizenCode, address: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(context.app.secret()).expect("HMAC takes keys of any length");
    mac.update(format!("messaging address\0{citizen}\0{address}").as_bytes());
    let digest = mac.finalize().into_bytes();
    digest.iter().take(CODE).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// The e-mail with the code.
pub fn proof_email(context: &Context, citizen: CitizenCode, address: &str, now: RomeTime) -> Email {
    let code = proof(context, citizen, address);
    Email {
        id: context.app.rng().uuid_at(now),
        to: address.to_owned(),
        subject: format!("{code} è il codice per confermare il tuo indirizzo"),
        text: format!(
            "Hai chiesto di ricevere per e-mail una copia dei messaggi degli enti.\n\n\
             Per confermare che questo indirizzo è tuo, scrivi questo codice nelle preferenze dei messaggi:\n\n{code}\n\n\
             Se non l'hai chiesto tu, ignora questa e-mail: non riceverai nulla.\n"
        ),
        at: now,
    }
}

/// The copy of a message that has come; `None` when the citizen, the message or its service does not want one.
pub fn copy(
    message: &Message,
    profile: &Profile,
    is_secure: bool,
    organization: &str,
    page: &str,
    now: RomeTime,
) -> Option<Email> {
    let address = profile.email.as_ref().filter(|_| profile.is_email_enabled && profile.is_email_validated)?;
    let blocked = profile.blocked.get(&message.service_id.to_string());
    if is_secure || blocked.is_some_and(|channels| channels.contains(&Channel::Email)) {
        return None;
    }
    let text = excerpt(cta::parse(&message.content.markdown, "it").text);
    Some(Email {
        id: message.id.0,
        to: address.clone(),
        subject: format!("{organization}: {}", message.content.subject),
        text: format!(
            "{organization} ti ha scritto.\n\n{}\n\n{text}\n\nLeggi il messaggio per intero nell'app o qui:\n{page}\n\n\
             Ricevi questa copia perché l'hai scelta nelle preferenze dei messaggi, dove puoi cambiare idea.\n",
            message.content.subject
        ),
        at: now,
    })
}

/// The beginning of a text without its marks and without addresses: of a link the words stay.
fn excerpt(markdown: &str) -> String {
    let mut words = String::new();
    let mut hidden = 0;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Image { .. }) => hidden += 1,
            Event::End(TagEnd::Image) => hidden -= 1,
            Event::Text(text) | Event::Code(text) if hidden == 0 => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => words.push(' '),
            _ => {}
        }
    }
    let is_address = |word: &&str| word.contains("://") || word.starts_with("www.");
    let words: Vec<&str> = words.split_whitespace().filter(|word| !is_address(word)).collect();
    let text = words.join(" ");
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_has_words_only_and_no_addresses() {
        let text = "# Titolo\n\nVedi **[la pagina](https://example.it/x)** o https://example.it/y.\n\n- uno\n- `due` <b>tre</b> ![foto](https://spia.example/i.png)";
        assert_eq!(excerpt(text), "Titolo Vedi la pagina o uno due tre");
        let long = excerpt(&"parola ".repeat(100));
        assert!(long.ends_with('…') && long.chars().count() <= EXCERPT + 1, "{long}");
        assert_eq!(excerpt("Perché no?"), "Perché no?");
    }
}
