-- Bodies that the connector works for. Who is deleted stays, with everything that it ever signed.
CREATE TABLE pdnd_tenants (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    ipa_code   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) WITHOUT ROWID;

-- Key pairs. `public_key` is a PEM, `kid` its thumbprint; `private_key` is sealed, and gone when the pair is deleted.
CREATE TABLE pdnd_keys (
    id          TEXT PRIMARY KEY,
    tenant_id   TEXT NOT NULL,
    kid         TEXT NOT NULL,
    public_key  TEXT NOT NULL,
    private_key BLOB,
    client_id   TEXT,
    created_at  INTEGER NOT NULL,
    deleted_at  INTEGER
);
-- A body has one pair that waits for its client.
CREATE UNIQUE INDEX pdnd_keys_unused ON pdnd_keys (tenant_id) WHERE client_id IS NULL AND deleted_at IS NULL;
CREATE INDEX pdnd_keys_of_client ON pdnd_keys (tenant_id, client_id);

-- Clients of the interoperability platform. `last_operation` is the last number that a provider was given, and never goes back.
CREATE TABLE pdnd_clients (
    tenant_id      TEXT NOT NULL,
    id             TEXT NOT NULL,
    name           TEXT NOT NULL,
    env            TEXT NOT NULL,
    key_pair_id    TEXT NOT NULL,
    last_operation INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    deleted_at     INTEGER,
    PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;

-- E-services, the same for every body.
CREATE TABLE pdnd_eservices (
    id                   TEXT PRIMARY KEY,
    slug                 TEXT NOT NULL,
    name                 TEXT NOT NULL,
    version              TEXT NOT NULL,
    env                  TEXT NOT NULL,
    endpoint             TEXT NOT NULL,
    audience             TEXT NOT NULL,
    aud_client_assertion TEXT NOT NULL
) WITHOUT ROWID;

-- Which client calls which e-service for which purpose. `provider` is what the provider alone wants to know, sealed.
CREATE TABLE pdnd_configs (
    id          TEXT PRIMARY KEY,
    tenant_id   TEXT NOT NULL,
    client_id   TEXT NOT NULL,
    eservice_id TEXT NOT NULL,
    purpose_id  TEXT NOT NULL,
    is_active   INTEGER NOT NULL,
    provider    BLOB,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX pdnd_configs_of_tenant ON pdnd_configs (tenant_id, created_at);

-- Every voucher with the evidence that it is bound to, sealed: kept for 24 months. `subject` is a keyed digest of the fiscal code.
CREATE TABLE pdnd_vouchers (
    id        TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    config_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    subject   TEXT NOT NULL,
    body      BLOB NOT NULL,
    issued_at INTEGER NOT NULL,
    ends_at   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX pdnd_vouchers_by_age ON pdnd_vouchers (issued_at);

-- Every validation with what was validated, sealed: kept for 24 months.
CREATE TABLE pdnd_validations (
    id         TEXT PRIMARY KEY,
    tenant_id  TEXT NOT NULL,
    config_id  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    result     INTEGER NOT NULL,
    body       BLOB NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX pdnd_validations_by_age ON pdnd_validations (created_at);

-- Answers that are given again for a while, sealed.
CREATE TABLE pdnd_answers (
    config_id TEXT NOT NULL,
    subject   TEXT NOT NULL,
    format    TEXT NOT NULL,
    body      BLOB NOT NULL,
    ends_at   INTEGER NOT NULL,
    PRIMARY KEY (config_id, subject, format)
) WITHOUT ROWID;
CREATE INDEX pdnd_answers_by_age ON pdnd_answers (ends_at);

-- Those that are known, in production and in the environment for tests; their addresses can be changed.
INSERT INTO pdnd_eservices (id, slug, name, version, env, endpoint, audience, aud_client_assertion) VALUES
    ('9d0d0000-0000-4000-8000-000000000030', 'accertamento-id-unico-nazionale', 'ANPR - Accertamento identificativo unico nazionale', '1', 'produzione', 'https://modipa.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND/C030-servizioAccertamentoIDUnico/v1/anpr-service-e002', 'https://modipa.anpr.interno.it/govway/rest/in/MinInternoPortaANPR/C030-servizioAccertamentoIDUnico/v1', 'auth.interop.pagopa.it/client-assertion'),
    ('9d0d0000-0000-4000-8000-000000000020', 'accertamento-residenza', 'ANPR - Accertamento residenza', '1', 'produzione', 'https://modipa.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND/C020-servizioAccertamentoResidenza/v1/anpr-service-e002', 'https://modipa.anpr.interno.it/govway/rest/in/MinInternoPortaANPR/C020-servizioAccertamentoResidenza/v1', 'auth.interop.pagopa.it/client-assertion'),
    ('9d0d0000-0000-4000-8000-000000000021', 'stato-famiglia', 'ANPR - Accertamento stato di famiglia', '1', 'produzione', 'https://modipa.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND/C021-servizioAccertamentoStatoFamiglia/v1/anpr-service-e002', 'https://modipa.anpr.interno.it/govway/rest/in/MinInternoPortaANPR/C021-servizioAccertamentoStatoFamiglia/v1', 'auth.interop.pagopa.it/client-assertion'),
    ('9d0d0000-0000-4000-8000-000000000018', 'accertamento-cittadinanza', 'ANPR - Accertamento cittadinanza', '1', 'produzione', 'https://modipa.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND/C018-servizioAccertamentoCittadinanza/v1/anpr-service-e002', 'https://modipa.anpr.interno.it/govway/rest/in/MinInternoPortaANPR/C018-servizioAccertamentoCittadinanza/v1', 'auth.interop.pagopa.it/client-assertion'),
    ('9d0d0000-0000-4000-8000-000000001533', 'isee', 'INPS - Consultazione ISEE', '1', 'produzione', 'https://api.inps.it/pdnd/soap/ConsultazioneISEE/v1', 'https://api.inps.it/pdnd/soap/ConsultazioneISEE/v1', 'auth.interop.pagopa.it/client-assertion'),
    ('9d0d0000-0001-4000-8000-000000000030', 'accertamento-id-unico-nazionale', 'ANPR - Accertamento identificativo unico nazionale', '1', 'collaudo', 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND/C030-servizioAccertamentoIDUnico/v1/anpr-service-e002', 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR/C030-servizioAccertamentoIDUnico/v1', 'auth.uat.interop.pagopa.it/client-assertion'),
    ('9d0d0000-0001-4000-8000-000000000020', 'accertamento-residenza', 'ANPR - Accertamento residenza', '1', 'collaudo', 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND/C020-servizioAccertamentoResidenza/v1/anpr-service-e002', 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR/C020-servizioAccertamentoResidenza/v1', 'auth.uat.interop.pagopa.it/client-assertion'),
    ('9d0d0000-0001-4000-8000-000000000021', 'stato-famiglia', 'ANPR - Accertamento stato di famiglia', '1', 'collaudo', 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND/C021-servizioAccertamentoStatoFamiglia/v1/anpr-service-e002', 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR/C021-servizioAccertamentoStatoFamiglia/v1', 'auth.uat.interop.pagopa.it/client-assertion'),
    ('9d0d0000-0001-4000-8000-000000000018', 'accertamento-cittadinanza', 'ANPR - Accertamento cittadinanza', '1', 'collaudo', 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND/C018-servizioAccertamentoCittadinanza/v1/anpr-service-e002', 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR/C018-servizioAccertamentoCittadinanza/v1', 'auth.uat.interop.pagopa.it/client-assertion'),
    ('9d0d0000-0001-4000-8000-000000001533', 'isee', 'INPS - Consultazione ISEE', '1', 'collaudo', 'https://api.collaudo.inps.it/pdnd/soap/ConsultazioneISEE/v1', 'https://api.collaudo.inps.it/pdnd/soap/ConsultazioneISEE/v1', 'auth.uat.interop.pagopa.it/client-assertion');
