-- The positions that the stand-in of an intermediary of payments has taken. `settles_at` is when a payment that was made becomes final.
CREATE TABLE demo_psp_positions (
    iud            text PRIMARY KEY,
    creditor       text NOT NULL,
    creditor_name  text NOT NULL,
    notice_number  text,
    amount_cents   bigint NOT NULL,
    reason         text NOT NULL,
    debtor_name    text NOT NULL,
    expires_at     timestamptz,
    return_url     text NOT NULL,
    notify_url     text NOT NULL,
    status         text NOT NULL,
    settles_at     timestamptz,
    transaction_id text,
    created_at     timestamptz NOT NULL
);
-- A notice number belongs to one position of its creditor.
CREATE UNIQUE INDEX demo_psp_notices ON demo_psp_positions (creditor, notice_number);

-- What the stand-in was asked and what it made of it, in order. Rows are only ever added.
CREATE TABLE demo_psp_ledger (
    position  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    operation text NOT NULL,
    iud       text NOT NULL,
    outcome   text NOT NULL,
    mode      text NOT NULL
);
CREATE INDEX demo_psp_ledger_by_iud ON demo_psp_ledger (iud, operation);
