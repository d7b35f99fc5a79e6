//! Groups of attributes that a version requires (E3): one of each group, of every group. The three lists have the same operations.

use serde::Deserialize;
use storage::Tx;
use utoipa::ToSchema;

use super::super::front::{Asker, Refused};
use super::catalog_shapes::{Group, GroupedAttribute};
use crate::attributes::{Kind, Required, Requirements};
use crate::deeds::{Deed, Done, catalog};
use crate::errors::Fault;
use crate::ids::{AttributeId, DescriptorId, EServiceId};
use crate::store;

/// Attributes for a group.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = EServiceDescriptorAttributesGroupSeed)]
pub struct GroupSeed {
    #[schema(value_type = Vec<kernel::Uuid>)]
    attribute_ids: Vec<AttributeId>,
}

/// Each attribute of a list with the place of its group.
fn grouped(tx: &mut Tx<'_>, requirements: &Requirements, kind: Kind) -> Done<Vec<GroupedAttribute>> {
    let mut rows = Vec::new();
    for (group_index, group) in requirements.of(kind).iter().enumerate() {
        for required in group {
            let attribute = store::bodies::find_attribute(tx, required.id)?.ok_or(Fault::AttributeNotFound)?;
            rows.push(GroupedAttribute { group_index, attribute: attribute.into() });
        }
    }
    Ok(rows)
}

fn requirements(tx: &mut Tx<'_>, deed: &Deed, (id, version): (EServiceId, DescriptorId)) -> Done<Requirements> {
    let eservice = catalog::look(tx, deed, id)?;
    Ok(eservice.descriptor(version).ok_or(Fault::DescriptorNotFound)?.attributes.clone())
}

/// Changes the requirements of a version.
async fn change(
    asker: Asker,
    at: (EServiceId, DescriptorId),
    change: impl Fn(&mut Requirements) -> Result<(), Fault> + Clone + Send + 'static,
) -> Result<Requirements, Refused> {
    let done = asker.act(move |tx, deed| {
        let mut attributes = requirements(tx, deed, at)?;
        change(&mut attributes)?;
        let eservice = catalog::require(tx, deed, at.0, at.1, attributes)?;
        Ok(eservice.descriptor(at.1).ok_or(Fault::DescriptorNotFound)?.attributes.clone())
    });
    done.await
}

async fn add(asker: Asker, at: (EServiceId, DescriptorId), kind: Kind, seed: GroupSeed) -> Result<Group, Refused> {
    let after = asker.clone();
    let changed = change(asker, at, move |attributes| {
        if seed.attribute_ids.is_empty() {
            return Err(Fault::CatalogAttributeNotFound);
        }
        attributes.of_mut(kind).push(seed.attribute_ids.iter().copied().map(Required::from).collect());
        Ok(())
    });
    let changed = changed.await?;
    let last = changed.of(kind).len().saturating_sub(1);
    let mut rows = after.look(move |tx, _| grouped(tx, &changed, kind)).await?;
    rows.retain(|row| row.group_index == last);
    Ok(Group { attributes: rows })
}

async fn widen_at(
    asker: Asker,
    at: (EServiceId, DescriptorId),
    (kind, index): (Kind, usize),
    seed: GroupSeed,
) -> Result<(), Refused> {
    let done = change(asker, at, move |attributes| {
        let group = attributes.of_mut(kind).get_mut(index).ok_or(Fault::GroupNotFound)?;
        group.extend(seed.attribute_ids.iter().copied().map(Required::from));
        Ok(())
    });
    done.await.map(drop)
}

async fn narrow_at(
    asker: Asker,
    at: (EServiceId, DescriptorId),
    (kind, index): (Kind, usize),
    attribute: AttributeId,
) -> Result<(), Refused> {
    let done = change(asker, at, move |attributes| {
        let group = attributes.of_mut(kind).get_mut(index).ok_or(Fault::GroupNotFound)?;
        let place = group.iter().position(|required| required.id == attribute);
        group.remove(place.ok_or(Fault::GroupAttributeNotFound)?);
        Ok(())
    });
    done.await.map(drop)
}

