//! The nested forms of the crate and the forms of the demo municipality: they compile, accept their samples, and say what they mean.

#![expect(clippy::unwrap_used, reason = "a test without its data has failed")]

use std::path::{Path, PathBuf};

use forms::{Context, Form, Submission};
use kernel::Money;
use serde_json::{Value, json};

const DEMO: [&str; 4] = ["occupazione-suolo-pubblico", "iscrizione-asilo-nido", "istanza-di-residenza", "segnalazione"];

fn demo_data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/data/forms")
}

fn read(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(demo_data().join(name)).unwrap()).unwrap()
}

fn compile(definition: &Value) -> Form {
    Form::compile(definition, &|id| forms::builtin(id).cloned()).unwrap()
}

fn demo(name: &str) -> (Form, Value) {
    (compile(&read(&format!("{name}.json"))), read(&format!("{name}.sample.json")))
}

fn submit() -> Context {
    Context::submit("2026-03-10T09:00:00+01:00".parse().unwrap())
}

fn accept(name: &str) -> (Form, Submission) {
    let (form, sample) = demo(name);
    let submission = form.validate(sample, &submit()).unwrap_or_else(|errors| panic!("{name}: {errors:#?}"));
    (form, submission)
}

#[test]
fn nested_forms_have_their_fixed_identifiers_and_keys() {
    let keys = |id: &str| compile(forms::builtin(id).unwrap()).schema().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys("5d5a66b7669977001b5b617b"), ["address", "house_number", "municipality", "county", "postal_code", "country"]);
    assert_eq!(keys("5d5a45a8669977001b5b6179"), ["natoAIl", "place_of_birth"]);
    assert_eq!(keys("5d7aa1b318fecd734051ae80"), ["fiscal_code"]);
    assert_eq!(keys("5d4d26ff9410f50010f30068"), ["name", "surname"]);
    assert_eq!(keys("5d5a41a4669977001b5b6177"), ["gender"]);
    let anagrafica = keys("anagrafica");
    assert_eq!(keys("5d7aa15b18fecd734051ae7f"), anagrafica);
    assert_eq!(anagrafica[..2], ["completename.data.name", "completename.data.surname"]);
    assert!(anagrafica.contains(&"Born.data.natoAIl".to_owned()) && anagrafica.contains(&"email_address".to_owned()));
    assert_eq!(keys("5e5e26ede170600020175850").last().unwrap(), "phone_number");
    assert_eq!(keys("605dd397a406c00020e9eef6").len(), 4);
    assert_eq!(forms::builtins().count(), 8);
}

#[test]
fn every_demo_form_accepts_its_sample_and_loses_only_the_button() {
    for name in DEMO {
        let (_, sample) = demo(name);
        let (form, submission) = accept(name);
        let mut expected = sample;
        expected.as_object_mut().unwrap().remove("submit");
        assert_eq!(submission.data, expected, "{name}");
        // What was accepted once is accepted again.
        assert_eq!(form.validate(submission.data.clone(), &submit()).unwrap().data, expected, "{name}");
    }
}

#[test]
fn the_known_answers_are_found() {
    let (_, submission) = accept("occupazione-suolo-pubblico");
    assert_eq!(submission.payment_amount(), Money::from_cents(2000).ok());
    let applicant = submission.applicant();
    assert_eq!(applicant.fiscal_code.as_deref(), Some("BNRMHL75C06G702B"));
    assert_eq!(applicant.address.postal_code.as_deref(), Some("67049"));
    assert_eq!(submission.files.len(), 1);
    let flat = submission.flat(&|id| format!("https://example.it/attachments/{id}"));
    assert_eq!(flat["applicant.data.Born.data.natoAIl"], "1975-03-06T00:00:00+01:00");
    let (_, residence) = accept("istanza-di-residenza");
    assert_eq!(residence.unique_id().as_deref(), Some("CLNVTR76P01G822Q"));
    assert_eq!(residence.related_cfs(), ["STFSMN79H57G702E", "CLNBRN12R02G843F"]);
    assert_eq!(residence.nested(&|_| String::new())["applicant"]["Born"]["natoAIl"], "1976-09-01T00:00:00+02:00");
    let (_, report) = accept("segnalazione");
    assert_eq!(report.subject(), Some("Segnalazione: Lampione spento in via Gramsci"));
}

