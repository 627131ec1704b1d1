CREATE INDEX /*M! IF NOT EXISTS */ identities_by_search_key ON identities (search_key, exact_key);
