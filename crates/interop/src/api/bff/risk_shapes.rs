//! The questions of the risk analysis, as the web back end shows them.

use kernel::jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::risk_analysis::{Answer, MAX_TEXT, Question, RuleSet, words};
use crate::rules::Rules;

/// A text in the languages that the pages ask for; the form of the platform is Italian in both.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocalizedText {
    it: &'static str,
    en: &'static str,
}

impl LocalizedText {
    fn of(name: &'static str) -> Self {
        Self { it: words(name), en: words(name) }
    }
}

/// An answer to another question that makes one asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RiskAnalysisDependency)]
pub struct Dependency {
    id: &'static str,
    value: &'static str,
}

/// A value to choose.
#[derive(Debug, Serialize, ToSchema)]
pub struct LabeledValue {
    label: LocalizedText,
    value: &'static str,
}

/// The bounds of an answer in words.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidationOption {
    max_length: usize,
}

/// A question.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FormConfigQuestion {
    id: &'static str,
    label: LocalizedText,
    /// `SINGLE`, `MULTI` or `FREETEXT`.
    data_type: &'static str,
    /// Always: of the questions that are asked all are answered.
    required: bool,
    dependencies: Vec<Dependency>,
    /// `text`, `radio`, `checkbox` or `switch`.
    visual_type: &'static str,
    default_value: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<ValidationOption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Vec<LabeledValue>>,
}

impl From<&Question> for FormConfigQuestion {
    fn from(question: &Question) -> Self {
        let (data_type, visual_type) = match question.answer {
            Answer::Text => ("FREETEXT", "text"),
            Answer::Many => ("MULTI", "checkbox"),
            // A question with one possible answer is a confirmation.
            Answer::One if question.values.len() == 1 => ("SINGLE", "switch"),
            Answer::One => ("SINGLE", "radio"),
        };
        let text = question.answer == Answer::Text;
        let options = question.values.iter().map(|value| LabeledValue { label: LocalizedText::of(value), value });
        Self {
            id: question.id,
            label: LocalizedText::of(question.id),
            data_type,
            required: true,
            dependencies: question.asked_when.iter().map(|(id, value)| Dependency { id, value }).collect(),
            visual_type,
            default_value: Vec::new(),
            validation: text.then_some(ValidationOption { max_length: MAX_TEXT }),
            options: (!text).then(|| options.collect()),
        }
    }
}

/// A set of questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct RiskAnalysisFormConfig {
    version: &'static str,
    questions: Vec<FormConfigQuestion>,
    /// Its last day, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    expiration: Option<Date>,
}

impl RiskAnalysisFormConfig {
    /// A set, with the last day that the installation gives it.
    pub fn of(set: &RuleSet, rules: &Rules) -> Self {
        let questions = set.questions.iter().map(FormConfigQuestion::from).collect();
        Self { version: set.version, questions, expiration: set.last_day(rules) }
    }
}
