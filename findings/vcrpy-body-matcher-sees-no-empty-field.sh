#!/usr/bin/env bash
# vcrpy 9.4.2 (with requests 2.34.2), responses 0.26.3 and betamax 0.9.0 (PyPI), each told to match the request's body.
#
# Behaviour: "match on the body" does not compare bodies. vcrpy reads a form into a dictionary and leaves out fields whose value is empty, so that a request
# with password= and one without any password are the same to it; JSON it compares as Python values, where 1, 1.0 and true are equal. responses does both
# too (urlencoded_params_matcher, json_params_matcher), and of a field sent twice it looks at the last only. betamax refuses all of these. The
# order of a form's fields does not count in vcrpy either, and without body in match_on nothing of the body counts, which is the default.
# Why it matters: "clear my description" is a form with an empty field, and a client that forgets the field passes the test that was recorded for it. A flag
# sent as true where the old server wants 1 passes as well. The strictest setting of the tool proves nothing about just those differences on which
# old servers (PHP, form binding of gin, Flask) answer otherwise.
# Seen: as printed below. Needs Python 3.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install -q vcrpy==9.4.2 requests==2.34.2 responses==0.26.3 betamax==0.9.0 2>/dev/null || { echo "cannot install"; exit 2; }
cat >try.py <<'PYTHON'
import http.server, json, os, sys, threading, urllib.parse, betamax, requests, responses, vcr
class Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"])); self.send_response(204); self.end_headers()
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo); threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}/"
FORM, JSON = {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "application/json"}
def send(session, body, headers): return session.post(address, data=body, headers=headers).status_code
def with_vcrpy(first, second, headers):
    if os.path.exists("tape.yaml"): os.remove("tape.yaml")
    tape = vcr.VCR(match_on=["method", "uri", "body"])
    with tape.use_cassette("tape.yaml", record_mode="all"): send(requests.Session(), first, headers)
    with tape.use_cassette("tape.yaml", record_mode="none"): return send(requests.Session(), second, headers)
def with_betamax(first, second, headers):
    for mode, body in (("all", first), ("none", second)):
        session = requests.Session()
        with betamax.Betamax(session, cassette_library_dir=".").use_cassette("tape", record=mode, match_requests_on=["method", "uri", "body"]): status = send(session, body, headers)
    return status
def with_responses(first, second, headers):
    matcher = responses.matchers.json_params_matcher(json.loads(first)) if headers is JSON else responses.matchers.urlencoded_params_matcher(dict(urllib.parse.parse_qsl(first)))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(address, status=204, match=[matcher]); return send(requests.Session(), second, headers)
def matched(play, *case):
    try: return "same" if play(*case) == 204 else "?"
    except Exception: return "other"
cases = {"equal": ("name=ann", "name=ann", FORM), "another value": ("name=ann", "name=bob", FORM), "an empty field": ("name=ann", "name=ann&password=", FORM),
         "a field twice": ("name=ann", "name=bob&name=ann", FORM), "1 and true": ('{"on": 1}', '{"on": true}', JSON), "1 and 1.0": ('{"on": 1}', '{"on": 1.0}', JSON), "1 and '1'": ('{"on": 1}', '{"on": "1"}', JSON)}
expect = {"equal": "same same same", "another value": "other other other", "an empty field": "same same other", "a field twice": "other same other",
          "1 and true": "same same other", "1 and 1.0": "same same other", "1 and '1'": "other other other"}
print("vcrpy, responses, betamax:"); seen = {}
for name, case in cases.items(): seen[name] = " ".join(matched(play, *case) for play in (with_vcrpy, with_responses, with_betamax)); print(f"  {name}: {seen[name]}")
sys.exit(0 if seen == expect else 1)
PYTHON
timeout 100 venv/bin/python -W ignore try.py || { echo "changed"; exit 1; }
echo "as stated: bodies that differ are matched by body"
