//! The rules of configurations (developers' documentation, "API v2", the tables of required fields, and the forms' validations).

use contracts::Raw;
use contracts::payments::{Receiver, Split};
use kernel::{FieldError, FiscalCode, Iban, Money, TaxCode, TenantId};
use serde_json::Value;

use super::fields::{Fields, Wrong};
use super::{Document, Edition, PaymentConfiguration, Settings, StampSetting, TenantConfiguration};

/// The only denomination of a digital revenue stamp.
pub const STAMP_CENTS: i64 = 1600;
/// Most stamps of one payment: pagoPA takes five transfers.
const MAX_TRANSFERS: usize = 5;
/// Longest term to pay that a form may set: ten years.
const MAX_DAYS: i32 = 3650;
/// Longest taxonomy code that the payment event carries.
const MAX_CATEGORY: usize = 12;

impl TenantConfiguration {
    /// Reads a tenant's configuration.
    ///
    /// # Errors
    /// Every field that breaks a rule.
    pub fn read(document: &Document, edition: Edition) -> Result<Self, Wrong> {
        let (fields, mut wrong) = (Fields::new(document), Wrong::new());
        let id = fields.required_uuid("id", &mut wrong);
        let name = fields.required_text("name", 255, &mut wrong);
        if edition == Edition::V2 {
            fields.require("tax_identification_number", &mut wrong);
        }
        let hint = "Usare il codice fiscale dell'ente: 11 cifre, l'ultima di controllo, per esempio 00337460224.";
        let tax_code = fields.parse::<TaxCode>("tax_identification_number", hint, &mut wrong);
        let active = fields.flag("active", true, &mut wrong);
        match (id, name) {
            (Some(id), Some(name)) if wrong.is_empty() => {
                Ok(Self { id: TenantId(id), name, tax_code, active, settings: Settings(document.clone()) })
            }
            _ => Err(wrong),
        }
    }
}

impl PaymentConfiguration {
    /// Reads a payment's configuration: the payment's members stand in the single row of `items`, or beside the others.
    ///
    /// # Errors
    /// Every field that breaks a rule.
    pub fn read(document: &Document, edition: Edition) -> Result<Self, Wrong> {
        let (fields, mut wrong) = (Fields::new(document), Wrong::new());
        let id = fields.required_uuid("id", &mut wrong);
        let tenant_id = fields.required_uuid("tenant_id", &mut wrong);
        let remote_id = match edition {
            // The configuration of a service has the service's identifier.
            Edition::V1 if !document.contains_key("remote_collection") => id,
            _ => {
                let remote = fields.object("remote_collection", &mut wrong);
                let remote_id = remote.required_uuid("id", &mut wrong);
                remote.required_text("type", 50, &mut wrong);
                remote_id
            }
        };
        let active = fields.flag("active", true, &mut wrong);
        let item = Self::item(document, &mut wrong);
        if edition == Edition::V2 {
            for name in ["amount", "reason", "expire_at", "collection_data"] {
                item.require(name, &mut wrong);
            }
        }
        let (ordinary, stamps) = kind(&item, edition, &mut wrong);
        let amount = item.money("amount", &mut wrong);
        if !ordinary && edition == Edition::V2 && amount.is_some_and(|amount| amount.cents() != STAMP_CENTS) {
            let message = "Per una marca da bollo digitale l'unico importo ammesso è 16.00.";
            wrong.push(FieldError::new(item.pointer("amount"), "enum", message));
        }
        let reason = item.text("reason", 255, &mut wrong);
        let expire_in_days = item.integer("expire_at", 1, MAX_DAYS, &mut wrong);
        let due_type = item.text(item.first(&["management_id", "due_type", "code"]), 256, &mut wrong);
        let category = category(&item, &mut wrong);
        let receiver = receiver(&item, &mut wrong);
        let split = split(&item, amount, &mut wrong);
        match (id, tenant_id, remote_id) {
            (Some(id), Some(tenant_id), Some(remote_id)) if wrong.is_empty() => Ok(Self {
                id,
                tenant_id: TenantId(tenant_id),
                remote_id,
                active,
                ordinary,
                stamps,
                due_type,
                category,
                amount,
                reason,
                expire_in_days,
                receiver,
                split,
                settings: Settings(item.members().clone()),
            }),
            _ => Err(wrong),
        }
    }

    /// Where the members of the payment stand.
    pub fn item<'a>(document: &'a Document, wrong: &mut Wrong) -> Fields<'a> {
        let fields = Fields::new(document);
        if !document.contains_key("items") {
            return fields;
        }
        let mut items = fields.list("items", wrong);
        if items.len() != 1 {
            wrong.push(FieldError::new("/items", "length", "Inviare un solo versamento."));
        }
        items.pop().unwrap_or(fields)
    }
}

