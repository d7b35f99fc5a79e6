//! The first steps of an e-service: what all its versions have in common, then what this version is. Each step is stored when it is left.

use axum::extract::{Path, Query};
use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

use super::desk::{Asked, Desk, wrong};
use super::request::section;
use super::words;
use crate::clients::interop::{Asked as Required, Created, Version, Wanted, one};
use crate::clients::segment;
use crate::errors::PageError;
use crate::i18n::Messages;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::sheet::{Field, Form, Part, Sheet};
use crate::visit::Visit;

const HERE: &str = "/e-service";
/// Members and codes of the platform, and the fields that they are about.
pub const NAMES: [(&str, &str); 10] = [
    ("name", "name"),
    ("001-0007", "name"),
    ("001-007", "name"),
    ("description", "description"),
    ("audience", "audience"),
    ("001-0010", "perConsumer"),
    ("dailyCallsPerConsumer", "perConsumer"),
    ("dailyCallsTotal", "total"),
    ("voucherLifespan", "minutes"),
    ("001-0023", "audience"),
];

type Address = (String, String, String, String);

/// A version as its producer sees it.
///
/// # Errors
/// As the platform gives them.
pub async fn version(desk: &Desk<'_>, eservice: &str, version: &str) -> Result<Version, PageError> {
    let path = format!("/producers/eservices/{}/descriptors/{}", segment(eservice), segment(version));
    Ok(desk.client().get(&path).await?)
}

/// The steps of a draft: which of them `here` is. What is common to all versions is written with the first one only.
pub fn steps(desk: &Desk<'_>, s: &mut Sheet, shown: &Version, here: &str) {
    let t = desk.t;
    let first = shown.eservice.descriptors.is_empty();
    let receives = shown.eservice.mode == "RECEIVE";
    let steps = [
        ("/dati", t.interop_general, first),
        ("/versione", t.interop_step_version, true),
        ("/attributi", t.interop_step_attributes, true),
        ("/analisi", t.interop_analyses, receives),
        ("/file", t.interop_step_files, true),
        ("", t.interop_summary, true),
    ];
    let at = |path: &str| desk.href(&format!("{HERE}/{}/{}{path}", segment(&shown.eservice.id), segment(&shown.id)));
    let steps = steps.into_iter().filter(|(.., is)| *is);
    s.steps = steps.map(|(path, label, _)| (label, at(path), path == here)).collect();
    s.badge.get_or_insert(words::state(t, &shown.state));
}

/// What is typed in the first step.
#[derive(Clone, Default)]
struct General {
    name: String,
    description: String,
    technology: String,
    mode: String,
    personal: String,
}

impl General {
    fn of(posted: &Posted) -> Self {
        let text = |name: &str| posted.text(name).to_owned();
        Self {
            name: text("name"),
            description: text("description"),
            technology: text("technology"),
            mode: text("mode"),
            personal: text("personalData"),
        }
    }

    fn seed(&self) -> Value {
        let personal = match self.personal.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        json!({
            "name": self.name, "description": self.description, "technology": self.technology, "mode": self.mode,
            "personalData": personal,
        })
    }

    fn form(&self, desk: &Desk<'_>) -> Form {
        let t = desk.t;
        let pair = |value: &str, label: &str| (value.to_owned(), label.to_owned());
        let technologies = vec![pair("REST", "REST"), pair("SOAP", "SOAP")];
        let modes = ["DELIVER", "RECEIVE"].map(|word| pair(word, words::mode(t, word))).to_vec();
        let yes_no = vec![pair("true", t.answer_yes), pair("false", t.answer_no)];
        Form::new(
            desk.here(),
            "save",
            t.interop_save_and_go_on,
            vec![
                Field::new("text", "name", t.interop_eservice_name).hint(t.interop_5_to_60).value(&self.name),
                Field::new("area", "description", t.interop_description).hint(t.interop_10_to_400).value(&self.description),
                Field::new("radio", "technology", t.interop_technology).options(technologies).value(&self.technology),
                Field::new("radio", "mode", t.interop_mode).hint(t.interop_mode_hint).options(modes).value(&self.mode),
                Field::new("radio", "personalData", t.interop_personal_data).options(yes_no).value(&self.personal),
            ],
        )
    }
}

/// The first step of a new e-service.
pub async fn show_new(visit: Visit) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?.only(&["admin", "api"])?;
    let typed = General { technology: "REST".into(), mode: "DELIVER".into(), ..General::default() };
    Ok(page_new(&desk, &typed, Vec::new()))
}

