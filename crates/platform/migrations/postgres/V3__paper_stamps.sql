-- Paper revenue stamps that applications used: each serves once, whoever the body is.
CREATE TABLE paper_stamps (
    number         text PRIMARY KEY,
    issued_on      text NOT NULL,
    tenant_id      uuid NOT NULL,
    application_id uuid NOT NULL,
    used_at        timestamptz NOT NULL
);
