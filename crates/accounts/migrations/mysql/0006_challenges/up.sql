CREATE TABLE IF NOT EXISTS challenges (
    challenge_key BINARY(32) NOT NULL PRIMARY KEY,
    dialect VARCHAR(32) NOT NULL,
    purpose VARCHAR(32) NOT NULL,
    answer MEDIUMTEXT NOT NULL,
    account BIGINT NULL,
    tries_left INTEGER NOT NULL,
    spent BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    purge_at BIGINT NOT NULL,
    INDEX challenges_by_purge_at (purge_at),
    INDEX challenges_by_account (account)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
