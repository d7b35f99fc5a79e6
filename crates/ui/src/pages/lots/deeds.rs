//! Lines of the register in words: what was done, to what, and what changed by it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{PATH, lot_state, outcome, service_state};
use crate::clients::{Deed, segment};
use crate::format;
use crate::i18n::Messages;

/// What was done.
pub fn action(t: &Messages, action: &str) -> String {
    let text = match action {
        "lot.create" => t.deeds_lot_create,
        "lot.test" => t.deeds_lot_test,
        "lot.tested" => t.deeds_lot_tested,
        "lot.approve" => t.deeds_lot_approve,
        "lot.release" => t.deeds_lot_release,
        "lot.stop" => t.deeds_lot_stop,
        "lot.resume" => t.deeds_lot_resume,
        "lot.cancel" => t.deeds_lot_cancel,
        "lot.report" => t.deeds_lot_report,
        "row.decide" => t.deeds_row_decide,
        "service.propose" => t.deeds_service_propose,
        "service.change" => t.deeds_service_change,
        "service.approve" => t.deeds_service_approve,
        "service.refuse" => t.deeds_service_refuse,
        "service.suspend" => t.deeds_service_suspend,
        "service.resume" => t.deeds_service_resume,
        "service.key-failover" => t.deeds_service_failover,
        "template.add" => t.deeds_template_add,
        "provider.create" => t.deeds_provider_create,
        "provider.replace" => t.deeds_provider_replace,
        "provider.key" => t.deeds_provider_key,
        "provider.key-end" => t.deeds_provider_key_end,
        "provider.keys-end" => t.deeds_provider_keys_end,
        "member.put" => t.deeds_member_put,
        "member.delete" => t.deeds_member_delete,
        "settings.put" => t.deeds_settings_put,
        "ticket.open" => t.deeds_ticket_open,
        "ticket.take" => t.deeds_ticket_take,
        "ticket.ask" => t.deeds_ticket_ask,
        "ticket.say" => t.deeds_ticket_say,
        "ticket.solve" => t.deeds_ticket_solve,
        "ticket.close" => t.deeds_ticket_close,
        // What a newer version of the interface does is shown as it says it.
        other => other,
    };
    text.to_owned()
}

/// To what: its name here and, if it has a page, where that is below the language.
pub fn subject(t: &Messages, deed: &Deed) -> (String, Option<String>) {
    let text = deed.subject.as_str();
    let end = |id: &str| format!("…{}", id.get(id.len().saturating_sub(6)..).unwrap_or(id));
    match deed.action.split('.').next().unwrap_or_default() {
        "lot" => (t.deeds_on_lot(end(text)), Some(format!("{PATH}/lotti/{}", segment(text)))),
        "service" => (t.deeds_on_service(end(text)), Some(format!("{PATH}/servizi/{}", segment(text)))),
        "provider" => (t.deeds_on_provider(end(text)), Some(format!("{PATH}/fornitori/{}", segment(text)))),
        "row" => match text.split_once('/') {
            Some((lot, number)) => {
                let place = format!("{PATH}/lotti/{}/righe/{}", segment(lot), segment(number));
                (t.deeds_on_row(number, end(lot)), Some(place))
            }
            None => (text.to_owned(), None),
        },
        "member" => (text.to_owned(), None),
        "ticket" => (t.lots_help.to_owned(), Some(format!("{PATH}/assistenza"))),
        "template" => (t.lots_templates.to_owned(), None),
        _ => (String::new(), None),
    }
}

/// What changed by it, one line for each value that is another than before.
pub fn changes(t: &Messages, deed: &Deed) -> Vec<String> {
    let (was, became) = (flat(deed.was.as_ref()), flat(deed.became.as_ref()));
    let names: BTreeSet<&String> = was.keys().chain(became.keys()).collect();
    let kind = deed.action.split('.').next().unwrap_or_default();
    let line = |name: &&String| {
        let label = label(t, name)?;
        let (before, after) = (was.get(*name), became.get(*name));
        let text = |value: &Value| words(t, kind, name, value);
        match (before, after) {
            (before, after) if before == after => None,
            (None, Some(Value::Null)) => None,
            (None, Some(Value::String(text))) if text.is_empty() => None,
            (None, Some(after)) => Some(format!("{label}: {}", text(after))),
            (Some(before), None) if became.is_empty() => Some(format!("{label}: {}", text(before))),
            (before, after) => {
                let shown = |value: Option<&Value>| value.map_or_else(|| t.deeds_nothing.to_owned(), text);
                Some(format!("{label}: {} → {}", shown(before), shown(after)))
            }
        }
    };
    names.iter().filter_map(line).collect()
}

/// The values by name; those of `dati` stand beside the others.
fn flat(value: Option<&Value>) -> Map<String, Value> {
    let mut values = value.and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(Value::Object(inner)) = values.remove("dati") {
        values.extend(inner);
    }
    values
}

