-- The tenant that a dead letter names, if it names one: its administrators see it.
ALTER TABLE dead_letters ADD COLUMN tenant_id uuid;
CREATE INDEX dead_letters_by_tenant ON dead_letters (tenant_id, id) WHERE tenant_id IS NOT NULL;
