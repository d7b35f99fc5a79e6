//! `POST /applications`: a draft, or an application that is submitted at once.

use axum::extract::State as Ctx;
use axum::response::Response;
use contracts::applications::{File, PaymentData};
use http::StatusCode;
use kernel::{ApplicationId, AttachmentId, RomeTime, UserId};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Json, Kind, Tenant};

use super::answer_with;
use crate::applications::access::Actor;
use crate::applications::answers;
use crate::applications::application::Application;
use crate::applications::certified;
use crate::applications::change::{self, Step};
use crate::applications::stamps;
use crate::applications::state::{Command, State};
use crate::applications::store::Stored;
use crate::applications::view::ApiVersion;
use crate::context::{Context, Offer};
use crate::errors::Error;
use crate::uploads;
use crate::users::{self, User};

/// A new application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// The applicant; the caller unless told, and only staff of the service may tell.
    #[schema(value_type = Option<kernel::Uuid>)]
    user: Option<UserId>,
    /// Identifier or id of the service.
    service: String,
    /// The answers, as the form has them or with dotted keys.
    #[serde(default)]
    #[schema(value_type = Object)]
    data: Value,
    /// 1000: a draft (unless told); 1900: submitted now.
    #[serde(default = "draft")]
    #[schema(value_type = String)]
    status: State,
    /// When it was created elsewhere; only staff may tell.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    created_at: Option<RomeTime>,
    /// Language of the applicant.
    #[serde(default)]
    locale: Option<String>,
    /// Notes of the applicant.
    #[serde(default)]
    user_compilation_notes: Option<String>,
}

fn draft() -> State {
    State::Draft
}

/// Creates an application: a draft, or, with status 1900, one that is submitted at once. Nothing invalid is ever stored, and what is to
/// be paid is computed here.
#[utoipa::path(post, path = "/{tenant}/api/applications", tag = "applications", request_body = NewApplication,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("version" = Option<u8>, Query, description = "1: flat data, 2: nested data")),
    responses((status = 201, description = "the application"), (status = 401, description = "no valid token"),
        (status = 403, description = "an operator of other services, for somebody else"), (status = 404, description = "no such service"),
        (status = 409, description = "another one with the same unique value is open"),
        (status = 422, description = "fields are wrong, each named")))]
pub async fn handle(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    version: ApiVersion,
    Json(new): Json<NewApplication>,
) -> ApiResult<Response> {
    let offer = context.offer(tenant.id, &new.service).await?;
    let user = applicant(&context, &tenant, &caller, &offer, new.user).await?;
    let now = context.app.clock().now();
    if !matches!(new.status, State::Draft | State::PreSubmit) {
        return Err(Error::field("/status", "enum", "Usare 1000 (bozza) o 1900 (invio).").into());
    }
    if new.created_at.is_some() && !caller.is_staff() {
        return Err(Error::field("/created_at", "forbidden", "La data di creazione è assegnata dal sistema.").into());
    }
    if new.created_at.is_some_and(|at| at > now) {
        return Err(Error::field(
            "/created_at",
            "future",
            "La data di creazione è nel futuro: indicare quando è stata presentata.",
        )
        .into());
    }
    if !offer.service.is_open(now) && !caller.is_staff() {
        return Err(Error::Precondition("Il servizio non è attivo: non accetta nuove pratiche.").into());
    }
    let submit = new.status == State::PreSubmit;
    if submit {
        certified::check(&context, tenant.id, &offer, &user, &new.data).await?;
    }
    let prepared = prepare(&context, &tenant, &offer, &user, new, submit, now)?;
    let (owner, Prepared { stored, files, payment }) = (user.id, prepared);
    let written = change::create(&context, &tenant, &offer, stored, move |step| {
        step.application().attachments = claim(step, owner, &files)?;
        if submit { submit_now(step, payment) } else { Ok(()) }
    })
    .await?;
    Ok(answer_with(StatusCode::CREATED, &tenant, &written.stored, &written.object, version)?)
}

/// An application ready to be stored.
struct Prepared {
    stored: Stored,
    files: Vec<AttachmentId>,
    payment: Option<PaymentData>,
}

fn prepare(
    context: &Context,
    tenant: &Tenant,
    offer: &Offer,
    user: &User,
    new: NewApplication,
    submit: bool,
    now: RomeTime,
) -> Result<Prepared, Error> {
    let answers = answers::check(offer, user, new.data, !submit, now)?;
    let id = ApplicationId(context.app.rng().uuid_at(now));
    let mut application =
        Application::draft(id, tenant, &offer.service, user.id, user.full_name(), new.created_at.unwrap_or(now));
    application.latest_status_change_at = now;
    application.flow_changed_at = now;
    application.locale = new.locale.filter(|locale| tenant.locales.contains(locale)).unwrap_or_else(|| tenant.locales[0].clone());
    application.user_compilation_notes = notes(new.user_compilation_notes)?;
    application.subject = Some(answers.subject(&offer.service, &application.user_name));
    // A draft may still lack what the amount is computed from.
    let payment = if submit { answers.payment(tenant, &offer.service, &application, now)? } else { None };
    let files = answers.file_ids()?;
    Ok(Prepared { stored: answers.into_stored(application, tenant)?, files, payment })
}

