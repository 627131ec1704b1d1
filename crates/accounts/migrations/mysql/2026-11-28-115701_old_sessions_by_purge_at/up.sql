CREATE INDEX /*M! IF NOT EXISTS */ old_sessions_by_purge_at ON old_sessions (purge_at, session);
