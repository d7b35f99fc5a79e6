-- Which version of the terms (TOS) and of the privacy notice (PP) a person has accepted last.
CREATE TABLE interop_consents (
    user_id     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    version_id  TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, kind)
) WITHOUT ROWID;
