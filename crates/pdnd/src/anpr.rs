//! The national register of residents (ANPR): what its services are asked and answer. Every one takes the number by which the register knows
//! a person, so the service that gives that number for a fiscal code (C030) is asked first.

use bytes::Bytes;
use http::HeaderMap;
use runtime::EgressResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::connector::{Connector, Line};
use crate::errors::Error;
use crate::exchange::{self, Asker, Message};
use crate::store::clients;

/// What the register answers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    lista_soggetti: Subjects,
    lista_errori: Vec<Anomaly>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Subjects {
    dati_soggetto: Vec<Subject>,
}

/// A person, as far as the service tells.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Subject {
    /// Name, sex, birth.
    pub generalita: Generalities,
    /// Where she lives.
    pub residenza: Vec<Residence>,
    /// Her number in the register.
    pub identificativi: Identifiers,
    /// What she is to the head of the household.
    pub legame_soggetto: Bond,
    /// Of which states she is a citizen.
    pub cittadinanza: Vec<Citizenship>,
}

/// Name, sex, birth.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Generalities {
    /// The fiscal code.
    pub codice_fiscale: Code,
    /// Family name.
    pub cognome: String,
    /// Given name.
    pub nome: String,
    /// `M` or `F`.
    pub sesso: String,
    /// `YYYY-MM-DD`
    pub data_nascita: String,
    /// In Italy or elsewhere.
    pub luogo_nascita: Birthplace,
}

/// A fiscal code and what the register says of it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Code {
    /// The fiscal code.
    pub cod_fiscale: String,
}

/// A birthplace, one of the three.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Birthplace {
    /// In Italy.
    pub comune: Municipality,
    /// Abroad.
    pub localita: Abroad,
    /// Anywhere else: at sea.
    pub luogo_eccezionale: String,
}

/// A place abroad.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Abroad {
    /// Name of the place.
    pub descrizione_localita: String,
    /// Name of the state.
    pub descrizione_stato: String,
}

/// A municipality.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Municipality {
    /// Its name.
    pub nome_comune: String,
    /// Its code, six digits.
    pub codice_istat: String,
    /// Its province, two letters.
    pub sigla_provincia_istat: String,
}

/// Where somebody lives.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Residence {
    /// The address.
    pub indirizzo: Address,
}

/// An address.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    /// Postal code.
    pub cap: String,
    /// Municipality.
    pub comune: Municipality,
    /// Street.
    pub toponimo: Street,
    /// House number.
    pub numero_civico: HouseNumber,
}

/// A street.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Street {
    /// `VIA`, `PIAZZA` ...
    pub specie: String,
    /// Its name.
    pub denominazione_toponimo: String,
}

/// A house number.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HouseNumber {
    /// The number.
    pub numero: String,
    /// A letter after it.
    pub lettera: String,
    /// What else is after it.
    pub esponente1: String,
    /// Inside the house.
    pub civico_interno: Inside,
}

/// A door inside a house.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Inside {
    /// The door.
    pub interno1: String,
    /// The staircase.
    pub scala: String,
}

/// The register's number of a person.
#[derive(Debug, Default, Deserialize)]
pub struct Identifiers {
    /// The number.
    #[serde(default, rename = "idANPR")]
    pub id_anpr: String,
}

/// What somebody is to the head of the household.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Bond {
    /// 1 the head, 2 husband or wife, 3 son or daughter ...
    pub codice_legame: String,
}

/// A citizenship.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Citizenship {
    /// Code of the state.
    pub codice_stato: String,
    /// Name of the state.
    pub descrizione_stato: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Anomaly {
    codice_errore_anomalia: String,
    testo_errore_anomalia: String,
    oggetto_errore_anomalia: String,
    campo_errore_anomalia: String,
}

/// The register does not know the person.
const NOT_FOUND: &str = "EN122";
/// What the register calls the number of an operation.
const OPERATION: &str = "idOperazioneClient";
/// Attempts with a new number when another call overtook this one. Of calls made at once the one with the highest number always passes.
const ATTEMPTS: usize = 12;

/// By what a person is looked for.
#[derive(Clone, Debug, Serialize)]
enum Criterion {
    #[serde(rename = "codiceFiscale")]
    FiscalCode(String),
    #[serde(rename = "idANPR")]
    Number(String),
}

