-- Searching payments: by the creditor's own number, and by words of what people remember of them. `search` is lower case.
ALTER TABLE payments ADD COLUMN iud TEXT;
ALTER TABLE payments ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE payments SET
    iud = body::json #>> '{payment,iud}',
    search = lower(concat_ws(' ', body::json ->> 'reason', body::json #>> '{payer,name}', body::json #>> '{payer,family_name}',
        payer_tax_code, notice_code, iuv));
CREATE INDEX payments_by_iuv ON payments (tenant_id, iuv);
CREATE INDEX payments_by_iud ON payments (tenant_id, iud);
CREATE INDEX payments_by_status ON payments (tenant_id, status, created_at, id);
CREATE INDEX payments_by_service ON payments (tenant_id, service_id, created_at, id);
