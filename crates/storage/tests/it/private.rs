//! Who may read the embedded database.

use std::os::unix::fs::PermissionsExt;

use storage::{DatabaseUrl, Db, DbOptions, params};

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_may_read_the_database_and_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new").join("data");
    let db = Db::open(&DatabaseUrl::Sqlite(data.join("test.db")), DbOptions::default(), &[]).await.unwrap();
    db.write(|tx| tx.execute("DELETE FROM leases", params![])).await.unwrap();
    let mode = |name: &str| std::fs::metadata(data.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(format!("{:o} {:o}", mode(""), mode("..")), "700 700");
    for name in ["test.db", "test.db-wal", "test.db-shm"] {
        assert_eq!(format!("{:o}", mode(name)), "600", "{name}");
    }
}
