-- The beginning of the folded value, for searches: the program makes it where it is missing.
ALTER TABLE identities ADD COLUMN search_key BYTEA;