/// The people that the service of `line` tells of the asker, whose number `ids` gives.
pub async fn people(connector: &Connector, ids: &Line, line: &Line, asker: &Asker) -> Result<Vec<Subject>, Error> {
    let known = ask(connector, ids, "C030", asker, &Criterion::FiscalCode(asker.fiscal_code.clone())).await?;
    let number = known.into_iter().map(|subject| subject.identificativi.id_anpr).find(|number| !number.is_empty());
    let number = number.ok_or_else(|| Error::Unreadable("C030 gives no idANPR".to_owned()))?;
    let service = crate::service::Service::by_slug(&line.eservice.slug).ok_or(Error::NotConfigured)?;
    ask(connector, line, service.use_case(), asker, &Criterion::Number(number)).await
}

async fn ask(
    connector: &Connector,
    line: &Line,
    use_case: &str,
    asker: &Asker,
    criterion: &Criterion,
) -> Result<Vec<Subject>, Error> {
    for _ in 0..ATTEMPTS {
        let message = message(connector, line, use_case, criterion).await?;
        let answer = exchange::post(connector, line, asker, &message).await?;
        match read(use_case, &answer) {
            // Numbers must rise, and calls that are made at the same time may arrive in another order.
            Err(Failure::Overtaken) => {}
            Err(Failure::Other(error)) => return Err(error),
            Ok(people) => return Ok(people),
        }
    }
    Err(Error::Unavailable(format!("{use_case}: overtaken by other calls")))
}

async fn message(connector: &Connector, line: &Line, use_case: &str, criterion: &Criterion) -> Result<Message, Error> {
    let (tenant, client) = (line.config.tenant_id, line.config.client_id);
    let now = connector.app().clock().now();
    // Committed before the call: a number is never given twice.
    let number = connector.app().db().write(move |tx| clients::next_operation(tx, tenant, client, now)).await?;
    let body = json!({
        "idOperazioneClient": number.to_string(),
        "criteriRicerca": criterion,
        "datiRichiesta": {
            "dataRiferimentoRichiesta": now.date().to_string(),
            "motivoRichiesta": number.to_string(),
            "casoUso": use_case,
        },
    });
    Ok(Message { body: Bytes::from(body.to_string()), content_type: "application/json", headers: HeaderMap::new() })
}

enum Failure {
    Overtaken,
    Other(Error),
}

fn read(use_case: &str, answer: &EgressResponse) -> Result<Vec<Subject>, Failure> {
    let status = answer.status.as_u16();
    // Null members are as good as none.
    let read = serde_json::from_slice::<Value>(&answer.body).ok().map(without_nulls);
    let read = read.and_then(|value| serde_json::from_value::<Answer>(value).ok());
    match (status, read) {
        (200, Some(read)) if !read.lista_soggetti.dati_soggetto.is_empty() => Ok(read.lista_soggetti.dati_soggetto),
        (200, Some(_)) => Err(Failure::Other(Error::Unreadable(format!("{use_case}: nobody in the answer")))),
        (400..=404, Some(read)) => Err(refusal(use_case, status, &read.lista_errori)),
        (500, _) => Err(Failure::Other(Error::Unavailable(format!("{use_case}: status 500")))),
        _ => Err(Failure::Other(Error::Unreadable(format!("{use_case}: status {status}")))),
    }
}

fn refusal(use_case: &str, status: u16, errors: &[Anomaly]) -> Failure {
    if errors.iter().any(|error| error.codice_errore_anomalia == NOT_FOUND) {
        return Failure::Other(Error::Unknown);
    }
    let names = |error: &Anomaly| error.oggetto_errore_anomalia == OPERATION || error.campo_errore_anomalia == OPERATION;
    if errors.iter().any(names) {
        return Failure::Overtaken;
    }
    // Not the value that was refused, which may be a fiscal code.
    let told: Vec<_> =
        errors.iter().map(|error| format!("{} {}", error.codice_errore_anomalia, error.testo_errore_anomalia)).collect();
    let told = if told.is_empty() { format!("stato {status}") } else { told.join("; ") };
    Failure::Other(Error::Refused(format!("{use_case}: {}.", told.chars().take(300).collect::<String>())))
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}
