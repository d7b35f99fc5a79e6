//! Carts: a citizen pays several payments at once.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contracts::payments::Status;
use futures::future::try_join_all;
use http::StatusCode;
use kernel::{FieldError, PaymentId, Uuid};
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::ToSchema;
use web::{ApiError, ApiResult, Caller, Json, Path, Query};

use super::landing::LandingQuery;
use super::{ProblemBody, redirect};
use crate::cart::{Cart, check, is_own};
use crate::errors::{Error, state_detail};
use crate::payment::{Command, Standing, apply};
use crate::providers::{Basket, ProviderError};
use crate::proxy::{Case, Errand, Proxy};
use crate::store::carts;

/// A cart to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewCart {
    /// The payments: the caller's own, all of this provider, 1 to 5.
    #[schema(value_type = Vec<Uuid>)]
    payments: Vec<PaymentId>,
    /// Where the payer goes in the end, on the body's pages; `cart` and `payment=OK` or `payment=KO` are added.
    return_url: String,
}

/// A cart as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownCart {
    /// Its identifier.
    id: Uuid,
    /// The payments, in the order in which they were chosen.
    #[schema(value_type = Vec<Uuid>)]
    payments: Vec<PaymentId>,
    /// The provider's page, where they are paid.
    checkout_url: Option<String>,
}

impl From<Cart> for ShownCart {
    fn from(cart: Cart) -> Self {
        Self { id: cart.id, payments: cart.payments, checkout_url: cart.page }
    }
}

/// Carrello
///
/// Makes a cart of payments and gives the provider's page on which they are paid together. The same payments again, while the payer has
/// not come back, are the same cart. The provider is asked first where each of them stands: when some cannot be paid any more nothing is
/// made, and `errors` says which and why.
#[utoipa::path(
    post,
    path = "/carts",
    tag = "carrello",
    request_body = NewCart,
    responses(
        (status = 201, description = "Il carrello con la pagina di pagamento", body = ShownCart),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 404, description = "Un pagamento è sconosciuto, di altri o di un altro intermediario", body = ProblemBody),
        (status = 409, description = "Un pagamento non si può eseguire, o l'intermediario non ha carrelli", body = ProblemBody),
        (status = 422, description = "Carrello non valido", body = ProblemBody),
        (status = 503, description = "L'intermediario non risponde", body = ProblemBody),
    )
)]
pub async fn create(State(proxy): State<Proxy>, caller: Caller, Json(new): Json<NewCart>) -> ApiResult<Response> {
    let wrong = check(&new.payments);
    if !wrong.is_empty() {
        return Err(Error::InvalidCart(wrong).into());
    }
    let mut cases = Vec::new();
    for payment in &new.payments {
        let case = proxy.load(*payment).await?;
        if !is_own(&caller, &case.followed.payment) {
            return Err(Error::NotFound.into());
        }
        cases.push(case);
    }
    if proxy.about().cart < cases.len().max(2) {
        return Err(Error::NoCarts.into());
    }
    if !leads_back(&proxy, &new.return_url) {
        let message = "Usare un indirizzo delle pagine dell'ente.";
        return Err(Error::InvalidCart(vec![FieldError::new("/return_url", "format", message)]).into());
    }
    let cases = try_join_all(cases.into_iter().map(|case| fresh(&proxy, case))).await?;
    let now = proxy.app().clock().now();
    let refusals: Vec<_> = cases.iter().enumerate().filter_map(|(index, case)| refusal(index, case, now)).collect();
    if !refusals.is_empty() {
        return Err(Error::NotPayable(refusals).into());
    }
    let cart = Cart {
        id: proxy.app().rng().uuid(),
        tenant_id: caller.tenant_id,
        owner: caller.user_id()?,
        payments: new.payments,
        return_url: new.return_url,
        page: None,
        created_at: now,
    };
    // The intent, which the same cart again finds.
    let name = proxy.name();
    let cart = proxy.app().db().write(move |tx| carts::open(tx, name, &cart)).await?;
    let cart = if cart.page.is_some() { cart } else { opened(&proxy, cart, &cases).await? };
    Ok((StatusCode::CREATED, Json(ShownCart::from(cart))).into_response())
}

/// Whether the address is one of the platform's own: otherwise our address would lead wherever somebody wants.
fn leads_back(proxy: &Proxy, address: &str) -> bool {
    let origin = |url: &str| url::Url::parse(url).map(|url| url.origin());
    address.len() <= 2000 && origin(address).is_ok_and(|there| origin(proxy.app().public_url()) == Ok(there))
}

/// The payment as its provider has it now: one that was paid elsewhere meanwhile is not to be put into a cart.
async fn fresh(proxy: &Proxy, case: Case) -> Result<Case, Error> {
    let id = case.followed.payment.id;
    if !matches!(case.followed.payment.status, Status::PaymentPending | Status::PaymentStarted) {
        return Ok(case);
    }
    let found = proxy.ask(proxy.provider().find(&case.tenant, &case.position)).await?;
    match found.map(|found| found.standing) {
        None | Some(Standing::Open | Standing::Started) => Ok(case),
        Some(news) => match proxy.act(id, Command::Report(news)).await {
            Ok(followed) => Ok(Case { followed, ..case }),
            // Somebody closed it while the provider was asked.
            Err(Error::NotPossible(_)) => proxy.load(id).await,
            Err(error) => Err(error),
        },
    }
}

