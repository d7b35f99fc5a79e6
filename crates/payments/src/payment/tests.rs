//! The table is walked, not trusted: every state with every command.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const STATES: [State; 10] = [
    State::CreationPending,
    State::CreationFailed,
    State::PaymentPending,
    State::PaymentStarted,
    State::PaymentConfirmed,
    State::PaymentFailed,
    State::NotificationPending,
    State::Complete,
    State::Expired,
    State::Canceled,
];

const SAMPLE: &str = include_str!("../../../contracts/samples/payments/2.0/payment_pending.json");

fn payment(state: State) -> PaymentV2 {
    PaymentV2 { status: state, ..serde_json::from_str(SAMPLE).unwrap() }
}

#[test]
fn the_table_orders_states_and_never_both_ways() {
    for (earlier, later) in [
        (State::CreationPending, State::Complete),
        (State::PaymentPending, State::PaymentStarted),
        (State::Canceled, State::Complete),
        (State::CreationFailed, State::Canceled),
    ] {
        assert!(precedes(earlier, later), "{earlier:?} {later:?}");
    }
    for one in STATES {
        assert!(STATES.into_iter().all(|other| !(precedes(one, other) && precedes(other, one))), "{one:?}");
    }
    assert!(!precedes(State::Complete, State::Complete) && !precedes(State::PaymentPending, State::CreationFailed));
}

fn at(text: &str) -> RomeTime {
    text.parse().unwrap()
}

fn urls() -> ProxyUrls {
    ProxyUrls {
        external: "https://pay.example.it/payment-proxy/sandbox".into(),
        internal: "http://payments:8080/payment-proxy/sandbox".into(),
    }
}

fn paid() -> Standing {
    Standing::Paid { paid_at: Some(at("2025-03-12T10:00:00+01:00")), transaction_id: Some("T1".into()) }
}

/// Every command, with the action that it means for a young payment.
fn commands() -> Vec<(Command, Action)> {
    let standings = [
        (Standing::Open, Action::FindOpen),
        (Standing::Started, Action::FindStarted),
        (paid(), Action::FindPaid),
        (Standing::Lapsed, Action::FindLapsed),
        (Standing::Withdrawn, Action::FindWithdrawn),
    ];
    let plain = [
        (Command::Create { notice: "302872234000000343".parse().ok(), urls: urls() }, Action::Create),
        (Command::Refuse { urls: urls() }, Action::Refuse),
        (Command::OpenCheckout, Action::OpenCheckout),
        (Command::Land, Action::Land),
        (Command::LandRefused, Action::LandRefused),
        (Command::OpenNotice, Action::OpenNotice),
        (Command::OpenReceipt, Action::OpenReceipt),
        (Command::Cancel, Action::Cancel),
    ];
    let seen = standings
        .into_iter()
        .flat_map(|(standing, action)| [(Command::Check(standing.clone()), action), (Command::Report(standing), action)]);
    plain.into_iter().chain(seen).collect()
}

#[test]
fn a_command_succeeds_exactly_on_the_edges_of_the_table() {
    let now = at("2025-03-12T10:00:00+01:00");
    for state in STATES {
        for (command, action) in commands() {
            let edge = TRANSITIONS.iter().find(|edge| edge.from == state && edge.action == action);
            let before = payment(state);
            match (apply(&before, &command, now), edge) {
                (Ok(after), Some(edge)) => {
                    assert_eq!((after.status, after.updated_at), (edge.to, now), "{state:?} {command:?}");
                    assert_eq!(after.validate(), vec![], "{state:?} {command:?}");
                }
                (Err(refused), None) => assert_eq!(refused, NotPossible { state, action }),
                (result, edge) => panic!("{state:?} {command:?}: {result:?}, table {edge:?}"),
            }
        }
    }
}

#[test]
fn no_edge_stands_twice_and_none_is_out_of_reach() {
    let edges: BTreeSet<String> = TRANSITIONS.iter().map(|edge| format!("{:?} {:?}", edge.from, edge.action)).collect();
    assert_eq!(edges.len(), TRANSITIONS.len());
    let reached =
        |state: State| state == State::CreationPending || TRANSITIONS.iter().any(|edge| edge.to == state && edge.from != state);
    assert!(TRANSITIONS.iter().all(|edge| reached(edge.from)));
}

