-- Who stands behind what was handed in.

-- Who made a key: it was seen by them.
ALTER TABLE ios_provider_keys ADD COLUMN made_by TEXT;
-- Whoever handed a lot in, or made the key by which it came: they cannot agree to it. And the supplier for which they did: while it may not act,
-- its lots wait.
ALTER TABLE ios_lots ADD COLUMN person TEXT;
ALTER TABLE ios_lots ADD COLUMN provider_id TEXT;
-- Tells the same request from another one under the same key.
ALTER TABLE ios_lots ADD COLUMN digest TEXT;
-- From how many rows on the lot was large when it was handed in: a rule that is loosened afterwards does not hold for it.
ALTER TABLE ios_lots ADD COLUMN large_above INTEGER;
