//! Reads the simple scripts. Whatever it does not know for certain it does not parse.

use std::borrow::Cow;

use super::{Node, Operator, Resolve, Statement};
use crate::js::Js;

/// Deepest nesting, and most operators, of one script.
const MAX_DEPTH: usize = 64;
const MAX_OPERATORS: usize = 400;

/// Operators with their binding strength, longest text first.
const OPERATORS: [(&str, Operator, u8); 16] = [
    ("===", Operator::Same, 4),
    ("!==", Operator::NotSame, 4),
    ("||", Operator::Or, 1),
    ("&&", Operator::And, 2),
    ("??", Operator::Coalesce, 1),
    ("==", Operator::Equal, 4),
    ("!=", Operator::NotEqual, 4),
    ("<=", Operator::LessEqual, 5),
    (">=", Operator::GreaterEqual, 5),
    ("<", Operator::Less, 5),
    (">", Operator::Greater, 5),
    ("+", Operator::Add, 6),
    ("-", Operator::Subtract, 6),
    ("*", Operator::Multiply, 7),
    ("/", Operator::Divide, 7),
    ("%", Operator::Remainder, 7),
];

/// Reads a script from left to right.
pub(super) struct Parser<'s, 'r> {
    rest: &'s str,
    variable: &'s str,
    resolve: &'r Resolve<'r>,
    depth: usize,
    /// Operators so far: a long chain of them is a deep tree.
    operators: usize,
}

impl<'s, 'r> Parser<'s, 'r> {
    /// A parser at the start of `source`.
    pub(super) fn new(source: &'s str, variable: &'s str, resolve: &'r Resolve<'r>) -> Self {
        Self { rest: source, variable, resolve, depth: 0, operators: 0 }
    }

    /// All statements, to the end.
    pub(super) fn program(mut self) -> Option<Vec<Statement>> {
        let mut body = Vec::new();
        loop {
            self.skip();
            if self.rest.is_empty() {
                return Some(body);
            }
            body.push(self.statement()?);
        }
    }

