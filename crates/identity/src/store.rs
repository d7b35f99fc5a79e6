//! Every statement of the context.

use kernel::{RomeTime, TenantId, UserId};
use storage::{Result, Row, Tx, params};

use crate::oauth::Begun;
use crate::session::Session;

/// A key pair, as it is stored.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// Its thumbprint (RFC 7638).
    pub kid: String,
    /// The tenant whose tokens it signs.
    pub tenant_id: TenantId,
    /// Modulus, base64url.
    pub n: String,
    /// Exponent, base64url.
    pub e: String,
    /// The private key, sealed.
    pub private_key: Vec<u8>,
    /// When it begins to sign.
    pub not_before: RomeTime,
    /// When it stopped, or will stop, signing.
    pub retired_at: Option<RomeTime>,
}

/// The public half of a key pair.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// Its thumbprint (RFC 7638).
    pub kid: String,
    /// The tenant whose tokens it verifies.
    pub tenant_id: TenantId,
    /// Modulus, base64url.
    pub n: String,
    /// Exponent, base64url.
    pub e: String,
}

fn public_key(row: &Row<'_>) -> Result<PublicKey> {
    Ok(PublicKey { kid: row.get(0)?, tenant_id: row.get(1)?, n: row.get(2)?, e: row.get(3)? })
}

/// The keys of a tenant that sign now or will, oldest first: those retired after `now`, or not at all.
pub fn list_signing_keys(tx: &mut Tx<'_>, tenant: TenantId, now: RomeTime) -> Result<Vec<StoredKey>> {
    let sql = "SELECT kid, tenant_id, n, e, private_key, not_before, retired_at FROM signing_keys
               WHERE tenant_id = $1 AND (retired_at IS NULL OR retired_at > $2) ORDER BY not_before, kid";
    tx.all(sql, params![tenant, now], |row| {
        Ok(StoredKey {
            kid: row.get(0)?,
            tenant_id: row.get(1)?,
            n: row.get(2)?,
            e: row.get(3)?,
            private_key: row.get(4)?,
            not_before: row.get(5)?,
            retired_at: row.get(6)?,
        })
    })
}

/// Adds a tenant's newest key; [`storage::Error::Unique`] when there is one that has not been retired.
pub fn insert_key(tx: &mut Tx<'_>, key: &StoredKey) -> Result<()> {
    tx.execute(
        "INSERT INTO signing_keys (kid, tenant_id, n, e, private_key, not_before, retired_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![key.kid, key.tenant_id, key.n, key.e, key.private_key, key.not_before, key.retired_at],
    )?;
    Ok(())
}

/// Retires a key at `at`; false when it was retired already.
pub fn retire_key(tx: &mut Tx<'_>, kid: &str, at: RomeTime) -> Result<bool> {
    let sql = "UPDATE signing_keys SET retired_at = $2 WHERE kid = $1 AND retired_at IS NULL";
    Ok(tx.execute(sql, params![kid, at])? == 1)
}

