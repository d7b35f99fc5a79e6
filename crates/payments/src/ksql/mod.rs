//! The part of KSQL by which other programs ask the present installations for payments: `SELECT … FROM payments_detail WHERE …`, each
//! payment flattened into the columns of that table. A statement is parsed into a tree and judged payment by payment; the database only
//! narrows, by parameters. No text of a caller ever becomes SQL.

mod columns;
mod parse;

use std::cmp::Ordering;

use contracts::payments::Status;
use kernel::Uuid;
use serde_json::Value;

use crate::store::search::Filter;
pub use columns::Column;
pub use parse::parse;

/// Why a statement was not understood; in the words of whoever wrote it, with nothing of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Misunderstood(pub String);

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The columns and what the answer calls them.
    pub columns: Vec<(&'static Column, String)>,
    /// Which payments; all without it.
    pub condition: Option<Condition>,
    /// How many at most.
    pub limit: Option<u64>,
}

/// A condition on a payment.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Both.
    And(Box<Condition>, Box<Condition>),
    /// One or both.
    Or(Box<Condition>, Box<Condition>),
    /// Not.
    Not(Box<Condition>),
    /// Left and right compare so.
    Compare(Operand, Comparison, Operand),
    /// Nothing is there.
    IsNull(Operand),
    /// One of these.
    In(Operand, Vec<Operand>),
    /// A text with `%` for any letters and `_` for one.
    Like(Operand, String),
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// What the payment has there.
    Column(&'static Column),
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// Nothing.
    Null,
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`, `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Unequal => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::More => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
        }
    }
}

impl Operand {
    fn value(&self, payment: &Value) -> Value {
        match self {
            Self::Column(column) => column.of(payment),
            Self::Text(text) => Value::from(text.as_str()),
            Self::Number(number) => Value::from(*number),
            Self::Null => Value::Null,
        }
    }
}

impl Condition {
    /// Whether it holds for a payment; `None` where a value is missing, as in SQL.
    fn holds(&self, payment: &Value) -> Option<bool> {
        match self {
            Self::And(left, right) => match (left.holds(payment), right.holds(payment)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(left, right) => match (left.holds(payment), right.holds(payment)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Self::Not(inner) => inner.holds(payment).map(|holds| !holds),
            Self::Compare(left, comparison, right) => {
                compare(&left.value(payment), &right.value(payment)).map(|ordering| comparison.holds(ordering))
            }
            Self::IsNull(operand) => Some(operand.value(payment).is_null()),
            Self::In(operand, list) => {
                let value = operand.value(payment);
                let found: Vec<_> = list.iter().map(|one| compare(&value, &one.value(payment)).map(Ordering::is_eq)).collect();
                if found.contains(&Some(true)) { Some(true) } else { (!found.contains(&None)).then_some(false) }
            }
            Self::Like(operand, pattern) => Some(like(operand.value(payment).as_str()?, pattern)),
        }
    }

    /// Lays into `filter` what the database can narrow by: equalities that every payment found must meet. False when none can.
    fn narrow(&self, filter: &mut Filter) -> bool {
        match self {
            Self::And(left, right) => left.narrow(filter) && right.narrow(filter),
            Self::Compare(Operand::Column(column), Comparison::Equal, Operand::Text(text))
            | Self::Compare(Operand::Text(text), Comparison::Equal, Operand::Column(column)) => {
                let mut id = |place: fn(&mut Filter) -> &mut Option<Uuid>| match text.parse() {
                    Ok(id) => {
                        place(filter).get_or_insert(id);
                        true
                    }
                    Err(_) => false,
                };
                match column.name {
                    "ID" => id(|filter| &mut filter.id),
                    "USER_ID" => id(|filter| &mut filter.user_id),
                    "SERVICE_ID" => id(|filter| &mut filter.service_id),
                    "REMOTE_ID" => id(|filter| &mut filter.remote_id),
                    "STATUS" => match serde_json::from_value::<Status>(text.as_str().into()) {
                        Ok(status) => {
                            filter.status.get_or_insert(status);
                            true
                        }
                        Err(_) => false,
                    },
                    "PAYMENT_NOTICE_CODE" | "PAYMENT_IUV" | "PAYMENT_IUD" => {
                        filter.number.get_or_insert_with(|| text.clone());
                        true
                    }
                    "PAYER_TAX_IDENTIFICATION_NUMBER" => {
                        filter.payer.get_or_insert_with(|| text.clone());
                        true
                    }
                    _ => true,
                }
            }
            _ => true,
        }
    }
}

impl Statement {
    /// Whether the payment is one of those asked for.
    pub fn takes(&self, payment: &Value) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.holds(payment) == Some(true))
    }

    /// What the database narrows the payments to, before each is judged; `None` when there can be none.
    pub fn filter(&self) -> Option<Filter> {
        let mut filter = Filter::default();
        self.condition.as_ref().is_none_or(|condition| condition.narrow(&mut filter)).then_some(filter)
    }
}

fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Whether `text` is like `pattern`. Two places are kept, that after the last `%` and how far it has eaten: time is never more than the
/// product of the lengths.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p, mut last) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                last = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '_' || *c == text[t] => {
                t += 1;
                p += 1;
            }
            _ => match last {
                Some((percent, eaten)) => {
                    last = Some((percent, eaten + 1));
                    (p, t) = (percent + 1, eaten + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

#[cfg(test)]
mod tests;
