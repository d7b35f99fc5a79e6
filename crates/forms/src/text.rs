//! Words for people: labels without markup, and the Italian sentences of every error.

/// A label or an answer as plain text: HTML tags removed, the usual entities resolved, white space folded.
pub(crate) fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(character) = rest.chars().next() {
        let tail = &rest[character.len_utf8()..];
        rest = match character {
            '<' if tail.starts_with(|next: char| next.is_ascii_alphabetic() || matches!(next, '/' | '!')) => {
                match tail.split_once('>') {
                    Some((tag, after)) => {
                        if !matches!(
                            tag.trim_start_matches('/').split([' ', '/']).next(),
                            Some("b" | "i" | "em" | "strong" | "span" | "a" | "u")
                        ) {
                            out.push(' ');
                        }
                        after
                    }
                    None => "",
                }
            }
            '&' => match entity(tail) {
                Some((resolved, after)) => {
                    out.push(resolved);
                    after
                }
                None => {
                    out.push('&');
                    tail
                }
            },
            other => {
                out.push(other);
                tail
            }
        };
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn entity(tail: &str) -> Option<(char, &str)> {
    let (name, after) = tail.split_at_checked(tail.bytes().take(10).position(|byte| byte == b';')?)?;
    let resolved = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "#39" => '\'',
        "nbsp" => ' ',
        "agrave" => 'à',
        "egrave" => 'è',
        "eacute" => 'é',
        "igrave" => 'ì',
        "ograve" => 'ò',
        "ugrave" => 'ù',
        "euro" => '€',
        "rsquo" => '’',
        number => char::from_u32(number.strip_prefix('#')?.parse().ok()?)?,
    };
    Some((resolved, &after[1..]))
}

