//! What statements mean, and which are refused.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn payment() -> Value {
    serde_json::from_str(include_str!("../../../contracts/samples/payments/2.0/payment_pending.json")).unwrap()
}

fn takes(condition: &str) -> bool {
    parse(&format!("select * from payments_detail where {condition};"))
        .unwrap_or_else(|error| panic!("{condition}: {error}"))
        .takes(&payment())
}

#[test]
fn conditions_mean_what_they_mean_in_sql() {
    let amount = payment()["payment"]["amount"].as_f64().unwrap();
    for (condition, expected) in [
        ("status = 'PAYMENT_PENDING'", true),
        ("STATUS='COMPLETE'", false),
        ("`STATUS` <> 'COMPLETE' AND status != 'EXPIRED'", true),
        ("status in ('PAYMENT_STARTED', 'PAYMENT_PENDING')", true),
        ("status not in ('PAYMENT_PENDING')", false),
        ("payment_paid_at is null", true),
        ("payment_paid_at is not null or user_id is not null", true),
        // Nothing is neither equal nor unequal.
        ("payment_paid_at <> 'x'", false),
        ("not payment_paid_at = 'x'", false),
        ("payment_paid_at in ('x')", false),
        ("created_at >= '2020-01-01' and created_at < '2100-01-01'", true),
        ("created_at between '2020-01-01' and '2100-01-01'", true),
        ("created_at not between '2020-01-01' and '2100-01-01'", false),
        ("status like 'PAYMENT%' and status like '%_ENDING'", true),
        ("status like 'payment%'", false),
        ("not (status = 'COMPLETE' or status = 'EXPIRED')", true),
        // AND binds before OR.
        ("status = 'PAYMENT_PENDING' or status = 'COMPLETE' and status = 'EXPIRED'", true),
        ("'PAYMENT_PENDING' = status", true),
        // A text is no number.
        ("payment_amount = '1'", false),
    ] {
        assert_eq!(takes(condition), expected, "{condition}");
    }
    assert!(takes(&format!("payment_amount = {amount} and payment_amount > -1 and payment_amount <= {amount}")));
    assert!(takes("reason = reason"));
}

#[test]
fn a_quote_in_a_text_is_doubled_and_nothing_else_is_special() {
    let statement =
        parse("SELECT id, reason AS causale FROM payments_detail WHERE reason = 'L''acqua -- ; DROP TABLE x' LIMIT 3").unwrap();
    let mut payment = payment();
    payment["reason"] = json!("L'acqua -- ; DROP TABLE x");
    assert!(statement.takes(&payment));
    assert_eq!(statement.limit, Some(3));
    assert_eq!(
        statement.columns.iter().map(|(column, name)| (column.name, name.as_str())).collect::<Vec<_>>(),
        [("ID", "ID"), ("REASON", "causale")]
    );
}

#[test]
fn what_is_not_offered_is_refused_with_a_reason() {
    for (statement, reason) in [
        ("", "SELECT"),
        ("INSERT INTO payments_detail VALUES (1)", "SELECT"),
        ("select * from applications", "payments_detail"),
        ("select * from payments_detail emit changes", "EMIT"),
        ("select count(*) from payments_detail", "'count'"),
        ("select * from payments_detail where secret = 1", "'secret'"),
        ("select * from payments_detail where status = 'x", "not closed"),
        ("select * from payments_detail where status", "comparison"),
        ("select * from payments_detail where (status = 'x'", "')'"),
        ("select * from payments_detail limit -1", "limit"),
        ("select * from payments_detail; select * from payments_detail", "Unexpected"),
        ("select * from payments_detail where status = $1", "'$'"),
        ("select id status from payments_detail", "FROM"),
    ] {
        let Misunderstood(said) = parse(statement).unwrap_err();
        assert!(said.contains(reason), "{statement}: {said}");
    }
    let deep = format!("select * from payments_detail where {}status = 'x'{}", "(".repeat(5000), ")".repeat(5000));
    assert!(parse(&deep).unwrap_err().0.contains("deeply"));
    assert!(parse(&" ".repeat(20_000)).is_err());
}

#[test]
fn the_database_narrows_only_by_what_every_payment_must_meet() {
    let filter = |condition: &str| parse(&format!("select * from payments_detail where {condition}")).unwrap().filter();
    let id = "0190a6c1-7f3e-7d52-9c1b-5b0a3c2d1e4f";
    let narrowed = filter(&format!("remote_id = '{id}' and (status = 'COMPLETE' or status = 'EXPIRED')")).unwrap();
    assert_eq!((narrowed.remote_id, narrowed.status), (Some(id.parse().unwrap()), None));
    assert_eq!(filter("status = 'COMPLETE' and payer_name = 'Ada'").unwrap().status, Some(Status::Complete));
    assert_eq!(filter(&format!("not id = '{id}'")), Some(Filter::default()));
    assert_eq!(filter("id = 'nobody'"), None, "no payment is called that");
    assert_eq!(filter("id = 'nobody' or status = 'COMPLETE'"), Some(Filter::default()));
}

#[test]
fn patterns_are_matched_in_bounded_time() {
    let text = "a".repeat(4_000);
    assert!(!like(&text, &format!("{}b", "%a".repeat(200))));
    assert!(like(&text, &"%a".repeat(200)));
    assert!(like("", "%") && !like("", "_") && like("èà", "_à") && !like("abc", "ab"));
}

proptest! {
    #[test]
    fn no_statement_makes_it_panic(text in "(select|from|where|payments_detail|status|=|'|\\(|\\)|,|and|or|not|in|is|null|like|between|limit|[0-9.-]+|\\s|\\PC){0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn whatever_the_filter_leaves_out_the_statement_does_not_take(id in "[0-9a-f]{8}", status in "(COMPLETE|PAYMENT_PENDING|NONE)") {
        let statement = parse(&format!("select * from payments_detail where id = '{id}' and status = '{status}'")).unwrap();
        if statement.filter().is_none() {
            prop_assert!(!statement.takes(&payment()));
        }
    }
}
