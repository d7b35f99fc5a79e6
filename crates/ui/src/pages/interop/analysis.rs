//! The risk analysis: the platform's questions as a form. An answer may make further questions asked: without a script they come with
//! the next page, so that "save and go on" shows what is still open, and the step is done when nothing is.

use std::collections::BTreeMap;

use axum::extract::{Path, Query};
use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

use super::desk::{Asked, Desk, Wish, wrong};
use super::draft;
use super::purpose_form;
use super::request::section;
use super::words;
use crate::clients::interop::{Analysis, Choice, Interop, OwnAnalysis, Purpose, Question, Questions, Version, one};
use crate::clients::{ClientError, segment};
use crate::errors::PageError;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::sheet::{Button, Cell, Command, Facts, Field, Form, Part, Table};
use crate::visit::Visit;

type Answers = BTreeMap<String, Vec<String>>;
type Address = (String, String, String);
type OfVersion = (String, String, String, String);
type OfAnalysis = (String, String, String, String, String);

/// Answers in the shape of the platform.
pub fn answers(version: &str, answers: &Answers) -> Value {
    json!({ "version": version, "answers": answers })
}

/// Whether a question is asked after these answers: everything that it depends on is answered so.
fn asked(question: &Question, answers: &Answers) -> bool {
    let holds = |id: &str, value: &str| answers.get(id).is_some_and(|given| given.iter().any(|known| known == value));
    question.dependencies.iter().all(|dependency| holds(&dependency.id, &dependency.value))
}

/// The answers to questions that are asked: what follows from an answer that was changed is no answer any more.
fn pruned(questions: &Questions, given: &Answers) -> Answers {
    let mut kept = Answers::new();
    for question in &questions.questions {
        let values: Vec<String> =
            given.get(&question.id).into_iter().flatten().filter(|value| !value.is_empty()).cloned().collect();
        if !values.is_empty() {
            kept.insert(question.id.clone(), values);
        }
    }
    // Each answer that goes may take others with it.
    loop {
        let left: Answers = kept
            .iter()
            .filter(|(id, _)| questions.questions.iter().any(|question| question.id == **id && asked(question, &kept)))
            .map(|(id, values)| (id.clone(), values.clone()))
            .collect();
        if left.len() == kept.len() {
            return left;
        }
        kept = left;
    }
}

/// The questions that are asked and have no answer.
fn open<'a>(questions: &'a Questions, answers: &Answers) -> Vec<&'a Question> {
    questions.questions.iter().filter(|question| asked(question, answers) && !answers.contains_key(&question.id)).collect()
}

/// The name of a question's field.
fn name(question: &Question) -> String {
    format!("q-{}", question.id)
}

fn fields(desk: &Desk<'_>, questions: &Questions, answers: &Answers) -> Vec<Field> {
    let (t, locale) = (desk.t, desk.visit.locale);
    let field = |question: &Question| {
        let values = answers.get(&question.id).cloned().unwrap_or_default();
        let option = |choice: &Choice| (choice.value.clone(), choice.label.read(locale).0.to_owned());
        let options = question.options.iter().map(option).collect();
        let kind = match question.visual_type.as_str() {
            "radio" => "radio",
            "checkbox" => "checks",
            "switch" => "check",
            _ => "area",
        };
        let hint = question.validation.map(|bounds| t.interop_at_most(bounds.max_length)).unwrap_or_default();
        let (label, lang) = question.label.read(locale);
        let label = if label.is_empty() { question.id.as_str() } else { label };
        Field { values, lang, ..Field::new(kind, &name(question), label).options(options).hint(hint) }
    };
    questions.questions.iter().filter(|question| asked(question, answers)).map(field).collect()
}

fn posted_answers(posted: &Posted, questions: &Questions) -> Answers {
    let of = |question: &Question| (question.id.clone(), posted.all(&name(question)).map(str::to_owned).collect());
    pruned(questions, &questions.questions.iter().map(of).collect())
}

