//! `GET /schema` and `GET /tenants/schema`: the forms of the configurations.

use axum::extract::State;
use serde_json::{Value, json};
use web::Json;

use crate::proxy::Proxy;

/// The form, for Form.io, with which an administrator configures a service.
#[utoipa::path(
    get,
    path = "/schema",
    tag = "schema",
    operation_id = "get_schema",
    responses((status = 200, description = "The form, as Form.io reads it.", body = Object))
)]
pub async fn schema(State(proxy): State<Proxy>) -> Json<Value> {
    let provider = proxy.provider();
    let settings = match provider.settings_form() {
        Value::Array(fields) if provider.capabilities().flat_settings => fields,
        fields => vec![json!({
            "label": "Impostazioni specifiche del protocollo", "key": "registry", "type": "container", "input": true,
            "tableView": false, "validate": { "required": false }, "components": fields
        })],
    };
    let mut components = vec![
        hidden("tenant_id", "UUID dell'ente"),
        hidden("id", "UUID del servizio"),
        hidden("description", "Descrizione del servizio"),
    ];
    components.extend(settings);
    form(components)
}

/// The form, for Form.io, with which an administrator configures the tenant. The documentation has none.
#[utoipa::path(
    get,
    path = "/tenants/schema",
    tag = "schema",
    operation_id = "get_tenant_schema",
    responses((status = 200, description = "The form, as Form.io reads it.", body = Object))
)]
pub async fn tenant_schema() -> Json<Value> {
    form(vec![
        hidden("id", "UUID dell'ente"),
        text("description", "Nome dell'ente", ""),
        text("slug", "Identificativo nelle URL", "Per esempio comune-di-bugliano."),
        text("base_url", "Indirizzo dei documenti", "Da qui, e da nessun altro indirizzo, si scaricano i file da protocollare."),
        text("institution_code", "Codice IPA dell'ente", "Per esempio c_bugl."),
        text("aoo_code", "Codice dell'area organizzativa omogenea", "Quello con cui il protocollo la conosce."),
    ])
}

/// A field that is filled in by whoever shows the form.
fn hidden(key: &str, label: &str) -> Value {
    json!({
        "label": label, "key": key, "type": "textfield", "input": true, "hidden": true, "tableView": true,
        "validate": { "required": true }
    })
}

fn text(key: &str, label: &str, hint: &str) -> Value {
    json!({
        "label": label, "key": key, "type": "textfield", "input": true, "tableView": true, "description": hint,
        "validate": { "required": true, "maxLength": 255 }
    })
}

/// A form of these fields, with the switch and the button that every form has.
fn form(mut components: Vec<Value>) -> Json<Value> {
    components.extend([
        json!({
            "label": "Attivo", "key": "is_active", "type": "checkbox", "input": true, "tableView": false,
            "validate": { "required": false }, "defaultValue": false
        }),
        json!({ "label": "Salva", "key": "submit", "type": "button", "input": true, "tableView": false, "disableOnInvalid": true }),
    ]);
    Json(json!({ "display": "form", "settings": null, "components": components }))
}
