#!/usr/bin/env bash
# sqldiff of SQLite 3.40.1 (Debian sqlite3-tools 3.40.1-2+deb12u2).
#
# Behaviour: two databases are compared by the columns' own collations. In a column COLLATE NOCASE the values 'Ann' and 'ANN' are no difference, in one
# COLLATE RTRIM 'ann' and 'ann  ' are none: sqldiff prints nothing, --summary counts the row as unchanged, and the status is 0. The same change in a column
# without a collation is found. A number whose last digits differ IS found and written with fifteen digits, so that the patch sqldiff prints makes
# another value than the one it saw, and run again it finds the difference again.
# Why it matters: login names are the columns with NOCASE. "sqldiff says they are equal" is how people check a copy, a migration or what a restore has
# brought back; names shown to others have changed their letters, and hashes that are salted with the name (an old habit) do not verify any more.
# Compare with hex(name), or compare dumps.
# Seen: as printed below. Needs Debian 12, Python 3.
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"; chmod 755 "$work"

fetch() { # the named packages and what they need that this machine lacks, unpacked into root/
    local more; more=$(apt-get -s --no-install-recommends install "$@" 2>/dev/null | awk '/^Inst /{print $2}' | grep -vxF "$(printf '%s\n' "$@" | sed 's/=.*//')" || :)
    apt-get download -qq "$@" $more >/dev/null 2>&1 || { echo "cannot fetch: $*"; exit 2; }
    for deb in ./*.deb; do dpkg-deb -x "$deb" root; done; rm -f ./*.deb
}
fetch sqlite3-tools=3.40.1-2+deb12u2
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu
python3 - <<'PYTHON'
import shutil, sqlite3
with sqlite3.connect("one.db") as one: one.executescript("""
    CREATE TABLE nocase (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE); INSERT INTO nocase VALUES (1, 'Ann');
    CREATE TABLE rtrim  (id INTEGER PRIMARY KEY, name TEXT COLLATE RTRIM);  INSERT INTO rtrim  VALUES (1, 'ann');
    CREATE TABLE plain  (id INTEGER PRIMARY KEY, name TEXT);                INSERT INTO plain  VALUES (1, 'Ann');
    CREATE TABLE number (id INTEGER PRIMARY KEY, value REAL);               INSERT INTO number VALUES (1, 0.5);""")
one.close(); shutil.copy("one.db", "two.db")
with sqlite3.connect("two.db") as two: two.executescript("UPDATE nocase SET name = 'ANN'; UPDATE rtrim SET name = 'ann  '; UPDATE plain SET name = 'ANN'"); two.execute("UPDATE number SET value = ?", (0.1 + 0.2,))
two.close()
PYTHON
found=$(root/usr/bin/sqldiff one.db two.db) summary=$(root/usr/bin/sqldiff --summary one.db two.db)
cp one.db patched.db; python3 -c 'import sqlite3, sys; one = sqlite3.connect("patched.db"); one.executescript(sys.argv[1]); one.close()' "$found"
again=$(root/usr/bin/sqldiff patched.db two.db)
names() { python3 -c 'import sqlite3, sys; print([row[0] for table in ("nocase", "rtrim", "plain") for row in sqlite3.connect(sys.argv[1]).execute("SELECT name FROM " + table)])' "$1"; }
echo "two.db has $(names two.db)"; echo "sqldiff:"; sed 's/^/    /' <<<"$found"; sed 's/^/    /' <<<"$summary"
echo "one.db with that patch has $(names patched.db); sqldiff again:"; sed 's/^/    /' <<<"$again"
[ "$(grep -c UPDATE <<<"$found")" = 2 ] && grep -q "UPDATE plain SET name='ANN'" <<<"$found" && grep -q "UPDATE number SET value=0.3 " <<<"$found" && [ "$(names patched.db)" = "['Ann', 'ann', 'ANN']" ] \
    && [ "$again" = "$(grep number <<<"$found")" ] && grep -q '^nocase: 0 changes, 0 inserts, 0 deletes, 1 unchanged' <<<"$summary" || { echo "changed"; exit 1; }
echo "as stated: a name in other letters is no difference, and the patch is not the difference"
