//! `validate.pattern`: a JavaScript regular expression, run on an engine whose time is linear in the text.
//!
//! Form.io tests `new RegExp("^" + pattern + "$")` without flags. The same reading is kept here, anchors included, so that
//! browser and server agree. What linear time cannot offer (back-references, look-behind, look-ahead in the middle) is refused
//! when the form is compiled; look-ahead at the very start (`^(?=.*\d)(?!.*\s).{8,}$`) becomes a second expression.

use regex::{Regex, RegexBuilder};

/// Memory that one compiled expression may take, in bytes: a form is somebody's input too.
const SIZE_LIMIT: usize = 1 << 20;

/// Every character that `\s` means in JavaScript, written for the inside of a class.
const SPACES: &str = r"\t\n\x0B\x0C\r\x{20}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}";

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    main: Regex,
    /// Look-ahead at the start: the expression, and whether it has to match.
    ahead: Vec<(Regex, bool)>,
}

impl Pattern {
    /// Compiles a `pattern` as Form.io reads it. The error says, in Italian, what cannot be translated.
    pub(crate) fn compile(pattern: &str) -> Result<Self, String> {
        let mut rest = pattern.strip_prefix('^').unwrap_or(pattern);
        let mut ahead = Vec::new();
        while let Some(positive) = lookahead(rest) {
            let end = group_end(rest).ok_or("una parentesi non è chiusa")?;
            ahead.push((build(&format!("^(?:{})", translate(&rest[3..end])?))?, positive));
            rest = rest[end + 1..].strip_prefix('^').unwrap_or(&rest[end + 1..]);
        }
        if !ahead.is_empty() && alternates(rest) {
            return Err("un lookahead non può stare accanto a un'alternativa (|)".to_owned());
        }
        let main = if ahead.is_empty() { pattern } else { rest };
        Ok(Self { main: build(&format!("^{}$", translate(main)?))?, ahead })
    }

    /// Whether `text` matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.main.is_match(text) && self.ahead.iter().all(|(regex, wanted)| regex.is_match(text) == *wanted)
    }
}

fn build(source: &str) -> Result<Regex, String> {
    RegexBuilder::new(source).size_limit(SIZE_LIMIT).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "è troppo grande".to_owned(),
        _ => "non è un'espressione regolare".to_owned(),
    })
}

fn lookahead(pattern: &str) -> Option<bool> {
    if pattern.starts_with("(?=") { Some(true) } else { pattern.starts_with("(?!").then_some(false) }
}

