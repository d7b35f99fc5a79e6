-- The event log: with the embedded bus it is the log itself, with Kafka it is the outbox.
CREATE TABLE events (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    topic       TEXT NOT NULL,
    key         TEXT NOT NULL,
    event_id    TEXT NOT NULL,
    payload     TEXT NOT NULL,
    appended_at INTEGER NOT NULL
);
CREATE INDEX events_by_topic ON events (topic, position);

-- How far each consumer has read each topic.
CREATE TABLE consumer_positions (
    consumer TEXT NOT NULL,
    topic    TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (consumer, topic)
) WITHOUT ROWID;

-- Which events a consumer has dealt with: an event delivered again has no effect.
CREATE TABLE consumed_events (
    consumer    TEXT NOT NULL,
    event_id    TEXT NOT NULL,
    consumed_at INTEGER NOT NULL,
    PRIMARY KEY (consumer, event_id)
) WITHOUT ROWID;
CREATE INDEX consumed_events_by_age ON consumed_events (consumed_at);

-- Which process runs a consumer or job that must run once.
CREATE TABLE leases (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Work that waits for somebody else. Tasks of one lane (queue, lane) run one after the other.
CREATE TABLE tasks (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    queue        TEXT NOT NULL,
    lane         TEXT NOT NULL,
    payload      TEXT NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    run_at       INTEGER NOT NULL,
    lease        TEXT,
    leased_until INTEGER,
    last_error   TEXT,
    created_at   INTEGER NOT NULL
);
CREATE INDEX tasks_by_due ON tasks (queue, run_at, id);
CREATE INDEX tasks_by_lane ON tasks (queue, lane, id);
CREATE INDEX tasks_by_lease ON tasks (queue, leased_until) WHERE leased_until IS NOT NULL;

-- Events and tasks that nobody could deal with: they wait for an operator.
CREATE TABLE dead_letters (
    id         TEXT PRIMARY KEY,
    source     TEXT NOT NULL,
    topic      TEXT NOT NULL,
    key        TEXT NOT NULL,
    payload    TEXT NOT NULL,
    reason     TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
