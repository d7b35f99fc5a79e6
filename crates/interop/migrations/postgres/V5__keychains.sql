-- Keychains of producers: the public keys that verify what they sign. A thumbprint belongs to one of them.
CREATE TABLE interop_keychains (
    id          uuid PRIMARY KEY,
    producer_id uuid NOT NULL,
    name_key    text NOT NULL,
    body        text NOT NULL
);
CREATE INDEX interop_keychains_by_producer ON interop_keychains (producer_id, name_key, id);

CREATE TABLE interop_producer_keys (
    kid         text PRIMARY KEY,
    keychain_id uuid NOT NULL
);
CREATE INDEX interop_producer_keys_by_keychain ON interop_producer_keys (keychain_id);
