-- What was registered, or is to be, as citizens find it again: copied from the topic of documents. The owner is whom the event names.
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
) WITHOUT ROWID;
CREATE INDEX documents_by_owner ON documents (tenant_id, owner_id, created_at, id);
CREATE INDEX documents_by_folder ON documents (tenant_id, folder_id, created_at);
CREATE INDEX documents_by_time ON documents (tenant_id, created_at, id);
