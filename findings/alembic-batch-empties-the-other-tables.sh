#!/usr/bin/env bash
# Alembic 1.20.1 with SQLAlchemy 2.1.9, and peewee 4.5.3 (playhouse.migrate), on an SQLite database (PyPI; Python's sqlite3 module).
#
# Behaviour: SQLite can change little of a table, so both make a new one, copy the rows, DROP the old one and rename. With PRAGMA foreign_keys = ON, which
# SQLAlchemy's and peewee's own guides show how to set on every connection, DROP TABLE first deletes the rows, and these deletions count: every row
# of every table that refers to this one with ON DELETE CASCADE is deleted as well. The migration of `account` succeeds, `account` is whole, no error, no
# warning about rows, and `session`, `token`, `picture` are empty. That holds for making one column NOT NULL, and for a mere change of a name in Alembic.
# (The pragma cannot be turned off inside the transaction that a migration runs in: SQLite ignores it there.)
# Why it matters: tests migrate an empty database, or one without children. On the day of the migration everybody is logged out and their files are gone, in
# tables that the migration does not name; the rows of the migrated table, which people check, are all there.
# Seen: as printed below. Needs Python 3.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install -q alembic==1.20.1 SQLAlchemy==2.1.9 peewee==4.5.3 2>/dev/null || { echo "cannot install"; exit 2; }
cat >try.py <<'PYTHON'
import sqlite3, sys, warnings, peewee
from alembic.migration import MigrationContext
from alembic.operations import Operations
from playhouse.migrate import SqliteMigrator, migrate
from sqlalchemy import create_engine, event
SCHEMA = """CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER);
            CREATE TABLE session (id INTEGER PRIMARY KEY, account INTEGER REFERENCES account (id) ON DELETE CASCADE);
            INSERT INTO account VALUES (1, 'ann', 30), (2, 'bob', 40); INSERT INTO session VALUES (1, 1), (2, 1), (3, 2);"""
def fresh(name):
    with sqlite3.connect(name) as made: made.executescript(SCHEMA)
    made.close(); return name
def rows(name):
    with sqlite3.connect(name) as read: return tuple(read.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("account", "session"))
def alembic(name, keys, change):
    engine = create_engine("sqlite:///" + fresh(name))
    event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA foreign_keys = {keys}"))
    with warnings.catch_warnings(record=True) as said, engine.begin() as connection:
        warnings.simplefilter("always")
        with Operations(MigrationContext.configure(connection)).batch_alter_table("account") as batch: change(batch)
    engine.dispose(); return rows(name), len(said)
def peewees(name, keys, change):
    database = peewee.SqliteDatabase(fresh(name), pragmas={"foreign_keys": keys}); database.connect()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always"); migrate(change(SqliteMigrator(database)))
    database.close(); return rows(name), len(said)
seen = {
    "alembic, name of a column, keys ON": alembic("a1", "ON", lambda batch: batch.alter_column("age", new_column_name="years")),
    "alembic, NOT NULL, keys ON": alembic("a2", "ON", lambda batch: batch.alter_column("age", nullable=False)),
    "alembic, NOT NULL, keys OFF": alembic("a3", "OFF", lambda batch: batch.alter_column("age", nullable=False)),
    "peewee, NOT NULL, keys ON": peewees("p1", 1, lambda migrator: migrator.add_not_null("account", "age")),
    "peewee, NOT NULL, keys OFF": peewees("p2", 0, lambda migrator: migrator.add_not_null("account", "age")),
}
for what, ((accounts, sessions), said) in seen.items(): print(f"{what}: {accounts} accounts, {sessions} of 3 sessions, {said} warnings")
sys.exit(0 if all(found == ((2, 0 if what.endswith("ON") else 3), 0) for what, found in seen.items()) else 1)
PYTHON
venv/bin/python try.py || { echo "changed"; exit 1; }
echo "as stated: the migrated table is whole, those that refer to it are empty"
