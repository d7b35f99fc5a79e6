-- Both hold whole records in their rows, and only ever grow. A table that is kept in the order of its key reads such rows from one end to the
-- other for each comparison on the way to one of them.
ALTER TABLE interop_history RENAME TO interop_history_before;
CREATE TABLE interop_history (
    id             TEXT PRIMARY KEY,
    stream         TEXT NOT NULL,
    stream_id      TEXT NOT NULL,
    version        INTEGER NOT NULL,
    event_type     TEXT NOT NULL,
    happened_at    INTEGER NOT NULL,
    user_id        TEXT,
    tenant_id      TEXT,
    correlation_id TEXT,
    body           TEXT NOT NULL
);
INSERT INTO interop_history (id, stream, stream_id, version, event_type, happened_at, user_id, tenant_id, correlation_id, body)
    SELECT id, stream, stream_id, version, event_type, happened_at, user_id, tenant_id, correlation_id, body
    FROM interop_history_before ORDER BY happened_at, id;
DROP TABLE interop_history_before;
CREATE UNIQUE INDEX interop_history_by_stream ON interop_history (stream, stream_id, version);

ALTER TABLE interop_audit RENAME TO interop_audit_before;
CREATE TABLE interop_audit (
    lane     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (lane, position)
);
INSERT INTO interop_audit (lane, position, hash, body)
    SELECT lane, position, hash, body FROM interop_audit_before ORDER BY lane, position;
DROP TABLE interop_audit_before;
