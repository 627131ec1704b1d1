#!/usr/bin/env bash
# opentelemetry-exporter-otlp-proto-http 1.45.2 with opentelemetry-sdk 1.45.2 (PyPI), npm @opentelemetry/exporter-trace-otlp-http 0.223.1 with
# @opentelemetry/sdk-trace-base 2.12.1 and @opentelemetry/api 1.9.1.
#
# Behaviour: a collector that takes a batch only in part answers 200 and says in the body how many spans it has rejected and why (partial_success). The
# Python exporter does not read the body of a 200: SUCCESS, and not a line in its log even at DEBUG that speaks of it. The JavaScript exporter reads it,
# hands its caller success all the same, and writes one warning to a logger that is off unless the program sets one. All spans of a batch may be
# rejected this way: both say success.
# Why it matters: limits on span size, age or number, and filters by tenant, are answered just so. Everything that watches the sender (result codes, the
# log, dropped-span counters, the HTTP status in a proxy) is green while traces do not arrive; "no error in the exporter" proves nothing, and only
# a count at the collector does. A receiver that wants to be heard by such clients must answer 4xx to what it throws away as a whole.
# Seen: as printed below. Needs Python 3, Node 18.19 or newer.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install -q opentelemetry-exporter-otlp-proto-http==1.45.2 opentelemetry-sdk==1.45.2 2>/dev/null || { echo "cannot install"; exit 2; }
npm init -y >/dev/null 2>&1 && npm install --silent --no-audit --no-fund @opentelemetry/exporter-trace-otlp-http@0.223.1 @opentelemetry/sdk-trace-base@2.12.1 @opentelemetry/api@1.9.1 >/dev/null 2>&1 || { echo "cannot install"; exit 2; }
cat >try.py <<'PYTHON'
import http.server, io, json, logging, subprocess, sys, threading
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTracePartialSuccess, ExportTraceServiceResponse
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
log = io.StringIO(); logging.basicConfig(level=logging.DEBUG, stream=log)
answered = []
class Collector(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        if "Content-Length" in self.headers: self.rfile.read(int(self.headers["Content-Length"]))
        else: # chunked
            while size := int(self.rfile.readline(), 16): self.rfile.read(size + 2)
            self.rfile.readline()
        kind = self.headers["Content-Type"]; answered.append(kind)
        body = json.dumps({"partialSuccess": {"rejectedSpans": "1", "errorMessage": "too old"}}).encode() if kind == "application/json" else \
            ExportTraceServiceResponse(partial_success=ExportTracePartialSuccess(rejected_spans=1, error_message="too old")).SerializeToString()
        self.send_response(200); self.send_header("Content-Type", kind); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector); threading.Thread(target=collector.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{collector.server_port}/v1/traces"
memory, provider = InMemorySpanExporter(), TracerProvider(); provider.add_span_processor(SimpleSpanProcessor(memory)); provider.get_tracer("t").start_span("login").end()
result = OTLPSpanExporter(endpoint=address).export(memory.get_finished_spans()).name
told = any(word in log.getvalue().lower() for word in ("reject", "partial", "too old"))
quiet, loud = (subprocess.run(["node", "try.js", address, *more], capture_output=True, text=True, timeout=60) for more in ([], ["log"]))
print("Python:", result, "| said anything:", told); print("JavaScript:", quiet.stdout.strip(), "| said anything:", "Partial" in quiet.stdout + quiet.stderr, "| with a logger set:", "artial" in loud.stdout + loud.stderr)
print("answers with a rejection:", answered)
sys.exit(0 if result == "SUCCESS" and not told and quiet.stdout.strip() == "code 0" and not quiet.stderr and "artial" in loud.stdout + loud.stderr and len(answered) == 3 else 1)
PYTHON
cat >try.js <<'NODE'
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http'); const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { diag, DiagConsoleLogger, DiagLogLevel } = require('@opentelemetry/api');
if (process.argv[3]) diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);
const memory = new InMemorySpanExporter(), provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
provider.getTracer('t').startSpan('login').end();
provider.forceFlush().then(() => new OTLPTraceExporter({ url: process.argv[2] }).export(memory.getFinishedSpans(), (result) => { console.log('code', result.code); }));
NODE
venv/bin/python -W ignore try.py || { echo "changed"; exit 1; }
echo "as stated: all spans rejected, and success"
