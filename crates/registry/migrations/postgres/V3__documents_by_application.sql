-- The order of an application's documents is read from the index alone.
DROP INDEX registry_documents_by_application;
CREATE INDEX registry_documents_by_application ON registry_documents (application_id, provider, created_at);
