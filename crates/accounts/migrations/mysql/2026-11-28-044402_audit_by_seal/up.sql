CREATE INDEX /*M! IF NOT EXISTS */ audit_by_seal ON audit (seal);
