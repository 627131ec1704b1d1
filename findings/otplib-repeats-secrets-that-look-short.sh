#!/usr/bin/env bash
# npm otplib 12.0.1; npm otpauth 9.5.2, speakeasy 2.0.0 and PyPI pyotp 2.11.2 beside it.
#
# Behaviour: HMAC takes a key of any length. otplib repeats a secret that it holds for too short, 32 bytes for SHA-256 and 64 for SHA-512, until it is
# long enough, and so computes another code than all the others. `authenticator` measures the HEX TEXT of the secret, two letters a byte, so that the
# usual 20 bytes pass for SHA-1 and SHA-256 and are repeated for SHA-512 only; 10 bytes are repeated for SHA-256 too. `totp` of the same package
# measures bytes, and repeats for SHA-1 below 20 as well. Which rule holds depends on the object, the hash and the length; there is no error.
# Why it matters: codes of one user agree and of another, with a secret made in another year, never do. An otpauth address with algorithm=SHA512 from such
# a server works in no phone; and secrets of users whose server and phone both use otplib only work when the new server repeats them in the same way.
# A test with SHA-1 and the default length shows none of this.
# Seen: as printed below. Needs Python 3, Node 18 or newer.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m pip install -q --no-deps --target py pyotp==2.11.2 2>/dev/null || { echo "cannot install"; exit 2; }
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund otplib@12.0.1 otpauth@9.5.2 speakeasy@2.0.0 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
cat >try.js <<'NODE'
const { authenticator, totp } = require('otplib'); const { TOTP, Secret } = require('otpauth'); const speakeasy = require('speakeasy'); const { execFileSync } = require('child_process');
const time = 1700000000, table = {};
const repeated = (raw, size) => raw.length >= size ? raw : Buffer.alloc(size, raw);
let ok = true;
for (const size of [10, 20, 32]) for (const hash of ['sha1', 'sha256', 'sha512']) {
  const raw = Buffer.from(Array.from({ length: size }, (_, i) => 33 + i)), secret = new Secret({ buffer: Uint8Array.from(raw).buffer }).base32;
  const code = (key) => new TOTP({ secret: new Secret({ buffer: Uint8Array.from(key).buffer }), algorithm: hash.toUpperCase() }).generate({ timestamp: time * 1000 });
  const theirs = authenticator.clone({ epoch: time * 1000, algorithm: hash }).generate(secret);
  const bytes = totp.clone({ epoch: time * 1000, algorithm: hash, encoding: 'latin1' }).generate(raw.toString('latin1'));
  const python = execFileSync('python3', ['-c', `import pyotp, hashlib; print(pyotp.TOTP("${secret}", digest=hashlib.${hash}).at(${time}))`], { env: { ...process.env, PYTHONPATH: 'py' } }).toString().trim();
  const others = [code(raw), python, speakeasy.totp({ secret, encoding: 'base32', algorithm: hash, time })];
  const want = { sha1: 20, sha256: 32, sha512: 64 }[hash], plain = new Set(others).size === 1;
  const name = (value) => value === others[0] ? 'plain' : value === code(repeated(raw, want)) ? 'repeated' : 'other';
  table[`${size} bytes, ${hash}`] = { others: plain ? 'plain' : 'differ', authenticator: name(theirs), totp: name(bytes) };
  ok = ok && plain && name(theirs) === (2 * size < want ? 'repeated' : 'plain') && name(bytes) === (size < want ? 'repeated' : 'plain');
}
console.table(table); process.exit(ok ? 0 : 1);
NODE
node try.js || { echo "changed"; exit 1; }
echo "as stated: one secret, two codes, by the length that the secret seems to have"
