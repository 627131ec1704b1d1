#!/usr/bin/env bash
# PostgreSQL 15.20 (Debian postgresql-15 15.20-0+deb12u1), streaming replication, a hot standby.
#
# Behaviour: max_connections is raised on the primary first, the standby keeps its own. The standby then stops replaying for ever and stays up: it takes
# logins, answers from its old state, pg_isready says "accepting connections". On the primary pg_stat_replication says state "streaming", and the sent,
# written and flushed positions keep up with the newest commit; replay_lag, the column made for this alarm, stays at the small value that it had
# before (it is measured when something IS replayed). And pg_ctl promote does not promote: the standby shuts down with "recovery aborted because of
# insufficient parameter settings", and is gone. Only its log had said "hot standby is not possible".
# Why it matters: the wrong order of two restarts, and weeks later the failover, the one moment it is for, costs the standby too. A synchronous primary
# goes on committing meanwhile, since flushing is what it waits for. An alarm has to compare replay_lsn with the primary's position, or ask the
# standby for pg_get_wal_replay_pause_state(), which says "paused" though nobody has paused it.
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

on "$first" -c 'CREATE TABLE account (id int)'; on "$first" -c 'INSERT INTO account VALUES (1)'; sleep 2
echo 'max_connections=150' >>primary/postgresql.conf; "${run[@]}" "$bin/pg_ctl" -D primary -o "-p $first" -l primary.log -w restart >/dev/null
for _ in $(seq 60); do [ "$(on "$first" -c "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")" = 1 ] && break; sleep 0.5; done
for id in 2 3 4 5; do on "$first" -c "INSERT INTO account VALUES ($id)"; done; sleep 8
view=$(on "$first" -F ' ' -c "SELECT state, sent_lsn = pg_current_wal_lsn(), flush_lsn = pg_current_wal_lsn(), replay_lsn = pg_current_wal_lsn(), coalesce(replay_lag, '0') < '3 s' FROM pg_stat_replication")
standby=$(on "$second" -F ' ' -c 'SELECT count(*), pg_get_wal_replay_pause_state() FROM account') ready=$("$bin/pg_isready" -h 127.0.0.1 -p "$second" | sed 's/.* - //')
"${run[@]}" "$bin/pg_ctl" -D standby -w -t 10 promote >promote.log 2>&1 && promoted=yes || promoted=no
sleep 1; "${run[@]}" "$bin/pg_ctl" -D standby status >/dev/null && up=yes || up=no
echo "primary: state, sent, flushed, replayed up to now, replay_lag below three seconds: $view"
echo "standby: rows of five, replay: $standby; pg_isready: $ready"
echo "promoted: $promoted; still running: $up; log: $(grep -c 'FATAL:  recovery aborted because of insufficient parameter settings' standby.log || :) times \"recovery aborted\""
[ "$view" = "streaming t t f t" ] && [ "$standby" = "1 paused" ] && [ "$ready" = "accepting connections" ] && [ "$promoted $up" = "no no" ] && grep -q 'recovery aborted because of insufficient' standby.log || { echo "changed"; exit 1; }
echo "as stated: it streams, it is ready, it replays nothing, and promoting it ends it"
