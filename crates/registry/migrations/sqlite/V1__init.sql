-- Documents that the dispatcher has published: each case of an application once, whatever is delivered again.
CREATE TABLE dispatched_documents (
    id             TEXT PRIMARY KEY,
    tenant_id      TEXT NOT NULL,
    application_id TEXT NOT NULL,
    event_id       TEXT NOT NULL,
    dispatched_at  INTEGER NOT NULL
) WITHOUT ROWID;

-- Tenants whose documents a registry proxy registers; `body` is the configuration as JSON.
CREATE TABLE registry_tenants (
    provider    TEXT NOT NULL,
    id          TEXT NOT NULL,
    is_active   INTEGER NOT NULL,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (provider, id)
) WITHOUT ROWID;

-- Services whose documents a registry proxy registers; `body` is the configuration as JSON.
CREATE TABLE registry_services (
    provider    TEXT NOT NULL,
    id          TEXT NOT NULL,
    tenant_id   TEXT NOT NULL,
    is_active   INTEGER NOT NULL,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (provider, id)
) WITHOUT ROWID;

-- Documents that a registry proxy has taken. `progress` says which steps the registry has done, `event` is the document as last read.
CREATE TABLE registry_documents (
    provider   TEXT NOT NULL,
    id         TEXT NOT NULL,
    tenant_id  TEXT NOT NULL,
    state      TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    progress   TEXT NOT NULL,
    event      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (provider, id)
) WITHOUT ROWID;
