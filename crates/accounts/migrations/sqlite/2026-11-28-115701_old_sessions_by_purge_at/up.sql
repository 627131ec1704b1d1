CREATE INDEX old_sessions_by_purge_at ON old_sessions (purge_at, session);
