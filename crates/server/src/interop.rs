//! `interop explain`: why the interoperability platform decides as it does; `interop load`: bodies from a file;
//! `interop import`: their certified attributes from open data.

use std::collections::BTreeMap;
use std::io::{BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};

use ::interop::explain::{self, Subject};
use ::interop::load::{self, File, LoadError};
use ::interop::open_data::files::{self, ReadError};
use ::interop::open_data::{self, Imported, OpenData};
use ::interop::rules::Profile;
use clap::ValueEnum;
use kernel::{Clock, Rng, RomeTime};
use runtime::Settings;

use crate::tools::{self, Failure};

/// What is explained.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Case {
    /// Lo stato di una richiesta di fruizione
    Agreement,
    /// I difetti di un'analisi del rischio
    RiskAnalysis,
    /// I difetti di un'asserzione
    Assertion,
}

impl From<Case> for Subject {
    fn from(case: Case) -> Self {
        match case {
            Case::Agreement => Self::Agreement,
            Case::RiskAnalysis => Self::RiskAnalysis,
            Case::Assertion => Self::Assertion,
        }
    }
}

/// One verdict on standard output for each line of standard input. A line that cannot be read gets `{"error": ...}`, and the command
/// fails at its end.
///
/// # Errors
/// When the settings are wrong, a line cannot be read, or the output is closed.
pub fn explain(mut settings: Settings, case: Case, profile: Option<Profile>, at: Option<RomeTime>) -> Result<(), Failure> {
    if let Some(profile) = profile {
        settings.set("SPORTELLO_INTEROP_PROFILE", profile.to_string());
    }
    let rules = ::interop::Config::read(&mut settings).rules;
    let now = at.unwrap_or_else(|| Clock::system().now());
    let (input, mut output) = (std::io::stdin().lock(), BufWriter::new(std::io::stdout().lock()));
    let mut unread = 0;
    for line in input.lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let verdict = explain::line(case.into(), &line, &rules, now).unwrap_or_else(|error| {
            unread += 1;
            serde_json::json!({ "error": error })
        });
        writeln!(output, "{verdict}")?;
    }
    output.flush()?;
    if unread == 0 { Ok(()) } else { Err(Failure::Said(format!("Righe non leggibili: {unread}."))) }
}

/// Imports certified attributes from the files of open data; also beside a running process.
///
/// # Errors
/// When the settings are wrong, a file cannot be read, or the database does not answer.
pub async fn import(mut settings: Settings, paths: &OpenDataPaths) -> Result<(), Failure> {
    let bytes = |path: &Path| std::fs::read(path).map_err(|error| Failure::Said(format!("{}: {error}.", path.display())));
    let said = |path: &Path, error: ReadError| Failure::Said(format!("{}: {error}.", path.display()));
    let entities = files::entities(&bytes(&paths.entities)?).map_err(|error| said(&paths.entities, error))?;
    let categories = files::categories(&bytes(&paths.categories)?).map_err(|error| said(&paths.categories, error))?;
    let municipalities = match &paths.municipalities {
        Some(path) => files::municipalities(&bytes(path)?).map_err(|error| said(path, error))?,
        None => BTreeMap::new(),
    };
    let data = OpenData { entities, categories, municipalities };
    let rules = ::interop::Config::read(&mut settings).rules;
    let config = tools::plan(settings)?.config;
    let db = tools::attach(&config).await?;
    let imported = open_data::import(&db, data, &rules, &Rng::system(), Clock::system().now()).await;
    let Imported { attributes, changed_tenants, unknown_tenants } =
        imported.map_err(|error| Failure::Said(format!("{error}.")))?;
    writeln!(
        std::io::stdout(),
        "Attributi nuovi: {attributes}. Enti modificati: {changed_tenants}. Enti che l'indice non ha: {unknown_tenants}."
    )?;
    Ok(())
}

/// The files of open data.
#[derive(Debug, clap::Args)]
pub struct OpenDataPaths {
    /// Gli enti dell'indice IPA (enti.csv)
    #[arg(long = "enti", value_name = "FILE")]
    entities: PathBuf,
    /// Le categorie di enti dell'indice IPA (categorie.csv)
    #[arg(long = "categorie", value_name = "FILE")]
    categories: PathBuf,
    /// L'elenco ISTAT dei comuni italiani, per provincia e regione dei comuni
    #[arg(long = "comuni", value_name = "FILE")]
    municipalities: Option<PathBuf>,
}

/// Loads a file into the database, all of it or nothing; also beside a running process.
///
/// # Errors
/// When the settings are wrong, the file cannot be read, something in it cannot be, or the database does not answer.
pub async fn load(mut settings: Settings, file: &Path) -> Result<(), Failure> {
    let said = |problem: String| Failure::Said(format!("{}: {problem}.", file.display()));
    let text = std::fs::read(file).map_err(|error| said(error.to_string()))?;
    let content: File = serde_json::from_slice(&text).map_err(|error| said(error.to_string()))?;
    let rules = ::interop::Config::read(&mut settings).rules;
    let config = tools::plan(settings)?.config;
    let db = tools::attach(&config).await?;
    let loaded = db.write(move |tx| load::load(tx, &content, &rules, &Rng::system(), Clock::system().now())).await;
    let loaded = loaded.map_err(|error: LoadError| said(error.to_string()))?;
    let load::Loaded { attributes, new_tenants, changed_tenants } = loaded;
    writeln!(std::io::stdout(), "Attributi nuovi: {attributes}. Enti nuovi: {new_tenants}, modificati: {changed_tenants}.")?;
    Ok(())
}
