#!/usr/bin/env bash
# MariaDB 10.11.19 with Galera 26.4.23 (Debian packages mariadb-server, mariadb-server-core 1:10.11.19-0+deb12u1, galera-4 26.4.23-0+deb12u1), two nodes.
#
# Behaviour: CREATE EVENT reaches every node, but the event is ENABLED only on the node where it was created; on the others it is SLAVESIDE_DISABLED, as
# on a replica of old, though event_scheduler is ON there. When that node goes, the cluster stays Primary and the event runs nowhere. And when the node
# comes back empty and is filled by a state transfer, it gets the other node's copy of the event: from then on it is disabled on BOTH nodes, with no
# error, no warning, and the scheduler ON. ALTER EVENT ... ENABLE on one node moves it there.
# Why it matters: clean-up of sessions, unlocking of accounts and the nightly aggregation are such events. After a failover they stop, after a rolling
# replacement of the nodes, the usual way to upgrade, they have stopped for good; SHOW EVENTS on the node that one happens to be connected to decides
# whether anybody sees it. Let a program outside, or every replica under a guard row, do such work.
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
        --wsrep-provider-options="gmcast.listen_addr=tcp://127.0.0.1:${ports[$1]};ist.recv_addr=127.0.0.1:${ist[$1]};gcache.size=16M" --wsrep-cluster-address="$2" --event-scheduler=ON --server-id="$1" >"$work/$1/log" 2>&1 &
    for _ in $(seq 120); do sql "$1" "SHOW STATUS LIKE 'wsrep_local_state_comment'" 2>/dev/null | grep -q Synced && return; sleep 0.5; done
    echo "node $1 did not start"; exit 2
}
sql() { mariadb --no-defaults -N -uroot -S "$work/$1/s" -e "$2"; }
empty() { # an empty data folder for each node named
    local n; for n in "$@"; do
    rm -rf "$n"; "${run[@]}" mkdir "$n"
    "${run[@]}" bash root/usr/bin/mariadb-install-db --no-defaults --basedir="$work/root/usr" --datadir="$work/$n/data" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
    done
}
empty 1 2; node 1 gcomm://
node 2 "gcomm://127.0.0.1:${ports[1]}"

state() { sql "$1" "SELECT status FROM information_schema.events WHERE event_name = 'sweep'"; }
runs() { sql "$1" 'SELECT COUNT(*) FROM q.swept'; }
sql 1 "CREATE DATABASE q; CREATE TABLE q.swept (id INT AUTO_INCREMENT PRIMARY KEY, node VARCHAR(9)); CREATE EVENT q.sweep ON SCHEDULE EVERY 1 SECOND DO INSERT INTO q.swept (node) VALUES (@@wsrep_node_name)"
sleep 4
created="$(state 1) $(state 2)" by=$(sql 2 'SELECT GROUP_CONCAT(DISTINCT node) FROM q.swept')
mariadb-admin --no-defaults -uroot -S "$work/1/s" shutdown; sleep 2
before=$(runs 2); sleep 4; after=$(runs 2)
alone="$(sql 2 "SHOW STATUS LIKE 'wsrep_cluster_status'" | cut -f2) $(state 2)"
empty 1; node 1 "gcomm://127.0.0.1:${ports[2]}"; sleep 4
joined="$(state 1) $(state 2)" size=$(sql 1 "SHOW STATUS LIKE 'wsrep_cluster_size'" | cut -f2) scheduler="$(sql 1 'SELECT @@event_scheduler') $(sql 2 'SELECT @@event_scheduler')" last=$(runs 1)
sql 2 'ALTER EVENT q.sweep ENABLE'; sleep 3; moved="$(state 1) $(state 2)" again=$(runs 2)
echo "created on node 1:            $created, run by $by"
echo "node 1 is shut down, node 2:  $alone, runs: $before, four seconds later $after"
echo "node 1 filled anew, size $size:  $joined, schedulers $scheduler, runs: $last"
echo "ENABLE said on node 2:        $moved, runs: $again"
[ "$created $by" = "ENABLED SLAVESIDE_DISABLED n1" ] && [ "$alone" = "Primary SLAVESIDE_DISABLED" ] && [ "$before" = "$after" ] && [ "$joined $size $scheduler" = "SLAVESIDE_DISABLED SLAVESIDE_DISABLED 2 ON ON" ] \
    && [ "$last" = "$after" ] && [ "$moved" = "SLAVESIDE_DISABLED ENABLED" ] && [ "$again" -gt "$last" ] || { echo "changed"; exit 1; }
echo "as stated: the event ends with the node that created it, also when that node is back"
