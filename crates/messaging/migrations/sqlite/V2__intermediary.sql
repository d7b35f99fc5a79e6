-- The regional intermediary. Every table names its body (`tenant_id`); rows and uploads hang on their lot.

-- Suppliers to whom the body has delegated the sending of messages, and between which days (both included).
CREATE TABLE ios_providers (
    id               TEXT PRIMARY KEY,
    tenant_id        TEXT NOT NULL,
    name             TEXT NOT NULL,
    valid_from       TEXT NOT NULL,
    valid_until      TEXT,
    active           INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX ios_providers_by_tenant ON ios_providers (tenant_id, id);

-- Who works for the body, for a supplier, or only looks. Accounts are the identity role's; this says what each may do here.
CREATE TABLE ios_members (
    tenant_id        TEXT NOT NULL,
    username         TEXT NOT NULL,
    duty             TEXT NOT NULL,
    provider_id      TEXT,
    PRIMARY KEY (tenant_id, username)
) WITHOUT ROWID;

-- Keys by which suppliers' programs call, by keyed digest; `hint` is what is shown of one.
CREATE TABLE ios_provider_keys (
    digest           BLOB PRIMARY KEY,
    tenant_id        TEXT NOT NULL,
    provider_id      TEXT NOT NULL,
    hint             TEXT NOT NULL,
    created_at       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX ios_provider_keys_by_provider ON ios_provider_keys (provider_id);

-- Services of the app through which messages go. `code` is the app's name of the service, `preferred` the key that works.
CREATE TABLE ios_services (
    id               TEXT PRIMARY KEY,
    tenant_id        TEXT NOT NULL,
    provider_id      TEXT,
    code             TEXT NOT NULL,
    state            TEXT NOT NULL,
    reason           TEXT,
    body             TEXT NOT NULL,
    primary_sealed   BLOB NOT NULL,
    secondary_sealed BLOB NOT NULL,
    preferred        TEXT NOT NULL,
    keys_at          INTEGER NOT NULL,
    last_run_at      INTEGER,
    created_at       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX ios_services_by_code ON ios_services (tenant_id, code);

-- Texts with placeholders; a version never changes.
CREATE TABLE ios_templates (
    id               TEXT NOT NULL,
    version          INTEGER NOT NULL,
    tenant_id        TEXT NOT NULL,
    service_id       TEXT NOT NULL,
    body             TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    PRIMARY KEY (id, version)
) WITHOUT ROWID;
CREATE INDEX ios_templates_by_service ON ios_templates (service_id, id);

-- Lots. `run` grows whenever somebody sets the lot going: work of an older number is dropped. `source` tells apart what was handed in.
CREATE TABLE ios_lots (
    id               TEXT PRIMARY KEY,
    tenant_id        TEXT NOT NULL,
    service_id       TEXT NOT NULL,
    template_id      TEXT,
    template_version INTEGER,
    name             TEXT NOT NULL,
    connector        TEXT NOT NULL,
    source           TEXT NOT NULL,
    state            TEXT NOT NULL,
    reason           TEXT,
    run              INTEGER NOT NULL,
    staged           INTEGER NOT NULL,
    created_by       TEXT NOT NULL,
    approved_by      TEXT,
    tested_at        INTEGER,
    created_at       INTEGER NOT NULL,
    released_at      INTEGER,
    ended_at         INTEGER,
    forget_at        INTEGER,
    file             TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX ios_lots_by_source ON ios_lots (service_id, source);
CREATE INDEX ios_lots_by_tenant ON ios_lots (tenant_id, id);
CREATE INDEX ios_lots_to_forget ON ios_lots (forget_at) WHERE forget_at IS NOT NULL;

-- What was handed in, until it is read.
CREATE TABLE ios_uploads (
    lot_id           TEXT PRIMARY KEY,
    content_type     TEXT NOT NULL,
    body             BLOB NOT NULL
) WITHOUT ROWID;

-- Rows: one message to one citizen. `next_at` is when there is something to do about it.
CREATE TABLE ios_rows (
    lot_id           TEXT NOT NULL,
    number           INTEGER NOT NULL,
    fiscal_code      TEXT NOT NULL,
    state            TEXT NOT NULL,
    reason           TEXT,
    warning          TEXT,
    message          TEXT,
    message_id       TEXT,
    attempts         INTEGER NOT NULL,
    next_at          INTEGER,
    updated_at       INTEGER NOT NULL,
    PRIMARY KEY (lot_id, number)
) WITHOUT ROWID;
CREATE INDEX ios_rows_by_state ON ios_rows (lot_id, state, next_at);

-- How a body wants it.
CREATE TABLE ios_settings (
    tenant_id        TEXT PRIMARY KEY,
    body             TEXT NOT NULL
) WITHOUT ROWID;

-- Calls of a body's account to the app since its window began.
CREATE TABLE ios_pace (
    tenant_id        TEXT PRIMARY KEY,
    began_at         INTEGER NOT NULL,
    ends_at          INTEGER NOT NULL,
    calls            INTEGER NOT NULL
) WITHOUT ROWID;

-- Who did what. Nothing changes or removes a line.
CREATE TABLE ios_audit (
    number           INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id        TEXT NOT NULL,
    actor            TEXT NOT NULL,
    address          TEXT,
    action           TEXT NOT NULL,
    subject          TEXT NOT NULL,
    was              TEXT,
    became           TEXT,
    at               INTEGER NOT NULL
);
CREATE INDEX ios_audit_by_tenant ON ios_audit (tenant_id, number);

-- Requests for help.
CREATE TABLE ios_tickets (
    id               TEXT PRIMARY KEY,
    tenant_id        TEXT NOT NULL,
    provider_id      TEXT,
    state            TEXT NOT NULL,
    body             TEXT NOT NULL,
    updated_at       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX ios_tickets_by_tenant ON ios_tickets (tenant_id, id);
