CREATE INDEX /*M! IF NOT EXISTS */ audit_by_action ON audit (action, id);
