//! Every page with sample data, to look at: `cargo run -p ui --example preview`, then http://127.0.0.1:8099/comune-di-bugliano/it/
//! Sign in as a citizen, or as `operatore` or `admin` with the password `secret`.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../tests/it/bench.rs"]
mod bench;
#[path = "../tests/it/fake.rs"]
mod fake;
#[path = "../tests/it/fake_interop.rs"]
mod fake_interop;
#[path = "../tests/it/fake_io.rs"]
mod fake_io;
#[path = "../tests/it/fake_login.rs"]
mod fake_login;
#[path = "../tests/it/fake_payments.rs"]
mod fake_payments;
#[path = "../tests/it/fake_registry.rs"]
mod fake_registry;
#[path = "../tests/it/registered.rs"]
mod registered;
#[path = "../tests/it/samples.rs"]
mod samples;

#[tokio::main]
async fn main() {
    let fake = fake::Fake::new();
    let (pages, _folder) = bench::pages(&fake).await;
    // The stand-in's own addresses too: forms upload their files there.
    let content = axum::routing::put(|| async { ([("etag", "\"abc\"")], "") });
    let router = pages.merge(axum::Router::new().route("/{tenant}/api/uploads/{id}/content", content));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8099").await.expect("the port is free");
    println!("http://127.0.0.1:8099/{}/it/", fake::TENANT);
    axum::serve(listener, router).await.expect("the server runs");
}
