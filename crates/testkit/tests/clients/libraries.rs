//! The bytes that 22 HTTP libraries of old clients send: names in their letter case, what they add, what they leave away.
//! `docs/clients.md` says what each was seen to do.

use dragoman_testkit::{TestServer, http::RawAnswer};
use serde_json::json;

use crate::{at, send, server, site::cookie_of, text};

/// How a library writes a request. `{call}` is method and target, `{host}` the server, `{length}` that of the body; lines
/// that begin with `with KIND` stand only in requests of that kind.
struct Library {
    name: &'static str,
    head: &'static str,
    /// How it sends back the cookie `{cookie}`.
    cookie: &'static str,
}

const LIBRARIES: [Library; 22] = [
    Library {
        name: "BusyBox wget 1.35.0",
        head: "{call} HTTP/1.1\nHost: {host}\nUser-Agent: Wget\nConnection: close\nwith token: Authorization: {token}\n\
               with form: Content-Length: {length}\nwith form: Content-Type: application/x-www-form-urlencoded\n\
               with empty: Content-Length: 0",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "Emacs 28.2 url.el",
        head: "{call} HTTP/1.1\nMIME-Version: 1.0\nConnection: close\nExtension: Security/Digest Security/SSL\n\
               Host: {host}\nAccept-encoding: gzip\nAccept: */*\nUser-Agent: URL/Emacs Emacs/28.2\n\
               with token: Authorization: {token}\nwith form: Content-Type: application/x-www-form-urlencoded\n\
               with form: Content-length: {length}\nwith empty: Content-length: 0",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "Erlang/OTP 25 httpc",
        head: "{call} HTTP/1.1\nwith token: authorization: {token}\nwith token: content-length: 0\n\
               with form: content-type: application/x-www-form-urlencoded\nwith form: content-length: {length}\n\
               with empty: content-type: text/plain\nwith empty: content-length: 0\nte: \nhost: {host}\nconnection: keep-alive",
        cookie: "cookie: $Version=0; {cookie}; $Path=/",
    },
    Library {
        name: "Free Pascal 3.2.2 TFPHTTPClient",
        // FormPost leaves its Content-Type for later requests.
        head: "{call} HTTP/1.1\nHost: {host}\nConnection: Close\nUser-Agent: Mozilla/5.0 (compatible; fpweb)\n\
               Content-Type: application/x-www-form-urlencoded\nwith token: Authorization: {token}\n\
               with token: Cookie: \nwith form: Content-Length: {length}\nwith empty: Content-Length: 0",
        cookie: "Cookie: {cookie}; path=/; HttpOnly",
    },
    Library {
        name: "GNU Guile 3.0.8 (web client)",
        head: "{call} HTTP/1.1\nHost: {host}\nConnection: close\nwith token: Authorization: {token} \n\
               with form: Content-Length: {length}\n\
               with form: Content-Type: application/x-www-form-urlencoded;charset=utf-8",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "GNUstep NSURLConnection",
        head: "{call} HTTP/1.1\nHost: {host}\nAccept: */*\nUser-Agent: app (unknown version)\nConnection: keep-alive\n\
               with token: Authorization: {token}\nwith form: Content-Type: application/x-www-form-urlencoded\n\
               with form: Content-Length: {length}\nwith empty: Content-Length: 0",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "libsoup 2",
        head: "{call} HTTP/1.1\nHost: {host}\nwith token: Authorization: {token}\n\
               with form: Content-Type: application/x-www-form-urlencoded\nwith form: Content-Length: {length}\n\
               with empty: Content-Length: 0\nAccept-Encoding: gzip, deflate\nConnection: Keep-Alive",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "Lua 5.4 LuaSocket",
        head: "{call} HTTP/1.1\nhost: {host}\nuser-agent: LuaSocket 3.1.0\nte: trailers\nconnection: close, TE\n\
               with token: authorization: {token}\nwith form: content-type: application/x-www-form-urlencoded\n\
               with form: content-length: {length}\nwith empty: content-length: 0",
        cookie: "cookie: {cookie}",
    },
    Library {
        name: "Mono 6 HttpWebRequest",
        head: "{call} HTTP/1.1\nwith token: Authorization: {token}\nwith form: Content-Type: application/x-www-form-urlencoded\n\
               with form: Content-Length: {length}\nwith form: Expect: 100-continue\nwith empty: Content-Length: 0\n\
               Connection: keep-alive\nHost: {host}",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "neon 0.32",
        head: "{call} HTTP/1.1\nUser-Agent: neon/0.32.4\nConnection: TE\nTE: trailers\nHost: {host}\n\
               with token: Authorization: {token}\nwith form: Content-Type: application/x-www-form-urlencoded\n\
               with form: Content-Length: {length}\nwith empty: Content-Length: 0",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "newLISP 10.7.5",
        // Its Host never has the port.
        head: "{call} HTTP/1.1\nHost: 127.0.0.1\nUser-Agent: newLISP v10.7.5\nConnection: close\n\
               with token: Authorization: {token}\nwith form: Content-type: application/x-www-form-urlencoded\n\
               with form: Content-length: {length}\nwith empty: Content-length: 0",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "Pike 8.0 Protocols.HTTP",
        head: "{call} HTTP/1.0\nuser-agent: Mozilla/5.0 (compatible; MSIE 6.0; Pike HTTP client)\nhost: {host}\n\
               with token: authorization: {token}\nwith form: content-type: application/x-www-form-urlencoded\n\
               with form: content-length: {length}",
        cookie: "cookie: {cookie}",
    },
    Library {
        name: "SWI-Prolog 9.0.4 http_open, 1.0",
        head: "{call} HTTP/1.0\nHost: {host}\nUser-Agent: SWI-Prolog\nConnection: close\nwith token: Authorization: {token}\n\
               with form: Content-Type: application/x-www-form-urlencoded\nwith form: Content-Length: {length}",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "SWI-Prolog 9.0.4 http_open, 1.1",
        head: "{call} HTTP/1.1\nHost: {host}\nUser-Agent: SWI-Prolog\nConnection: close\nwith token: Authorization: {token}\n\
               with form: Content-Type: application/x-www-form-urlencoded\nwith form: Content-Length: {length}",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "Tcl 8.6 http 2.9.8",
        head: "{call} HTTP/1.1\nHost: {host}\nUser-Agent: Tcl http client package 2.9.8\nwith token: Authorization: {token}\n\
               Accept: */*\nAccept-Encoding: gzip,deflate,compress\nConnection: close\n\
               with form: Content-Type: application/x-www-form-urlencoded\nwith form: Content-Length: {length}",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "GNU wget 1.21.3",
        head: "{call} HTTP/1.1\nHost: {host}\nUser-Agent: Wget/1.21.3\nAccept: */*\nAccept-Encoding: identity\n\
               Connection: Keep-Alive\nwith token: Authorization: {token}\n\
               with form: Content-Type: application/x-www-form-urlencoded\nwith form: Content-Length: {length}\n\
               with empty: Content-Type: application/x-www-form-urlencoded\nwith empty: Content-Length: 0",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "Perl LWP",
        head: "{call} HTTP/1.1\nTE: deflate,gzip;q=0.3\nConnection: TE, close\nwith token: Authorization: {token}\n\
               Host: {host}\nUser-Agent: libwww-perl/6.67\nwith form: Content-Length: {length}\n\
               with form: Content-Type: application/x-www-form-urlencoded\nwith empty: Content-Length: 0",
        cookie: "Cookie: {cookie}\nCookie2: $Version=\"1\"",
    },
    Library {
        name: "PHP's curl in 1.0 mode",
        head: "{call} HTTP/1.0\nHost: {host}\nAccept: */*\nwith token: Authorization: {token}\n\
               with form: Content-Length: {length}\nwith form: Content-Type: application/x-www-form-urlencoded",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "Python 2.7 urllib2",
        head: "{call} HTTP/1.1\nAccept-Encoding: identity\nwith form: Content-Length: {length}\nHost: {host}\n\
               with form: Content-Type: application/x-www-form-urlencoded\nwith empty: Content-Length: 0\n\
               Connection: close\nUser-Agent: Python-urllib/2.7\nwith token: Authorization: {token}",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "Ruby net/http",
        head: "{call} HTTP/1.1\nAccept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\nAccept: */*\nUser-Agent: Ruby\n\
               Host: {host}\nConnection: close\nwith token: Authorization: {token}\n\
               with form: Content-Type: application/x-www-form-urlencoded\nwith form: Content-Length: {length}\n\
               with empty: Content-Length: 0",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "Java HttpURLConnection",
        head: "{call} HTTP/1.1\nwith token: Authorization: {token}\nUser-Agent: Java/1.8.0_362\nHost: {host}\n\
               Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2\nConnection: keep-alive\n\
               with form: Content-type: application/x-www-form-urlencoded\nwith form: Content-Length: {length}\n\
               with empty: Content-type: application/x-www-form-urlencoded\nwith empty: Content-Length: 0",
        cookie: "Cookie: {cookie}",
    },
    Library {
        name: "curl 7.88",
        head: "{call} HTTP/1.1\nHost: {host}\nUser-Agent: curl/7.88.1\nAccept: */*\nwith token: Authorization: {token}\n\
               with form: Content-Length: {length}\nwith form: Content-Type: application/x-www-form-urlencoded",
        cookie: "Cookie: {cookie}",
    },
];

