//! What the voucher server would say to an assertion, step by step; nothing is used up.

use axum::extract::Query;
use axum::response::Response;

use super::desk::{Asked, Desk, Wish, refused};
use super::request::section;
use crate::clients::interop::{Step, Verdict};
use crate::errors::PageError;
use crate::posted::Posted;
use crate::views::invalid::Invalid;
use crate::views::sheet::{Badge, Cell, Field, Form, Part, Sheet, Table};
use crate::visit::Visit;

fn form(desk: &Desk<'_>, client: &str, assertion: &str) -> Sheet {
    let t = desk.t;
    let mut s = desk.sheet(t.interop_tester);
    s.lead = t.interop_tester_about.into();
    let fields = vec![
        Field::new("text", "client", t.interop_client_id).hint(t.interop_tester_client_hint).value(client),
        Field::new("code", "assertion", t.interop_assertion).hint(t.interop_assertion_hint).value(assertion),
    ];
    s.parts.push(section("test", t.interop_tester, "", vec![Form::new(desk.here(), "test", t.interop_tester_test, fields)]));
    s
}

/// The form.
pub async fn show(visit: Visit, Query(wish): Asked) -> Result<Response, PageError> {
    let desk = Desk::at(&visit, "/prova")?;
    Ok(desk.show(form(&desk, "", ""), &wish.done))
}

/// The verdict.
pub async fn test(posted: Posted) -> Result<Response, PageError> {
    let desk = Desk::at(&posted.visit, "/prova")?;
    let (t, client, assertion) = (desk.t, posted.text("client"), posted.text("assertion"));
    let mut s = form(&desk, client, assertion);
    if assertion.is_empty() {
        s.errors.push(Invalid::new("assertion", t.interop_assertion_missing));
        return Ok(desk.show(s, ""));
    }
    match desk.client().try_assertion(client, assertion).await {
        Ok(verdict) => s.parts.insert(0, told(&desk, &verdict)),
        Err(error) => s = s.faults(refused(error)?),
    }
    Ok(desk.show(s, &Wish::default().done))
}

fn told(desk: &Desk<'_>, verdict: &Verdict) -> Part {
    let t = desk.t;
    let steps = &verdict.steps;
    let all = [
        (t.interop_step_assertion, &steps.client_assertion_validation),
        (t.interop_step_key, &steps.public_key_retrieve),
        (t.interop_step_signature, &steps.client_assertion_signature_verification),
        (t.interop_step_states, &steps.platform_states_verification),
    ];
    let row = |(label, step): (&'static str, &Step)| {
        let (word, tone) = match step.result.as_str() {
            "PASSED" => (t.interop_step_passed, "good"),
            "FAILED" => (t.interop_step_failed, "bad"),
            _ => (t.interop_step_skipped, "neutral"),
        };
        let reasons: Vec<_> = step.failures.iter().map(|failure| format!("{} ({})", failure.reason, failure.code)).collect();
        vec![Cell::text(label), Cell::badge(Badge { label: word, tone }), Cell::text(reasons.join("; "))]
    };
    Part::Table(Table {
        id: "verdict",
        title: t.interop_verdict.into(),
        lead: String::new(),
        head: vec![t.interop_step, t.inbox_status, t.interop_reasons],
        rows: all.into_iter().map(row).collect(),
        empty: "",
        pager: None,
    })
}
