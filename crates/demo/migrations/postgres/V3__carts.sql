-- The carts that the stand-in has a page for: positions that are paid together, and where the payer goes afterwards.
CREATE TABLE demo_psp_carts (
    id         text PRIMARY KEY,
    iuds       text NOT NULL,
    ok_url     text NOT NULL,
    ko_url     text NOT NULL,
    created_at timestamptz NOT NULL
);
