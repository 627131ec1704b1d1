CREATE INDEX audit_by_seal ON audit (seal);