fn page_new(desk: &Desk<'_>, typed: &General, errors: Vec<Invalid>) -> Response {
    let t = desk.t;
    let mut s = desk.sheet(t.interop_new_eservice).faults(errors.into());
    s.lead = t.interop_new_eservice_lead.into();
    let later = [t.interop_step_version, t.interop_step_attributes, t.interop_step_files, t.interop_summary];
    s.steps = vec![(t.interop_general, desk.here(), true)];
    s.steps.extend(later.map(|label| (label, String::new(), false)));
    s.parts.push(section("data", t.interop_general, "", vec![typed.form(desk)]));
    desk.show(s, "")
}

/// Creates an e-service with its first version and goes on to that.
pub async fn create(posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin", "api"])?;
    let typed = General::of(&posted);
    match desk.client().post::<Created>("/eservices", &typed.seed()).await {
        Ok(made) => Ok(desk.go(&format!("{HERE}/{}/{}/versione", segment(&made.id), segment(&made.descriptor_id)), "created")),
        Err(error) => Ok(page_new(&desk, &typed, wrong(error, &NAMES, "name")?)),
    }
}

/// The first step of a draft.
pub async fn show_general(
    visit: Visit,
    Path((_, _, eservice, at)): Path<Address>,
    Query(wish): Asked,
) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?.only(&["admin", "api"])?;
    let shown = version(&desk, &eservice, &at).await?;
    let about = &shown.eservice;
    let typed = General {
        name: about.name.clone(),
        description: about.description.clone(),
        technology: about.technology.clone(),
        mode: about.mode.clone(),
        personal: about.personal_data.map(|given| given.to_string()).unwrap_or_default(),
    };
    Ok(page(&desk, &shown, ("/dati", desk.t.interop_general), typed.form(&desk), &wish.done, Vec::new()))
}

/// A step of a draft that is one form.
fn page(desk: &Desk<'_>, shown: &Version, (path, title): (&str, &str), form: Form, done: &str, errors: Vec<Invalid>) -> Response {
    let mut s = desk.sheet(&shown.eservice.name).faults(errors.into());
    steps(desk, &mut s, shown, path);
    s.parts.push(section("data", title, "", vec![form]));
    desk.show(s, done)
}

