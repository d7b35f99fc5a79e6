-- The identifier of a service is its tenant's: no tenant occupies that of another's.
ALTER TABLE registry_services RENAME TO registry_services_before;
CREATE TABLE registry_services (
    provider    TEXT NOT NULL,
    id          TEXT NOT NULL,
    tenant_id   TEXT NOT NULL,
    is_active   INTEGER NOT NULL,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (provider, tenant_id, id)
) WITHOUT ROWID;
INSERT INTO registry_services (provider, id, tenant_id, is_active, body, created_at, modified_at)
    SELECT provider, id, tenant_id, is_active, body, created_at, modified_at FROM registry_services_before;
DROP TABLE registry_services_before;
