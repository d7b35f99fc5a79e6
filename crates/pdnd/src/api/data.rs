//! Data of whoever signed in: asked for by `GET`, recognised by `POST` (developers' documentation, "Endpoint del pdnd-connector").

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, HeaderValue};
use kernel::{FiscalCode, RomeTime, UserId, Uuid};
use serde::{Deserialize, Serialize};
use storage::Purpose;
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApiResult, Caller, Json, Path, Query};

use super::{BASE, ProblemBody, bad_query};
use crate::connector::{Connector, Line};
use crate::errors::Error;
use crate::exchange::Asker;
use crate::formats::Format;
use crate::service::Service;
use crate::signature::{self, Bound, Meta, Signed};
use crate::store::records::{self, ValidationRecord};
use crate::store::{configs, keys};
use crate::{anpr, inps};

/// Whose data, how.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Parameters {
    /// The fiscal code, the caller's own.
    #[serde(alias = "fiscalCode", default)]
    fiscal_code: Option<String>,
    /// The configuration; the only active one of the body unless told.
    #[serde(alias = "configId", default)]
    config_id: Option<Uuid>,
    /// The shape of the data.
    #[serde(default)]
    format: Option<String>,
}

/// What was made of the address and the query.
struct Question {
    service: Service,
    format: Format,
    fiscal_code: String,
}

fn question(address: &(String, String), parameters: &Parameters) -> ApiResult<Question> {
    let service = Service::at(&address.0, &address.1).ok_or_else(ApiError::not_found)?;
    let format = Format::choose(service, parameters.format.as_deref())?;
    let code = parameters.fiscal_code.as_deref().unwrap_or_default().trim().to_uppercase();
    let code: FiscalCode = code.parse().map_err(|_| bad_query("fiscal_code", "Indicare un codice fiscale valido."))?;
    Ok(Question { service, format, fiscal_code: code.to_string() })
}

/// Dati certificati
///
/// Those of whoever signed in, from the register of the provider, signed. `anpr`: `accertamento-residenza` (formats `residenza`,
/// `residenza_archetipo`), `stato-famiglia` (`famiglia`, `famiglia_archetipo`), `accertamento-cittadinanza` (`cittadinanza`). `inps`:
/// `isee` (`isee`). Answered also below `/e-services`.
#[utoipa::path(
    get,
    path = "/{provider}/{service}",
    tag = "dati",
    params(
        ("provider" = String, Path, description = "`anpr` o `inps`"),
        ("service" = String, Path, description = "E-service"),
        Parameters,
    ),
    responses(
        (status = 200, description = "I dati e la loro firma", body = Signed),
        (status = 400, description = "Parametri non validi", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Dati di un'altra persona", body = ProblemBody),
        (status = 404, description = "E-service o configurazione sconosciuti, o nessun dato", body = ProblemBody),
        (status = 409, description = "Nessuna configurazione attiva", body = ProblemBody),
        (status = 502, description = "Voucher rifiutato, o risposta dell'erogatore non utilizzabile", body = ProblemBody),
        (status = 503, description = "L'erogatore non risponde", body = ProblemBody),
    )
)]
pub async fn read(
    State(connector): State<Connector>,
    caller: Caller,
    Path(address): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
) -> ApiResult<Response> {
    let question = question(&address, &parameters)?;
    let user = own(&caller, &question.fiscal_code)?;
    let (tenant, service, looking) = (caller.tenant_id, question.service, connector.clone());
    let lines = connector.app().db().read(move |tx| {
        let line = looking.line_for(tx, tenant, service, parameters.config_id)?;
        let ids = match service {
            Service::Isee => None,
            // The same client, so that numbers of operations are counted together.
            _ => configs::find_active(tx, tenant, Service::UniqueId, Some(line.config.client_id))?,
        };
        let ids = ids.map(|ids| looking.line(tx, ids)).transpose()?;
        Ok::<_, Error>((line, ids))
    });
    let (line, ids) = lines.await?;
    let asker = Asker { user, subject: connector.subject(&question.fiscal_code), fiscal_code: question.fiscal_code.clone() };
    let signed = match remembered(&connector, &line, &asker, question.format).await? {
        Some(signed) => signed,
        None => ask(&connector, &line, ids.as_ref(), &asker, question.format).await?,
    };
    Ok(([(CACHE_CONTROL, HeaderValue::from_static("private, no-store"))], Json(signed)).into_response())
}

