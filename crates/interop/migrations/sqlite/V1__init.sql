-- Bodies. The body column of each aggregate holds all of it; the other columns are what statements look for.
CREATE TABLE interop_tenants (
    id     TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    code   TEXT NOT NULL,
    body   TEXT NOT NULL,
    -- When the next verification of what it holds ends: its agreements are to be looked at again then.
    recheck_at INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX interop_tenants_by_code ON interop_tenants (origin, code);
CREATE INDEX interop_tenants_by_recheck ON interop_tenants (recheck_at) WHERE recheck_at IS NOT NULL;

-- The registry of attributes. Origin is empty where nobody certifies.
CREATE TABLE interop_attributes (
    id     TEXT PRIMARY KEY,
    kind   TEXT NOT NULL,
    origin TEXT NOT NULL,
    code   TEXT,
    name   TEXT NOT NULL,
    body   TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX interop_attributes_by_name ON interop_attributes (kind, origin, name);
CREATE UNIQUE INDEX interop_attributes_by_code ON interop_attributes (origin, code) WHERE code IS NOT NULL;

CREATE TABLE interop_eservices (
    id          TEXT PRIMARY KEY,
    producer_id TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    body        TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX interop_eservices_by_name ON interop_eservices (producer_id, name_key);

CREATE TABLE interop_agreements (
    id            TEXT PRIMARY KEY,
    eservice_id   TEXT NOT NULL,
    descriptor_id TEXT NOT NULL,
    producer_id   TEXT NOT NULL,
    consumer_id   TEXT NOT NULL,
    state         TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    body          TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX interop_agreements_by_consumer ON interop_agreements (consumer_id, eservice_id);
CREATE INDEX interop_agreements_by_eservice ON interop_agreements (eservice_id, descriptor_id);
-- A body has one agreement in force for an e-service, whatever is commanded at the same instant.
CREATE UNIQUE INDEX interop_agreements_running ON interop_agreements (consumer_id, eservice_id) WHERE state IN ('ACTIVE', 'SUSPENDED');

CREATE TABLE interop_purposes (
    id          TEXT PRIMARY KEY,
    eservice_id TEXT NOT NULL,
    producer_id TEXT NOT NULL,
    consumer_id TEXT NOT NULL,
    title_key   TEXT NOT NULL,
    load        INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    body        TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX interop_purposes_by_title ON interop_purposes (consumer_id, eservice_id, title_key);
-- The sums of loads are read from this index alone.
CREATE INDEX interop_purposes_load ON interop_purposes (eservice_id, consumer_id, load);

CREATE TABLE interop_clients (
    id          TEXT PRIMARY KEY,
    consumer_id TEXT NOT NULL,
    kind        TEXT NOT NULL,
    admin_id    TEXT,
    body        TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX interop_clients_by_consumer ON interop_clients (consumer_id);

-- The keys of clients: a thumbprint belongs to one client of the whole platform.
CREATE TABLE interop_keys (
    kid       TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    usage     TEXT NOT NULL,
    n         TEXT NOT NULL,
    e         TEXT NOT NULL,
    user_id   TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX interop_keys_by_client ON interop_keys (client_id);

CREATE TABLE interop_links (
    client_id  TEXT NOT NULL,
    purpose_id TEXT NOT NULL,
    PRIMARY KEY (client_id, purpose_id)
) WITHOUT ROWID;
CREATE INDEX interop_links_by_purpose ON interop_links (purpose_id);

-- What a voucher for a purpose rests on, joined beforehand: written in the transaction of whatever changes it.
CREATE TABLE interop_standings (
    purpose_id       TEXT PRIMARY KEY,
    eservice_id      TEXT NOT NULL,
    consumer_id      TEXT NOT NULL,
    producer_id      TEXT NOT NULL,
    version_id       TEXT,
    purpose_state    TEXT,
    purpose_evidence TEXT NOT NULL,
    agreement_id     TEXT,
    agreement_state  TEXT,
    agreement_evidence TEXT NOT NULL,
    descriptor_id    TEXT,
    descriptor_state TEXT,
    audience         TEXT NOT NULL,
    lifespan         INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX interop_standings_by_consumer ON interop_standings (consumer_id, eservice_id);
CREATE INDEX interop_standings_by_descriptor ON interop_standings (descriptor_id);

-- Everything that ever happened to an aggregate; rows are only added.
CREATE TABLE interop_history (
    id             TEXT PRIMARY KEY,
    stream         TEXT NOT NULL,
    stream_id      TEXT NOT NULL,
    version        INTEGER NOT NULL,
    event_type     TEXT NOT NULL,
    happened_at    INTEGER NOT NULL,
    user_id        TEXT,
    tenant_id      TEXT,
    correlation_id TEXT,
    body           TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX interop_history_by_stream ON interop_history (stream, stream_id, version);

-- Key pairs that sign vouchers. The private half is sealed with a key made from the platform's secret.
CREATE TABLE interop_signing_keys (
    kid         TEXT PRIMARY KEY,
    n           TEXT NOT NULL,
    e           TEXT NOT NULL,
    private_key BLOB NOT NULL,
    not_before  INTEGER NOT NULL,
    retired_at  INTEGER
) WITHOUT ROWID;
-- Processes that start together make one key, not one each.
CREATE UNIQUE INDEX interop_signing_keys_newest ON interop_signing_keys ((retired_at IS NULL)) WHERE retired_at IS NULL;

-- Assertions and proofs that were used, as digests, until they would have ended by themselves.
CREATE TABLE interop_used (
    digest     BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX interop_used_by_expiry ON interop_used (expires_at);

-- A record of each voucher, written before it is given. The records of a lane are chained: each has the hash of the one before in its own.
CREATE TABLE interop_audit_lanes (
    lane     INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    hash     BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE interop_audit (
    lane     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (lane, position)
) WITHOUT ROWID;
