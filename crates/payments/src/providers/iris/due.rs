//! A due (`Pendenza`) as IRIS takes it.

use contracts::payments::{Person, PersonKind, Split};
use kernel::Money;
use serde::Serialize;

use super::SENDER;
use super::header::local;
use crate::configuration::TenantConfiguration;
use crate::providers::soap::{said, text};
use crate::providers::{Position, ProviderError, refused};

/// Years after which nobody may ask for the money any more, where nothing else is known.
const PRESCRIPTION_DAYS: i32 = 3650;
/// The kind of an item of the budget, where the configuration does not say.
const ITEM_KIND: &str = "ONERI";

/// What is to be done with a due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Takes it.
    Insert,
    /// Takes it, or finds that it is there, and opens a session in which it is paid.
    Pay,
    /// Lets nobody pay it any more.
    Close,
}

/// The dues of a message: one.
#[derive(Serialize)]
pub struct Dues {
    #[serde(rename = "pend:Pendenza")]
    due: Due,
}

#[derive(Serialize)]
struct Due {
    #[serde(rename = "@TipoPendenza")]
    kind: String,
    #[serde(rename = "@TipoOperazione")]
    operation: &'static str,
    #[serde(rename = "pend:IdPendenza")]
    id: String,
    #[serde(rename = "pend:Mittente")]
    sender: DueSender,
    #[serde(rename = "pend:Destinatari")]
    recipients: Recipients,
    #[serde(rename = "pend:Note", skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
    #[serde(rename = "pend:Insert", skip_serializing_if = "Option::is_none")]
    insert: Option<Insert>,
    #[serde(rename = "pend:UpdateStatus", skip_serializing_if = "Option::is_none")]
    update: Option<UpdateStatus>,
}

#[derive(Serialize)]
struct DueSender {
    #[serde(rename = "pend:Id")]
    id: String,
    #[serde(rename = "pend:Descrizione")]
    name: String,
}

#[derive(Serialize)]
struct Recipients {
    #[serde(rename = "pend:Destinatario")]
    debtor: Recipient,
}

#[derive(Serialize)]
struct Recipient {
    #[serde(rename = "@Tipo")]
    kind: &'static str,
    #[serde(rename = "pend:Id")]
    id: String,
    #[serde(rename = "pend:Descrizione")]
    name: String,
    #[serde(rename = "pend:DatiDestinatario")]
    data: RecipientData,
}

#[derive(Serialize)]
struct RecipientData {
    #[serde(rename = "pend:TipoSoggetto")]
    kind: &'static str,
    #[serde(rename = "pend:Anagrafica")]
    name: String,
    #[serde(rename = "pend:EMail", skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(rename = "pend:Indirizzo", skip_serializing_if = "Option::is_none")]
    street: Option<String>,
    #[serde(rename = "pend:NumeroCivico", skip_serializing_if = "Option::is_none")]
    building: Option<String>,
    #[serde(rename = "pend:Cap", skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    #[serde(rename = "pend:Localita", skip_serializing_if = "Option::is_none")]
    town: Option<String>,
    #[serde(rename = "pend:Provincia", skip_serializing_if = "Option::is_none")]
    province: Option<String>,
    #[serde(rename = "pend:Nazione", skip_serializing_if = "Option::is_none")]
    country: Option<String>,
}

#[derive(Serialize)]
struct Insert {
    #[serde(rename = "pend:DescrizioneCausale")]
    reason: String,
    #[serde(rename = "pend:Riscossore", skip_serializing_if = "Option::is_none")]
    collector: Option<Collector>,
    #[serde(rename = "pend:DataCreazione")]
    created_at: String,
    #[serde(rename = "pend:DataEmissione")]
    issued_at: String,
    #[serde(rename = "pend:DataPrescrizione")]
    prescribed_at: String,
    #[serde(rename = "pend:AnnoRiferimento")]
    year: String,
    #[serde(rename = "pend:Stato")]
    status: &'static str,
    #[serde(rename = "pend:ImportoTotale")]
    amount: String,
    #[serde(rename = "pend:Divisa")]
    currency: &'static str,
    #[serde(rename = "pend:InfoPagamento")]
    payment: InsertInfo,
}

#[derive(Serialize)]
struct Collector {
    #[serde(rename = "pend:Id")]
    id: String,
    #[serde(rename = "pend:Riferimento")]
    reference: String,
}

#[derive(Serialize)]
struct InsertInfo {
    #[serde(rename = "@TipoPagamento")]
    kind: &'static str,
    #[serde(rename = "pend:DettaglioPagamento")]
    detail: InsertDetail,
}

#[derive(Serialize)]
struct InsertDetail {
    #[serde(rename = "pend:IdPagamento")]
    iuv: String,
    #[serde(rename = "pend:DataScadenza")]
    due_on: String,
    #[serde(rename = "pend:DataInizioValidita")]
    valid_from: String,
    #[serde(rename = "pend:DataFineValidita")]
    valid_until: String,
    #[serde(rename = "pend:Stato")]
    status: &'static str,
    #[serde(rename = "pend:Importo")]
    amount: String,
    #[serde(rename = "pend:DettaglioImporto", skip_serializing_if = "Option::is_none")]
    items: Option<Items>,
    #[serde(rename = "pend:CausalePagamento")]
    reason: String,
}

#[derive(Serialize)]
struct Items {
    #[serde(rename = "pend:Voce")]
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    #[serde(rename = "@Tipo")]
    kind: String,
    #[serde(rename = "pend:Codice")]
    code: String,
    #[serde(rename = "pend:Descrizione")]
    description: String,
    #[serde(rename = "pend:Importo")]
    amount: String,
    #[serde(rename = "pend:CapitoloBilancio", skip_serializing_if = "Option::is_none")]
    chapter: Option<String>,
    #[serde(rename = "pend:Accertamento", skip_serializing_if = "Option::is_none")]
    assessment: Option<String>,
}