#[test]
fn the_fee_follows_the_bracket_and_not_the_citizen() {
    let (form, sample) = demo("iscrizione-asilo-nido");
    for (bracket, cents) in [("fino_6000", 2500), ("oltre_35000", 16000), ("fino_20000", 8000)] {
        let mut data = sample.clone();
        data["fascia_isee"] = json!(bracket);
        data["payment_amount"] = json!("0,01");
        let submission = form.validate(data, &submit()).unwrap();
        assert_eq!(submission.payment_amount(), Money::from_cents(cents).ok(), "{bracket}");
    }
    let (form, sample) = demo("occupazione-suolo-pubblico");
    let mut data = sample;
    data["payment_amount"] = json!("0,01");
    assert_eq!(form.validate(data, &submit()).unwrap().payment_amount(), Money::from_cents(2000).ok());
}

#[test]
fn people_read_the_answers_in_form_order() {
    let (form, submission) = accept("iscrizione-asilo-nido");
    let sections = form.describe(&submission);
    let titles: Vec<_> = sections.iter().map(|section| section.title.as_str()).collect();
    assert_eq!(titles[..3], ["Richiedente", "Lavoro del richiedente", "Altro genitore"]);
    let rows: Vec<_> =
        sections.iter().flat_map(|section| &section.rows).map(|row| (row.label.as_str(), row.value.as_str())).collect();
    for expected in [
        ("Data di nascita", "06/03/1975"),
        ("Sesso", "Maschio"),
        ("Lavora su turni, anche di notte", "Sì"),
        ("Fratelli e sorelle 2 - Quale nido", "Nido Arcobaleno, via dei Pini"),
        ("Servizi aggiuntivi", "Entrata dalle 7:30, Mensa, Trasporto"),
        ("Quanto contano per la famiglia - Orario", "Abbastanza"),
        ("Da quando", "07/09/2026"),
        ("Attestazione ISEE", "isee.pdf"),
        ("Valore ISEE in euro", "16840,55"),
    ] {
        assert!(rows.contains(&expected), "{expected:?} in {rows:#?}");
    }
    assert!(rows.iter().all(|(label, value)| !label.is_empty() && !value.is_empty() && *label != "Quota di iscrizione"));
}

#[test]
fn labels_are_listed_in_order_of_appearance() {
    let (form, _) = demo("segnalazione");
    let labels: Vec<_> = form.labels().collect();
    assert_eq!(labels[..3], ["Segnalazione di un disservizio", "Chi segnala", "Nome e cognome"]);
    assert!(labels.contains(&"Illuminazione pubblica") && !labels.contains(&"Colonne") && !labels.contains(&"Oggetto"));
    assert_eq!(form.schema()["applicant.data.fiscal_code.data.fiscal_code"].label, "Codice fiscale");
}

/// Processor time that this thread has used, in nanoseconds (Linux, `schedstat(5)`): other work on the machine does not count.
fn processor_ns() -> u64 {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    line.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

/// Prints the processor time of one validation of each demo form, and of cloning and of parsing its submission for comparison. Run it
/// with `cargo test -p forms --release --test demo -- --ignored bench_largest --nocapture`.
#[test]
#[ignore = "a measurement"]
fn bench_largest() {
    for name in DEMO {
        let (form, sample) = demo(name);
        let (context, bytes) = (submit(), sample.to_string());
        let each = |rounds: u32, act: &dyn Fn()| {
            let started = processor_ns();
            (0..rounds).for_each(|_| act());
            (processor_ns() - started) as f64 / f64::from(rounds) / 1000.0
        };
        let rounds = if name == "istanza-di-residenza" { 500 } else { 20_000 };
        let clone = each(rounds, &|| drop(std::hint::black_box(sample.clone())));
        let parse = each(rounds, &|| drop(std::hint::black_box(serde_json::from_str::<Value>(&bytes))));
        let whole = each(rounds, &|| drop(std::hint::black_box(form.validate(sample.clone(), &context))));
        let (fields, size) = (form.schema().len(), bytes.len());
        println!(
            "{name}: {:.1} us a validation; clone {clone:.1} us, parse {parse:.1} us; {fields} fields, {size} bytes",
            whole - clone
        );
    }
}
