-- The regional intermediary. Every table names its body (`tenant_id`); rows and uploads hang on their lot.

-- Suppliers to whom the body has delegated the sending of messages, and between which days (both included).
CREATE TABLE ios_providers (
    id               uuid PRIMARY KEY,
    tenant_id        uuid NOT NULL,
    name             text NOT NULL,
    valid_from       text NOT NULL,
    valid_until      text,
    active           boolean NOT NULL
);
CREATE INDEX ios_providers_by_tenant ON ios_providers (tenant_id, id);

-- Who works for the body, for a supplier, or only looks. Accounts are the identity role's; this says what each may do here.
CREATE TABLE ios_members (
    tenant_id        uuid NOT NULL,
    username         text NOT NULL,
    duty             text NOT NULL,
    provider_id      uuid,
    PRIMARY KEY (tenant_id, username)
);

-- Keys by which suppliers' programs call, by keyed digest; `hint` is what is shown of one.
CREATE TABLE ios_provider_keys (
    digest           bytea PRIMARY KEY,
    tenant_id        uuid NOT NULL,
    provider_id      uuid NOT NULL,
    hint             text NOT NULL,
    created_at       timestamptz NOT NULL
);
CREATE INDEX ios_provider_keys_by_provider ON ios_provider_keys (provider_id);

-- Services of the app through which messages go. `code` is the app's name of the service, `preferred` the key that works.
CREATE TABLE ios_services (
    id               uuid PRIMARY KEY,
    tenant_id        uuid NOT NULL,
    provider_id      uuid,
    code             text NOT NULL,
    state            text NOT NULL,
    reason           text,
    body             text NOT NULL,
    primary_sealed   bytea NOT NULL,
    secondary_sealed bytea NOT NULL,
    preferred        text NOT NULL,
    keys_at          timestamptz NOT NULL,
    last_run_at      timestamptz,
    created_at       timestamptz NOT NULL
);
CREATE UNIQUE INDEX ios_services_by_code ON ios_services (tenant_id, code);

-- Texts with placeholders; a version never changes.
CREATE TABLE ios_templates (
    id               uuid NOT NULL,
    version          bigint NOT NULL,
    tenant_id        uuid NOT NULL,
    service_id       uuid NOT NULL,
    body             text NOT NULL,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE INDEX ios_templates_by_service ON ios_templates (service_id, id);

-- Lots. `run` grows whenever somebody sets the lot going: work of an older number is dropped. `source` tells apart what was handed in.
CREATE TABLE ios_lots (
    id               uuid PRIMARY KEY,
    tenant_id        uuid NOT NULL,
    service_id       uuid NOT NULL,
    template_id      uuid,
    template_version bigint,
    name             text NOT NULL,
    connector        text NOT NULL,
    source           text NOT NULL,
    state            text NOT NULL,
    reason           text,
    run              bigint NOT NULL,
    staged           boolean NOT NULL,
    created_by       text NOT NULL,
    approved_by      text,
    tested_at        timestamptz,
    created_at       timestamptz NOT NULL,
    released_at      timestamptz,
    ended_at         timestamptz,
    forget_at        timestamptz,
    file             text
);
CREATE UNIQUE INDEX ios_lots_by_source ON ios_lots (service_id, source);
CREATE INDEX ios_lots_by_tenant ON ios_lots (tenant_id, id);
CREATE INDEX ios_lots_to_forget ON ios_lots (forget_at) WHERE forget_at IS NOT NULL;

-- What was handed in, until it is read.
CREATE TABLE ios_uploads (
    lot_id           uuid PRIMARY KEY,
    content_type     text NOT NULL,
    body             bytea NOT NULL
);

-- Rows: one message to one citizen. `next_at` is when there is something to do about it.
CREATE TABLE ios_rows (
    lot_id           uuid NOT NULL,
    number           bigint NOT NULL,
    fiscal_code      text NOT NULL,
    state            text NOT NULL,
    reason           text,
    warning          text,
    message          text,
    message_id       text,
    attempts         bigint NOT NULL,
    next_at          timestamptz,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (lot_id, number)
);
CREATE INDEX ios_rows_by_state ON ios_rows (lot_id, state, next_at);

-- How a body wants it.
CREATE TABLE ios_settings (
    tenant_id        uuid PRIMARY KEY,
    body             text NOT NULL
);

-- Calls of a body's account to the app since its window began.
CREATE TABLE ios_pace (
    tenant_id        uuid PRIMARY KEY,
    began_at         timestamptz NOT NULL,
    ends_at          timestamptz NOT NULL,
    calls            bigint NOT NULL
);

-- Who did what. Nothing changes or removes a line.
CREATE TABLE ios_audit (
    number           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id        uuid NOT NULL,
    actor            text NOT NULL,
    address          text,
    action           text NOT NULL,
    subject          text NOT NULL,
    was              text,
    became           text,
    at               timestamptz NOT NULL
);
CREATE INDEX ios_audit_by_tenant ON ios_audit (tenant_id, number);

-- Requests for help.
CREATE TABLE ios_tickets (
    id               uuid PRIMARY KEY,
    tenant_id        uuid NOT NULL,
    provider_id      uuid,
    state            text NOT NULL,
    body             text NOT NULL,
    updated_at       timestamptz NOT NULL
);
CREATE INDEX ios_tickets_by_tenant ON ios_tickets (tenant_id, id);
