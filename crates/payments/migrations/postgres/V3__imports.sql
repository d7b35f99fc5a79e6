-- Imports of dues. A file is read in order: `row_count` rows of it are done, in one transaction with what became of them.
CREATE TABLE import_jobs (
    id             uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    service_id     uuid NOT NULL,
    provider       text NOT NULL,
    creditor       text NOT NULL,
    file_name      text NOT NULL,
    mime_type      text NOT NULL,
    url            text,
    status         text NOT NULL,
    row_count      bigint NOT NULL DEFAULT 0,
    imported       bigint NOT NULL DEFAULT 0,
    present        bigint NOT NULL DEFAULT 0,
    failed         bigint NOT NULL DEFAULT 0,
    output         text,
    running_output text,
    started_at     timestamptz,
    terminated_at  timestamptz,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
CREATE INDEX import_jobs_by_creation ON import_jobs (tenant_id, created_at, id);

-- What is wrong with the rows that were not imported.
CREATE TABLE import_errors (
    job_id     uuid NOT NULL,
    row_number bigint NOT NULL,
    field      text NOT NULL,
    message    text NOT NULL,
    PRIMARY KEY (job_id, row_number, field)
);

-- The dues that were imported: each number of a body once, whatever is sent again.
CREATE TABLE imported_dues (
    tenant_id     uuid NOT NULL,
    notice_number text NOT NULL,
    payment_id    uuid NOT NULL,
    job_id        uuid NOT NULL,
    PRIMARY KEY (tenant_id, notice_number)
);