/// The answers in words, for whoever reads an analysis.
pub fn told(desk: &Desk<'_>, questions: &Questions, analysis: &Analysis) -> Facts {
    let (t, locale) = (desk.t, desk.visit.locale);
    let words = |question: &Question, value: &String| {
        let choice = question.options.iter().find(|choice| choice.value == *value);
        let confirmed = value == "true";
        let read = |choice: &Choice| if confirmed { t.answer_yes } else { choice.label.read(locale).0 }.to_owned();
        choice.map_or_else(|| value.clone(), read)
    };
    let rows = questions.questions.iter().filter_map(|question| {
        let given = analysis.answers.get(&question.id)?;
        let given: Vec<_> = given.iter().map(|value| words(question, value)).collect();
        Some((question.label.read(locale).0.to_owned(), Cell::text(given.join("\n"))))
    });
    Facts { id: "analysis", title: t.interop_analysis.into(), rows: rows.collect() }
}

/// The questions of a version, or the newest ones when there are no answers yet or theirs are over.
pub async fn questions(client: &Interop, eservice: &str, analysis: Option<&Analysis>) -> Result<Questions, ClientError> {
    if let Some(analysis) = analysis {
        match client.questions_of(&analysis.version, eservice).await {
            Err(error) if error.is_missing() => {}
            found => return found,
        }
    }
    client.questions().await
}

/// The form of a purpose.
pub async fn of_purpose(visit: Visit, Path((_, _, id)): Path<Address>, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, "/finalita")?.only(&["admin"])?;
    let client = desk.client();
    let purpose: Purpose = client.get(&one("/purposes", &id)).await?;
    let questions = client.questions().await?;
    let given = purpose.risk_analysis_form.as_ref().map(|form| pruned(&questions, &form.answers)).unwrap_or_default();
    purpose_page(&desk, &purpose, &questions, &given, &wish, Vec::new())
}

fn purpose_page(
    desk: &Desk<'_>,
    purpose: &Purpose,
    questions: &Questions,
    given: &Answers,
    wish: &Wish,
    errors: Vec<Invalid>,
) -> Result<Response, PageError> {
    let t = desk.t;
    if purpose.current_version.as_ref().is_none_or(|version| version.state != "DRAFT") {
        return Err(PageError::NotFound);
    }
    let mut s = desk.sheet(&purpose.title);
    s.badge = Some(words::state(t, "DRAFT"));
    s.errors = errors;
    purpose_form::steps(desk, &mut s, &purpose.id, "/analisi");
    s.parts.push(section("analysis", t.interop_analysis, t.interop_analysis_lead, vec![form(desk, questions, given)]));
    Ok(desk.show(s, &wish.done))
}

fn form(desk: &Desk<'_>, questions: &Questions, given: &Answers) -> Form {
    let t = desk.t;
    let shown = questions.questions.iter().filter(|question| asked(question, given));
    let mut all: Vec<Field> = shown.map(|question| Field::new("hidden", "shown", "").value(&question.id)).collect();
    all.extend(fields(desk, questions, given));
    let mut form = Form::new(desk.here(), "next", t.interop_save_and_go_on, all);
    form.buttons.push(Button { word: "draft", label: t.interop_save_draft, style: "btn-outline-primary" });
    form
}

/// Saves the answers. Goes on when nothing is open; otherwise says what is, unless it was only to be saved.
pub async fn save_of_purpose(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, "/finalita")?.only(&["admin"])?;
    let client = desk.client();
    let purpose: Purpose = client.get(&one("/purposes", &id)).await?;
    let questions = client.questions().await?;
    let given = posted_answers(&posted, &questions);
    let load = purpose.current_version.clone().unwrap_or_default();
    let seed = json!({
        "title": purpose.title, "description": purpose.description, "isFreeOfCharge": purpose.is_free_of_charge,
        "freeOfChargeReason": purpose.free_of_charge_reason, "dailyCalls": load.daily_calls,
        "riskAnalysisForm": answers(&questions.version, &given),
    });
    let saved = client.post::<Value>(&one("/purposes", &id), &seed).await;
    let here = format!("/finalita/{}", segment(&id));
    if let Err(error) = saved {
        let errors = told_of_questions(error, &questions)?;
        return purpose_page(&desk, &purpose, &questions, &given, &Wish::default(), errors);
    }
    let missing = missing(desk.t, &posted, &questions, &given);
    match posted.text("command") {
        "draft" => Ok(desk.go(&here, "saved")),
        _ if open(&questions, &given).is_empty() => Ok(desk.go(&here, "saved")),
        // New questions have come with these answers: none was left out, so nothing is wrong yet.
        _ => {
            let done = if missing.is_empty() { "saved" } else { "" };
            let wish = Wish { done: done.to_owned(), ..Wish::default() };
            purpose_page(&desk, &purpose, &questions, &given, &wish, missing)
        }
    }
}

