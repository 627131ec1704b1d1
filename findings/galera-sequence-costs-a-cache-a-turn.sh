#!/usr/bin/env bash
# MariaDB 10.11.19 with Galera 26.4.23 (Debian packages mariadb-server, mariadb-server-core 1:10.11.19-0+deb12u1, galera-4 26.4.23-0+deb12u1), two nodes.
#
# Behaviour: CREATE SEQUENCE with its defaults is refused ("doesn't yet support CACHE without INCREMENT BY 0"). With the INCREMENT BY 0 that the message
# asks for, numbers come from a cache a node, and ONE call on the other node throws the rest of the first node's cache away: asked in turn, the nodes
# give 1, 2002, 4003, 6004, ...: each single number costs 2001 (nodes times cache of 1000, and one more), while two calls on one node are 2 apart.
# NOCACHE, which the message does not mention, is accepted with an increment of 1 and counts 1, 2, 3 over both nodes.
# Why it matters: a load balancer that goes round robin is the usual way in front of Galera. Account numbers that old clients keep in 32-bit integers are
# used up after a million registrations instead of two thousand million, and numbers sort by node and not by time. A counter row that is moved in
# the creating transaction has neither trouble.
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

sql 1 "CREATE DATABASE q"
sql 1 "CREATE SEQUENCE q.plain" 2>refused || :
sql 1 "CREATE SEQUENCE q.number INCREMENT BY 0"; sql 1 "CREATE SEQUENCE q.nocache NOCACHE"
sleep 1
turns=$(for _ in 1 2 3; do sql 1 "SELECT NEXTVAL(q.number)"; sql 2 "SELECT NEXTVAL(q.number)"; done | tr '\n' ' ')
alone=$(for _ in 1 2 3; do sql 1 "SELECT NEXTVAL(q.number)"; done | tr '\n' ' ')
nocache=$(for _ in 1 2 3; do sql 1 "SELECT NEXTVAL(q.nocache)" 2>&1; sql 2 "SELECT NEXTVAL(q.nocache)" 2>&1; done | tr '\n' ' ')
echo "defaults:             $(grep -o 'ERROR.*' refused)"
echo "nodes asked in turn:  $turns"
echo "one node alone:       $alone"
echo "NOCACHE, in turn:     $nocache"
grep -q 1235 refused && [ "$turns" = "1 2002 4003 6004 8005 10006 " ] && [ "$alone" = "12007 12009 12011 " ] && [ "$nocache" = "1 2 3 4 5 6 " ] || { echo "changed"; exit 1; }
echo "as stated: what the message asks for costs 2001 numbers a call, what it does not mention costs one"
