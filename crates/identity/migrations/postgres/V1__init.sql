-- Key pairs that sign tokens. The private half is sealed with a key made from the platform's secret.
CREATE TABLE signing_keys (
    kid         text PRIMARY KEY,
    tenant_id   uuid NOT NULL,
    n           text NOT NULL,
    e           text NOT NULL,
    private_key bytea NOT NULL,
    not_before  timestamptz NOT NULL,
    retired_at  timestamptz
);
CREATE INDEX signing_keys_by_tenant ON signing_keys (tenant_id);
-- Processes that start together make one key, not one each.
CREATE UNIQUE INDEX signing_keys_newest ON signing_keys (tenant_id) WHERE retired_at IS NULL;

-- Passwords of those who sign in with one.
CREATE TABLE credentials (
    tenant_id     uuid NOT NULL,
    user_id       uuid NOT NULL,
    username      text NOT NULL,
    password_hash text NOT NULL,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE UNIQUE INDEX credentials_by_username ON credentials (tenant_id, username);

-- Who is signed in. The cookie's value is nowhere: only its digest is.
CREATE TABLE sessions (
    digest     bytea PRIMARY KEY,
    tenant_id  uuid NOT NULL,
    user_id    uuid NOT NULL,
    username   text NOT NULL,
    seen_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Failed sign-ins, as buckets that empty with time. Keys are keyed digests: no name and no address is stored.
CREATE TABLE sign_in_failures (
    bucket   text PRIMARY KEY,
    empty_at timestamptz NOT NULL
);
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (empty_at);
