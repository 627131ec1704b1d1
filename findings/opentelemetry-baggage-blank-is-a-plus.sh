#!/usr/bin/env bash
# opentelemetry-api 1.45.2 (PyPI) and npm @opentelemetry/core 2.12.1 with @opentelemetry/api 1.9.1: their W3CBaggagePropagators, one writing, the other reading.
#
# Behaviour: `baggage` carries values in percent-encoding, where "+" is a plus sign. Python writes a blank as "+" and reads "+" as a blank, as in a form;
# JavaScript does neither. "Big Shop" set in Python arrives in JavaScript as "Big+Shop"; "a+b" as another program may write it bare arrives in Python as
# "a b". Each language agrees with itself, so round trips in one language are green. Two more: properties behind a semicolon (tenant=7;ttl=1) are
# metadata in JavaScript and part of the value in Python, "7;ttl=1"; and an empty value (tenant=) is an entry in Python and none in JavaScript.
# Why it matters: baggage is how a tenant, a user or a feature flag goes along with a request. Behind a service in the other language it is another tenant,
# whose quota, log and sampling rule apply: names with a blank in them are counted twice, and an alarm on "Big Shop" never sees half of it.
# Seen: as printed below. Needs Python 3, Node 18.19 or newer.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install -q opentelemetry-api==1.45.2 2>/dev/null || { echo "cannot install"; exit 2; }
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund @opentelemetry/core@2.12.1 @opentelemetry/api@1.9.1 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
cat >python_.py <<'PYTHON'
import sys
from opentelemetry import baggage
from opentelemetry.baggage.propagation import W3CBaggagePropagator
if sys.argv[1] == "write":
    carrier = {}; W3CBaggagePropagator().inject(carrier, baggage.set_baggage("tenant", sys.argv[2])); print(carrier["baggage"])
else: print(repr(baggage.get_all(W3CBaggagePropagator().extract({"baggage": sys.argv[2]})).get("tenant")).replace("'", '"').replace("None", "none"))
PYTHON
cat >node_.js <<'NODE'
const { propagation, ROOT_CONTEXT, defaultTextMapGetter, defaultTextMapSetter } = require('@opentelemetry/api'); const { W3CBaggagePropagator } = require('@opentelemetry/core');
const [, , way, text] = process.argv, propagator = new W3CBaggagePropagator();
if (way === 'write') {
  const carrier = {}; propagator.inject(propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({ tenant: { value: text } })), carrier, defaultTextMapSetter); console.log(carrier.baggage);
} else {
  const entry = propagation.getBaggage(propagator.extract(ROOT_CONTEXT, { baggage: text }, defaultTextMapGetter))?.getEntry('tenant'); console.log(entry ? JSON.stringify(entry.value) : 'none');
}
NODE
py() { venv/bin/python python_.py "$@"; }; js() { node node_.js "$@"; }
a=$(py write 'Big Shop') b=$(js write 'Big Shop')
seen="$a: py $(py read "$a") js $(js read "$a")
$b: py $(py read "$b") js $(js read "$b")
tenant=a+b: py $(py read tenant=a+b) js $(js read tenant=a+b)
tenant=7;ttl=1: py $(py read 'tenant=7;ttl=1') js $(js read 'tenant=7;ttl=1')
tenant=: py $(py read tenant=) js $(js read tenant=)"
echo "$seen"
[ "$seen" = 'tenant=Big+Shop: py "Big Shop" js "Big+Shop"
tenant=Big%20Shop: py "Big Shop" js "Big Shop"
tenant=a+b: py "a b" js "a+b"
tenant=7;ttl=1: py "7;ttl=1" js "7"
tenant=: py "" js none' ] || { echo "changed"; exit 1; }
echo "as stated: a tenant with a blank in its name is two tenants"
