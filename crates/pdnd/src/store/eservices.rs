//! E-services, the same for every body.

use kernel::{Sort, Uuid};
use storage::{Result, Row, Tx, params};

use super::{Listed, paging};
use crate::service::{EService, Environment};

const COLUMNS: &str = "id, slug, name, version, env, endpoint, audience, aud_client_assertion";

fn eservice(row: &Row<'_>) -> Result<EService> {
    let env = row.text(4)?;
    Ok(EService {
        id: row.get(0)?,
        slug: row.get(1)?,
        name: row.get(2)?,
        version: row.get(3)?,
        env: Environment::parse(env).ok_or_else(|| storage::Error::Defect(format!("environment {env}")))?,
        endpoint: row.get(5)?,
        audience: row.get(6)?,
        aud_client_assertion: row.get(7)?,
    })
}

/// An e-service.
pub fn find(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<EService>> {
    tx.optional(&format!("SELECT {COLUMNS} FROM pdnd_eservices WHERE id = $1"), params![id], eservice)
}

/// A page of them.
pub fn list(tx: &mut Tx<'_>, sort: &Sort, offset: u64, limit: u64) -> Listed<EService> {
    let total: i64 = tx.one("SELECT count(*) FROM pdnd_eservices", params![], |row| row.get(0))?;
    let sql = format!("SELECT {COLUMNS} FROM pdnd_eservices {}", paging(sort, offset, limit));
    Ok((total.unsigned_abs(), tx.all(&sql, params![], eservice)?))
}

/// Stores an e-service, over the one that was there.
pub fn put(tx: &mut Tx<'_>, eservice: &EService) -> Result<()> {
    let sql = format!(
        "INSERT INTO pdnd_eservices ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name, version = excluded.version,
           env = excluded.env, endpoint = excluded.endpoint, audience = excluded.audience,
           aud_client_assertion = excluded.aud_client_assertion"
    );
    let EService { id, slug, name, version, env, endpoint, audience, aud_client_assertion } = eservice;
    tx.execute(&sql, params![id, slug, name, version, env.name(), endpoint, audience, aud_client_assertion])?;
    Ok(())
}
