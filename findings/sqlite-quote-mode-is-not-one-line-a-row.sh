#!/usr/bin/env bash
# sqlite3 3.40.1 (Debian sqlite3 3.40.1-2+deb12u2), the output modes quote, insert and tabs, and what its own .import reads back.
#
# Behaviour: `.mode quote` writes SQL literals, one row a line, and leaves a line break inside a text as it is: one row is several lines. `.mode insert`
# of the same program writes the same text as replace('a\nb','\n',char(10)), on one line. A blob is X'..' in both. A floating point number that is whole
# is 1.0 in both, yet infinity is Inf in `quote` (no SQL literal: "no such column: Inf" when it is put back) and 1e999 in `insert`.
# Why it matters: people who choose `quote` do so because types survive (text 1 is '1', number 1 is 1) and feed it to line-based tools; a profile text
# with a line break tears the row, and what is behind it, a password hash, begins the next one.
# Seen: as printed below. Needs Debian 12.
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d); cd "$work"; trap 'rm -rf "$work"' EXIT

fetch() { # the named packages and what they need that this machine lacks, unpacked into root/
    local more; more=$(apt-get -s --no-install-recommends install "$@" 2>/dev/null | awk '/^Inst /{print $2}' | grep -vxF "$(printf '%s\n' "$@" | sed 's/=.*//')" || :)
    apt-get download -qq "$@" $more >/dev/null 2>&1 || { echo "cannot fetch: $*"; exit 2; }
    for deb in ./*.deb; do dpkg-deb -x "$deb" root; done; rm -f ./*.deb
}
fetch sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu PATH=$work/root/usr/bin:$PATH

sqlite3 old.db "CREATE TABLE user (id, bio, score, hash); INSERT INTO user VALUES (1, 'a' || char(10) || 'b', 1.0, X'00ff'), (2, '1', 9e999, 'h2')"
quote=$(sqlite3 -cmd '.mode quote' old.db 'SELECT * FROM user ORDER BY id')
insert=$(sqlite3 -cmd '.mode insert user' old.db 'SELECT * FROM user ORDER BY id')
echo "quote:";  echo "$quote"
echo "insert:"; echo "$insert"
back() { sqlite3 :memory: "CREATE TABLE user (id, bio, score, hash); $1" "SELECT typeof(score), length(bio) FROM user ORDER BY id" 2>&1 | tr '\n' ' '; }
values=$(sqlite3 -cmd '.mode quote' old.db 'SELECT * FROM user WHERE id = 2')
echo "rows of insert put back: $(back "$insert")"
echo "row 2 of quote put back: $(back "INSERT INTO user VALUES ($values)")"
lines=$(wc -l <<<"$quote")
[ "$lines" = 3 ] && [ "$(wc -l <<<"$insert")" = 2 ] && grep -q "char(10)" <<<"$insert" && grep -q '1e999' <<<"$insert" && [ "$(back "$insert")" = "real|3 real|1 " ] || { echo "changed"; exit 1; }
echo "as stated: two rows, $lines lines"