/// Saves the first step.
pub async fn save_general(Path((_, _, eservice, at)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin", "api"])?;
    let typed = General::of(&posted);
    match desk.client().tell(Method::PUT, &one("/eservices", &eservice), &typed.seed()).await {
        Ok(()) => Ok(desk.go(&format!("{HERE}/{}/{}/versione", segment(&eservice), segment(&at)), "saved")),
        Err(error) => {
            let shown = version(&desk, &eservice, &at).await?;
            let errors = wrong(error, &NAMES, "name")?;
            Ok(page(&desk, &shown, ("/dati", desk.t.interop_general), typed.form(&desk), "", errors))
        }
    }
}

/// What is typed of a version.
#[derive(Clone, Default)]
struct Terms {
    description: String,
    audience: String,
    minutes: String,
    per_consumer: String,
    total: String,
    policy: String,
}

impl Terms {
    fn form(&self, desk: &Desk<'_>) -> Form {
        let t = desk.t;
        let policies = vec![
            ("MANUAL".to_owned(), t.interop_approval_manual.to_owned()),
            ("AUTOMATIC".to_owned(), t.interop_approval_automatic.to_owned()),
        ];
        Form::new(
            desk.here(),
            "save",
            t.interop_save_and_go_on,
            vec![
                Field::new("area", "description", t.interop_version_description)
                    .hint(t.interop_10_to_250)
                    .value(&self.description),
                Field::new("text", "audience", t.interop_audience).hint(t.interop_audience_hint).value(&self.audience),
                Field::new("number", "minutes", t.interop_lifespan_minutes).hint(t.interop_lifespan_hint).value(&self.minutes),
                Field::new("number", "perConsumer", t.interop_per_consumer)
                    .hint(t.interop_per_consumer_hint)
                    .value(&self.per_consumer),
                Field::new("number", "total", t.interop_total).hint(t.interop_total_hint).value(&self.total),
                Field::new("radio", "policy", t.interop_approval).options(policies).value(&self.policy),
            ],
        )
    }
}

/// A number as people type it, with signs between thousands.
pub fn number(typed: &str) -> Option<u32> {
    typed.replace(['.', ' '], "").parse().ok()
}

/// Numbers that were typed.
///
/// # Errors
/// Each field that has none.
pub fn numbers<const N: usize>(t: &Messages, typed: &[String; N], names: [&str; N]) -> Result<[u32; N], Vec<Invalid>> {
    let mut read = [0; N];
    let mut errors = Vec::new();
    for (place, name) in names.into_iter().enumerate() {
        match number(&typed[place]) {
            Some(number) => read[place] = number,
            None => errors.push(Invalid::new(name, t.interop_number_wanted)),
        }
    }
    if errors.is_empty() { Ok(read) } else { Err(errors) }
}

/// The groups as the platform takes them.
pub fn attributes(wanted: &Wanted) -> Value {
    let asked = |asked: &Required| {
        json!({
            "id": asked.id, "explicitAttributeVerification": asked.explicit_attribute_verification,
            "dailyCallsPerConsumer": asked.daily_calls_per_consumer,
        })
    };
    let groups =
        |groups: &[Vec<Required>]| -> Vec<Vec<Value>> { groups.iter().map(|group| group.iter().map(asked).collect()).collect() };
    json!({ "certified": groups(&wanted.certified), "declared": groups(&wanted.declared), "verified": groups(&wanted.verified) })
}

/// A version as it is, as the platform takes it.
pub fn seed(shown: &Version) -> Value {
    json!({
        "description": shown.description, "audience": shown.audience, "voucherLifespan": shown.voucher_lifespan,
        "dailyCallsPerConsumer": shown.daily_calls_per_consumer, "dailyCallsTotal": shown.daily_calls_total,
        "agreementApprovalPolicy": shown.agreement_approval_policy, "attributes": attributes(&shown.attributes),
    })
}

/// The path of a version, to be changed.
pub fn path(eservice: &str, version: &str) -> String {
    format!("/eservices/{}/descriptors/{}", segment(eservice), segment(version))
}

/// The second step.
pub async fn show_version(
    visit: Visit,
    Path((_, _, eservice, at)): Path<Address>,
    Query(wish): Asked,
) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, HERE)?.only(&["admin", "api"])?;
    let shown = version(&desk, &eservice, &at).await?;
    let typed = Terms {
        description: shown.description.clone().unwrap_or_default(),
        audience: shown.audience.join(", "),
        minutes: (shown.voucher_lifespan / 60).to_string(),
        per_consumer: shown.daily_calls_per_consumer.to_string(),
        total: shown.daily_calls_total.to_string(),
        policy: shown.agreement_approval_policy.clone(),
    };
    Ok(page(&desk, &shown, ("/versione", desk.t.interop_step_version), typed.form(&desk), &wish.done, Vec::new()))
}

/// Saves the second step.
pub async fn save_version(Path((_, _, eservice, at)): Path<Address>, posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, HERE)?.only(&["admin", "api"])?;
    let shown = version(&desk, &eservice, &at).await?;
    let text = |name: &str| posted.text(name).to_owned();
    let typed = Terms {
        description: text("description"),
        audience: text("audience"),
        minutes: text("minutes"),
        per_consumer: text("perConsumer"),
        total: text("total"),
        policy: text("policy"),
    };
    let refused = |errors| page(&desk, &shown, ("/versione", desk.t.interop_step_version), typed.form(&desk), "", errors);
    let count = [typed.minutes.clone(), typed.per_consumer.clone(), typed.total.clone()];
    let [minutes, each, all] = match numbers(desk.t, &count, ["minutes", "perConsumer", "total"]) {
        Ok(numbers) => numbers,
        Err(errors) => return Ok(refused(errors)),
    };
    let audience: Vec<&str> = typed.audience.split([',', ' ', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let mut seed = seed(&shown);
    seed["description"] = json!(Some(&typed.description).filter(|text| !text.is_empty()));
    seed["audience"] = json!(audience);
    seed["voucherLifespan"] = json!(minutes.saturating_mul(60));
    seed["dailyCallsPerConsumer"] = json!(each);
    seed["dailyCallsTotal"] = json!(all);
    seed["agreementApprovalPolicy"] = json!(typed.policy);
    match desk.client().tell(Method::PUT, &path(&eservice, &at), &seed).await {
        Ok(()) => Ok(desk.go(&format!("{HERE}/{}/{}/attributi", segment(&eservice), segment(&at)), "saved")),
        Err(error) => Ok(refused(wrong(error, &NAMES, "description")?)),
    }
}

/// The link that goes on to the next step.
pub fn next(desk: &Desk<'_>, shown: &Version, path: &str) -> Part {
    let href = desk.href(&format!("{HERE}/{}/{}{path}", segment(&shown.eservice.id), segment(&shown.id)));
    let link = crate::views::sheet::Link::new(href, desk.t.interop_go_on);
    Part::Ways(vec![link])
}
