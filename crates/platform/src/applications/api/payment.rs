//! `POST /applications/{id}/payment`: how the payment stands.

use std::sync::Arc;

use axum::extract::State as Ctx;
use http::StatusCode;
use kernel::{ApplicationId, Money, PaymentId};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use web::{ApiResult, Caller, Id, Json, Path, Tenant};

use crate::applications::change;
use crate::applications::pay::{self, PaymentNews, Told};
use crate::applications::store;
use crate::context::Context;
use crate::errors::Error;
use crate::tenants;

/// How a payment stands.
#[derive(Debug, Deserialize, ToSchema)]
pub struct News {
    /// STARTED, OK or KO.
    status: PaymentNews,
    /// Which payment it is: while the application waits, only the first that it is told of counts.
    #[serde(default)]
    #[schema(value_type = Option<kernel::Uuid>)]
    payment_id: Option<PaymentId>,
    /// How much it is, in euro: less than what is due pays for nothing.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    amount: Option<Money>,
    /// Code of the provider, for the record.
    #[serde(default)]
    #[schema(value_type = Object)]
    #[allow(dead_code)] // accepted, as the documentation has it; the payment's own record keeps it
    status_code: Value,
    /// Message of the provider, for the record.
    #[serde(default)]
    #[schema(value_type = Object)]
    #[allow(dead_code)]
    status_message: Value,
}

impl From<News> for Told {
    fn from(news: News) -> Self {
        Self { news: news.status, payment: news.payment_id, amount: news.amount }
    }
}

/// Tells how the payment of an application stands. News that is already known changes nothing.
#[utoipa::path(post, path = "/{tenant}/api/applications/{id}/payment", tag = "applications", request_body = News,
    params(("tenant" = String, Path, description = "slug of the tenant"), ("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "known"), (status = 403, description = "not for this caller"),
        (status = 404, description = "no such application"), (status = 409, description = "another payment than the application's was paid"),
        (status = 422, description = "no payment is expected, or it is less than what is due")))]
pub async fn handle(
    Ctx(context): Ctx<Context>,
    tenant: Tenant,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Json(news): Json<News>,
) -> ApiResult<StatusCode> {
    change::change(&context, &tenant, &caller, id, move |step, actor| pay::tell(step, actor, news.into())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The same for the other roles, which know the tenant by its identifier.
#[utoipa::path(post, path = "/internal/applications/{id}/payment", tag = "internal", request_body = News,
    params(("id" = kernel::Uuid, Path, description = "the application")),
    responses((status = 204, description = "known"), (status = 404, description = "no such application, or the caller is not the platform"),
        (status = 409, description = "another payment than the application's was paid"),
        (status = 422, description = "no payment is expected, or it is less than what is due")))]
pub async fn internal(
    Ctx(context): Ctx<Context>,
    caller: Caller,
    Path(id): Path<ApplicationId>,
    Json(news): Json<News>,
) -> ApiResult<StatusCode> {
    caller.require_service()?;
    let (tenant_id, public_url) = (caller.tenant_id, context.app.public_url().to_owned());
    let tenant = context
        .app
        .db()
        .read(move |tx| {
            store::tenant_of(tx, id)?.filter(|owner| *owner == tenant_id).ok_or(Error::NotFound)?;
            Ok::<_, Error>(Tenant(Arc::new(tenants::store::get(tx, tenant_id)?.info(&public_url))))
        })
        .await?;
    change::change(&context, &tenant, &caller, id, move |step, actor| pay::tell(step, actor, news.into())).await?;
    Ok(StatusCode::NO_CONTENT)
}
