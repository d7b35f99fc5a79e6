//! Services: a supplier proposes one with its keys, the body approves, suspends, lets it go on.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use web::{ApiResult, Id, Json};

use super::{Order, Refused};
use crate::context::Context;
use crate::formats::utc_millis;
use crate::intermediary::engine::place;
use crate::intermediary::errors::{Refusal, invalid};
use crate::intermediary::files;
use crate::intermediary::people::Actor;
use crate::intermediary::service::{Command, Connector, Details, State as Status};
use crate::intermediary::store::people;
use crate::intermediary::store::services::{self, SealedKeys, Service};
use crate::intermediary::upstream::{Fault, Profile, Upstream};
use crate::store::accounts::Which;
use crate::ulid::Ulid;

/// A service. Keys go in and never come out.
#[derive(Serialize, ToSchema)]
pub struct ServiceBody {
    /// Our name of it.
    id: String,
    /// What is known of it.
    #[serde(flatten)]
    details: Details,
    /// `PROPOSTO`, `ATTIVO`, `SOSPESO`, `RIFIUTATO`.
    #[schema(value_type = String, example = "ATTIVO")]
    state: Status,
    /// Whether it may send.
    active: bool,
    /// Why it was suspended or refused.
    reason: Option<String>,
    /// The supplier that proposed it.
    provider_id: Option<String>,
    /// Its name.
    provider_name: Option<String>,
    /// The key that the app accepted last: `primary` or `secondary`.
    key_in_use: &'static str,
    /// When the keys were given.
    keys_at: String,
    /// Below the folder of lots, where its files come and go; with connector `FILE`, if there is such a folder.
    folder: Option<String>,
    /// When it last sent something (Data Ultima Esecuzione).
    last_run_at: Option<String>,
}

/// A service with its keys.
#[derive(Deserialize, ToSchema)]
pub struct Proposal {
    /// What is known of it.
    #[serde(flatten)]
    details: Details,
    /// The first key. With a change it may be absent: the keys stay.
    #[serde(default)]
    primary_key: Option<String>,
    /// The second key.
    #[serde(default)]
    secondary_key: Option<String>,
}

/// What the app says to each key.
#[derive(Serialize, ToSchema)]
pub struct Check {
    /// Whether it would send.
    ready: bool,
    /// What is right and what is not, for people.
    findings: Vec<String>,
}

fn shown(context: &Context, service: Service, provider_name: Option<String>) -> ServiceBody {
    let has_folder = service.details.connector == Connector::File && context.config.inbox.is_some();
    ServiceBody {
        folder: has_folder.then(|| files::place(&service)),
        id: service.id.to_string(),
        details: service.details,
        state: service.state,
        active: service.state == Status::Active,
        reason: service.reason,
        provider_id: service.provider_id.map(|id| id.to_string()),
        provider_name,
        key_in_use: if service.preferred == Which::Primary { "primary" } else { "secondary" },
        keys_at: utc_millis(service.keys_at),
        last_run_at: service.last_run_at.map(utc_millis),
    }
}

