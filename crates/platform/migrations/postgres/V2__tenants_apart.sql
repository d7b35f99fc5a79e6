-- No two bodies have the same code, in the index of public administrations or of the tax office.
CREATE UNIQUE INDEX tenants_ipa_code ON tenants (lower(body::json ->> 'ipa_code')) WHERE (body::json ->> 'ipa_code') <> '';
CREATE UNIQUE INDEX tenants_tax_code ON tenants ((body::json ->> 'tax_code'));