/// Longest notes of an applicant, in characters.
const MAX_NOTES: usize = 5_000;

/// Notes of the applicant, as they may be.
///
/// # Errors
/// [`Error::Invalid`] when they are too long, or no text.
pub(super) fn notes(notes: Option<String>) -> Result<Option<String>, Error> {
    const FIELD: &str = "/user_compilation_notes";
    // Browsers end lines as their forms do.
    let Some(text) = notes.map(|text| text.replace("\r\n", "\n")) else { return Ok(None) };
    if text.chars().count() > MAX_NOTES {
        return Err(Error::field(FIELD, "max_length", format!("Usare al massimo {MAX_NOTES} caratteri.")));
    }
    if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(Error::field(
            FIELD,
            "pattern",
            "Togliere i caratteri di controllo: sono ammessi solo gli a capo e le tabulazioni.",
        ));
    }
    Ok(Some(text))
}

/// Lets pass whoever may apply for somebody else: of operators, those who work on the applications of the service.
async fn require_service(context: &Context, caller: &Caller, offer: &Offer) -> Result<(), Error> {
    let (caller, service) = (caller.clone(), offer.service.id);
    let check = move |tx: &mut storage::Tx<'_>| match Actor::of(tx, &caller)? {
        Actor::Operator(user) if !user.may_handle(service, None, None) => Err(Error::Forbidden(
            "Per presentare una pratica per conto di altri occorre essere abilitati al servizio: chiederlo a un amministratore.",
        )),
        _ => Ok(()),
    };
    context.app.db().read(check).await
}

/// Whose application it is.
async fn applicant(
    context: &Context,
    tenant: &Tenant,
    caller: &Caller,
    offer: &Offer,
    user: Option<UserId>,
) -> Result<User, Error> {
    let caller_id = caller.principal.as_ref().map(|principal| principal.user_id);
    let id = match user {
        Some(id) if Some(id) == caller_id => id,
        Some(id) if caller.is_staff() => {
            require_service(context, caller, offer).await?;
            id
        }
        Some(_) => {
            return Err(Error::field("/user", "forbidden", "Solo un operatore può presentare una pratica per conto di altri."));
        }
        None => caller_id.ok_or_else(|| Error::field("/user", "required", "Indicare il richiedente."))?,
    };
    let (tenant_id, anonymous, now) = (tenant.id, caller.kind == Kind::Anonymous, context.app.clock().now());
    if anonymous && offer.service.access_level > 0 {
        return Err(Error::Forbidden("Il servizio richiede l'accesso con l'identità digitale."));
    }
    let find = move |tx: &mut storage::Tx<'_>| users::store::find(tx, tenant_id, id).map_err(Error::from);
    let user = if anonymous {
        // A visitor becomes a user with the first application.
        context
            .app
            .db()
            .write(move |tx| {
                users::store::ensure_anonymous(tx, tenant_id, id, now)?;
                find(tx)
            })
            .await?
    } else {
        context.app.db().read(find).await?
    };
    user.ok_or_else(|| Error::field("/user", "unknown", "Il richiedente non esiste."))
}

/// Makes uploaded files the application's.
pub(super) fn claim(step: &mut Step<'_, '_>, owner: UserId, files: &[AttachmentId]) -> Result<Vec<File>, Error> {
    let (tenant, id, now) = (step.tenant.id, step.application().id, step.now);
    let attachments = uploads::store::claim(step.tx, tenant, owner, id, files, now)?;
    Ok(attachments.iter().map(|attachment| attachment.as_file(step.tenant)).collect())
}

/// Submits a draft: to the office, or first to the payment. The paper stamps in it are its own from now on.
pub(super) fn submit_now(step: &mut Step<'_, '_>, payment: Option<PaymentData>) -> Result<(), Error> {
    stamps::take(step.tx, &step.stored.application, &step.stored.data.answers, step.now)?;
    match payment.filter(|_| step.service.payment_required == 1) {
        None => step.apply(Command::Submit),
        Some(payment) => {
            step.application().payment_type = step.service.payment_parameters.gateways.keys().next().cloned();
            step.application().payment_data = Some(payment);
            step.apply(Command::AskPayment)
        }
    }
}
