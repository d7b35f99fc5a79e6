//! The demo's world: organisations with keys that everybody knows, and citizens of every kind. Only `--demo` has this job; what is there
//! already is left as it is.

use std::time::Duration;

use kernel::TenantId;
use runtime::Job;
use serde_json::json;
use storage::Tx;

use crate::accounts::{Keys, Purpose, subscription};
use crate::context::Context;
use crate::errors::Error;
use crate::formats::CitizenCode;
use crate::groups::Groups;
use crate::preferences::{Channel, Mode, Preference, Profile};
use crate::service::{Payload, Publication, State};
use crate::store::accounts::{self, Account};
use crate::store::citizens;
use crate::store::services::{self, Published, Service};
use crate::ulid::Ulid;

/// The demo municipality, as the platform knows it.
pub(super) const BUGLIANO: &str = "60e35f02-1509-408c-b101-3b1a28109329";
const BUGLIANO_CODE: &str = "00337460224";
/// The test citizen of the public guide, and those that differ in the last digit.
const CITIZENS: &str = "AAAAAA00A00A00";
/// What the organisations may do.
const FULL: &str = "ApiMessageWrite,ApiInfoRead,ApiMessageRead,ApiLimitedProfileRead,ApiServiceWrite,ApiSubscriptionsFeedRead,\
    ApiThirdPartyMessageWrite,ApiRemoteContentConfigurationWrite";
const PREMIUM: &str = "ApiMessageWrite,ApiInfoRead,ApiMessageRead,ApiLimitedProfileRead,ApiServiceWrite,ApiMessageWriteAdvanced,\
    ApiMessageReadAdvanced,ApiMessageWriteWithPayee,ApiThirdPartyMessageWrite,ApiRemoteContentConfigurationWrite,ApiRateLimit250";
const LIMITED: &str = "ApiLimitedMessageWrite,ApiInfoRead,ApiMessageRead,ApiLimitedProfileRead,ApiServiceWrite";

