//! How many submissions a second of CPU validates.

use serde_json::Value;

use crate::cpu_s;

const REPETITIONS: usize = 200_000;
/// Repetitions that tell how long one takes.
const FIRST: usize = 100;

/// The demo's forms with the samples of their submissions, largest last.
const FORMS: [(&str, &str, &str); 4] = [
    (
        "segnalazione",
        include_str!("../../demo/data/forms/segnalazione.json"),
        include_str!("../../demo/data/forms/segnalazione.sample.json"),
    ),
    (
        "occupazione-suolo-pubblico",
        include_str!("../../demo/data/forms/occupazione-suolo-pubblico.json"),
        include_str!("../../demo/data/forms/occupazione-suolo-pubblico.sample.json"),
    ),
    (
        "istanza-di-residenza",
        include_str!("../../demo/data/forms/istanza-di-residenza.json"),
        include_str!("../../demo/data/forms/istanza-di-residenza.sample.json"),
    ),
    (
        "iscrizione-asilo-nido",
        include_str!("../../demo/data/forms/iscrizione-asilo-nido.json"),
        include_str!("../../demo/data/forms/iscrizione-asilo-nido.sample.json"),
    ),
];

/// Runs it.
pub fn run() {
    for (name, definition, sample) in FORMS {
        let definition: Value = serde_json::from_str(definition).expect("the form is JSON");
        let sample: Value = serde_json::from_str(sample).expect("the sample is JSON");
        let form = forms::Form::compile(&definition, &|id| forms::builtin(id).cloned()).expect("the form compiles");
        let context = forms::Context::submit("2026-03-10T09:00:00+01:00".parse().expect("an instant"));
        let validate = || form.validate(sample.clone(), &context).expect("the sample is valid");
        let began = cpu_s();
        (0..FIRST).for_each(|_| drop(validate()));
        // A form with scripts of its own is a hundred times slower: as many repetitions as fit into some seconds.
        let repetitions = REPETITIONS.min((3.0 / ((cpu_s() - began) / FIRST as f64)) as usize);
        let began = cpu_s();
        (0..repetitions).for_each(|_| drop(validate()));
        let each = (cpu_s() - began) / repetitions as f64;
        let fields = form.schema().len();
        println!("{name}: {fields} fields, {:.0} submissions validated per CPU-second ({:.1} us each)", 1.0 / each, each * 1e6);
    }
}
