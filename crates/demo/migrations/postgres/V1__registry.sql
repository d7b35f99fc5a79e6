-- What the stand-in of the registry was asked, in order. Rows are only ever added.
CREATE TABLE demo_registry_ledger (
    position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL,
    aoo         text NOT NULL,
    operation   text NOT NULL,
    key         text NOT NULL,
    outcome     text NOT NULL,
    document_id text,
    number      text,
    subject     text,
    file_name   text,
    sha256      text,
    answer      text NOT NULL
);
CREATE INDEX demo_registry_by_document ON demo_registry_ledger (aoo, document_id);
CREATE INDEX demo_registry_by_number ON demo_registry_ledger (aoo, number);
-- A key is accepted once.
CREATE UNIQUE INDEX demo_registry_accepted ON demo_registry_ledger (aoo, key) WHERE outcome = 'accepted';

-- The last number given, by office (AOO), year and kind of number.
CREATE TABLE demo_registry_counters (
    aoo  text NOT NULL,
    year bigint NOT NULL,
    kind text NOT NULL,
    last bigint NOT NULL,
    PRIMARY KEY (aoo, year, kind)
);

-- How the stand-in is to behave towards an office, after how many requests that go well, and for how many (null: until told otherwise).
CREATE TABLE demo_registry_modes (
    aoo       text PRIMARY KEY,
    mode      text NOT NULL,
    before    bigint NOT NULL,
    remaining bigint
);
