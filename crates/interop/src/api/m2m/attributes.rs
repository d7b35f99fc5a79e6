//! The registry of attributes (A5). The three kinds have the same operations.

use serde::Deserialize;
use utoipa::ToSchema;

use super::super::front::{Asker, Paging, Refused, Results};
use super::catalog_shapes::Attribute;
use crate::attributes::{Kind, registry};
use crate::deeds::{bodies, look};
use crate::ids::AttributeId;
use http::StatusCode;
use web::Json;

use super::super::front::{Ask, At, Body, created};

/// A certified attribute to be created.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertifiedAttributeSeed {
    /// 1 to 500 characters.
    name: String,
    /// 1 to 500 characters.
    description: String,
    /// 1 to 64 characters, unique for the certifier.
    code: String,
}

/// A declared or verified attribute to be created.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributeSeed {
    /// 3 to 100 characters.
    name: String,
    /// 10 to 500 characters.
    description: String,
}

impl From<CertifiedAttributeSeed> for registry::Seed {
    fn from(seed: CertifiedAttributeSeed) -> Self {
        Self { name: seed.name, description: seed.description, code: Some(seed.code) }
    }
}

impl From<AttributeSeed> for registry::Seed {
    fn from(seed: AttributeSeed) -> Self {
        Self { name: seed.name, description: seed.description, code: None }
    }
}

async fn list(asker: Asker, kind: Kind, paging: Paging) -> Result<Json<Results<Attribute>>, Refused> {
    let page = paging.page(&asker)?;
    let found = asker.look(move |tx, deed| look::attributes(tx, deed, &[kind], (None, None), page)).await?;
    Ok(Results::of(found, page, Attribute::from))
}

async fn create(asker: Asker, kind: Kind, seed: registry::Seed) -> Result<(StatusCode, Json<Attribute>), Refused> {
    Ok(created(asker.act(move |tx, deed| bodies::create_attribute(tx, deed, kind, seed.clone())).await?.into()))
}

async fn get(asker: Asker, kind: Kind, id: AttributeId) -> Result<Json<Attribute>, Refused> {
    Ok(Json(asker.look(move |tx, deed| look::attribute(tx, deed, id, kind)).await?.into()))
}

macro_rules! operations {
    ($kind:expr, $seed:ty, ($list:ident, $create:ident, $get:ident), $all:literal, $one:literal, $what:literal) => {
        #[doc = concat!("Attributi ", $what)]
        #[utoipa::path(get, path = $all, tag = "attributi", params(Paging),
                            responses((status = 200, description = "Una pagina", body = Results<Attribute>)))]
        pub async fn $list(asker: Asker, Ask(paging): Ask<Paging>) -> Result<Json<Results<Attribute>>, Refused> {
            list(asker, $kind, paging).await
        }

        #[doc = concat!("Crea: attributi ", $what)]
        #[utoipa::path(post, path = $all, tag = "attributi", request_body = $seed,
                            responses((status = 201, description = "L'attributo", body = Attribute)))]
        pub async fn $create(asker: Asker, Body(seed): Body<$seed>) -> Result<(StatusCode, Json<Attribute>), Refused> {
            create(asker, $kind, seed.into()).await
        }

        #[doc = concat!("Uno degli attributi ", $what)]
        #[utoipa::path(get, path = $one, tag = "attributi",
                            responses((status = 200, description = "L'attributo", body = Attribute)))]
        pub async fn $get(asker: Asker, At(id): At<AttributeId>) -> Result<Json<Attribute>, Refused> {
            get(asker, $kind, id).await
        }
    };
}

operations!(
    Kind::Certified,
    CertifiedAttributeSeed,
    (list_certified, create_certified, get_certified),
    "/interop/v2/certifiedAttributes",
    "/interop/v2/certifiedAttributes/{attributeId}",
    "certificati"
);
operations!(
    Kind::Declared,
    AttributeSeed,
    (list_declared, create_declared, get_declared),
    "/interop/v2/declaredAttributes",
    "/interop/v2/declaredAttributes/{attributeId}",
    "dichiarati"
);
operations!(
    Kind::Verified,
    AttributeSeed,
    (list_verified, create_verified, get_verified),
    "/interop/v2/verifiedAttributes",
    "/interop/v2/verifiedAttributes/{attributeId}",
    "verificati"
);
