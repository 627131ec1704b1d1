#!/usr/bin/env bash
# Python's http.cookiejar (seen with Python 3.11) as requests 2.34.2 and httpx 0.28.1 (PyPI) use it; npm tough-cookie 6.1.0 and PyPI aiohttp 3.14.5 beside it.
#
# Behaviour: old servers delete a cookie with a date in the form of Netscape's draft, whose year has two digits: expires=Thu, 01-Jan-70 00:00:01 GMT.
# Cookie jars read 70 to 99 as 19xx. Python's does not: it takes the year nearest to today's, within fifty years. Up to 2019 "70" was 1970; since 2020 it
# is 2070. The cookie is not deleted: its value is replaced by "deleted" (or the empty text) and it is sent with each request for another 44 years. The
# same line with the year 1970 deletes. In 2030 "80" follows.
# Why it matters: a logout that worked when the client was written has stopped working by the calendar alone: the client goes on as if it had a session
# and the server sees S=deleted for ever; a test that compares "cookie gone" passes with one jar and fails with another for the same bytes. A server
# that stands in for an old one should write four digits; who replays old recordings must not expect the cookie to be gone in every client.
# Seen: as printed below. Needs Python 3, Node 18 or newer; a clock between 2020 and 2069.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install -q requests==2.34.2 httpx==0.28.1 aiohttp==3.14.5 2>/dev/null || { echo "cannot install"; exit 2; }
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund tough-cookie@6.1.0 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
cat >server.py <<'PYTHON'
import http.server, threading
class Old(http.server.BaseHTTPRequestHandler):
    lines = {"/in": "S=1; path=/", "/out70": "S=deleted; expires=Thu, 01-Jan-70 00:00:01 GMT; path=/", "/out1970": "S=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/"}
    def do_GET(self):
        body = self.headers.get("Cookie", "-").encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body)))
        if self.path in self.lines: self.send_header("Set-Cookie", self.lines[self.path])
        self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Old)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
PYTHON
cat >try.py <<'PYTHON'
import asyncio, json, sys, requests, httpx, aiohttp
from server import Old, address
def session(client, way):
    for path in ("/in", way): client.get(address + path)
    return client.get(address + "/who").text
async def aio(way):
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        for path in ("/in", way): await client.get(address + path)
        return await (await client.get(address + "/who")).text()
json.dump(Old.lines, open("lines.json", "w"))
seen = {way: [session(requests.Session(), way), session(httpx.Client(), way), asyncio.run(aio(way))] for way in ("/out70", "/out1970")}
for way, sent in seen.items(): print(f"{way}: requests sends {sent[0]}, httpx {sent[1]}, aiohttp {sent[2]}")
sys.exit(0 if seen == {"/out70": ["S=deleted", "S=deleted", "-"], "/out1970": ["-", "-", "-"]} else 1)
PYTHON
cat >try.js <<'NODE'
const { CookieJar } = require('tough-cookie'); const lines = require('./lines.json');
(async () => {
  const jar = new CookieJar();
  for (const way of ['/in', '/out70']) await jar.setCookie(lines[way], 'http://old.example.org/');
  const sent = await jar.getCookieString('http://old.example.org/');
  console.log('/out70: tough-cookie sends', sent || '-'); process.exit(sent === '' ? 0 : 1);
})();
NODE
venv/bin/python try.py && node try.js || { echo "changed"; exit 1; }
echo "as stated: the year 70 deletes a cookie in two jars and keeps it until 2070 in Python's"
