-- Sign-ins that have begun at the login provider, by the digest of their state. Neither the state nor the browser's secret is stored.
CREATE TABLE begun_sign_ins (
    digest       bytea PRIMARY KEY,
    tenant_id    uuid NOT NULL,
    secret       bytea NOT NULL,
    redirect_uri text NOT NULL,
    return_to    text NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX begun_sign_ins_by_expiry ON begun_sign_ins (expires_at);

-- Whoever signed in at the login provider is signed out there too.
ALTER TABLE sessions ADD COLUMN elsewhere boolean NOT NULL DEFAULT false;
