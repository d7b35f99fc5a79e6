-- The positions that the stand-in of an intermediary of payments has taken. `settles_at` is when a payment that was made becomes final.
CREATE TABLE demo_psp_positions (
    iud            TEXT PRIMARY KEY,
    creditor       TEXT NOT NULL,
    creditor_name  TEXT NOT NULL,
    notice_number  TEXT,
    amount_cents   INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    debtor_name    TEXT NOT NULL,
    expires_at     INTEGER,
    return_url     TEXT NOT NULL,
    notify_url     TEXT NOT NULL,
    status         TEXT NOT NULL,
    settles_at     INTEGER,
    transaction_id TEXT,
    created_at     INTEGER NOT NULL
) WITHOUT ROWID;
-- A notice number belongs to one position of its creditor.
CREATE UNIQUE INDEX demo_psp_notices ON demo_psp_positions (creditor, notice_number);

-- What the stand-in was asked and what it made of it, in order. Rows are only ever added.
CREATE TABLE demo_psp_ledger (
    position  INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    operation TEXT NOT NULL,
    iud       TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    mode      TEXT NOT NULL
);
CREATE INDEX demo_psp_ledger_by_iud ON demo_psp_ledger (iud, operation);
