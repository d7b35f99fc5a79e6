-- What applicants are told of the statuses of their applications, and what became of it: waiting, calling (the app IO may have the
-- message), io, mail, nobody.
CREATE TABLE announcements (
    id             uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    application_id uuid NOT NULL,
    status         bigint NOT NULL,
    state          text NOT NULL,
    words          text,
    io_message_id  text,
    reason         text,
    created_at     timestamptz NOT NULL,
    settled_at     timestamptz
);
CREATE INDEX announcements_by_application ON announcements (tenant_id, application_id, created_at);
