//! A citizen of the demo who uses the app, with one message of each kind.

use std::time::Duration;

use kernel::TenantId;
use runtime::Job;
use serde_json::{Value, json};
use storage::Tx;

use super::demo::{BUGLIANO, service_id};
use crate::context::Context;
use crate::errors::Error;
use crate::formats::{CitizenCode, utc_millis};
use crate::message::{NewMessage, State};
use crate::preferences::Profile;
use crate::remote::configuration::Configuration;
use crate::store::configurations::{self, Stored};
use crate::store::{citizens, messages, services};
use crate::ulid::Ulid;

/// The citizen, who can sign in to the demo's pages.
const CITIZEN: &str = "BNRMHL75C06G702B";
const EMAIL: &str = "michelangelo.buonarroti@example.it";
/// The organisation that may send ordinary messages.
const ORDINARY: &str = "demo-bugliano";
/// The one that may send everything.
const ACCOUNT: &str = "demo-bugliano-premium";

/// The configuration by which the sender of the remote message is asked; where it is, everything is.
const CONFIGURATION: &str = "Verbali";

/// The job. It waits for the demo's services, and is as good as once.
pub fn job(context: Context) -> Job {
    Job::new("messaging-demo-inbox", Duration::from_secs(5), move || {
        let context = context.clone();
        async move {
            let settling = context.clone();
            let settled = context.app.db().write(move |tx| settle(&settling, tx));
            settled.await.map_err(|error: Error| error.to_string())
        }
    })
}

fn settle(context: &Context, tx: &mut Tx<'_>) -> Result<(), Error> {
    let tenant: TenantId = BUGLIANO.parse().map_err(|_| Error::Defect("the demo's tenant has an identifier".to_owned()))?;
    if services::look(tx, service_id(3))?.is_none()
        || configurations::list(tx, ACCOUNT)?.iter().any(|stored| stored.body.name == CONFIGURATION)
    {
        return Ok(());
    }
    let now = context.now();
    let code: CitizenCode = CITIZEN.parse().map_err(|_| Error::Defect("the demo's citizen has the published form".to_owned()))?;
    let profile = Profile {
        app_version: Some("3.0.0".to_owned()),
        preferred_languages: vec!["it_IT".to_owned()],
        email: Some(EMAIL.to_owned()),
        is_email_enabled: true,
        is_email_validated: true,
        ..Profile::new()
    };
    citizens::put_profile(tx, code, &profile, now)?;

    let configuration = Ulid::new(now, context.app.rng());
    let body = Configuration::read(&json!({
        "name": CONFIGURATION, "description": "I testi restano presso il Comune.", "has_precondition": "ONCE",
        "disable_lollipop_for": [], "is_lollipop_enabled": false,
        "prod_environment": {
            "base_url": format!("{}/demo/remote", context.app.public_url()),
            "details_authentication": { "header_key_name": "x-api-key", "key": "sandbox", "type": "API-KEY" }
        }
    }))?;
    let stored = Stored { id: configuration, account_id: ACCOUNT.to_owned(), body: body.seal(context, configuration) };
    configurations::insert(tx, &stored, now)?;

    for (number, account, content) in contents(&utc_millis(now.plus_days(10)), &configuration.to_string()) {
        let read = NewMessage::read(&content).map_err(|complaints| Error::InvalidBody("message", complaints))?;
        let service =
            services::look(tx, service_id(number))?.ok_or_else(|| Error::Defect("the demo has this service".to_owned()))?;
        let mut content = read.content;
        content.fill_payee(&service.payload.organization.fiscal_code);
        let message = messages::Message {
            id: Ulid::new(now, context.app.rng()),
            service_id: service.id,
            account_id: account.to_owned(),
            fiscal_code: code,
            state: State::Accepted,
            rejection: None,
            level: read.feature_level_type,
            time_to_live: read.time_to_live,
            content,
            notification: None,
            created_at: now,
            read_at: None,
            archived: false,
        };
        messages::insert(tx, &message)?;
        tx.emit(&crate::api::accepted_event(context, tenant, &message), now)?;
    }
    Ok(())
}

/// The messages, oldest first: number of the service, account, what is said.
fn contents(due: &str, configuration: &str) -> [(u128, &'static str, Value); 4] {
    let news = "---\nit:\n  cta_1:\n    text: \"Prenota un posto\"\n    action: \"iohandledlink://https://bugliano.example.it/biblioteca\"\n  \
        cta_2:\n    text: \"Scrivi alla biblioteca\"\n    action: \"iohandledlink://mailto:biblioteca@bugliano.example.it\"\nen:\n  cta_1:\n    \
        text: \"Book a seat\"\n    action: \"iohandledlink://https://bugliano.example.it/biblioteca\"\n---\n# La biblioteca riapre\n\n\
        Dopo i lavori la **biblioteca comunale** riapre in piazza Garibaldi 4.\n\n- lunedì e mercoledì: 9-13\n- venerdì e sabato: 15-19\n\n\
        Per studiare nella sala grande è meglio prenotare un posto.";
    [
        (
            1,
            ORDINARY,
            json!({ "fiscal_code": CITIZEN, "content": { "subject": "La biblioteca comunale riapre", "markdown": news } }),
        ),
        (
            1,
            ORDINARY,
            json!({ "fiscal_code": CITIZEN, "content": {
            "subject": "La tua carta d'identità sta per scadere", "due_date": due,
            "markdown": "La tua carta d'identità scade fra pochi giorni.\n\nPrenota un appuntamento all'anagrafe e porta con te una fototessera e la carta che scade."
        } }),
        ),
        (
            3,
            ACCOUNT,
            json!({ "fiscal_code": CITIZEN, "feature_level_type": "ADVANCED", "content": {
            "subject": "Tassa sui rifiuti, prima rata", "due_date": due,
            "markdown": "Puoi pagare la **prima rata** della tassa sui rifiuti dell'anno in corso.\n\nL'importo dipende dalla superficie della casa e da quante persone ci abitano.",
            "payment_data": { "amount": 8_450, "notice_number": "300000000000000002", "invalid_after_due_date": false }
        } }),
        ),
        (
            3,
            ACCOUNT,
            json!({ "fiscal_code": CITIZEN, "feature_level_type": "ADVANCED", "content": {
            "subject": "C'è una comunicazione della Polizia locale",
            "markdown": "Il testo di questa comunicazione resta presso il Comune: aprila per leggerla e per scaricare i documenti che contiene.",
            "third_party_data": { "id": "verbale-1", "configuration_id": configuration, "has_attachments": true, "has_remote_content": true }
        } }),
        ),
    ]
}
