//! The rows of the stand-in.

use serde_json::{Value, json};

use super::fake::{CITIZEN, Memory, OPERATOR};

/// Name of the only tenant.
pub const TENANT_NAME: &str = "Comune di Bugliano";

/// The application of the samples that is in this status.
pub fn id(status: &str) -> String {
    format!("a1bbcafb-ee78-4cd1-9b8e-7ddeb43{status:0>5}")
}

/// Fills an empty memory with one of everything.
pub fn fill(memory: &mut Memory) {
    memory.services = serde_json::from_str(include_str!("services.json")).unwrap();
    let statuses = ["1000", "1500", "1510", "1530", "2000", "3000", "4000", "4200", "7000", "9000", "20000"];
    for (index, status) in statuses.into_iter().enumerate() {
        let service = if index % 3 == 2 { memory.services[1].clone() } else { memory.services[0].clone() };
        let id = id(status);
        memory.applications.push(application(&id, &service, status, CITIZEN));
        memory.histories.insert(id.clone(), history(&["1000", "1500", "1520", "1900", "2000", status]));
        memory.messages.insert(id, messages());
    }
    memory.users = vec![
        json!({ "id": CITIZEN, "role": "user", "username": "BNRMHL75C06G702B", "given_name": "Michelangelo", "family_name": "Buonarroti", "fiscal_code": "BNRMHL75C06G702B",
            "email": "michelangelo@example.it", "mobile_phone": "+39 333 1234567", "phone": null, "sex": "M", "birth": { "date": "1975-03-06", "place": "Pisa" },
            "residence": { "address": "Via Cesare Battisti 3", "postal_code": "56056", "municipality": "Bugliano", "county": "PI", "country": "IT" } }),
        json!({ "id": OPERATOR, "role": "operator", "username": "operatore", "given_name": "Grazia", "family_name": "Deledda", "email": "g.deledda@comune.example.it",
            "enabled_services_ids": ["5a1f6f3e-0000-4000-8000-000000000001"], "user_groups_ids": ["o-1"] }),
        json!({ "id": "u-admin", "role": "admin", "username": "admin", "given_name": "Ada", "family_name": "Negri", "email": "a.negri@comune.example.it" }),
    ];
    memory.offices = vec![
        json!({ "id": "o-1", "name": "Polizia municipale", "short_description": "Occupazioni di suolo, viabilità, contrassegni." }),
        json!({ "id": "o-2", "name": "Servizi educativi", "short_description": "Nidi, mense e trasporto scolastico." }),
    ];
}

/// An application of `service` in `status` by `user`.
pub fn application(id: &str, service: &Value, status: &str, user: &str) -> Value {
    let sent = status != "1000";
    let registered = sent && !["1500", "1510", "1530", "2000"].contains(&status);
    let ended = ["7000", "9000"].contains(&status);
    let file = |id: &str, name: &str| json!({ "id": id, "name": name, "originalName": name, "url": "x", "description": name });
    json!({
        "id": id, "user": user, "user_name": if user == CITIZEN { "Michelangelo Buonarroti" } else { "" },
        "service": service["slug"], "service_id": service["id"], "service_name": service["name"], "subject": "Trasloco in Piazza Garibaldi il 2 aprile",
        "status": status, "created_at": "2025-03-10T09:30:00+01:00", "submitted_at": sent.then_some("2025-03-10T09:45:00+01:00"),
        "latest_status_change_at": "2025-03-12T09:30:00+01:00", "protocol_number": registered.then_some("0001234/2025"),
        "protocolled_at": registered.then_some("2025-03-10T10:05:00+01:00"), "operator_id": ended.then_some(OPERATOR),
        "compiled_modules": if sent { json!([file("f-form", "Modulo compilato.pdf")]) } else { json!([]) },
        "attachments": if sent { json!([file("f-plan", "Planimetria piazza.pdf")]) } else { json!([]) },
        "outcome_motivation": match status { "7000" => "L'occupazione è autorizzata dalle 8 alle 13.", "9000" => "<p>Quel giorno in piazza c'è il mercato.</p>", _ => "" },
        "outcome_attachments": if ended { json!([file("f-out", "Provvedimento.pdf")]) } else { json!([]) }, "outcome_file": null,
        "links": links(status), "data": data(),
    })
}

/// The transitions that a status offers.
pub fn links(status: &str) -> Value {
    let actions: &[&str] = match status {
        "1000" => &["submit"],
        "2000" => &["register", "assign", "withdraw"],
        "3000" => &["assign", "withdraw"],
        "4000" => &["request-integration", "accept", "reject", "withdraw"],
        "4200" => &["accept-integration", "cancel-integration", "withdraw"],
        _ => &[],
    };
    actions.iter().map(|action| json!({ "action": action, "description": action, "url": "x" })).collect()
}

