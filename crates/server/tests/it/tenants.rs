//! The first tenant and its administrator, from the command line.

use serde_json::{Value, json};

use crate::program::{Place, Running, eventually, text};

const CREATE: [&str; 16] = [
    "tenants",
    "create",
    "--slug",
    "comune-di-example",
    "--name",
    "Comune di Example",
    "--ipa-code",
    "c_exam",
    "--tax-code",
    "00337460224",
    "--administrator-username",
    "ada.mininni",
    "--administrator-given-name",
    "Ada",
    "--administrator-family-name",
    "Mininni",
];

/// `CREATE` with another value of an option.
fn create_with<'a>(option: &str, value: &'a str) -> Vec<&'a str> {
    let mut words: Vec<&str> = CREATE.to_vec();
    let at = words.iter().position(|word| *word == option).unwrap();
    words[at + 1] = value;
    words
}

/// The password that was shown.
fn shown(said: &str) -> String {
    said.lines().find_map(|line| line.strip_prefix("Password, che non sarà mostrata di nuovo: ")).unwrap().to_owned()
}

/// Whether these credentials are let in; a process that was asked for the tenant before it existed remembers for a moment that there is
/// none.
fn is_let_in(running: &Running, password: &str) -> bool {
    let body = json!({ "username": "ada.mininni", "password": password }).to_string();
    eventually("an answer of the tenant", || match running.post("/comune-di-example/api/auth", &body).0 {
        200 => Some(true),
        401 => Some(false),
        404 => None,
        other => panic!("answered {other}"),
    })
}

#[test]
fn an_administrator_of_a_new_tenant_signs_in() {
    // As on a server: every role in one process, which draws the secret.
    let place = Place::new().with("SPORTELLO_SECRET", "");
    assert!(place.refused(&CREATE, 1).contains("avviare prima sportello run"));
    place.ask(&["migrate"]);
    let said = place.ask(&CREATE);
    assert!(said.contains("Ente creato") && said.contains("/comune-di-example/it/login"), "{said}");
    let password = shown(&said);
    let listed = place.ask(&["tenants", "list"]);
    assert!(
        listed.lines().count() == 1 && listed.contains("comune-di-example") && listed.contains("Comune di Example"),
        "{listed}"
    );

    let running = place.run(&[]);
    assert!(is_let_in(&running, &password) && !is_let_in(&running, "another password"));
    // Again, beside the server: nothing changes, and it is said.
    let again = place.ask(&CREATE);
    assert!(
        again.matches("esiste già").count() == 2 && again.contains("reset-password") && !again.contains("mostrata"),
        "{again}"
    );
    assert!(is_let_in(&running, &password));
    assert_eq!(place.ask(&["tenants", "list"]), listed);

    let other = place.refused(&create_with("--name", "Comune di Altrove"), 1);
    assert!(other.contains("altri dati (--name)"), "{other}");

    let reset = ["users", "reset-password", "--tenant", "comune-di-example", "--username", "ada.mininni"];
    let new = shown(&place.ask(&reset));
    assert!(is_let_in(&running, &new) && !is_let_in(&running, &password));
    let chosen = place.tell(&[&reset[..], &["--password-stdin"]].concat(), "una frase lunga\n");
    let said = text(&chosen.stdout) + &text(&chosen.stderr);
    assert!(chosen.status.success() && !said.contains("una frase lunga"), "{said}");
    assert!(is_let_in(&running, "una frase lunga"));
    running.stop();
}

#[test]
fn what_the_roles_refuse_names_the_option() {
    let place = Place::new();
    place.ask(&["migrate"]);
    for (option, value) in [("--slug", "Comune"), ("--slug", "status"), ("--tax-code", "00337460225"), ("--name", " ")] {
        let said = place.refused(&create_with(option, value), 1);
        assert!(said.contains(&format!("\n  {option}: ")), "{said}");
    }
    assert_eq!(place.ask(&["tenants", "list"]), "");
    for weak in ["corta\n", "ada.mininni\n", ""] {
        let output = place.tell(&[&CREATE[..], &["--password-stdin"]].concat(), weak);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), ""), "nothing was begun");
    }
    assert_eq!(place.ask(&["tenants", "list"]), "");
    // Nothing is half done: the tenant would be right, its administrator is not.
    for (option, value) in
        [("--administrator-username", "a b"), ("--administrator-given-name", "A\nda"), ("--name", "A\u{1b}[2J")]
    {
        let said = place.refused(&create_with(option, value), 1);
        assert!(!said.contains("Ente creato") && said.contains(&format!("\n  {option}: ")), "{said}");
    }
    assert_eq!(place.ask(&["tenants", "list"]), "");
    let said = place.ask(&CREATE);
    assert!(said.contains("Ente creato") && said.contains("Amministratore creato"), "{said}");
    let unknown = place.refused(&["users", "reset-password", "--tenant", "comune-di-example", "--username", "nessuno"], 1);
    assert!(unknown.contains("non ha un utente"), "{unknown}");
    assert!(place.refused(&["users", "reset-password", "--tenant", "x", "--username", "nessuno"], 1).contains("tenants list"));
}

#[test]
fn the_identifier_of_a_tenant_may_be_given() {
    let place = Place::new();
    place.ask(&["migrate"]);
    const ID: &str = "60e35f02-1509-408c-b101-3b1a28109329";
    let words = [&CREATE[..], &["--id", ID]].concat();
    place.ask(&words);
    assert!(place.ask(&["tenants", "list"]).starts_with(ID));
    assert!(place.ask(&words).contains("esiste già"));
    let running = place.run(&[]);
    let (status, body) = running.get("/comune-di-example/api/tenants/info");
    assert_eq!((status, &serde_json::from_str::<Value>(&body).unwrap()["ipa_code"]), (200, &json!("c_exam")));
    running.stop();
}

#[test]
fn a_new_tenant_takes_nothing_from_another() {
    let place = Place::new();
    place.ask(&["migrate"]);
    const ID: &str = "60e35f02-1509-408c-b101-3b1a28109329";
    place.ask(&[&CREATE[..], &["--id", ID]].concat());
    let listed = place.ask(&["tenants", "list"]);
    let new = |id: &str, ipa_code: &str, tax_code: &str| {
        let mut words = create_with("--slug", "comune-di-altrove").iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        for (option, value) in [("--name", "Comune di Altrove"), ("--ipa-code", ipa_code), ("--tax-code", tax_code)] {
            let at = words.iter().position(|word| word == option).unwrap();
            words[at + 1] = value.to_owned();
        }
        words.extend(["--id".to_owned(), id.to_owned()]);
        words
    };
    const OTHER_ID: &str = "60e35f02-1509-408c-b101-3b1a28109330";
    const OTHER_TAX_CODE: &str = "01234567897";
    for (words, option) in [
        (new(ID, "c_altr", OTHER_TAX_CODE), "--id"),
        (new(OTHER_ID, "C_EXAM", OTHER_TAX_CODE), "--ipa-code"),
        (new(OTHER_ID, "c_altr", "00337460224"), "--tax-code"),
    ] {
        let said = place.refused(&words.iter().map(String::as_str).collect::<Vec<_>>(), 1);
        assert!(said.contains(&format!("\n  {option}: Un altro ente")), "{said}");
        assert_eq!(place.ask(&["tenants", "list"]), listed);
    }
    let right = new(OTHER_ID, "c_altr", OTHER_TAX_CODE);
    place.ask(&right.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(place.ask(&["tenants", "list"]).lines().count(), 2);
}
