CREATE TABLE mails (
    id TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    recipient_key BLOB NOT NULL,
    sender_name TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    html_body TEXT,
    code TEXT,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    last_error TEXT
) STRICT;
CREATE INDEX mails_by_state_due_at ON mails (state, due_at);
CREATE INDEX mails_by_recipient ON mails (recipient_key);
