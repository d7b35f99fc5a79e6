//! Every role in a process of its own, as `deploy/docker-compose.split.yml` divides them, over PostgreSQL, Apache Kafka and S3.

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use reqwest::Method;
use serde_json::Value;
use testkit::{
    Compose, Installation as _, Split, Story, Target, decide, open_checkout, pay_on, program, submit, submit_pay_decide,
};

use crate::books::expect_everything_once;
use crate::certified::CITIZEN;

/// A dozen processes and a broker at a time are enough for one machine.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn the_story_is_the_same_with_each_role_in_its_own_process() {
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let mut split = Split::start(folder.path());
    let started = began.elapsed();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let told = runtime.block_on(async {
        let url = split.url().to_owned();
        let mut story = Story::new(&mut split);
        let began = Instant::now();
        let application = submit_pay_decide(&mut story).await;
        let told = began.elapsed();
        expect_everything_once(&mut story, &application, "with processes of their own").await;
        let citizen = story.token(CITIZEN).await;
        for service in ["anpr/accertamento-residenza", "inps/isee"] {
            let path = format!("{url}/pdnd/v1/{service}?fiscal_code={CITIZEN}");
            let answer = story.send(Method::GET, &path, Some(&citizen), None).await;
            assert_eq!(answer.status, 200, "{service}: {}", answer.json());
        }
        told
    });
    assert_eq!(split.revive(), 0, "no process ended by itself:\n{}", split.log());
    println!("started in {started:.1?}, story told in {told:.1?}");
    for (role, kilobytes) in split.processes().memory() {
        println!("{role:24} {:>6.1} MB", kilobytes as f64 / 1024.0);
    }
}

#[test]
fn a_proxy_that_is_killed_and_comes_back_makes_one_payment() {
    const PROXY: &str = "payment-proxy-sandbox";
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    let mut split = Split::start(folder.path());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        // It is away while the payment is asked for, and finds the event when it comes back.
        split.processes().kill(PROXY);
        let id = submit(&mut Story::new(&mut split)).await;
        split.revive();
        // It dies again while the citizen is on the provider's page: nobody hears the notification, until it is sent again.
        let page = open_checkout(&mut Story::new(&mut split), &id).await.expect("nobody has paid yet");
        split.processes().kill(PROXY);
        let mut story = Story::new(&mut split);
        assert!(pay_on(&mut story, &page).await, "the provider answers by itself");
        let application = decide(&mut story, &id).await;
        expect_everything_once(&mut story, &application, "after two ends of the proxy").await;
    });
    assert_eq!(split.revive(), 2, "only the proxy ended:\n{}", split.log());
}

#[test]
fn the_story_goes_on_while_every_process_is_killed_in_turn() {
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    let mut split = Split::start(folder.path());
    let processes = split.processes();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for role in processes.roles() {
                processes.kill(role);
                processes.revive();
            }
        });
        runtime.block_on(async {
            let mut story = Story::new(&mut split);
            let application = submit_pay_decide(&mut story).await;
            expect_everything_once(&mut story, &application, "after the end of each process").await;
        });
    });
    let processes = u32::try_from(split.processes().roles().count()).expect("a few");
    assert_eq!(split.revive(), processes, "each process ended once:\n{}", split.log());
}

#[test]
fn every_role_has_a_service_and_the_gateway_leads_to_its_operations() {
    let compose = Compose::read();
    let mut deployed: Vec<&str> = compose.services.iter().flat_map(|service| service.roles.iter().map(String::as_str)).collect();
    let listed = sportello(&["roles"]);
    let mut roles: Vec<&str> = listed
        .lines()
        .filter(|line| !line.contains("(solo con --demo)"))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    deployed.sort_unstable();
    roles.sort_unstable();
    assert_eq!(deployed, roles, "each role runs in one service");

    let mut checked = 0;
    for service in &compose.services {
        for role in &service.roles {
            let description: Value = serde_json::from_str(&sportello(&["openapi", role])).unwrap_or_default();
            for template in description["paths"].as_object().into_iter().flat_map(|paths| paths.keys()) {
                // Each process answers for itself, and nobody outside asks.
                if template == "/status" {
                    continue;
                }
                let path = template.replace(['{', '}'], "");
                let private = path.starts_with("/internal/") || path.ends_with("/metrics");
                let expected = if private { Target::Nobody } else { Target::Service(service.name.clone()) };
                assert_eq!(compose.target(&path), expected, "{role}: {template}");
                checked += 1;
            }
        }
    }
    assert!(checked > 40, "the roles describe their operations: {checked}");
}

/// What the program prints.
fn sportello(arguments: &[&str]) -> String {
    let output = Command::new(program()).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
