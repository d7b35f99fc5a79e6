-- The emails that a demonstration did not send.
CREATE TABLE demo_emails (
    id      TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body    TEXT NOT NULL,
    sent_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX demo_emails_by_time ON demo_emails (sent_at);
