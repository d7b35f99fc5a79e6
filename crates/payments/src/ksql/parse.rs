//! Reading a statement.

use super::columns::{COLUMNS, Column};
use super::{Comparison, Condition, Misunderstood, Operand, Statement};

/// The only table there is.
const TABLE: &str = "payments_detail";
/// Longest statement, in bytes.
const LONGEST: usize = 16 * 1024;
/// Deepest nesting of brackets and `NOT`.
const DEEPEST: usize = 32;
/// Words that no column is called.
const KEYWORDS: [&str; 13] =
    ["SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "BETWEEN", "LIMIT", "EMIT"];

type Parsed<T> = Result<T, Misunderstood>;

/// A word of the statement.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(f64),
    Sign(&'static str),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Text(text) => format!("'{text}'"),
            Self::Number(number) => number.to_string(),
            Self::Sign(sign) => (*sign).to_owned(),
        }
    }
}

/// Reads a statement.
///
/// # Errors
/// [`Misunderstood`] says at what.
pub fn parse(statement: &str) -> Parsed<Statement> {
    if statement.len() > LONGEST {
        return Err(Misunderstood(format!("The statement is longer than {LONGEST} bytes")));
    }
    let tokens = tokens(statement)?;
    let mut reader = Reader { tokens: &tokens, at: 0, depth: 0 };
    let read = reader.statement()?;
    match reader.tokens.get(reader.at) {
        None => Ok(read),
        Some(token) => Err(Misunderstood(format!("Unexpected '{}'", token.shown()))),
    }
}

fn tokens(statement: &str) -> Parsed<Vec<Token>> {
    const SIGNS: [&str; 13] = ["<>", "!=", "<=", ">=", "=", "<", ">", "(", ")", ",", ";", "*", "."];
    let mut tokens = Vec::new();
    let mut rest = statement.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if first == '\'' || first == '`' {
            let (text, end) = quoted(rest, first)?;
            tokens.push(if first == '`' { Token::Name(text) } else { Token::Text(text) });
            end
        } else if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..end].to_owned()));
            end
        } else if first.is_ascii_digit() || first == '-' {
            let end = rest[1..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(rest.len(), |end| end + 1);
            let number = rest[..end].parse().map_err(|_| Misunderstood(format!("'{}' is not a number", &rest[..end])))?;
            tokens.push(Token::Number(number));
            end
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
            let sign = sign.ok_or_else(|| Misunderstood(format!("Unexpected '{first}'")))?;
            tokens.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest[end..].trim_start();
    }
    Ok(tokens)
}

