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
    Json(json!({
        "display": "form",
        "settings": null,
        "components": [
            hidden("tenant_id", "UUID dell'ente"),
            hidden("id", "UUID del servizio"),
            hidden("description", "Descrizione del servizio"),
            {
                "label": "Impostazioni specifiche del protocollo", "key": "registry", "type": "container", "input": true,
                "tableView": false, "validate": { "required": false }, "components": proxy.provider().settings_form()
            },
            {
                "label": "Attivo", "key": "is_active", "type": "checkbox", "input": true, "tableView": false,
                "validate": { "required": false }, "defaultValue": false
            },
            { "label": "Salva", "key": "submit", "type": "button", "input": true, "tableView": false, "disableOnInvalid": true }
        ]
    }))
}
