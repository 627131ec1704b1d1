#!/usr/bin/env bash
# Django 5.2.19 with PyYAML 6.0.4 (PyPI), commands dumpdata and loaddata, on SQLite.
#
# Behaviour: the format decides what a time is. In the JSON formats, json (the default) and jsonl, the microseconds of each time are cut to milliseconds;
# in xml and yaml of the same command they are whole. loaddata takes all of them. So two rows of one user in one millisecond, apart in the database,
# are equal in the JSON dump: with a unique constraint over user and time, that dump cannot be loaded ("UNIQUE constraint failed"), and nothing of it is,
# while the dump itself ended with 0 and no word. The same rows go through XML and YAML unharmed.
# Why it matters: a backup that is fine until two logins, votes or audit lines of one user fall into one millisecond cannot be restored at all; and where
# there is no constraint, times that other tables, tokens or signatures repeat to the microsecond do not match any longer after a restore.
# Take XML or YAML for dumps, and a reader of JSON dumps must not look rows up by their time.
# Seen: as printed below. Needs Python 3.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install -q Django==5.2.19 PyYAML==6.0.4 2>/dev/null || { echo "cannot install"; exit 2; }
mkdir old; touch old/__init__.py
cat >old/models.py <<'PYTHON'
from django.db import models
class Login(models.Model):
    name = models.CharField(max_length=9); at = models.DateTimeField()
    class Meta: unique_together = [("name", "at")]
PYTHON
cat >try.py <<'PYTHON'
import datetime, sys, django
from django.conf import settings
settings.configure(INSTALLED_APPS=["old"], DEFAULT_AUTO_FIELD="django.db.models.AutoField", USE_TZ=False,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "old.db"}}); django.setup()
from django.core.management import call_command
from django.db import IntegrityError
from old.models import Login
call_command("migrate", run_syncdb=True, verbosity=0)
times = [datetime.datetime(2024, 1, 2, 3, 4, 5, part) for part in (123456, 123789)]
Login.objects.bulk_create([Login(name="ann", at=at) for at in times])
forms = ("json", "jsonl", "xml", "yaml")
for form in forms: call_command("dumpdata", "old", format=form, output=f"dump.{form}")
seen = {}
for form in forms:
    Login.objects.all().delete()
    try: call_command("loaddata", f"dump.{form}", verbosity=0); said = "loaded"
    except IntegrityError as error: said = str(error).split(": ")[-1 if "UNIQUE" not in str(error) else -2]
    seen[form] = (said, [at == there for at, there in zip(times, Login.objects.order_by("at").values_list("at", flat=True))]); print(form, *seen[form])
with open("dump.json") as dump: print([part[:23] for part in dump.read().split('"at": "')[1:]])
whole, lost = ("loaded", [True, True]), []
sys.exit(0 if all(seen[form] == whole for form in ("xml", "yaml")) and all("UNIQUE" in seen[form][0] and seen[form][1] == lost for form in ("json", "jsonl")) else 1)
PYTHON
PYTHONPATH=. venv/bin/python try.py || { echo "changed"; exit 1; }
echo "as stated: the default dump cannot be loaded back"