impl Library {
    fn speaks_1_0(&self) -> bool {
        self.head.contains("HTTP/1.0")
    }

    /// Sends a request with the lines of these kinds.
    fn send(&self, server: &TestServer, call: &str, kinds: &[(&str, &str)], body: &str) -> RawAnswer {
        let mut head = String::new();
        for line in self.head.lines() {
            let line = match line.strip_prefix("with ").and_then(|line| line.split_once(": ")) {
                None => line.to_owned(),
                Some((kind, line)) => match kinds.iter().find(|(wanted, _)| *wanted == kind) {
                    Some((_, value)) => line.replace(&format!("{{{kind}}}"), value),
                    None => continue,
                },
            };
            head.push_str(&line.replace("{call}", call));
            head.push('\n');
        }
        if let Some((_, cookie)) = kinds.iter().find(|(kind, _)| *kind == "cookie") {
            head.push_str(&self.cookie.replace("{cookie}", cookie));
        }
        send(server, &head, body.as_bytes())
    }
}

#[test]
fn a_token_a_form_and_an_empty_post() {
    let accounts = json!([{"id": 7, "username": "testuser", "email": "t@example.com", "password": "Frp-test-0001"}]);
    let server = server("frp", json!({}), accounts);
    for library in &LIBRARIES {
        let form = "username=testuser&password=Frp%2Dtest%2D0001";
        let entered = library.send(&server, "POST /frp/api/v2/users/login", &[("form", "")], form);
        assert_eq!(entered.status, 200, "{}: {}", library.name, entered.text());
        let token = text(&entered, "/data/token");
        let own = library.send(&server, "GET /frp/api/v2/users/info?username=testuser", &[("token", &token)], "");
        assert_eq!(at(&own, "/data/username"), json!("testuser"), "{}", library.name);
        let head = library.send(&server, "HEAD /frp/api/v2/users/info?username=testuser", &[("token", &token)], "");
        assert_eq!((head.status, head.body.len()), (200, 0), "{}", library.name);
        // A bare 401 is one with a body, and stays one (url.el asks for a password).
        let refused = library.send(&server, "GET /frp/api/v2/users/info?username=testuser", &[("token", "x")], "");
        assert_eq!((refused.status, refused.header("www-authenticate")), (401, None), "{}", library.name);
        if library.speaks_1_0() {
            continue;
        }
        let empty = library.send(&server, "POST /frp/api/v2/users/login", &[("empty", "")], "");
        assert_eq!(at(&empty, "/msg"), json!("账号 / 密码 不可为空！"), "{}", library.name);
    }
}

