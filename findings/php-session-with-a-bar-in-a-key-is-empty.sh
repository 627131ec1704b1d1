#!/usr/bin/env bash
# PHP 8.2.36 (Debian php8.2-cli 8.2.36-1~deb12u1), session.serialize_handler = php, which is the default, and php_serialize beside it.
#
# Behaviour: one key of $_SESSION with a "|" anywhere in it ($_SESSION['cart|42']) and NOTHING of the session is saved: the file of the session is emptied,
# the user id and all else that was in it before included. session_write_close() returns true, there is no warning at any level; only session_encode(),
# which nobody calls, gives false. The request that sets the key goes on as if all were well, the next one finds an empty session. A numeric key
# ($_SESSION[42]) is left out alone, with a notice. With the handler php_serialize all of these keys are saved.
# Why it matters: keys are built from data ("seen|" and a forum's name, an address, a title). One such user is logged out by one click, every time, and the
# logs are clean. Whoever writes sessions that PHP is to read must keep the bar out of keys; who counts sessions in the folder of an old installation
# must take files of no bytes for people who were thrown out, not for guests.
# Seen: as printed below. Needs Debian 12.
set -euo pipefail
export LC_ALL=C
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"; chmod 755 "$work"

fetch() { # the named packages and what they need that this machine lacks, unpacked into root/
    local more; more=$(apt-get -s --no-install-recommends install "$@" 2>/dev/null | awk '/^Inst /{print $2}' | grep -vxF "$(printf '%s\n' "$@" | sed 's/=.*//')" || :)
    apt-get download -qq "$@" $more >/dev/null 2>&1 || { echo "cannot fetch: $*"; exit 2; }
    for deb in ./*.deb; do dpkg-deb -x "$deb" root; done; rm -f ./*.deb
}
fetch php8.2-cli=8.2.36-1~deb12u1
cat >try.php <<'PHP'
<?php
error_reporting(E_ALL); $said = [];
set_error_handler(function ($level, $text) use (&$said) { $said[] = $text; return true; });
ini_set('session.use_cookies', '0'); ini_set('session.cache_limiter', ''); ini_set('session.save_path', getcwd()); ini_set('session.serialize_handler', $argv[1]);
ob_start();
foreach (['cart', 'cart|42', 'hello!', 42] as $number => $key) {
    $said = []; $id = "user$number" . strlen($argv[1]); session_id($id);
    session_start(); $_SESSION['user'] = 'ann'; session_write_close();                  // the log-in
    session_start(); $_SESSION[$key] = 1; $closed = session_write_close();              // a click
    session_start(); $found = array_keys($_SESSION); session_abort();                   // the next one
    echo "$argv[1] $key: closed ", var_export($closed, true), ', ', filesize("sess_$id") ? 'saved' : 'file empty', ', next request has [', implode(' ', $found), '], said ', count($said), "\n";
}
ob_end_flush();
PHP
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu
seen=$(for handler in php php_serialize; do root/usr/bin/php8.2 -n try.php $handler; done)
echo "$seen"
[ "$seen" = 'php cart: closed true, saved, next request has [user cart], said 0
php cart|42: closed true, file empty, next request has [], said 0
php hello!: closed true, saved, next request has [user hello!], said 0
php 42: closed true, saved, next request has [user], said 1
php_serialize cart: closed true, saved, next request has [user cart], said 0
php_serialize cart|42: closed true, saved, next request has [user cart|42], said 0
php_serialize hello!: closed true, saved, next request has [user hello!], said 0
php_serialize 42: closed true, saved, next request has [user 42], said 0' ] || { echo "changed"; exit 1; }
echo "as stated: one key, and the whole session is gone"
