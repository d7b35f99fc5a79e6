-- Whose a thumbprint is: of one client or one keychain of the whole platform, however many deposit it at once.
CREATE TABLE interop_thumbprints (
    kid      text PRIMARY KEY,
    owner_id uuid NOT NULL
);
INSERT INTO interop_thumbprints (kid, owner_id) SELECT kid, client_id FROM interop_keys;
INSERT INTO interop_thumbprints (kid, owner_id) SELECT kid, keychain_id FROM interop_producer_keys ON CONFLICT DO NOTHING;
