//! An organisation keeps the configurations by which its remote content is asked for.

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::{API, ProblemBody, answer, json};
use crate::access::Sender;
use crate::context::Context;
use crate::errors::Error;
use crate::groups::Group;
use crate::remote::configuration::Configuration;
use crate::store::configurations::{self as store, Stored};
use crate::ulid::Ulid;

/// A configuration as it is shown to its owner, keys included.
#[derive(Serialize, ToSchema)]
pub struct Shown {
    /// A ULID.
    configuration_id: String,
    /// Whose it is.
    user_id: String,
    /// What it says.
    #[serde(flatten)]
    #[schema(value_type = serde_json::Value)]
    configuration: Configuration,
}

/// An organisation's configurations.
#[derive(Serialize, ToSchema)]
pub struct List {
    /// The configurations.
    #[serde(rename = "rcConfigList")]
    configurations: Vec<Shown>,
}

fn shown(context: &Context, stored: Stored) -> Result<Shown, Error> {
    let configuration = stored.body.open(context, stored.id)?;
    Ok(Shown { configuration_id: stored.id.to_string(), user_id: stored.account_id, configuration })
}

/// The organisation's own configuration with this identifier.
fn own(stored: Option<Stored>, account: &str) -> Result<Stored, Error> {
    let stored = stored.ok_or(Error::ConfigurationNotFound)?;
    if stored.account_id == account { Ok(stored) } else { Err(Error::NotYourConfiguration) }
}

fn id(text: &str) -> Result<Ulid, Error> {
    if !Ulid::is_written(text) {
        let complaint = format!("value {} at root is not a valid [Ulid]", serde_json::Value::from(text));
        return Err(Error::InvalidBody("Ulid", complaint));
    }
    text.parse().map_err(|_| Error::ConfigurationNotFound)
}

/// Nuova configurazione remota
///
/// Adds a configuration. Addresses must be public and https.
#[utoipa::path(
    post,
    path = "/messages-sending/remote-contents/configurations",
    tag = "contenuti remoti",
    request_body = serde_json::Value,
    responses(
        (status = 201, description = "La configurazione", body = Shown),
        (status = 400, description = "Configurazione non valida", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn create(State(context): State<Context>, sender: Sender, body: Bytes) -> Result<Response, Error> {
    sender.manage(Group::ApiRemoteContentConfigurationWrite)?;
    let configuration = read(&context, &body)?;
    let now = context.now();
    let id = Ulid::new(now, context.app.rng());
    let account_id = sender.account().id.clone();
    let stored = Stored { id, account_id, body: configuration.seal(&context, id) };
    let kept = stored.clone();
    context.app.db().write(move |tx| store::insert(tx, &kept, now)).await?;
    let mut response = answer(StatusCode::CREATED, &shown(&context, stored)?)?;
    let location = HeaderValue::from_str(&format!("{API}/messages-sending/remote-contents/configurations/{id}"));
    response.headers_mut().insert(LOCATION, location.map_err(|error| Error::Defect(error.to_string()))?);
    Ok(response)
}

fn read(context: &Context, body: &Bytes) -> Result<Configuration, Error> {
    let configuration = Configuration::read(&json(body, "RCConfiguration")?)?;
    configuration.require_callable(&context.app.config().egress)?;
    Ok(configuration)
}

/// Configurazioni remote
///
/// The configurations of this organisation.
#[utoipa::path(
    get,
    path = "/messages-sending/remote-contents/configurations",
    tag = "contenuti remoti",
    responses(
        (status = 200, description = "Le configurazioni", body = List),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn list(State(context): State<Context>, sender: Sender) -> Result<Response, Error> {
    sender.manage(Group::ApiRemoteContentConfigurationWrite)?;
    let account = sender.account().id.clone();
    let found = context.app.db().read(move |tx| store::list(tx, &account)).await?;
    let configurations = found.into_iter().map(|stored| shown(&context, stored)).collect::<Result<_, _>>()?;
    answer(StatusCode::OK, &List { configurations })
}

/// Configurazione remota
///
/// One of them.
#[utoipa::path(
    get,
    path = "/messages-sending/remote-contents/configurations/{id}",
    tag = "contenuti remoti",
    params(("id" = String, Path, description = "ULID della configurazione")),
    responses(
        (status = 200, description = "La configurazione", body = Shown),
        (status = 400, description = "Identificativo non valido", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage dell'organizzazione", body = ProblemBody),
        (status = 404, description = "Configurazione sconosciuta", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn get(State(context): State<Context>, sender: Sender, Path(text): Path<String>) -> Result<Response, Error> {
    sender.manage(Group::ApiRemoteContentConfigurationWrite)?;
    let id = id(&text)?;
    let found = context.app.db().read(move |tx| store::find(tx, id)).await?;
    answer(StatusCode::OK, &shown(&context, own(found, &sender.account().id)?)?)
}

/// Sostituisce una configurazione remota
///
/// Replaces a configuration as a whole.
#[utoipa::path(
    put,
    path = "/messages-sending/remote-contents/configurations/{id}",
    tag = "contenuti remoti",
    params(("id" = String, Path, description = "ULID della configurazione")),
    request_body = serde_json::Value,
    responses(
        (status = 204, description = "Sostituita"),
        (status = 400, description = "Configurazione non valida", body = ProblemBody),
        (status = 401, description = "Chiave mancante o non valida", body = ProblemBody),
        (status = 403, description = "Serve la chiave manage dell'organizzazione", body = ProblemBody),
        (status = 404, description = "Configurazione sconosciuta", body = ProblemBody),
        (status = 429, description = "Troppe chiamate", body = ProblemBody),
        (status = 500, description = "Errore interno", body = ProblemBody),
    )
)]
pub async fn replace(
    State(context): State<Context>,
    sender: Sender,
    Path(text): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Error> {
    sender.manage(Group::ApiRemoteContentConfigurationWrite)?;
    let id = id(&text)?;
    let configuration = read(&context, &body)?.seal(&context, id);
    let (account, now) = (sender.account().id.clone(), context.now());
    let replaced = context.app.db().write(move |tx| {
        let stored = own(store::find(tx, id)?, &account)?;
        store::update(tx, &Stored { body: configuration, ..stored }, now).map_err(Error::from)
    });
    replaced.await?;
    Ok(StatusCode::NO_CONTENT)
}
