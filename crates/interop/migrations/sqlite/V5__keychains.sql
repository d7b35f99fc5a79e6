-- Keychains of producers: the public keys that verify what they sign. A thumbprint belongs to one of them.
CREATE TABLE interop_keychains (
    id          TEXT PRIMARY KEY,
    producer_id TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX interop_keychains_by_producer ON interop_keychains (producer_id, name_key, id);

CREATE TABLE interop_producer_keys (
    kid         TEXT PRIMARY KEY,
    keychain_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX interop_producer_keys_by_keychain ON interop_producer_keys (keychain_id);
