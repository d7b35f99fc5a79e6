//! The scripts that forms use most, without an engine: `show = data.a === 'x' && row.b > 3;`,
//! `value = data.tier == '1' ? '10,00' : '20,00'`, `if (...) { value = ...; } else { value = ...; }`.
//!
//! Only what means the same here as in JavaScript is understood: comparisons, arithmetic and conditionals over primitives. Parsing
//! gives `None` for anything else, and so does running when it meets an object or a number that JavaScript would write in its own
//! way: then the engine does the work. A property test in `script.rs` compares the two.

mod parser;

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use self::parser::Parser;
use crate::js::Js;
use crate::model::Reference;

/// A script that assigns one variable.
#[derive(Debug)]
pub(crate) struct Expression {
    body: Vec<Statement>,
}

#[derive(Debug)]
enum Statement {
    Assign(Node),
    If(Node, Vec<Statement>, Vec<Statement>),
}

#[derive(Debug)]
enum Node {
    Literal(Js<'static>),
    Reference(Reference),
    /// The component's own value.
    Own,
    /// The variable that the script assigns.
    Variable,
    Not(Box<Node>),
    Negative(Box<Node>),
    Length(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    Choose(Box<Node>, Box<Node>, Box<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Or,
    And,
    Coalesce,
    Same,
    NotSame,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// Finds the component that `data.a.b` (`("data", ["a", "b"])`) or `row.a` means; `None` when it is not one with a plain value.
pub(crate) type Resolve<'r> = dyn Fn(&str, &[&str]) -> Option<Reference> + 'r;

/// What a script reads while it runs.
pub(crate) trait Scope<'v> {
    /// The value behind a reference; the outer `None` when it is more than one value.
    fn read(&self, reference: &Reference) -> Option<Option<&'v Value>>;
}

impl Expression {
    /// Parses a script that assigns `variable`; `None` when it is not of the simple kind.
    pub(crate) fn parse(source: &str, variable: &str, resolve: &Resolve<'_>) -> Option<Self> {
        let body = Parser::new(source, variable, resolve).program()?;
        (!body.is_empty()).then_some(Self { body })
    }

    /// Every component that the script reads.
    pub(crate) fn references(&self) -> Vec<&Reference> {
        let mut found = Vec::new();
        for statement in &self.body {
            statement.collect(&mut found);
        }
        found
    }

    /// Runs the script. `initial` is the variable's value before it, `own` the component's. The outer `None` leaves the work to the
    /// engine; the inner one is `undefined`.
    pub(crate) fn run<'v>(&self, scope: &dyn Scope<'v>, initial: Js<'v>, own: Option<&'v Value>) -> Option<Option<Value>> {
        let mut machine = Machine { scope, own, variable: initial };
        for statement in &self.body {
            machine.execute(statement)?;
        }
        Some(machine.variable.into_json())
    }
}

impl Statement {
    fn collect<'n>(&'n self, found: &mut Vec<&'n Reference>) {
        match self {
            Self::Assign(node) => node.collect(found),
            Self::If(test, yes, no) => {
                test.collect(found);
                yes.iter().chain(no).for_each(|statement| statement.collect(found));
            }
        }
    }
}

impl Node {
    fn collect<'n>(&'n self, found: &mut Vec<&'n Reference>) {
        match self {
            Self::Reference(reference) => found.push(reference),
            Self::Literal(_) | Self::Own | Self::Variable => {}
            Self::Not(node) | Self::Negative(node) | Self::Length(node) => node.collect(found),
            Self::Binary(_, left, right) => [left, right].into_iter().for_each(|node| node.collect(found)),
            Self::Choose(test, yes, no) => [test, yes, no].into_iter().for_each(|node| node.collect(found)),
        }
    }
}

struct Machine<'m, 'v> {
    scope: &'m dyn Scope<'v>,
    own: Option<&'v Value>,
    variable: Js<'v>,
}

impl<'v> Machine<'_, 'v> {
    fn execute(&mut self, statement: &Statement) -> Option<()> {
        match statement {
            Statement::Assign(node) => self.variable = self.evaluate(node)?,
            Statement::If(test, yes, no) => {
                for statement in if self.evaluate(test)?.truthy() { yes } else { no } {
                    self.execute(statement)?;
                }
            }
        }
        Some(())
    }

    fn evaluate(&self, node: &Node) -> Option<Js<'v>> {
        Some(match node {
            Node::Literal(literal) => literal.clone(),
            Node::Reference(reference) => Js::of(self.scope.read(reference)?)?,
            Node::Own => Js::of(self.own)?,
            Node::Variable => self.variable.clone(),
            Node::Not(node) => Js::Bool(!self.evaluate(node)?.truthy()),
            Node::Negative(node) => Js::Number(-self.evaluate(node)?.to_number()?),
            Node::Length(node) => match self.evaluate(node)? {
                Js::Text(text) => Js::Number(crate::js::length(&text) as f64),
                _ => return None,
            },
            Node::Choose(test, yes, no) => self.evaluate(if self.evaluate(test)?.truthy() { yes } else { no })?,
            Node::Binary(operator, left, right) => {
                let left = self.evaluate(left)?;
                match operator {
                    Operator::Or if left.truthy() => left,
                    Operator::And if !left.truthy() => left,
                    Operator::Coalesce if !matches!(left, Js::Undefined | Js::Null) => left,
                    _ => binary(*operator, left, self.evaluate(right)?)?,
                }
            }
        })
    }
}

