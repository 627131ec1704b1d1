#!/usr/bin/env bash
# MariaDB 10.11.19 with Galera 26.4.23 (Debian packages mariadb-server, mariadb-server-core 1:10.11.19-0+deb12u1, galera-4 26.4.23-0+deb12u1), two nodes.
#
# Behaviour: a session that asks for causal reads (wsrep_sync_wait = 1) on a node that has lost the others gets error 1205, "Lock wait timeout exceeded;
# try restarting transaction", for SELECT 1: at once, in autocommit, with no lock anywhere and innodb_lock_wait_timeout at 50 seconds. A SELECT that was
# waiting when the others vanished ends with the same error after about six seconds. A SELECT of a table begun later gets 1047, "WSREP has not yet
# prepared node for application use", as it does without causal reads; without them SELECT 1 is answered.
# Why it matters: 1205 is in every library's list of errors after which the same transaction is simply run again on the same connection, next to the
# deadlock. Here that never helps: the node stays as it is until it finds the others, and only another node can answer. A pool that tries again on 1205
# stays with the one node that cannot serve, and its log speaks of locks that do not exist. After 1205 ask wsrep_ready, or go elsewhere.
# Seen: as printed below. Needs Debian 12, Python 3.
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d); cd "$work"; chmod 755 "$work"
cleanup() { for n in 1 2; do [ ! -f "$work/$n/pid" ] || kill -9 "$(cat "$work/$n/pid")" 2>/dev/null || :; done; wait 2>/dev/null || :; rm -rf "$work"; }; trap cleanup EXIT

fetch() { # the named packages and what they need that this machine lacks, unpacked into root/
    local more; more=$(apt-get -s --no-install-recommends install "$@" 2>/dev/null | awk '/^Inst /{print $2}' | grep -vxF "$(printf '%s\n' "$@" | sed 's/=.*//')" || :)
    apt-get download -qq "$@" $more >/dev/null 2>&1 || { echo "cannot fetch: $*"; exit 2; }
    for deb in ./*.deb; do dpkg-deb -x "$deb" root; done; rm -f ./*.deb
}
maria=1:10.11.19-0+deb12u1
fetch mariadb-server-core=$maria mariadb-client-core=$maria mariadb-server=$maria libmariadb3=$maria galera-4=26.4.23-0+deb12u1 rsync lsof
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu PATH=$work/root/usr/bin:$work/root/usr/sbin:$PATH
run=(); if [ "$(id -u)" = 0 ]; then chown nobody "$work"; run=(setpriv --reuid=nobody --regid=nogroup --clear-groups); fi
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
ports=(0 "$(port)" "$(port)"); sst=("0" "$(port)" "$(port)"); ist=("0" "$(port)" "$(port)")
node() { # node N ADDRESS: starts it and waits until it is in step with the cluster
    "${run[@]}" root/usr/sbin/mariadbd --no-defaults --basedir="$work/root/usr" --datadir="$work/$1/data" --socket="$work/$1/s" --pid-file="$work/$1/pid" --skip-networking \
        --binlog-format=ROW --innodb-autoinc-lock-mode=2 --innodb-buffer-pool-size=32M --wsrep-on=ON --wsrep-provider="$work/root/usr/lib/galera/libgalera_smm.so" \
        --wsrep-sst-method=rsync --wsrep-cluster-name=t --wsrep-node-name="n$1" --wsrep-node-address="127.0.0.1:${ports[$1]}" --wsrep-sst-receive-address="127.0.0.1:${sst[$1]}" \
        --wsrep-provider-options="gmcast.listen_addr=tcp://127.0.0.1:${ports[$1]};ist.recv_addr=127.0.0.1:${ist[$1]};gcache.size=16M" --wsrep-cluster-address="$2" >"$work/$1/log" 2>&1 &
    for _ in $(seq 120); do sql "$1" "SHOW STATUS LIKE 'wsrep_local_state_comment'" 2>/dev/null | grep -q Synced && return; sleep 0.5; done
    echo "node $1 did not start"; exit 2
}
sql() { mariadb --no-defaults -N -uroot -S "$work/$1/s" -e "$2"; }
for n in 1 2; do
    "${run[@]}" mkdir "$n"
    "${run[@]}" bash root/usr/bin/mariadb-install-db --no-defaults --basedir="$work/root/usr" --datadir="$work/$n/data" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
done
node 1 gcomm://
node 2 "gcomm://127.0.0.1:${ports[1]}"

sql 1 "CREATE DATABASE q; CREATE TABLE q.t (id INT PRIMARY KEY); INSERT INTO q.t VALUES (1)"
sql 2 "SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM q.t" >/dev/null
# answer SQL: what node 1 says in a session with causal reads, and whether within two seconds
answer() {
    local begun; begun=$(date +%s%3N)
    sql 1 "SET SESSION wsrep_sync_wait = $1; $2" 2>&1 | grep -o '^1$\|ERROR [0-9]*' | tr '\n' ' ' || :
    [ $(($(date +%s%3N) - begun)) -lt 2000 ] && echo "at once" || echo "after a while"
}
kill -9 "$(cat 2/pid)"
waiting=$(answer 1 "SELECT id FROM q.t")
for _ in $(seq 40); do sql 1 "SHOW STATUS LIKE 'wsrep_ready'" | grep -q OFF && break; sleep 0.5; done
one=$(answer 1 "SELECT 1")
again=$(answer 1 "SELECT 1")
table=$(answer 1 "SELECT id FROM q.t")
plain=$(answer 0 "SELECT 1")
echo "limit of real lock waits:                          $(sql 1 'SELECT @@innodb_lock_wait_timeout') s"
echo "causal, SELECT of a table while the other one dies: $waiting"
echo "causal, SELECT 1 afterwards:                       $one, and again: $again"
echo "causal, SELECT of a table afterwards:              $table"
echo "not causal, SELECT 1:                              $plain"
[ "$one|$again|$table|$plain" = "ERROR 1205 at once|ERROR 1205 at once|ERROR 1047 at once|1 at once" ] || { echo "changed"; exit 1; }
echo "as stated: a node without the others speaks of a lock that nobody holds"
