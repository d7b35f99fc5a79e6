-- The IUD that a payment has from its identifier is found by the identifier: only others need an index, which writes a page for each payment.
DROP INDEX proxy_payments_by_iud;
CREATE INDEX proxy_payments_by_iud ON proxy_payments (provider, iud) WHERE iud <> replace(CAST(id AS TEXT), '-', '');
