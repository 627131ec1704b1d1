#!/usr/bin/env bash
# asyncmy 0.2.18 and, beside it, aiomysql 0.3.2 (PyPI), their pools, MariaDB 10.11.19 (Debian mariadb-server 1:10.11.19-0+deb12u1).
#
# Behaviour: asyncmy's pool closes a connection that comes back inside a transaction. Autocommit is off by default, and then ONE SELECT from an InnoDB table
# begins a transaction: every borrower that reads and does not say commit() throws its connection away, and the next one logs in anew. There is no
# message. SELECT 1, which touches no table, leaves the connection in the pool, and so does everything with autocommit=True. aiomysql, whose pool
# has the same interface, gives one and the same connection to all.
# Why it matters: the pool is there to save logins, and in a service that reads it saves none: with TLS and a hashed password each request pays for both, the
# server counts a connection a request (max_user_connections, audit log), and session variables set "once a connection" are never there. The check that
# people write, a loop over SELECT 1, shows perfect pooling. Use autocommit=True for reads, or commit() after them.
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
python3 -m venv venv && venv/bin/pip install -q aiomysql==0.3.2 asyncmy==0.2.18 2>/dev/null || { echo "cannot install"; exit 2; }
export PATH=$work/root/usr/bin:$work/root/usr/sbin:$PATH
run=(env LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu"); if [ "$(id -u)" = 0 ]; then chown nobody "$work"; run+=(setpriv --reuid=nobody --regid=nogroup --clear-groups); fi
"${run[@]}" bash root/usr/bin/mariadb-install-db --no-defaults --basedir="$work/root/usr" --datadir="$work/data" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
"${run[@]}" root/usr/sbin/mariadbd --no-defaults --basedir="$work/root/usr" --datadir="$work/data" --socket="$work/s" --skip-networking >server.log 2>&1 & server=$!
for _ in $(seq 120); do [ -S s ] && break; sleep 0.5; done
cat >try.py <<'PYTHON'
import asyncio, sys, aiomysql, asyncmy
async def logins(library, sql, autocommit=False, commit=False):
    pool, seen = await library.create_pool(unix_socket="s", user="root", db="q", minsize=1, maxsize=5, **({"autocommit": True} if autocommit else {})), set()
    for _ in range(5):
        async with pool.acquire() as connection:
            async with connection.cursor() as cursor:
                await cursor.execute(sql); await cursor.fetchall(); seen.add(connection.thread_id())
            if commit: await connection.commit()
    pool.close(); await pool.wait_closed(); return len(seen)
async def main():
    connection = await asyncmy.connect(unix_socket="s", user="root", autocommit=True)
    async with connection.cursor() as cursor:
        for sql in ("CREATE DATABASE q", "CREATE TABLE q.account (id INT PRIMARY KEY) ENGINE=InnoDB"): await cursor.execute(sql)
    connection.close()
    read = "SELECT id FROM account"
    return {"asyncmy, SELECT from a table": await logins(asyncmy, read), "asyncmy, SELECT 1": await logins(asyncmy, "SELECT 1"), "asyncmy, SELECT and commit()": await logins(asyncmy, read, commit=True),
            "asyncmy, autocommit": await logins(asyncmy, read, autocommit=True), "aiomysql, SELECT from a table": await logins(aiomysql, read)}
seen = asyncio.run(main())
for what, count in seen.items(): print(f"{what}: {count} connections for 5 borrowers, one after the other")
sys.exit(0 if list(seen.values()) == [5, 1, 1, 1, 1] else 1)
PYTHON
timeout 60 venv/bin/python -W ignore try.py || { echo "changed"; exit 1; }
echo "as stated: a pool in which nothing stays that has read"