/// The user, if the fiscal code is the user's own.
fn own(caller: &Caller, fiscal_code: &str) -> ApiResult<UserId> {
    let principal = caller.principal.as_ref().filter(|_| caller.kind == web::Kind::Citizen);
    let principal = principal.filter(|principal| principal.username.eq_ignore_ascii_case(fiscal_code));
    Ok(principal.ok_or(Error::NotYours)?.user_id)
}

/// What a remembered answer is sealed to: its person and its shape.
fn place(asker: &Asker, format: Format) -> String {
    format!("answer {} {}", asker.subject, format.name())
}

async fn remembered(connector: &Connector, line: &Line, asker: &Asker, format: Format) -> Result<Option<Signed>, Error> {
    let (config, subject, now) = (line.config.id, asker.subject.clone(), connector.app().clock().now());
    let find = move |tx: &mut storage::Tx<'_>| records::find_answer(tx, config, &subject, format.name(), now);
    let sealed = connector.app().db().read(find).await?;
    let opened = sealed.and_then(|sealed| connector.seal(config).open(&place(asker, format), &sealed));
    // One that does not open was sealed with another secret: it is asked for again.
    Ok(opened.and_then(|opened| serde_json::from_slice(&opened).ok()))
}

async fn ask(connector: &Connector, line: &Line, ids: Option<&Line>, asker: &Asker, format: Format) -> Result<Signed, Error> {
    let data = match (format, ids) {
        (Format::Isee, _) => inps::isee(connector, line, asker).await?,
        (_, None) => return Err(Error::NotActive(Service::UniqueId.slug())),
        (_, Some(ids)) => {
            let people = anpr::people(connector, ids, line, asker).await?;
            let shaped = format.shape(&people, &asker.fiscal_code);
            shaped.ok_or_else(|| Error::Unreadable(format!("{}: nothing for {}", line.eservice.slug, format.name())))?
        }
    };
    let now = connector.app().clock().now();
    let provider = Service::by_slug(&line.eservice.slug).map_or("anpr", Service::provider);
    let (url, id, code) = (connector.app().public_url(), line.config.id, &asker.fiscal_code);
    let slug = &line.eservice.slug;
    let meta = Meta {
        signature: String::new(),
        format: format.name().to_owned(),
        created_at: now,
        source: provider.to_uppercase(),
        call_url: format!("{url}{BASE}/{provider}/{slug}?config_id={id}&fiscal_code={code}&format={}", format.name()),
    };
    let signed = signature::sign(data, meta, Bound { config_id: id, fiscal_code: code }, &line.pair)?;
    remember(connector, line, asker, format, &signed, now).await?;
    tracing::info!(
        event_type = "pdnd",
        tenant_id = %line.config.tenant_id,
        config_id = %id,
        eservice = slug,
        subject = asker.subject,
        "certified data given"
    );
    Ok(signed)
}

async fn remember(
    connector: &Connector,
    line: &Line,
    asker: &Asker,
    format: Format,
    signed: &Signed,
    now: RomeTime,
) -> Result<(), Error> {
    let ends = now.plus(connector.config().remembered);
    if ends <= now {
        return Ok(());
    }
    let plain = serde_json::to_vec(signed).map_err(|error| Error::Defect(error.to_string()))?;
    let config = (line.config.id, line.config.updated_at);
    let sealed = connector.seal(config.0).close(connector.app().rng(), &place(asker, format), &plain);
    let subject = asker.subject.clone();
    let write = move |tx: &mut storage::Tx<'_>| records::remember_answer(tx, config, &subject, format.name(), &sealed, ends);
    Ok(connector.app().db().write(write).await?)
}

/// Whether data are certified.
#[derive(Debug, Serialize, ToSchema)]
pub struct Validation {
    /// Whether they are as the connector gave them.
    result: bool,
}

