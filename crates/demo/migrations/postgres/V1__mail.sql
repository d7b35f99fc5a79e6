-- The emails that a demonstration did not send.
CREATE TABLE demo_emails (
    id      uuid PRIMARY KEY,
    address text NOT NULL,
    subject text NOT NULL,
    body    text NOT NULL,
    sent_at timestamptz NOT NULL
);
CREATE INDEX demo_emails_by_time ON demo_emails (sent_at);
