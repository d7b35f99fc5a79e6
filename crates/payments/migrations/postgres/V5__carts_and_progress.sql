-- Carts: payments of one person that are paid together on one page of their provider. `open_key` says whose payments an open cart holds,
-- so that pressing twice makes one; it goes when the payer comes back. `page` is the provider's, once it gave it.
CREATE TABLE checkout_carts (
    id         uuid PRIMARY KEY,
    tenant_id  uuid NOT NULL,
    provider   text NOT NULL,
    owner      uuid NOT NULL,
    payments   text NOT NULL,
    return_url text NOT NULL,
    open_key   text UNIQUE,
    page       text,
    created_at timestamptz NOT NULL
);

-- How many rows a file of dues has by its line ends, for how far an import is; a row over several lines counts as many.
ALTER TABLE import_jobs ADD COLUMN expected bigint;