impl Proposal {
    /// The keys, sealed, if there are new ones.
    fn sealed(&self, context: &Context, id: Ulid) -> Result<Option<SealedKeys>, Refusal> {
        let fits = |key: &str| (8..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        match (&self.primary_key, &self.secondary_key) {
            (None, None) => Ok(None),
            (Some(primary), Some(secondary)) if fits(primary) && fits(secondary) => Ok(Some((
                context.seal(&place(id, Which::Primary), primary),
                context.seal(&place(id, Which::Secondary), secondary),
            ))),
            _ => Err(invalid("/primary_key", "indicare entrambe le chiavi, da 8 a 128 caratteri")),
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        let wrong = self.details.complaints();
        if wrong.is_empty() { Ok(()) } else { Err(Refusal::Invalid(wrong)) }
    }
}

/// Servizi
///
/// The services of the body; a supplier sees its own.
#[utoipa::path(get, path = "/services", tag = "servizi", responses((status = 200, description = "I servizi", body = Vec<ServiceBody>), Refused))]
pub async fn list(State(context): State<Context>, actor: Actor) -> ApiResult<Json<Vec<ServiceBody>>> {
    let tenant = actor.tenant_id;
    let read = context.app.db().read(move |tx| {
        let providers = people::list_providers(tx, tenant)?;
        storage::Result::Ok((services::list(tx, tenant)?, providers))
    });
    let (found, providers) = read.await?;
    let name = |id: Option<Ulid>| providers.iter().find(|provider| Some(provider.id) == id).map(|provider| provider.name.clone());
    let seen = found.into_iter().filter(|service| actor.sees(service.provider_id));
    Ok(Json(
        seen.map(|service| {
            let name = name(service.provider_id);
            shown(&context, service, name)
        })
        .collect(),
    ))
}

/// Aggiungi Servizio App IO
///
/// Proposes a service with the keys that the app gave it. It sends nothing until the body has approved it.
#[utoipa::path(
    post,
    path = "/services",
    tag = "servizi",
    request_body = Proposal,
    responses((status = 201, description = "Il servizio proposto", body = ServiceBody), Refused)
)]
pub async fn propose(
    State(context): State<Context>,
    actor: Actor,
    Json(proposal): Json<Proposal>,
) -> ApiResult<(StatusCode, Json<ServiceBody>)> {
    actor.require_change()?;
    proposal.check()?;
    let now = context.now();
    let id = Ulid::new(now, context.app.rng());
    let keys = proposal.sealed(&context, id)?.ok_or_else(|| invalid("/primary_key", "indicare entrambe le chiavi"))?;
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        let service = Service {
            id,
            tenant_id: actor.tenant_id,
            provider_id: actor.provider_id,
            state: Status::Proposed,
            reason: None,
            details: proposal.details,
            preferred: Which::Primary,
            keys_at: now,
            last_run_at: None,
        };
        let inserted = tx.savepoint(|tx| services::insert(tx, &service, &keys));
        inserted.map_err(|error| match error {
            storage::Error::Unique(_) => Refusal::There("Il servizio è già registrato per questo ente.".to_owned()),
            error => error.into(),
        })?;
        actor.note(&noting, tx, "service.propose", id, (None, Some(json!(service.details))))?;
        let name = provider_name(tx, &service)?;
        Ok::<_, Refusal>(shown(&noting, service, name))
    });
    Ok((StatusCode::CREATED, Json(stored.await?)))
}

fn provider_name(tx: &mut storage::Tx<'_>, service: &Service) -> storage::Result<Option<String>> {
    match service.provider_id {
        Some(id) => Ok(people::find_provider(tx, service.tenant_id, id)?.map(|provider| provider.name)),
        None => Ok(None),
    }
}

/// Servizio
///
/// One of them.
#[utoipa::path(
    get,
    path = "/services/{id}",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    responses((status = 200, description = "Il servizio", body = ServiceBody), Refused)
)]
pub async fn get(State(context): State<Context>, actor: Actor, Id(id): Id<Ulid>) -> ApiResult<Json<ServiceBody>> {
    let noting = context.clone();
    let read = context.app.db().read(move |tx| {
        let service = actor.own(services::find(tx, actor.tenant_id, id)?)?;
        let name = provider_name(tx, &service)?;
        Ok::<_, Refusal>(shown(&noting, service, name))
    });
    Ok(Json(read.await?))
}

/// Modifica un servizio
///
/// Replaces data, and keys if there are new ones: the body looks at it again, and until then it sends nothing.
#[utoipa::path(
    put,
    path = "/services/{id}",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    request_body = Proposal,
    responses((status = 200, description = "Il servizio", body = ServiceBody), Refused)
)]
pub async fn change(
    State(context): State<Context>,
    actor: Actor,
    Id(id): Id<Ulid>,
    Json(proposal): Json<Proposal>,
) -> ApiResult<Json<ServiceBody>> {
    actor.require_change()?;
    proposal.check()?;
    let (keys, now) = (proposal.sealed(&context, id)?, context.now());
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        let mut service = actor.own(services::find_for_change(tx, actor.tenant_id, id)?)?;
        let was = json!(service.details);
        service.state = step(&service, Command::Change)?;
        service.reason = None;
        service.details = proposal.details;
        if keys.is_some() {
            (service.keys_at, service.preferred) = (now, Which::Primary);
        }
        services::save(tx, &service, keys.as_ref())?;
        let became = json!({ "dati": service.details, "chiavi": keys.is_some() });
        actor.note(&noting, tx, "service.change", id, (Some(was), Some(became)))?;
        let name = provider_name(tx, &service)?;
        Ok::<_, Refusal>(shown(&noting, service, name))
    });
    Ok(Json(stored.await?))
}

