-- Bodies. The body column of each aggregate holds all of it; the other columns are what statements look for.
CREATE TABLE interop_tenants (
    id     uuid PRIMARY KEY,
    origin text NOT NULL,
    code   text NOT NULL,
    body   text NOT NULL,
    -- When the next verification of what it holds ends: its agreements are to be looked at again then.
    recheck_at timestamptz
);
CREATE UNIQUE INDEX interop_tenants_by_code ON interop_tenants (origin, code);
CREATE INDEX interop_tenants_by_recheck ON interop_tenants (recheck_at) WHERE recheck_at IS NOT NULL;

-- The registry of attributes. Origin is empty where nobody certifies.
CREATE TABLE interop_attributes (
    id     uuid PRIMARY KEY,
    kind   text NOT NULL,
    origin text NOT NULL,
    code   text,
    name   text NOT NULL,
    body   text NOT NULL
);
CREATE UNIQUE INDEX interop_attributes_by_name ON interop_attributes (kind, origin, name);
CREATE UNIQUE INDEX interop_attributes_by_code ON interop_attributes (origin, code) WHERE code IS NOT NULL;

CREATE TABLE interop_eservices (
    id          uuid PRIMARY KEY,
    producer_id uuid NOT NULL,
    name_key    text NOT NULL,
    body        text NOT NULL
);
CREATE UNIQUE INDEX interop_eservices_by_name ON interop_eservices (producer_id, name_key);

CREATE TABLE interop_agreements (
    id            uuid PRIMARY KEY,
    eservice_id   uuid NOT NULL,
    descriptor_id uuid NOT NULL,
    producer_id   uuid NOT NULL,
    consumer_id   uuid NOT NULL,
    state         text NOT NULL,
    created_at    timestamptz NOT NULL,
    body          text NOT NULL
);
CREATE INDEX interop_agreements_by_consumer ON interop_agreements (consumer_id, eservice_id);
CREATE INDEX interop_agreements_by_eservice ON interop_agreements (eservice_id, descriptor_id);
-- A body has one agreement in force for an e-service, whatever is commanded at the same instant.
CREATE UNIQUE INDEX interop_agreements_running ON interop_agreements (consumer_id, eservice_id) WHERE state IN ('ACTIVE', 'SUSPENDED');

CREATE TABLE interop_purposes (
    id          uuid PRIMARY KEY,
    eservice_id uuid NOT NULL,
    producer_id uuid NOT NULL,
    consumer_id uuid NOT NULL,
    title_key   text NOT NULL,
    load        bigint NOT NULL,
    created_at  timestamptz NOT NULL,
    body        text NOT NULL
);
CREATE UNIQUE INDEX interop_purposes_by_title ON interop_purposes (consumer_id, eservice_id, title_key);
-- The sums of loads are read from this index alone.
CREATE INDEX interop_purposes_load ON interop_purposes (eservice_id, consumer_id, load);

CREATE TABLE interop_clients (
    id          uuid PRIMARY KEY,
    consumer_id uuid NOT NULL,
    kind        text NOT NULL,
    admin_id    uuid,
    body        text NOT NULL
);
CREATE INDEX interop_clients_by_consumer ON interop_clients (consumer_id);

-- The keys of clients: a thumbprint belongs to one client of the whole platform.
CREATE TABLE interop_keys (
    kid       text PRIMARY KEY,
    client_id uuid NOT NULL,
    usage     text NOT NULL,
    n         text NOT NULL,
    e         text NOT NULL,
    user_id   uuid NOT NULL
);
CREATE INDEX interop_keys_by_client ON interop_keys (client_id);

CREATE TABLE interop_links (
    client_id  uuid NOT NULL,
    purpose_id uuid NOT NULL,
    PRIMARY KEY (client_id, purpose_id)
);
CREATE INDEX interop_links_by_purpose ON interop_links (purpose_id);

-- What a voucher for a purpose rests on, joined beforehand: written in the transaction of whatever changes it.
CREATE TABLE interop_standings (
    purpose_id       uuid PRIMARY KEY,
    eservice_id      uuid NOT NULL,
    consumer_id      uuid NOT NULL,
    producer_id      uuid NOT NULL,
    version_id       uuid,
    purpose_state    text,
    purpose_evidence text NOT NULL,
    agreement_id     uuid,
    agreement_state  text,
    agreement_evidence text NOT NULL,
    descriptor_id    uuid,
    descriptor_state text,
    audience         text NOT NULL,
    lifespan         bigint NOT NULL
);
CREATE INDEX interop_standings_by_consumer ON interop_standings (consumer_id, eservice_id);
CREATE INDEX interop_standings_by_descriptor ON interop_standings (descriptor_id);

-- Everything that ever happened to an aggregate; rows are only added.
CREATE TABLE interop_history (
    id             uuid PRIMARY KEY,
    stream         text NOT NULL,
    stream_id      text NOT NULL,
    version        bigint NOT NULL,
    event_type     text NOT NULL,
    happened_at    timestamptz NOT NULL,
    user_id        uuid,
    tenant_id      uuid,
    correlation_id text,
    body           text NOT NULL
);
CREATE UNIQUE INDEX interop_history_by_stream ON interop_history (stream, stream_id, version);

-- Key pairs that sign vouchers. The private half is sealed with a key made from the platform's secret.
CREATE TABLE interop_signing_keys (
    kid         text PRIMARY KEY,
    n           text NOT NULL,
    e           text NOT NULL,
    private_key bytea NOT NULL,
    not_before  timestamptz NOT NULL,
    retired_at  timestamptz
);
-- Processes that start together make one key, not one each.
CREATE UNIQUE INDEX interop_signing_keys_newest ON interop_signing_keys ((retired_at IS NULL)) WHERE retired_at IS NULL;

-- Assertions and proofs that were used, as digests, until they would have ended by themselves.
CREATE TABLE interop_used (
    digest     bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX interop_used_by_expiry ON interop_used (expires_at);

-- A record of each voucher, written before it is given. The records of a lane are chained: each has the hash of the one before in its own.
CREATE TABLE interop_audit_lanes (
    lane     bigint PRIMARY KEY,
    position bigint NOT NULL,
    hash     bytea NOT NULL
);
CREATE TABLE interop_audit (
    lane     bigint NOT NULL,
    position bigint NOT NULL,
    hash     bytea NOT NULL,
    body     text NOT NULL,
    PRIMARY KEY (lane, position)
);
