#!/usr/bin/env bash
# PyOTP 2.11.2 and 2.12.1 (PyPI) side by side; npm otpauth 9.5.2 and speakeasy 2.0.0 as peers.
#
# Behaviour: from 2.12.0 on TOTP(secret) raises "Secrets must be at least 112 bits after decoding". For some ten years the usual secret had sixteen
# letters, that is 80 bits: PyOTP's own random_base32() wrote these up to version 2.4.1, and so do many servers to this day. The refusal comes when the
# object is made, before a code is looked at, and stands in no signature: the same call with the same secret gave the right code one minor version before,
# and gives it in every other library. parse_uri() of an otpauth address with such a secret is refused as well. The limit is an attribute of the
# class, min_secret_length_bits, which nothing in the message names.
# Why it matters: after a routine upgrade exactly the users who turned the second factor on long ago cannot log in, while tests, whose secrets are made
# by today's random_base32() with 32 letters, stay green. Who imports old secrets must keep them of any length and compute by itself.
# Seen: as printed below. Needs Python 3, Node 18 or newer.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
for version in 2.4.1 2.11.2 2.12.1; do python3 -m pip install -q --no-deps --target "$version" "pyotp==$version" 2>/dev/null || { echo "cannot install"; exit 2; }; done
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund otpauth@9.5.2 speakeasy@2.0.0 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
cat >try.py <<'PYTHON'
import pyotp
def of(make):
    try: return make().at(1700000000)
    except ValueError as error: return f"ValueError: {error}"
print(of(lambda: pyotp.TOTP("JBSWY3DPEHPK3PXP")), of(lambda: pyotp.parse_uri("otpauth://totp/old:ann?secret=JBSWY3DPEHPK3PXP&issuer=old")), of(lambda: pyotp.TOTP("JBSWY3DPEHPK3PXP" * 2)), sep=" | ")
PYTHON
fresh=$(PYTHONPATH=2.4.1 python3 -c 'import pyotp; print(len(pyotp.random_base32()))')
before=$(PYTHONPATH=2.11.2 python3 try.py) after=$(PYTHONPATH=2.12.1 python3 try.py)
node=$(node -e "const o = require('otpauth'), s = require('speakeasy'); console.log(new o.TOTP({ secret: 'JBSWY3DPEHPK3PXP' }).generate({ timestamp: 1700000000000 }), s.totp({ secret: 'JBSWY3DPEHPK3PXP', encoding: 'base32', time: 1700000000 }))")
echo "random_base32() of 2.4.1 makes $fresh letters"
echo "16 letters | as an address | 32 letters"
echo "2.11.2: $before"; echo "2.12.1: $after"; echo "otpauth, speakeasy: $node"
[ "$fresh" = 16 ] && grep -q '^324550 | 324550 | [0-9]*$' <<<"$before" && grep -q '^ValueError: .*112 bits.* | ValueError: .*112 bits.* | [0-9]*$' <<<"$after" && [ "$node" = "324550 324550" ] || { echo "changed"; exit 1; }
echo "as stated: an upgrade locks out those who have an old secret"
