//! `/pagamenti/carrello`: several payments of the citizen, paid at once. The address names them, so that the page can be come back to; what
//! cannot be paid together stays in sight with its reason, and the rest goes on.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Query, RawQuery};
use axum::response::{IntoResponse, Redirect, Response};
use futures::future::try_join_all;
use http::StatusCode;
use kernel::{Money, Problem};
use serde::Deserialize;

use crate::clients::{ClientError, Payment, Provider, segment};
use crate::errors::PageError;
use crate::frame::Frame;
use crate::i18n::Messages;
use crate::pages::payments::staff_elsewhere;
use crate::posted::Posted;
use crate::views::application::{PaymentView, payment_view};
use crate::views::invalid::Invalid;
use crate::visit::Visit;
use crate::{format, respond};

/// Most payments of a cart, whatever its provider allows.
pub const MOST: usize = 5;
/// Most payments that a page looks at: somebody may choose too many, but nobody hundreds.
const MOST_LOOKED_AT: usize = 20;
/// Name of the fields with the chosen payments.
const FIELD: &str = "payment";

/// A payment of the choice.
struct Row {
    payment: PaymentView,
    /// Why it is not paid with the others.
    why: Option<String>,
    /// Whether it can be paid by itself instead.
    alone: bool,
    /// The same choice without it.
    without: String,
}

#[derive(Template)]
#[template(path = "cart.html")]
struct CartPage {
    f: Frame,
    errors: Vec<Invalid>,
    rows: Vec<Row>,
    /// The payments that the button pays.
    paid: Vec<String>,
    pay: String,
    total: String,
}

/// The choice, sorted out.
struct Choice {
    payments: Vec<Payment>,
    /// For each: why it is left out.
    whys: Vec<Option<Why>>,
    /// Whose page it is paid on.
    provider: Option<String>,
}

/// Why a payment is not paid with the others.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    /// It is not to be paid (any more).
    State,
    /// Its provider takes one at a time.
    Alone,
    /// Another provider than the others'.
    Elsewhere,
    /// Over the most that a cart holds.
    TooMany,
    /// The provider said so.
    Told(String),
}

impl Choice {
    /// Sorts out which of the payments are paid together: those of one provider, as many as it takes.
    fn of(payments: Vec<Payment>, providers: &[Provider]) -> Self {
        let most: HashMap<&str, usize> = providers.iter().map(|provider| (provider.name.as_str(), provider.cart)).collect();
        let takes = |payment: &Payment| payment.provider().and_then(|name| most.get(name.as_str()).copied()).unwrap_or(1);
        let first = payments.iter().find(|payment| payment.is_owed() && takes(payment) > 1);
        let provider = first.and_then(Payment::provider);
        let mut room = first.map_or(0, takes).min(MOST);
        let whys = payments.iter().map(|payment| {
            if !payment.is_owed() {
                return Some(Why::State);
            }
            if takes(payment) < 2 {
                return Some(Why::Alone);
            }
            if payment.provider() != provider {
                return Some(Why::Elsewhere);
            }
            let fits = room > 0;
            room = room.saturating_sub(1);
            (!fits).then_some(Why::TooMany)
        });
        let whys = whys.collect();
        Self { payments, whys, provider }
    }

    /// The payments that are paid together.
    fn paid(&self) -> Vec<&Payment> {
        self.payments.iter().zip(&self.whys).filter(|(_, why)| why.is_none()).map(|(payment, _)| payment).collect()
    }

    /// Notes what the provider said of payments that it was asked to take: each error points at one of them.
    fn told(&mut self, problem: &Problem) -> bool {
        let asked: Vec<usize> = self.whys.iter().enumerate().filter(|(_, why)| why.is_none()).map(|(index, _)| index).collect();
        let mut told = false;
        for error in &problem.errors {
            let place = error.field.strip_prefix("/payments/").and_then(|place| place.parse::<usize>().ok());
            if let Some(index) = place.and_then(|place| asked.get(place)) {
                self.whys[*index] = Some(Why::Told(error.message.clone()));
                told = true;
            }
        }
        told
    }
}

/// What is said of a payment that is left out.
fn reason(t: &Messages, why: &Why, payment: &Payment) -> String {
    match why {
        Why::State if payment.status == "COMPLETE" => t.cart_paid.to_owned(),
        Why::State => t.cart_closed.to_owned(),
        Why::Alone => t.cart_alone.to_owned(),
        Why::Elsewhere => t.cart_elsewhere.to_owned(),
        Why::TooMany => t.cart_too_many(MOST),
        Why::Told(text) => text.clone(),
    }
}

