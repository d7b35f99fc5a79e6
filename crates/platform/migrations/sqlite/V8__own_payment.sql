-- The payment that an application was first told of while it waited for one: what is told of another changes nothing.
CREATE TABLE application_payments (
    application_id TEXT PRIMARY KEY,
    tenant_id      TEXT NOT NULL,
    payment_id     TEXT NOT NULL,
    told_at        INTEGER NOT NULL
) WITHOUT ROWID;
