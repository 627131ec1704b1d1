BEGIN TRANSACTION;
CREATE TABLE acc (id INTEGER PRIMARY KEY, name TEXT NOT NULL, low TEXT AS (lower(name)) STORED, bio TEXT, key BLOB, "index" REAL);
INSERT INTO "acc" VALUES(1,'Admin','plain',X'00FF',0.1);
INSERT INTO "acc" VALUES(2,'O''Reef','a
b\n\012 
',X'',1.0e+300);
INSERT INTO "acc" VALUES(3,'x\','; --',NULL,-4.0);
CREATE TABLE other (a,b);
INSERT INTO "other" VALUES(1,NULL);
INSERT INTO "other" VALUES('NULL','');
CREATE VIEW v AS SELECT * FROM acc;
COMMIT;
