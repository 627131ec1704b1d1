#!/usr/bin/env bash
# itsdangerous 0.24, 1.1.0 and 2.2.0 (PyPI) side by side: URLSafeTimedSerializer, which signs Flask's sessions and "forgotten password" links.
#
# Behaviour: the time inside a signed text counts seconds from 2011-01-01 in 0.24 and from 1970 in every release since 1.1.0. The text does not say which,
# salt, hash and key derivation are unchanged, and so the signature is valid both ways. A new release finds what an old one signed a second ago to be
# 1293840000 seconds old: "Signature expired". An old release reads a new text's time as the year 2067 (its age is below zero). The unsigned part that
# people look at while debugging is the same.
# Why it matters: an upgrade of the old program, or a gateway beside it that reads the same cookies, ends every session and every link that is still in
# somebody's mail, with the message of a link that is too old: nobody looks for a key or version then. While old and new run behind one balancer the
# same user is in and out by turns. A reader can tell the two apart only by what the time would mean: below 10^9 it counts from 2011 (until 2042).
# Seen: as printed below. Needs Python 3.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
for version in 0.24 1.1.0 2.2.0; do python3 -m pip install -q --no-deps --target "$version" "itsdangerous==$version" 2>/dev/null || { echo "cannot install"; exit 2; }; done
cat >sign.py <<'PYTHON'
import itsdangerous
print(itsdangerous.URLSafeTimedSerializer("key").dumps({"uid": 7}))
PYTHON
cat >read.py <<'PYTHON'
import sys, itsdangerous
try:
    value, time = itsdangerous.URLSafeTimedSerializer("key").loads(sys.argv[1], max_age=86400, return_timestamp=True)
    print(value, "this year" if time.year == __import__("datetime").date.today().year else f"{time.year - __import__('datetime').date.today().year} years ahead")
except itsdangerous.SignatureExpired as error: print(str(error).split(" > ")[0][:-1] + "x seconds")
except itsdangerous.BadSignature as error: print(error)
PYTHON
seen=$(for by in 0.24 1.1.0 2.2.0; do
    text=$(PYTHONPATH=$by python3 -W ignore sign.py)
    for at in 0.24 1.1.0 2.2.0; do echo "signed by $by, read by $at: $(PYTHONPATH=$at python3 -W ignore read.py "$text")"; done
done)
echo "$seen"
[ "$(grep -c 'this year' <<<"$seen")" = 5 ] && [ "$(grep -c '^signed by 0.24.*Signature age 129384000x' <<<"$seen")" = 2 ] && [ "$(grep -c 'read by 0.24.*41 years ahead' <<<"$seen")" = 2 ] || { echo "changed"; exit 1; }
echo "as stated: a good signature that is 41 years old at once"