fn step(service: &Service, command: Command) -> Result<Status, Refusal> {
    let refused = || Refusal::NoTransition("Il servizio", service.state.to_string(), command.to_string());
    service.state.after(command).ok_or_else(refused)
}

/// Approva, rifiuta, sospende, riattiva
///
/// `approve`, `refuse`, `suspend`, `resume`, by the body's referents. What waits while a service is suspended is held, not lost.
#[utoipa::path(
    post,
    path = "/services/{id}/command",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    request_body = Order,
    responses((status = 200, description = "Il servizio", body = ServiceBody), Refused)
)]
pub async fn command(
    State(context): State<Context>,
    actor: Actor,
    Id(id): Id<Ulid>,
    Json(order): Json<Order>,
) -> ApiResult<Json<ServiceBody>> {
    actor.require_body()?;
    let command: Command = order.command.parse().map_err(|problem: String| invalid("/command", problem))?;
    let reason = order.reason()?;
    if command == Command::Change {
        return Err(invalid("/command", "usare PUT").into());
    }
    if command == Command::Refuse && reason.is_none() {
        return Err(invalid("/reason", "indicare il motivo").into());
    }
    let noting = context.clone();
    let stored = context.app.db().write(move |tx| {
        let mut service = actor.own(services::find_for_change(tx, actor.tenant_id, id)?)?;
        let was = json!({ "state": service.state });
        service.state = step(&service, command)?;
        service.reason = reason;
        services::save(tx, &service, None)?;
        let became = json!({ "state": service.state, "reason": service.reason });
        actor.note(&noting, tx, &format!("service.{command}"), id, (Some(was), Some(became)))?;
        let name = provider_name(tx, &service)?;
        Ok::<_, Refusal>(shown(&noting, service, name))
    });
    Ok(Json(stored.await?))
}

/// Controlla un servizio
///
/// Asks the app with each key what it says of a test citizen: tells a wrong key, an address that the service does not list, and what else
/// would meet every row. Nothing is sent.
#[utoipa::path(
    post,
    path = "/services/{id}/check",
    tag = "servizi",
    params(("id" = String, Path, description = "Servizio")),
    responses((status = 200, description = "Che cosa risponde l'app", body = Check), Refused)
)]
pub async fn check(State(context): State<Context>, actor: Actor, Id(id): Id<Ulid>) -> ApiResult<Json<Check>> {
    actor.require_change()?;
    let read = context.app.db().read(move |tx| {
        let service = actor.own(services::find(tx, actor.tenant_id, id)?)?;
        let keys = services::sealed_keys(tx, actor.tenant_id, id)?;
        Ok::<_, Refusal>((service, keys))
    });
    let (service, keys) = read.await?;
    // The published test citizen may be asked for with any key.
    let citizen = service.details.test_fiscal_codes.first().map_or_else(|| "AAAAAA00A00A000A".to_owned(), ToString::to_string);
    let upstream = Upstream::new(&context);
    let (mut ready, mut findings) = (false, Vec::new());
    for (which, sealed, name) in [(Which::Primary, keys.0, "chiave primaria"), (Which::Secondary, keys.1, "chiave secondaria")] {
        let key = context.open(&place(id, which), &sealed)?;
        let told = match upstream.profile(&key, &citizen).await {
            Ok(profile) => {
                ready = true;
                match profile {
                    Profile::Allowed => "accettata; il cittadino di prova riceve i messaggi".to_owned(),
                    Profile::Denied => "accettata; il cittadino di prova non vuole questo servizio".to_owned(),
                    Profile::Missing => "accettata; il cittadino di prova non è iscritto all'app".to_owned(),
                }
            }
            Err(Fault::Key) => "non accettata dall'app: controllarla nel back-office".to_owned(),
            Err(Fault::Everyone(reason)) => format!("l'app rifiuta ({reason}): controllare indirizzi IP e abilitazioni"),
            Err(Fault::Row(reason)) => format!("accettata, ma il cittadino di prova è rifiutato ({reason})"),
            Err(Fault::Later(_, reason) | Fault::Unknown(reason)) => format!("l'app non risponde ({reason}): riprovare"),
        };
        findings.push(format!("{name}: {told}"));
    }
    if service.details.test_fiscal_codes.is_empty() {
        findings.push("cittadini di prova: nessuno, i lotti grandi non si potranno provare".to_owned());
    }
    if service.state != Status::Active {
        ready = false;
        findings.push(format!("stato: {}, il servizio non invia", service.state));
    }
    Ok(Json(Check { ready, findings }))
}
