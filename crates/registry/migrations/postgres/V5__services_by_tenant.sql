-- The identifier of a service is its tenant's: no tenant occupies that of another's.
ALTER TABLE registry_services DROP CONSTRAINT registry_services_pkey;
ALTER TABLE registry_services ADD PRIMARY KEY (provider, tenant_id, id);
