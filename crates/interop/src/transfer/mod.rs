//! E-services as archives, from one installation to another: `configuration.json`, the interface, and `documents/`, in a folder or not.

pub mod zip;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::catalog::descriptor::{Descriptor, Terms};
use crate::catalog::documents::{self, file_name, is_pretty};
use crate::catalog::eservice::{EService, General, Mode, Technology};
use crate::risk_analysis::{Answer, Form, RuleSet};
use crate::rules::ApprovalPolicy;

/// The name of the description in an archive.
const CONFIGURATION: &str = "configuration.json";
/// Most bytes of an archive, packed or not.
pub const LARGEST: usize = 64 * 1024 * 1024;
/// Most risk analyses of an e-service that comes in an archive: all of them are one transaction.
const MOST_ANALYSES: usize = 100;

/// `configuration.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Configuration {
    name: String,
    description: String,
    technology: Technology,
    mode: Mode,
    #[serde(default)]
    is_signal_hub_enabled: bool,
    #[serde(default)]
    is_consumer_delegable: bool,
    #[serde(default)]
    is_client_access_delegable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    personal_data: Option<bool>,
    descriptor: Version,
    #[serde(default)]
    risk_analysis: Vec<Analysis>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interface: Option<Named>,
    docs: Vec<Named>,
    audience: Vec<String>,
    voucher_lifespan: u32,
    daily_calls_per_consumer: u32,
    daily_calls_total: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    agreement_approval_policy: ApprovalPolicy,
}

/// A file of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    pretty_name: String,
    path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    name: String,
    risk_analysis_form: Answers,
}

/// A risk analysis as archives have it: questions with one answer apart from those with many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answers {
    version: String,
    single_answers: Vec<Single>,
    multi_answers: Vec<Multi>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Single {
    key: String,
    #[serde(default)]
    value: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Multi {
    key: String,
    values: Vec<String>,
}

impl From<&Form> for Answers {
    fn from(form: &Form) -> Self {
        let sets = || RuleSet::all().iter().filter(|set| set.version == form.version);
        let many = |id: &str| sets().filter_map(|set| set.question(id)).any(|question| question.answer == Answer::Many);
        let (multi, single): (Vec<_>, Vec<_>) = form.answers.iter().partition(|(id, _)| many(id));
        Self {
            version: form.version.clone(),
            single_answers: single
                .into_iter()
                .map(|(key, given)| Single { key: key.clone(), value: given.first().cloned() })
                .collect(),
            multi_answers: multi.into_iter().map(|(key, values)| Multi { key: key.clone(), values: values.clone() }).collect(),
        }
    }
}

impl From<Answers> for Form {
    fn from(answers: Answers) -> Self {
        let single = answers.single_answers.into_iter().map(|Single { key, value }| (key, value.into_iter().collect()));
        let multi = answers.multi_answers.into_iter().map(|Multi { key, values }| (key, values));
        Self { version: answers.version, answers: single.chain(multi).collect() }
    }
}

/// A file of an e-service that came in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Name of the file.
    pub name: String,
    /// Name for people.
    pub pretty_name: String,
    /// The bytes.
    pub content: Vec<u8>,
}

/// An e-service that came in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What every version has in common.
    pub general: General,
    /// What its producer says of the version.
    pub terms: Terms,
    /// Its interface.
    pub interface: Option<File>,
    /// Its documents.
    pub docs: Vec<File>,
    /// Risk analyses, by their names.
    pub analyses: Vec<(String, Form)>,
}

/// The names in the archive of a version's files: those that are the same get a number.
pub fn names(descriptor: &Descriptor) -> (Option<String>, Vec<String>) {
    let mut taken = BTreeSet::new();
    let mut docs = Vec::new();
    for document in &descriptor.docs {
        let own = file_name(&document.name);
        let (stem, extension) = own.rsplit_once('.').unwrap_or((&own, ""));
        let numbered = |number: u32| match (number, extension) {
            (0, _) => own.clone(),
            (number, "") => format!("{stem}-{number}"),
            (number, extension) => format!("{stem}-{number}.{extension}"),
        };
        let name = (0..).map(numbered).find(|name| !taken.contains(name)).unwrap_or_else(|| document.id.to_string());
        taken.insert(name.clone());
        docs.push(format!("documents/{name}"));
    }
    // The interface stands beside the configuration and must not take its name.
    let interface = descriptor.interface.as_ref().map(|interface| match interface.name.as_str() {
        CONFIGURATION => format!("interface-{CONFIGURATION}"),
        name => name.to_owned(),
    });
    (interface, docs)
}

