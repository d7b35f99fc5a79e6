//! The demo's supplier: a service that may send, one that waits for approval, a template.

use kernel::TenantId;
use storage::Tx;

use super::engine::place;
use super::people::Duty;
use super::service::{Connector, Details, State};
use super::store::people::{self, Key, Member, Provider};
use super::store::services::{self, Service};
use super::template::Template;
use crate::context::Context;
use crate::errors::Error;
use crate::store::accounts::Which;
use crate::ulid::Ulid;

/// The key of the demo supplier's programs.
const PROVIDER_KEY: &str = "demo-provider-key";
/// The body's tax code.
const BUGLIANO_CODE: &str = "00337460224";

/// Settles it.
pub fn settle(context: &Context, tx: &mut Tx<'_>, tenant: TenantId, codes: [Ulid; 2]) -> Result<(), Error> {
    let now = context.now();
    let own = |number: u128| Ulid(kernel::Uuid::from_u128((0x018d_0000_0001 << 80) | number));
    let provider = Provider {
        id: own(1),
        name: "Fornitore dimostrativo".to_owned(),
        valid_from: now.date(),
        valid_until: None,
        active: true,
    };
    people::put_provider(tx, tenant, &provider)?;
    let key = Key { digest: context.digest(PROVIDER_KEY), hint: "…-key".to_owned(), created_at: now, made_by: None };
    people::insert_key(tx, tenant, provider.id, &key)?;
    let member = Member { username: "operatore".to_owned(), duty: Duty::Body, provider_id: None };
    people::put_member(tx, tenant, &member)?;
    let services = [
        (own(2), codes[0], "Avvisi del Comune", "demo-use-key", State::Active),
        (own(3), codes[1], "Tributi", "demo-premium-key", State::Proposed),
    ];
    for (id, code, name, key, state) in services {
        let test = "AAAAAA00A00A000A".parse().map_err(|_| Error::Defect("the test citizen has the published form".to_owned()))?;
        let details = Details {
            name: name.to_owned(),
            department: "Servizi al cittadino".to_owned(),
            organization_name: "Comune di Bugliano".to_owned(),
            organization_fiscal_code: BUGLIANO_CODE.to_owned(),
            service_code: code,
            test_fiscal_codes: vec![test],
            connector: Connector::WebService,
            notes: String::new(),
        };
        let service = Service {
            id,
            tenant_id: tenant,
            provider_id: Some(provider.id),
            state,
            reason: None,
            details,
            preferred: Which::Primary,
            keys_at: now,
            last_run_at: None,
        };
        let keys =
            (context.seal(&place(id, Which::Primary), key), context.seal(&place(id, Which::Secondary), &format!("{key}-2")));
        services::insert(tx, &service, &keys)?;
        if state == State::Active {
            let template = Template {
                name: "Avviso di scadenza".to_owned(),
                subject: "Scadenza del {{scadenza}}".to_owned(),
                markdown: "Gentile {{nome}},\n\nle ricordiamo la scadenza del {{scadenza}}. Per informazioni può rivolgersi agli uffici del Comune negli orari di apertura.".to_owned(),
                premium: false,
                secure: false,
            };
            services::add_template(tx, &service, own(4), &template, now)?;
        }
    }
    Ok(())
}
