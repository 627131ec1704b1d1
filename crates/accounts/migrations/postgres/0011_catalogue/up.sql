CREATE TABLE catalogue (
    scope VARCHAR(190) COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (scope, number)
);
