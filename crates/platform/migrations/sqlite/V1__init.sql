CREATE TABLE tenants (
    id         TEXT PRIMARY KEY,
    slug       TEXT NOT NULL UNIQUE,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE tenant_hosts (
    host      TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id)
) WITHOUT ROWID;

CREATE TABLE users (
    id          TEXT PRIMARY KEY,
    tenant_id   TEXT NOT NULL REFERENCES tenants (id),
    role        TEXT NOT NULL,
    username    TEXT NOT NULL,
    search_name TEXT NOT NULL,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (tenant_id, username)
) WITHOUT ROWID;
CREATE INDEX users_by_role ON users (tenant_id, role, search_name);

CREATE TABLE offices (
    id         TEXT PRIMARY KEY,
    tenant_id  TEXT NOT NULL REFERENCES tenants (id),
    name       TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (tenant_id, name)
) WITHOUT ROWID;

-- Which users work in which offices, as the users' own rows say: for counting and for finding by office.
CREATE TABLE office_members (
    office_id TEXT NOT NULL REFERENCES offices (id),
    user_id   TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (office_id, user_id)
) WITHOUT ROWID;
CREATE INDEX office_members_by_user ON office_members (user_id);

CREATE TABLE services (
    id         TEXT PRIMARY KEY,
    tenant_id  TEXT NOT NULL REFERENCES tenants (id),
    identifier TEXT NOT NULL,
    name       TEXT NOT NULL,
    status     INTEGER NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (tenant_id, identifier)
) WITHOUT ROWID;

-- Form.io definitions. The nested forms that the platform ships are in the program, not here.
CREATE TABLE forms (
    id         TEXT PRIMARY KEY,
    path       TEXT UNIQUE,
    body       TEXT NOT NULL,
    i18n       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;

-- `object` is the application as the API shows it, without `data`, which stands beside it as version 1 has it (flat). Lists are answered
-- from these two texts as they are. `answers` is what the form gave; version 2 (nested) is made from it.
CREATE TABLE applications (
    id             TEXT PRIMARY KEY,
    tenant_id      TEXT NOT NULL REFERENCES tenants (id),
    service_id     TEXT NOT NULL REFERENCES services (id),
    user_id        TEXT NOT NULL REFERENCES users (id),
    status         INTEGER NOT NULL,
    operator_id    TEXT,
    office_id      TEXT,
    unique_id      TEXT,
    search_text    TEXT NOT NULL,
    object         TEXT NOT NULL,
    data           TEXT NOT NULL,
    answers        TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    submitted_at   INTEGER,
    updated_at     INTEGER NOT NULL
);
CREATE INDEX applications_by_time ON applications (tenant_id, created_at, id);
CREATE INDEX applications_by_user ON applications (tenant_id, user_id, created_at, id);
CREATE INDEX applications_by_service ON applications (tenant_id, service_id, created_at, id);
CREATE INDEX applications_by_status ON applications (tenant_id, status, created_at, id);
-- One open application of a service for each unique value (platform rule "unique_id").
CREATE UNIQUE INDEX applications_by_unique_id ON applications (service_id, unique_id)
    WHERE unique_id IS NOT NULL AND status NOT IN (1000, 1530, 8000, 9000, 20000, 50000);

CREATE TABLE application_history (
    application_id TEXT NOT NULL REFERENCES applications (id),
    seq            INTEGER NOT NULL,
    status         INTEGER NOT NULL,
    message        TEXT,
    message_id     TEXT,
    changed_at     INTEGER NOT NULL,
    PRIMARY KEY (application_id, seq)
) WITHOUT ROWID;

-- Files: of applications, of messages, or uploaded and not yet used (`application_id` null).
CREATE TABLE attachments (
    id             TEXT PRIMARY KEY,
    tenant_id      TEXT NOT NULL REFERENCES tenants (id),
    application_id TEXT REFERENCES applications (id) DEFERRABLE INITIALLY DEFERRED,
    owner_id       TEXT NOT NULL,
    kind           TEXT NOT NULL,
    name           TEXT NOT NULL,
    description    TEXT NOT NULL,
    mime_type      TEXT NOT NULL,
    size_bytes     INTEGER NOT NULL,
    sha256         TEXT,
    md5            TEXT,
    stored         INTEGER NOT NULL,
    -- An upload whose content is coming in: nobody else may send it meanwhile.
    receiving      INTEGER NOT NULL DEFAULT 0,
    created_at     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX attachments_by_application ON attachments (application_id);
CREATE INDEX attachments_unused ON attachments (owner_id, created_at) WHERE application_id IS NULL;

CREATE TABLE messages (
    id             TEXT PRIMARY KEY,
    tenant_id      TEXT NOT NULL REFERENCES tenants (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    author_id      TEXT,
    visibility     TEXT NOT NULL,
    body           TEXT NOT NULL,
    created_at     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX messages_by_application ON messages (application_id, created_at, id);
