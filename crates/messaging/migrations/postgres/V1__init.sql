-- Organisations that send, and what they may do. `sandbox_code` is the test citizen that each gets.
CREATE TABLE io_accounts (
    id           text PRIMARY KEY,
    tenant_id    uuid NOT NULL,
    name         text NOT NULL,
    fiscal_code  text NOT NULL,
    email        text NOT NULL,
    groups       text NOT NULL,
    manage_cidrs text NOT NULL,
    sandbox_code text NOT NULL,
    created_at   timestamptz NOT NULL
);
CREATE INDEX io_accounts_by_tenant ON io_accounts (tenant_id, id);

-- Pairs of keys: of one service, of an organisation (MANAGE-<account>), of a group of its services (MANAGE-GROUP-<group>). They are found
-- by keyed digest and shown from their sealed form.
CREATE TABLE io_subscriptions (
    id               text PRIMARY KEY,
    account_id       text NOT NULL,
    service_id       uuid,
    group_id         text,
    active           boolean NOT NULL,
    primary_digest   bytea NOT NULL,
    secondary_digest bytea NOT NULL,
    primary_sealed   bytea NOT NULL,
    secondary_sealed bytea NOT NULL
);
CREATE UNIQUE INDEX io_subscriptions_by_primary ON io_subscriptions (primary_digest);
CREATE UNIQUE INDEX io_subscriptions_by_secondary ON io_subscriptions (secondary_digest);

-- Services: the newest version with its review, what citizens see of it, and where its sender wants to be told. `published_name` is in
-- small letters.
CREATE TABLE io_services (
    id                uuid PRIMARY KEY,
    account_id        text NOT NULL,
    group_id          text,
    state             text NOT NULL,
    reason            text,
    auto_publish      boolean NOT NULL,
    version           bigint NOT NULL,
    body              text NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    publication       text,
    published_version bigint,
    published_body    text,
    published_name    text,
    organization_code text NOT NULL,
    published_at      timestamptz,
    webhook_url       text,
    webhook_secret    bytea
);
CREATE INDEX io_services_by_account ON io_services (account_id, id);
CREATE INDEX io_services_by_name ON io_services (organization_code, published_name);
CREATE INDEX io_services_to_review ON io_services (updated_at) WHERE state = 'submitted';

-- What happened to each service.
CREATE TABLE io_service_history (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service_id uuid NOT NULL,
    kind       text NOT NULL,
    value      text NOT NULL,
    reason     text,
    version    bigint NOT NULL,
    body       text NOT NULL,
    at         timestamptz NOT NULL
);
CREATE INDEX io_service_history_by_service ON io_service_history (service_id, number);

-- Citizens: what they chose in general, for each service at a version of their settings, and which special services they have.
CREATE TABLE io_profiles (
    fiscal_code text PRIMARY KEY,
    body        text NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE io_preferences (
    fiscal_code      text NOT NULL,
    service_id       uuid NOT NULL,
    settings_version bigint NOT NULL,
    inbox            boolean NOT NULL,
    read_status      boolean NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (fiscal_code, service_id, settings_version)
);

CREATE TABLE io_activations (
    service_id  uuid NOT NULL,
    fiscal_code text NOT NULL,
    status      text NOT NULL,
    version     bigint NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (service_id, fiscal_code)
);

-- Who came and left, and who allowed and refused which service, by day (UTC) and by digest. `service_id` is empty for the first two.
CREATE TABLE io_feed (
    day        text NOT NULL,
    service_id text NOT NULL,
    kind       text NOT NULL,
    digest     text NOT NULL,
    PRIMARY KEY (day, service_id, kind, digest)
);

-- Messages. `rpt_id` is payee and notice number; `notification` what became of the notification; `forget_at` when the message of an
-- unknown citizen goes.
CREATE TABLE io_messages (
    id           uuid PRIMARY KEY,
    service_id   uuid NOT NULL,
    account_id   text NOT NULL,
    fiscal_code  text NOT NULL,
    state        text NOT NULL,
    rejection    text,
    premium      boolean NOT NULL,
    time_to_live bigint NOT NULL,
    content      text NOT NULL,
    rpt_id       text,
    notification text,
    created_at   timestamptz NOT NULL,
    settled_at   timestamptz,
    read_at      timestamptz,
    archived     boolean NOT NULL,
    forget_at    timestamptz
);
CREATE INDEX io_messages_by_citizen ON io_messages (fiscal_code, id);
CREATE INDEX io_messages_by_notice ON io_messages (rpt_id) WHERE rpt_id IS NOT NULL;
CREATE INDEX io_messages_to_forget ON io_messages (forget_at) WHERE forget_at IS NOT NULL;

-- Requests that were sent with an Idempotency-Key.
CREATE TABLE io_idempotency (
    service_id uuid NOT NULL,
    key        text NOT NULL,
    digest     bytea NOT NULL,
    message_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (service_id, key)
);
CREATE INDEX io_idempotency_by_age ON io_idempotency (created_at);

-- How senders are asked for remote content; the keys inside are sealed.
CREATE TABLE io_configurations (
    id         uuid PRIMARY KEY,
    account_id text NOT NULL,
    body       text NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX io_configurations_by_account ON io_configurations (account_id, id);

-- What was shown on citizens' phones.
CREATE TABLE io_notifications (
    id          uuid PRIMARY KEY,
    fiscal_code text NOT NULL,
    message_id  uuid NOT NULL,
    kind        text NOT NULL,
    title       text NOT NULL,
    body        text NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE INDEX io_notifications_by_citizen ON io_notifications (fiscal_code, id);

-- Reminders to come. `series` is the message, or the notice: two messages about one notice are recalled once.
CREATE TABLE io_reminders (
    series      text NOT NULL,
    fiscal_code text NOT NULL,
    kind        text NOT NULL,
    due_at      timestamptz NOT NULL,
    message_id  uuid NOT NULL,
    PRIMARY KEY (series, fiscal_code, kind, due_at)
);
CREATE INDEX io_reminders_by_due ON io_reminders (due_at);

-- What our own payments say of notices.
CREATE TABLE io_notices (
    rpt_id     text PRIMARY KEY,
    paid       boolean NOT NULL,
    due_at     timestamptz,
    updated_at timestamptz NOT NULL
);
