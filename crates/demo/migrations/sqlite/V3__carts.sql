-- The carts that the stand-in has a page for: positions that are paid together, and where the payer goes afterwards.
CREATE TABLE demo_psp_carts (
    id         TEXT PRIMARY KEY,
    iuds       TEXT NOT NULL,
    ok_url     TEXT NOT NULL,
    ko_url     TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
