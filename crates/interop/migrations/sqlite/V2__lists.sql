-- What lists look for. States are those of the versions, with commas around each.
ALTER TABLE interop_eservices ADD COLUMN technology TEXT NOT NULL DEFAULT '';
ALTER TABLE interop_eservices ADD COLUMN mode TEXT NOT NULL DEFAULT '';
ALTER TABLE interop_eservices ADD COLUMN flags TEXT NOT NULL DEFAULT '';
ALTER TABLE interop_eservices ADD COLUMN states TEXT NOT NULL DEFAULT '';
UPDATE interop_eservices SET
    technology = json_extract(body, '$.general.technology'),
    mode = json_extract(body, '$.general.mode'),
    flags = CASE WHEN json_extract(body, '$.general.isSignalHubEnabled') THEN '1' ELSE '0' END
        || CASE WHEN json_extract(body, '$.general.isConsumerDelegable') THEN '1' ELSE '0' END
        || CASE WHEN json_extract(body, '$.general.isClientAccessDelegable') THEN '1' ELSE '0' END,
    states = (SELECT ',' || group_concat(json_extract(value, '$.state')) || ',' FROM json_each(body, '$.descriptors'));
CREATE INDEX interop_eservices_listed ON interop_eservices (name_key, id);

-- Which e-services require an attribute in a version.
CREATE TABLE interop_required (
    eservice_id  TEXT NOT NULL,
    attribute_id TEXT NOT NULL,
    PRIMARY KEY (eservice_id, attribute_id)
) WITHOUT ROWID;
CREATE INDEX interop_required_by_attribute ON interop_required (attribute_id);
INSERT INTO interop_required (eservice_id, attribute_id)
    SELECT DISTINCT e.id, json_extract(attribute.value, '$.id')
    FROM interop_eservices e, json_each(e.body, '$.descriptors') version, json_each(version.value, '$.attributes') kind,
        json_each(kind.value) grouped, json_each(grouped.value) attribute;

CREATE INDEX interop_agreements_by_producer ON interop_agreements (producer_id, created_at, id);

ALTER TABLE interop_purposes ADD COLUMN states TEXT NOT NULL DEFAULT '';
UPDATE interop_purposes SET
    states = (SELECT ',' || group_concat(json_extract(value, '$.state')) || ',' FROM json_each(body, '$.versions'));
CREATE INDEX interop_purposes_by_producer ON interop_purposes (producer_id, created_at, id);

ALTER TABLE interop_clients ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE interop_clients SET name_key = lower(json_extract(body, '$.name'));

-- The operators of clients.
CREATE TABLE interop_members (
    client_id TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    PRIMARY KEY (client_id, user_id)
) WITHOUT ROWID;
INSERT INTO interop_members (client_id, user_id)
    SELECT c.id, member.value FROM interop_clients c, json_each(c.body, '$.users') member;

ALTER TABLE interop_tenants ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE interop_tenants ADD COLUMN tax_code TEXT;
UPDATE interop_tenants SET name_key = lower(json_extract(body, '$.name'));
CREATE INDEX interop_tenants_by_tax_code ON interop_tenants (tax_code) WHERE tax_code IS NOT NULL;
CREATE INDEX interop_tenants_listed ON interop_tenants (name_key, id);

-- What the public feeds tell, for thirty days. It concerns its owner and one other body; where neither is named, everybody.
CREATE TABLE interop_feed (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL,
    stream      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    part        TEXT,
    event_type  TEXT NOT NULL,
    happened_at INTEGER NOT NULL,
    owner_id    TEXT,
    other_id    TEXT
);
CREATE UNIQUE INDEX interop_feed_by_id ON interop_feed (id);
CREATE INDEX interop_feed_by_stream ON interop_feed (stream, position);
CREATE INDEX interop_feed_by_age ON interop_feed (happened_at);
