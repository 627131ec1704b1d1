#!/usr/bin/env bash
# PostgreSQL 15.20 (Debian postgresql-15 15.20-0+deb12u1), synchronous_standby_names = 'ANY 1 (*)', no standby at all.
#
# Behaviour: a COMMIT waits for a standby, as it should. Then somebody makes a base backup (pg_basebackup as it comes: -X stream), and while that runs,
# COMMITs are acknowledged: the backup's stream of the log is listed in pg_stat_replication with sync_state "quorum" and counts as a standby, because it
# reports what it has flushed (which it does since it uses a temporary slot, its default), a whole segment of the log at a time. The backup is
# interrupted, and the row exists on the primary and in a folder that no server starts from. With --no-slot the COMMIT goes on waiting.
# pg_basebackup's page says nothing of it; that of pg_receivewal, which streams with the same code, says that it counts only with --synchronous.
# Why it matters: '*' is in every example of synchronous replication. The moment in which a standby is missing is the moment in which somebody makes a
# new one by pg_basebackup, and just then "acknowledged" means "is in a half-made folder". If the primary dies before the copy is done, what was
# acknowledged meanwhile is lost, and nothing was ever reported. Name the standbys in synchronous_standby_names, or copy with --no-slot.
# Seen: as printed below. Needs Debian 12, Python 3.
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d); cd "$work"; chmod 755 "$work"
run=(env --default-signal=INT HOME="$work"); if [ "$(id -u)" = 0 ]; then chown nobody "$work"; run=(setpriv --reuid=nobody --regid=nogroup --clear-groups env --default-signal=INT HOME="$work"); fi
cleanup() { "${run[@]}" "$bin/pg_ctl" -D "$work/primary" -m immediate stop >/dev/null 2>&1 || :; wait 2>/dev/null || :; rm -rf "$work"; }
bin=$work/root/usr/lib/postgresql/15/bin; trap cleanup EXIT

fetch() { # the named packages and what they need that this machine lacks, unpacked into root/
    local more; more=$(apt-get -s --no-install-recommends install "$@" 2>/dev/null | awk '/^Inst /{print $2}' | grep -vxF "$(printf '%s\n' "$@" | sed 's/=.*//')" || :)
    apt-get download -qq "$@" $more >/dev/null 2>&1 || { echo "cannot fetch: $*"; exit 2; }
    for deb in ./*.deb; do dpkg-deb -x "$deb" root; done; rm -f ./*.deb
}
fetch postgresql-15=15.20-0+deb12u1 postgresql-client-15=15.20-0+deb12u1 libpq5
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"${run[@]}" "$bin/initdb" -D primary -U postgres -A trust --no-sync -L "$work/root/usr/share/postgresql/15" >/dev/null
printf "listen_addresses='127.0.0.1'\nunix_socket_directories=''\n" >>primary/postgresql.conf
"${run[@]}" "$bin/pg_ctl" -D primary -o "-p $port" -l primary.log -w start >/dev/null
on() { "$bin/psql" -qAtX -h 127.0.0.1 -U postgres -p "$port" -c "$1" 2>&1; }
on 'CREATE TABLE t (name text)'
on "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'"; on 'SELECT pg_reload_conf()' >/dev/null; sleep 1

# insert NAME SECONDS: whether the COMMIT was acknowledged within the time
insert() { if timeout "$2" "$bin/psql" -qAtX -h 127.0.0.1 -U postgres -p "$port" -c "INSERT INTO t VALUES ('$1')" >/dev/null 2>&1; then echo acknowledged; else echo waits; fi; }
# during OPTIONS...: the same while a base backup runs that takes a long time
during() {
    setsid "${run[@]}" "$bin/pg_basebackup" -h 127.0.0.1 -p "$port" -U postgres -D "$work/copy" -c fast --max-rate=32k --status-interval=1 "${@:2}" >copy.log 2>&1 &
    local copy=$!
    for _ in $(seq 100); do [ "$(on "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")" = 1 ] && break; sleep 0.2; done
    insert "$1" 25 & local answer=$!
    sleep 2 # Now somebody writes on who does not wait for standbys: the segment of the log is full.
    on "SET synchronous_commit = local; CREATE TABLE filling_$1 AS SELECT repeat(md5(i::text), 8) AS text FROM generate_series(1, 90000) i"
    wait "$answer"
    on "SELECT 'stream of ' || application_name || ': ' || sync_state FROM pg_stat_replication WHERE state = 'streaming'" >&2
    kill -INT -- "-$copy"; wait "$copy" 2>/dev/null || :
    rm -rf copy
}
alone=$(insert alone 5)
slot=$(during slot 2>seen)
without=$(during without --no-slot 2>/dev/null)
again=$(insert again 5)
echo "no standby:                                       COMMIT $alone"
echo "while pg_basebackup runs:                         COMMIT $slot ($(cat seen))"
echo "while pg_basebackup --no-slot runs:               COMMIT $without"
echo "after them:                                       COMMIT $again"
[ "$alone $slot $without $again" = "waits acknowledged waits waits" ] || { echo "changed"; exit 1; }
echo "as stated: an unfinished copy acknowledges commits as a standby does"
