#!/usr/bin/env bash
# itsdangerous 0.24 and 1.1.0 (PyPI), TimedJSONWebSignatureSerializer, which many Flask programs used for API tokens until 2.1 removed it; its readers:
# PyJWT 2.15.1, joserfc 1.8.0 (PyPI) and npm jsonwebtoken 9.0.3.
#
# Behaviour: a token looks like a JWT, and PyJWT and jsonwebtoken accept its signature with the same key. But iat and exp stand in the HEADER, beside alg;
# the payload has what the program put there and no more. Libraries look for both in the payload only: a token that has run out is a token without
# an end for them, one that is to have an end (require exp, maxAge) is refused however fresh, and joserfc refuses all of them for a header that it does
# not know. The default algorithm is HS256 in 0.24 and HS512 in 1.1.0, so that a reader set to the one finds the tokens of the other "not allowed".
# Why it matters: the advice on removal was to go over to a JWT library. Whoever stands in for the old server has to read exp from the header of these
# tokens, or asks every user to log in again on the day of the change; checking that a fresh old token is accepted is a test that proves half.
# Seen: as printed below. Needs Python 3, Node 18 or newer.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
for version in 0.24 1.1.0; do python3 -m pip install -q --no-deps --target "$version" "itsdangerous==$version" 2>/dev/null || { echo "cannot install"; exit 2; }; done
python3 -m venv venv && venv/bin/pip install -q PyJWT==2.15.1 joserfc==1.8.0 2>/dev/null || { echo "cannot install"; exit 2; }
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund jsonwebtoken@9.0.3 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
key=$(printf 'k%.0s' $(seq 64)); export key
old() { PYTHONPATH=$1 python3 -W ignore -c "import os, itsdangerous; print(itsdangerous.TimedJSONWebSignatureSerializer(os.environ['key'], $2).dumps({'id': 7}).decode())"; }
PYTHONPATH=1.1.0 python3 -W ignore - "$(old 1.1.0 1)" <<'PYTHON' >own
import os, sys, time, itsdangerous
time.sleep(3)
try: print(itsdangerous.TimedJSONWebSignatureSerializer(os.environ["key"], 1).loads(sys.argv[1]))
except itsdangerous.SignatureExpired as error: print(error)
PYTHON
old 0.24 3600 >fresh24; old 1.1.0 3600 >fresh11; old 1.1.0 1 >short; sleep 3
cat >read.py <<'PYTHON'
import os, sys, jwt
from joserfc import jwt as rfc, jwk
key = os.environ["key"]
def of(read):
    try: return read()
    except Exception as error: return type(error).__name__
facts = []
for name in ("fresh24", "fresh11", "short"):
    token = open(name).read().strip(); header = jwt.get_unverified_header(token)
    read = lambda **options: of(lambda: jwt.decode(token, key, algorithms=["HS256", "HS512"], options=options))
    def third():
        claims = rfc.decode(token, jwk.OctKey.import_key(key), algorithms=["HS256", "HS512"]).claims
        rfc.JWTClaimsRegistry().validate(claims); return claims
    facts.append((sorted(header), header["alg"], read(), read(require=["exp"]), of(third))); print(name, *facts[-1])
same = [["alg", "exp", "iat"], {"id": 7}, "MissingRequiredClaimError", "UnsupportedHeaderError"]
sys.exit(0 if [list(f[:1]) + list(f[2:]) for f in facts] == [same] * 3 and [f[1] for f in facts] == ["HS256", "HS512", "HS512"] else 1)
PYTHON
cat >read.js <<'NODE'
const jwt = require('jsonwebtoken'), key = process.env.key; let ok = true;
for (const name of ['fresh24', 'fresh11', 'short']) {
  const token = require('fs').readFileSync(name, 'utf8').trim(), plain = JSON.stringify(jwt.verify(token, key)); let aged;
  try { aged = jwt.verify(token, key, { maxAge: '1d' }); } catch (error) { aged = error.message; }
  console.log(name, 'jsonwebtoken', plain, '| with maxAge:', aged); ok = ok && plain === '{"id":7}' && aged === 'iat required when maxAge is specified';
}
process.exit(ok ? 0 : 1);
NODE
echo "the third token, read by itsdangerous itself: $(cat own)"
venv/bin/python -W ignore read.py && node read.js && grep -q 'Signature expired' own || { echo "changed"; exit 1; }
echo "as stated: the end of the token is where nobody looks"
