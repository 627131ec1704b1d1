"""What schemathesis cannot know of five old account APIs: how one logs in, which values mean somebody, and what an answer
may be that OpenAPI has no words for. Loaded by scripts/schemathesis, which sets DIALECT and BASE."""

import base64
import json
import os
import random
import urllib.error
import urllib.parse
import urllib.request

import schemathesis

DIALECT, BASE = os.environ["DIALECT"], os.environ["BASE"]
CHANCE = random.Random(int(os.environ.get("SEED", "1")))
PEOPLE = {
    "frp": [{"id": 1, "username": "ann", "password": "secret", "email": "ann@example.com"}],
    "medusa": [{"id": 1, "username": "ann", "password": "secret", "email": "ann@example.com"}],
    "php": [{"username": "ann", "password": "secret"}],
    "proxy": [
        {"id": 1, "username": "ann", "password": "secret", "role": "super_admin"},
        {"id": 2, "username": "bob", "password": "secret", "role": "user"},
    ],
    "v1": [
        {"id": 1, "username": "ann", "email": "ann@example.com", "password": "secret", "role": 3},
        {"id": 2, "username": "bob", "email": "bob@example.com", "password": "secret", "role": 0},
    ],
}
SETTINGS = {
    "frp": {"mail_wait_seconds": 0, "login_throttle": "off"},
    "medusa": {"registration_open": True, "password_reset_open": True},
}
# Members of bodies, forms and queries that mean somebody if they hold this.
KNOWN = {
    "username": "ann",
    "name": "ann",
    "password": "secret",
    "passwd": "secret",
    "old_passwd": "secret",
    "email": "ann@example.com",
    "uid": 1,
    "id": 2,
    "code": "000000",
}
HOURS = 200  # calls between two fresh starts: what one call has deleted is missed by no more than so many


def ask(method, path, body=None, headers=None, base=None):
    """Status, headers and body of one answer, whatever it is."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request((base or BASE) + path, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()


def form(**members):
    return urllib.parse.urlencode(members).encode()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def medusa_captcha():
    _, headers, _ = ask("GET", "/api/get_verification_code/")
    return headers["VerificationCodeKey"], headers["X-Dragoman-Captcha-Answer"]


def log_in():
    """A live token, or what else stands for somebody who is logged in."""
    if DIALECT == "frp":
        body = form(username="ann", password="secret")
        return json.loads(ask("POST", "/api/v2/users/login", body, FORM)[2])["data"]["token"]
    if DIALECT == "medusa":
        key, text = medusa_captcha()
        body = {"username": "ann", "passwd": "secret", "verification_code_key": key, "verification_code": text}
        answer = json.loads(ask("POST", "/api/login/", body)[2])
        if answer["code"] != 200:
            raise ValueError(answer)
        return answer["message"]
    if DIALECT == "php":
        _, headers, body = ask("GET", "/api/v1/users/login-token.php")
        cookie = headers["Set-Cookie"].split(";")[0]
        token = json.loads(body)["login_token"]
        _, headers, _ = ask("GET", "/api/v1/users/captcha.php", headers={"Cookie": cookie})
        sent = base64.b64encode(base64.b64encode(b"secret"[::-1])[::-1]).decode()
        body = form(username="ann", password=sent, captcha=headers["X-Dragoman-Captcha-Answer"], login_token=token)
        _, headers, _ = ask("POST", "/api/v1/users/login.php", body, {**FORM, "Cookie": cookie})
        return (headers["Set-Cookie"] or cookie).split(";")[0].split("=", 1)[1]
    if DIALECT == "proxy":
        return json.loads(ask("POST", "/login", {"username": "ann", "password": "secret"})[2])["Authorization"]
    answer = json.loads(ask("POST", "/api/v1/user/login", {"email": "ann@example.com", "password": "secret"})[2])
    return answer["data"]["token"]


class State:
    calls = 0
    token = None


def begin():
    root = BASE.rsplit("/", 1)[0]
    given = {"dialect": DIALECT, "accounts": PEOPLE[DIALECT], "settings": SETTINGS.get(DIALECT, {})}
    status, _, body = ask("POST", "/_testing/reset", given, base=root)
    assert status == 204, body
    State.token = None


@schemathesis.hook
def before_call(context, case, kwargs):
    if State.calls % HOURS == 0:
        begin()
    State.calls += 1
    for values in (case.query, case.body):
        if isinstance(values, dict):
            for name in values.keys() & KNOWN.keys():
                if CHANCE.random() < 0.6:
                    values[name] = KNOWN[name]
            if "verification_code_key" in values and CHANCE.random() < 0.6:
                values["verification_code_key"], values["verification_code"] = medusa_captcha()
    if case.path_parameters and "file" in case.path_parameters and CHANCE.random() < 0.5:
        case.path_parameters["file"] = "admin.jpg"
    # The client of schemathesis writes no other header than one in Latin-1.
    for name in [name for name, value in (case.headers or {}).items() if not is_latin(value)]:
        del case.headers[name]
    if CHANCE.random() < 0.8:
        carry_token(case)


def is_latin(value):
    return not isinstance(value, str) or all(ord(letter) < 256 for letter in value)


def carry_token(case):
    if State.token is None:
        try:
            State.token = log_in()
        except (KeyError, TypeError, ValueError):
            begin()  # Somebody has changed the password.
            State.token = log_in()
    if DIALECT == "php":
        case.cookies = {**(case.cookies or {}), "PHPSESSID": State.token}
    elif DIALECT == "medusa":
        if isinstance(case.body, dict) and "token" in case.body:
            case.body["token"] = State.token
        if case.headers and any(name.lower() == "token" for name in case.headers):
            case.headers["token"] = State.token
    else:
        for name in [name for name in case.headers or {} if name.lower() == "authorization"]:
            del case.headers[name]
        case.headers["Authorization"] = State.token


@schemathesis.hook
def after_call(context, case, response):
    # Whoever was logged out, deleted or renamed logs in again.
    if response.status_code in (401, 403) or b'"code":40' in response.content.replace(b" ", b""):
        State.token = None


@schemathesis.deserializer("text/html", "application/json")
def whatever_it_is_called(context, response):
    """php answers JSON as text/html, medusa a picture."""
    try:
        return json.loads(response.content)
    except ValueError:
        return response.content.decode("latin-1")
