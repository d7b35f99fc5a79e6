//! The services of the register: they take a fiscal code (C030) or the register's number (the others).

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use kernel::{RomeTime, Uuid};
use serde::Deserialize;
use serde_json::{Value, json};

use super::gate::Refused;
use super::people::{Household, Person};
use super::{SERVICES, Stand, audience, store};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Request {
    id_operazione_client: String,
    criteri_ricerca: Criteria,
    dati_richiesta: Details,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Criteria {
    #[serde(default)]
    codice_fiscale: Option<String>,
    #[serde(default, rename = "idANPR")]
    id_anpr: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Details {
    data_riferimento_richiesta: String,
    motivo_richiesta: String,
    caso_uso: String,
}

/// A refusal: status, code, text, field.
type Anomaly = (u16, &'static str, String, &'static str);

pub(super) async fn ask(State(stand): State<Stand>, Path(service): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let inner = &stand.0;
    let Some(service) = SERVICES.into_iter().find(|known| *known == service) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if let Some(answer) = inner.behaviour.before(service).await {
        return answer;
    }
    let audience = audience(inner.app.public_url(), service);
    let client = match inner.gate.admit(&headers, &body, &audience, "application/json").await {
        Ok(client) => client,
        Err(refused) => return refuse(refused),
    };
    let now = inner.app.clock().now();
    match judge(service, &body, now) {
        Err(anomaly) => anomaly_answer(anomaly),
        Ok((number, request)) => answer(&stand, service, client, number, &request).await,
    }
}

fn refuse(refused: Refused) -> Response {
    let (status, title, detail) = match refused {
        Refused::Voucher(reason) => (StatusCode::UNAUTHORIZED, "AuthenticationFailed", reason),
        Refused::Request(reason) => (StatusCode::BAD_REQUEST, "InteroperabilityInvalidRequest", reason),
    };
    (status, Json(json!({ "title": title, "status": status.as_u16(), "detail": detail }))).into_response()
}

/// Whether the request is one that the service takes.
fn judge(service: &str, body: &Bytes, now: RomeTime) -> Result<(i64, Request), Anomaly> {
    let request: Request =
        serde_json::from_slice(body).map_err(|error| (400, "EN001", format!("Richiesta non valida: {error}"), "body"))?;
    let number: i64 = request.id_operazione_client.parse().ok().filter(|number| *number > 0).ok_or((
        400,
        "EN148",
        "Identificativo operazione non numerico".to_owned(),
        "idOperazioneClient",
    ))?;
    if request.dati_richiesta.caso_uso != service {
        return Err((400, "EN002", "Caso d'uso non ammesso".to_owned(), "casoUso"));
    }
    let today = request.dati_richiesta.data_riferimento_richiesta == now.date().to_string();
    if !today || request.dati_richiesta.motivo_richiesta.is_empty() {
        return Err((400, "EN003", "Dati della richiesta mancanti".to_owned(), "datiRichiesta"));
    }
    let criteria = &request.criteri_ricerca;
    if criteria.codice_fiscale.is_some() != (service == "C030") || criteria.id_anpr.is_some() == (service == "C030") {
        return Err((400, "EN004", "Criterio di ricerca non ammesso".to_owned(), "criteriRicerca"));
    }
    Ok((number, request))
}

/// Numbers rise: the last one gets its answer again, a lower one is refused.
async fn answer(stand: &Stand, service: &str, client: Uuid, number: i64, request: &Request) -> Response {
    let inner = &stand.0;
    let criteria = &request.criteri_ricerca;
    let sought = criteria.codice_fiscale.as_ref().or(criteria.id_anpr.as_ref()).cloned().unwrap_or_default();
    let found = inner.households.find(&sought);
    let told = found.map(|(household, person)| tell(service, household, person));
    let text = told.as_ref().map(|people| {
        json!({ "idOperazioneANPR": number.to_string(), "listaSoggetti": { "datiSoggetto": people }, "listaAnomalie": [] })
            .to_string()
    });
    let stored = text.clone().unwrap_or_default();
    let counted = inner.app.db().write(move |tx| {
        Ok::<_, storage::Error>(match store::last_operation(tx, client)? {
            Some((last, answer)) if number == last => Some(answer),
            Some((last, _)) if number < last => None,
            _ => {
                store::put_operation(tx, client, number, &stored)?;
                Some(stored)
            }
        })
    });
    match counted.await {
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Ok(None) => anomaly_answer((400, "EN148", "Identificativo operazione già superato".to_owned(), "idOperazioneClient")),
        Ok(Some(text)) if text.is_empty() => anomaly_answer((404, "EN122", "Soggetto non trovato".to_owned(), "codiceFiscale")),
        Ok(Some(text)) => ([(http::header::CONTENT_TYPE, "application/json")], text).into_response(),
    }
}

fn anomaly_answer((status, code, text, field): Anomaly) -> Response {
    let error = json!({
        "codiceErroreAnomalia": code, "tipoErroreAnomalia": "E", "testoErroreAnomalia": text, "oggettoErroreAnomalia": field,
        "campoErroreAnomalia": field, "valoreErroreAnomalia": null
    });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(json!({ "idOperazioneANPR": null, "listaErrori": [error] }))).into_response()
}

/// What the service tells of a person.
fn tell(service: &str, household: &Household, person: &Person) -> Vec<Value> {
    match service {
        "C030" => vec![json!({ "identificativi": { "idANPR": person.id_anpr } })],
        "C020" => vec![json!({ "generalita": generalities(person), "residenza": [residence(household)] })],
        "C021" => household
            .people
            .iter()
            .enumerate()
            .map(|(index, member)| {
                let bond = json!({
                    "tipoLegame": "1", "codiceLegame": member.bond.to_string(), "progressivoComponente": (index + 1).to_string(),
                    "dataDecorrenza": "2015-01-01"
                });
                json!({ "generalita": generalities(member), "legameSoggetto": bond })
            })
            .collect(),
        _ => vec![json!({
            "generalita": generalities(person),
            "cittadinanza": [{ "codiceStato": "IT", "descrizioneStato": "ITALIA", "dataValidita": null }]
        })],
    }
}

fn generalities(person: &Person) -> Value {
    json!({
        "codiceFiscale": { "codFiscale": person.fiscal_code, "validitaCF": "1" },
        "cognome": person.family_name, "nome": person.given_name, "sesso": person.sex, "dataNascita": person.born_on,
        "luogoNascita": { "comune": {
            "nomeComune": person.birthplace.name, "codiceIstat": person.birthplace.istat, "siglaProvinciaIstat": person.birthplace.county
        } },
        "soggettoAIRE": null
    })
}

fn residence(household: &Household) -> Value {
    json!({
        "tipoIndirizzo": "1", "presso": null, "dataDecorrenzaResidenza": "2015-01-01",
        "indirizzo": {
            "cap": household.postal_code,
            "comune": { "nomeComune": "Bugliano", "codiceIstat": "050999", "siglaProvinciaIstat": "PI" },
            "frazione": null,
            "toponimo": { "specie": "Via", "denominazioneToponimo": household.street },
            "numeroCivico": {
                "numero": household.number.to_string(), "lettera": null, "civicoInterno": { "scala": null, "interno1": household.door }
            }
        }
    })
}
