#!/usr/bin/env bash
# Python's http.client (seen with Python 3.11) as requests 2.34.2 and urllib3 2.8.0 (PyPI) use it; PyPI httpx 0.28.1 and aiohttp 3.14.5 and npm axios 1.21.1 beside it.
#
# Behaviour: an answer may be preceded by interim ones (1xx), and a client has to pass over those that it does not know. Python's passes over 100 alone.
# A 103 Early Hints, or a 102 Processing, IS the answer to it: status_code 103, an empty body, the header fields of the hint. The real 200 is thrown
# away with the connection, and nothing is raised: raise_for_status() and `r.ok` are content, and a retry policy has nothing to retry.
# Why it matters: a proxy or CDN that begins to send hints breaks old scripts only, those whose server never changed, and only where they go through it:
# "logged in, no token". A POST has been carried out and looks as if it had given nothing, so people send it again. And a recording made with such a
# client (vcrpy, betamax) has the 103 with an empty body as the server's answer.
# Seen: as printed below. Needs Python 3.11 (a later one may have changed), Node 18 or newer.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install -q requests==2.34.2 urllib3==2.8.0 httpx==0.28.1 aiohttp==3.14.5 2>/dev/null || { echo "cannot install"; exit 2; }
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund axios@1.21.1 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
cat >axios_.js <<'NODE'
require('axios').post(process.argv[2], 'name=ann').then((answer) => console.log(answer.status, answer.data));
NODE
cat >try.py <<'PYTHON'
import asyncio, socket, subprocess, sys, threading, requests, urllib3, httpx, aiohttp
done = []
def serve(listener):
    while True:
        connection, _ = listener.accept(); threading.Thread(target=one, args=(connection,), daemon=True).start()
def one(connection):
    with connection:
        data = b""
        while b"name=ann" not in data:
            more = connection.recv(65536)
            if not more: return
            data += more
        interim = data.split()[1].lstrip(b"/"); done.append(interim.decode()); body = b"token"
        if interim != b"none": connection.sendall(b"HTTP/1.1 " + interim + b" Interim\r\nLink: </style.css>; rel=preload\r\n\r\n")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n" + body)
        connection.recv(1)
listener = socket.create_server(("127.0.0.1", 0)); threading.Thread(target=serve, args=(listener,), daemon=True).start()
address = "http://127.0.0.1:%d/" % listener.getsockname()[1]
def with_requests(url): answer = requests.post(url, data="name=ann", timeout=10); answer.raise_for_status(); return f"{answer.status_code} {answer.text}".strip()
def with_urllib3(url): answer = urllib3.PoolManager().request("POST", url, body="name=ann", timeout=10); return f"{answer.status} {answer.data.decode()}".strip()
def with_httpx(url): answer = httpx.post(url, content="name=ann", timeout=10); return f"{answer.status_code} {answer.text}"
def with_aiohttp(url):
    async def run():
        async with aiohttp.ClientSession() as client, client.post(url, data="name=ann") as answer: return f"{answer.status} {await answer.text()}"
    return asyncio.run(run())
def with_axios(url): return subprocess.run(["node", "axios_.js", url], capture_output=True, text=True, timeout=20).stdout.strip()
expect = {"requests": "103", "urllib3": "103", "httpx": "200 token", "aiohttp": "200 token", "axios": "200 token"}
ok = True
for interim in ("none", "100", "102", "103"):
    seen = {name: globals()["with_" + name](address + interim) for name in expect}
    want = {name: "200 token" if interim in ("none", "100") else value.replace("103", interim) for name, value in expect.items()}
    print(interim, seen); ok = ok and seen == want
print("POSTs carried out by the server:", len(done)); sys.exit(0 if ok and len(done) == 20 else 1)
PYTHON
timeout 120 venv/bin/python -W ignore try.py || { echo "changed"; exit 1; }
echo "as stated: the hint is the answer"
