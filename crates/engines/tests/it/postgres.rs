use std::sync::atomic::{AtomicU32, Ordering};

use ::postgres::{Client, NoTls};
use engines::{Fsync, Postgres, postgres, postgres_from, unique};

fn connect(url: &str) -> Client {
    Client::connect(url, NoTls).unwrap()
}

fn count(client: &mut Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).unwrap().get(0)
}

#[test]
fn every_call_gives_an_empty_database_that_goes_with_its_guard() {
    let (one, two) = (postgres(), postgres());
    let mut inside = connect(&one.url());
    inside.batch_execute("CREATE TABLE only_here (id int)").unwrap();
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'only_here'";
    assert_eq!(count(&mut inside, tables), 1);
    let mut outside = connect(&two.url());
    assert_eq!(count(&mut outside, tables), 0);

    let name: String = inside.query_one("SELECT current_database()::text", &[]).unwrap().get(0);
    drop(one);
    let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(count(&mut outside, &left), 0, "dropped although a connection was open");
}

#[test]
fn tests_connect_as_an_ordinary_user() {
    let database = postgres();
    let superuser: bool =
        connect(&database.url()).query_one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user", &[]).unwrap().get(0);
    assert!(!superuser);
}

#[test]
fn a_template_is_prepared_once_and_copied() {
    let template = unique("template");
    let prepared = AtomicU32::new(0);
    let copy = || {
        postgres_from(&template, |url| {
            prepared.fetch_add(1, Ordering::Relaxed);
            connect(url).batch_execute("CREATE TABLE things AS SELECT 1 AS id").unwrap();
        })
    };
    let copies = std::thread::scope(|scope| [scope.spawn(copy), scope.spawn(copy)].map(|thread| thread.join().unwrap()));
    assert_eq!(prepared.load(Ordering::Relaxed), 1);
    connect(&copies[0].url()).batch_execute("DELETE FROM things").unwrap();
    assert_eq!(count(&mut connect(&copies[1].url()), "SELECT count(*) FROM things"), 1);
}

#[tokio::test]
async fn works_inside_an_asynchronous_test() {
    let database = postgres();
    assert!(database.url().starts_with("postgres://sportello@127.0.0.1:"));
}

#[test]
fn a_killed_server_starts_again_with_what_was_committed() {
    let mut server = Postgres::start(Fsync::On);
    let database = server.database();
    connect(&database.url()).batch_execute("CREATE TABLE things AS SELECT 1 AS id").unwrap();
    server.kill();
    assert!(Client::connect(&database.url(), NoTls).is_err());
    server.restart();
    assert_eq!(count(&mut connect(&database.url()), "SELECT count(*) FROM things"), 1);
}
