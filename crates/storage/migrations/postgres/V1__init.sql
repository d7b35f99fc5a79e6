-- The event log: with the embedded bus it is the log itself, with Kafka it is the outbox.
-- Positions are drawn before the commit: whoever appends holds an advisory lock that tells readers where to stop (src/events.rs).
CREATE TABLE events (
    position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic       text NOT NULL,
    key         text NOT NULL,
    event_id    uuid NOT NULL,
    payload     text NOT NULL,
    appended_at timestamptz NOT NULL
);
CREATE INDEX events_by_topic ON events (topic, position);

-- How far each consumer has read each topic.
CREATE TABLE consumer_positions (
    consumer text NOT NULL,
    topic    text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (consumer, topic)
);

-- Which events a consumer has dealt with: an event delivered again has no effect.
CREATE TABLE consumed_events (
    consumer    text NOT NULL,
    event_id    uuid NOT NULL,
    consumed_at timestamptz NOT NULL,
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX consumed_events_by_age ON consumed_events (consumed_at);

-- Which process runs a consumer or job that must run once.
CREATE TABLE leases (
    name       text PRIMARY KEY,
    holder     text NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Work that waits for somebody else. Tasks of one lane (queue, lane) run one after the other.
CREATE TABLE tasks (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue        text NOT NULL,
    lane         text NOT NULL,
    payload      text NOT NULL,
    attempts     bigint NOT NULL DEFAULT 0,
    run_at       timestamptz NOT NULL,
    lease        text,
    leased_until timestamptz,
    last_error   text,
    created_at   timestamptz NOT NULL
);
CREATE INDEX tasks_by_due ON tasks (queue, run_at, id);
CREATE INDEX tasks_by_lane ON tasks (queue, lane, id);
CREATE INDEX tasks_by_lease ON tasks (queue, leased_until) WHERE leased_until IS NOT NULL;

-- Events and tasks that nobody could deal with: they wait for an operator.
CREATE TABLE dead_letters (
    id         uuid PRIMARY KEY,
    source     text NOT NULL,
    topic      text NOT NULL,
    key        text NOT NULL,
    payload    text NOT NULL,
    reason     text NOT NULL,
    created_at timestamptz NOT NULL
);
