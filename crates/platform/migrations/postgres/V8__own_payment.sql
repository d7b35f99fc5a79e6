-- The payment that an application was first told of while it waited for one: what is told of another changes nothing.
CREATE TABLE application_payments (
    application_id uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    payment_id     uuid NOT NULL,
    told_at        timestamptz NOT NULL
);
