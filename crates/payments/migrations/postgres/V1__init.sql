-- Which payment was made for which application: one each, whatever is delivered again.
CREATE TABLE payment_dispatches (
    application_id uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    payment_id     uuid NOT NULL,
    created_at     timestamptz NOT NULL
);

-- A proxy's configurations of tenants and of payments, as they were sent.
CREATE TABLE proxy_tenants (
    provider   text NOT NULL,
    id         uuid NOT NULL,
    active     boolean NOT NULL,
    body       text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (provider, id)
);

CREATE TABLE proxy_configs (
    provider   text NOT NULL,
    id         uuid NOT NULL,
    tenant_id  uuid NOT NULL,
    remote_id  uuid NOT NULL,
    active     boolean NOT NULL,
    body       text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (provider, id)
);
CREATE INDEX proxy_configs_by_remote ON proxy_configs (provider, tenant_id, remote_id);

-- The payments that a proxy follows. `body` is the latest event about each; `notice_number` is allocated before the provider is asked;
-- `landing_url` is where the citizen goes in the end.
CREATE TABLE proxy_payments (
    id            uuid PRIMARY KEY,
    provider      text NOT NULL,
    tenant_id     uuid NOT NULL,
    service_id    uuid NOT NULL,
    status        text NOT NULL,
    iud           text NOT NULL,
    creditor      text NOT NULL,
    notice_number text,
    landing_url   text,
    body          text NOT NULL,
    last_error    text,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX proxy_payments_by_iud ON proxy_payments (provider, iud);
CREATE INDEX proxy_payments_by_notice ON proxy_payments (creditor, notice_number);

-- The last counter used in each series of notice numbers; a counter is never used twice.
CREATE TABLE notice_counters (
    creditor text NOT NULL,
    series   text NOT NULL,
    last     bigint NOT NULL,
    PRIMARY KEY (creditor, series)
);

-- What the platform was last told of a payment.
CREATE TABLE payment_updates (
    payment_id uuid PRIMARY KEY,
    outcome    text NOT NULL,
    updated_at timestamptz NOT NULL
);

-- The read model: every payment as its latest event has it. `poll_at` is when the poller asks next.
CREATE TABLE payments (
    id               uuid PRIMARY KEY,
    tenant_id        uuid NOT NULL,
    service_id       uuid NOT NULL,
    user_id          uuid,
    remote_id        uuid,
    payer_tax_code   text NOT NULL,
    status           text NOT NULL,
    notice_code      text,
    iuv              text,
    amount_cents     bigint,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    event_created_at timestamptz NOT NULL,
    update_url       text,
    poll_at          timestamptz,
    polls_failed     bigint NOT NULL DEFAULT 0,
    body             text NOT NULL
);
CREATE INDEX payments_by_creation ON payments (tenant_id, created_at, id);
CREATE INDEX payments_by_remote ON payments (tenant_id, remote_id);
CREATE INDEX payments_by_user ON payments (tenant_id, user_id, created_at);
CREATE INDEX payments_by_payer ON payments (tenant_id, payer_tax_code, created_at);
CREATE INDEX payments_by_notice ON payments (tenant_id, notice_code);
-- A million open payments cost the poller one look at this.
CREATE INDEX payments_to_poll ON payments (poll_at) WHERE poll_at IS NOT NULL;
