//! PostgreSQL over TLS.

use engines::Postgres;
use storage::{DatabaseUrl, Db, DbOptions, Error, params};

async fn open(url: &str) -> Result<Db, Error> {
    Db::open(&url.parse::<DatabaseUrl>().unwrap(), DbOptions::default(), &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_shows_a_certificate_of_its_name_is_spoken_to_in_secret() {
    let server = tokio::task::spawn_blocking(Postgres::start_encrypted).await.unwrap();
    let database = server.database();
    let trusted = format!("sslmode=verify-full&sslrootcert={}", server.certificate().display());
    let db = open(&format!("{}?{trusted}", database.url())).await.unwrap();
    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(db.read(move |tx| tx.one(sql, params![], |row| row.get::<bool>(0))).await, Ok(true));

    let unknown = open(&format!("{}?sslmode=require", database.url())).await.err().unwrap().to_string();
    assert!(unknown.contains("certificate"), "nobody vouches for it: {unknown}");
    let other_name = database.url().replace("127.0.0.1", "localhost");
    let other_name = open(&format!("{other_name}?{trusted}")).await.err().unwrap().to_string();
    assert!(other_name.contains("certificate"), "it is of another name: {other_name}");
    let db = open(&database.url()).await.unwrap();
    assert_eq!(db.read(move |tx| tx.one(sql, params![], |row| row.get::<bool>(0))).await, Ok(false), "nobody asked for it");
}
