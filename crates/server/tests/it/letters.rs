//! Dead letters, seen and put back from the command line.

use serde_json::{Value, json};

use crate::program::{Place, eventually, text};

const COMPLETE: &str = include_str!("../../../contracts/samples/payments/2.0/complete.json");
/// What a producer got wrong; not to be seen in any log.
const VALUE: &str = "BNRMHL75C06G702B";
/// Who reads payments, in order.
const READERS: [&str; 8] = [
    "messaging-payments",
    "payment-proxy-efil",
    "payment-proxy-iris",
    "payment-proxy-mypay",
    "payment-proxy-pagopa",
    "payment-proxy-sandbox",
    "payment-read-model",
    "payment-updater",
];

/// A line of the list: identifier, source, and the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Letter {
    id: String,
    source: String,
    line: String,
}

fn letters(place: &Place) -> Vec<Letter> {
    let list = place.ask(&["dead-letters", "list"]);
    let letter = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        Letter { id: words[0].to_owned(), source: words[2].to_owned(), line: line.to_owned() }
    };
    list.lines().map(letter).collect()
}

fn of(place: &Place, source: &str) -> Option<Letter> {
    letters(place).into_iter().find(|letter| letter.source == source)
}

/// The letter that takes the place of one that was put back in vain.
fn successor(place: &Place, old: &Letter) -> Letter {
    eventually("the letter of the next failure", || of(place, &old.source).filter(|letter| letter.id != old.id))
}

fn dead_letters_are_seen_put_back_and_dropped(place: Place) {
    let running = place.run(&[]);
    let right: Value = serde_json::from_str(COMPLETE).unwrap();
    let mut wrong = right.clone();
    wrong["payment"]["amount"] = json!(VALUE);
    // Each proxy passes over what it said itself.
    wrong["app_id"] = json!("another-program:1.0");
    assert!(place.tell(&["topics", "write", "payments"], &format!("{wrong}\n")).status.success());
    let first = eventually("readers who give up", || Some(letters(&place)).filter(|letters| letters.len() == READERS.len()));
    let mut sources: Vec<_> = first.iter().map(|letter| letter.source.as_str()).collect();
    sources.sort_unstable();
    assert_eq!(sources, READERS);
    for letter in &first {
        assert!(letter.line.contains("/payment/amount") && !letter.line.contains(VALUE), "{}", letter.line);
    }
    let logged = running.process.lines().join("\n");
    assert!(logged.contains("event dead-lettered") && !logged.contains(VALUE), "{logged}");

    let model = of(&place, "payment-read-model").unwrap();
    let shown: Value = serde_json::from_str(&place.ask(&["dead-letters", "show", &model.id])).unwrap();
    assert_eq!((&shown["payload"], &shown["topic"], &shown["id"]), (&wrong, &json!("payments"), &json!(model.id)));

    // Put back as it is, it fails again, for the one that gave up alone.
    let said = place.ask(&["dead-letters", "replay", &model.id]);
    assert_eq!(said, "Rimesse in lavorazione: 1.\n");
    let again = successor(&place, &model);
    let others = |letters: Vec<Letter>| letters.into_iter().filter(|letter| letter.source != model.source).collect::<Vec<_>>();
    assert_eq!(others(letters(&place)), others(first), "the others are left alone");
    assert!(place.refused(&["dead-letters", "replay", &model.id], 1).contains("Non ci sono"));

    // Corrected, it has its effect.
    let corrected = |id: &str, content: &str| place.tell(&["dead-letters", "replay", id, "--corrected"], content);
    let mut stranger = right.clone();
    stranger["event_id"] = json!("0b5ecb9e-0ab4-4e8c-a7a5-1d1c3a2c7d10");
    for content in ["{broken", "42", "[]", "{}", &wrong.to_string(), &stranger.to_string()] {
        let output = corrected(&again.id, content);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(1) && said.ends_with(".\n") && !said.contains(VALUE), "{content}: {said}");
        assert_eq!(of(&place, &model.source).as_ref(), Some(&again), "{content}: the letter stays");
    }
    assert!(corrected(&again.id, COMPLETE).status.success());
    assert_eq!(of(&place, &model.source), None);
    eventually("the effect", || {
        let (_, metrics) = running.get("/metrics");
        metrics.contains("sportello_events_consumed_total{consumer=\"payment-read-model\"} 1").then_some(())
    });
    let updater = of(&place, "payment-updater").unwrap();
    assert!(corrected(&updater.id, COMPLETE).status.success());
    // The updater's task finds no such application: a letter of a queue.
    let task = successor(&place, &updater);
    let shown: Value = serde_json::from_str(&place.ask(&["dead-letters", "show", &task.id])).unwrap();
    assert_eq!((&shown["topic"], &shown["payload"]["status"]), (&json!("payment-updater"), &json!("OK")));
    assert!(place.ask(&["dead-letters", "replay", "--source", "payment-updater"]).contains(": 1."));
    let task = successor(&place, &task);

    let listed = place.ask(&["dead-letters", "list", "--source", "payment-updater"]);
    assert!(listed.lines().count() == 1 && listed.contains(&task.id), "{listed}");
    for words in
        [&["dead-letters", "list", "--source", "payment-updatr"][..], &["dead-letters", "replay", "--source", "payment-updatr"]]
    {
        let said = text(&place.tell(words, "").stderr);
        assert!(said.starts_with("Nessuna lettera morta di payment-updatr. Ce ne sono di: "), "{said}");
        assert!(said.contains("payment-updater"), "{said}");
    }
    let refused = place.refused(&["dead-letters", "replay"], 2);
    assert!(refused.contains("--source"), "{refused}");
    for words in [&["dead-letters", "show", "42"][..], &["dead-letters", "replay", "42"], &["dead-letters", "drop", "42"]] {
        let refused = place.refused(words, 2);
        assert!(refused.contains("usare l'identificativo mostrato da sportello dead-letters list"), "{refused}");
    }
    place.refused(&["dead-letters", "replay", &task.id, "--source", "payment-updater"], 2);
    assert!(place.ask(&["doctor"]).contains("sportello dead-letters list"));
    let ids: Vec<_> = letters(&place).into_iter().map(|letter| letter.id).collect();
    assert_eq!(ids.len(), READERS.len() - 1);
    let drop: Vec<_> = ["dead-letters", "drop"].into_iter().chain(ids.iter().map(String::as_str)).collect();
    assert_eq!(place.ask(&drop), format!("Eliminate: {}.\n", ids.len()));
    assert!(text(&place.tell(&drop, "").stderr).contains("Non ci sono"));
    assert_eq!(letters(&place), []);
    let none = place.tell(&["dead-letters", "list"], "");
    assert_eq!((text(&none.stdout), text(&none.stderr)), (String::new(), "Nessuna lettera morta.\n".to_owned()));
    running.stop();
}

