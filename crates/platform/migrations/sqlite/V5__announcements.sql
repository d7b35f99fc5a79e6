-- What applicants are told of the statuses of their applications, and what became of it: waiting, calling (the app IO may have the
-- message), io, mail, nobody.
CREATE TABLE announcements (
    id             TEXT PRIMARY KEY,
    tenant_id      TEXT NOT NULL,
    application_id TEXT NOT NULL,
    status         INTEGER NOT NULL,
    state          TEXT NOT NULL,
    words          TEXT,
    io_message_id  TEXT,
    reason         TEXT,
    created_at     INTEGER NOT NULL,
    settled_at     INTEGER
) WITHOUT ROWID;
CREATE INDEX announcements_by_application ON announcements (tenant_id, application_id, created_at);