    /// Skips white space and comments.
    fn skip(&mut self) {
        loop {
            let trimmed = self.rest.trim_start();
            self.rest = if let Some(comment) = trimmed.strip_prefix("//") {
                comment.split_once('\n').map_or("", |(_, after)| after)
            } else if let Some((_, after)) = trimmed.strip_prefix("/*").and_then(|comment| comment.split_once("*/")) {
                after
            } else {
                self.rest = trimmed;
                return;
            };
        }
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(token) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> Option<&'s str> {
        self.skip();
        let part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '$');
        let end = self.rest.find(|character| !part(character)).unwrap_or(self.rest.len());
        let (word, after) = self.rest.split_at(end);
        if word.is_empty()
            || word.starts_with(|first: char| first.is_ascii_digit())
            || after.starts_with(|next: char| !next.is_ascii())
        {
            return None;
        }
        self.rest = after;
        Some(word)
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let parsed = if self.depth > MAX_DEPTH { None } else { parse(self) };
        self.depth -= 1;
        parsed
    }

    /// `variable = expression;` or `if (test) {...} else {...}`. A semicolon may only be left out at the end of a block: what a line
    /// break means elsewhere is for the engine to say.
    fn statement(&mut self) -> Option<Statement> {
        let word = self.word()?;
        if word == "if" {
            return self.nested(|parser| {
                let test = parser.parenthesised()?;
                let yes = parser.block()?;
                let before = parser.rest;
                let no = if parser.word() == Some("else") {
                    parser.skip();
                    if parser.rest.starts_with("if") { vec![parser.statement()?] } else { parser.block()? }
                } else {
                    parser.rest = before;
                    Vec::new()
                };
                Some(Statement::If(test, yes, no))
            });
        }
        let assigns = word == self.variable && self.take("=") && !self.rest.starts_with(['=', '>']);
        let node = if assigns { self.expression()? } else { return None };
        self.skip();
        (self.take(";") || self.rest.is_empty() || self.rest.starts_with('}')).then_some(Statement::Assign(node))
    }

    fn parenthesised(&mut self) -> Option<Node> {
        let node = if self.take("(") { self.expression()? } else { return None };
        self.take(")").then_some(node)
    }

    fn block(&mut self) -> Option<Vec<Statement>> {
        if !self.take("{") {
            return self.statement().map(|statement| vec![statement]);
        }
        let mut body = Vec::new();
        while !self.take("}") {
            body.push(self.statement()?);
        }
        Some(body)
    }

    fn expression(&mut self) -> Option<Node> {
        self.nested(|parser| {
            let test = parser.operation(1)?;
            if !parser.take("?") {
                return Some(test);
            }
            let yes = parser.expression()?;
            let no = if parser.take(":") { parser.expression()? } else { return None };
            Some(Node::Choose(Box::new(test), Box::new(yes), Box::new(no)))
        })
    }

    fn operation(&mut self, strength: u8) -> Option<Node> {
        let mut left = self.unary()?;
        loop {
            self.skip();
            let found = OPERATORS.iter().find(|(text, _, _)| self.rest.starts_with(text));
            let Some((text, operator, binding)) = found.filter(|(_, _, binding)| *binding >= strength) else { return Some(left) };
            self.rest = &self.rest[text.len()..];
            self.operators += 1;
            if self.operators > MAX_OPERATORS {
                return None;
            }
            // `=` after an operator is an assignment, a doubled sign an increment, `**` a power: not for us.
            if self.rest.starts_with('=') || (matches!(*text, "+" | "-" | "*" | "<" | ">") && self.rest.starts_with(text)) {
                return None;
            }
            let right = self.operation(binding + 1)?;
            left = Node::Binary(*operator, Box::new(left), Box::new(right));
        }
    }

    fn unary(&mut self) -> Option<Node> {
        self.nested(|parser| {
            parser.skip();
            if parser.rest.starts_with("--") || parser.rest.starts_with('+') {
                None
            } else if parser.take("!") {
                Some(Node::Not(Box::new(parser.unary()?)))
            } else if parser.take("-") {
                Some(Node::Negative(Box::new(parser.unary()?)))
            } else {
                parser.primary()
            }
        })
    }

    fn primary(&mut self) -> Option<Node> {
        self.skip();
        let node = match self.rest.chars().next()? {
            '(' => self.parenthesised()?,
            quote @ ('\'' | '"') => Node::Literal(Js::Text(Cow::Owned(self.quoted(quote)?.to_owned()))),
            '0'..='9' => self.number()?,
            _ => match self.word()? {
                "true" => Node::Literal(Js::Bool(true)),
                "false" => Node::Literal(Js::Bool(false)),
                "null" => Node::Literal(Js::Null),
                "undefined" => Node::Literal(Js::Undefined),
                "input" => Node::Own,
                word if word == self.variable => Node::Variable,
                "value" => Node::Own,
                base @ ("data" | "row") => return self.member(base),
                _ => return None,
            },
        };
        if self.take_length() { Some(Node::Length(Box::new(node))) } else { self.ends_here().then_some(node) }
    }

    /// `.length`, as the last member.
    fn take_length(&mut self) -> bool {
        let before = self.rest;
        if self.take(".") && self.word() == Some("length") && self.ends_here() {
            return true;
        }
        self.rest = before;
        false
    }

    /// Neither a member, a call nor an index follows.
    fn ends_here(&mut self) -> bool {
        self.skip();
        !self.rest.starts_with(['.', '(', '[', '`']) && !self.rest.starts_with("?.")
    }

    fn member(&mut self, base: &str) -> Option<Node> {
        let mut path = Vec::new();
        let mut length = false;
        loop {
            if self.take("[") {
                self.skip();
                let quote = self.rest.chars().next().filter(|character| matches!(character, '\'' | '"'))?;
                path.push(self.quoted(quote)?);
                if !self.take("]") {
                    return None;
                }
            } else if self.take("?.") || self.take(".") {
                let word = self.word()?;
                if word == "length" {
                    length = true;
                    break;
                }
                path.push(word);
            } else {
                break;
            }
        }
        if !self.ends_here() {
            return None;
        }
        let node = Node::Reference((self.resolve)(base, &path)?);
        Some(if length { Node::Length(Box::new(node)) } else { node })
    }

    /// The inside of a string without escapes.
    fn quoted(&mut self, quote: char) -> Option<&'s str> {
        let (text, after) = self.rest.strip_prefix(quote)?.split_once(quote)?;
        if text.contains(['\\', '\n', '\r']) {
            return None;
        }
        self.rest = after;
        Some(text)
    }

    /// A decimal number. A leading zero is octal, a suffix something else.
    fn number(&mut self) -> Option<Node> {
        let end = self.rest.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(self.rest.len());
        let (text, after) = self.rest.split_at(end);
        let octal = text.len() > 1 && text.starts_with('0') && !text.starts_with("0.");
        if octal || after.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '$')) {
            return None;
        }
        self.rest = after;
        Some(Node::Literal(Js::Number(text.parse().ok()?)))
    }
}