fn an_event_without_identity_returns_to_the_one_who_gave_up(place: Place) {
    let running = place.run(&[]);
    let mut right: Value = serde_json::from_str(COMPLETE).unwrap();
    right.as_object_mut().unwrap().remove("event_id");
    let mut wrong = right.clone();
    wrong["payment"]["amount"] = json!(VALUE);
    wrong["app_id"] = json!("another-program:1.0");
    let publish = || assert!(place.tell(&["topics", "write", "payments"], &format!("{wrong}\n")).status.success());
    let await_letters = |count| {
        eventually("the letters", || Some(letters(&place)).filter(|letters| letters.len() >= count));
        assert_eq!(letters(&place).len(), count);
    };
    publish();
    await_letters(READERS.len());
    let model = of(&place, "payment-read-model").unwrap();
    assert_eq!(place.ask(&["dead-letters", "replay", &model.id]), "Rimesse in lavorazione: 1.\n");
    let again = successor(&place, &model);
    // Whoever has the next event has had that one, of the same key.
    publish();
    await_letters(2 * READERS.len());
    let output = place.tell(&["dead-letters", "replay", &model.id, "--corrected"], &right.to_string());
    assert_eq!(output.status.code(), Some(1), "that letter is gone");
    // What was put back carries an identity now, which the correction has to keep.
    let shown: Value = serde_json::from_str(&place.ask(&["dead-letters", "show", &again.id])).unwrap();
    right["event_id"] = shown["payload"]["event_id"].clone();
    assert!(place.tell(&["dead-letters", "replay", &again.id, "--corrected"], &right.to_string()).status.success());
    eventually("the effect", || {
        let (_, metrics) = running.get("/metrics");
        metrics.contains("sportello_events_consumed_total{consumer=\"payment-read-model\"} 1").then_some(())
    });
    publish();
    await_letters(3 * READERS.len() - 1);
    let (_, metrics) = running.get("/metrics");
    assert!(!metrics.contains("sportello_events_consumed_total{consumer=\"payment-updater\"}"), "{metrics}");
    running.stop();
}

#[test]
fn in_sqlite() {
    dead_letters_are_seen_put_back_and_dropped(Place::new());
}

#[test]
fn without_identity_in_sqlite() {
    an_event_without_identity_returns_to_the_one_who_gave_up(Place::new());
}

#[test]
fn without_identity_in_postgresql() {
    let database = engines::postgres();
    an_event_without_identity_returns_to_the_one_who_gave_up(Place::new().with("SPORTELLO_DATABASE", database.url()));
}

#[test]
fn in_postgresql() {
    let database = engines::postgres();
    dead_letters_are_seen_put_back_and_dropped(Place::new().with("SPORTELLO_DATABASE", database.url()));
}