/// The newest keys that began to sign before `before`: tenant and thumbprint.
pub fn list_keys_older_than(tx: &mut Tx<'_>, before: RomeTime) -> Result<Vec<(TenantId, String)>> {
    let sql = "SELECT tenant_id, kid FROM signing_keys WHERE retired_at IS NULL AND not_before < $1 ORDER BY not_before";
    tx.all(sql, params![before], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The public key of a thumbprint, unless it was retired before `since`.
pub fn find_public_key(tx: &mut Tx<'_>, kid: &str, since: RomeTime) -> Result<Option<PublicKey>> {
    let sql = "SELECT kid, tenant_id, n, e FROM signing_keys WHERE kid = $1 AND (retired_at IS NULL OR retired_at > $2)";
    tx.optional(sql, params![kid, since], public_key)
}

/// A tenant's public keys that were not retired before `since`, newest first.
pub fn list_public_keys(tx: &mut Tx<'_>, tenant: TenantId, since: RomeTime) -> Result<Vec<PublicKey>> {
    let sql = "SELECT kid, tenant_id, n, e FROM signing_keys
               WHERE tenant_id = $1 AND (retired_at IS NULL OR retired_at > $2) ORDER BY not_before DESC, kid";
    tx.all(sql, params![tenant, since], public_key)
}

/// Every tenant's public keys that were not retired before `since`, newest first, at most `limit`.
pub fn list_all_public_keys(tx: &mut Tx<'_>, since: RomeTime, limit: i64) -> Result<Vec<PublicKey>> {
    let sql = "SELECT kid, tenant_id, n, e FROM signing_keys
               WHERE retired_at IS NULL OR retired_at > $1 ORDER BY not_before DESC, kid LIMIT $2";
    tx.all(sql, params![since, limit], public_key)
}

/// Forgets keys retired before `before`; gives their number.
pub fn delete_retired_keys(tx: &mut Tx<'_>, before: RomeTime) -> Result<u64> {
    tx.execute("DELETE FROM signing_keys WHERE retired_at < $1", params![before])
}

/// Who signs in with a user name, and the hash of the password.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The user.
    pub user_id: UserId,
    /// The password's hash in the PHC string format.
    pub password_hash: String,
}

fn credential(row: &Row<'_>) -> Result<Credential> {
    Ok(Credential { user_id: row.get(0)?, password_hash: row.get(1)? })
}

/// The credential of a user name in small letters.
pub fn find_credential(tx: &mut Tx<'_>, tenant: TenantId, username: &str) -> Result<Option<Credential>> {
    let sql = "SELECT user_id, password_hash FROM credentials WHERE tenant_id = $1 AND username = $2";
    tx.optional(sql, params![tenant, username], credential)
}

/// Sets a user's credential; [`storage::Error::Unique`] when another user of the tenant has that name.
pub fn put_credential(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    user: UserId,
    username: &str,
    password_hash: &str,
    now: RomeTime,
) -> Result<()> {
    tx.execute(
        "INSERT INTO credentials (tenant_id, user_id, username, password_hash, changed_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, user_id) DO UPDATE
         SET username = excluded.username, password_hash = excluded.password_hash, changed_at = excluded.changed_at",
        params![tenant, user, username, password_hash, now],
    )?;
    Ok(())
}

/// Adds a session.
pub fn insert_session(tx: &mut Tx<'_>, digest: &[u8], session: &Session) -> Result<()> {
    let Session { tenant_id, user_id, username, seen_at, expires_at, ends_at, elsewhere } = session;
    tx.execute(
        "INSERT INTO sessions (digest, tenant_id, user_id, username, seen_at, expires_at, ends_at, elsewhere)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![digest, *tenant_id, *user_id, username, *seen_at, *expires_at, *ends_at, *elsewhere],
    )?;
    Ok(())
}

/// A tenant's session.
pub fn find_session(tx: &mut Tx<'_>, tenant: TenantId, digest: &[u8]) -> Result<Option<Session>> {
    let sql = "SELECT tenant_id, user_id, username, seen_at, expires_at, ends_at, elsewhere FROM sessions
               WHERE tenant_id = $1 AND digest = $2";
    tx.optional(sql, params![tenant, digest], |row| {
        Ok(Session {
            tenant_id: row.get(0)?,
            user_id: row.get(1)?,
            username: row.get(2)?,
            seen_at: row.get(3)?,
            expires_at: row.get(4)?,
            ends_at: row.get(5)?,
            elsewhere: row.get(6)?,
        })
    })
}

/// Writes down the use of a session. Does nothing when it has ended meanwhile.
pub fn touch_session(tx: &mut Tx<'_>, digest: &[u8], session: &Session) -> Result<()> {
    let sql = "UPDATE sessions SET seen_at = $3, expires_at = $4 WHERE tenant_id = $1 AND digest = $2";
    tx.execute(sql, params![session.tenant_id, digest, session.seen_at, session.expires_at])?;
    Ok(())
}

/// Ends a tenant's session, if there is one.
pub fn delete_session(tx: &mut Tx<'_>, tenant: TenantId, digest: &[u8]) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE tenant_id = $1 AND digest = $2", params![tenant, digest])?;
    Ok(())
}

/// Ends every session of a user.
pub fn delete_sessions_of(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<u64> {
    tx.execute("DELETE FROM sessions WHERE tenant_id = $1 AND user_id = $2", params![tenant, user])
}

/// Forgets sessions that expired before `now`; gives their number.
pub fn delete_expired_sessions(tx: &mut Tx<'_>, now: RomeTime) -> Result<u64> {
    tx.execute("DELETE FROM sessions WHERE expires_at < $1", params![now])
}

/// Writes down that a sign-in has begun at the login provider, by the digest of its state.
pub fn insert_begun(tx: &mut Tx<'_>, digest: &[u8], begun: &Begun) -> Result<()> {
    let Begun { tenant_id, secret, redirect_uri, return_to, expires_at } = begun;
    tx.execute(
        "INSERT INTO begun_sign_ins (digest, tenant_id, secret, redirect_uri, return_to, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![digest, *tenant_id, secret, redirect_uri, return_to, *expires_at],
    )?;
    Ok(())
}

/// Takes the sign-in of a state and a secret, of which `digest` and `secret` are the digests, away: whoever asks next finds none.
pub fn take_begun(tx: &mut Tx<'_>, tenant: TenantId, digest: &[u8], secret: &[u8]) -> Result<Option<Begun>> {
    let sql = "SELECT tenant_id, secret, redirect_uri, return_to, expires_at FROM begun_sign_ins
               WHERE tenant_id = $1 AND digest = $2 AND secret = $3";
    let found = tx.optional(sql, params![tenant, digest, secret], |row| {
        Ok(Begun {
            tenant_id: row.get(0)?,
            secret: row.get(1)?,
            redirect_uri: row.get(2)?,
            return_to: row.get(3)?,
            expires_at: row.get(4)?,
        })
    })?;
    // Of several who ask at once, one deletes it.
    let sql = "DELETE FROM begun_sign_ins WHERE tenant_id = $1 AND digest = $2 AND secret = $3";
    let taken = tx.execute(sql, params![tenant, digest, secret])? == 1;
    Ok(found.filter(|_| taken))
}

/// Forgets sign-ins whose time was over before `now`; gives their number.
pub fn delete_expired_begun(tx: &mut Tx<'_>, now: RomeTime) -> Result<u64> {
    tx.execute("DELETE FROM begun_sign_ins WHERE expires_at < $1", params![now])
}

/// When a bucket of failed sign-ins will be empty; `None` when it is.
pub fn find_bucket(tx: &mut Tx<'_>, bucket: &str) -> Result<Option<RomeTime>> {
    tx.optional("SELECT empty_at FROM sign_in_failures WHERE bucket = $1", params![bucket], |row| row.get(0))
}

/// Changes a bucket of failed sign-ins by `change`, which takes and gives the instant at which it will be empty. Changes of one bucket
/// wait for each other.
pub fn change_bucket(tx: &mut Tx<'_>, bucket: &str, now: RomeTime, change: impl FnOnce(RomeTime) -> RomeTime) -> Result<()> {
    tx.execute("INSERT INTO sign_in_failures (bucket, empty_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", params![bucket, now])?;
    let sql = format!("SELECT empty_at FROM sign_in_failures WHERE bucket = $1{}", tx.for_update());
    let empty_at = tx.one(&sql, params![bucket], |row| row.get(0))?;
    tx.execute("UPDATE sign_in_failures SET empty_at = $2 WHERE bucket = $1", params![bucket, change(empty_at)])?;
    Ok(())
}

/// Empties a bucket of failed sign-ins.
pub fn delete_bucket(tx: &mut Tx<'_>, bucket: &str) -> Result<()> {
    tx.execute("DELETE FROM sign_in_failures WHERE bucket = $1", params![bucket])?;
    Ok(())
}

/// Forgets the buckets that are empty at `now`; gives their number.
pub fn delete_empty_buckets(tx: &mut Tx<'_>, now: RomeTime) -> Result<u64> {
    tx.execute("DELETE FROM sign_in_failures WHERE empty_at < $1", params![now])
}
