-- The rows hold whole events, most of a page each. A table that is kept in the order of its key reads such rows from one end to the other for
-- each comparison on the way to one of them.
ALTER TABLE registry_documents RENAME TO registry_documents_before;
CREATE TABLE registry_documents (
    id             TEXT NOT NULL,
    provider       TEXT NOT NULL,
    tenant_id      TEXT NOT NULL,
    application_id TEXT,
    state          TEXT NOT NULL,
    attempts       INTEGER NOT NULL,
    progress       TEXT NOT NULL,
    event          TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    PRIMARY KEY (id, provider)
);
INSERT INTO registry_documents (id, provider, tenant_id, application_id, state, attempts, progress, event, created_at, updated_at)
    SELECT id, provider, tenant_id, application_id, state, attempts, progress, event, created_at, updated_at
    FROM registry_documents_before ORDER BY created_at, id;
DROP TABLE registry_documents_before;
-- The order of an application's documents is read from the index alone.
CREATE INDEX registry_documents_by_application ON registry_documents (application_id, provider, created_at);
