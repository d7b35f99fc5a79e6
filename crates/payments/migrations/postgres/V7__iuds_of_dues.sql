-- The IUD that a file gave to a due, where it gave one: a provider finds a position by it, so no two dues of a body have the same.
ALTER TABLE imported_dues ADD COLUMN iud text;
CREATE UNIQUE INDEX imported_dues_by_iud ON imported_dues (tenant_id, iud) WHERE iud IS NOT NULL;
