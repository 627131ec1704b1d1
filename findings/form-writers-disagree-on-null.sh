#!/usr/bin/env bash
# npm axios 1.21.1, superagent 10.4.2, needle 3.5.0 and got 14.6.6, each told to send one object as a url-encoded form; Node's URLSearchParams beside them.
#
# Behaviour: a member that is null is four different things on the wire. axios leaves it out; superagent writes the bare name without "=" (phone); needle writes
# an empty value (phone=); got and URLSearchParams write the text "null". A member that is undefined is left out by axios and superagent, is empty for
# needle and the text "undefined" for got. A list is c[]=1&c[]=2 for axios and needle, c=1&c=2 for superagent, "1,2" for got; an object inside is
# f[g]=1 for three and "[object Object]" for got. None refuses anything and none warns.
# Why it matters: null is how programs say "clear this field". On an old form server that is "leave it as it is" with one client, "make it empty" with two
# (where the server reads a bare name as empty), and a user whose phone is called null with the last. Old data is full of accounts called "null" and
# "undefined" that come from just that; and moving a client from one of these libraries to another changes what the same line does.
# Seen: as printed below. Needs Node 20 or newer.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund axios@1.21.1 superagent@10.4.2 needle@3.5.0 got@14.6.6 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
cat >try.mjs <<'NODE'
import http from 'node:http'; import axios from 'axios'; import superagent from 'superagent'; import needle from 'needle'; import got from 'got';
let body;
const server = http.createServer((request, answer) => { body = ''; request.on('data', (piece) => { body += piece; }).on('end', () => answer.end('done')); });
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const address = `http://127.0.0.1:${server.address().port}/`, value = { phone: null, mail: undefined, list: [1, 2], inner: { x: 1 }, name: '' };
const clients = {
  axios: () => axios.post(address, value, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }),
  superagent: () => superagent.post(address).type('form').send(value),
  needle: () => needle('post', address, value),
  got: () => got.post(address, { form: value }),
};
const expected = {
  axios: 'list[]=1&list[]=2&inner[x]=1&name=',
  superagent: 'phone&list=1&list=2&inner[x]=1&name=',
  needle: 'phone=&mail=&list[]=1&list[]=2&inner[x]=1&name=',
  got: 'phone=null&mail=undefined&list=1,2&inner=[object Object]&name=',
  URLSearchParams: 'phone=null&mail=undefined&list=1,2&inner=[object Object]&name=',
};
const plain = (text) => decodeURIComponent(text.replaceAll('+', ' '));
let ok = true;
for (const name in expected) {
  if (clients[name]) await clients[name](); else body = new URLSearchParams(value).toString();
  const sent = plain(body); console.log(`${name}: ${sent}`); ok = ok && sent === expected[name];
}
process.exit(ok ? 0 : 1);
NODE
timeout 60 node try.mjs || { echo "changed"; exit 1; }
echo "as stated: one null, four meanings"