/// The questions that were on the page, or would have been, and got no answer.
fn missing(t: &'static Messages, posted: &Posted, questions: &Questions, given: &Answers) -> Vec<Invalid> {
    let shown: Vec<String> = posted.all("shown").map(str::to_owned).collect();
    let was_shown = |question: &Question| shown.is_empty() || shown.contains(&question.id);
    let open = open(questions, given);
    open.into_iter()
        .filter(|question| was_shown(question))
        .map(|question| Invalid::new(&name(question), t.interop_answer))
        .collect()
}

/// What the platform found wrong with answers, each beside its question if it names one.
fn told_of_questions(error: ClientError, questions: &Questions) -> Result<Vec<Invalid>, PageError> {
    let names: Vec<(String, String)> = questions.questions.iter().map(|question| (question.id.clone(), name(question))).collect();
    let names: Vec<(&str, &str)> = names.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    let first = names.first().map_or("", |(_, name)| name);
    wrong(error, &names, first)
}

fn at(eservice: &str, version: &str) -> String {
    format!("/e-service/{}/{}/analisi", segment(eservice), segment(version))
}

/// The analyses of an e-service that receives: its consumers take one of them over.
pub async fn list(
    visit: Visit,
    Path((_, _, eservice, version)): Path<OfVersion>,
    Query(wish): Asked,
) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, "/e-service")?.only(&["admin", "api"])?;
    list_page(&desk, (&eservice, &version), "", &wish, Vec::new()).await
}

async fn list_page(
    desk: &Desk<'_>,
    (eservice, version): (&str, &str),
    typed: &str,
    wish: &Wish,
    errors: Vec<Invalid>,
) -> Result<Response, PageError> {
    let t = desk.t;
    let shown: Version = draft::version(desk, eservice, version).await?;
    let mut s = desk.sheet(&shown.eservice.name);
    draft::steps(desk, &mut s, &shown, "/analisi");
    s.errors = errors;
    let row = |analysis: &OwnAnalysis| {
        let href = desk.href(&format!("{}/{}", at(eservice, version), segment(&analysis.id)));
        let remove = Command {
            action: desk.here(),
            word: "remove",
            label: t.interop_remove,
            about: analysis.name.clone(),
            target: analysis.id.clone(),
        };
        vec![Cell::link(href, &analysis.name), Cell::commands(vec![remove])]
    };
    s.parts.push(Part::Table(Table {
        id: "analyses",
        title: t.interop_analyses.into(),
        lead: t.interop_analyses_lead.into(),
        head: vec![t.interop_name, t.interop_act],
        rows: shown.eservice.risk_analysis.iter().map(row).collect(),
        empty: t.interop_analyses_none,
        pager: None,
    }));
    let field = Field::new("text", "name", t.interop_analysis_name).hint(t.interop_5_to_60).value(typed);
    s.parts.push(section(
        "new",
        t.interop_analysis_new,
        "",
        vec![Form::new(desk.here(), "add", t.interop_save_and_go_on, vec![field])],
    ));
    Ok(desk.show(s, &wish.done))
}

/// Begins an analysis, or takes one away.
pub async fn add(Path((_, _, eservice, version)): Path<OfVersion>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, "/e-service")?.only(&["admin", "api"])?;
    let (client, path) = (desk.client(), format!("{}/riskAnalysis", one("/eservices", &eservice)));
    let name = posted.text("name");
    let done = if posted.text("command") == "remove" {
        client.tell(Method::DELETE, &one(&path, posted.text("target")), &Value::Null).await
    } else {
        let questions = client.questions().await?;
        let seed = json!({ "name": name, "riskAnalysisForm": answers(&questions.version, &Answers::new()) });
        client.tell(Method::POST, &path, &seed).await
    };
    match done {
        Ok(()) => Ok(desk.go(&at(&eservice, &version), "saved")),
        Err(error) => list_page(&desk, (&eservice, &version), name, &Wish::default(), wrong(error, &[], "name")?).await,
    }
}

