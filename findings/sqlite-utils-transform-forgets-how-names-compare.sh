#!/usr/bin/env bash
# sqlite-utils 4.2.1 (PyPI; Python's sqlite3 module), command and method `transform`, which stands in for the ALTER TABLE that SQLite lacks.
#
# Behaviour: a column declared TEXT COLLATE NOCASE NOT NULL UNIQUE comes out as TEXT NOT NULL, and the collation survives inside the UNIQUE constraint only:
# UNIQUE ("name" COLLATE "NOCASE"). So two names that differ in case are still refused as duplicates while WHERE name = 'ANN' no longer finds Ann. All
# triggers of the table are gone. Other things are kept with care (AUTOINCREMENT, CHECK, defaults, foreign keys, plain indexes), and an index that
# cannot be kept is an error that changes nothing; these two losses are neither an error nor a message. The changed column need not be the one concerned.
# Why it matters: after a harmless "rename age to years" half the users cannot log in, and cannot register again either ("name is taken"), which looks like
# two faults. Triggers keep counters and lower-case copies of names in old databases: these stop at that moment and are right for all older rows.
# Seen: as printed below. Needs Python 3.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install -q sqlite-utils==4.2.1 2>/dev/null || { echo "cannot install"; exit 2; }
cat >make.py <<'PYTHON'
import sqlite3
with sqlite3.connect("old.db") as made: made.executescript("""
    CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT COLLATE NOCASE NOT NULL UNIQUE, age INTEGER CHECK (age >= 0), made TEXT DEFAULT 'now');
    CREATE TABLE counter (accounts INTEGER); INSERT INTO counter VALUES (0);
    CREATE TRIGGER counted AFTER INSERT ON account BEGIN UPDATE counter SET accounts = accounts + 1; END;
    INSERT INTO account (name, age) VALUES ('Ann', 30), ('Bob', 40);""")
PYTHON
cat >look.py <<'PYTHON'
import sqlite3
database = sqlite3.connect("old.db")
one = lambda sql: database.execute(sql).fetchone()[0]
def taken():
    try: database.execute("INSERT INTO account (name) VALUES ('ANN')"); return "free"
    except sqlite3.IntegrityError: return "taken"
print("found:", one("SELECT count(*) FROM account WHERE name = 'ANN'"), "name:", taken(), "triggers:", one("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"),
      "autoincrement:", int("AUTOINCREMENT" in one("SELECT sql FROM sqlite_master WHERE name = 'account'")), "check:", int("CHECK" in one("SELECT sql FROM sqlite_master WHERE name = 'account'")))
PYTHON
python3 make.py; before=$(python3 look.py)
said=$(venv/bin/sqlite-utils transform old.db account --rename age years 2>&1); after=$(python3 look.py)
echo "before: $before"; echo "after:  $after"; echo "said:   ${said:-nothing}"
[ "$before" = "found: 1 name: taken triggers: 1 autoincrement: 1 check: 1" ] && [ "$after" = "found: 0 name: taken triggers: 0 autoincrement: 1 check: 1" ] && [ -z "$said" ] || { echo "changed"; exit 1; }
echo "as stated: the name is taken and not to be found"
