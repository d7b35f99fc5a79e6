-- The letters that a demonstration did not send.
CREATE TABLE demo_letters (
    id      uuid PRIMARY KEY,
    address text NOT NULL,
    subject text NOT NULL,
    body    text NOT NULL,
    sent_at timestamptz NOT NULL
);
CREATE INDEX demo_letters_by_time ON demo_letters (sent_at);
