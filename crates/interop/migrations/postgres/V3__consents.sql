-- Which version of the terms (TOS) and of the privacy notice (PP) a person has accepted last.
CREATE TABLE interop_consents (
    user_id     uuid NOT NULL,
    kind        text NOT NULL,
    version_id  uuid NOT NULL,
    accepted_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, kind)
);
