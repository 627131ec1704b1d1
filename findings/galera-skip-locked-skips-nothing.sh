#!/usr/bin/env bash
# MariaDB 10.11.19 with Galera 26.4.23 (Debian packages mariadb-server, mariadb-server-core 1:10.11.19-0+deb12u1, galera-4 26.4.23-0+deb12u1), two nodes.
#
# Behaviour: SELECT ... FOR UPDATE SKIP LOCKED gives ONE row to both nodes: row locks are not told to the other node, so the second does not skip what
# the first holds. What nobody expects is who loses: not the late-comer. The transaction that took the row first and is still at work is ended from
# outside as soon as the late-comer commits ("Deadlock found", error 1213, at its next statement, here a SELECT that touches no table), and the
# late-comer never learns that the row was not free.
# Why it matters: job queues, mail queues and "take the next batch" loops are built on SKIP LOCKED just because it promises that no two workers get
# one row. On a cluster each job can be begun by one worker a node, the slow careful one is always the one that is thrown out, and what it did outside
# the database (a mail sent, a file written) is done twice. Claim by an UPDATE that is committed before the work begins, and check whose claim stands.
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

sql 1 "CREATE DATABASE q; CREATE TABLE q.job (id INT PRIMARY KEY, worker VARCHAR(9)); INSERT INTO q.job VALUES (1, NULL), (2, NULL), (3, NULL)"
sql 2 "SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM q.job" >/dev/null
take="SELECT id FROM q.job WHERE worker IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
(sql 1 "BEGIN; $take; DO SLEEP(3); SELECT 'still here'" >first 2>&1 || :) &
early=$!
sleep 1
sql 1 "$take" >same
sql 2 "BEGIN; $take; UPDATE q.job SET worker = 'late' WHERE id = 1; COMMIT" >late
wait "$early"
echo "first worker, node 1:            $(tr '\n' ' ' <first)"
echo "another session of node 1:       $(cat same)"
echo "late-comer, node 2:              $(cat late)"
echo "the row in the end, on node 1:   $(sql 1 'SET SESSION wsrep_sync_wait = 1; SELECT worker FROM q.job WHERE id = 1')"
grep -q 1213 first && [ "$(head -1 first)" = 1 ] && [ "$(cat same)" = 2 ] && [ "$(cat late)" = 1 ] || { echo "changed"; exit 1; }
echo "as stated: one row for both nodes, and the one who had it first is thrown out"