/// Whether something is owed besides stamps, and the stamps. Version 1 has a list of stamps, and knows both together.
fn kind(item: &Fields<'_>, edition: Edition, wrong: &mut Wrong) -> (bool, Vec<StampSetting>) {
    let kind = item.text("payment_type", 50, wrong).map(|kind| kind.to_lowercase());
    let both = kind.as_deref() == Some("pagopa_and_stamp");
    let ordinary = match kind.as_deref() {
        None | Some("pagopa") => true,
        Some("stamp") => false,
        Some("pagopa_and_stamp") if edition == Edition::V1 => true,
        Some(_) => {
            let message = "Usare pagopa per un dovuto o stamp per una marca da bollo digitale.";
            wrong.push(FieldError::new(item.pointer("payment_type"), "enum", message));
            true
        }
    };
    if ordinary && !both {
        return (true, Vec::new());
    }
    let mut stamps = Vec::new();
    for row in item.list("stamps", wrong).iter().filter(|row| !row.is_blank()) {
        if row.text("id", 2, wrong).is_some_and(|id| id != "01") {
            wrong.push(FieldError::new(row.pointer("id"), "enum", "L'unico taglio ammesso è 01, da 16.00."));
        }
        stamps.push(StampSetting { category: row.taxonomy("collection_data", wrong) });
    }
    // Version 2 describes the one stamp by the members of the payment.
    if stamps.is_empty() && !both {
        stamps.push(StampSetting { category: item.taxonomy("collection_data", &mut Wrong::new()) });
    }
    let most = MAX_TRANSFERS - usize::from(ordinary);
    if stamps.is_empty() || stamps.len() > most {
        wrong.push(FieldError::new(item.pointer("stamps"), "length", format!("Indicare da 1 a {most} marche da bollo.")));
    }
    (ordinary, stamps)
}

/// The taxonomy: `pagopa_category` refines `collection_data`. What is too long for the event stays out of it.
fn category(item: &Fields<'_>, wrong: &mut Wrong) -> Option<String> {
    let (collection, category) = (item.taxonomy("collection_data", wrong), item.taxonomy("pagopa_category", wrong));
    [category, collection].into_iter().flatten().find(|code| code.len() <= MAX_CATEGORY)
}

/// Who receives the money, unless every field of it was left blank.
fn receiver(item: &Fields<'_>, wrong: &mut Wrong) -> Option<Receiver> {
    let fields = item.object("receiver", wrong);
    if fields.is_blank() {
        return None;
    }
    let tax_code = fields.required_text("tax_identification_number", 255, wrong);
    if let Some(code) = &tax_code
        && code.parse::<TaxCode>().is_err()
        && code.parse::<FiscalCode>().is_err()
    {
        let message = "Usare un codice fiscale valido: 11 cifre per un ente, 16 caratteri per una persona.";
        wrong.push(FieldError::new(fields.pointer("tax_identification_number"), "pattern", message));
    }
    let name = fields.required_text("name", 255, wrong);
    fields.parse::<Iban>("iban", "Usare un IBAN valido, per esempio IT60X0542811101000000123456.", wrong);
    let mut text = |name: &str, max: usize| fields.text(name, max, wrong);
    Some(Receiver {
        tax_identification_number: tax_code.unwrap_or_default(),
        name: name.unwrap_or_default(),
        iban: text("iban", 34),
        address: text(fields.first(&["address", "street_name"]), 255),
        building_number: text("building_number", 255),
        postal_code: text("postal_code", 255),
        town_name: text("town_name", 255),
        country_subdivision: text("country_subdivision", 2),
        country: text("country", 2),
        ..Receiver::default()
    })
}

/// The items of the budget: `id` and `amount`, or `split_id` and `split_amount`; everything else becomes `meta`. Their sum is the amount.
fn split(item: &Fields<'_>, amount: Option<Money>, wrong: &mut Wrong) -> Vec<Split> {
    if item.members().get("split_enable") == Some(&Value::Bool(false)) {
        return Vec::new();
    }
    let mut parts: Vec<Split> = Vec::new();
    for row in item.list("split", wrong).iter().filter(|row| !row.is_blank()) {
        let (code_name, amount_name) = (row.first(&["id", "split_id", "code"]), row.first(&["amount", "split_amount"]));
        let code = row.required_text(code_name, 50, wrong).unwrap_or_default();
        if parts.iter().any(|part| part.code == code) {
            wrong.push(FieldError::new(row.pointer(code_name), "unique", "Ogni voce deve avere un identificativo diverso."));
        }
        let meta = row.members().iter().filter(|(name, _)| *name != code_name && *name != amount_name);
        let meta: serde_json::Map<String, Value> = meta.map(|(name, value)| (name.clone(), value.clone())).collect();
        let part = row.required_money(amount_name, wrong);
        parts.push(Split { code, amount: part, meta: Raw::of(&meta).unwrap_or_else(|_| Raw::empty_object()) });
    }
    let sum: Money = parts.iter().filter_map(|part| part.amount).sum();
    if let Some(amount) = amount
        && !parts.is_empty()
        && sum != amount
    {
        let message = format!("La somma delle voci ({sum}) è diversa dall'importo ({amount}).");
        wrong.push(FieldError::new(item.pointer("split"), "sum", message));
    }
    parts
}
