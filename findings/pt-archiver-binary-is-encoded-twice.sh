#!/usr/bin/env bash
# pt-archiver 3.2.1 (Debian percona-toolkit 3.2.1-1, with libdbd-mysql-perl 4.050-5+b1) from MariaDB 10.11.19, option --file.
#
# Behaviour: the file is meant for LOAD DATA, and tab, line feed and backslash are escaped as there. But a VARBINARY value goes through a text layer:
# each of its bytes from 0x80 up is written as TWO bytes, as if it were latin1 that had to become UTF-8 (the salt FF FE 00 reads C3 BF C3 BE 00), and
# a zero byte is left bare. Text columns in utf8mb4 are right at the same time, so no single character set reads the whole file.
# Why it matters: "we archived the user table before we dropped it" is this file. Digests and salts in it are longer than they were, and the result is
# valid UTF-8, so nothing complains until the first login fails; BINARY(16) becomes 16 to 32 bytes. A reader has to undo the encoding for binary
# columns (only the table's definition tells which they are), never for text ones.
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
fetch mariadb-server-core=$maria mariadb-client-core=$maria mariadb-server=$maria percona-toolkit=3.2.1-1 libdbd-mysql-perl=4.050-5+b1 libdbi-perl libmariadb3=$maria
libs=$work/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$libs PERL5LIB=$libs/perl5/5.36:$libs/perl5:$work/root/usr/share/perl5 PATH=$work/root/usr/bin:$work/root/usr/sbin:$PATH

run=(); if [ "$(id -u)" = 0 ]; then chown nobody "$work"; run=(setpriv --reuid=nobody --regid=nogroup --clear-groups); fi
"${run[@]}" bash root/usr/bin/mariadb-install-db --no-defaults --basedir="$work/root/usr" --datadir="$work/data" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
"${run[@]}" root/usr/sbin/mariadbd --no-defaults --basedir="$work/root/usr" --datadir="$work/data" --socket="$work/s" --skip-networking >server.log 2>&1 & server=$!
sql() { mariadb --no-defaults --default-character-set=utf8mb4 -N -uroot -S "$work/s" "$@"; }
for _ in $(seq 60); do sql -e 'DO 1' 2>/dev/null && break; sleep 0.5; done

sql -e "CREATE DATABASE old; USE old; CREATE TABLE user (id INT PRIMARY KEY, name VARCHAR(20), salt VARBINARY(8)) CHARSET utf8mb4;
        INSERT INTO user VALUES (1, '密', x'FFFE00'), (2, 'bob', x'09')"
perl root/usr/bin/pt-archiver --source "S=$work/s,u=root,D=old,t=user,A=utf8mb4" --no-delete --where '1=1' --file "$work/user.txt" --no-check-charset

seen=$(od -An -v -tx1 user.txt | tr -d ' \n')
echo "seen: $seen"
# 1 TAB e5af86 TAB c3bfc3be00 LF 2 TAB "bob" TAB 5c 09 LF: the text is right, the salt is not, the tab in the second salt is escaped.
[ "$seen" = 3109e5af8609c3bfc3be000a3209626f62095c090a ] || { echo "changed"; exit 1; }
echo "as stated: FF FE 00 is written C3 BF C3 BE 00 beside text that is right"
