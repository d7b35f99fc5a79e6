-- Which payment was made for which application: one each, whatever is delivered again.
CREATE TABLE payment_dispatches (
    application_id TEXT PRIMARY KEY,
    tenant_id      TEXT NOT NULL,
    payment_id     TEXT NOT NULL,
    created_at     INTEGER NOT NULL
) WITHOUT ROWID;

-- A proxy's configurations of tenants and of payments, as they were sent.
CREATE TABLE proxy_tenants (
    provider   TEXT NOT NULL,
    id         TEXT NOT NULL,
    active     INTEGER NOT NULL,
    body       TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (provider, id)
) WITHOUT ROWID;

CREATE TABLE proxy_configs (
    provider   TEXT NOT NULL,
    id         TEXT NOT NULL,
    tenant_id  TEXT NOT NULL,
    remote_id  TEXT NOT NULL,
    active     INTEGER NOT NULL,
    body       TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (provider, id)
);
CREATE INDEX proxy_configs_by_remote ON proxy_configs (provider, tenant_id, remote_id);

-- The payments that a proxy follows. `body` is the latest event about each; `notice_number` is allocated before the provider is asked;
-- `landing_url` is where the citizen goes in the end.
CREATE TABLE proxy_payments (
    id            TEXT PRIMARY KEY,
    provider      TEXT NOT NULL,
    tenant_id     TEXT NOT NULL,
    service_id    TEXT NOT NULL,
    status        TEXT NOT NULL,
    iud           TEXT NOT NULL,
    creditor      TEXT NOT NULL,
    notice_number TEXT,
    landing_url   TEXT,
    body          TEXT NOT NULL,
    last_error    TEXT,
    updated_at    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX proxy_payments_by_iud ON proxy_payments (provider, iud);
CREATE INDEX proxy_payments_by_notice ON proxy_payments (creditor, notice_number);

-- The last counter used in each series of notice numbers; a counter is never used twice.
CREATE TABLE notice_counters (
    creditor TEXT NOT NULL,
    series   TEXT NOT NULL,
    last     INTEGER NOT NULL,
    PRIMARY KEY (creditor, series)
) WITHOUT ROWID;

-- What the platform was last told of a payment.
CREATE TABLE payment_updates (
    payment_id TEXT PRIMARY KEY,
    outcome    TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- The read model: every payment as its latest event has it. `poll_at` is when the poller asks next.
CREATE TABLE payments (
    id               TEXT PRIMARY KEY,
    tenant_id        TEXT NOT NULL,
    service_id       TEXT NOT NULL,
    user_id          TEXT,
    remote_id        TEXT,
    payer_tax_code   TEXT NOT NULL,
    status           TEXT NOT NULL,
    notice_code      TEXT,
    iuv              TEXT,
    amount_cents     INTEGER,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    event_created_at INTEGER NOT NULL,
    update_url       TEXT,
    poll_at          INTEGER,
    polls_failed     INTEGER NOT NULL DEFAULT 0,
    body             TEXT NOT NULL
);
CREATE INDEX payments_by_creation ON payments (tenant_id, created_at, id);
CREATE INDEX payments_by_remote ON payments (tenant_id, remote_id);
CREATE INDEX payments_by_user ON payments (tenant_id, user_id, created_at);
CREATE INDEX payments_by_payer ON payments (tenant_id, payer_tax_code, created_at);
CREATE INDEX payments_by_notice ON payments (tenant_id, notice_code);
-- A million open payments cost the poller one look at this.
CREATE INDEX payments_to_poll ON payments (poll_at) WHERE poll_at IS NOT NULL;