/// Where the group that opens `pattern` closes.
fn group_end(pattern: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in structure(pattern) {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether there is a `|` outside every group.
fn alternates(pattern: &str) -> bool {
    let mut depth = 0_i32;
    structure(pattern).any(|(_, byte)| {
        depth += i32::from(byte == b'(') - i32::from(byte == b')');
        byte == b'|' && depth == 0
    })
}

/// The bytes of `pattern` that are neither escaped nor inside a class, with their places.
fn structure(pattern: &str) -> impl Iterator<Item = (usize, u8)> {
    let (mut escaped, mut class) = (false, false);
    pattern.bytes().enumerate().filter(move |(_, byte)| {
        if escaped {
            escaped = false;
            return false;
        }
        match byte {
            b'\\' => escaped = true,
            b'[' if !class => class = true,
            b']' if class => class = false,
            _ => return !class,
        }
        false
    })
}

/// Writes a JavaScript expression (no flags) in the syntax of the linear engine.
fn translate(source: &str) -> Result<String, String> {
    let mut out = String::with_capacity(source.len() + 8);
    let mut rest = source;
    let mut class = false;
    let mut after_set = false;
    while let Some(character) = rest.chars().next() {
        let tail = &rest[character.len_utf8()..];
        let beside_set =
            std::mem::replace(&mut after_set, character == '\\' && is_set(tail)) || tail.strip_prefix('\\').is_some_and(is_set);
        rest = match character {
            '\\' => escape(tail, class, &mut out)?,
            '[' if class => {
                out.push_str("\\[");
                tail
            }
            '[' => match tail {
                empty if empty.starts_with(']') => {
                    out.push_str("[a&&b]"); // matches nothing
                    &tail[1..]
                }
                any if any.starts_with("^]") => {
                    out.push_str("(?s:.)");
                    &tail[2..]
                }
                _ => {
                    class = true;
                    out.push('[');
                    match tail.strip_prefix('^') {
                        Some(tail) => {
                            out.push('^');
                            tail
                        }
                        None => tail,
                    }
                }
            },
            ']' if class => {
                class = false;
                out.push(']');
                tail
            }
            // Doubled, these are set operations in the linear engine.
            '&' | '~' if class => {
                out.push('\\');
                out.push(character);
                tail
            }
            // A hyphen that is not between two characters stands for itself.
            '-' if class && (beside_set || out.ends_with(['[', '^']) || tail.starts_with(']') || ends_range(&out)) => {
                out.push_str("\\-");
                tail
            }
            '.' if !class => {
                out.push_str(r"[^\n\r\x{2028}\x{2029}]");
                tail
            }
            '(' if !class && tail.starts_with('?') => {
                let named = tail.starts_with("?<") && !tail.starts_with("?<=") && !tail.starts_with("?<!");
                if !tail.starts_with("?:") && !named {
                    return Err("lookahead e lookbehind non sono ammessi qui".to_owned());
                }
                out.push('(');
                tail
            }
            '{' if !class && !quantifier(tail) => {
                out.push_str("\\{");
                tail
            }
            '}' if !class && !closes_quantifier(&out) => {
                out.push_str("\\}");
                tail
            }
            other => {
                out.push(other);
                tail
            }
        };
    }
    Ok(out)
}

/// Whether what follows a backslash names a set of characters.
fn is_set(tail: &str) -> bool {
    tail.starts_with(['d', 'D', 'w', 'W', 's', 'S'])
}

/// Whether `out` ends with the hyphen of a range.
fn ends_range(out: &str) -> bool {
    out.ends_with('-') && !out.ends_with("\\-")
}

/// Whether what follows a `{` is a repetition: `n}`, `n,}` or `n,m}`.
fn quantifier(tail: &str) -> bool {
    let Some((inside, _)) = tail.split_once('}') else { return false };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (low, high) = inside.split_once(',').unwrap_or((inside, ""));
    !low.is_empty() && digits(low) && digits(high)
}

fn closes_quantifier(out: &str) -> bool {
    out.rsplit_once('{').is_some_and(|(before, inside)| !before.ends_with('\\') && quantifier(&format!("{inside}}}")))
}

/// Translates what follows a backslash and gives back what comes after it.
fn escape<'a>(tail: &'a str, class: bool, out: &mut String) -> Result<&'a str, String> {
    let Some(character) = tail.chars().next() else { return Err("finisce con una barra rovesciata".to_owned()) };
    let after = &tail[character.len_utf8()..];
    let mut set = |inside: &str, negated: bool| {
        out.push_str(match (class, negated) {
            (true, false) => "",
            (_, true) => "[^",
            (false, false) => "[",
        });
        out.push_str(inside);
        if !class || negated {
            out.push(']');
        }
    };
    match character {
        'd' => set("0-9", false),
        'D' => set("0-9", true),
        'w' => set("0-9A-Za-z_", false),
        'W' => set("0-9A-Za-z_", true),
        's' => set(SPACES, false),
        'S' => set(SPACES, true),
        'b' if class => out.push_str(r"\x08"),
        'b' => out.push_str(r"(?-u:\b)"),
        'B' => return Err("\\B non è ammesso".to_owned()),
        't' | 'n' | 'r' | 'f' | 'v' => {
            out.push('\\');
            out.push(character);
        }
        'u' | 'x' => {
            let size = if character == 'u' { 4 } else { 2 };
            let Some(code) = after.get(..size).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit())) else {
                out.push(character);
                return Ok(after);
            };
            out.push_str(&format!("\\x{{{code}}}"));
            return Ok(&after[size..]);
        }
        '0' if !after.starts_with(|next: char| next.is_ascii_digit()) => out.push_str(r"\x00"),
        '0'..='9' | 'k' | 'c' => return Err("i riferimenti all'indietro non sono ammessi".to_owned()),
        other if other.is_ascii_alphabetic() => out.push(other),
        other => out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
    }
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::compile(pattern).unwrap().matches(text)
    }

    #[test]
    fn javascript_syntax_keeps_its_meaning() {
        for (pattern, text, expected) in [
            (r"\d{5}", "67049", true),
            (r"\d{5}", "6704٩", false),
            (r"^[A-Za-z]{2}$", "AQ", true),
            (r"[\w.-]+", "a.b-c", true),
            (r"[^\s]+", "a\u{a0}b", false),
            (r"a\/b", "a/b", true),
            (r"\<b\>", "<b>", true),
            (r"[[]", "[", true),
            (r"[a&&b]", "&", true),
            (r"[+--]", ",", true),
            (r"[\w-.]+", "a-b.c", true),
            (r"[\w-\s]+", "a - b", true),
            (r"[--a]", "A", true),
            (r"{a}", "{a}", true),
            (r"a{,3}", "a{,3}", true),
            (r"\u00e0", "à", true),
            (r"[^]", "\n", true),
            (r"[]", "a", false),
            (r".", "\u{2028}", false),
            (r"a|b", "ax", true), // ^a|b$: as the browser reads it
            (r"^(?=.*\d)(?=.*[a-z])(?!.*\s).{8,}$", "abcdefg1", true),
            (r"^(?=.*\d)(?=.*[a-z])(?!.*\s).{8,}$", "abcdefgh", false),
            (r"(?!0+$)\d+", "000", false),
            (r"(?!0+$)\d+", "0010", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text:?}");
        }
    }

    #[test]
    fn what_cannot_be_linear_is_refused() {
        for pattern in [r"(a)\1", r"a(?=b)c", r"(?<=a)b", r"(?=a)b|c", r"(", r"[z-a]", r"(\d{1,1000}){1,1000}", "\\"] {
            assert!(Pattern::compile(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_catastrophic_pattern_is_fast() {
        let pattern = Pattern::compile(r"(a+)+b|(a|aa)+c|(.*a){12}").unwrap();
        let started = Instant::now();
        assert!(!pattern.matches(&"a".repeat(60_000).replace("aaaa", "aaax")[..59_999].replace('a', "x")));
        let _ = pattern.matches(&"a".repeat(60_000));
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