/// Why the payment cannot be paid, if it cannot.
fn refusal(index: usize, case: &Case, now: kernel::RomeTime) -> Option<FieldError> {
    let not_possible = apply(&case.followed.payment, &Command::OpenCheckout, now).err()?;
    let state = serde_json::to_value(not_possible.state).ok()?;
    let code = state.as_str().unwrap_or_default().to_lowercase();
    Some(FieldError::new(format!("/payments/{index}"), code, state_detail(not_possible.state)))
}

/// The cart with the page that the provider gives for it. A refusal closes it; an answer that was lost leaves it open, and whoever asks
/// again asks with the same identifier.
async fn opened(proxy: &Proxy, cart: Cart, cases: &[Case]) -> Result<Cart, Error> {
    // In the order of the cart: another request for the same payments may have opened it with them in another order.
    let of = |payment: &PaymentId| cases.iter().find(|case| case.followed.payment.id == *payment);
    let positions: Vec<_> = cart.payments.iter().filter_map(of).map(|case| case.position.clone()).collect();
    let return_url = proxy.urls().cart_landing(cart.id);
    let basket = Basket { id: cart.id, positions: &positions, return_url: &return_url };
    let (id, payments, opening) = (cart.id, cart.payments.clone(), proxy.clone());
    let page = match proxy.ask(proxy.provider().cart(&cases[0].tenant, &basket)).await {
        Ok(page) => page,
        Err(refused @ ProviderError::Refused(_)) => {
            proxy.app().db().write(move |tx| carts::close(tx, id)).await?;
            return Err(refused.into());
        }
        Err(unclear) => return Err(unclear.into()),
    };
    let page = proxy.app().db().write(move |tx| {
        each(&opening, tx, &payments, &Command::OpenCheckout)?;
        Ok::<_, Error>(carts::keep_page(tx, id, &page)?)
    });
    Ok(Cart { page: Some(page.await?), ..cart })
}

/// Does `command` to each payment that allows it; the others are left as they are. In one order for everybody, so that two carts with the
/// same payments do not wait for each other.
fn each(proxy: &Proxy, tx: &mut Tx<'_>, payments: &[PaymentId], command: &Command) -> Result<(), Error> {
    let mut payments = payments.to_vec();
    payments.sort_unstable();
    for payment in payments {
        match proxy.change(tx, payment, command) {
            Ok(_) | Err(Error::NotPossible(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Dati del carrello
///
/// The payments of a cart. For whoever made it.
#[utoipa::path(
    get,
    path = "/carts/{id}",
    tag = "carrello",
    params(("id" = Uuid, Path, description = "Identificativo del carrello")),
    responses(
        (status = 200, description = "Il carrello", body = ShownCart),
        (status = 401, description = "Token mancante o non valido", body = ProblemBody),
        (status = 404, description = "Carrello sconosciuto o di altri", body = ProblemBody),
    )
)]
pub async fn get(State(proxy): State<Proxy>, caller: Caller, Path(id): Path<Uuid>) -> ApiResult<Json<ShownCart>> {
    let name = proxy.name();
    let cart = proxy.app().db().read(move |tx| carts::find(tx, name, id)).await?;
    let user = caller.principal.as_ref().map(|principal| principal.user_id);
    let own = cart.filter(|cart| cart.tenant_id == caller.tenant_id && Some(cart.owner) == user);
    Ok(Json(own.ok_or(Error::NotFound)?.into()))
}

/// Ritorno dal pagamento di un carrello
///
/// Notes that the payer came back, has the provider asked about each payment, and leads on to the page that the cart was made from. What
/// the provider says of the whole proves nothing: some payments may be made and others not.
#[utoipa::path(
    get,
    path = "/carts/{id}/landing",
    tag = "carrello",
    params(("id" = Uuid, Path, description = "Identificativo del carrello"), LandingQuery),
    responses(
        (status = 302, description = "Alla pagina dei pagamenti"),
        (status = 400, description = "Esito mancante o sconosciuto", body = ProblemBody),
        (status = 404, description = "Carrello sconosciuto", body = ProblemBody),
    )
)]
pub async fn landing(State(proxy): State<Proxy>, Path(id): Path<Uuid>, Query(query): Query<LandingQuery>) -> ApiResult<Response> {
    let outcome = query.outcome()?;
    let returning = proxy.clone();
    let cart = proxy.app().db().write(move |tx| {
        let cart = carts::find(tx, returning.name(), id)?.ok_or(Error::NotFound)?;
        each(&returning, tx, &cart.payments, &outcome.command())?;
        let now = returning.app().clock().now();
        for payment in &cart.payments {
            returning.enqueue(tx, Errand::Check { payment: *payment }, now)?;
        }
        carts::close(tx, id)?;
        Ok::<_, Error>(cart)
    });
    let cart = cart.await?;
    let mut url = url::Url::parse(&cart.return_url).map_err(ApiError::internal)?;
    url.query_pairs_mut().append_pair("cart", &id.to_string()).append_pair("payment", outcome.name());
    redirect(url.as_str())
}
