//! The commands that do one thing and end. They speak to a person, on standard output, and complain on standard error.

use std::borrow::Cow;
use std::fmt;
use std::io::Write;

use kernel::{Clock, Rng};
use runtime::{App, Role, SettingError, Settings, Stopper, Telemetry};
use storage::{DatabaseUrl, Db, DbOptions};

use crate::parts::{PARTS, Plan};
use crate::scratch::Scratch;
use crate::{lock, openapi};

/// Why a command did not do what it should.
#[derive(Debug)]
pub enum Failure {
    /// The settings are wrong.
    Settings(Vec<SettingError>),
    /// What went wrong, in a sentence that says what to do.
    Said(String),
}

impl Failure {
    /// The exit code of the program.
    pub fn code(&self) -> u8 {
        match self {
            Self::Settings(_) => 2,
            Self::Said(_) => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(text) => f.write_str(text),
            Self::Settings(mistakes) => {
                write!(f, "Configurazione non valida:")?;
                mistakes.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
            }
        }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Said(error.to_string())
    }
}

/// What the settings say.
///
/// # Errors
/// [`Failure::Settings`] with every mistake.
pub fn plan(mut settings: Settings) -> Result<Plan, Failure> {
    let plan = Plan::read(&mut settings);
    let mistakes = settings.errors();
    if mistakes.is_empty() { Ok(plan) } else { Err(Failure::Settings(mistakes)) }
}

/// The database as it is: neither made nor migrated.
///
/// # Errors
/// When there is none, or it does not answer.
pub async fn attach(config: &runtime::Config) -> Result<Db, Failure> {
    if let DatabaseUrl::Sqlite(file) = &config.database
        && !file.exists()
    {
        let hint = "avviare prima sportello run, oppure indicare la cartella con --data";
        return Err(Failure::Said(format!("La base dati {} non esiste: {hint}.", file.display())));
    }
    Ok(Db::attach(&config.database, DbOptions { connections: 2, durable: true }).await?)
}

/// `migrate`.
pub async fn migrate(settings: Settings) -> Result<(), Failure> {
    let plan = plan(settings)?;
    let _lock = lock::take(&plan.config.database)?;
    Db::open(&plan.config.database, DbOptions::default(), plan.migrations()).await?;
    say(&format!("La base dati {} è allo schema della versione {}.", plan.config.database, runtime::VERSION))
}

/// `config check`.
pub fn config_check(settings: Settings) -> Result<(), Failure> {
    plan(settings)?;
    say("La configurazione è valida.")
}

/// `config dump`: a file that can be kept and filled in. Values that are not set are commented out.
pub fn config_dump(mut settings: Settings) -> Result<(), Failure> {
    Plan::read(&mut settings);
    let mut out = std::io::stdout().lock();
    for setting in settings.dump() {
        let comment = if setting.set && setting.value != "***" { "" } else { "#" };
        writeln!(out, "# {}\n{comment}{}={}\n", setting.about, setting.name, setting.value)?;
    }
    let mistakes = settings.errors();
    if mistakes.is_empty() { Ok(()) } else { Err(Failure::Settings(mistakes)) }
}

/// `roles`.
pub fn roles() -> Result<(), Failure> {
    for part in PARTS {
        for (name, about) in part.roles {
            say(&format!("{name:<28} {about}{}", if part.demo { " (solo con --demo)" } else { "" }))?;
        }
    }
    Ok(())
}

/// `openapi <role>`.
pub async fn openapi(name: &str) -> Result<(), Failure> {
    let scratch = Scratch::open().await.map_err(Failure::Said)?;
    let roles = scratch.roles();
    match roles.iter().find(|role| role.name == name) {
        Some(role) if !role.openapi.is_null() => {
            std::io::stdout().lock().write_all(openapi::text(&web::published(role)).as_bytes())?;
            Ok(())
        }
        Some(_) => Err(Failure::Said(format!("Il ruolo {name} non ha operazioni HTTP da documentare."))),
        None => Err(Failure::Said(format!("Il ruolo {name} non esiste; l'elenco è in: sportello roles"))),
    }
}

/// The roles of this process, not started: they do what they are asked and end with the command.
pub struct Assembled {
    /// The handle that reaches them.
    pub app: App,
    /// The roles.
    pub roles: Vec<Role>,
    _stopper: Stopper,
}

/// Puts the roles together over the database as it is, so that they can call each other without an address to be called from outside.
/// Also beside a running process.
///
/// # Errors
/// When there is no database, or a part cannot be set up.
pub async fn assemble(mut plan: Plan) -> Result<Assembled, Failure> {
    let db = attach(&plan.config).await?;
    let (stopper, stop) = Stopper::new();
    let app = App::new(plan.config.clone(), db, Clock::system(), Rng::system(), stop).map_err(Failure::Said)?;
    let roles = plan.take_roles(&app);
    let router = roles.iter().fold(axum::Router::new(), |router, role| router.merge(role.routes.clone()));
    app.bind_local(web::wrap(router, web::Web::new(app.clone())));
    Ok(Assembled { app, roles, _stopper: stopper })
}

/// `job <name>`: for an orchestrator that keeps the time itself (`SPORTELLO_TIMED_JOBS=false`).
pub async fn job(settings: Settings, name: &str) -> Result<(), Failure> {
    let plan = plan(settings)?;
    let _telemetry = Telemetry::start(&plan.config, Clock::system());
    let Assembled { app, roles, _stopper } = assemble(plan).await?;
    let foundation = runtime::foundation_jobs(&app);
    let jobs = || roles.iter().flat_map(|role| &role.jobs).chain(&foundation);
    let Some(job) = jobs().find(|job| job.name == name) else {
        let names = jobs().map(|job| job.name).collect::<Vec<_>>().join(", ");
        return Err(Failure::Said(format!("Il lavoro {name} non esiste; i lavori sono: {names}.")));
    };
    tracing::info!(event_type = "job", job = job.name, "job started");
    job.run().await.map_err(|reason| Failure::Said(format!("Il lavoro {name} non è riuscito: {reason}.")))?;
    tracing::info!(event_type = "job", job = job.name, "job done");
    Ok(())
}

/// One line on standard output.
///
/// # Errors
/// When nobody reads it.
pub fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{}", printable(line))?)
}

/// The same for a row of a list: one line, whatever others wrote into it.
///
/// # Errors
/// When nobody reads it.
pub fn say_row(row: &str) -> Result<(), Failure> {
    say(row.replace('\n', " ").trim_end())
}

/// One line on standard error, for a person: what another program reads on standard output stays as it is.
///
/// # Errors
/// When it cannot be written.
pub fn note(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stderr(), "{}", printable(line))?)
}

/// The text without what would move the cursor, colour the rest or write elsewhere: stored texts come from anybody. Line feeds are ours.
fn printable(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| c == '\n' || !c.is_control();
    if text.chars().all(harmless) {
        return text.into();
    }
    text.chars().map(|c| if harmless(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_texts_do_not_steer_the_terminal() {
        assert_eq!(printable("Comune di Bugliano – città\nseconda riga"), "Comune di Bugliano – città\nseconda riga");
        assert_eq!(printable("rosso\u{1b}[31m \u{9b}2J\ttab"), "rosso\u{fffd}[31m \u{fffd}2J\u{fffd}tab");
    }
}
