#!/usr/bin/env bash
# One multipart/form-data body before Django 5.2.19, Werkzeug 0.16.1, 2.0.3 and 3.1.9, aiohttp 3.14.5 (PyPI), npm busboy 1.6.0 and Node's own formData().
#
# Behaviour: some form writers give each part a Content-Transfer-Encoding, as in mail: quoted-printable for texts, base64 for others. What the program
# behind sees of the same part differs in three ways. aiohttp and Werkzeug 0.16 undo both codings. Django undoes base64 and leaves quoted-printable
# alone, and so does Node (undici). busboy and Werkzeug from 2.0 on undo neither and hand over the coded text as the value. None says so. (RFC 7578 has
# deprecated the header; clients of that time have not.)
# Why it matters: a password with "=" in it is another word to each of these servers, and an upgrade of Werkzeug from 0.16 to 2.0 locks out the users of
# one old client while everybody else goes on. A server that stands in for an old one must do as the old one did, not as its own library does, and
# an importer must expect accounts whose stored secret is that of the coded text.
# Seen: as printed below. Needs Python 3, Node 18 or newer.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install -q Django==5.2.19 aiohttp==3.14.5 2>/dev/null || { echo "cannot install"; exit 2; }
for version in 0.16.1 2.0.3 3.1.9; do venv/bin/pip install -q --target "w$version" "werkzeug==$version" 2>/dev/null || { echo "cannot install"; exit 2; }; done
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund busboy@1.6.0 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
part() { printf -- '--B\r\nContent-Disposition: form-data; name="%s"\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: %s\r\n\r\n%s\r\n' "$@"; }
{ part password quoted-printable 'a=3Db'; part token base64 'c2VjcmV0'; printf -- '--B--\r\n'; } >both
cat >werkzeug_.py <<'PYTHON'
import sys
from werkzeug.wrappers import Request
with open("both", "rb") as body: size = len(body.read()); body.seek(0); form = Request({"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=B", "CONTENT_LENGTH": str(size), "wsgi.input": body}).form; print(form["password"], form["token"])
PYTHON
cat >django_.py <<'PYTHON'
from django.conf import settings; settings.configure()
from django.core.handlers.wsgi import WSGIRequest
with open("both", "rb") as body: size = len(body.read()); body.seek(0); form = WSGIRequest({"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=B", "CONTENT_LENGTH": str(size), "wsgi.input": body}).POST; print(form["password"], form["token"])
PYTHON
cat >aiohttp_.py <<'PYTHON'
import asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
async def answer(request):
    form = await request.post(); return web.Response(text=f"{form['password']} {form['token']}")
async def main():
    app = web.Application(); app.router.add_post("/", answer)
    async with TestClient(TestServer(app)) as client:
        reply = await client.post("/", data=open("both", "rb").read(), headers={"Content-Type": "multipart/form-data; boundary=B"}); print(await reply.text())
asyncio.run(main())
PYTHON
cat >node_.js <<'NODE'
const fs = require('fs'), { Readable } = require('stream'), busboy = require('busboy');
const request = (name) => { const body = fs.readFileSync(name), stream = Readable.from([body]); stream.headers = { 'content-type': 'multipart/form-data; boundary=B', 'content-length': String(body.length) }; return stream; };
(async () => {
  if (process.argv[2] === 'busboy') {
    const form = {}, parser = busboy({ headers: request('both').headers });
    parser.on('field', (name, value) => { form[name] = value; }).on('close', () => console.log(form.password, form.token)); request('both').pipe(parser);
  } else {
    const form = await new Response(fs.readFileSync('both'), { headers: { 'content-type': 'multipart/form-data; boundary=B' } }).formData(); console.log(form.get('password'), form.get('token'));
  }
})();
NODE
ok=0
is() { printf '%-34s %s\n' "$1:" "$2"; [ "$2" = "$3" ] || ok=1; }
is "Django 5.2.19" "$(venv/bin/python django_.py)" "a=3Db secret"
for version in 0.16.1 2.0.3 3.1.9; do is "Werkzeug $version" "$(PYTHONPATH=w$version venv/bin/python -W ignore werkzeug_.py)" "$([ $version = 0.16.1 ] && echo 'a=b secret' || echo 'a=3Db c2VjcmV0')"; done
is "aiohttp 3.14.5" "$(venv/bin/python -W ignore aiohttp_.py)" "a=b secret"
is "busboy 1.6.0" "$(node node_.js busboy)" "a=3Db c2VjcmV0"
is "Node's formData()" "$(node node_.js formData 2>/dev/null)" "a=3Db secret"
[ "$ok" = 0 ] || { echo "changed"; exit 1; }
echo "as stated: one form, three readings"
