#!/usr/bin/env bash
# passlib 1.7.4 (PyPI), its schemes dlitz_pbkdf2_sha1 and cta_pbkdf2_sha1.
#
# Behaviour: both write $p5k2$ROUNDS-IN-HEX$SALT$KEY with PBKDF2-HMAC-SHA-1, and mean different things by it. For one the salt of the key derivation is the
# BYTES behind the base64 of the third field, and the key has 20 bytes in the URL-safe alphabet with "=" at the end. For the other the salt is the
# whole TEXT in front of the key, prefix, rounds and dollar signs included, and the key has 24 bytes in an alphabet with "." and without padding.
# The prefix is the same, so passlib's own identify() says yes to the prefix; only the form of the key tells them apart.
# Why it matters: a reader of old user tables that knows one of them takes the other for it without an error, and no password ever matches.
# Seen: as printed below. Needs Python 3.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q passlib==1.7.4 2>/dev/null || { echo "cannot install"; exit 2; }
"$work/venv/bin/python" - <<'PYTHON'
import base64, hashlib, sys
from passlib.hash import cta_pbkdf2_sha1 as cta, dlitz_pbkdf2_sha1 as dlitz
one, other = cta.using(rounds=100, salt=b"saltsalt").hash("secret"), dlitz.using(rounds=100, salt="saltsalt").hash("secret")
print("cta:  ", one); print("dlitz:", other)
_, name1, rounds1, salt1, key1 = one.split("$"); _, name2, rounds2, salt2, key2 = other.split("$")
by_bytes = hashlib.pbkdf2_hmac("sha1", b"secret", base64.urlsafe_b64decode(salt1), int(rounds1, 16), 20)
by_text = hashlib.pbkdf2_hmac("sha1", b"secret", other.rsplit("$", 1)[0].encode(), int(rounds2, 16), 24)
facts = [name1 == name2 == "p5k2", base64.urlsafe_b64encode(by_bytes).decode() == key1,
         base64.b64encode(by_text, b"./").decode().rstrip("=") == key2, key1.endswith("="), len(key1) == 28, len(key2) == 32]
print("facts:", facts)
sys.exit(0 if all(facts) else 1)
PYTHON
echo "as stated: one prefix, two salts, two lengths of the key"
