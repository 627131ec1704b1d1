#!/usr/bin/env bash
# MariaDB 10.11.19 (Debian mariadb-server 1:10.11.19-0+deb12u1), SELECT ... INTO OUTFILE with OPTIONALLY ENCLOSED BY '"' ESCAPED BY ''.
#
# Behaviour: a quote INSIDE an enclosed value is neither doubled nor escaped: he said "hi" reads "he said "hi"". The same server's LOAD DATA with the same
# clauses does not get its own file back: it takes the two quotes at the end of that value for ONE doubled quote and reads on over the separator, so
# that the next column ends up inside this one and is NULL itself; and a value that holds quote, comma, quote comes back as two columns.
# Why it matters: this is how people write "CSV that Excel reads". A CSV library stops at the bare quote or tears the row; columns behind it, the password
# hash among them, move by one. The end of a value is only where a quote is followed by a separator AND the number of columns comes out right.
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
fetch mariadb-server-core=$maria mariadb-client-core=$maria mariadb-server=$maria libmariadb3=$maria
libs=$work/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$libs PATH=$work/root/usr/bin:$work/root/usr/sbin:$PATH

run=(); if [ "$(id -u)" = 0 ]; then chown nobody "$work"; run=(setpriv --reuid=nobody --regid=nogroup --clear-groups); fi
"${run[@]}" bash root/usr/bin/mariadb-install-db --no-defaults --basedir="$work/root/usr" --datadir="$work/data" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
"${run[@]}" root/usr/sbin/mariadbd --no-defaults --basedir="$work/root/usr" --datadir="$work/data" --socket="$work/s" --skip-networking >server.log 2>&1 & server=$!
sql() { mariadb --no-defaults --default-character-set=utf8mb4 -N -uroot -S "$work/s" "$@"; }
for _ in $(seq 60); do sql -e 'DO 1' 2>/dev/null && break; sleep 0.5; done

sql -e "CREATE DATABASE old; USE old; CREATE TABLE user (id INT PRIMARY KEY, note VARCHAR(60), hash VARCHAR(20)) CHARSET utf8mb4;
        INSERT INTO user VALUES (1, 'he said \"hi\"', 'h1'), (2, 'a\",\"b', 'h2')"
"${run[@]}" mkdir out; clauses="FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY ''"
sql -e "SELECT * FROM old.user ORDER BY id INTO OUTFILE '$work/out/user.csv' $clauses"
cat out/user.csv
sql -e "CREATE TABLE old.back LIKE old.user; LOAD DATA INFILE '$work/out/user.csv' IGNORE INTO TABLE old.back $clauses"
back=$(sql -e "SELECT CONCAT_WS('|', id, note, hash) FROM old.back ORDER BY id"); echo "loaded back by the same server:"; echo "$back"
[ "$(cat out/user.csv)" = $'1,"he said "hi"","h1"\n2,"a","b","h2"' ] && [ "$back" = $'1|he said "hi","h1\n2|a|b' ] || { echo "changed"; exit 1; }
echo "as stated: quotes stand bare inside quotes, and the server's own reader loses the columns behind"
