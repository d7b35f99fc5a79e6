//! Certified data in a form (`pdndField`): the connector that gave them recognises them, or the application is refused.

use forms::Certified;
use kernel::{FieldError, TenantId};
use runtime::{Peer, PeerError};
use serde::Deserialize;
use serde_json::Value;

use super::answers;
use crate::context::{Context, Offer};
use crate::errors::Error;
use crate::users::User;

#[derive(Deserialize)]
struct Validation {
    result: bool,
}

/// Checks that the certified data in `data` are those that the connector gave for `user`, unaltered.
///
/// # Errors
/// [`Error::Invalid`] with every nested form whose data are not; [`Error::Unavailable`] when the connector does not answer.
pub async fn check(context: &Context, tenant: TenantId, offer: &Offer, user: &User, data: &Value) -> Result<(), Error> {
    let Some(form) = &offer.form else { return Ok(()) };
    let data = answers::tree(data.clone());
    let mut errors = Vec::new();
    for certified in form.certified(&data) {
        if !is_recognised(context, tenant, user, &certified).await? {
            let message = "I dati certificati non sono quelli forniti dalla banca dati: ricaricare la pagina e inviare di nuovo.";
            errors.push(FieldError::new(format!("/data{}", certified.pointer), "not-certified", message));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

async fn is_recognised(context: &Context, tenant: TenantId, user: &User, certified: &Certified<'_>) -> Result<bool, Error> {
    let meta = &certified.value["meta"];
    let (Some(code), Some(call_url)) = (&user.fiscal_code, meta["call_url"].as_str()) else { return Ok(false) };
    let Some((eservice, config)) = asked(call_url) else { return Ok(false) };
    let source = certified.source;
    // What the form wants is what counts; where it says nothing, how the data were asked for.
    let wanted = |wanted: &str, given: &str| wanted.is_empty() || wanted == given;
    if !wanted(&source.eservice, &eservice) || !wanted(&source.config_id, &config) {
        return Ok(false);
    }
    let query = query(&[("fiscal_code", code.as_str()), ("config_id", &config), ("format", &source.format)]);
    let call = context.app.peer(Peer::Pdnd).post(format!("/pdnd/v1/{eservice}?{query}")).service(tenant);
    match call.json(certified.value).send().await {
        Ok(answer) => Ok(answer.json::<Validation>().map_err(|error| Error::Defect(error.to_string()))?.result),
        // Metadata that do not read, or name what is not there, prove nothing.
        Err(PeerError::Refused(_, problem)) if problem.status < 500 => Ok(false),
        Err(error) => Err(Error::Unavailable(error.to_string())),
    }
}

/// A query string of what is not empty.
fn query(parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
    query.finish()
}

/// The e-service and the configuration by which data were asked for, from the address in their metadata. Nothing is believed here: the
/// signature covers both.
fn asked(call_url: &str) -> Option<(String, String)> {
    let (path, query) = call_url.split_once('?').unwrap_or((call_url, ""));
    let mut segments = path.rsplit('/');
    let (service, provider) = (segments.next()?, segments.next()?);
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let config = query.split('&').find_map(|pair| pair.strip_prefix("config_id=")).unwrap_or_default();
    (plain(provider) && plain(service) && (config.is_empty() || plain(config)))
        .then(|| (format!("{provider}/{service}"), config.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_data_were_asked_for_is_read_from_their_address_and_nothing_else_gets_into_ours() {
        let url = "https://api.example.it/pdnd/v1/anpr/stato-famiglia?config_id=a-1&fiscal_code=X";
        assert_eq!(asked(url), Some(("anpr/stato-famiglia".into(), "a-1".into())));
        assert_eq!(asked("/anpr/stato-famiglia"), Some(("anpr/stato-famiglia".into(), String::new())));
        for wrong in ["", "x", "https://a/anpr/..%2f", "https://a/anpr/x?config_id=a%26b", "a//b"] {
            assert_eq!(asked(wrong), None, "{wrong}");
        }
    }
}
