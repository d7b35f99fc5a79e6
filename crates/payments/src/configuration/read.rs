//! The rules of configurations (developers' documentation, "API v2", the tables of required fields, and the forms' validations).

use contracts::Raw;
use contracts::payments::{PaymentType, Receiver, Split};
use kernel::{FieldError, FiscalCode, Iban, Money, TaxCode, TenantId};
use serde_json::Value;

use super::fields::{Fields, Wrong};
use super::{ApiKey, Document, PaymentConfiguration, TenantConfiguration};

/// The only denomination of a digital revenue stamp.
const STAMP_CENTS: i64 = 1600;
/// Longest term to pay that a form may set: ten years.
const MAX_DAYS: i32 = 3650;
/// What the sandbox provider accepts unless told otherwise.
const DEFAULT_API_KEY: &str = "sandbox";
/// Longest taxonomy code that the payment event carries.
const MAX_CATEGORY: usize = 12;

impl TenantConfiguration {
    /// Reads a tenant's configuration.
    ///
    /// # Errors
    /// Every field that breaks a rule.
    pub fn read(document: &Document) -> Result<Self, Vec<FieldError>> {
        let (fields, mut wrong) = (Fields::new(document), Wrong::new());
        let id = fields.required_uuid("id", &mut wrong);
        let name = fields.required_text("name", 255, &mut wrong);
        fields.required_text("tax_identification_number", 255, &mut wrong);
        let hint = "Usare il codice fiscale dell'ente: 11 cifre, l'ultima di controllo, per esempio 00337460224.";
        let tax_code = fields.parse::<TaxCode>("tax_identification_number", hint, &mut wrong);
        let active = fields.flag("active", true, &mut wrong);
        let segregation_code = fields.integer("segregation_code", 0, 49, &mut wrong).unwrap_or(0);
        let api_key = fields.text("api_key", 255, &mut wrong).unwrap_or_else(|| DEFAULT_API_KEY.to_owned());
        match (id, name, tax_code) {
            (Some(id), Some(name), Some(tax_code)) if wrong.is_empty() => Ok(Self {
                id: TenantId(id),
                name,
                tax_code,
                active,
                segregation_code: u8::try_from(segregation_code).unwrap_or_default(),
                api_key: ApiKey(api_key),
            }),
            _ => Err(wrong),
        }
    }
}

impl PaymentConfiguration {
    /// Reads a payment's configuration: the payment's members stand in the single row of `items`, or beside the others.
    ///
    /// # Errors
    /// Every field that breaks a rule.
    pub fn read(document: &Document) -> Result<Self, Vec<FieldError>> {
        let (fields, mut wrong) = (Fields::new(document), Wrong::new());
        let id = fields.required_uuid("id", &mut wrong);
        let tenant_id = fields.required_uuid("tenant_id", &mut wrong);
        let remote = fields.object("remote_collection", &mut wrong);
        let remote_id = remote.required_uuid("id", &mut wrong);
        remote.required_text("type", 50, &mut wrong);
        let active = fields.flag("active", true, &mut wrong);
        let item = match document.get("items") {
            None => fields,
            Some(_) => {
                let mut items = fields.list("items", &mut wrong);
                if items.len() != 1 {
                    wrong.push(FieldError::new("/items", "length", "Inviare un solo versamento."));
                }
                items.pop().unwrap_or(fields)
            }
        };
        let kind = kind(&item, &mut wrong);
        let amount = item.required_money("amount", &mut wrong);
        if kind == PaymentType::Stamp && amount.is_some_and(|amount| amount.cents() != STAMP_CENTS) {
            let message = "Per una marca da bollo digitale l'unico importo ammesso è 16.00.";
            wrong.push(FieldError::new(item.pointer("amount"), "enum", message));
        }
        let reason = item.required_text("reason", 255, &mut wrong);
        let expire_in_days = item.required_integer("expire_at", 1, MAX_DAYS, &mut wrong);
        let due_type = item.text(item.first(&["management_id", "due_type", "code"]), 256, &mut wrong);
        let category = category(&item, &mut wrong);
        let receiver = receiver(&item, &mut wrong);
        let split = split(&item, amount, &mut wrong);
        match (id, tenant_id, remote_id, amount, reason, expire_in_days) {
            (Some(id), Some(tenant_id), Some(remote_id), Some(amount), Some(reason), Some(expire_in_days))
                if wrong.is_empty() =>
            {
                let tenant_id = TenantId(tenant_id);
                Ok(Self {
                    id,
                    tenant_id,
                    remote_id,
                    active,
                    kind,
                    due_type,
                    category,
                    amount,
                    reason,
                    expire_in_days,
                    receiver,
                    split,
                })
            }
            _ => Err(wrong),
        }
    }
}

fn kind(item: &Fields<'_>, wrong: &mut Wrong) -> PaymentType {
    match item.text("payment_type", 50, wrong).map(|kind| kind.to_lowercase()).as_deref() {
        None | Some("pagopa") => PaymentType::Pagopa,
        Some("stamp") => PaymentType::Stamp,
        Some(_) => {
            let message = "Usare pagopa per un dovuto o stamp per una marca da bollo digitale.";
            wrong.push(FieldError::new(item.pointer("payment_type"), "enum", message));
            PaymentType::Pagopa
        }
    }
}

/// The taxonomy: `collection_data` must be there, `pagopa_category` refines it. What is too long for the event stays out of it.
fn category(item: &Fields<'_>, wrong: &mut Wrong) -> Option<String> {
    let mut code = |name: &str| {
        let code = item.text(name, 140, wrong)?;
        if !is_taxonomy(&code) {
            let message = "Usare un codice della tassonomia pagoPA, per esempio 9/0101100IM/.";
            wrong.push(FieldError::new(item.pointer(name), "pattern", message));
        }
        Some(code)
    };
    let (collection, category) = (code("collection_data"), code("pagopa_category"));
    item.require("collection_data", wrong);
    [category, collection].into_iter().flatten().find(|code| code.len() <= MAX_CATEGORY)
}

/// `<kind of accounting>/<code>`: 0, 1, 2 or 9, a slash, then 3 to 138 characters without spaces (pagoPA, "datiSpecificiRiscossione").
fn is_taxonomy(code: &str) -> bool {
    let Some((kind, rest)) = code.split_once('/') else { return false };
    matches!(kind, "0" | "1" | "2" | "9") && (3..=138).contains(&rest.chars().count()) && !rest.contains(char::is_whitespace)
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
