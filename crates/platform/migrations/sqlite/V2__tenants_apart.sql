-- No two bodies have the same code, in the index of public administrations or of the tax office.
CREATE UNIQUE INDEX tenants_ipa_code ON tenants (lower(json_extract(body, '$.ipa_code'))) WHERE json_extract(body, '$.ipa_code') <> '';
CREATE UNIQUE INDEX tenants_tax_code ON tenants (json_extract(body, '$.tax_code'));