/// What a value is called; identifiers say nothing to people and are left out.
fn label(t: &Messages, name: &str) -> Option<&'static str> {
    Some(match name {
        "name" | "nome" => t.deeds_field_name,
        "bytes" => t.deeds_field_bytes,
        "formato" => t.deeds_field_format,
        "righe" => t.deeds_field_rows,
        "chiavi" => t.deeds_field_keys,
        "chiave" => t.lots_key,
        "riuscito" => t.deeds_field_taken,
        "version" => t.deeds_field_version,
        "state" => t.inbox_status,
        "reason" | "motivo" => t.lots_reason,
        "esito" => t.lots_outcome,
        "subject" => t.lots_ticket_subject,
        "duty" => t.lots_member_duty,
        "valid_from" => t.lots_supplier_from,
        "valid_until" => t.lots_supplier_until,
        "active" => t.lots_supplier_let_in,
        "department" => t.lots_field_department,
        "organization_name" => t.lots_field_organization,
        "organization_fiscal_code" => t.lots_field_organization_code,
        "service_code" => t.lots_field_code,
        "test_fiscal_codes" => t.lots_field_tests,
        "connector" => t.lots_fact_connector,
        "notes" => t.lots_field_notes,
        "four_eyes_above" => t.lots_set_four_eyes,
        "first_rows" => t.lots_set_first_rows,
        "calls_in_5_s" => t.lots_set_calls,
        "from_hour" => t.lots_set_from,
        "to_hour" => t.lots_set_to,
        "days_to_send" => t.lots_set_days_to_send,
        "days_kept" => t.lots_set_days_kept,
        "help_email" => t.lots_set_email,
        _ => return None,
    })
}

fn words(t: &Messages, kind: &str, name: &str, value: &Value) -> String {
    match (name, value) {
        (_, Value::Null) => t.deeds_nothing.to_owned(),
        (_, Value::Bool(yes)) => if *yes { t.deeds_yes } else { t.deeds_no }.to_owned(),
        ("state", Value::String(state)) => match kind {
            "lot" => lot_state(t, state).0.to_owned(),
            "service" => service_state(t, state).0.to_owned(),
            "ticket" => super::tickets::state(t, state).0.to_owned(),
            _ => state.clone(),
        },
        ("valid_from" | "valid_until", Value::String(day)) => format::plain_date(day),
        ("esito", Value::String(word)) => outcome(t, word).0.to_owned(),
        ("connector", Value::String(word)) => super::services::connector(t, word).to_owned(),
        ("duty", Value::String(word)) => {
            let known = super::members::duties(t).into_iter().find(|(duty, _)| duty == word);
            known.map_or_else(|| word.clone(), |(_, label)| label.to_owned())
        }
        ("chiave", Value::String(word)) if word == "Primary" => t.lots_key_primary.to_owned(),
        ("chiave", Value::String(word)) if word == "Secondary" => t.lots_key_secondary.to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect::<Vec<_>>().join(", ")
        }
        (_, other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::i18n::Locale;

    fn deed(action: &str, subject: &str, was: Value, became: Value) -> Deed {
        let some = |value: Value| Some(value).filter(|value| !value.is_null());
        Deed { action: action.to_owned(), subject: subject.to_owned(), was: some(was), became: some(became), ..Deed::default() }
    }

    #[test]
    fn a_line_says_what_changed_in_the_words_of_the_pages() {
        let t = Locale::It.messages();
        let released = deed(
            "lot.release",
            "01M8483NTRE7W2KTJTFGPTSJ51",
            json!({ "state": "PRONTO" }),
            json!({ "state": "IN_INVIO", "reason": null }),
        );
        assert_eq!(action(t, &released.action), "Invio avviato");
        assert_eq!(changes(t, &released), ["Stato: Pronto → In invio"]);
        let (name, place) = subject(t, &released);
        assert_eq!((name.as_str(), place.as_deref()), ("Lotto …PTSJ51", Some("/ioservice/lotti/01M8483NTRE7W2KTJTFGPTSJ51")));
        let settings =
            deed("settings.put", "x", json!({ "first_rows": 10, "from_hour": 0 }), json!({ "first_rows": 20, "from_hour": 0 }));
        assert_eq!(changes(t, &settings), ["Righe della prima parte: 10 → 20"]);
        let changed = deed("service.change", "x", json!({ "name": "A" }), json!({ "dati": { "name": "B" }, "chiavi": true }));
        assert_eq!(changes(t, &changed), ["Chiavi nuove: sì", "Nome: A → B"]);
        let row = deed(
            "row.decide",
            "01M8483NTRE7W2KTJTFGPTSJ51/7",
            json!({ "esito": "INCERTO" }),
            json!({ "esito": "INVIATO", "motivo": null }),
        );
        assert_eq!(subject(t, &row).0, "Riga 7 del lotto …PTSJ51");
        assert_eq!(changes(t, &row), [format!("{}: {} → {}", t.lots_outcome, t.lots_row_uncertain, t.lots_row_sent)]);
        let delegation = deed("provider.create", "x", Value::Null, json!({ "valid_from": "2026-11-23", "notes": "" }));
        assert_eq!(changes(t, &delegation), ["Primo giorno: 23/11/2026"]);
        assert_eq!(action(t, "new.thing"), "new.thing");
    }
}
