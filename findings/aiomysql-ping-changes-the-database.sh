#!/usr/bin/env bash
# aiomysql 0.3.2 and asyncmy 0.2.18 (PyPI; both go back to PyMySQL 1.2.4's code, which is beside them), MariaDB 10.11.19 (Debian mariadb-server 1:10.11.19-0+deb12u1).
#
# Behaviour: await connection.ping() answers nothing and raises nothing when the connection is dead: reconnect=True is its default, and it quietly opens another
# one. The new one is in the database of connect(), not in the one chosen since by USE; what SET had set is gone, and so is the open transaction. So
# INSERT, a failover or KILL, ping, INSERT, commit: the commit succeeds, the first row is nowhere, and the second stands in a table of the same name
# in the OTHER database. PyMySQL itself has changed the default: its ping() raises, and warns of reconnect=True.
# Why it matters: a ping "to be on the safe side" in front of the next step is the usual way to survive a failover, and it turns a clean error into half a
# change and a write for the wrong customer, where each has a database of his own. It passes every test in which the connection lives. Call
# ping(reconnect=False), and begin anew on a new connection.
# Seen: as printed below. Needs Debian 12, Python 3.
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d); cd "$work"; chmod 755 "$work"
server=; cleanup() { [ -z "$server" ] || kill "$server" 2>/dev/null || :; wait 2>/dev/null || :; rm -rf "$work"; }; trap cleanup EXIT

fetch() { # the named packages and what they need that this machine lacks, unpacked into root/
    local more; more=$(apt-get -s --no-install-recommends install "$@" 2>/dev/null | awk '/^Inst /{print $2}' | grep -vxF "$(printf '%s\n' "$@" | sed 's/=.*//')" || :)
    apt-get download -qq "$@" $more >/dev/null 2>&1 || { echo "cannot fetch: $*"; exit 2; }
    for deb in ./*.deb; do dpkg-deb -x "$deb" root; done; rm -f ./*.deb
}
maria=1:10.11.19-0+deb12u1
fetch mariadb-server-core=$maria mariadb-client-core=$maria mariadb-client=$maria mariadb-server=$maria libmariadb3=$maria
python3 -m venv venv && venv/bin/pip install -q aiomysql==0.3.2 asyncmy==0.2.18 PyMySQL==1.2.4 2>/dev/null || { echo "cannot install"; exit 2; }
export PATH=$work/root/usr/bin:$work/root/usr/sbin:$PATH
run=(env LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu"); if [ "$(id -u)" = 0 ]; then chown nobody "$work"; run+=(setpriv --reuid=nobody --regid=nogroup --clear-groups); fi
"${run[@]}" bash root/usr/bin/mariadb-install-db --no-defaults --basedir="$work/root/usr" --datadir="$work/data" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
"${run[@]}" root/usr/sbin/mariadbd --no-defaults --basedir="$work/root/usr" --datadir="$work/data" --socket="$work/s" --skip-networking >server.log 2>&1 & server=$!
for _ in $(seq 120); do [ -S s ] && break; sleep 0.5; done
cat >try.py <<'PYTHON'
import asyncio, sys, aiomysql, asyncmy, pymysql
other = pymysql.connect(unix_socket="s", user="root", autocommit=True).cursor()
def ask(sql): other.execute(sql); return [row[0] for row in other.fetchall()]
async def of(value): return await value if asyncio.iscoroutine(value) or hasattr(value, "__await__") else value
async def play(library):
    for name in ("first", "second"): ask(f"CREATE OR REPLACE DATABASE {name}"); ask(f"CREATE TABLE {name}.note (id INT)")
    connection = await of(library.connect(unix_socket="s", user="root", **{"database" if library is pymysql else "db": "first"}))
    cursor = await of(connection.cursor())
    for sql in ("SET time_zone = '+05:00'", "USE second", "INSERT INTO note VALUES (1)"): await of(cursor.execute(sql))
    ask(f"KILL {await of(connection.thread_id())}"); await asyncio.sleep(0.5)
    try:
        await of(connection.ping())
        await of(cursor.execute("INSERT INTO note VALUES (2)")); await of(connection.commit()); said = "committed"
        await of(cursor.execute("SELECT @@time_zone")); zone = (await of(cursor.fetchall()))[0][0]
        await of(cursor.close()); await of(connection.ensure_closed() if hasattr(connection, "ensure_closed") else connection.close())
    except Exception as error: said, zone = type(error).__name__, "-"
    return said, zone, ask("SELECT id FROM first.note"), ask("SELECT id FROM second.note")
seen = {library.__name__: asyncio.run(play(library)) for library in (aiomysql, asyncmy, pymysql)}
for name, (said, zone, first, second) in seen.items(): print(f"{name}: {said}, time zone {zone}, rows in the database of connect() {first}, in the one chosen {second}")
wrong = ("committed", "SYSTEM", [2], [])
sys.exit(0 if seen == {"aiomysql": wrong, "asyncmy": wrong, "pymysql": ("OperationalError", "-", [], [])} else 1)
PYTHON
timeout 60 venv/bin/python -W ignore try.py || { echo "changed"; exit 1; }
echo "as stated: one row lost, one in the wrong database, and the commit succeeds"