/// Verifica dei dati certificati
///
/// Whether data are those that `GET` gave for the same fiscal code, configuration and format, unaltered and not too old. Answered also
/// below `/e-services` and `/validate`.
#[utoipa::path(
    post,
    path = "/{provider}/{service}",
    tag = "dati",
    params(
        ("provider" = String, Path, description = "`anpr` o `inps`"),
        ("service" = String, Path, description = "E-service"),
        Parameters,
    ),
    request_body = Signed,
    responses(
        (status = 200, description = "L'esito", body = Validation),
        (status = 400, description = "Parametri non validi", body = ProblemBody),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 403, description = "Dati di un'altra persona", body = ProblemBody),
        (status = 404, description = "E-service o configurazione sconosciuti", body = ProblemBody),
        (status = 422, description = "Corpo senza dati o firma", body = ProblemBody),
    )
)]
pub async fn validate(
    State(connector): State<Connector>,
    caller: Caller,
    Path(address): Path<(String, String)>,
    Query(mut parameters): Query<Parameters>,
    Json(signed): Json<Signed>,
) -> ApiResult<Json<Validation>> {
    let named = parameters.format.is_some();
    parameters.format = parameters.format.or_else(|| Some(signed.meta.format.clone()));
    let question = match question(&address, &parameters) {
        // What the data say of themselves may be anything: then they are not certified.
        Err(error) if !named && error.problem.status == 422 => return Ok(Json(Validation { result: false })),
        other => other?,
    };
    // The platform asks in the name of whoever sends a form.
    if caller.kind != web::Kind::Service {
        own(&caller, &question.fiscal_code)?;
    }
    let (app, tenant, config, service) = (connector.app(), caller.tenant_id, parameters.config_id, question.service);
    let found = app.db().read(move |tx| {
        let found = match config {
            // Also one that is no longer active: what it gave is still true.
            Some(id) => configs::find(tx, tenant, id, Purpose::Look)?.filter(|config| config.slug == service.slug()),
            None => configs::find_active(tx, tenant, service, None)?,
        };
        let config = found.ok_or(Error::NotConfigured)?;
        let keys = keys::of_client(tx, tenant, config.client_id)?;
        Ok::<_, Error>((config.id, keys))
    });
    let (config_id, keys) = found.await?;
    let now = app.clock().now();
    let bound = Bound { config_id, fiscal_code: &question.fiscal_code };
    let same = signed.meta.format == question.format.name();
    let result = same && signature::check(&signed, bound, &keys, connector.config().holds, now);
    let id = app.rng().uuid_at(now);
    let plain = serde_json::to_vec(&signed).map_err(ApiError::internal)?;
    let record = ValidationRecord {
        id,
        tenant_id: tenant,
        config_id,
        subject: connector.subject(&question.fiscal_code),
        result,
        body: connector.seal(config_id).close(app.rng(), &id.to_string(), &plain),
        created_at: now,
    };
    app.db().write(move |tx| records::keep_validation(tx, &record)).await?;
    metrics::counter!("sportello_pdnd_validations_total", "result" => if result { "true" } else { "false" }).increment(1);
    Ok(Json(Validation { result }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_are_read_in_both_spellings() {
        let read = |query: &str| serde_urlencoded::from_str::<Parameters>(query).unwrap();
        let code = |query| question(&("anpr".into(), "stato-famiglia".into()), &read(query)).map(|question| question.fiscal_code);
        assert_eq!(code("fiscal_code=bnrmhl75c06g702b").unwrap(), "BNRMHL75C06G702B");
        assert_eq!(code("fiscalCode=BNRMHL75C06G702B&format=statoFamigliaArchetipo").unwrap(), "BNRMHL75C06G702B");
        assert_eq!(code("fiscal_code=BNRMHL75C06G702A").unwrap_err().problem.status, 400);
        assert_eq!(code("").unwrap_err().problem.status, 400);
        assert_eq!(code("fiscal_code=BNRMHL75C06G702B&format=residenza").unwrap_err().problem.status, 422);
        for (provider, service) in [("inps", "stato-famiglia"), ("anpr", "accertamento-id-unico-nazionale"), ("x", "y")] {
            let asked = question(&(provider.into(), service.into()), &read("fiscal_code=BNRMHL75C06G702B"));
            assert_eq!(asked.err().unwrap().problem.status, 404, "{provider}/{service}");
        }
    }
}