#[test]
fn each_edge_stamps_its_own_link_and_no_other() {
    let now = at("2025-03-12T10:00:00.999+01:00");
    let second = Some(at("2025-03-12T10:00:00+01:00"));
    let stamps = |payment: &PaymentV2| {
        let links = &payment.links;
        [&links.online_payment_begin, &links.online_payment_landing, &links.offline_payment, &links.receipt, &links.cancel]
            .map(|link| link.last_opened_at)
    };
    for (state, command, place) in [
        (State::PaymentPending, Command::OpenCheckout, 0),
        (State::PaymentPending, Command::Land, 1),
        (State::PaymentPending, Command::LandRefused, 1),
        (State::PaymentStarted, Command::OpenNotice, 2),
        (State::Complete, Command::OpenReceipt, 3),
        (State::PaymentPending, Command::Cancel, 4),
    ] {
        let before = payment(state);
        let after = apply(&before, &command, now).unwrap();
        let mut expected = stamps(&before);
        expected[place] = second;
        assert_eq!(stamps(&after), expected, "{command:?}");
    }
}

#[test]
fn creation_fills_numbers_and_links_as_documented() {
    let mut before = payment(State::CreationPending);
    before.links = contracts::payments::Links::default();
    before.payment.notice_code = None;
    let notice = "302872234000000343".parse().ok();
    let after = apply(&before, &Command::Create { notice, urls: urls() }, at("2025-03-12T10:00:00.5+01:00")).unwrap();
    let (id, links) = (before.id, &after.links);
    assert_eq!(after.payment.notice_code.as_deref(), Some("302872234000000343"));
    assert_eq!(after.payment.iuv.as_deref(), Some("02872234000000343"));
    let external = |path: &str| Some(format!("https://pay.example.it/payment-proxy/sandbox/{path}/{id}"));
    assert_eq!(links.online_payment_begin.url, external("online-payment"));
    assert_eq!(links.online_payment_landing.url, external("landing"));
    assert_eq!(links.offline_payment.url, external("offline-payment"));
    assert_eq!(links.receipt.url, external("receipt"));
    assert_eq!((links.cancel.url.clone(), links.cancel.method), (external("payments"), Some(Method::Patch)));
    assert_eq!(links.update.url, Some(format!("http://payments:8080/payment-proxy/sandbox/update/{id}")));
    assert_eq!((links.update.last_check_at, links.update.next_check_at), (None, Some(at("2025-03-12T10:00:00+01:00"))));
}

#[test]
fn a_check_notes_when_and_when_next_and_a_report_does_not() {
    let before = payment(State::PaymentPending);
    let now = before.created_at.plus(jiff::SignedDuration::from_mins(2));
    let checked = apply(&before, &Command::Check(Standing::Open), now).unwrap().links.update;
    assert_eq!((checked.last_check_at, checked.next_check_at), (Some(now), Some(now.plus(jiff::SignedDuration::from_mins(1)))));
    let told = apply(&before, &Command::Report(Standing::Started), now).unwrap().links.update;
    assert_eq!(told, before.links.update);
}

#[test]
fn a_year_old_payment_expires_unless_it_was_paid() {
    let before = payment(State::PaymentStarted);
    let now = before.created_at.plus_days(366);
    let after = apply(&before, &Command::Check(Standing::Open), now).unwrap();
    assert_eq!((after.status, after.links.update.next_check_at), (State::Expired, None));
    let after = apply(&before, &Command::Check(paid()), now).unwrap();
    assert_eq!((after.status, after.payment.transaction_id.as_deref()), (State::Complete, Some("T1")));
}

#[test]
fn the_diagram_of_the_readme_is_the_table() {
    let readme = include_str!("../../README.md");
    let name = |state: State| serde_json::to_value(state).unwrap().as_str().unwrap().to_owned();
    let mut diagram = String::from("```mermaid\nstateDiagram-v2\n    [*] --> CREATION_PENDING\n");
    for edge in TRANSITIONS {
        diagram += &format!("    {} --> {}: {:?}\n", name(edge.from), name(edge.to), edge.action);
    }
    diagram += "```\n";
    assert!(readme.contains(&diagram), "the diagram in README.md must be:\n{diagram}");
}

proptest! {
    #[test]
    fn whatever_happens_in_whatever_order_a_paid_payment_stays_paid(choices in prop::collection::vec(0..18_usize, 0..60)) {
        let mut payment = payment(State::CreationPending);
        let mut now = payment.created_at;
        let commands = commands();
        for choice in choices {
            now = now.plus(jiff::SignedDuration::from_hours(30));
            let Ok(after) = apply(&payment, &commands[choice % commands.len()].0, now) else { continue };
            prop_assert!(payment.status != State::Complete || after.status == State::Complete);
            prop_assert_eq!(after.id, payment.id);
            prop_assert_eq!(after.created_at, payment.created_at);
            payment = after;
        }
    }
}