/// The archive of a version; `contents` are its files' bytes, interface first.
pub fn pack(eservice: &EService, descriptor: &Descriptor, policy: ApprovalPolicy, contents: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let (interface, docs) = names(descriptor);
    let named = |pretty_name: &str, path: &str| Named { pretty_name: pretty_name.to_owned(), path: path.to_owned() };
    let (general, terms) = (eservice.general.clone(), descriptor.terms.clone());
    let configuration = Configuration {
        name: general.name,
        description: general.description,
        technology: general.technology,
        mode: general.mode,
        is_signal_hub_enabled: general.is_signal_hub_enabled,
        is_consumer_delegable: general.is_consumer_delegable,
        is_client_access_delegable: general.is_client_access_delegable,
        personal_data: general.personal_data,
        descriptor: Version {
            interface: descriptor.interface.as_ref().zip(interface.as_ref()).map(|(file, path)| named(&file.pretty_name, path)),
            docs: descriptor.docs.iter().zip(&docs).map(|(file, path)| named(&file.pretty_name, path)).collect(),
            audience: terms.audience,
            voucher_lifespan: terms.voucher_lifespan,
            daily_calls_per_consumer: terms.daily_calls_per_consumer,
            daily_calls_total: terms.daily_calls_total,
            description: terms.description,
            agreement_approval_policy: terms.agreement_approval_policy.unwrap_or(policy),
        },
        risk_analysis: eservice
            .analyses
            .iter()
            .map(|analysis| Analysis { name: analysis.name.clone(), risk_analysis_form: Answers::from(&analysis.form) })
            .collect(),
    };
    let folder = format!("{}_{}", eservice.id, descriptor.id);
    let written = serde_json::to_vec_pretty(&configuration).ok()?;
    let paths = [CONFIGURATION.to_owned()].into_iter().chain(interface).chain(docs);
    let files: Vec<_> = paths.map(|path| format!("{folder}/{path}")).zip([written].into_iter().chain(contents)).collect();
    zip::write(&files)
}

/// What an archive has; an error says what is wrong with it.
///
/// # Errors
/// What is missing, left over or not readable.
pub fn unpack(archive: &[u8]) -> Result<Imported, String> {
    let files = zip::read(archive, LARGEST).ok_or("non è un archivio zip leggibile")?;
    let mut files = without_folder(files);
    let configuration = files.remove(CONFIGURATION).ok_or("manca configuration.json")?;
    if configuration.len() > web::JSON_LIMIT {
        return Err("configuration.json: più grande di 1 MB".to_owned());
    }
    let configuration: Configuration =
        web::read_json(&configuration).map_err(|error| format!("configuration.json: {}", error.problem.line()))?;
    if configuration.risk_analysis.len() > MOST_ANALYSES {
        return Err(format!("configuration.json: al massimo {MOST_ANALYSES} analisi del rischio"));
    }
    let mut file = |Named { pretty_name, path }: Named| {
        let content = files.remove(&path).ok_or_else(|| format!("manca {path}"))?;
        let wrong = match content.len() {
            0 => Some("file vuoto"),
            1..=documents::LARGEST if is_pretty(&pretty_name) => None,
            1..=documents::LARGEST => Some("prettyName da 5 a 60 caratteri"),
            _ => Some("file più grande di 10 MB"),
        };
        wrong.map_or_else(|| Ok(File { name: file_name(&path), pretty_name, content }), |wrong| Err(format!("{path}: {wrong}")))
    };
    let version = configuration.descriptor;
    let interface = version.interface.map(&mut file).transpose()?;
    let docs = version.docs.into_iter().map(&mut file).collect::<Result<_, _>>()?;
    if let Some(name) = files.keys().next() {
        return Err(format!("{name}: file non previsto"));
    }
    Ok(Imported {
        general: General {
            name: configuration.name,
            description: configuration.description,
            technology: configuration.technology,
            mode: configuration.mode,
            is_signal_hub_enabled: configuration.is_signal_hub_enabled,
            is_consumer_delegable: configuration.is_consumer_delegable,
            is_client_access_delegable: configuration.is_client_access_delegable,
            personal_data: configuration.personal_data,
        },
        terms: Terms {
            description: version.description,
            audience: version.audience,
            voucher_lifespan: version.voucher_lifespan,
            daily_calls_per_consumer: version.daily_calls_per_consumer,
            daily_calls_total: version.daily_calls_total,
            agreement_approval_policy: Some(version.agreement_approval_policy),
        },
        interface,
        docs,
        analyses: configuration.risk_analysis.into_iter().map(|found| (found.name, found.risk_analysis_form.into())).collect(),
    })
}

/// The files without the folder that all of them are in, if there is one.
fn without_folder(files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let folders: BTreeSet<Option<&str>> = files.keys().map(|name| name.split_once('/').map(|(folder, _)| folder)).collect();
    let Some(Some(folder)) = folders.first().filter(|_| folders.len() == 1) else { return files };
    let length = folder.len() + 1;
    files.into_iter().map(|(name, content)| (name[length..].to_owned(), content)).collect()
}