/// A service: organisation, number in the identifier, key, name, largest payment, networks.
type Row = (&'static str, u128, &'static str, &'static str, i64, &'static [&'static str]);

const SERVICES: [Row; 5] = [
    ("demo-bugliano", 1, "demo-use-key", "Avvisi del Comune", 0, &[]),
    ("demo-bugliano-prova", 2, "demo-limited-key", "Servizio in prova", 0, &[]),
    ("demo-bugliano-premium", 3, "demo-premium-key", "Tributi", 99_999_999, &[]),
    ("demo-bugliano", 4, "demo-suspended-key", "Servizio sospeso", 0, &[]),
    ("demo-bugliano", 5, "demo-cidr-key", "Servizio da una sola rete", 0, &["203.0.113.0/24"]),
];

/// The job. It comes round so rarely that it is as good as once.
pub fn job(context: Context) -> Job {
    Job::new("messaging-demo", Duration::from_secs(24 * 3600), move || {
        let context = context.clone();
        async move {
            let settling = context.clone();
            let settled = context.app.db().write(move |tx| settle(&settling, tx));
            settled.await.map_err(|error: Error| error.to_string())
        }
    })
}

/// The demo's service with this number.
pub fn service_id(number: u128) -> Ulid {
    Ulid(kernel::Uuid::from_u128((0x018d_0000_0000 << 80) | number))
}

fn code(last: char) -> Result<CitizenCode, Error> {
    format!("{CITIZENS}{last}A").parse().map_err(|_| Error::Defect("the demo's citizens have the published form".to_owned()))
}

fn settle(context: &Context, tx: &mut Tx<'_>) -> Result<(), Error> {
    let tenant: TenantId = BUGLIANO.parse().map_err(|_| Error::Defect("the demo's tenant has an identifier".to_owned()))?;
    if accounts::find(tx, tenant, "demo-bugliano")?.is_some() {
        return Ok(());
    }
    for (id, groups) in [("demo-bugliano", FULL), ("demo-bugliano-prova", LIMITED), ("demo-bugliano-premium", PREMIUM)] {
        let account = Account {
            id: id.to_owned(),
            tenant_id: tenant,
            name: "Comune di Bugliano".to_owned(),
            fiscal_code: BUGLIANO_CODE.to_owned(),
            email: "io@bugliano.example.it".to_owned(),
            groups: Groups::read(groups),
            manage_cidrs: Vec::new(),
            sandbox_code: code('0')?,
        };
        accounts::insert(tx, &account, context.now())?;
    }
    for (account, number, key, name, most, networks) in SERVICES {
        settle_service(context, tx, (account, service_id(number), name, most, networks))?;
        let keys = Keys { primary: key.to_owned(), secondary: format!("{key}-2") };
        accounts::insert_subscription(tx, &subscription(context, account, &Purpose::Use(service_id(number)), &keys))?;
    }
    accounts::set_active(tx, tenant, &service_id(4).to_string(), false)?;
    for (purpose, key) in [(Purpose::Manage, "demo-manage-key"), (Purpose::ManageGroup("tributi".to_owned()), "demo-group-key")] {
        let keys = Keys { primary: key.to_owned(), secondary: format!("{key}-2") };
        accounts::insert_subscription(tx, &subscription(context, "demo-bugliano", &purpose, &keys))?;
    }
    settle_citizens(context, tx)?;
    crate::intermediary::demo::settle(context, tx, tenant, [service_id(1), service_id(3)])
}

fn settle_service(
    context: &Context,
    tx: &mut Tx<'_>,
    (account, id, name, most, networks): (&str, Ulid, &str, i64, &[&str]),
) -> Result<(), Error> {
    let payload = Payload::read(&json!({
        "name": name,
        "description": "Un servizio dimostrativo del Comune di Bugliano.",
        "organization": { "name": "Comune di Bugliano", "fiscal_code": BUGLIANO_CODE, "department_name": "Servizi al cittadino" },
        "authorized_recipients": ["AAAAAA00A00A000A"],
        "authorized_cidrs": networks,
        "max_allowed_payment_amount": most,
        "metadata": { "scope": "LOCAL", "topic_id": 10, "privacy_url": "https://bugliano.example.it/privacy", "email": "io@bugliano.example.it" }
    }))?;
    let now = context.now();
    let published = Published { publication: Publication::Published, version: 1, payload: payload.clone(), at: now };
    let service = Service {
        id,
        account_id: account.to_owned(),
        group_id: (id == service_id(5)).then(|| "tributi".to_owned()),
        state: State::Approved,
        reason: None,
        auto_publish: true,
        version: 1,
        payload,
        updated_at: now,
        published: Some(published),
    };
    services::insert(tx, &service)?;
    services::save(tx, &service)?;
    services::note(tx, &service, "lifecycle", service.state.word(), now)?;
    Ok(services::note(tx, &service, "publication", Publication::Published.word(), now)?)
}

/// One citizen of each kind, by the last digit of the code; 1 has no profile.
fn settle_citizens(context: &Context, tx: &mut Tx<'_>) -> Result<(), Error> {
    let now = context.now();
    let current =
        Profile { app_version: Some("3.0.0".to_owned()), preferred_languages: vec!["it_IT".to_owned()], ..Profile::new() };
    let with = |mode: Mode| Profile { mode, ..current.clone() };
    let mut blocking = with(Mode::Legacy);
    let profiles = [
        ('0', current.clone()),
        ('2', Profile { is_inbox_enabled: false, ..current.clone() }),
        ('3', current.clone()),
        ('4', with(Mode::Manual)),
        ('5', with(Mode::Manual)),
        ('7', current.clone()),
        ('8', Profile { app_version: Some("2.13.0".to_owned()), ..current.clone() }),
        ('9', Profile { reminders: true, full_previews: true, ..current.clone() }),
    ];
    for (last, profile) in profiles {
        citizens::put_profile(tx, code(last)?, &profile, now)?;
    }
    for (_, number, ..) in SERVICES {
        let id = service_id(number);
        blocking.blocked.insert(id.to_string(), vec![Channel::Inbox]);
        for (last, inbox, read_status, before) in [('3', false, true, true), ('5', true, true, false), ('7', true, false, true)] {
            let preference =
                Preference { is_inbox_enabled: inbox, can_access_message_read_status: read_status, settings_version: 0 };
            citizens::put_preference(tx, code(last)?, id, preference, before, now)?;
        }
    }
    citizens::put_profile(tx, code('6')?, &blocking, now)?;
    Ok(())
}
