//! The risk analysis of a purpose: a form whose questions depend on each other, in versions for public bodies and for the others.

mod labels;
mod rules;

use std::fmt;

use indexmap::IndexMap;
use kernel::RomeTime;
use serde::{Deserialize, Serialize};

pub use labels::{Words, words};
pub use rules::{Answer, MAX_TEXT, Question, RuleSet, family};

use crate::attributes::tenant::TenantKind;
use crate::rules::Rules;

/// A filled form: answers in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Version of the questions.
    pub version: String,
    /// Answers by question.
    pub answers: IndexMap<String, Vec<String>>,
}

/// What is wrong with a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issue {
    /// There is no such version for this kind of body.
    RulesVersionNotFound(String),
    /// The version's last day is over.
    ExpiredRulesVersion(String),
    /// There is no such question.
    UnexpectedField(String),
    /// Not one of the question's values.
    UnexpectedFieldValue(String),
    /// A text that is too long.
    UnexpectedFieldFormat(String),
    /// A question is answered that is asked only when another one, which is not, is answered.
    DependencyNotFound(String, &'static str),
    /// A question is answered that is asked only when another one is answered otherwise.
    UnexpectedDependencyValue(String, &'static str),
    /// A question that is asked is not answered.
    MissingExpectedField(&'static str),
    /// The form and the e-service disagree about personal data.
    IncompatiblePersonalData,
}

impl Issue {
    /// The name of this kind of issue.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RulesVersionNotFound(_) => "rulesVersionNotFoundError",
            Self::ExpiredRulesVersion(_) => "expiredRulesVersionError",
            Self::UnexpectedField(_) => "unexpectedFieldError",
            Self::UnexpectedFieldValue(_) => "unexpectedFieldValueError",
            Self::UnexpectedFieldFormat(_) => "unexpectedFieldFormatError",
            Self::DependencyNotFound(..) => "dependencyNotFoundError",
            Self::UnexpectedDependencyValue(..) => "unexpectedDependencyValueError",
            Self::MissingExpectedField(_) => "missingExpectedFieldError",
            Self::IncompatiblePersonalData => "incompatiblePersonalDataError",
        }
    }
}

/// In words, for whoever filled the form.
impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RulesVersionNotFound(version) => write!(f, "la versione {version} non esiste"),
            Self::ExpiredRulesVersion(version) => write!(f, "la versione {version} non è più ammessa"),
            Self::UnexpectedField(id) => write!(f, "{id}: domanda non prevista"),
            Self::UnexpectedFieldValue(id) => write!(f, "{id}: risposta non prevista"),
            Self::UnexpectedFieldFormat(id) => write!(f, "{id}: al massimo {MAX_TEXT} caratteri"),
            Self::DependencyNotFound(id, other) => write!(f, "{id}: da compilare solo dopo {other}"),
            Self::UnexpectedDependencyValue(id, other) => write!(f, "{id}: non prevista con la risposta data a {other}"),
            Self::MissingExpectedField(id) => write!(f, "{id}: risposta mancante"),
            Self::IncompatiblePersonalData => f.write_str("usesPersonalData: l'e-service dichiara il contrario"),
        }
    }
}

/// Every issue in one line.
pub fn told(issues: &[Issue]) -> String {
    let mut line = issues.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    if let Some((end, _)) = line.char_indices().nth(1000) {
        line.truncate(end);
        line.push_str("...");
    }
    line
}

/// What is wrong with a draft: only answers that could never be right.
pub fn well_formed(form: &Form, kind: TenantKind, personal_data: Option<bool>, rules: &Rules, now: RomeTime) -> Vec<Issue> {
    check(form, kind, Depth::Schema, personal_data, rules, now)
}

/// What is wrong with a form as it is submitted: it is complete, in the newest version or in an older one whose last day is to come.
pub fn complete(form: &Form, kind: TenantKind, personal_data: Option<bool>, rules: &Rules, now: RomeTime) -> Vec<Issue> {
    check(form, kind, Depth::Whole, personal_data, rules, now)
}

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Whether questions and values exist.
    Schema,
    /// Also whether the right questions are answered.
    Whole,
}

/// Everything that is wrong with a form of any version: first answer by answer, then what is missing, in the order of the questions.
pub fn check(
    form: &Form,
    kind: TenantKind,
    depth: Depth,
    personal_data: Option<bool>,
    rules: &Rules,
    now: RomeTime,
) -> Vec<Issue> {
    let Some(set) = RuleSet::find(kind, &form.version) else {
        return vec![Issue::RulesVersionNotFound(form.version.clone())];
    };
    if set.ended(rules, now) {
        return vec![Issue::ExpiredRulesVersion(form.version.clone())];
    }
    // An empty answer is none.
    let answers: IndexMap<&str, &[String]> =
        form.answers.iter().filter(|(_, given)| !given.is_empty()).map(|(id, given)| (id.as_str(), &given[..])).collect();
    let mut issues: Vec<Issue> = answers.iter().flat_map(|(id, given)| check_answer(set, id, given, depth, &answers)).collect();
    if depth == Depth::Whole {
        let missing = set.questions.iter().filter(|question| is_asked(question, &answers) && !answers.contains_key(question.id));
        issues.extend(missing.map(|question| Issue::MissingExpectedField(question.id)));
    }
    if issues.is_empty() && set.compares_personal_data {
        let says = answers.get("usesPersonalData").map(|given| given[0] == "YES");
        if personal_data.is_some() && says != personal_data {
            issues.push(Issue::IncompatiblePersonalData);
        }
    }
    issues
}

fn check_answer(set: &RuleSet, id: &str, given: &[String], depth: Depth, answers: &IndexMap<&str, &[String]>) -> Vec<Issue> {
    let Some(question) = set.question(id) else { return vec![Issue::UnexpectedField(id.to_owned())] };
    let wrong = |answer: &&String| match question.answer {
        Answer::Text => answer.chars().count() > MAX_TEXT,
        Answer::One | Answer::Many => !question.values.contains(&answer.as_str()),
    };
    let issue = |_| match question.answer {
        Answer::Text => Issue::UnexpectedFieldFormat(id.to_owned()),
        Answer::One | Answer::Many => Issue::UnexpectedFieldValue(id.to_owned()),
    };
    let mut issues: Vec<Issue> = given.iter().filter(wrong).map(issue).collect();
    if depth == Depth::Whole {
        issues.extend(question.asked_when.iter().filter_map(|(other, value)| match answers.get(other) {
            None => Some(Issue::DependencyNotFound(id.to_owned(), other)),
            Some(given) if !given.iter().any(|answer| answer == value) => {
                Some(Issue::UnexpectedDependencyValue(id.to_owned(), other))
            }
            Some(_) => None,
        }));
    }
    issues
}

fn is_asked(question: &Question, answers: &IndexMap<&str, &[String]>) -> bool {
    let answered =
        |(other, value): &(&str, &str)| answers.get(other).is_some_and(|given| given.iter().any(|answer| answer == value));
    question.asked_when.iter().all(answered)
}

#[cfg(test)]
mod tests;
