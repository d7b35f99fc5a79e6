-- Citizens whom applicants have named in their applications (`related_cfs`): they may look at them.
CREATE TABLE application_relatives (
    tenant_id      uuid NOT NULL,
    tax_code       text NOT NULL,
    application_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, tax_code, application_id)
);
CREATE INDEX application_relatives_by_application ON application_relatives (application_id);
