//! The providers whose proxies are tested, with what their configurations need.

use serde_json::{Value, json};

use crate::world::{BUGLIANO, SERVICE};

/// A provider, and the configurations that its proxy wants.
pub struct Served {
    /// Name of the provider.
    pub name: &'static str,
    /// What the tenant's configuration has besides.
    tenant: fn() -> Value,
    /// What makes the credentials wrong.
    pub wrong_credentials: fn() -> Value,
    /// Whether it tells when something happened; otherwise the poller finds out.
    pub notifies: bool,
    /// Whether it takes revenue stamps.
    pub stamps: bool,
    /// Whether several payments can be paid on one page of it.
    pub carts: bool,
}

pub const SANDBOX: Served = Served {
    name: "sandbox",
    tenant: || json!({ "segregation_code": 2 }),
    wrong_credentials: || json!({ "api_key": "sbagliata" }),
    notifies: true,
    stamps: true,
    carts: true,
};

pub const PAGOPA: Served = Served {
    name: "pagopa",
    tenant: || {
        json!({
            "segregation_code": 2, "api_key": demo::pagopa::API_KEY, "iban": "IT60X0542811101000000123456",
            "notice_template": demo::pagopa::TEMPLATE
        })
    },
    wrong_credentials: || json!({ "api_key": "sbagliata" }),
    notifies: false,
    stamps: true,
    carts: true,
};

pub const MYPAY: Served = Served {
    name: "mypay",
    tenant: || json!({ "IPA_code": demo::mypay::IPA_CODE, "password": demo::mypay::PASSWORD }),
    wrong_credentials: || json!({ "password": "sbagliata" }),
    notifies: false,
    stamps: false,
    carts: false,
};

pub const EFIL: Served = Served {
    name: "efil",
    tenant: || {
        json!({
            "application_id": demo::efil::APPLICATION, "creditor_code": demo::efil::BODY, "segregation_code": 2, "management_code": 87
        })
    },
    wrong_credentials: || json!({ "application_id": "00000000-0000-4000-8000-000000000000" }),
    notifies: true,
    stamps: false,
    carts: false,
};

pub const IRIS: Served = Served {
    name: "iris",
    tenant: || json!({ "code": demo::iris::BODY, "sil_id": demo::iris::SYSTEM, "password": demo::iris::PASSWORD }),
    wrong_credentials: || json!({ "password": "sbagliata" }),
    notifies: true,
    stamps: false,
    carts: false,
};

impl Served {
    /// The configuration of the tenant.
    pub fn tenant(&self) -> Value {
        let base = json!({ "id": BUGLIANO, "name": "Comune di Bugliano", "tax_identification_number": "00337460224" });
        laid_over(base, (self.tenant)())
    }

    /// The configuration of the service's payments.
    pub fn payment(&self) -> Value {
        json!({
            "id": SERVICE, "tenant_id": BUGLIANO, "remote_collection": { "id": SERVICE, "type": "service" }, "active": true,
            "items": [{
                "payment_type": "pagopa", "management_id": "DIRITTI_SEGRETERIA", "amount": 20, "reason": "Diritti di segreteria",
                "expire_at": 90, "collection_data": "9/0101100IM/", "split": []
            }]
        })
    }
}

/// The members of `more` laid over those of `base`.
pub fn laid_over(mut base: Value, more: Value) -> Value {
    base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    base
}

/// Runs each `async fn name(world: &World)` of the module on every provider: over SQLite all of them, over PostgreSQL too.
macro_rules! on_every_provider {
    ($($name:ident),* $(,)?) => {
        $crate::served::on_every_provider!(@ sandbox SANDBOX: $($name),*);
        $crate::served::on_every_provider!(@ pagopa PAGOPA: $($name),*);
        $crate::served::on_every_provider!(@ mypay MYPAY: $($name),*);
        $crate::served::on_every_provider!(@ efil EFIL: $($name),*);
        $crate::served::on_every_provider!(@ iris IRIS: $($name),*);
    };
    (@ $module:ident $served:ident: $($name:ident),*) => {
        mod $module {
            mod sqlite {
                $(#[tokio::test]
                async fn $name() {
                    super::super::$name(&$crate::world::World::with_on_sqlite(&$crate::served::$served).await).await;
                })*
            }
            mod postgres {
                $(#[tokio::test]
                async fn $name() {
                    super::super::$name(&$crate::world::World::with_on_postgres(&$crate::served::$served).await).await;
                })*
            }
        }
    };
}
pub(crate) use on_every_provider;
