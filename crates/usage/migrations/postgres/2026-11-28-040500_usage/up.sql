CREATE TABLE usage_callers (
    caller_key BYTEA NOT NULL PRIMARY KEY,
    mount VARCHAR(190) COLLATE "C" NOT NULL,
    route VARCHAR(190) COLLATE "C" NOT NULL,
    client VARCHAR(64) COLLATE "C" NOT NULL,
    account BIGINT,
    requests BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
CREATE INDEX usage_callers_by_client ON usage_callers (client);
CREATE INDEX usage_callers_by_last_at ON usage_callers (last_at);
CREATE TABLE usage_days (
    caller_key BYTEA NOT NULL,
    day BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    PRIMARY KEY (caller_key, day)
);
CREATE INDEX usage_days_by_day ON usage_days (day);
CREATE TABLE usage_totals (
    number BIGINT NOT NULL PRIMARY KEY,
    batches BIGINT NOT NULL,
    callers BIGINT NOT NULL,
    days BIGINT NOT NULL,
    clients BIGINT NOT NULL,
    began_at BIGINT NOT NULL
);
