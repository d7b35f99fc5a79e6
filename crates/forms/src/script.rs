//! Scripts of a form and the sandbox they run in: QuickJS with the language and nothing else, 16 MB, and fuel for about 50 ms.
//!
//! Every validation that needs the engine gets one of its own and throws it away: no script can leave anything behind for the next
//! citizen, the next form or the next body. Most scripts never get here: `expression.rs` runs them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use kernel::RomeTime;
use rquickjs::function::Func;
use rquickjs::{Context, Ctx, Error, Function, Object, Persistent, Runtime};
use serde_json::{Value, json};

use crate::expression::{Expression, Resolve};
use crate::model::Step;

/// Memory of one engine, in bytes.
const MEMORY: usize = 16 << 20;
/// Stack of one engine, in bytes.
const STACK: usize = 256 << 10;
/// Time that the scripts of one validation may take together.
const TIME: Duration = Duration::from_millis(50);
/// The engine looks at the clock every 10,000 jumps and calls. A script that did fewer than this many looks within [`TIME`] was held
/// up by the machine and not by itself: it may go on until [`STALLED`].
const LOOKS: u32 = 20;
const STALLED: Duration = Duration::from_secs(1);

const PRELUDE: &str = include_str!("script/prelude.js");
const LODASH: &str = include_str!("script/lodash.js");
const MOMENT: &str = include_str!("script/moment.js");

/// A script of a form.
#[derive(Debug)]
pub(crate) struct Script {
    source: Box<str>,
    /// The variable that carries the result: `show`, `value`, `valid` or `result`.
    variable: &'static str,
    /// The same script for our own evaluator, when it is simple enough.
    pub(crate) native: Option<Expression>,
    /// The component's definition, as scripts see it.
    component: Value,
}

/// Libraries that a form's scripts mention.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Libraries {
    lodash: bool,
    moment: bool,
}

/// Where a script runs and what it is told.
pub(crate) struct Call<'c> {
    /// The way to the data of the component's form, and to the object around the component.
    pub(crate) form: &'c [Step<'c>],
    pub(crate) row: &'c [Step<'c>],
    pub(crate) index: Option<usize>,
    /// `value` before the script, and the citizen's input.
    pub(crate) value: Option<&'c Value>,
    pub(crate) input: Option<&'c Value>,
    /// The trigger's result, for the actions of `logic[]`.
    pub(crate) result: Option<&'c Value>,
}

/// Why a script gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It threw an exception.
    Threw,
    /// It used up the time or the memory of the validation. No other script runs after it.
    Exhausted,
}

impl Script {
    /// A script that assigns `variable`, found in `component`.
    pub(crate) fn new(source: &str, variable: &'static str, component: &Value, resolve: &Resolve<'_>) -> Self {
        let mut component = component.clone();
        if let Some(members) = component.as_object_mut() {
            members.retain(|key, _| !matches!(key.as_str(), "components" | "columns" | "rows" | "data" | "values"));
        }
        let native = Expression::parse(source, variable, resolve);
        Self { source: source.into(), variable, native, component }
    }

    /// Whether the result is a value of the component and not a verdict about it.
    pub(crate) fn assigns_value(&self) -> bool {
        self.variable == "value"
    }

    /// Whether it is JavaScript, or why not.
    pub(crate) fn check(&self, engine: &Engine) -> Result<(), String> {
        engine.check(&self.source)
    }
}

impl Libraries {
    /// Notes what `source` uses.
    pub(crate) fn note(&mut self, source: &str) {
        let name = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$' | '.');
        // `_` alone, not a part of `fiscal_code`.
        self.lodash |= source.split(|character| !name(character)).any(|word| word == "_" || word.starts_with("_."));
        self.moment |= source.contains("moment");
    }
}

/// A running sandbox.
pub(crate) struct Engine {
    // Field order is drop order: handles into the context, the context, the runtime.
    hooks: Hooks,
    context: Context,
    _runtime: Runtime,
    fuel: Fuel,
}

struct Hooks {
    ensure: Persistent<Function<'static>>,
    set: Persistent<Function<'static>>,
    check: Persistent<Function<'static>>,
    run: Persistent<Function<'static>>,
}

/// How much the scripts have used. Shared with the engine's interrupt handler.
#[derive(Clone)]
struct Fuel {
    looks: Arc<AtomicU32>,
}

/// The value of `looks` once the fuel is gone.
const EMPTY: u32 = u32::MAX;

