//! Lists with filters and pages.

use storage::{Param, Result, Row, ToParam, Tx, params};

/// Which part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// First, from 0.
    pub offset: u32,
    /// How many.
    pub limit: u32,
}

impl Page {
    /// All of it.
    pub const ALL: Self = Self { offset: 0, limit: i32::MAX.unsigned_abs() };

    /// This part of what is at hand.
    pub fn cut<T>(self, all: Vec<T>) -> Listed<T> {
        let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
        (all.into_iter().skip(self.offset as usize).take(self.limit as usize).collect(), total)
    }
}

/// A part of a list, and how many there are in all.
pub type Listed<T> = (Vec<T>, u64);

/// Conditions of a `WHERE`, all of which must hold.
#[derive(Default)]
pub(super) struct Filter<'a> {
    clauses: Vec<String>,
    params: Vec<Param<'a>>,
}

impl<'a> Filter<'a> {
    /// Adds a condition; each `?` in it stands for the next of `values`.
    pub(super) fn and(&mut self, clause: &str, values: &[Param<'a>]) {
        let mut parts = clause.split('?');
        let mut sql = parts.next().unwrap_or_default().to_owned();
        for (part, value) in parts.zip(values) {
            self.params.push(*value);
            sql.push_str(&format!("${}{part}", self.params.len()));
        }
        self.clauses.push(format!("({sql})"));
    }

    /// The column has this value, if there is one.
    pub(super) fn is<T: ToParam>(&mut self, column: &str, value: Option<&'a T>) {
        if let Some(value) = value {
            self.and(&format!("{column} = ?"), params![*value]);
        }
    }

    /// The column has one of these values, if there are any.
    pub(super) fn among<T: ToParam>(&mut self, column: &str, values: &'a [T]) {
        let marks = vec!["?"; values.len()].join(", ");
        let values: Vec<Param<'a>> = values.iter().map(ToParam::to_param).collect();
        if !values.is_empty() {
            self.and(&format!("{column} IN ({marks})"), &values);
        }
    }

    /// The column matches one of these patterns, if there are any.
    pub(super) fn matches(&mut self, column: &str, patterns: &'a [String]) {
        let clauses = vec![format!("{column} LIKE ? ESCAPE '!'"); patterns.len()].join(" OR ");
        let values: Vec<Param<'a>> = patterns.iter().map(ToParam::to_param).collect();
        if !values.is_empty() {
            self.and(&clauses, &values);
        }
    }

    /// The columns `what` of a part of the rows of `table` for which every condition holds, and the number of all of them.
    pub(super) fn page<T>(
        &self,
        tx: &mut Tx<'_>,
        (what, table, order): (&str, &str, &str),
        page: Page,
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Listed<T>> {
        let conditions = if self.clauses.is_empty() { "1 = 1".to_owned() } else { self.clauses.join(" AND ") };
        let total: i64 = tx.one(&format!("SELECT COUNT(*) FROM {table} WHERE {conditions}"), &self.params, |row| row.get(0))?;
        let Page { offset, limit } = page;
        let sql = format!("SELECT {what} FROM {table} WHERE {conditions} ORDER BY {order} LIMIT {limit} OFFSET {offset}");
        Ok((tx.all(&sql, &self.params, read)?, u64::try_from(total).unwrap_or_default()))
    }
}

/// The pattern of what contains `text`, whatever its case.
pub(super) fn containing(text: &str) -> String {
    format!("%{}%", literal(&text.trim().to_lowercase()))
}

/// The pattern of a column of names between commas in which `name` is one.
pub(super) fn listing(name: &str) -> String {
    format!("%,{},%", literal(name))
}

/// `text` with what means something in a pattern made to mean itself.
fn literal(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// Names between commas, as [`listing`] looks for them.
pub(super) fn between_commas(names: impl Iterator<Item = Result<String>>) -> Result<String> {
    let mut text = ",".to_owned();
    for name in names {
        text.push_str(&name?);
        text.push(',');
    }
    Ok(text)
}
