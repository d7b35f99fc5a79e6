-- Public keys of the clients that call the stand-ins of ANPR and INPS, deposited as with the interoperability platform.
CREATE TABLE demo_anpr_keys (
    kid        text PRIMARY KEY,
    client_id  uuid NOT NULL,
    public_key text NOT NULL
);

-- The last operation of each client, and what it was answered.
CREATE TABLE demo_anpr_operations (
    client_id uuid PRIMARY KEY,
    last      bigint NOT NULL,
    answer    text NOT NULL
);
