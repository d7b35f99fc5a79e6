//! `/user/password`: the staff changes the password by which it signs in.

use axum::response::Response;
use http::HeaderMap;
use http::header::SET_COOKIE;

use super::profile;
use crate::clients::ClientError;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::session::{SESSION_COOKIE, cookie, set_cookie};
use crate::views::invalid::Invalid;

/// Fields of the API and of the page, which are the same.
const NAMES: [(&str, &str); 1] = [("password", "password")];

/// Changes the password. That ends every session of the user, so this browser gets a new one.
pub async fn change(headers: HeaderMap, posted: Posted) -> Result<Response, PageError> {
    let visit = &posted.visit;
    let viewer = visit.staff()?;
    let t = visit.locale.messages();
    let user = visit.platform().user(&viewer.id).await?;
    let (current, password) = (posted.secret("current_password"), posted.secret("password"));
    let missing =
        [("current_password", current, t.profile_password_current_missing), ("password", password, t.user_password_missing)];
    let missing = missing.into_iter().filter(|(_, value, _)| value.is_empty());
    let errors: Vec<Invalid> = missing.map(|(field, _, text)| Invalid::new(field, text)).collect();
    if !errors.is_empty() {
        return Ok(profile::page(visit, visit.frame(), user, errors));
    }
    let identity = visit.identity();
    let changed = identity.change_password(visit.client, &viewer.token, &viewer.id, &user.username, current, password).await;
    let errors = match changed {
        Ok(()) => Vec::new(),
        Err(ClientError::Refused(problem)) if problem.status == 403 => {
            vec![Invalid::new("current_password", t.profile_password_current_wrong)]
        }
        Err(ClientError::Refused(problem)) if problem.status == 429 => vec![Invalid::new("current_password", t.login_too_many)],
        Err(error) => Invalid::from_client(error, &NAMES, "password")?,
    };
    if !errors.is_empty() {
        return Ok(profile::page(visit, visit.frame(), user, errors));
    }
    if let Some(ended) = cookie(&headers, SESSION_COOKIE) {
        visit.ui.sessions().forget(&visit.tenant.slug, ended);
    }
    let session = identity.sign_in_with_password(visit.client, &user.username, password).await?;
    let mut response = posted.then("/user", "password");
    response.headers_mut().append(SET_COOKIE, set_cookie(SESSION_COOKIE, &session.session, &visit.tenant, None));
    Ok(response)
}
