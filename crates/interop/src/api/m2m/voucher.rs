//! Machines show a voucher that the platform gave them for its own API.

use http::request::Parts;
use kernel::{TenantId, UserId, Uuid};
use serde::Deserialize;
use serde_json::Value;

use super::super::front::{Asker, Gate};
use crate::context::Context;
use crate::deeds::Actor;
use crate::errors::{Error, Fault, Service};
use crate::ids::ClientId;
use crate::roles::Role;
use crate::vouchers::jws::Jws;

/// The gate of machines.
#[derive(Clone)]
pub struct Machines(pub Context);

/// What a voucher for the API says.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    nbf: i64,
    client_id: ClientId,
    #[serde(rename = "organizationId")]
    organization_id: TenantId,
    role: String,
    #[serde(rename = "adminId", default)]
    admin_id: Option<UserId>,
    #[serde(default)]
    cnf: Option<Value>,
}

impl Gate for Machines {
    const SERVICE: Service = Service::Gateway;

    fn context(&self) -> &Context {
        &self.0
    }

    async fn asker(&self, _: &mut Parts, token: &str, request: Uuid) -> Result<Asker, Error> {
        let context = &self.0;
        let malformed = || Fault::TokenMissing(Service::Gateway);
        let invalid = || Fault::TokenInvalid(Service::Gateway);
        let jws = Jws::parse(token).ok_or_else(malformed)?;
        let member = |name: &str| jws.header.get(name).and_then(Value::as_str);
        if member("alg") != Some("RS256") || member("typ") != Some("at+jwt") {
            return Err(invalid().into());
        }
        let key = context.keys.verifier(member("kid").ok_or_else(malformed)?).await?;
        if !key.is_some_and(|key| jws.signed_by(&key)) {
            return Err(invalid().into());
        }
        // Only what we have signed is looked at.
        let claims: Claims = serde_json::from_value(jws.payload.clone()).map_err(|_| malformed())?;
        let (config, now) = (&context.config.vouchers, context.app.clock().now().as_second());
        let ours = claims.iss == config.issuer && claims.aud == config.api_audience;
        // One that is bound to a key is worth nothing without a proof of that key, which this version of the API does not take.
        if !ours || claims.exp <= now || claims.nbf > now || claims.cnf.is_some() {
            return Err(invalid().into());
        }
        let role = match (Role::parse(&claims.role), claims.admin_id) {
            (Some(Role::M2m), None) => Role::M2m,
            (Some(Role::M2mAdmin), Some(_)) => Role::M2mAdmin,
            _ => return Err(malformed().into()),
        };
        Ok(Asker {
            context: context.clone(),
            actor: Actor { tenant: claims.organization_id, user: claims.admin_id, roles: vec![role] },
            machine: Some((claims.client_id, claims.admin_id)),
            request,
            service: Service::Gateway,
        })
    }
}
