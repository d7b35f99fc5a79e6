-- Paper revenue stamps that applications used: each serves once, whoever the body is.
CREATE TABLE paper_stamps (
    number         TEXT PRIMARY KEY,
    issued_on      TEXT NOT NULL,
    tenant_id      TEXT NOT NULL,
    application_id TEXT NOT NULL,
    used_at        INTEGER NOT NULL
) WITHOUT ROWID;
