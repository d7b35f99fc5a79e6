//! The command line: its words, and the settings that its options lay over the environment.

use std::process::ExitCode;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};
use runtime::Settings;

use crate::{doctor, interop, letters, payments, retries, run, tenants, tools, topics};

/// Servizi digitali per gli enti pubblici: domande, pagamenti, protocollo.
#[derive(Debug, Parser)]
#[command(name = "sportello", version, disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    engines: Engines,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes; each lies over an environment variable.
#[derive(Debug, Args)]
struct Engines {
    /// Indirizzo su cui ascolta il server HTTP [SPORTELLO_HTTP, 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "INDIRIZZO:PORTA")]
    http: Option<String>,
    /// Cartella dei motori incorporati [SPORTELLO_DATA, ./data]
    #[arg(long, global = true, value_name = "CARTELLA")]
    data: Option<String>,
    /// Base dati: sqlite:<file> oppure postgres://... [SPORTELLO_DATABASE]
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
    /// Bus degli eventi: embedded: oppure kafka://host:porta [SPORTELLO_BUS]
    #[arg(long, global = true, value_name = "URL")]
    bus: Option<String>,
    /// Archivio dei file: file:<cartella>, s3://<bucket> oppure az://<contenitore> [SPORTELLO_FILES]
    #[arg(long, global = true, value_name = "URL")]
    files: Option<String>,
}

