CREATE TABLE mails (
    id VARCHAR(64) COLLATE "C" NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    recipient_key BYTEA NOT NULL,
    sender_name TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    html_body TEXT,
    code TEXT,
    state SMALLINT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX mails_by_state_due_at ON mails (state, due_at);
CREATE INDEX mails_by_recipient ON mails (recipient_key);
