-- Key pairs that sign tokens. The private half is sealed with a key made from the platform's secret.
CREATE TABLE signing_keys (
    kid         TEXT PRIMARY KEY,
    tenant_id   TEXT NOT NULL,
    n           TEXT NOT NULL,
    e           TEXT NOT NULL,
    private_key BLOB NOT NULL,
    not_before  INTEGER NOT NULL,
    retired_at  INTEGER
) WITHOUT ROWID;
CREATE INDEX signing_keys_by_tenant ON signing_keys (tenant_id);
-- Processes that start together make one key, not one each.
CREATE UNIQUE INDEX signing_keys_newest ON signing_keys (tenant_id) WHERE retired_at IS NULL;

-- Passwords of those who sign in with one.
CREATE TABLE credentials (
    tenant_id     TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    username      TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    changed_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX credentials_by_username ON credentials (tenant_id, username);

-- Who is signed in. The cookie's value is nowhere: only its digest is.
CREATE TABLE sessions (
    digest     BLOB PRIMARY KEY,
    tenant_id  TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    username   TEXT NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Failed sign-ins, as buckets that empty with time. Keys are keyed digests: no name and no address is stored.
CREATE TABLE sign_in_failures (
    bucket   TEXT PRIMARY KEY,
    empty_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (empty_at);
