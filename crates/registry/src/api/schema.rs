//! `GET /schema`: the form of a service's configuration.

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
    let hidden = |key: &str, label: &str| {
        json!({
            "label": label, "key": key, "type": "textfield", "input": true, "hidden": true, "tableView": true,
            "validate": { "required": true }
        })
    };
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
    components.extend([
        json!({
            "label": "Attivo", "key": "is_active", "type": "checkbox", "input": true, "tableView": false,
            "validate": { "required": false }, "defaultValue": false
        }),
        json!({ "label": "Salva", "key": "submit", "type": "button", "input": true, "tableView": false, "disableOnInvalid": true }),
    ]);
    Json(json!({ "display": "form", "settings": null, "components": components }))
}
