#!/usr/bin/env bash
# MariaDB 10.11.19 with Galera 26.4.23 (Debian packages mariadb-server, mariadb-server-core 1:10.11.19-0+deb12u1, galera-4 26.4.23-0+deb12u1), one node.
#
# Behaviour: after a crash `grastate.dat` says seqno -1, and `mariadbd --wsrep-recover` is how an operator asks a node how far it got; it joins nothing.
# All the same it refuses without `wsrep_cluster_address` ("... SST method requires wsrep_cluster_address to be configured on startup", status 1, no
# position), whatever the transfer method, `skip` too. Any address will do: one where nobody has ever answered gives the position and status 0.
# Why it matters: where the address comes from outside (a start script or an operator's unit passes it as an option, the first node is started with an
# option too), the node's own configuration has none; a script that asks for the position with that configuration reads an empty answer, takes it for
# "no position", and starts the cluster from a node that is behind, or has a node fetch everything anew. Pass a placeholder address when you ask.
# Seen: as printed below. Needs Debian 12, Python 3.
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d); cd "$work"; chmod 755 "$work"
cleanup() { for n in 1; do [ ! -f "$work/$n/pid" ] || kill -9 "$(cat "$work/$n/pid")" 2>/dev/null || :; done; wait 2>/dev/null || :; rm -rf "$work"; }; trap cleanup EXIT

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
n=1
"${run[@]}" mkdir "$n"
"${run[@]}" bash root/usr/bin/mariadb-install-db --no-defaults --basedir="$work/root/usr" --datadir="$work/$n/data" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
node 1 gcomm://
sql 1 "CREATE DATABASE q; CREATE TABLE q.t (id INT PRIMARY KEY); INSERT INTO q.t VALUES (1); INSERT INTO q.t VALUES (2)"
known=$(sql 1 "SHOW STATUS LIKE 'wsrep_last_committed'" | cut -f2)
kill -9 "$(cat 1/pid)"; wait 2>/dev/null || :
echo "committed when it was killed: $known; grastate.dat says $(grep seqno 1/data/grastate.dat)"
recover() { # OPTIONS...: the position that --wsrep-recover tells, and the error, if there is one
    "${run[@]}" root/usr/sbin/mariadbd --no-defaults --basedir="$work/root/usr" --datadir="$work/1/data" --socket="$work/1/s" --skip-networking --wsrep-on=ON \
        --wsrep-provider="$work/root/usr/lib/galera/libgalera_smm.so" --binlog-format=ROW --innodb-autoinc-lock-mode=2 --wsrep-recover "$@" >recover.log 2>&1
    echo "status $?; $(grep -o 'Recovered position: .*' recover.log | sed 's/[0-9a-f-]\{36\}/UUID/' || :) $(grep -o '\[ERROR\].*' recover.log | head -1 || :)"
}
set +e
for method in rsync mariabackup skip; do echo "$method, no address: $(recover --wsrep-sst-method=$method | tee "$method.seen")"; done
echo "rsync, an address where nobody is: $(recover --wsrep-sst-method=rsync --wsrep-cluster-address=gcomm://192.0.2.1 | tee placed.seen)"
for method in rsync mariabackup skip; do
    grep -q "^status 1;  .*$method SST method requires wsrep_cluster_address" "$method.seen" || { echo "changed"; exit 1; }
done
grep -q "^status 0; Recovered position: UUID:$known" placed.seen || { echo "changed"; exit 1; }
echo "as stated: the position is told only to who names a cluster, though none is asked"
