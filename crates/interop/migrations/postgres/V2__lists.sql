-- What lists look for. States are those of the versions, with commas around each.
ALTER TABLE interop_eservices ADD COLUMN technology text NOT NULL DEFAULT '';
ALTER TABLE interop_eservices ADD COLUMN mode text NOT NULL DEFAULT '';
ALTER TABLE interop_eservices ADD COLUMN flags text NOT NULL DEFAULT '';
ALTER TABLE interop_eservices ADD COLUMN states text NOT NULL DEFAULT '';
UPDATE interop_eservices SET
    technology = body::json #>> '{general,technology}',
    mode = body::json #>> '{general,mode}',
    flags = CASE WHEN body::json #>> '{general,isSignalHubEnabled}' = 'true' THEN '1' ELSE '0' END
        || CASE WHEN body::json #>> '{general,isConsumerDelegable}' = 'true' THEN '1' ELSE '0' END
        || CASE WHEN body::json #>> '{general,isClientAccessDelegable}' = 'true' THEN '1' ELSE '0' END,
    states = (SELECT ',' || string_agg(version ->> 'state', ',') || ',' FROM json_array_elements(body::json -> 'descriptors') version);
CREATE INDEX interop_eservices_listed ON interop_eservices (name_key, id);

-- Which e-services require an attribute in a version.
CREATE TABLE interop_required (
    eservice_id  uuid NOT NULL,
    attribute_id uuid NOT NULL,
    PRIMARY KEY (eservice_id, attribute_id)
);
CREATE INDEX interop_required_by_attribute ON interop_required (attribute_id);
INSERT INTO interop_required (eservice_id, attribute_id)
    SELECT DISTINCT e.id, (attribute ->> 'id')::uuid
    FROM interop_eservices e, json_array_elements(e.body::json -> 'descriptors') version, json_each(version -> 'attributes') kind,
        json_array_elements(kind.value) grouped, json_array_elements(grouped) attribute;

CREATE INDEX interop_agreements_by_producer ON interop_agreements (producer_id, created_at, id);

ALTER TABLE interop_purposes ADD COLUMN states text NOT NULL DEFAULT '';
UPDATE interop_purposes SET
    states = (SELECT ',' || string_agg(version ->> 'state', ',') || ',' FROM json_array_elements(body::json -> 'versions') version);
CREATE INDEX interop_purposes_by_producer ON interop_purposes (producer_id, created_at, id);

ALTER TABLE interop_clients ADD COLUMN name_key text NOT NULL DEFAULT '';
UPDATE interop_clients SET name_key = lower(body::json ->> 'name');

-- The operators of clients.
CREATE TABLE interop_members (
    client_id uuid NOT NULL,
    user_id   uuid NOT NULL,
    PRIMARY KEY (client_id, user_id)
);
INSERT INTO interop_members (client_id, user_id)
    SELECT c.id, member::uuid FROM interop_clients c, json_array_elements_text(c.body::json -> 'users') member;

ALTER TABLE interop_tenants ADD COLUMN name_key text NOT NULL DEFAULT '';
ALTER TABLE interop_tenants ADD COLUMN tax_code text;
UPDATE interop_tenants SET name_key = lower(body::json ->> 'name');
CREATE INDEX interop_tenants_by_tax_code ON interop_tenants (tax_code) WHERE tax_code IS NOT NULL;
CREATE INDEX interop_tenants_listed ON interop_tenants (name_key, id);

-- What the public feeds tell, for thirty days. It concerns its owner and one other body; where neither is named, everybody.
-- Readers follow its positions as docs/adr/0004 says.
CREATE TABLE interop_feed (
    position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          uuid NOT NULL,
    stream      text NOT NULL,
    subject     text NOT NULL,
    part        uuid,
    event_type  text NOT NULL,
    happened_at timestamptz NOT NULL,
    owner_id    uuid,
    other_id    uuid
);
CREATE UNIQUE INDEX interop_feed_by_id ON interop_feed (id);
CREATE INDEX interop_feed_by_stream ON interop_feed (stream, position);
CREATE INDEX interop_feed_by_age ON interop_feed (happened_at);
