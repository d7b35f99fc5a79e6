//! The errands of a proxy to its provider.

use contracts::payments::Status;
use jiff::SignedDuration;
use kernel::{NoticeNumber, PaymentId};
use runtime::{Completed, Retry, Task, TaskError, Worker};
use storage::Tx;

use crate::configuration::TenantConfiguration;
use crate::errors::Error;
use crate::metering::Count;
use crate::payment::{Command, Standing};
use crate::providers::{Position, ProviderError};
use crate::proxy::{Case, Errand, Proxy};
use crate::store::home::{self, Followed};

/// A provider that does not answer is asked again for about an hour.
const RETRY: Retry = Retry { first: SignedDuration::from_secs(1), longest: SignedDuration::from_secs(300), attempts: 20 };
/// Errands to one provider at the same time.
const CONCURRENCY: usize = 32;

/// The worker that does the errands of `proxy`.
pub fn worker(proxy: Proxy) -> Worker {
    Worker::new(proxy.role(), CONCURRENCY, RETRY, move |task| {
        let proxy = proxy.clone();
        async move {
            match task.payload()? {
                Errand::Create { payment } => create(&proxy, &task, payment).await,
                Errand::Check { payment } => check(&proxy, &task, payment).await,
                Errand::Acknowledge { payment, reference } => acknowledge(&proxy, &task, payment, &reference).await,
                Errand::Withdraw { payment } => withdraw(&proxy, &task, payment).await,
            }
        }
    })
}

/// Creates the position. After an attempt that ended without a clear answer it is looked for before it is created again.
async fn create(proxy: &Proxy, task: &Task, id: PaymentId) -> Result<Completed, TaskError> {
    // Only for the first attempt: whoever tries again must know what became of the payment meanwhile.
    let case = if task.attempt() == 1 { proxy.take(id).await? } else { proxy.load(id).await?.into() };
    if case.followed.payment.status != Status::CreationPending {
        return nothing_to_do(task).await;
    }
    let created = match attempt(proxy, task, &case).await {
        Ok(notice) => notice,
        Err(ProviderError::Unclear(reason)) if !task.is_last() => return Err(TaskError::Retry(reason)),
        Err(error) => return refuse(proxy, task, id, error).await,
    };
    let command = Command::Create { notice: created, urls: proxy.urls().clone() };
    let changing = proxy.clone();
    let completed = task.complete(move |tx| changing.change(tx, id, &command).map(drop)).await?;
    proxy.meter().count(Count::Success);
    Ok(completed)
}

/// One attempt to create the position: gives its notice number.
async fn attempt(proxy: &Proxy, task: &Task, case: &Case) -> Result<Option<NoticeNumber>, ProviderError> {
    let Case { followed, tenant, position } = case;
    let position = &numbered(proxy, followed, tenant, position).await?;
    if task.attempt() > 1
        && let Some(found) = proxy.ask(proxy.provider().find(tenant, position)).await?
    {
        return Ok(found.notice.or(position.notice));
    }
    let found = proxy.ask(proxy.provider().create(tenant, position)).await?;
    Ok(found.notice.or(position.notice))
}

/// The position with the number that its provider reserves, if it does; the number is kept before anything is created with it.
async fn numbered(
    proxy: &Proxy,
    followed: &Followed,
    tenant: &TenantConfiguration,
    position: &Position,
) -> Result<Position, ProviderError> {
    if position.notice.is_some() || !proxy.about().reserves {
        return Ok(position.clone());
    }
    let Some(reserved) = proxy.ask(proxy.provider().reserve(tenant, position)).await? else { return Ok(position.clone()) };
    let id = followed.payment.id;
    let kept = proxy.app().db().write(move |tx| home::keep_notice(tx, id, reserved)).await;
    let kept = kept.map_err(|error| ProviderError::Unclear(format!("the number could not be kept: {error}")))?;
    Ok(Position { notice: Some(kept), ..position.clone() })
}

/// Ends the creation without success. A position that may exist all the same is withdrawn, so that nobody can pay it.
async fn refuse(proxy: &Proxy, task: &Task, id: PaymentId, error: ProviderError) -> Result<Completed, TaskError> {
    let may_exist = matches!(error, ProviderError::Unclear(_)) && proxy.about().withdraws;
    let (changing, reason) = (proxy.clone(), error.to_string());
    let completed = task
        .complete(move |tx: &mut Tx<'_>| {
            changing.change_saying(tx, id, &Command::Refuse { urls: changing.urls().clone() }, Some(&reason))?;
            if may_exist {
                changing.enqueue(tx, Errand::Withdraw { payment: id }, changing.app().clock().now())?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    proxy.meter().count(Count::Failed);
    proxy.meter().count(Count::ProviderError);
    Ok(completed)
}

/// Looks where the position stands and takes it over.
async fn check(proxy: &Proxy, task: &Task, id: PaymentId) -> Result<Completed, TaskError> {
    let Case { tenant, position, .. } = proxy.load(id).await?;
    match proxy.ask(proxy.provider().find(&tenant, &position)).await {
        Ok(Some(found)) => report(proxy, task, id, found.standing).await,
        Ok(None) => nothing_to_do(task).await,
        // The poller goes on asking anyway.
        Err(_) if task.is_last() => nothing_to_do(task).await,
        Err(error) => Err(Error::from(error).into()),
    }
}

/// Tells the provider that its notification was understood.
async fn acknowledge(proxy: &Proxy, task: &Task, id: PaymentId, reference: &str) -> Result<Completed, TaskError> {
    let Case { tenant, .. } = proxy.load(id).await?;
    proxy.ask(proxy.provider().acknowledge(&tenant, reference)).await.map_err(Error::from)?;
    nothing_to_do(task).await
}

/// Withdraws the position of a payment that is not to be paid any more; it may have been paid meanwhile.
async fn withdraw(proxy: &Proxy, task: &Task, id: PaymentId) -> Result<Completed, TaskError> {
    let Case { tenant, position, .. } = proxy.load(id).await?;
    match proxy.ask(proxy.provider().withdraw(&tenant, &position)).await.map_err(Error::from)? {
        Standing::Withdrawn | Standing::Lapsed => nothing_to_do(task).await,
        paid @ Standing::Paid { .. } => {
            tracing::warn!(payment_id = %id, proxy = proxy.role(), "a payment was paid although it was cancelled");
            report(proxy, task, id, paid).await
        }
        Standing::Open | Standing::Started => Err(TaskError::Retry("the provider has not withdrawn the position yet".to_owned())),
    }
}

/// Takes over what the provider says, if it is news.
async fn report(proxy: &Proxy, task: &Task, id: PaymentId, standing: Standing) -> Result<Completed, TaskError> {
    if standing == Standing::Open {
        return nothing_to_do(task).await;
    }
    let changing = proxy.clone();
    let completed = task.complete(move |tx| match changing.change(tx, id, &Command::Report(standing)) {
        Ok(_) | Err(Error::NotPossible(_)) => Ok(()),
        Err(error) => Err(error),
    });
    Ok(completed.await?)
}

async fn nothing_to_do(task: &Task) -> Result<Completed, TaskError> {
    Ok(task.complete(|_| Ok::<_, storage::Error>(())).await?)
}
