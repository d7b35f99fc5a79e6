-- Bodies that the connector works for. Who is deleted stays, with everything that it ever signed.
CREATE TABLE pdnd_tenants (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    ipa_code   text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);

-- Key pairs. `public_key` is a PEM, `kid` its thumbprint; `private_key` is sealed, and gone when the pair is deleted.
CREATE TABLE pdnd_keys (
    id          uuid PRIMARY KEY,
    tenant_id   uuid NOT NULL,
    kid         text NOT NULL,
    public_key  text NOT NULL,
    private_key bytea,
    client_id   uuid,
    created_at  timestamptz NOT NULL,
    deleted_at  timestamptz
);
-- A body has one pair that waits for its client.
CREATE UNIQUE INDEX pdnd_keys_unused ON pdnd_keys (tenant_id) WHERE client_id IS NULL AND deleted_at IS NULL;
CREATE INDEX pdnd_keys_of_client ON pdnd_keys (tenant_id, client_id);

-- Clients of the interoperability platform. `last_operation` is the last number that a provider was given, and never goes back.
CREATE TABLE pdnd_clients (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    name           text NOT NULL,
    env            text NOT NULL,
    key_pair_id    uuid NOT NULL,
    last_operation bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    deleted_at     timestamptz,
    PRIMARY KEY (tenant_id, id)
);

-- E-services, the same for every body.
CREATE TABLE pdnd_eservices (
    id                   uuid PRIMARY KEY,
    slug                 text NOT NULL,
    name                 text NOT NULL,
    version              text NOT NULL,
    env                  text NOT NULL,
    endpoint             text NOT NULL,
    audience             text NOT NULL,
    aud_client_assertion text NOT NULL
);

-- Which client calls which e-service for which purpose. `provider` is what the provider alone wants to know, sealed.
CREATE TABLE pdnd_configs (
    id          uuid PRIMARY KEY,
    tenant_id   uuid NOT NULL,
    client_id   uuid NOT NULL,
    eservice_id uuid NOT NULL,
    purpose_id  uuid NOT NULL,
    is_active   boolean NOT NULL,
    provider    bytea,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX pdnd_configs_of_tenant ON pdnd_configs (tenant_id, created_at);

-- Every voucher with the evidence that it is bound to, sealed: kept for 24 months. `subject` is a keyed digest of the fiscal code.
CREATE TABLE pdnd_vouchers (
    id        uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    config_id uuid NOT NULL,
    client_id uuid NOT NULL,
    subject   text NOT NULL,
    body      bytea NOT NULL,
    issued_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL
);
CREATE INDEX pdnd_vouchers_by_age ON pdnd_vouchers (issued_at);

-- Every validation with what was validated, sealed: kept for 24 months.
CREATE TABLE pdnd_validations (
    id         uuid PRIMARY KEY,
    tenant_id  uuid NOT NULL,
    config_id  uuid NOT NULL,
    subject    text NOT NULL,
    result     boolean NOT NULL,
    body       bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX pdnd_validations_by_age ON pdnd_validations (created_at);

-- Answers that are given again for a while, sealed.
CREATE TABLE pdnd_answers (
    config_id uuid NOT NULL,
    subject   text NOT NULL,
    format    text NOT NULL,
    body      bytea NOT NULL,
    ends_at   timestamptz NOT NULL,
    PRIMARY KEY (config_id, subject, format)
);
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