impl Fuel {
    /// A handler that the engine calls now and then; `true` stops the script.
    fn handler(&self) -> Box<dyn FnMut() -> bool + Send + 'static> {
        let looks = Arc::clone(&self.looks);
        let started = Instant::now();
        Box::new(move || {
            let done = looks.load(Ordering::Relaxed).saturating_add(1);
            let spent = started.elapsed();
            let over = done == EMPTY || spent > STALLED || (spent > TIME && done > LOOKS);
            looks.store(if over { EMPTY } else { done }, Ordering::Relaxed);
            over
        })
    }

    fn is_empty(&self) -> bool {
        self.looks.load(Ordering::Relaxed) == EMPTY
    }

    fn burn(&self) {
        self.looks.store(EMPTY, Ordering::Relaxed);
    }
}

impl Engine {
    /// A sandbox around a submission's `data`, at the instant `now`, for the form described by `about`.
    pub(crate) fn start(data: &Value, about: &Value, now: RomeTime, libraries: Libraries) -> Result<Self, Failure> {
        let boot = || -> rquickjs::Result<Self> {
            let runtime = Runtime::new()?;
            runtime.set_memory_limit(MEMORY);
            runtime.set_max_stack_size(STACK);
            let fuel = Fuel { looks: Arc::new(AtomicU32::new(0)) };
            runtime.set_interrupt_handler(Some(fuel.handler()));
            let context = Context::full(&runtime)?;
            let hooks = context.with(|ctx| Hooks::new(&ctx, data, about, now, libraries))?;
            Ok(Self { hooks, context, _runtime: runtime, fuel })
        };
        boot().map_err(|_| Failure::Exhausted)
    }

