-- Organisations that send, and what they may do. `sandbox_code` is the test citizen that each gets.
CREATE TABLE io_accounts (
    id           TEXT PRIMARY KEY,
    tenant_id    TEXT NOT NULL,
    name         TEXT NOT NULL,
    fiscal_code  TEXT NOT NULL,
    email        TEXT NOT NULL,
    groups       TEXT NOT NULL,
    manage_cidrs TEXT NOT NULL,
    sandbox_code TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX io_accounts_by_tenant ON io_accounts (tenant_id, id);

-- Pairs of keys: of one service, of an organisation (MANAGE-<account>), of a group of its services (MANAGE-GROUP-<group>). They are found
-- by keyed digest and shown from their sealed form.
CREATE TABLE io_subscriptions (
    id               TEXT PRIMARY KEY,
    account_id       TEXT NOT NULL,
    service_id       TEXT,
    group_id         TEXT,
    active           INTEGER NOT NULL,
    primary_digest   BLOB NOT NULL,
    secondary_digest BLOB NOT NULL,
    primary_sealed   BLOB NOT NULL,
    secondary_sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX io_subscriptions_by_primary ON io_subscriptions (primary_digest);
CREATE UNIQUE INDEX io_subscriptions_by_secondary ON io_subscriptions (secondary_digest);

-- Services: the newest version with its review, what citizens see of it, and where its sender wants to be told. `published_name` is in
-- small letters.
CREATE TABLE io_services (
    id                TEXT PRIMARY KEY,
    account_id        TEXT NOT NULL,
    group_id          TEXT,
    state             TEXT NOT NULL,
    reason            TEXT,
    auto_publish      INTEGER NOT NULL,
    version           INTEGER NOT NULL,
    body              TEXT NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    publication       TEXT,
    published_version INTEGER,
    published_body    TEXT,
    published_name    TEXT,
    organization_code TEXT NOT NULL,
    published_at      INTEGER,
    webhook_url       TEXT,
    webhook_secret    BLOB
) WITHOUT ROWID;
CREATE INDEX io_services_by_account ON io_services (account_id, id);
CREATE INDEX io_services_by_name ON io_services (organization_code, published_name);
CREATE INDEX io_services_to_review ON io_services (updated_at) WHERE state = 'submitted';

-- What happened to each service.
CREATE TABLE io_service_history (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    service_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    value      TEXT NOT NULL,
    reason     TEXT,
    version    INTEGER NOT NULL,
    body       TEXT NOT NULL,
    at         INTEGER NOT NULL
);
CREATE INDEX io_service_history_by_service ON io_service_history (service_id, number);

-- Citizens: what they chose in general, for each service at a version of their settings, and which special services they have.
CREATE TABLE io_profiles (
    fiscal_code TEXT PRIMARY KEY,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE io_preferences (
    fiscal_code      TEXT NOT NULL,
    service_id       TEXT NOT NULL,
    settings_version INTEGER NOT NULL,
    inbox            INTEGER NOT NULL,
    read_status      INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    PRIMARY KEY (fiscal_code, service_id, settings_version)
) WITHOUT ROWID;

CREATE TABLE io_activations (
    service_id  TEXT NOT NULL,
    fiscal_code TEXT NOT NULL,
    status      TEXT NOT NULL,
    version     INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (service_id, fiscal_code)
) WITHOUT ROWID;

-- Who came and left, and who allowed and refused which service, by day (UTC) and by digest. `service_id` is empty for the first two.
CREATE TABLE io_feed (
    day        TEXT NOT NULL,
    service_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    digest     TEXT NOT NULL,
    PRIMARY KEY (day, service_id, kind, digest)
) WITHOUT ROWID;

-- Messages. `rpt_id` is payee and notice number; `notification` what became of the notification; `forget_at` when the message of an
-- unknown citizen goes.
CREATE TABLE io_messages (
    id           TEXT PRIMARY KEY,
    service_id   TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    fiscal_code  TEXT NOT NULL,
    state        TEXT NOT NULL,
    rejection    TEXT,
    premium      INTEGER NOT NULL,
    time_to_live INTEGER NOT NULL,
    content      TEXT NOT NULL,
    rpt_id       TEXT,
    notification TEXT,
    created_at   INTEGER NOT NULL,
    settled_at   INTEGER,
    read_at      INTEGER,
    archived     INTEGER NOT NULL,
    forget_at    INTEGER
) WITHOUT ROWID;
CREATE INDEX io_messages_by_citizen ON io_messages (fiscal_code, id);
CREATE INDEX io_messages_by_notice ON io_messages (rpt_id) WHERE rpt_id IS NOT NULL;
CREATE INDEX io_messages_to_forget ON io_messages (forget_at) WHERE forget_at IS NOT NULL;

-- Requests that were sent with an Idempotency-Key.
CREATE TABLE io_idempotency (
    service_id TEXT NOT NULL,
    key        TEXT NOT NULL,
    digest     BLOB NOT NULL,
    message_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (service_id, key)
) WITHOUT ROWID;
CREATE INDEX io_idempotency_by_age ON io_idempotency (created_at);

-- How senders are asked for remote content; the keys inside are sealed.
CREATE TABLE io_configurations (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    body       TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX io_configurations_by_account ON io_configurations (account_id, id);

-- What was shown on citizens' phones.
CREATE TABLE io_notifications (
    id          TEXT PRIMARY KEY,
    fiscal_code TEXT NOT NULL,
    message_id  TEXT NOT NULL,
    kind        TEXT NOT NULL,
    title       TEXT NOT NULL,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX io_notifications_by_citizen ON io_notifications (fiscal_code, id);

-- Reminders to come. `series` is the message, or the notice: two messages about one notice are recalled once.
CREATE TABLE io_reminders (
    series      TEXT NOT NULL,
    fiscal_code TEXT NOT NULL,
    kind        TEXT NOT NULL,
    due_at      INTEGER NOT NULL,
    message_id  TEXT NOT NULL,
    PRIMARY KEY (series, fiscal_code, kind, due_at)
) WITHOUT ROWID;
CREATE INDEX io_reminders_by_due ON io_reminders (due_at);

-- What our own payments say of notices.
CREATE TABLE io_notices (
    rpt_id     TEXT PRIMARY KEY,
    paid       INTEGER NOT NULL,
    due_at     INTEGER,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;
