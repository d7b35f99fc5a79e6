-- Public keys of the clients that call the stand-ins of ANPR and INPS, deposited as with the interoperability platform.
CREATE TABLE demo_anpr_keys (
    kid        TEXT PRIMARY KEY,
    client_id  TEXT NOT NULL,
    public_key TEXT NOT NULL
) WITHOUT ROWID;

-- The last operation of each client, and what it was answered.
CREATE TABLE demo_anpr_operations (
    client_id TEXT PRIMARY KEY,
    last      INTEGER NOT NULL,
    answer    TEXT NOT NULL
) WITHOUT ROWID;