/// The text between `quote` and the next one; a doubled quote is one of the text. Gives where it ends too.
fn quoted(rest: &str, quote: char) -> Parsed<(String, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            text.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
            text.push(c);
            chars.next();
        } else {
            return Ok((text, at + 1));
        }
    }
    Err(Misunderstood("A text is not closed".to_owned()))
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Parsed<Token> {
        let token = self.tokens.get(self.at).cloned().ok_or_else(|| Misunderstood("The statement ends too early".to_owned()))?;
        self.at += 1;
        Ok(token)
    }

    /// Whether the next word is `keyword`; it is taken then.
    fn word(&mut self, keyword: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Name(name)) if name.eq_ignore_ascii_case(keyword));
        self.at += usize::from(is);
        is
    }

    fn sign(&mut self, sign: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, found: bool, expected: &str) -> Parsed<()> {
        if found {
            return Ok(());
        }
        let instead = self.tokens.get(self.at).map_or_else(|| "the end".to_owned(), |token| format!("'{}'", token.shown()));
        Err(Misunderstood(format!("Expected {expected} instead of {instead}")))
    }

    fn statement(&mut self) -> Parsed<Statement> {
        let select = self.word("SELECT");
        self.expect(select, "SELECT: only payments can be asked for")?;
        let columns = self.columns()?;
        let from = self.word("FROM");
        self.expect(from, "FROM")?;
        match self.next()? {
            Token::Name(table) if table.eq_ignore_ascii_case(TABLE) => {}
            other => return Err(Misunderstood(format!("{} does not exist; the only table is {TABLE}", other.shown()))),
        }
        let condition = if self.word("WHERE") { Some(self.either()?) } else { None };
        if self.word("EMIT") {
            return Err(Misunderstood("Push queries are not offered: leave EMIT CHANGES out".to_owned()));
        }
        let limit = if self.word("LIMIT") { Some(self.limit()?) } else { None };
        self.sign(";");
        Ok(Statement { columns, condition, limit })
    }

    fn columns(&mut self) -> Parsed<Vec<(&'static Column, String)>> {
        if self.sign("*") {
            return Ok(COLUMNS.iter().map(|column| (column, column.name.to_owned())).collect());
        }
        let mut columns = Vec::new();
        loop {
            let column = self.column()?;
            let name = if self.word("AS") {
                match self.next()? {
                    Token::Name(name) => name,
                    other => return Err(Misunderstood(format!("'{}' is not a name", other.shown()))),
                }
            } else {
                column.name.to_owned()
            };
            columns.push((column, name));
            if !self.sign(",") {
                return Ok(columns);
            }
        }
    }

    fn column(&mut self) -> Parsed<&'static Column> {
        match self.next()? {
            Token::Name(name) if !KEYWORDS.iter().any(|keyword| name.eq_ignore_ascii_case(keyword)) => {
                Column::named(&name).ok_or_else(|| Misunderstood(format!("Column '{name}' cannot be resolved")))
            }
            other => Err(Misunderstood(format!("Expected a column instead of '{}'", other.shown()))),
        }
    }

    fn limit(&mut self) -> Parsed<u64> {
        match self.next()? {
            Token::Number(number) if number >= 0.0 && number.fract() == 0.0 && number <= f64::from(u32::MAX) => Ok(number as u64),
            other => Err(Misunderstood(format!("'{}' is not a limit", other.shown()))),
        }
    }

    fn either(&mut self) -> Parsed<Condition> {
        let mut left = self.both()?;
        while self.word("OR") {
            left = Condition::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Parsed<Condition> {
        let mut left = self.one()?;
        while self.word("AND") {
            left = Condition::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Parsed<Condition> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Misunderstood("The condition is nested too deeply".to_owned()));
        }
        let condition = if self.word("NOT") {
            Condition::Not(Box::new(self.one()?))
        } else if self.sign("(") {
            let inner = self.either()?;
            let closed = self.sign(")");
            self.expect(closed, "')'")?;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn comparison(&mut self) -> Parsed<Condition> {
        let left = self.operand()?;
        if self.word("IS") {
            let not = self.word("NOT");
            let null = self.word("NULL");
            self.expect(null, "NULL")?;
            return Ok(negated(not, Condition::IsNull(left)));
        }
        let not = self.word("NOT");
        if self.word("IN") {
            return Ok(negated(not, Condition::In(left, self.list()?)));
        }
        if self.word("LIKE") {
            return match self.next()? {
                Token::Text(pattern) => Ok(negated(not, Condition::Like(left, pattern))),
                other => Err(Misunderstood(format!("'{}' is not a pattern", other.shown()))),
            };
        }
        if self.word("BETWEEN") {
            let low = self.operand()?;
            let and = self.word("AND");
            self.expect(and, "AND")?;
            let high = self.operand()?;
            let between = Condition::And(
                Box::new(Condition::Compare(left.clone(), Comparison::AtLeast, low)),
                Box::new(Condition::Compare(left, Comparison::AtMost, high)),
            );
            return Ok(negated(not, between));
        }
        self.expect(!not, "IN, LIKE or BETWEEN")?;
        const COMPARISONS: [(&str, Comparison); 7] = [
            ("=", Comparison::Equal),
            ("<>", Comparison::Unequal),
            ("!=", Comparison::Unequal),
            ("<=", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("<", Comparison::Less),
            (">", Comparison::More),
        ];
        let found = COMPARISONS.into_iter().find(|(sign, _)| self.sign(sign));
        self.expect(found.is_some(), "a comparison")?;
        let comparison = found.map_or(Comparison::Equal, |(_, comparison)| comparison);
        Ok(Condition::Compare(left, comparison, self.operand()?))
    }

    fn list(&mut self) -> Parsed<Vec<Operand>> {
        let open = self.sign("(");
        self.expect(open, "'('")?;
        let mut list = vec![self.operand()?];
        while self.sign(",") {
            list.push(self.operand()?);
        }
        let closed = self.sign(")");
        self.expect(closed, "')'")?;
        Ok(list)
    }

    fn operand(&mut self) -> Parsed<Operand> {
        if self.word("NULL") {
            return Ok(Operand::Null);
        }
        match self.tokens.get(self.at) {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(Operand::Text(text.clone()))
            }
            Some(Token::Number(number)) => {
                self.at += 1;
                Ok(Operand::Number(*number))
            }
            _ => Ok(Operand::Column(self.column()?)),
        }
    }
}

fn negated(not: bool, condition: Condition) -> Condition {
    if not { Condition::Not(Box::new(condition)) } else { condition }
}
