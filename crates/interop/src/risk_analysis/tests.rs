//! The sets of section 1.7 and their properties.

use indexmap::IndexMap;
use proptest::prelude::*;

use super::*;
use crate::rules::Profile;

const TODAY: &str = "2026-03-02T09:00:00Z";

fn now(text: &str) -> RomeTime {
    serde_json::from_value(text.into()).unwrap()
}

fn form(version: &str, answers: &[(&str, &str)]) -> Form {
    let mut form = Form { version: version.into(), answers: IndexMap::new() };
    for (id, answer) in answers {
        form.answers.entry((*id).to_owned()).or_default().push((*answer).to_owned());
    }
    form
}

fn names(form: &Form, kind: TenantKind, depth: Depth, personal_data: Option<bool>) -> Vec<&'static str> {
    let issues = check(form, kind, depth, personal_data, &Rules::of(Profile::Guide), now(TODAY));
    issues.iter().map(Issue::name).collect()
}

/// The shortest complete analysis of a public body that uses no personal data.
fn plain() -> Form {
    form(
        "3.1",
        &[
            ("purpose", "INSTITUTIONAL"),
            ("institutionalPurpose", "Verifica dei requisiti"),
            ("usesPersonalData", "NO"),
            ("usesThirdPartyPersonalData", "NO"),
            ("isRequestOnBehalfOfThirdParties", "NO"),
        ],
    )
}

#[test]
fn p2_every_set_has_the_questions_of_its_version() {
    let counts: Vec<_> = RuleSet::all().iter().map(|set| (set.family, set.version, set.questions.len())).collect();
    let expected = [
        ("PA", "1.0", 20),
        ("PA", "2.0", 26),
        ("PA", "3.0", 27),
        ("PA", "3.1", 33),
        ("PRIVATE", "1.0", 31),
        ("PRIVATE", "2.0", 32),
    ];
    assert_eq!(counts, expected);
    for set in RuleSet::all() {
        for question in &set.questions {
            assert_eq!(question.values.is_empty(), question.answer == Answer::Text, "{} {}", set.version, question.id);
            for (other, value) in &question.asked_when {
                let other = set.question(other).unwrap_or_else(|| panic!("{}: {other}", question.id));
                assert!(other.values.contains(value), "{}: {value}", question.id);
            }
        }
    }
}

#[test]
fn p2_the_private_form_is_the_public_one_without_third_parties_and_with_legitimate_interest() {
    let (public, private) = (RuleSet::newest(TenantKind::Pa), RuleSet::newest(TenantKind::Private));
    let ids = |set: &RuleSet| set.questions.iter().map(|question| question.id).collect::<Vec<_>>();
    let only = |one: &RuleSet, other: &RuleSet| ids(one).into_iter().filter(|id| !ids(other).contains(id)).collect::<Vec<_>>();
    assert_eq!(only(public, private), ["isRequestOnBehalfOfThirdParties", "thirdPartiesRequestDataUsage"]);
    assert_eq!(only(private, public), ["legitimateInterestReference"]);
    assert!(private.question("legalBasis").unwrap().values.contains(&"LEGITIMATE_INTEREST"));
    for kind in [TenantKind::Gsp, TenantKind::Scp, TenantKind::Private] {
        assert_eq!(RuleSet::newest(kind), private);
    }
}

#[test]
fn p2_unknown_and_ended_versions_are_refused() {
    assert_eq!(names(&form("9.9", &[]), TenantKind::Pa, Depth::Schema, None), ["rulesVersionNotFoundError"]);
    assert_eq!(names(&form("3.1", &[]), TenantKind::Private, Depth::Schema, None), ["rulesVersionNotFoundError"]);
    let old = form("3.0", &[("purpose", "OTHER")]);
    let at = |instant: &str, rules: &Rules| {
        check(&old, TenantKind::Pa, Depth::Schema, None, rules, now(instant)).iter().map(Issue::name).collect::<Vec<_>>()
    };
    let rules = Rules::of(Profile::Guide);
    assert_eq!(at("2026-02-15T22:59:59Z", &rules), [""; 0], "the last minute of the last day in Rome");
    assert_eq!(at("2026-02-15T23:00:00Z", &rules), ["expiredRulesVersionError"]);
    let longer = Rules { risk_analysis_ends: "PA 3.0=2026-12-31".parse().unwrap(), ..rules };
    assert_eq!(at("2026-12-31T22:59:59Z", &longer), [""; 0]);
    assert_eq!(at("2026-12-31T23:00:00Z", &longer), ["expiredRulesVersionError"]);
}

