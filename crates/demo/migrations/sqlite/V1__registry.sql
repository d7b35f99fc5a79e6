-- What the stand-in of the registry was asked, in order. Rows are only ever added.
CREATE TABLE demo_registry_ledger (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    aoo         TEXT NOT NULL,
    operation   TEXT NOT NULL,
    key         TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    document_id TEXT,
    number      TEXT,
    subject     TEXT,
    file_name   TEXT,
    sha256      TEXT,
    answer      TEXT NOT NULL
);
CREATE INDEX demo_registry_by_document ON demo_registry_ledger (aoo, document_id);
CREATE INDEX demo_registry_by_number ON demo_registry_ledger (aoo, number);
-- A key is accepted once.
CREATE UNIQUE INDEX demo_registry_accepted ON demo_registry_ledger (aoo, key) WHERE outcome = 'accepted';

-- The last number given, by office (AOO), year and kind of number.
CREATE TABLE demo_registry_counters (
    aoo  TEXT NOT NULL,
    year INTEGER NOT NULL,
    kind TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (aoo, year, kind)
) WITHOUT ROWID;

-- How the stand-in is to behave towards an office, after how many requests that go well, and for how many (null: until told otherwise).
CREATE TABLE demo_registry_modes (
    aoo       TEXT PRIMARY KEY,
    mode      TEXT NOT NULL,
    before    INTEGER NOT NULL,
    remaining INTEGER
) WITHOUT ROWID;
