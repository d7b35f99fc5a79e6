//! Signing in by password, and how often that may fail.

use std::net::IpAddr;

use jiff::SignedDuration;
use kernel::{TenantId, UserId};

use crate::clients::platform::{self, User};
use crate::context::Context;
use crate::errors::Error;
use crate::password::LONGEST;
use crate::store;
use crate::throttle::{ACCOUNT, ADDRESS, NAME, account_bucket, address_bucket, name_bucket};

/// Longest user name.
const LONGEST_USERNAME: usize = 180;

/// Somebody who shows a password.
pub struct Attempt {
    /// Where.
    pub tenant_id: TenantId,
    /// From where, if known.
    pub address: Option<IpAddr>,
    /// Who, as typed.
    pub username: String,
    /// The password, as typed.
    pub password: String,
}

/// A user name as it is stored and compared: without spaces around it, in small letters; `None` when it cannot be one.
pub fn fold(username: &str) -> Option<String> {
    let folded = username.trim().to_lowercase();
    let sane = (1..=LONGEST_USERNAME).contains(&folded.len()) && !folded.chars().any(char::is_control);
    sane.then_some(folded)
}

/// The user behind a right user name and password, as the platform knows it now.
///
/// # Errors
/// As [`check`]; [`Error::BadCredentials`] also when the platform knows no such user any more.
pub async fn by_password(context: &Context, attempt: Attempt) -> Result<User, Error> {
    let tenant = attempt.tenant_id;
    let typed = attempt.username.trim().to_owned();
    let user_id = check(context, attempt).await?;
    let user = platform::find_user(&context.app, tenant, &typed).await?;
    user.filter(|user| user.id == user_id).ok_or(Error::BadCredentials)
}

/// Whose password it is.
///
/// # Errors
/// [`Error::BadCredentials`] when it is nobody's; [`Error::Throttled`] when too many attempts have failed, whatever this one is worth;
/// [`Error::Busy`].
pub async fn check(context: &Context, attempt: Attempt) -> Result<UserId, Error> {
    // A task of its own: a guess counts even if whoever made it does not wait for the answer.
    let tried = tokio::spawn(try_password(context.clone(), attempt)).await;
    let outcome = tried.unwrap_or_else(|error| Err(Error::Defect(error.to_string())));
    let label = match &outcome {
        Ok(_) => "accepted",
        Err(Error::BadCredentials) => "refused",
        Err(Error::Throttled(_)) => "throttled",
        Err(_) => "failed",
    };
    metrics::counter!("sportello_password_checks_total", "outcome" => label).increment(1);
    outcome
}

async fn try_password(context: Context, attempt: Attempt) -> Result<UserId, Error> {
    let Attempt { tenant_id, address, username, password } = attempt;
    let username = fold(&username).ok_or(Error::BadCredentials)?;
    if password.len() > LONGEST {
        return Err(Error::BadCredentials);
    }
    let (app, db) = (&context.app, context.app.db());
    let name = name_bucket(app.secret(), tenant_id, &username);
    let account = account_bucket(app.secret(), tenant_id, &username, address);
    let address = address.map(|address| address_bucket(app.secret(), address));

    // The buckets are looked at when it is this attempt's turn, and the turn ends when its failure is written down: however many come
    // at once, no more can pass than are hashed at a time.
    let turn = context.passwords.turn().await?;
    let (now, buckets) = (app.clock().now(), (name.clone(), account.clone(), address.clone()));
    let (in_name, in_account, in_address, credential) = db
        .read(move |tx| {
            let in_name = store::find_bucket(tx, &buckets.0)?;
            let in_account = store::find_bucket(tx, &buckets.1)?;
            let in_address = buckets.2.map_or(Ok(None), |address| store::find_bucket(tx, &address))?;
            Ok::<_, storage::Error>((in_name, in_account, in_address, store::find_credential(tx, tenant_id, &username)?))
        })
        .await?;
    if let Some(wait) = NAME.wait(in_name, now).max(ACCOUNT.wait(in_account, now)).max(ADDRESS.wait(in_address, now)) {
        return Err(Error::Throttled(whole_seconds(wait)));
    }
    let right = turn.verify(password, credential.as_ref().map(|credential| credential.password_hash.clone())).await?;
    match credential.filter(|_| right) {
        Some(credential) => {
            // What others have tried elsewhere is not forgiven: they may go on.
            if in_account.is_some() {
                db.write(move |tx| store::delete_bucket(tx, &account)).await?;
            }
            Ok(credential.user_id)
        }
        None => {
            db.write(move |tx| {
                store::change_bucket(tx, &name, now, |empty_at| NAME.fail(Some(empty_at), now))?;
                store::change_bucket(tx, &account, now, |empty_at| ACCOUNT.fail(Some(empty_at), now))?;
                // The address keeps its failures when somebody succeeds from there: who has one account must not get to try all others.
                address.map_or(Ok(()), |address| {
                    store::change_bucket(tx, &address, now, |empty_at| ADDRESS.fail(Some(empty_at), now))
                })
            })
            .await?;
            Err(Error::BadCredentials)
        }
    }
}

/// Seconds, rounded up.
pub fn whole_seconds(wait: SignedDuration) -> u64 {
    u64::try_from(wait.as_secs()).unwrap_or(0) + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_spaces() {
        assert_eq!(fold(" BNRMHL75C06G702B ").as_deref(), Some("bnrmhl75c06g702b"));
        for wrong in ["", "  ", "a\0b", "a\nb", &"a".repeat(181)] {
            assert_eq!(fold(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_wait_is_never_told_too_short() {
        assert_eq!(whole_seconds(SignedDuration::from_millis(1001)), 2);
        assert_eq!(whole_seconds(SignedDuration::from_secs(2)), 2);
    }
}
