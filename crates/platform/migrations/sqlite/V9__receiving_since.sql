-- Since when the content of an upload is being received: a sender whose process has died since holds it no longer.
ALTER TABLE attachments ADD COLUMN receiving_since INTEGER;