#[test]
fn p2_questions_are_answered_exactly_when_they_are_asked() {
    let issues = |form: &Form| names(form, TenantKind::Pa, Depth::Whole, None);
    assert_eq!(issues(&plain()), [""; 0]);
    let mut without = plain();
    without.answers.shift_remove("institutionalPurpose");
    assert_eq!(issues(&without), ["missingExpectedFieldError"]);
    let mut other = plain();
    other.answers.insert("otherPurpose".into(), vec!["Altro".into()]);
    assert_eq!(issues(&other), ["unexpectedDependencyValueError"]);
    let mut unasked = plain();
    unasked.answers.insert("ruleOfLawText".into(), vec!["Legge".into()]);
    assert_eq!(issues(&unasked), ["unexpectedDependencyValueError", "dependencyNotFoundError", "dependencyNotFoundError"]);
}

#[test]
fn p2_answers_are_among_the_values_and_texts_are_short() {
    let issues = |id: &str, answers: &[&str]| {
        let mut form = plain();
        form.answers.insert(id.into(), answers.iter().map(|answer| (*answer).to_owned()).collect());
        names(&form, TenantKind::Pa, Depth::Schema, None)
    };
    assert_eq!(issues("purpose", &["institutional"]), ["unexpectedFieldValueError"]);
    assert_eq!(issues("legalBasis", &["CONSENT", "LUCK", "LEGITIMATE_INTEREST"]), ["unexpectedFieldValueError"; 2]);
    assert_eq!(issues("whim", &["YES"]), ["unexpectedFieldError"]);
    assert_eq!(issues("whim", &[]), [""; 0], "an empty answer is none");
    assert_eq!(issues("institutionalPurpose", &[&"è".repeat(2000)]), [""; 0]);
    assert_eq!(issues("institutionalPurpose", &[&"è".repeat(2001)]), ["unexpectedFieldFormatError"]);
}

#[test]
fn p2_a_draft_may_be_incomplete() {
    let started = form("3.1", &[("otherPurpose", "Altro"), ("dataQuantity", "QUANTITY_0_TO_100")]);
    assert_eq!(names(&started, TenantKind::Pa, Depth::Schema, None), [""; 0]);
    assert_ne!(names(&started, TenantKind::Pa, Depth::Whole, None), [""; 0]);
}

#[test]
fn p2_personal_data_agree_with_the_e_service_in_the_newest_versions() {
    let issues = |personal_data| names(&plain(), TenantKind::Pa, Depth::Whole, personal_data);
    assert_eq!(issues(Some(false)), [""; 0]);
    assert_eq!(issues(None), [""; 0]);
    assert_eq!(issues(Some(true)), ["incompatiblePersonalDataError"]);
}

#[test]
fn what_is_told_fits_one_line_of_the_schema() {
    let issues: Vec<_> = (0..200).map(|number| Issue::UnexpectedField(format!("campo{number}"))).collect();
    let line = told(&issues);
    assert!(line.chars().count() <= 1024 && line.starts_with("campo0: domanda non prevista; campo1"));
}

proptest! {
    /// Whoever answers every question that is asked, as long as one is asked, has a complete form; and a form without one of these
    /// answers is not complete.
    #[test]
    fn p2_answering_what_is_asked_completes_every_set(which in 0..RuleSet::all().len(), picks in prop::collection::vec(0_usize..100, 64), dropped in 0_usize..64) {
        let set = &RuleSet::all()[which];
        let mut answers: IndexMap<String, Vec<String>> = IndexMap::new();
        // Those that depend on others stand after them, so one walk asks everything.
        for (question, pick) in set.questions.iter().zip(&picks) {
            let given: IndexMap<&str, &[String]> = answers.iter().map(|(id, given)| (id.as_str(), &given[..])).collect();
            if !is_asked(question, &given) {
                continue;
            }
            let answer = question.values.get(pick % question.values.len().max(1)).copied().unwrap_or("parole");
            answers.insert(question.id.to_owned(), vec![answer.to_owned()]);
        }
        let kind = if set.family == "PA" { TenantKind::Pa } else { TenantKind::Gsp };
        let far = Rules { risk_analysis_ends: format!("{} {}=2100-01-01", set.family, set.version).parse().unwrap(), ..Rules::of(Profile::Guide) };
        let issues = |answers: &IndexMap<String, Vec<String>>| {
            let form = Form { version: set.version.into(), answers: answers.clone() };
            check(&form, kind, Depth::Whole, None, &far, now(TODAY))
        };
        prop_assert_eq!(issues(&answers), vec![]);
        let mut less = answers.clone();
        less.shift_remove_index(dropped % answers.len());
        prop_assert_ne!(issues(&less), vec![]);
    }
}
