-- Providers that notify name a payment by its number in pagoPA.
ALTER TABLE proxy_payments ADD COLUMN iuv text;
CREATE INDEX proxy_payments_by_iuv ON proxy_payments (provider, iuv);

-- What an object of a proxy's storage tree held when it was last read or written here: an object that differs was changed by another
-- program.
CREATE TABLE proxy_tree (
    provider text NOT NULL,
    key      text NOT NULL,
    digest   text NOT NULL,
    PRIMARY KEY (provider, key)
);
