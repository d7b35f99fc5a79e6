//! What a purpose is: for which e-service, why, how many calls a day. A draft is stored at once; its risk analysis comes next.

use axum::extract::{Path, Query};
use axum::response::Response;
use serde_json::{Value, json};

use super::analysis::answers;
use super::desk::{Asked, Desk, Wish, wrong};
use super::draft::number;
use super::request::section;
use super::words;
use crate::clients::interop::{AgreementRow, Created, MOST, Part as List, Purpose, Remaining, Version, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::sheet::{Field, Form, Part, Sheet};
use crate::visit::Visit;

const HERE: &str = "/finalita";
/// Members and codes of the platform, and the fields that they are about.
const NAMES: [(&str, &str); 7] = [
    ("title", "title"),
    ("004-0016", "title"),
    ("description", "description"),
    ("freeOfChargeReason", "freeOfChargeReason"),
    ("004-0013", "freeOfChargeReason"),
    ("dailyCalls", "dailyCalls"),
    ("004-0018", "eservice"),
];

type Address = (String, String, String);

/// What is typed.
#[derive(Clone, Default)]
struct Typed {
    eservice: String,
    title: String,
    description: String,
    free: bool,
    reason: String,
    calls: String,
    analysis: String,
}

impl Typed {
    fn of(posted: &Posted) -> Self {
        let text = |name: &str| posted.text(name).to_owned();
        Self {
            eservice: text("eservice"),
            title: text("title"),
            description: text("description"),
            free: posted.text("isFreeOfCharge") == "true",
            reason: text("freeOfChargeReason"),
            calls: text("dailyCalls"),
            analysis: text("riskAnalysisId"),
        }
    }

    /// The members that a new purpose and a changed one have alike; what is no number is told of its field.
    fn members(&self, t: &crate::i18n::Messages) -> Result<Value, Vec<Invalid>> {
        let calls = number(&self.calls).ok_or_else(|| vec![Invalid::new("dailyCalls", t.interop_number_wanted)])?;
        let reason = self.free.then(|| self.reason.clone()).filter(|reason| !reason.is_empty());
        Ok(json!({
            "title": self.title, "description": self.description, "isFreeOfCharge": self.free, "freeOfChargeReason": reason,
            "dailyCalls": calls,
        }))
    }
}

fn fields(desk: &Desk<'_>, typed: &Typed, hint: String) -> Vec<Field> {
    let t = desk.t;
    let yes_no = vec![("false".to_owned(), t.answer_no.to_owned()), ("true".to_owned(), t.answer_yes.to_owned())];
    vec![
        Field::new("text", "title", t.interop_purpose_title).hint(t.interop_5_to_60).value(&typed.title),
        Field::new("area", "description", t.interop_description).hint(t.interop_10_to_250).value(&typed.description),
        Field::new("radio", "isFreeOfCharge", t.interop_free).options(yes_no).value(typed.free.to_string()),
        Field::new("text", "freeOfChargeReason", t.interop_free_reason).hint(t.interop_free_reason_hint).value(&typed.reason),
        Field::new("number", "dailyCalls", t.interop_load).hint(hint).value(&typed.calls),
    ]
}

/// The form of a new one.
pub async fn show_new(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?.only(&["admin"])?;
    let typed = Typed { eservice: wish.eservice.clone(), ..Typed::default() };
    page_new(&desk, &typed, Vec::new()).await
}

async fn page_new(desk: &Desk<'_>, typed: &Typed, errors: Vec<Invalid>) -> Result<Response, PageError> {
    let t = desk.t;
    let found: List<AgreementRow> = desk.client().list("/consumers/agreements", 0, MOST, &[("states", "ACTIVE")]).await?;
    let mut s = desk.sheet(t.interop_new_purpose);
    s.lead = t.interop_new_purpose_lead.into();
    if found.results.is_empty() {
        s.parts.push(Part::Notice("action", t.interop_no_active_request.into(), Vec::new()));
        s.ways.push(crate::views::sheet::Link::new(desk.href("/catalogo"), t.interop_to_catalog));
        return Ok(desk.show(s, ""));
    }
    let chosen = found.results.iter().find(|agreement| agreement.eservice.id == typed.eservice);
    let version = match chosen {
        Some(chosen) => {
            let path =
                format!("/catalog/eservices/{}/descriptor/{}", segment(&chosen.eservice.id), segment(&chosen.descriptor.id));
            Some(desk.client().get::<Version>(&path).await?)
        }
        None => None,
    };
    let options = found
        .results
        .iter()
        .map(|row| (row.eservice.id.clone(), format!("{} – {}", row.eservice.name, row.eservice.producer.name)));
    let mut all = vec![
        Field::new("select", "eservice", t.interop_eservice)
            .value(&typed.eservice)
            .options([(String::new(), t.interop_choose.to_owned())].into_iter().chain(options).collect()),
    ];
    let hint = version.as_ref().map_or_else(
        || t.interop_load_hint.to_owned(),
        |version| {
            t.interop_load_thresholds(words::number(version.daily_calls_per_consumer), words::number(version.daily_calls_total))
        },
    );
    all.extend(fields(desk, typed, hint));
    // An e-service that receives brings the risk analyses of its producer.
    if let Some(version) = version.filter(|version| version.eservice.mode == "RECEIVE") {
        let options = version.eservice.risk_analysis.into_iter().map(|analysis| (analysis.id, analysis.name)).collect();
        all.push(Field::new("radio", "riskAnalysisId", t.interop_producers_analysis).options(options).value(&typed.analysis));
    }
    s.errors = errors;
    s.parts.push(section("data", t.interop_general, "", vec![Form::new(desk.here(), "create", t.interop_save_and_go_on, all)]));
    Ok(desk.show(s, ""))
}

/// Creates a draft and goes on to its risk analysis.
pub async fn create(posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin"])?;
    let typed = Typed::of(&posted);
    let mut seed = match typed.members(desk.t) {
        _ if typed.eservice.is_empty() => {
            return page_new(&desk, &typed, vec![Invalid::new("eservice", desk.t.interop_choose_eservice)]).await;
        }
        Ok(seed) => seed,
        Err(errors) => return page_new(&desk, &typed, errors).await,
    };
    seed["eserviceId"] = json!(typed.eservice);
    seed["consumerId"] = json!(desk.body);
    let reverse = !typed.analysis.is_empty();
    if reverse {
        seed["riskAnalysisId"] = json!(typed.analysis);
    }
    let path = if reverse { "/reverse/purposes" } else { "/purposes" };
    match desk.client().post::<Created>(path, &seed).await {
        Ok(made) if reverse => Ok(desk.go(&format!("{HERE}/{}", segment(&made.id)), "created")),
        Ok(made) => Ok(desk.go(&format!("{HERE}/{}/analisi", segment(&made.id)), "created")),
        Err(error) => page_new(&desk, &typed, wrong(error, &NAMES, "title")?).await,
    }
}

/// The form of a draft.
pub async fn show(visit: Visit, Path((_, _, id)): Path<Address>, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?.only(&["admin"])?;
    let purpose: Purpose = desk.client().get(&one("/purposes", &id)).await?;
    let load = purpose.current_version.clone().unwrap_or_default();
    let typed = Typed {
        title: purpose.title.clone(),
        description: purpose.description.clone(),
        free: purpose.is_free_of_charge,
        reason: purpose.free_of_charge_reason.clone().unwrap_or_default(),
        calls: load.daily_calls.to_string(),
        ..Typed::default()
    };
    page(&desk, &purpose, &typed, &wish, Vec::new()).await
}

/// The steps of a draft: which of them `here` is.
pub fn steps(desk: &Desk<'_>, s: &mut Sheet, id: &str, here: &str) {
    let t = desk.t;
    let steps = [("/dati", t.interop_general), ("/analisi", t.interop_analysis), ("", t.interop_summary)];
    let at = |path: &str| desk.href(&format!("{HERE}/{}{path}", segment(id)));
    s.steps = steps.into_iter().map(|(path, label)| (label, at(path), path == here)).collect();
}

async fn page(
    desk: &Desk<'_>,
    purpose: &Purpose,
    typed: &Typed,
    wish: &Wish,
    errors: Vec<Invalid>,
) -> Result<Response, PageError> {
    let t = desk.t;
    let remaining: Remaining = desk.client().get(&format!("{}/remainingDailyCalls", one("/purposes", &purpose.id))).await?;
    let mut s = desk.sheet(&purpose.title);
    s.badge = Some(words::state(t, "DRAFT"));
    s.errors = errors;
    steps(desk, &mut s, &purpose.id, "/dati");
    let hint = t.interop_load_remaining(
        words::number(remaining.remaining_daily_calls_per_consumer.max(0)),
        words::number(remaining.remaining_daily_calls_total.max(0)),
    );
    let form = Form::new(desk.here(), "save", t.interop_save_and_go_on, fields(desk, typed, hint));
    s.parts.push(section("data", t.interop_general, "", vec![form]));
    Ok(desk.show(s, &wish.done))
}

/// Saves a draft.
pub async fn change(Path((_, _, id)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin"])?;
    let (client, typed) = (desk.client(), Typed::of(&posted));
    let purpose: Purpose = client.get(&one("/purposes", &id)).await?;
    let wish = Wish::default();
    let mut seed = match typed.members(desk.t) {
        Ok(seed) => seed,
        Err(errors) => return page(&desk, &purpose, &typed, &wish, errors).await,
    };
    let reverse = purpose.eservice.mode == "RECEIVE";
    if let Some(form) = purpose.risk_analysis_form.as_ref().filter(|_| !reverse) {
        seed["riskAnalysisForm"] = answers(&form.version, &form.answers);
    }
    let path = one(if reverse { "/reverse/purposes" } else { "/purposes" }, &id);
    match client.post::<Value>(&path, &seed).await {
        Ok(_) if reverse => Ok(desk.go(&format!("{HERE}/{}", segment(&id)), "saved")),
        Ok(_) => Ok(desk.go(&format!("{HERE}/{}/analisi", segment(&id)), "saved")),
        Err(error) => page(&desk, &purpose, &typed, &wish, wrong(error, &NAMES, "title")?).await,
    }
}
