//! Languages of the pages. The texts live in `messages/*.toml`; `build.rs` turns them into [`Messages`].

use std::fmt::Display;

include!(concat!(env!("OUT_DIR"), "/messages.rs"));

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locale {
    /// Italian, the language of reference.
    It,
    /// German, official in South Tyrol.
    De,
    /// English.
    En,
}

impl Locale {
    /// Every language, in the order of the language menu.
    pub const ALL: [Self; 3] = [Self::It, Self::De, Self::En];

    /// The language whose path segment is `text` (`it`, `de`, `en`).
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.code() == text)
    }

    /// The path segment and the value of `lang`.
    pub fn code(self) -> &'static str {
        match self {
            Self::It => "it",
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// The language's name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::It => "Italiano",
            Self::De => "Deutsch",
            Self::En => "English",
        }
    }

    /// The short name in the header, as municipal sites write it.
    pub fn short(self) -> &'static str {
        match self {
            Self::It => "ITA",
            Self::De => "DEU",
            Self::En => "ENG",
        }
    }

    /// The texts of this language.
    pub fn messages(self) -> &'static Messages {
        match self {
            Self::It => &IT,
            Self::De => &DE,
            Self::En => &EN,
        }
    }
}

/// Puts the values in place of their `{names}`, each once, never looking into what was put.
fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}').and_then(|(name, after)| Some((values.iter().find(|(known, _)| *known == name)?.1, after))) {
            Some((value, after)) => {
                filled.push_str(&value.to_string());
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn values_are_put_once_and_never_expanded_again() {
        assert_eq!(fill("{a} e {b}, {c}", &[("a", &"{b}"), ("b", &2)]), "{b} e 2, {c}");
    }

    fn sources(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { sources(&path, text) } else { text.push_str(&fs::read_to_string(path).unwrap()) }
        }
    }

    /// The compiler proves that every text asked for exists in all languages; this proves that none is left over.
    #[test]
    fn every_text_is_used() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut code = String::new();
        ["src", "templates", "assets/js"].iter().for_each(|folder| sources(&root.join(folder), &mut code));
        // Line ends and indents may part `t` and the key.
        let code: String = code.split_whitespace().collect();
        let says = |name: String| {
            let ends = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_');
            code.match_indices(&name).any(|(at, _)| ends(&code[at + name.len()..]))
        };
        let mut section = String::new();
        let mut unused = Vec::new();
        for line in fs::read_to_string(root.join("messages/it.toml")).unwrap().lines() {
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']').to_owned();
            } else if let Some((key, _)) = line.split_once(" = ") {
                let used = match section.as_str() {
                    "formio" => true, // the keys are those of the form library
                    "script" => says(format!("text.{key}")),
                    section => says(format!("t.{section}_{key}")),
                };
                if !used {
                    unused.push(format!("{section}.{key}"));
                }
            }
        }
        assert!(unused.is_empty(), "remove from messages/*.toml what no page says: {unused:?}");
    }
}