/// Why a value is refused. [`Refusal::sentence`] says it to the citizen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Refusal {
    Required,
    Unchecked,
    Type(&'static str),
    Control,
    Pattern,
    Mask(String),
    Email,
    Url,
    MinLength(usize),
    MaxLength(usize),
    MinWords(usize),
    MaxWords(usize),
    Min(String),
    Max(String),
    Date,
    MinDate(String),
    MaxDate(String),
    Time,
    Day,
    Option,
    MinSelected(usize),
    MaxSelected(usize),
    MinRows(usize),
    MaxRows(usize),
    Survey,
    Files(&'static str, String),
    OneFile,
    Booking,
    Split,
    Amount,
    TooLarge,
    Custom(Option<String>),
    Script,
}

impl Refusal {
    /// The machine-readable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Required | Self::Unchecked | Self::Survey => "required",
            Self::Type(_) => "type",
            Self::Control => "control_characters",
            Self::Pattern => "pattern",
            Self::Mask(_) => "mask",
            Self::Email => "email",
            Self::Url => "url",
            Self::MinLength(_) => "min_length",
            Self::MaxLength(_) => "max_length",
            Self::MinWords(_) => "min_words",
            Self::MaxWords(_) => "max_words",
            Self::Min(_) => "min",
            Self::Max(_) => "max",
            Self::Date => "date",
            Self::MinDate(_) => "min_date",
            Self::MaxDate(_) => "max_date",
            Self::Time => "time",
            Self::Day => "day",
            Self::Option => "option",
            Self::MinSelected(_) => "min_selected",
            Self::MaxSelected(_) => "max_selected",
            Self::MinRows(_) => "min_rows",
            Self::MaxRows(_) => "max_rows",
            Self::Files(code, _) => code,
            Self::OneFile => "max_files",
            Self::Booking => "booking",
            Self::Split => "split",
            Self::Amount => "amount",
            Self::TooLarge => "too_large",
            Self::Custom(_) => "custom",
            Self::Script => "script",
        }
    }

    /// The name of the rule in Form.io, under which a form may give its own words.
    pub(crate) fn rule(&self) -> &'static str {
        match self {
            Self::Required | Self::Unchecked => "required",
            Self::Pattern => "pattern",
            Self::Mask(_) => "mask",
            Self::Email => "invalid_email",
            Self::Url => "invalid_url",
            Self::MinLength(_) => "minLength",
            Self::MaxLength(_) => "maxLength",
            Self::MinWords(_) => "minWords",
            Self::MaxWords(_) => "maxWords",
            Self::Min(_) => "min",
            Self::Max(_) => "max",
            Self::Date => "invalidDate",
            Self::MinDate(_) => "minDate",
            Self::MaxDate(_) => "maxDate",
            Self::Time => "time",
            Self::Day => "invalidDay",
            Self::Option => "invalidOption",
            Self::MinSelected(_) => "minSelectedCount",
            Self::MaxSelected(_) => "maxSelectedCount",
            Self::Survey => "requiredSurvey",
            Self::Custom(_) => "custom",
            _ => "",
        }
    }

    /// The whole sentence, for the field that the citizen knows as `label`.
    pub(crate) fn sentence(&self, label: &str) -> String {
        let about = |what: std::fmt::Arguments<'_>| format!("Il campo \"{label}\" {what}.");
        match self {
            Self::Required => about(format_args!("è obbligatorio: compilarlo")),
            Self::Unchecked => format!("La casella \"{label}\" è obbligatoria: selezionarla."),
            Self::Type(expected) => about(format_args!("non è valido: serve {expected}")),
            Self::Pattern => about(format_args!("non ha il formato richiesto: controllarlo")),
            Self::Control => about(format_args!("contiene caratteri che non si vedono: scriverlo di nuovo")),
            Self::Mask(mask) => about(format_args!("non ha il formato richiesto: scriverlo come {mask}")),
            Self::Email => about(format_args!("non è un indirizzo email valido: scriverlo come nome@esempio.it")),
            Self::Url => about(format_args!("non è un indirizzo web valido: scriverlo come https://www.esempio.it")),
            Self::MinLength(min) => about(format_args!("è troppo corto: scrivere almeno {min} caratteri")),
            Self::MaxLength(max) => about(format_args!("è troppo lungo: scrivere al massimo {max} caratteri")),
            Self::MinWords(min) => about(format_args!("è troppo corto: scrivere almeno {min} parole")),
            Self::MaxWords(max) => about(format_args!("è troppo lungo: scrivere al massimo {max} parole")),
            Self::Min(min) => about(format_args!("è troppo piccolo: il minimo è {min}")),
            Self::Max(max) => about(format_args!("è troppo grande: il massimo è {max}")),
            Self::Date => about(format_args!("non è una data valida: scegliere una data esistente")),
            Self::MinDate(min) => about(format_args!("è una data troppo lontana nel passato: la prima ammessa è il {min}")),
            Self::MaxDate(max) => about(format_args!("è una data troppo lontana nel futuro: l'ultima ammessa è il {max}")),
            Self::Time => about(format_args!("non è un orario valido: scriverlo come 09:30")),
            Self::Day => about(format_args!("non è una data valida: indicare giorno, mese e anno")),
            Self::Option => about(format_args!("contiene una risposta non prevista: sceglierne una dall'elenco")),
            Self::MinSelected(min) => about(format_args!("ha poche risposte: sceglierne almeno {min}")),
            Self::MaxSelected(max) => about(format_args!("ha troppe risposte: sceglierne al massimo {max}")),
            Self::MinRows(min) => about(format_args!("ha poche righe: inserirne almeno {min}")),
            Self::MaxRows(max) => about(format_args!("ha troppe righe: inserirne al massimo {max}")),
            Self::Survey => about(format_args!("è incompleto: rispondere a tutte le domande")),
            Self::Files(_, expected) => format!("Il documento del campo \"{label}\" {expected}."),
            Self::OneFile => about(format_args!("ammette un solo documento: togliere gli altri")),
            Self::Booking => about(format_args!("non è un appuntamento valido: sceglierne uno dal calendario")),
            Self::Split => about(format_args!("non è una ripartizione valida dell'importo")),
            Self::Amount => about(format_args!("non è un importo in euro valido: scriverlo come 16,00")),
            Self::TooLarge => about(format_args!("contiene troppi dati: ridurli")),
            Self::Custom(Some(message)) => message.clone(),
            Self::Custom(None) => about(format_args!("non è valido: controllarlo")),
            Self::Script => about(format_args!(
                "non può essere controllato per un errore del modulo: segnalarlo all'ente che offre il servizio"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lose_their_markup() {
        for (html, expected) in [
            ("<b>Nome</b> e&nbsp;cognome", "Nome e cognome"),
            ("<p>a</p><p>b</p>", "a b"),
            ("importo < 5 &amp; > 3", "importo < 5 & > 3"),
            ("citt&agrave; &#200; &boh; &", "città È &boh; &"),
            ("<script", ""),
            ("&àààààààà;", "&àààààààà;"),
        ] {
            assert_eq!(plain(html), expected, "{html}");
        }
    }
}
