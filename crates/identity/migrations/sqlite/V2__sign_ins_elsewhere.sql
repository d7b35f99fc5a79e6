-- Sign-ins that have begun at the login provider, by the digest of their state. Neither the state nor the browser's secret is stored.
CREATE TABLE begun_sign_ins (
    digest       BLOB PRIMARY KEY,
    tenant_id    TEXT NOT NULL,
    secret       BLOB NOT NULL,
    redirect_uri TEXT NOT NULL,
    return_to    TEXT NOT NULL,
    expires_at   INTEGER NOT NULL
);
CREATE INDEX begun_sign_ins_by_expiry ON begun_sign_ins (expires_at);

-- Whoever signed in at the login provider is signed out there too.
ALTER TABLE sessions ADD COLUMN elsewhere INTEGER NOT NULL DEFAULT 0;