    /// Makes sure that the objects on the way `steps` exist.
    pub(crate) fn ensure(&self, steps: &[Step<'_>]) -> Result<(), Failure> {
        self.call(|ctx| {
            let ensure = self.hooks.ensure.clone().restore(ctx)?;
            ensure.call::<_, ()>((ctx.json_parse(way(steps).to_string())?,))
        })
    }

    /// Sets (or, with `None`, deletes) one value of the data.
    pub(crate) fn set(&self, steps: &[Step<'_>], value: Option<&Value>) -> Result<(), Failure> {
        self.call(|ctx| {
            let set = self.hooks.set.clone().restore(ctx)?;
            let path = ctx.json_parse(way(steps).to_string())?;
            match value {
                Some(value) => set.call::<_, ()>((path, ctx.json_parse(value.to_string())?)),
                None => set.call::<_, ()>((path,)),
            }
        })
    }

    /// Runs a script; `None` is `undefined`.
    pub(crate) fn run(&self, script: &Script, call: &Call<'_>) -> Result<Option<Value>, Failure> {
        let told = json!({"form": way(call.form), "row": way(call.row), "index": call.index, "value": call.value, "input": call.input,
            "result": call.result, "component": script.component});
        let text = self.call(|ctx| {
            let run = self.hooks.run.clone().restore(ctx)?;
            run.call::<_, Option<String>>((&*script.source, script.variable, ctx.json_parse(told.to_string())?))
        })?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn check(&self, source: &str) -> Result<(), String> {
        self.context.with(|ctx| {
            let checked = self.hooks.check.clone().restore(&ctx).and_then(|check| check.call::<_, ()>((source,)));
            checked.map_err(|error| match error {
                Error::Exception => ctx.catch().as_exception().and_then(|thrown| thrown.message()).unwrap_or_default(),
                other => other.to_string(),
            })
        })
    }

    fn call<T>(&self, act: impl for<'js> FnOnce(&Ctx<'js>) -> rquickjs::Result<T>) -> Result<T, Failure> {
        if self.fuel.is_empty() {
            return Err(Failure::Exhausted);
        }
        self.context.with(|ctx| {
            act(&ctx).map_err(|_| {
                let thrown = ctx.catch();
                let message = thrown.as_exception().and_then(|thrown| thrown.message()).unwrap_or_default();
                // Null instead of an exception is how QuickJS reports that not even the exception found room.
                if message.contains("out of memory") || message.contains("stack") || thrown.is_null() {
                    self.fuel.burn();
                }
                if self.fuel.is_empty() { Failure::Exhausted } else { Failure::Threw }
            })
        })
    }
}

impl Hooks {
    fn new(ctx: &Ctx<'_>, data: &Value, about: &Value, now: RomeTime, libraries: Libraries) -> rquickjs::Result<Self> {
        let prelude: Function = ctx.eval(PRELUDE)?;
        let data = ctx.json_parse(data.to_string())?;
        let about = ctx.json_parse(about.to_string())?;
        let offset = Func::from(rome_offset);
        let hooks: Object = prelude.call((data, about, now.as_microsecond() as f64 / 1000.0, offset))?;
        if libraries.lodash {
            ctx.eval::<(), _>(LODASH)?;
        }
        if libraries.moment {
            ctx.eval::<(), _>(MOMENT)?;
        }
        let hook = |name: &str| hooks.get::<_, Function>(name).map(|function| Persistent::save(ctx, function));
        Ok(Self { ensure: hook("ensure")?, set: hook("set")?, check: hook("check")?, run: hook("run")? })
    }
}

/// Milliseconds that the clocks of Rome are ahead of UTC at an instant in milliseconds since 1970.
fn rome_offset(utc: f64) -> f64 {
    let instant = if utc.is_finite() { RomeTime::from_microsecond((utc * 1000.0) as i64) } else { None };
    instant.map_or(f64::NAN, |instant| f64::from(instant.zoned().offset().seconds()) * 1000.0)
}

/// The steps as JavaScript gets them.
fn way(steps: &[Step<'_>]) -> Value {
    let step = |step: &Step<'_>| match step {
        Step::Key(key) => Value::from(&**key),
        Step::Row(row) => Value::from(*row),
    };
    Value::Array(steps.iter().map(step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Scope;
    use crate::js::Js;
    use crate::model::{Part, Reference};
    use proptest::prelude::*;

    const ALL: Libraries = Libraries { lodash: true, moment: true };

    fn now() -> RomeTime {
        "2025-07-01T10:30:00+02:00".parse().unwrap()
    }

    fn script(source: &str, variable: &'static str) -> Script {
        Script::new(source, variable, &json!({"key": "x", "label": "X"}), &|_, _| None)
    }

    fn run(source: &str, data: Value) -> Result<Option<Value>, Failure> {
        let engine = Engine::start(&data, &json!({"title": "T"}), now(), ALL)?;
        let call = Call { form: &[], row: &[], index: None, value: None, input: None, result: None };
        engine.run(&script(source, "value"), &call)
    }

    #[test]
    fn scripts_see_the_world_of_formio() {
        for (source, expected) in [
            ("value = data.a.b + row.a.b", json!(2)),
            ("value = form.title + component.key", json!("Tx")),
            ("value = instance.root.submission.data.a.b", json!(1)),
            ("total = 3; value = total", json!(3)),
            ("value = _.sumBy(data.rows, 'n')", json!(3)),
            ("value = _.map(_.filter(data.rows, {n: 2}), 'n')", json!([2])),
            ("value = _.round(1.005, 2) + _.get(data, 'rows[1].n', 0)", json!(3.01)),
            ("value = _.isEmpty({}) && !_.isEqual([1, {a: 2}], [1, {a: 3}])", json!(true)),
            ("value = typeof Math.random + typeof fetch + typeof require + typeof std + typeof os", json!("undefined".repeat(5))),
        ] {
            let data = json!({"a": {"b": 1}, "rows": [{"n": 1}, {"n": 2}]});
            assert_eq!(run(source, data), Ok(Some(expected)), "{source}");
        }
        assert_eq!(run("value = data.x.y", json!({})), Err(Failure::Threw));
        assert_eq!(run("", json!({})), Ok(Some(Value::Null)));
    }

    #[test]
    fn time_is_the_submissions_and_romes() {
        for (source, expected) in [
            ("value = new Date().getHours()", json!(10)),
            ("value = new Date(2025, 0, 1).toISOString()", json!("2024-12-31T23:00:00.000Z")),
            ("value = new Date('2025-07-01T00:00').getTime() === moment('2025-07-01').valueOf()", json!(true)),
            ("value = moment().format('DD/MM/YYYY HH:mm')", json!("01/07/2025 10:30")),
            ("value = moment().diff(moment('30/06/2007', 'DD/MM/YYYY'), 'years')", json!(18)),
            ("value = moment().diff(moment('02/07/2007', 'DD/MM/YYYY'), 'years')", json!(17)),
            ("value = moment('31/02/2025', 'DD/MM/YYYY', true).isValid()", json!(false)),
            ("value = moment('2025-01-31').add(1, 'month').format('YYYY-MM-DD')", json!("2025-02-28")),
            ("value = moment('2025-03-29').add(1, 'day').diff(moment('2025-03-29'), 'days')", json!(1)),
            ("value = moment('2025-03-29').startOf('month').format('D MMMM YYYY')", json!("1 marzo 2025")),
            ("value = moment('2025-06-30').isBefore(moment()) && moment('2025-07-01').isSame(moment(), 'day')", json!(true)),
            ("value = moment('2025-12-01').endOf('year').format()", json!("2025-12-31T23:59:59+01:00")),
        ] {
            assert_eq!(run(source, json!({})), Ok(Some(expected)), "{source}");
        }
    }

    #[test]
    fn no_script_runs_away() {
        for source in [
            "while (true) {}",
            "for (;;) { try { while (true) {} } catch (e) {} }",
            "value = 'x'; while (true) value += value",
            "let a = []; while (true) a.push(new Array(1000).fill(1))",
            "value = 'a'.repeat(100000).match(/(a+)+b/)",
            "function f() { f() } f()",
            "new Array(1e9).fill(0).map(x => x)",
        ] {
            let started = Instant::now();
            assert!(run(source, json!({})).is_err(), "{source}");
            assert!(started.elapsed() < Duration::from_secs(3), "{source}: {:?}", started.elapsed());
        }
    }

    #[test]
    fn after_the_fuel_is_gone_nothing_runs() {
        let engine = Engine::start(&json!({}), &json!({}), now(), Libraries::default()).unwrap();
        let call = Call { form: &[], row: &[], index: None, value: None, input: None, result: None };
        assert_eq!(engine.run(&script("while (true) {}", "show"), &call), Err(Failure::Exhausted));
        assert_eq!(engine.run(&script("show = false", "show"), &call), Err(Failure::Exhausted));
    }

    #[test]
    fn syntax_is_checked_without_running() {
        let engine = Engine::start(&json!({}), &json!({}), now(), Libraries::default()).unwrap();
        assert!(script("show = (data.x", "show").check(&engine).is_err());
        assert!(script("}); while (true) {}; (function () {", "show").check(&engine).is_err());
        assert!(script("while (true) {}", "show").check(&engine).is_ok());
    }

    struct Data<'v>(&'v Value);

    impl<'v> Scope<'v> for Data<'v> {
        fn read(&self, reference: &Reference) -> Option<Option<&'v Value>> {
            let Part::Member(key) = &reference.part else { return None };
            Some(self.0.get(&**key))
        }
    }

    fn expressions() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("data.a".to_owned()),
            Just("data.b".to_owned()),
            Just("data.missing".to_owned()),
            Just("null".to_owned()),
            Just("undefined".to_owned()),
            Just("true".to_owned()),
            (0..50_u8).prop_map(|n| n.to_string()),
            prop::sample::select(vec!["''", "'10'", "' 7 '", "'è'", "'a'", "'1e2'", "0.1"]).prop_map(str::to_owned),
        ];
        leaf.prop_recursive(5, 40, 3, |inner| {
            let operators = vec!["===", "!==", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&&", "||"];
            prop_oneof![
                (inner.clone(), prop::sample::select(operators), inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
                (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
                inner.clone().prop_map(|a| format!("!{a}")),
                inner.prop_map(|a| format!("-({a})")),
            ]
        })
    }

    fn scalars() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-5..100_i32).prop_map(Value::from),
            (-20..20_i32).prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
            "[0-9a. -]{0,4}".prop_map(Value::from),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn both_evaluators_agree(source in expressions(), a in scalars(), b in scalars()) {
            let data = json!({"a": a, "b": b});
            let resolve = |_: &str, path: &[&str]| Some(Reference { up: 0, index: 0, part: Part::Member(path[0].into()) });
            let source = format!("value = {source};");
            let expression = Expression::parse(&source, "value", &resolve).expect("the grammar knows what the strategy writes");
            if let Some(native) = expression.run(&Data(&data), Js::Null, None) {
                let engine = run(&source, data.clone());
                // Large and fractional numbers differ in JSON notation, not in value.
                let close = |native: &Value, engine: &Value| match (native.as_f64(), engine.as_f64()) {
                    (Some(native), Some(engine)) => (native - engine).abs() <= native.abs() * 1e-15,
                    _ => native == engine,
                };
                let same = match (&native, &engine) {
                    (Some(native), Ok(Some(engine))) => close(native, engine),
                    (native, engine) => Ok(native) == engine.as_ref(),
                };
                prop_assert!(same, "{source} on {data}: {native:?} here, {engine:?} there");
            }
        }
    }
}
