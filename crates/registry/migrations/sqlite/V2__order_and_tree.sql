-- Which application a document belongs to: its documents reach the registry in the order in which they came.
ALTER TABLE registry_documents ADD COLUMN application_id TEXT;
CREATE INDEX registry_documents_by_application ON registry_documents (provider, application_id);

-- What the objects of the storage tree held when they were last read or written.
CREATE TABLE registry_tree (
    provider TEXT NOT NULL,
    key      TEXT NOT NULL,
    digest   TEXT NOT NULL,
    PRIMARY KEY (provider, key)
) WITHOUT ROWID;
