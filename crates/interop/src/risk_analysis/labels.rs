//! What people read of the risk analysis, from `labels.txt`: the same words in every version.

use std::collections::BTreeMap;
use std::sync::LazyLock;

static WORDS: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("labels.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('|')).map(|(name, words)| (name.trim(), words.trim())).collect()
});

/// The words for a question or a value; its name where there are none.
pub fn words(name: &'static str) -> &'static str {
    WORDS.get(name).copied().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::super::RuleSet;
    use super::*;

    #[test]
    fn every_question_and_every_value_has_words_and_no_words_are_left_over() {
        let questions = || RuleSet::all().iter().flat_map(|set| &set.questions);
        let names: std::collections::BTreeSet<_> =
            questions().flat_map(|question| question.values.iter().chain([&question.id]).copied()).collect();
        assert_eq!(names, WORDS.keys().copied().collect());
    }
}
