-- Searching payments: by the creditor's own number, and by words of what people remember of them. `search` is lower case.
ALTER TABLE payments ADD COLUMN iud TEXT;
ALTER TABLE payments ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE payments SET
    iud = json_extract(body, '$.payment.iud'),
    search = lower(coalesce(json_extract(body, '$.reason'), '') || ' ' || coalesce(json_extract(body, '$.payer.name'), '') || ' '
        || coalesce(json_extract(body, '$.payer.family_name'), '') || ' ' || payer_tax_code || ' ' || coalesce(notice_code, '') || ' '
        || coalesce(iuv, ''));
CREATE INDEX payments_by_iuv ON payments (tenant_id, iuv);
CREATE INDEX payments_by_iud ON payments (tenant_id, iud);
CREATE INDEX payments_by_status ON payments (tenant_id, status, created_at, id);
CREATE INDEX payments_by_service ON payments (tenant_id, service_id, created_at, id);

-- The payments of proxies in the order in which they come: their bodies are half a page each, and a table that is kept in the order of its
-- key splits and spills for each of them.
CREATE TABLE proxy_payments_by_arrival (
    id            TEXT PRIMARY KEY,
    provider      TEXT NOT NULL,
    tenant_id     TEXT NOT NULL,
    service_id    TEXT NOT NULL,
    status        TEXT NOT NULL,
    iud           TEXT NOT NULL,
    creditor      TEXT NOT NULL,
    notice_number TEXT,
    landing_url   TEXT,
    body          TEXT NOT NULL,
    last_error    TEXT,
    updated_at    INTEGER NOT NULL,
    iuv           TEXT
);
INSERT INTO proxy_payments_by_arrival
    SELECT id, provider, tenant_id, service_id, status, iud, creditor, notice_number, landing_url, body, last_error, updated_at, iuv
    FROM proxy_payments;
DROP TABLE proxy_payments;
ALTER TABLE proxy_payments_by_arrival RENAME TO proxy_payments;
CREATE INDEX proxy_payments_by_iud ON proxy_payments (provider, iud);
CREATE INDEX proxy_payments_by_notice ON proxy_payments (creditor, notice_number);
CREATE INDEX proxy_payments_by_iuv ON proxy_payments (provider, iuv);
