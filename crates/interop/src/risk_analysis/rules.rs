//! The sets of questions, as tables in `rules/*.txt`.

use std::sync::LazyLock;

use kernel::RomeTime;
use kernel::jiff::civil::{Date, date};

use crate::attributes::tenant::TenantKind;
use crate::rules::Rules;

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// One of the values.
    One,
    /// Any of the values.
    Many,
    /// Words.
    Text,
}

/// Most characters of an answer in words.
pub const MAX_TEXT: usize = 2000;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its name.
    pub id: &'static str,
    /// How it is answered.
    pub answer: Answer,
    /// Values to choose from; none for words.
    pub values: Vec<&'static str>,
    /// Other questions and the answers to them that make this one asked. It is required then, and must not be answered otherwise.
    pub asked_when: Vec<(&'static str, &'static str)>,
}

/// A version of the analysis for one family of bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSet {
    /// `PA` or `PRIVATE`.
    pub family: &'static str,
    /// Version.
    pub version: &'static str,
    /// Last day, if it has one.
    pub ends: Option<Date>,
    /// Whether `usesPersonalData` must agree with what the e-service says of itself.
    pub compares_personal_data: bool,
    /// The questions, in the order of the form.
    pub questions: Vec<Question>,
}

static SETS: LazyLock<Vec<RuleSet>> = LazyLock::new(|| {
    let set = |family, version, ends, compares_personal_data, table: &'static str| RuleSet {
        family,
        version,
        ends,
        compares_personal_data,
        questions: table.lines().filter(|line| !line.starts_with('#')).map(question).collect(),
    };
    vec![
        set("PA", "1.0", Some(date(2022, 10, 5)), false, include_str!("rules/pa-1.0.txt")),
        set("PA", "2.0", Some(date(2023, 7, 26)), false, include_str!("rules/pa-2.0.txt")),
        set("PA", "3.0", Some(crate::rules::PA_3_0_ENDS), false, include_str!("rules/pa-3.0.txt")),
        set("PA", "3.1", None, true, include_str!("rules/pa-3.1.txt")),
        set("PRIVATE", "1.0", Some(date(2023, 7, 26)), false, include_str!("rules/private-1.0.txt")),
        set("PRIVATE", "2.0", None, true, include_str!("rules/private-2.0.txt")),
    ]
});

fn question(line: &'static str) -> Question {
    let mut cells = line.split('|').map(str::trim);
    let mut cell = || cells.next().unwrap_or_default();
    let (id, answer, values, asked_when) = (cell(), cell(), cell(), cell());
    Question {
        id,
        answer: match answer {
            "one" => Answer::One,
            "many" => Answer::Many,
            _ => Answer::Text,
        },
        values: values.split_whitespace().collect(),
        asked_when: asked_when.split_whitespace().filter_map(|pair| pair.split_once('=')).collect(),
    }
}

/// Which family's questions a body answers.
pub const fn family(kind: TenantKind) -> &'static str {
    match kind {
        TenantKind::Pa => "PA",
        TenantKind::Gsp | TenantKind::Private | TenantKind::Scp => "PRIVATE",
    }
}

impl RuleSet {
    /// The set of a version.
    pub fn find(kind: TenantKind, version: &str) -> Option<&'static Self> {
        SETS.iter().find(|set| set.family == family(kind) && set.version == version)
    }

    /// The newest set.
    pub fn newest(kind: TenantKind) -> &'static Self {
        SETS.iter().rfind(|set| set.family == family(kind)).expect("each family has a set")
    }

    /// Every set.
    pub fn all() -> &'static [Self] {
        &SETS
    }

    /// Its last day, which the installation may have moved.
    pub fn last_day(&self, rules: &Rules) -> Option<Date> {
        rules.risk_analysis_ends.of(self.family, self.version).or(self.ends)
    }

    /// Whether its last day, which the installation may have moved, is over in Rome.
    pub fn ended(&self, rules: &Rules, now: RomeTime) -> bool {
        self.last_day(rules).is_some_and(|last| now.date() > last)
    }

    /// A question.
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }
}
