#!/usr/bin/env bash
# PostgreSQL 15.20 (Debian postgresql-15 15.20-0+deb12u1), streaming replication, a hot standby.
#
# Behaviour: a standby refuses every write, and row locks (SELECT ... FOR UPDATE) too, but grants ADVISORY locks: pg_try_advisory_lock(7) is true on the
# standby while a session of the primary holds number 7. At promotion the session on the standby goes on, keeps its lock, and the very same connection
# may write from then on without having been told by any error. So for a moment two sessions "hold the lock" of which both can write: the old
# primary's until it is stopped, and the new one's.
# Why it matters: advisory locks guard migrations and "only one replica runs this job". A program whose URL names several hosts and does not ask for a
# writable one (target_session_attrs) takes the lock on a standby and believes it is alone. The lock has to be taken together with something that a
# standby refuses, or with a check of pg_is_in_recovery() in the same session, and once more after a failover.
# Seen: as printed below. Needs Debian 12, Python 3.
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d); cd "$work"; chmod 755 "$work"
run=(env HOME="$work"); if [ "$(id -u)" = 0 ]; then chown nobody "$work"; run=(setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$work"); fi
cleanup() { for n in primary standby; do "${run[@]}" "$bin/pg_ctl" -D "$work/$n" -m immediate stop >/dev/null 2>&1 || :; done; rm -rf "$work"; }
bin=$work/root/usr/lib/postgresql/15/bin; trap cleanup EXIT

fetch() { # the named packages and what they need that this machine lacks, unpacked into root/
    local more; more=$(apt-get -s --no-install-recommends install "$@" 2>/dev/null | awk '/^Inst /{print $2}' | grep -vxF "$(printf '%s\n' "$@" | sed 's/=.*//')" || :)
    apt-get download -qq "$@" $more >/dev/null 2>&1 || { echo "cannot fetch: $*"; exit 2; }
    for deb in ./*.deb; do dpkg-deb -x "$deb" root; done; rm -f ./*.deb
}
fetch postgresql-15=15.20-0+deb12u1 postgresql-client-15=15.20-0+deb12u1 libpq5
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
first=$(port) second=$(port)
"${run[@]}" "$bin/initdb" -D primary -U postgres -A trust --no-sync -L "$work/root/usr/share/postgresql/15" >/dev/null
printf "listen_addresses='127.0.0.1'\nunix_socket_directories=''\nfsync=off\n" >>primary/postgresql.conf
"${run[@]}" "$bin/pg_ctl" -D primary -o "-p $first" -l primary.log -w start >/dev/null
"${run[@]}" "$bin/pg_basebackup" -h 127.0.0.1 -p "$first" -U postgres -D standby -R >/dev/null
"${run[@]}" "$bin/pg_ctl" -D standby -o "-p $second" -l standby.log -w start >/dev/null
on() { "$bin/psql" -qAtX -h 127.0.0.1 -U postgres -p "$@" 2>&1; }

on "$first" -c 'CREATE TABLE job (id int); INSERT INTO job VALUES (1)' ; sleep 1
{ echo "SELECT pg_try_advisory_lock(7);"; sleep 12; } | on "$first" >a & sleep 1
{ echo "SELECT pg_is_in_recovery(), pg_try_advisory_lock(7);"; echo "SELECT id FROM job FOR UPDATE;"; sleep 4
  echo "SELECT pg_is_in_recovery(), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()); INSERT INTO job VALUES (2) RETURNING id;"; } | on "$second" >b & other=$!
sleep 2; "${run[@]}" "$bin/pg_ctl" -D standby -w promote >/dev/null; wait "$other"
echo "primary, pg_try_advisory_lock(7): $(cat a)"
sed 's/^/standby, one session: /' b
[ "$(cat a)" = t ] && [ "$(sed -n 1p b)" = "t|t" ] && grep -q 'cannot execute SELECT FOR UPDATE' b && [ "$(tail -2 b | tr '\n' ' ')" = "f|1 2 " ] || { echo "changed"; exit 1; }
echo "as stated: the standby grants what the primary has granted, and the session that has it may write after the promotion"