/// The address of the page with a choice of payments.
pub fn address(root: &str, payments: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for payment in payments {
        query.append_pair(FIELD, payment.as_ref());
    }
    format!("{root}/pagamenti/carrello?{}", query.finish())
}

/// The payments that were chosen, each once; those of others are not there.
async fn chosen(visit: &Visit, ids: impl Iterator<Item = String>) -> Result<Choice, PageError> {
    let mut wanted: Vec<String> = Vec::new();
    for id in ids {
        if !id.is_empty() && !wanted.contains(&id) && wanted.len() < MOST_LOOKED_AT {
            wanted.push(id);
        }
    }
    let payments = visit.payments();
    let found = try_join_all(wanted.iter().map(|id| payments.find(id)));
    let (found, providers) = tokio::join!(found, payments.providers());
    Ok(Choice::of(found?, &providers?))
}

/// Shows the choice.
pub async fn show(visit: Visit, RawQuery(query): RawQuery) -> Result<Response, PageError> {
    if let Some(elsewhere) = staff_elsewhere(&visit, None)? {
        return Ok(elsewhere);
    }
    let query = query.unwrap_or_default();
    let ids = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == FIELD).map(|(_, id)| id.into_owned());
    let choice = chosen(&visit, ids).await?;
    Ok(page(&visit, StatusCode::OK, &choice, Vec::new()))
}

fn page(visit: &Visit, status: StatusCode, choice: &Choice, errors: Vec<Invalid>) -> Response {
    let (f, root) = (visit.frame(), visit.root());
    let row = |(payment, why): (&Payment, &Option<Why>)| {
        let others = choice.payments.iter().filter(|other| other.id != payment.id).map(|other| &other.id);
        Row {
            why: why.as_ref().map(|why| reason(f.t, why, payment)),
            alone: matches!(why, Some(Why::Alone | Why::Elsewhere | Why::TooMany)),
            without: address(&root, others),
            payment: payment_view(f.t, payment, visit.now()),
        }
    };
    let rows: Vec<Row> = choice.payments.iter().zip(&choice.whys).map(row).collect();
    let paid = choice.paid();
    let total: Money = paid.iter().filter_map(|payment| format::money(&payment.payment.amount)).sum();
    let pay = if paid.len() == 1 { f.t.cart_pay_one.to_owned() } else { f.t.cart_pay(paid.len()) };
    let paid = paid.iter().map(|payment| payment.id.clone()).collect();
    let page = CartPage { errors, rows, paid, pay, total: format::amount(total), f };
    respond::with_pay_policy(respond::page_with_status(visit, status, page))
}

/// Makes the cart and leads to the provider's page; what the provider refuses is shown, and the others can be paid.
pub async fn pay(posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    if let Some(elsewhere) = staff_elsewhere(visit, None)? {
        return Ok(elsewhere);
    }
    let mut choice = chosen(visit, posted.all(FIELD).map(str::to_owned)).await?;
    let t = visit.locale.messages();
    // What was shown is what is paid: when something changed meanwhile, the payer sees the new total first.
    let changed = choice.paid().len() < choice.payments.len();
    let (Some(provider), false) = (choice.provider.clone(), changed || choice.payments.is_empty()) else {
        let text = if choice.paid().is_empty() { t.cart_nothing } else { t.cart_some_refused };
        return Ok(page(visit, StatusCode::UNPROCESSABLE_ENTITY, &choice, vec![Invalid::new("cart", text)]));
    };
    let ids: Vec<&str> = choice.paid().iter().map(|payment| payment.id.as_str()).collect();
    let locale = visit.locale.code();
    let back = format!("{}/{locale}/pagamenti/carrello/esito?provider={}", visit.tenant.base_url, segment(&provider));
    match visit.payments().make_cart(&provider, &ids, &back).await {
        Ok(cart) => match cart.checkout_url.filter(|url| url.starts_with("https://") || url.starts_with("http://")) {
            Some(url) => Ok(Redirect::to(&url).into_response()),
            None => Err(PageError::Unavailable("a cart without its page".to_owned())),
        },
        Err(ClientError::Refused(problem)) if matches!(problem.status, 409 | 422) => {
            let text = if choice.told(&problem) {
                t.cart_some_refused.to_owned()
            } else {
                problem.detail.clone().unwrap_or_else(|| problem.title.clone())
            };
            Ok(page(visit, StatusCode::UNPROCESSABLE_ENTITY, &choice, vec![Invalid::new("cart", text)]))
        }
        Err(ClientError::Failed(cause)) => {
            tracing::warn!(cause, "a cart was not made");
            let errors = vec![Invalid::new("cart", t.cart_unavailable)];
            Ok(page(visit, StatusCode::SERVICE_UNAVAILABLE, &choice, errors))
        }
        Err(error) => Err(error.into()),
    }
}

