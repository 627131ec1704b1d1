#!/usr/bin/env bash
# PgBouncer 1.18.0 (Debian pgbouncer 1.18.0-1+deb12u1) before PostgreSQL 15.20 (Debian postgresql-15 15.20-0+deb12u1), libpq of the same release.
#
# Behaviour: the server tells at login whether it is a standby (in_hot_standby), and libpq's target_session_attrs (psql, psycopg and others) goes by that
# word alone. PgBouncer keeps what its FIRST server connection said and hands that to every client. When the standby behind it is promoted, a client
# without the option connects and writes; with target_session_attrs=read-write or primary it is refused ("session is read-only", "server is in hot
# standby mode"), although PgBouncer's own connections have all been made anew meanwhile and the server says otherwise. RECONNECT or a restart cures it.
# The other way round it does not help either: what was the primary once stays "the primary" in the pooler's words.
# Why it matters: one pooler per database server and a URL that names both with target_session_attrs=read-write is the textbook way to survive a failover.
# After it the old primary is gone, the new one is up and writable, and every program is refused until somebody thinks of the pooler, which every
# check (a login, a query, even an INSERT through it) finds healthy. Send RECONNECT when promoting, or ask pg_is_in_recovery() in the session.
# Seen: as printed below. Needs Debian 12, Python 3.
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d); cd "$work"; chmod 755 "$work"
run=(env HOME="$work"); if [ "$(id -u)" = 0 ]; then chown nobody "$work"; run=(setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$work"); fi
bin=$work/root/usr/lib/postgresql/15/bin; pooler=
cleanup() { [ -z "$pooler" ] || kill "$pooler" 2>/dev/null || :; for n in primary standby; do "${run[@]}" "$bin/pg_ctl" -D "$work/$n" -m immediate stop >/dev/null 2>&1 || :; done; rm -rf "$work"; }; trap cleanup EXIT

fetch() { # the named packages and what they need that this machine lacks, unpacked into root/
    local more; more=$(apt-get -s --no-install-recommends install "$@" 2>/dev/null | awk '/^Inst /{print $2}' | grep -vxF "$(printf '%s\n' "$@" | sed 's/=.*//')" || :)
    apt-get download -qq "$@" $more >/dev/null 2>&1 || { echo "cannot fetch: $*"; exit 2; }
    for deb in ./*.deb; do dpkg-deb -x "$deb" root; done; rm -f ./*.deb
}
fetch postgresql-15=15.20-0+deb12u1 postgresql-client-15=15.20-0+deb12u1 libpq5 pgbouncer=1.18.0-1+deb12u1
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
first=$(port) second=$(port) third=$(port)
"${run[@]}" "$bin/initdb" -D primary -U postgres -A trust --no-sync -L "$work/root/usr/share/postgresql/15" >/dev/null
printf "listen_addresses='127.0.0.1'\nunix_socket_directories=''\nfsync=off\n" >>primary/postgresql.conf
"${run[@]}" "$bin/pg_ctl" -D primary -o "-p $first" -l primary.log -w start >/dev/null
"${run[@]}" "$bin/pg_basebackup" -h 127.0.0.1 -p "$first" -U postgres -D standby -R >/dev/null
"${run[@]}" "$bin/pg_ctl" -D standby -o "-p $second" -l standby.log -w start >/dev/null
printf '%s\n' '[databases]' "postgres = host=127.0.0.1 port=$second user=postgres" '[pgbouncer]' listen_addr=127.0.0.1 "listen_port=$third" auth_type=any unix_socket_dir= \
    admin_users=postgres pool_mode=session server_lifetime=1 server_idle_timeout=1 >pool.ini
"${run[@]}" env LD_LIBRARY_PATH="$LD_LIBRARY_PATH" root/usr/sbin/pgbouncer pool.ini >pool.log 2>&1 & pooler=$!
sleep 2
ask() { "$bin/psql" -qAtX "host=127.0.0.1 port=$third user=postgres dbname=${3:-postgres} target_session_attrs=$1" -c "$2" 2>&1 | sed 's/.*failed: //' || :; }
who="SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END"
before=$(ask any "$who")
"${run[@]}" "$bin/pg_ctl" -D standby -w promote >/dev/null
ask any 'CREATE TABLE written (id int)'
for _ in 1 2 3; do sleep 2; last=$(ask any "INSERT INTO written SELECT pg_backend_pid(); $who"); done
connections=$(ask any 'SELECT count(DISTINCT id) FROM written')
rw=$(ask read-write "$who") primary=$(ask primary "$who")
ask any RECONNECT pgbouncer >/dev/null; sleep 1
cured=$(ask read-write "$who")
echo "before: $before; after the promotion, without the option: $last, written through $connections server connections one after the other"
echo "read-write: $rw; primary: $primary"; echo "read-write after RECONNECT: $cured"
[ "$before $last $cured" = "standby primary primary" ] && [ "$connections" = 3 ] && [ "$rw" = "session is read-only" ] && [ "$primary" = "server is in hot standby mode" ] || { echo "changed"; exit 1; }
echo "as stated: the pooler answers for a server that is a standby no more"