#[derive(Serialize)]
struct UpdateStatus {
    #[serde(rename = "pend:InfoPagamento")]
    payment: UpdateInfo,
}

#[derive(Serialize)]
struct UpdateInfo {
    #[serde(rename = "@TipoPagamento")]
    kind: &'static str,
    #[serde(rename = "pend:DettaglioPagamento")]
    detail: UpdateDetail,
}

#[derive(Serialize)]
struct UpdateDetail {
    #[serde(rename = "pend:IdPagamento")]
    iuv: String,
    #[serde(rename = "pend:Stato")]
    status: &'static str,
}

/// An identifier as IRIS has them: at most 35 letters, digits, dots and underscores.
fn identifier(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).take(35).collect()
}

/// The type of due, as IRIS has it.
pub fn kind(position: &Position) -> Result<String, ProviderError> {
    match position.due_kind(35) {
        Some(kind) => Ok(kind),
        None => refused("the type of due is missing"),
    }
}

impl Dues {
    /// The position, with what is to be done with it.
    pub fn of(tenant: &TenantConfiguration, position: &Position, action: Action) -> Result<Self, ProviderError> {
        Ok(Self { due: Due::of(tenant, position, action)? })
    }
}

impl Due {
    fn of(tenant: &TenantConfiguration, position: &Position, action: Action) -> Result<Self, ProviderError> {
        if position.receiver.is_some() {
            return refused("IRIS takes no due whose money goes to another body");
        }
        let (insert, update) = match action {
            Action::Insert | Action::Pay => (Some(Insert::of(position)?), None),
            Action::Close => (None, Some(UpdateStatus::of(position)?)),
        };
        Ok(Self {
            kind: kind(position)?,
            operation: if insert.is_some() { "Insert" } else { "UpdateStatus" },
            id: identifier(&position.iud),
            sender: DueSender { id: tenant.setting(SENDER)?.to_owned(), name: text(&tenant.name, 70) },
            recipients: Recipients { debtor: Recipient::of(&position.debtor) },
            notes: said(position.settings.text("notes"), 2000),
            insert,
            update,
        })
    }
}

impl Recipient {
    fn of(person: &Person) -> Self {
        let names = [person.name.as_deref(), person.family_name.as_deref()];
        let name = text(&names.into_iter().flatten().collect::<Vec<_>>().join(" "), 70);
        let data = RecipientData {
            kind: match person.kind {
                PersonKind::Human => "F",
                PersonKind::Legal => "G",
            },
            name: name.clone(),
            email: said(person.email.as_deref(), 256),
            street: said(person.street_name.as_deref(), 70),
            building: said(person.building_number.as_deref(), 16),
            postal_code: said(person.postal_code.as_deref(), 16),
            town: said(person.town_name.as_deref(), 35),
            province: said(person.country_subdivision.as_deref(), 35),
            country: said(person.country.as_deref(), 2).filter(|code| code.len() == 2),
        };
        Self { kind: "Cittadino", id: identifier(&person.tax_identification_number), name, data }
    }
}

impl Insert {
    fn of(position: &Position) -> Result<Self, ProviderError> {
        let collector = position.settings.text("office_code").zip(position.settings.text("reference_code"));
        let created_at = local(position.created_at);
        let last = position.created_at.plus_days(PRESCRIPTION_DAYS);
        let until = position.expire_at.unwrap_or(last).date().to_string();
        Ok(Self {
            reason: text(&position.reason, 512),
            collector: collector.map(|(id, reference)| Collector { id: text(id, 35), reference: text(reference, 35) }),
            created_at: created_at.clone(),
            issued_at: created_at,
            prescribed_at: local(last),
            year: position.created_at.date().year().to_string(),
            status: "Aperta",
            amount: position.amount.to_string(),
            currency: "EUR",
            payment: InsertInfo {
                kind: "Pagamento Unico",
                detail: InsertDetail {
                    iuv: position.number()?.iuv().to_string(),
                    due_on: until.clone(),
                    valid_from: position.created_at.date().to_string(),
                    valid_until: until,
                    status: "Non Pagato",
                    amount: position.amount.to_string(),
                    items: Items::of(&position.split, &position.reason),
                    reason: text(&position.reason, 256),
                },
            },
        })
    }
}

impl Items {
    /// The items of the budget. The forms of both versions call their members differently.
    fn of(split: &[Split], reason: &str) -> Option<Self> {
        let item = |part: &Split| {
            let meta: serde_json::Map<String, serde_json::Value> = part.meta.read().unwrap_or_default();
            let member = |name: &str| meta.get(name).or_else(|| meta.get(&format!("split_{name}")))?.as_str();
            let amount = part.amount.filter(|amount| *amount > Money::ZERO)?.to_string();
            Some(Item {
                kind: text(member("type").unwrap_or(ITEM_KIND), 35),
                code: text(member("code").unwrap_or(&part.code), 35),
                description: text(member("description").unwrap_or(reason), 256),
                amount,
                chapter: said(member("budget_chapter"), 35),
                assessment: said(member("assessment"), 35),
            })
        };
        let items: Vec<_> = split.iter().filter_map(item).collect();
        (!items.is_empty()).then_some(Self { items })
    }
}

impl UpdateStatus {
    fn of(position: &Position) -> Result<Self, ProviderError> {
        let detail = UpdateDetail { iuv: position.number()?.iuv().to_string(), status: "Non Pagabile" };
        Ok(Self { payment: UpdateInfo { kind: "Pagamento Unico", detail } })
    }
}