/// The form of an analysis of the producer.
pub async fn show(
    visit: Visit,
    Path((_, _, eservice, version, id)): Path<OfAnalysis>,
    Query(wish): Asked,
) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, "/e-service")?.only(&["admin", "api"])?;
    let (shown, analysis) = own(&desk, &eservice, &version, &id).await?;
    let questions = desk.client().questions().await?;
    let given = pruned(&questions, &analysis.risk_analysis_form.answers);
    Ok(own_page(&desk, &shown, &analysis, &questions, &given, &wish, Vec::new()))
}

async fn own(desk: &Desk<'_>, eservice: &str, version: &str, id: &str) -> Result<(Version, OwnAnalysis), PageError> {
    let shown = draft::version(desk, eservice, version).await?;
    let analysis = shown.eservice.risk_analysis.iter().find(|analysis| analysis.id == id).cloned();
    Ok((shown, analysis.ok_or(PageError::NotFound)?))
}

fn own_page(
    desk: &Desk<'_>,
    shown: &Version,
    analysis: &OwnAnalysis,
    questions: &Questions,
    given: &Answers,
    wish: &Wish,
    errors: Vec<Invalid>,
) -> Response {
    let mut s = desk.sheet(&analysis.name);
    draft::steps(desk, &mut s, shown, "/analisi");
    s.errors = errors;
    s.parts.push(section("analysis", desk.t.interop_analysis, desk.t.interop_analysis_lead, vec![form(desk, questions, given)]));
    desk.show(s, &wish.done)
}

/// Saves an analysis of the producer.
pub async fn save(Path((_, _, eservice, version, id)): Path<OfAnalysis>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, "/e-service")?.only(&["admin", "api"])?;
    let (client, (shown, analysis)) = (desk.client(), own(&desk, &eservice, &version, &id).await?);
    let questions = client.questions().await?;
    let given = posted_answers(&posted, &questions);
    let seed = json!({ "name": analysis.name, "riskAnalysisForm": answers(&questions.version, &given) });
    let path = format!("{}/riskAnalysis/{}", one("/eservices", &eservice), segment(&id));
    if let Err(error) = client.tell(Method::POST, &path, &seed).await {
        let errors = told_of_questions(error, &questions)?;
        return Ok(own_page(&desk, &shown, &analysis, &questions, &given, &Wish::default(), errors));
    }
    if posted.text("command") == "draft" || open(&questions, &given).is_empty() {
        return Ok(desk.go(&at(&eservice, &version), "saved"));
    }
    let missing = missing(desk.t, &posted, &questions, &given);
    let done = if missing.is_empty() { "saved" } else { "" };
    let wish = Wish { done: done.to_owned(), ..Wish::default() };
    Ok(own_page(&desk, &shown, &analysis, &questions, &given, &wish, missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions() -> Questions {
        let question = |id: &str, on: &[(&str, &str)]| Question {
            id: id.into(),
            dependencies: on
                .iter()
                .map(|(id, value)| crate::clients::interop::Dependency { id: (*id).into(), value: (*value).into() })
                .collect(),
            ..Question::default()
        };
        let questions = vec![question("a", &[]), question("b", &[("a", "YES")]), question("c", &[("a", "YES"), ("b", "X")])];
        Questions { version: "1".into(), questions }
    }

    fn given(pairs: &[(&str, &str)]) -> Answers {
        pairs.iter().map(|(id, value)| ((*id).to_owned(), vec![(*value).to_owned()])).collect()
    }

    #[test]
    fn a_question_is_asked_when_all_that_it_depends_on_is_answered_so() {
        let ids = |answers: &Answers| open(&questions(), answers).iter().map(|question| question.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&given(&[])), ["a"]);
        assert_eq!(ids(&given(&[("a", "YES")])), ["b"]);
        assert_eq!(ids(&given(&[("a", "YES"), ("b", "X")])), ["c"]);
        assert!(ids(&given(&[("a", "NO")])).is_empty());
    }

    #[test]
    fn answers_to_questions_that_are_not_asked_any_more_go() {
        let all = given(&[("a", "NO"), ("b", "X"), ("c", "y")]);
        assert_eq!(pruned(&questions(), &all), given(&[("a", "NO")]));
        let all = given(&[("a", "YES"), ("b", ""), ("c", "y")]);
        assert_eq!(pruned(&questions(), &all), given(&[("a", "YES")]));
    }
}