macro_rules! list_of {
    ($name:ident, $kind:expr, $all:literal, $groups:literal, $members:literal, $member:literal) => {
        #[doc = concat!("Operations on `", $all, "`.")]
        pub mod $name {
            use http::StatusCode;
            use web::Json;

            use super::super::super::front::{Ask, Asker, At, Body, Paging, Refused, Results, created};
            use super::{Group, GroupSeed, GroupedAttribute, add, grouped, narrow_at, requirements, widen_at};
            use crate::ids::{AttributeId, DescriptorId, EServiceId};

            /// Attributi richiesti
            #[utoipa::path(get, path = $all, tag = "catalogo", params(Paging),
                                responses((status = 200, description = "Una pagina", body = Results<GroupedAttribute>)))]
            pub async fn list(
                asker: Asker,
                At(at): At<(EServiceId, DescriptorId)>,
                Ask(paging): Ask<Paging>,
            ) -> Result<Json<Results<GroupedAttribute>>, Refused> {
                let page = paging.page(&asker)?;
                let found = asker.look(move |tx, deed| {
                    let requirements = requirements(tx, deed, at)?;
                    grouped(tx, &requirements, $kind)
                });
                Ok(Results::cut(found.await?, page, |row| row))
            }

            /// Aggiunge un gruppo
            #[utoipa::path(post, path = $groups, tag = "catalogo", request_body = GroupSeed,
                                responses((status = 201, description = "Il gruppo", body = Group)))]
            pub async fn add_group(
                asker: Asker,
                At(at): At<(EServiceId, DescriptorId)>,
                Body(seed): Body<GroupSeed>,
            ) -> Result<(StatusCode, Json<Group>), Refused> {
                Ok(created(add(asker, at, $kind, seed).await?))
            }

            /// Amplia un gruppo
            #[utoipa::path(post, path = $members, tag = "catalogo", request_body = GroupSeed,
                                responses((status = 204, description = "Ampliato")))]
            pub async fn widen(
                asker: Asker,
                At((id, version, index)): At<(EServiceId, DescriptorId, usize)>,
                Body(seed): Body<GroupSeed>,
            ) -> Result<StatusCode, Refused> {
                widen_at(asker, (id, version), ($kind, index), seed).await?;
                Ok(StatusCode::NO_CONTENT)
            }

            /// Toglie un attributo da un gruppo
            ///
            /// A group that is left empty goes.
            #[utoipa::path(delete, path = $member, tag = "catalogo", responses((status = 204, description = "Tolto")))]
            pub async fn narrow(
                asker: Asker,
                At((id, version, index, attribute)): At<(EServiceId, DescriptorId, usize, AttributeId)>,
            ) -> Result<StatusCode, Refused> {
                narrow_at(asker, (id, version), ($kind, index), attribute).await?;
                Ok(StatusCode::NO_CONTENT)
            }
        }
    };
}

list_of!(
    certified,
    crate::attributes::Kind::Certified,
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/certifiedAttributes",
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/certifiedAttributes/groups",
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/certifiedAttributes/groups/{groupIndex}/attributes",
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/certifiedAttributes/groups/{groupIndex}/attributes/{attributeId}"
);
list_of!(
    declared,
    crate::attributes::Kind::Declared,
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/declaredAttributes",
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/declaredAttributes/groups",
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/declaredAttributes/groups/{groupIndex}/attributes",
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/declaredAttributes/groups/{groupIndex}/attributes/{attributeId}"
);
list_of!(
    verified,
    crate::attributes::Kind::Verified,
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/verifiedAttributes",
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/verifiedAttributes/groups",
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/verifiedAttributes/groups/{groupIndex}/attributes",
    "/interop/v2/eservices/{eserviceId}/descriptors/{descriptorId}/verifiedAttributes/groups/{groupIndex}/attributes/{attributeId}"
);
