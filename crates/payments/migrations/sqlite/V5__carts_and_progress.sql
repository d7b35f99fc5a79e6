-- Carts: payments of one person that are paid together on one page of their provider. `open_key` says whose payments an open cart holds,
-- so that pressing twice makes one; it goes when the payer comes back. `page` is the provider's, once it gave it.
CREATE TABLE checkout_carts (
    id         TEXT PRIMARY KEY,
    tenant_id  TEXT NOT NULL,
    provider   TEXT NOT NULL,
    owner      TEXT NOT NULL,
    payments   TEXT NOT NULL,
    return_url TEXT NOT NULL,
    open_key   TEXT UNIQUE,
    page       TEXT,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- How many rows a file of dues has by its line ends, for how far an import is; a row over several lines counts as many.
ALTER TABLE import_jobs ADD COLUMN expected INTEGER;
