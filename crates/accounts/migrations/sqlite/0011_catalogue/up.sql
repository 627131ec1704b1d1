CREATE TABLE catalogue (
    scope TEXT NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (scope, number)
) STRICT;
