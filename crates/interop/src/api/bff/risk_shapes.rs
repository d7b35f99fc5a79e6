//! The questions of the risk analysis, as the web back end shows them.

use kernel::jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::risk_analysis::{Answer, MAX_TEXT, Question, RuleSet, Words, words};
use crate::rules::Rules;

/// In which language somebody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Italian.
    It,
    /// German.
    De,
    /// English.
    En,
}

/// A text in the languages of the public interface; German is for whoever asks for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocalizedText {
    it: &'static str,
    en: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    de: Option<&'static str>,
}

impl LocalizedText {
    fn of(name: &'static str, language: Option<Language>) -> Self {
        let Words { it, de, en } = words(name);
        Self { it, en, de: (language == Some(Language::De)).then_some(de) }
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

impl FormConfigQuestion {
    fn of(question: &Question, language: Option<Language>) -> Self {
        let (data_type, visual_type) = match question.answer {
            Answer::Text => ("FREETEXT", "text"),
            Answer::Many => ("MULTI", "checkbox"),
            // A question with one possible answer is a confirmation.
            Answer::One if question.values.len() == 1 => ("SINGLE", "switch"),
            Answer::One => ("SINGLE", "radio"),
        };
        let text = question.answer == Answer::Text;
        let options = question.values.iter().map(|value| LabeledValue { label: LocalizedText::of(value, language), value });
        Self {
            id: question.id,
            label: LocalizedText::of(question.id, language),
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
    /// A set, with the last day that the installation gives it, for whoever reads `language`.
    pub fn of(set: &RuleSet, rules: &Rules, language: Option<Language>) -> Self {
        let questions = set.questions.iter().map(|question| FormConfigQuestion::of(question, language)).collect();
        Self { version: set.version, questions, expiration: set.last_day(rules) }
    }
}
