#!/usr/bin/env bash
# Python's http.cookiejar (seen with Python 3.11) as requests 2.34.2 (PyPI) uses it; npm tough-cookie 6.1.0 and PyPI aiohttp 3.14.5 beside it.
#
# Behaviour: in RFC 2109 the value of every attribute may stand in quotes, and old servlet containers quoted those that hold a slash:
# JSESSIONID=7; Version=1; Path="/app". Python's jar takes the quotes off Version and Expires only. A quoted Path becomes the path %22/app%22, below
# which no address lies: the cookie is in the jar and is never sent. A quoted Max-Age ("3600") is no number: the whole cookie is dropped, without an error.
# tough-cookie takes both cookies (a Path that does not begin with a slash means the directory asked for, a bad Max-Age is none), and so does aiohttp.
# Why it matters: the jar's list shows the session cookie, so people look for the fault in the server; the client logs in, gets 200 and is "not logged in"
# with the next request. A server that stands in for such an old one, or a recording of it that is replayed, must not hand the quotes on if Python
# clients are to get a session; and a test made with another jar proves nothing about them.
# Seen: as printed below. Needs Python 3, Node 18 or newer.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install -q requests==2.34.2 aiohttp==3.14.5 2>/dev/null || { echo "cannot install"; exit 2; }
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund tough-cookie@6.1.0 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
cat >lines.json <<'JSON'
{"/app/bare": "S=7; Version=1; Path=/app; Max-Age=3600", "/app/path": "S=7; Version=1; Path=\"/app\"", "/app/age": "S=7; Version=1; Path=/app; Max-Age=\"3600\""}
JSON
cat >try.py <<'PYTHON'
import asyncio, http.server, json, sys, threading, requests, aiohttp
lines = json.load(open("lines.json"))
class Old(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.headers.get("Cookie", "-").encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body)))
        if self.path in lines: self.send_header("Set-Cookie", lines[self.path])
        self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Old); threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
async def aio(path):
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        await client.get(address + path)
        return await (await client.get(address + "/app/who")).text()
seen = {}
for path, line in lines.items():
    client = requests.Session(); client.get(address + path)
    seen[path] = (client.get(address + "/app/who").text, [c.path for c in client.cookies], asyncio.run(aio(path)))
    print(f"{line}\n    requests sends {seen[path][0]}, has the paths {seen[path][1]}; aiohttp sends {seen[path][2]}")
sys.exit(0 if seen == {"/app/bare": ("S=7", ["/app"], "S=7"), "/app/path": ("-", ["%22/app%22"], "S=7"), "/app/age": ("-", [], "S=7")} else 1)
PYTHON
cat >try.js <<'NODE'
const { CookieJar } = require('tough-cookie'); const lines = require('./lines.json');
(async () => {
  let all = true;
  for (const path in lines) {
    const jar = new CookieJar(); await jar.setCookie(lines[path], 'http://old.example.org' + path);
    const sent = await jar.getCookieString('http://old.example.org/app/who'); console.log(path, 'tough-cookie sends', sent); all = all && sent === 'S=7';
  }
  process.exit(all ? 0 : 1);
})();
NODE
venv/bin/python try.py && node try.js || { echo "changed"; exit 1; }
echo "as stated: the quotes of a Path or Max-Age cost a Python client its session"
