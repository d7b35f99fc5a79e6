-- Each index writes a page for each payment. The IUD that a payment has from its identifier is found by the identifier, and a notice number by
-- the IUV in it: only others need an index.
DROP INDEX proxy_payments_by_iud;
CREATE INDEX proxy_payments_by_iud ON proxy_payments (provider, iud) WHERE iud <> replace(CAST(id AS TEXT), '-', '');
DROP INDEX proxy_payments_by_iuv;
CREATE INDEX proxy_payments_by_iuv ON proxy_payments (iuv) WHERE iuv IS NOT NULL;
DROP INDEX proxy_payments_by_notice;
CREATE INDEX proxy_payments_by_notice ON proxy_payments (creditor, notice_number)
    WHERE iuv IS NULL OR iuv <> substr(notice_number, CASE substr(notice_number, 1, 1) WHEN '0' THEN 4 ELSE 2 END);