/// What comes back with the payer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Arrival {
    provider: String,
    cart: String,
    payment: String,
}

#[derive(Template)]
#[template(path = "cart_back.html")]
struct BackPage {
    f: Frame,
    title: &'static str,
    text: &'static str,
    tone: &'static str,
    icon: &'static str,
    rows: Vec<PaymentView>,
    /// Where the confirmation is still awaited.
    waits: bool,
    /// The choice of what is left to be paid.
    again: Option<String>,
}

/// `/pagamenti/carrello/esito`: what became of each payment. What the provider says of the whole is a hint; the payments are the truth.
pub async fn back(visit: Visit, Query(arrival): Query<Arrival>) -> Result<Response, PageError> {
    if let Some(elsewhere) = staff_elsewhere(&visit, None)? {
        return Ok(elsewhere);
    }
    let payments = visit.payments();
    let cart = payments.cart(&arrival.provider, &arrival.cart).await?;
    let found = try_join_all(cart.payments.iter().map(|id| payments.find(id))).await?;
    let (f, root) = (visit.frame(), visit.root());
    let owed: Vec<&Payment> = found.iter().filter(|payment| payment.is_owed()).collect();
    let paid = found.iter().filter(|payment| payment.status == "COMPLETE").count();
    let (all, waits) = (paid == found.len(), arrival.payment == "OK" && !owed.is_empty());
    let (title, text, tone, icon) = if all {
        (f.t.cart_done_title, f.t.cart_done_text, "good", "it-check-circle")
    } else if waits {
        (f.t.cart_waiting_title, f.t.cart_waiting_text, "info", "it-clock")
    } else if paid > 0 {
        (f.t.cart_partly_title, f.t.cart_partly_text, "action", "it-warning-circle")
    } else {
        (f.t.cart_none_title, f.t.cart_none_text, "action", "it-warning-circle")
    };
    let again = (!owed.is_empty() && !waits).then(|| address(&root, owed.iter().map(|payment| &payment.id)));
    let view = |payment: &Payment| {
        let mut view = payment_view(f.t, payment, visit.now());
        if waits {
            view.confirming(f.t);
        }
        view
    };
    let rows = found.iter().map(view).collect();
    Ok(respond::page(&visit, BackPage { f, title, text, tone, icon, rows, waits, again }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(id: &str, status: &str, provider: &str) -> Payment {
        let url = format!("https://a.it/payment-proxy/{provider}/online-payment/{id}");
        let json = serde_json::json!({ "id": id, "status": status, "links": { "online_payment_begin": { "url": url } } });
        serde_json::from_value(json).unwrap()
    }

    fn providers() -> Vec<Provider> {
        [("pagopa", 5), ("sandbox", 2), ("mypay", 1)].map(|(name, cart)| Provider { name: name.into(), cart }).into()
    }

    #[test]
    fn payments_of_one_provider_are_paid_together_and_the_others_say_why() {
        let choice = Choice::of(
            vec![
                payment("1", "COMPLETE", "pagopa"),
                payment("2", "PAYMENT_PENDING", "mypay"),
                payment("3", "PAYMENT_PENDING", "sandbox"),
                payment("4", "PAYMENT_STARTED", "sandbox"),
                payment("5", "PAYMENT_PENDING", "pagopa"),
                payment("6", "PAYMENT_PENDING", "sandbox"),
                payment("7", "PAYMENT_PENDING", "of-others"),
            ],
            &providers(),
        );
        assert_eq!(choice.provider.as_deref(), Some("sandbox"));
        assert_eq!(choice.paid().iter().map(|payment| payment.id.as_str()).collect::<Vec<_>>(), ["3", "4"]);
        let expected =
            [Some(Why::State), Some(Why::Alone), None, None, Some(Why::Elsewhere), Some(Why::TooMany), Some(Why::Alone)];
        assert_eq!(choice.whys, expected);
    }

    #[test]
    fn what_a_provider_says_lands_on_the_payment_that_it_means() {
        let payments = vec![
            payment("1", "COMPLETE", "pagopa"),
            payment("2", "PAYMENT_PENDING", "pagopa"),
            payment("3", "PAYMENT_PENDING", "pagopa"),
        ];
        let mut choice = Choice::of(payments, &providers());
        let problem =
            |field: &str| Problem::new(409, "x", "X").errors(vec![kernel::FieldError::new(field, "complete", "Pagato.")]);
        assert!(!choice.told(&problem("/payments/7")) && !choice.told(&problem("/return_url")));
        assert!(choice.told(&problem("/payments/1")));
        assert_eq!(choice.whys, [Some(Why::State), None, Some(Why::Told("Pagato.".into()))]);
    }
}
