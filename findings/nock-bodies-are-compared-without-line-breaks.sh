#!/usr/bin/env bash
# npm nock 13.5.6 (recordings by nock.define and nock.back, with axios 1.21.1 as client).
#
# Behaviour: the body of a request is compared with the recorded one after every CR and LF has been taken out of both, for every type but multipart: the
# text "ann\nbob" and the text "annbob" are one. Names with a dot are taken for paths in JSON: {"mail.verified": true} and {"mail": {"verified": true}}
# match each other, in both directions. In a form a recorded number matches its text. What is compared strictly is the rest: 1 is not "1" in JSON, an
# array in another order is another one, and one more field, even null, is no match.
# Why it matters: old import endpoints take one name a line, and old JSON APIs have dotted keys beside nested objects, which mean two things to them. A
# client that joins the lines, or nests what was flat, passes its recorded tests and is refused, or worse understood, by the real server.
# Seen: as printed below. Needs Node 18 or newer.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund nock@13.5.6 axios@1.21.1 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
cat >try.js <<'NODE'
const nock = require('nock'), axios = require('axios'); nock.disableNetConnect();
const json = 'application/json', text = 'text/plain', form = 'application/x-www-form-urlencoded';
const cases = [ // what, recorded, sent, its type, whether it matches
  ['the same text', 'ann\nbob', 'ann\nbob', text, true], ['another text', 'ann\nbob', 'ann\nbOb', text, false],
  ['lines joined', 'ann\nbob', 'annbob', text, true], ['line put in', 'annbob', 'ann\r\n\r\nbob', text, true], ['a blank instead', 'ann\nbob', 'ann bob', text, false],
  ['dotted for nested', { mail: { verified: true } }, '{"mail.verified":true}', json, true], ['nested for dotted', { 'mail.verified': true }, '{"mail":{"verified":true}}', json, true],
  ['text for number', { role: 1 }, '{"role":"1"}', json, false], ['one field more', { role: 1 }, '{"role":1,"x":null}', json, false], ['another order', [1, 2], '[2,1]', json, false],
  ['number in a form', { role: 1 }, 'role=1', form, true],
];
(async () => {
  let ok = true;
  for (const [what, recorded, sent, type, expected] of cases) {
    nock.cleanAll(); nock.define([{ scope: 'http://old.example.org:80', method: 'POST', path: '/import', body: recorded, status: 200, response: 'done' }]);
    const found = await axios.post('http://old.example.org/import', sent, { headers: { 'Content-Type': type } }).then(() => true, (error) => { if (!/No match/.test(error.message)) throw error; return false; });
    console.log(`${what}: ${found ? 'matches' : 'no match'}`); ok = ok && found === expected;
  }
  process.exit(ok ? 0 : 1);
})();
NODE
timeout 60 node try.js || { echo "changed"; exit 1; }
echo "as stated: line breaks do not count, and a dot is a level"