#[test]
fn a_session_cookie() {
    let server = server("php", json!({}), json!([{"id": 1, "username": "ann", "password": "secret"}]));
    for library in &LIBRARIES {
        let page = library.send(&server, "GET /php/api/v1/users/login-token.php", &[], "");
        let cookie = cookie_of(&page);
        let captcha = library.send(&server, "GET /php/api/v1/users/captcha.php", &[("cookie", &cookie)], "");
        let digits = captcha.header("x-dragoman-captcha-answer").unwrap_or_else(|| panic!("{}", library.name));
        let form = format!(
            "username=ann&password=elYyWXlWR2Q%3D&captcha={digits}&login_token={}",
            text(&page, "/login_token")
        );
        let call = "POST /php/api/v1/users/login.php";
        let entered = library.send(&server, call, &[("form", ""), ("cookie", &cookie)], &form);
        assert_eq!(at(&entered, "/success"), json!(true), "{}: {}", library.name, entered.text());
        let cookie = cookie_of(&entered);
        let status = library.send(&server, "GET /php/api/v1/users/get-status.php", &[("cookie", &cookie)], "");
        assert_eq!(at(&status, "/username"), json!("ann"), "{}", library.name);
        if library.speaks_1_0() {
            continue;
        }
        let ended =
            library.send(&server, "POST /php/api/v1/users/logout.php", &[("empty", ""), ("cookie", &cookie)], "");
        assert_eq!(ended.status, 200, "{}", library.name);
    }
}