fn data() -> Value {
    json!({
        "applicant.data.completename.data.name": "Michelangelo", "applicant.data.completename.data.surname": "Buonarroti",
        "applicant.data.fiscal_code.data.fiscal_code": "BNRMHL75C06G702B", "applicant.data.Born.data.natoAIl": "1975-03-06T00:00:00+01:00",
        "applicant.data.Born.data.place_of_birth": "Pisa", "applicant.data.address.data.address": "Via Cesare Battisti",
        "applicant.data.address.data.municipality": "Bugliano", "applicant.data.email_address": "michelangelo@example.it",
        "place": "Piazza Garibaldi, davanti al numero 4", "from": "2025-04-02T00:00:00+02:00", "to": "2025-04-02T00:00:00+02:00", "square_meters": 24,
        "reason": "move", "vehicles": "yes", "needs": { "parking": true, "barriers": false, "power": true },
        "plan": [{ "id": "f-plan", "originalName": "Planimetria piazza.pdf", "name": "x.pdf", "url": "x" }], "privacy": true, "payment_amount": "16,00",
    })
}

/// One step for each status, a day apart.
pub fn history(statuses: &[&str]) -> Vec<Value> {
    let step = |(day, status): (usize, &&str)| json!({ "status_code": *status, "status_name": "x", "message": "", "date": format!("2025-03-{:02}T09:30:00+01:00", 10 + day) });
    let mut steps: Vec<&&str> = statuses.iter().collect();
    steps.dedup();
    steps.into_iter().enumerate().map(step).collect()
}

fn messages() -> Vec<Value> {
    vec![
        json!({ "id": "m-1", "author_id": OPERATOR, "author": "Grazia Deledda", "visibility": "applicant", "created_at": "2025-03-12T09:30:00+01:00",
            "message": "<p>Buongiorno, serve anche la <b>targa</b> del camion.</p><img src=x onerror=alert(1)>", "subject": "Manca una targa",
            "attachments": [{ "id": "f-note", "name": "Esempio.pdf", "originalName": "Esempio.pdf" }] }),
        json!({ "id": "m-2", "author_id": CITIZEN, "author": CITIZEN, "visibility": "applicant", "created_at": "2025-03-12T12:05:00+01:00", "message": "<p>La targa è AB123CD.</p>", "attachments": [] }),
        json!({ "id": "m-3", "author_id": OPERATOR, "author": "Grazia Deledda", "visibility": "internal", "created_at": "2025-03-12T12:30:00+01:00", "message": "<p>Sentire il mercato.</p>", "attachments": null }),
    ]
}

/// A payment in `status`.
pub fn payment(status: &str) -> Value {
    let link = |url: &str| json!({ "url": url, "last_opened_at": null, "method": "GET" });
    json!({
        "id": "2cc87ee5-3f57-4f20-a703-e6718c21b95b", "status": status, "user_id": "u-citizen",
        "service_id": "5a1f6f3e-0000-4000-8000-000000000001", "updated_at": "2025-03-10T09:46:00+01:00",
        "payer": { "name": "Michelangelo", "family_name": "Buonarroti", "tax_identification_number": "BNRMHL75C06G702B" },
         "remote_id": "a1bbcafb-ee78-4cd1-9b8e-7ddeb4301500", "created_at": "2025-03-10T09:45:00+01:00", "reason": "Diritti di segreteria – BNRMHL75C06G702B",
        "payment": { "amount": 16, "currency": "EUR", "notice_code": "302872234000000343", "iuv": "02872234000000343", "expire_at": "2025-06-10T09:45:00+02:00",
            "paid_at": (status == "COMPLETE").then_some("2025-03-10T09:50:00+01:00") },
        "links": { "online_payment_begin": link("/payment-proxy/sandbox/online-payment/1"), "offline_payment": link("/payment-proxy/sandbox/notice/1"), "receipt": link("/payment-proxy/sandbox/receipt/1"),
            "cancel": link("https://servizi.example.it/payment-proxy/sandbox/payments/2cc87ee5-3f57-4f20-a703-e6718c21b95b") },
    })
}

/// The ways to sign in.
pub fn providers() -> Value {
    json!([
        { "id": "oauth", "kind": "redirect", "citizens": [] },
        { "id": "demo", "kind": "demo", "citizens": [
            { "fiscal_code": "BNRMHL75C06G702B", "name": "Michelangelo", "family_name": "Buonarroti", "note": "Ha già diverse pratiche" },
            { "fiscal_code": "CLNVTR76P01G822Q", "name": "Vittorino", "family_name": "Coliandro" }] },
        { "id": "password", "kind": "password" }
    ])
}

/// The form called `name`, the forms that it embeds put in their place.
pub fn form(name: &str) -> Value {
    let forms: Value = serde_json::from_str(include_str!("forms.json")).unwrap();
    let mut form = forms[name].clone();
    inline(&mut form);
    form
}

fn inline(value: &mut Value) {
    if value["type"] == "form"
        && let Some(nested) = value["form"].as_str().and_then(nested_form)
    {
        value["components"] = nested["components"].clone();
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(inline),
        Value::Object(members) => members.values_mut().for_each(inline),
        _ => {}
    }
}

/// The platform's own forms, which others embed.
fn nested_form(id: &str) -> Option<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../forms/builtin");
    let forms = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    forms.map(|text| serde_json::from_str::<Value>(&text).unwrap()).find(|form| form["_id"] == id)
}
