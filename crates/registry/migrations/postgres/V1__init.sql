-- Documents that the dispatcher has published: each case of an application once, whatever is delivered again.
CREATE TABLE dispatched_documents (
    id             uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    application_id uuid NOT NULL,
    event_id       uuid NOT NULL,
    dispatched_at  timestamptz NOT NULL
);

-- Tenants whose documents a registry proxy registers; `body` is the configuration as JSON.
CREATE TABLE registry_tenants (
    provider    text NOT NULL,
    id          uuid NOT NULL,
    is_active   boolean NOT NULL,
    body        text NOT NULL,
    created_at  timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    PRIMARY KEY (provider, id)
);

-- Services whose documents a registry proxy registers; `body` is the configuration as JSON.
CREATE TABLE registry_services (
    provider    text NOT NULL,
    id          uuid NOT NULL,
    tenant_id   uuid NOT NULL,
    is_active   boolean NOT NULL,
    body        text NOT NULL,
    created_at  timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    PRIMARY KEY (provider, id)
);

-- Documents that a registry proxy has taken. `progress` says which steps the registry has done, `event` is the document as last read.
CREATE TABLE registry_documents (
    provider   text NOT NULL,
    id         uuid NOT NULL,
    tenant_id  uuid NOT NULL,
    state      text NOT NULL,
    attempts   bigint NOT NULL,
    progress   text NOT NULL,
    event      text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (provider, id)
);