impl Engines {
    fn settings(&self) -> Settings {
        let mut settings = Settings::from_env();
        for (name, value) in [
            ("SPORTELLO_HTTP", &self.http),
            ("SPORTELLO_DATA", &self.data),
            ("SPORTELLO_DATABASE", &self.database),
            ("SPORTELLO_BUS", &self.bus),
            ("SPORTELLO_FILES", &self.files),
        ] {
            if let Some(value) = value {
                settings.set(name, value);
            }
        }
        settings
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Avvia i ruoli, tutti in un processo se non è detto altro
    Run {
        /// Ruoli da avviare, separati da virgole [SPORTELLO_ROLES]
        #[arg(long, value_name = "RUOLI")]
        roles: Option<String>,
        /// Con i dati e le controparti di dimostrazione [SPORTELLO_DEMO]
        #[arg(long)]
        demo: bool,
    },
    /// Porta la base dati allo schema di questa versione
    Migrate,
    /// Controlla o mostra la configurazione
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Controlla che qui Sportello possa funzionare, e dice che cosa manca
    Doctor {
        /// Interroga invece un processo già avviato, per esempio http://127.0.0.1:8080
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// Elenca i ruoli
    Roles,
    /// Legge e scrive gli eventi, anche mentre Sportello è in esecuzione
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Mostra, rimette in lavorazione ed elimina ciò che nessuno ha potuto trattare, anche mentre Sportello è in esecuzione
    #[command(subcommand)]
    DeadLetters(letters::Command),
    /// Mostra e anticipa ciò che attende un nuovo tentativo, anche mentre Sportello è in esecuzione
    #[command(subcommand)]
    Retries(retries::Command),
    /// Crea ed elenca gli enti, anche mentre Sportello è in esecuzione
    #[command(subcommand)]
    Tenants(TenantsCommand),
    /// Interviene sugli utenti, anche mentre Sportello è in esecuzione
    #[command(subcommand)]
    Users(UsersCommand),
    /// Controlla i pagamenti, anche mentre Sportello è in esecuzione
    #[command(subcommand)]
    Payments(payments::Command),
    /// Stampa il documento OpenAPI di un ruolo
    Openapi {
        /// Nome del ruolo
        role: String,
    },
    /// La piattaforma di interoperabilità
    #[command(subcommand)]
    Interop(InteropCommand),
    /// Esegue una volta un lavoro periodico
    Job {
        /// Nome del lavoro; un nome errato mostra l'elenco
        name: String,
    },
}

#[derive(Debug, Subcommand)]
enum InteropCommand {
    /// Dice perché la piattaforma decide così: un oggetto JSON per riga da standard input, un esito per riga
    Explain {
        /// Che cosa spiegare
        case: interop::Case,
        /// Regole: guide oppure as-built [SPORTELLO_INTEROP_PROFILE]
        #[arg(long, value_name = "REGOLE")]
        profile: Option<::interop::rules::Profile>,
        /// L'istante a cui giudicare, per esempio 2026-03-02T09:00:00Z; altrimenti adesso
        #[arg(long, value_name = "ISTANTE")]
        at: Option<kernel::RomeTime>,
    },
    /// Carica enti, utenti, attributi e indirizzi da un file, con gli identificativi che dà; tutto o niente
    Load {
        /// Il file JSON; crates/interop/LOAD.md ne descrive il formato
        file: std::path::PathBuf,
    },
    /// Assegna agli enti gli attributi certificati dell'indice IPA e dell'ISTAT, da file CSV
    Import(interop::OpenDataPaths),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Dice se la configurazione è valida
    Check,
    /// Stampa ogni variabile con il valore in uso, come file .env
    Dump,
}

#[derive(Debug, Subcommand)]
enum TenantsCommand {
    /// Elenca gli enti
    List,
    /// Crea un ente e il suo primo amministratore; ciò che esiste già resta com'è
    Create(Box<tenants::NewTenant>),
}

#[derive(Debug, Subcommand)]
enum UsersCommand {
    /// Imposta un'altra password a un utente, e ne chiude le sessioni
    ResetPassword(tenants::Reset),
}

#[derive(Debug, Subcommand)]
enum TopicsCommand {
    /// Elenca i topic
    List,
    /// Scrive su standard output gli eventi di un topic, uno per riga
    Read {
        /// Nome del topic
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        topic: String,
        /// Prima posizione da leggere
        #[arg(long, value_name = "POSIZIONE", default_value_t = 0)]
        from: i64,
        /// Continua con gli eventi che arrivano, fino a Ctrl-C
        #[arg(long)]
        follow: bool,
    },
    /// Pubblica gli eventi letti da standard input, uno per riga
    Write {
        /// Nome del topic
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        topic: String,
        /// Chiave degli eventi; altrimenti quella che il topic prevede
        #[arg(long, value_name = "CHIAVE")]
        key: Option<String>,
        /// Pubblica ogni riga così com'è, anche se non è JSON
        #[arg(long)]
        raw: bool,
    },
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    choose_tls();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("sportello: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(dispatch(cli));
    // What still blocks a thread now (a client's last poll) is not worth waiting for.
    runtime.shutdown_timeout(Duration::from_millis(500));
    code
}

/// Chooses the provider of TLS for the whole process; to be called before anything speaks TLS, any number of times.
pub(crate) fn choose_tls() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

async fn dispatch(cli: Cli) -> ExitCode {
    let mut settings = cli.engines.settings();
    let outcome = match cli.command {
        Command::Run { roles, demo } => {
            if let Some(roles) = roles {
                settings.set("SPORTELLO_ROLES", roles);
            }
            if demo {
                settings.set("SPORTELLO_DEMO", "true");
            }
            return run::run(settings).await;
        }
        Command::Migrate => tools::migrate(settings).await,
        Command::Config(ConfigCommand::Check) => tools::config_check(settings),
        Command::Config(ConfigCommand::Dump) => tools::config_dump(settings),
        Command::Doctor { url: Some(url) } => doctor::probe(&url).await,
        Command::Doctor { url: None } => doctor::examine(settings).await,
        Command::Roles => tools::roles(),
        Command::Topics(TopicsCommand::List) => topics::list(settings).await,
        Command::Topics(TopicsCommand::Read { topic, from, follow }) => topics::read(settings, topic, from, follow).await,
        Command::Topics(TopicsCommand::Write { topic, key, raw }) => topics::write(settings, topic, key, raw).await,
        Command::DeadLetters(command) => letters::run(settings, command).await,
        Command::Retries(command) => retries::run(settings, command).await,
        Command::Tenants(TenantsCommand::List) => tenants::list(settings).await,
        Command::Tenants(TenantsCommand::Create(new)) => tenants::create(settings, *new).await,
        Command::Users(UsersCommand::ResetPassword(reset)) => tenants::reset_password(settings, reset).await,
        Command::Payments(command) => payments::run(settings, command).await,
        Command::Openapi { role } => tools::openapi(&role).await,
        Command::Interop(InteropCommand::Explain { case, profile, at }) => interop::explain(settings, case, profile, at),
        Command::Interop(InteropCommand::Load { file }) => interop::load(settings, &file).await,
        Command::Interop(InteropCommand::Import(paths)) => interop::import(settings, &paths).await,
        Command::Job { name } => tools::job(settings, &name).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_may_follow_the_command() {
        let cli = Cli::parse_from(["sportello", "topics", "read", "payments", "--data", "/srv/x", "--from", "7"]);
        assert_eq!(cli.engines.data.as_deref(), Some("/srv/x"));
        assert!(matches!(cli.command, Command::Topics(TopicsCommand::Read { from: 7, follow: false, .. })));
    }
}
