CREATE TABLE IF NOT EXISTS mails (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    recipient MEDIUMTEXT NOT NULL,
    recipient_key BINARY(32) NOT NULL,
    sender_name MEDIUMTEXT NOT NULL,
    subject MEDIUMTEXT NOT NULL,
    text_body MEDIUMTEXT NOT NULL,
    html_body MEDIUMTEXT NULL,
    code MEDIUMTEXT NULL,
    state SMALLINT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    last_error MEDIUMTEXT NULL,
    INDEX mails_by_state_due_at (state, due_at),
    INDEX mails_by_recipient (recipient_key)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
