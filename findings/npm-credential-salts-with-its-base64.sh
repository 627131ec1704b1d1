#!/usr/bin/env bash
# npm credential 2.0.0 (a password library whose hash is a JSON text).
#
# Behaviour: the JSON holds "hash" and "salt", both in base64. The key has to be decoded to be compared; the salt must NOT be: what goes into PBKDF2 is its
# base64 text as it stands, "=" signs included. The key has 66 bytes, which four blocks of HMAC-SHA-1 make up: each round counts four times.
# Why it matters: who treats the two members alike, decoding both, finds that no password matches, and nothing in the text tells why. A bound on the cost
# of foreign hashes that counts rounds alone lets through four times the work.
# Seen: as printed below. Needs Node 18 or newer.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund credential@2.0.0 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
cat >t.js <<'NODE'
const crypto = require('crypto');
const pw = require('credential')({ work: 0.0001 });
pw.hash('secret', (error, text) => {
  if (error) throw error;
  const { hash, salt, iterations, keyLength } = JSON.parse(text);
  const key = Buffer.from(hash, 'base64');
  const by = (value) => crypto.pbkdf2Sync('secret', value, iterations, keyLength, 'sha1').equals(key);
  const facts = { keyBytes: key.length, saltAsText: by(salt), saltDecoded: by(Buffer.from(salt, 'base64')), rounds: iterations };
  console.log(facts);
  process.exit(facts.keyBytes === 66 && facts.saltAsText && !facts.saltDecoded ? 0 : 1);
});
NODE
node t.js || { echo "changed"; exit 1; }
echo "as stated: the salt is its own base64 text"
