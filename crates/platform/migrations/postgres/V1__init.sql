CREATE TABLE tenants (
    id         uuid PRIMARY KEY,
    slug       text NOT NULL UNIQUE,
    body       text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE tenant_hosts (
    host      text PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id)
);

CREATE TABLE users (
    id          uuid PRIMARY KEY,
    tenant_id   uuid NOT NULL REFERENCES tenants (id),
    role        text NOT NULL,
    username    text NOT NULL,
    search_name text NOT NULL,
    body        text NOT NULL,
    created_at  timestamptz NOT NULL,
    UNIQUE (tenant_id, username)
);
CREATE INDEX users_by_role ON users (tenant_id, role, search_name);

CREATE TABLE offices (
    id         uuid PRIMARY KEY,
    tenant_id  uuid NOT NULL REFERENCES tenants (id),
    name       text NOT NULL,
    body       text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (tenant_id, name)
);

-- Which users work in which offices, as the users' own rows say: for counting and for finding by office.
CREATE TABLE office_members (
    office_id uuid NOT NULL REFERENCES offices (id),
    user_id   uuid NOT NULL REFERENCES users (id),
    PRIMARY KEY (office_id, user_id)
);
CREATE INDEX office_members_by_user ON office_members (user_id);

CREATE TABLE services (
    id         uuid PRIMARY KEY,
    tenant_id  uuid NOT NULL REFERENCES tenants (id),
    identifier text NOT NULL,
    name       text NOT NULL,
    status     bigint NOT NULL,
    body       text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (tenant_id, identifier)
);

-- Form.io definitions. The nested forms that the platform ships are in the program, not here.
CREATE TABLE forms (
    id         text PRIMARY KEY,
    path       text UNIQUE,
    body       text NOT NULL,
    i18n       text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- `object` is the application as the API shows it, without `data`, which stands beside it as version 1 has it (flat). Lists are answered
-- from these two texts as they are. `answers` is what the form gave; version 2 (nested) is made from it.
CREATE TABLE applications (
    id             uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL REFERENCES tenants (id),
    service_id     uuid NOT NULL REFERENCES services (id),
    user_id        uuid NOT NULL REFERENCES users (id),
    status         bigint NOT NULL,
    operator_id    uuid,
    office_id      uuid,
    unique_id      text,
    search_text    text NOT NULL,
    object         text NOT NULL,
    data           text NOT NULL,
    answers        text NOT NULL,
    created_at     timestamptz NOT NULL,
    submitted_at   timestamptz,
    updated_at     timestamptz NOT NULL
);
CREATE INDEX applications_by_time ON applications (tenant_id, created_at, id);
CREATE INDEX applications_by_user ON applications (tenant_id, user_id, created_at, id);
CREATE INDEX applications_by_service ON applications (tenant_id, service_id, created_at, id);
CREATE INDEX applications_by_status ON applications (tenant_id, status, created_at, id);
-- One open application of a service for each unique value (platform rule "unique_id").
CREATE UNIQUE INDEX applications_by_unique_id ON applications (service_id, unique_id)
    WHERE unique_id IS NOT NULL AND status NOT IN (1000, 1530, 8000, 9000, 20000, 50000);

CREATE TABLE application_history (
    application_id uuid NOT NULL REFERENCES applications (id),
    seq            bigint NOT NULL,
    status         bigint NOT NULL,
    message        text,
    message_id     uuid,
    changed_at     timestamptz NOT NULL,
    PRIMARY KEY (application_id, seq)
);

-- Files: of applications, of messages, or uploaded and not yet used (`application_id` null).
CREATE TABLE attachments (
    id             uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL REFERENCES tenants (id),
    application_id uuid REFERENCES applications (id) DEFERRABLE INITIALLY DEFERRED,
    owner_id       uuid NOT NULL,
    kind           text NOT NULL,
    name           text NOT NULL,
    description    text NOT NULL,
    mime_type      text NOT NULL,
    size_bytes     bigint NOT NULL,
    sha256         text,
    md5            text,
    stored         boolean NOT NULL,
    -- An upload whose content is coming in: nobody else may send it meanwhile.
    receiving      boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL
);
CREATE INDEX attachments_by_application ON attachments (application_id);
CREATE INDEX attachments_unused ON attachments (owner_id, created_at) WHERE application_id IS NULL;

CREATE TABLE messages (
    id             uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL REFERENCES tenants (id),
    application_id uuid NOT NULL REFERENCES applications (id),
    author_id      uuid,
    visibility     text NOT NULL,
    body           text NOT NULL,
    created_at     timestamptz NOT NULL
);
CREATE INDEX messages_by_application ON messages (application_id, created_at, id);
