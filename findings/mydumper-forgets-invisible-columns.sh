#!/usr/bin/env bash
# mydumper 0.10.1 (Debian mydumper 0.10.1-1+deb12u2; the program calls itself 0.10.0), MariaDB 10.11.19 (Debian mariadb-server 1:10.11.19-0+deb12u1).
#
# Behaviour: a table with an INVISIBLE column is read by SELECT * and written as INSERT ... VALUES without a column list: each row has one value fewer
# than the CREATE TABLE beside it has columns, and the hidden column's values are in no file. Nobody says so: mydumper ends with 0, and its own myloader
# loads the folder with 0, because the server leaves invisible columns out of such an INSERT and puts their default there. mariadb-dump writes a column
# list for such a table.
# Why it matters: administrators hide a column to keep it from an old program's SELECT *: soft-delete marks and locks most of all. A dump that is loaded
# back brings every deleted user to life again; a reader that gives values to columns by position puts the name into the mark.
# Seen: as printed below. Needs Debian 12.
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
fetch mariadb-server-core=$maria mariadb-client-core=$maria mariadb-client=$maria mariadb-server=$maria libmariadb3=$maria mydumper=0.10.1-1+deb12u2
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu PATH=$work/root/usr/bin:$work/root/usr/sbin:$PATH

run=(); if [ "$(id -u)" = 0 ]; then chown nobody "$work"; run=(setpriv --reuid=nobody --regid=nogroup --clear-groups); fi
"${run[@]}" bash root/usr/bin/mariadb-install-db --no-defaults --basedir="$work/root/usr" --datadir="$work/data" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
"${run[@]}" root/usr/sbin/mariadbd --no-defaults --basedir="$work/root/usr" --datadir="$work/data" --socket="$work/s" --skip-networking >server.log 2>&1 & server=$!
sql() { mariadb --no-defaults -N -uroot -S "$work/s" "$@"; }
for _ in $(seq 60); do sql -e 'DO 1' 2>/dev/null && break; sleep 0.5; done

sql -e "CREATE DATABASE old; USE old; CREATE TABLE user (id INT PRIMARY KEY, deleted INT INVISIBLE DEFAULT 0, name VARCHAR(20));
        INSERT INTO user (id, deleted, name) VALUES (1, 0, 'ann'), (2, 1, 'bob')"
status=0; mydumper --no-locks -u root -S "$work/s" -B old -o "$work/out" >dump.log 2>&1 || status=$?
insert=$(cat out/old.user*.sql | tr -d '\n' | grep -o 'INSERT INTO.*')
echo "mydumper ends with $status: $insert"
sql -e 'CREATE DATABASE back'
before=$(sql -e 'SELECT name FROM old.user WHERE deleted = 0' | tr '\n' ' ')
loaded=0; myloader -u root -S "$work/s" -s old -B back -d "$work/out" >load.log 2>&1 || loaded=$?
after=$(sql -e 'SELECT name FROM back.user WHERE deleted = 0' | tr '\n' ' ')
echo "myloader ends with $loaded; not deleted before: $before, after: $after"
listed=$(mariadb-dump --no-defaults -uroot -S "$work/s" --no-create-info old | grep -o 'INSERT INTO.*VALUES')
echo "mariadb-dump: $listed"
[ "$status $loaded" = "0 0" ] && [ "$before" = "ann " ] && [ "$after" = "ann bob " ] && ! grep -q '`deleted`' <<<"$insert" && grep -q '(1,"ann")' <<<"$insert" && grep -q '`deleted`' <<<"$listed" || { echo "changed"; exit 1; }
echo "as stated: the hidden mark is lost, the deleted user is back, and nobody says so"
