//! Reading settings: every one has a name, a default that runs, and a sentence; mistakes are all reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// One setting as it was read, for `sportello config dump`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Name of the environment variable.
    pub name: String,
    /// Value in force; `***` for a secret, empty when unset.
    pub value: String,
    /// Whether it was set, or the default is in force.
    pub set: bool,
    /// What it is for.
    pub about: String,
}

/// One mistake in the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SettingError {
    /// Name of the environment variable.
    pub name: String,
    /// What is wrong and what to do.
    pub problem: String,
}

/// The source of all settings: environment variables, with the command line's options laid over them.
#[derive(Debug, Default)]
pub struct Settings {
    source: BTreeMap<String, String>,
    known: BTreeSet<String>,
    /// Ours, and the other name under which it was set.
    synonyms: BTreeMap<String, String>,
    read: Vec<Setting>,
    errors: Vec<SettingError>,
}

impl Settings {
    /// The process's environment. Empty variables count as unset.
    pub fn from_env() -> Self {
        Self::from_pairs(std::env::vars().filter(|(_, value)| !value.is_empty()))
    }

    /// The given names and values.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { source: pairs.into_iter().collect(), ..Self::default() }
    }

    /// Lays a value over what was there.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.source.insert(name.to_owned(), value.into());
    }

    /// Takes `other`, by which the documentation calls the setting `name`, for it: `translate` makes our value of theirs. Ours wins where
    /// both are set. To be called before `name` is read; mistakes are then told by the name that was used.
    pub fn synonym(&mut self, name: &str, other: &str, about: &str, translate: impl FnOnce(&str) -> String) {
        let Some(value) = self.optional(other, &format!("{about} (come {name})")) else { return };
        let value = translate(&value);
        match (self.synonyms.get(name).cloned(), self.source.get(name)) {
            (None, None) => {
                self.source.insert(name.to_owned(), value);
                self.synonyms.insert(name.to_owned(), other.to_owned());
            }
            (Some(first), Some(said)) if *said != value => self.reject(other, format!("non dice lo stesso di {first}")),
            _ => {}
        }
    }

    /// A text, `default` unless set.
    pub fn text(&mut self, name: &str, default: &str, about: &str) -> String {
        self.parse(name, default.to_owned(), about)
    }

    /// A text that may be missing.
    pub fn optional(&mut self, name: &str, about: &str) -> Option<String> {
        let value = self.source.get(name).cloned();
        self.note(name, value.clone().unwrap_or_default(), value.is_some(), about);
        value
    }

    /// A text that may be missing and is never shown.
    pub fn secret(&mut self, name: &str, about: &str) -> Option<String> {
        let value = self.source.get(name).cloned();
        self.note(name, if value.is_some() { "***".into() } else { String::new() }, value.is_some(), about);
        value
    }

    /// A text that must be there.
    pub fn required(&mut self, name: &str, about: &str) -> String {
        self.optional(name, about).unwrap_or_else(|| {
            self.reject(name, format!("variabile obbligatoria mancante ({about})"));
            String::new()
        })
    }

    /// A value of any type that reads from text, `default` unless set. A value that does not read is reported by
    /// [`Settings::errors`], and the default is given meanwhile.
    pub fn parse<T>(&mut self, name: &str, default: T, about: &str) -> T
    where
        T: FromStr + ToString,
        T::Err: ToString,
    {
        let set = self.source.get(name).cloned();
        let value = match set.as_deref().map(T::from_str) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.reject(name, error.to_string());
                default
            }
        };
        self.note(name, value.to_string(), set.is_some(), about);
        value
    }

    /// Reports a mistake that only the reader of several settings can see.
    pub fn reject(&mut self, name: &str, problem: impl Into<String>) {
        let name = self.synonyms.get(name).map_or(name, String::as_str).to_owned();
        self.errors.push(SettingError { name, problem: problem.into() });
    }

    /// Reads the settings of a role that does not run in this process: their names are known, their values nobody's business.
    pub fn elsewhere(&mut self, read: impl FnOnce(&mut Self)) {
        let (shown, mistakes) = (self.read.len(), self.errors.len());
        read(self);
        self.read.truncate(shown);
        self.errors.truncate(mistakes);
    }

    fn note(&mut self, name: &str, value: String, set: bool, about: &str) {
        if self.known.insert(name.to_owned()) {
            let set = set && !self.synonyms.contains_key(name);
            self.read.push(Setting { name: name.to_owned(), value, set, about: about.to_owned() });
        }
    }

    /// Every setting read so far, in the order of reading.
    pub fn dump(&self) -> &[Setting] {
        &self.read
    }

    /// Every mistake, and every variable that begins with `SPORTELLO_` and that nobody read.
    pub fn errors(&self) -> Vec<SettingError> {
        // Variables of the test harness are read outside of the settings.
        const HARNESS: [&str; 3] = ["SPORTELLO_TEST_", "SPORTELLO_CRASH_AT", "SPORTELLO_CACHE"];
        let unknown = self
            .source
            .keys()
            .filter(|name| name.starts_with("SPORTELLO_") && !HARNESS.iter().any(|known| name.starts_with(known)))
            .filter(|name| !self.known.contains(*name))
            .map(|name| SettingError {
                name: name.clone(),
                problem: "variabile sconosciuta: correggere il nome o toglierla".into(),
            });
        self.errors.iter().cloned().chain(unknown).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        Settings::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn all_mistakes_are_reported_at_once() {
        let mut settings = settings(&[("SPORTELLO_PORT", "x"), ("SPORTELLO_PROT", "1"), ("PATH", "/bin")]);
        assert_eq!(settings.parse("SPORTELLO_PORT", 80_u16, "port"), 80);
        settings.required("KAFKA_TOPIC_NAME", "topic");
        let names: Vec<_> = settings.errors().into_iter().map(|error| error.name).collect();
        assert_eq!(names, ["SPORTELLO_PORT", "KAFKA_TOPIC_NAME", "SPORTELLO_PROT"]);
    }

    #[test]
    fn settings_of_roles_that_run_elsewhere_are_known_but_not_judged() {
        let mut settings = settings(&[("SPORTELLO_THERE", "x"), ("SPORTELLO_NOWHERE", "x")]);
        settings.elsewhere(|settings| {
            settings.parse("SPORTELLO_THERE", 1_u16, "a number of theirs");
            settings.required("SPORTELLO_MISSING", "needed there");
        });
        let names: Vec<_> = settings.errors().into_iter().map(|error| error.name).collect();
        assert_eq!(names, ["SPORTELLO_NOWHERE"]);
        assert_eq!(settings.dump(), []);
    }

    #[test]
    fn a_setting_may_be_given_by_another_name() {
        let read = |pairs: &[(&str, &str)]| {
            let mut settings = settings(pairs);
            settings.synonym("SPORTELLO_PORT", "PORT", "port", |text| text.trim_start_matches(':').to_owned());
            settings.synonym("SPORTELLO_PORT", "HTTP_PORT", "port", str::to_owned);
            let port = settings.parse("SPORTELLO_PORT", 80_u16, "port");
            (port, settings.errors().into_iter().map(|error| error.name).collect::<Vec<_>>(), settings)
        };
        let (port, errors, settings) = read(&[("PORT", ":81")]);
        assert_eq!((port, errors.len()), (81, 0));
        let shown: Vec<_> =
            settings.dump().iter().map(|setting| (setting.name.as_str(), setting.value.as_str(), setting.set)).collect();
        assert_eq!(shown, [("PORT", ":81", true), ("HTTP_PORT", "", false), ("SPORTELLO_PORT", "81", false)]);
        assert_eq!(read(&[("PORT", ":81"), ("HTTP_PORT", "81")]).1, [""; 0]);
        assert_eq!(read(&[("PORT", ":81"), ("HTTP_PORT", "82")]).1, ["HTTP_PORT"], "two that do not agree");
        assert_eq!(read(&[("PORT", "eighty")]).1, ["PORT"], "the name that was used");
        let (port, errors, _) = read(&[("PORT", "81"), ("SPORTELLO_PORT", "83")]);
        assert_eq!((port, errors.len()), (83, 0), "ours wins");
    }

    #[test]
    fn secrets_are_never_dumped() {
        let mut settings = settings(&[("SPORTELLO_SECRET", "hunter2")]);
        assert_eq!(settings.secret("SPORTELLO_SECRET", "secret").as_deref(), Some("hunter2"));
        assert!(!format!("{:?}", settings.dump()).contains("hunter2"));
    }
}
