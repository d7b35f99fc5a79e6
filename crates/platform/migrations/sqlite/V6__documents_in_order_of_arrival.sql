-- The rows hold whole documents. A table that is kept in the order of its key reads such rows from one end to the other for each comparison on
-- the way to one of them.
ALTER TABLE documents RENAME TO documents_before;
CREATE TABLE documents (
    id          TEXT PRIMARY KEY,
    tenant_id   TEXT NOT NULL REFERENCES tenants (id),
    owner_id    TEXT NOT NULL,
    folder_id   TEXT,
    -- Completely registered: nothing changes any more.
    complete    INTEGER NOT NULL,
    search_text TEXT NOT NULL,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);
INSERT INTO documents (id, tenant_id, owner_id, folder_id, complete, search_text, body, created_at, updated_at)
    SELECT id, tenant_id, owner_id, folder_id, complete, search_text, body, created_at, updated_at
    FROM documents_before ORDER BY created_at, id;
DROP TABLE documents_before;
CREATE INDEX documents_by_owner ON documents (tenant_id, owner_id, created_at, id);
CREATE INDEX documents_by_folder ON documents (tenant_id, folder_id, created_at);
CREATE INDEX documents_by_time ON documents (tenant_id, created_at, id);