fn binary<'v>(operator: Operator, left: Js<'v>, right: Js<'v>) -> Option<Js<'v>> {
    let number = |compute: fn(f64, f64) -> f64| Some(Js::Number(compute(left.to_number()?, right.to_number()?)));
    let order = |accept: fn(Ordering) -> bool| Some(Js::Bool(left.compare(&right)?.is_some_and(accept)));
    match operator {
        Operator::Or | Operator::And | Operator::Coalesce => Some(right),
        Operator::Same => Some(Js::Bool(left == right)),
        Operator::NotSame => Some(Js::Bool(left != right)),
        Operator::Equal => left.loosely_equals(&right).map(Js::Bool),
        Operator::NotEqual => left.loosely_equals(&right).map(|equal| Js::Bool(!equal)),
        Operator::Less => order(Ordering::is_lt),
        Operator::LessEqual => order(Ordering::is_le),
        Operator::Greater => order(Ordering::is_gt),
        Operator::GreaterEqual => order(Ordering::is_ge),
        Operator::Add if matches!(left, Js::Text(_)) || matches!(right, Js::Text(_)) => {
            Some(Js::Text(Cow::Owned(format!("{}{}", left.to_text()?, right.to_text()?))))
        }
        Operator::Add => number(|left, right| left + right),
        Operator::Subtract => number(|left, right| left - right),
        Operator::Multiply => number(|left, right| left * right),
        Operator::Divide => number(|left, right| left / right),
        Operator::Remainder => number(|left, right| left % right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Part;
    use serde_json::json;

    struct Data(Value);

    impl<'v> Scope<'v> for &'v Data {
        fn read(&self, reference: &Reference) -> Option<Option<&'v Value>> {
            let Part::Member(key) = &reference.part else { return None };
            Some(self.0.get(&**key))
        }
    }

    fn run(source: &str, data: Value) -> Option<Option<Value>> {
        let resolve = |_: &str, path: &[&str]| {
            let [key] = path else { return None };
            Some(Reference { up: 0, index: 0, part: Part::Member((*key).into()) })
        };
        let data = Data(data);
        Expression::parse(source, "value", &resolve)?.run(&&data, Js::Null, None)
    }

    #[test]
    fn common_scripts_run() {
        for (source, expected) in [
            ("value = data.a == 1 ? '10,00' : data.a === 'x' ? \"20,00\" : '30,00'", json!("20,00")),
            ("if (data.n > 2 && !data.missing) { value = data.n * 2 } else { value = 0; }", json!(6)),
            ("if (data.n < 2) value = 'a'; else if (data['n'] == '3') value = 'b'; else value = 'c';", json!("b")),
            ("/* fee */ value = (data.n + 1) % 3; // done", json!(1)),
            ("value = 'n' + data.n", json!("n3")),
            ("value = data?.a.length - 4", json!(-3)),
            ("value = data.missing ?? data.a", json!("x")),
            ("value = null == undefined && !(null === undefined)", json!(true)),
            ("value = '10' < '9'", json!(true)),
            ("value = data.n - 'x' > 0 || 1", json!(1)),
        ] {
            assert_eq!(run(source, json!({"a": "x", "n": 3})), Some(Some(expected)), "{source}");
        }
    }

    #[test]
    fn the_rest_is_left_to_the_engine() {
        for source in [
            "value = data.a.toUpperCase()",
            "value = data.b.c",
            "value = Math.max(1, 2)",
            "value += 1",
            "value = data.n++",
            "value = 2 ** 3",
            "value = 1 << 2",
            "value = data.n = 4",
            "other = 1",
            "value = `x`",
            "value = 010",
            "value = 0x10",
            "value = 'a\\n'",
            "value = data.o",
            "value = data.missing.length",
            "value = 1e3",
            "value = 1\nvalue = 2",
            "value = 1, 2",
            "",
            "valueà = 1",
        ] {
            assert_eq!(run(source, json!({"a": "x", "n": 3, "o": {}})), None, "{source}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        assert_eq!(run(&format!("value = {}1{}", "(".repeat(5000), ")".repeat(5000)), json!({})), None);
        assert_eq!(run(&format!("value = {}1", "!".repeat(5000)), json!({})), None);
        assert_eq!(run(&"if (1) ".repeat(5000), json!({})), None);
        assert_eq!(run(&format!("value = 1{}", " + 1".repeat(5000)), json!({})), None);
    }
}
