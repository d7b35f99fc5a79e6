-- What was registered, or is to be, as citizens find it again: copied from the topic of documents. The owner is whom the event names.
CREATE TABLE documents (
    id          uuid PRIMARY KEY,
    tenant_id   uuid NOT NULL REFERENCES tenants (id),
    owner_id    uuid NOT NULL,
    folder_id   uuid,
    -- Completely registered: nothing changes any more.
    complete    boolean NOT NULL,
    search_text text NOT NULL,
    body        text NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX documents_by_owner ON documents (tenant_id, owner_id, created_at, id);
CREATE INDEX documents_by_folder ON documents (tenant_id, folder_id, created_at);
CREATE INDEX documents_by_time ON documents (tenant_id, created_at, id);
