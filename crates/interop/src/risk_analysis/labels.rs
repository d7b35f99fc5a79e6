//! What people read of the risk analysis, from `labels.txt`: the same words in every version.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A text in the languages of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// Italian, the language of the form and of its documents.
    pub it: &'static str,
    /// German.
    pub de: &'static str,
    /// English.
    pub en: &'static str,
}

static WORDS: LazyLock<BTreeMap<&'static str, Words>> = LazyLock::new(|| {
    let lines = include_str!("labels.txt").lines().filter(|line| !line.starts_with('#'));
    let read = |line: &'static str| {
        let mut cells = line.split('|').map(str::trim);
        let mut cell = || cells.next().unwrap_or_default();
        (cell(), Words { it: cell(), de: cell(), en: cell() })
    };
    lines.map(read).collect()
});

/// The words for a question or a value; its name where there are none.
pub fn words(name: &'static str) -> Words {
    WORDS.get(name).copied().unwrap_or(Words { it: name, de: name, en: name })
}

#[cfg(test)]
mod tests {
    use super::super::RuleSet;
    use super::*;

    #[test]
    fn every_question_and_every_value_has_words_in_each_language_and_no_words_are_left_over() {
        let questions = || RuleSet::all().iter().flat_map(|set| &set.questions);
        let names: std::collections::BTreeSet<_> =
            questions().flat_map(|question| question.values.iter().chain([&question.id]).copied()).collect();
        assert_eq!(names, WORDS.keys().copied().collect());
        for (name, Words { it, de, en }) in &*WORDS {
            assert!([it, de, en].iter().all(|text| !text.is_empty() && *text != name), "{name}");
            assert!(it.ends_with('?') == de.ends_with('?') && de.ends_with('?') == en.ends_with('?'), "{name}");
            // "No" is the same in two of them.
            let differ = it != de && de != en && (it != en || *name == "NO");
            assert!(differ, "{name}: one language is another's");
        }
    }
}
