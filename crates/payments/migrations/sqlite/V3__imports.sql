-- Imports of dues. A file is read in order: `row_count` rows of it are done, in one transaction with what became of them.
CREATE TABLE import_jobs (
    id             TEXT PRIMARY KEY,
    tenant_id      TEXT NOT NULL,
    service_id     TEXT NOT NULL,
    provider       TEXT NOT NULL,
    creditor       TEXT NOT NULL,
    file_name      TEXT NOT NULL,
    mime_type      TEXT NOT NULL,
    url            TEXT,
    status         TEXT NOT NULL,
    row_count      INTEGER NOT NULL DEFAULT 0,
    imported       INTEGER NOT NULL DEFAULT 0,
    present        INTEGER NOT NULL DEFAULT 0,
    failed         INTEGER NOT NULL DEFAULT 0,
    output         TEXT,
    running_output TEXT,
    started_at     INTEGER,
    terminated_at  INTEGER,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX import_jobs_by_creation ON import_jobs (tenant_id, created_at, id);

-- What is wrong with the rows that were not imported.
CREATE TABLE import_errors (
    job_id     TEXT NOT NULL,
    row_number INTEGER NOT NULL,
    field      TEXT NOT NULL,
    message    TEXT NOT NULL,
    PRIMARY KEY (job_id, row_number, field)
) WITHOUT ROWID;

-- The dues that were imported: each number of a body once, whatever is sent again.
CREATE TABLE imported_dues (
    tenant_id     TEXT NOT NULL,
    notice_number TEXT NOT NULL,
    payment_id    TEXT NOT NULL,
    job_id        TEXT NOT NULL,
    PRIMARY KEY (tenant_id, notice_number)
) WITHOUT ROWID;
