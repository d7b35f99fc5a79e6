-- Whose a thumbprint is: of one client or one keychain of the whole platform, however many deposit it at once.
CREATE TABLE interop_thumbprints (
    kid      TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO interop_thumbprints (kid, owner_id) SELECT kid, client_id FROM interop_keys;
INSERT OR IGNORE INTO interop_thumbprints (kid, owner_id) SELECT kid, keychain_id FROM interop_producer_keys;
