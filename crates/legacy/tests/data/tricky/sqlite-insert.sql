INSERT INTO "table" VALUES(1,'Admin','plain',X'00ff',0.10000000000000000555);
INSERT INTO "table" VALUES(2,'O''Reef',replace(replace('a(\n0)b\n\012 \r(\n0)','\r',char(13)),'(\n0)',char(10)),X'',1.0000000000000000047e+300);
INSERT INTO "table" VALUES(3,'x\','; --',NULL,-4.0);
