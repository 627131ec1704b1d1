//! What strangers elsewhere can and cannot do to an owner (one-domain.md E9, P11, P12).

mod leaf;

use dragoman_testkit::{
    TestServer, ThrowawayDatabase, backends,
    http::{RawAnswer, call},
};
use leaf::{code, pending_slider};

const HERON: &str = r#"[{"id": 1, "username": "heron", "email": "heron@leaf.test", "password": "heron-pass"},
    {"id": 2, "username": "root", "email": "root@leaf.test", "password": "root-pass", "role": 3}]"#;
const TOML: &str = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n";
const OWNER: &str = "198.51.100.7";
const STRANGER: &str = "203.0.113.9";

struct Leaf(TestServer, #[allow(dead_code, reason = "it ends with the server")] ThrowawayDatabase);

impl Leaf {
    fn on_every_backend(settings: &str, test: impl Fn(&Self)) {
        for backend in backends() {
            let database = ThrowawayDatabase::create(&backend);
            let server = TestServer::start_with_file(database.url(), &format!("{TOML}{settings}"), &[]);
            leaf::reset(&server, HERON);
            test(&Self(server, database));
        }
    }

    fn request(&self, network: &str, method: &str, path: &str, body: &str) -> RawAnswer {
        call(self.0.url(), method, &format!("/v1/api/v1{path}"), &[("X-Forwarded-For", network)], body)
    }

    fn post(&self, network: &str, path: &str, body: &str) -> i64 {
        code(&self.request(network, "POST", path, body))
    }

    fn slider(&self, network: &str, email: &str) -> i64 {
        code(&self.request(network, "GET", &format!("/captcha/get?email={email}"), ""))
    }

    fn validate(&self, network: &str, email: &str, x: i64) -> i64 {
        self.post(network, "/captcha/validate", &format!(r#"{{"email":"{email}","x":{x}}}"#))
    }

    fn solve(&self, network: &str, email: &str) {
        assert_eq!(self.slider(network, email), 200);
        assert_eq!(self.validate(network, email, pending_slider(&self.0, email)), 200);
    }

    fn log_in(&self, network: &str, email: &str, password: &str) -> i64 {
        self.post(network, "/user/login", &format!(r#"{{"email":"{email}","password":"{password}"}}"#))
    }

    fn send(&self, network: &str, email: &str) -> i64 {
        self.solve(network, email);
        self.post(network, "/user/code/email", &format!(r#"{{"email":"{email}"}}"#))
    }

    fn mailed(&self, email: &str) -> Vec<String> {
        let mails = call(self.0.url(), "GET", &format!("/_testing/mail?to={email}"), &[], "").text();
        mails.split("\"code\":\"").skip(1).filter_map(|rest| Some(rest.split('"').next()?.to_owned())).collect()
    }
}

#[test]
fn an_anonymous_request_a_second_keeps_nobody_out() {
    Leaf::on_every_backend("", |leaf| {
        for _ in 0..3 {
            assert_eq!(leaf.log_in(STRANGER, "heron@leaf.test", "wrong-one"), 3020);
        }
        assert_eq!(leaf.log_in(OWNER, "heron@leaf.test", "heron-pass"), -1, "a captcha is asked for");
        assert_eq!(leaf.slider(OWNER, "heron@leaf.test"), 200);
        let x = pending_slider(&leaf.0, "heron@leaf.test");
        assert_eq!(leaf.slider(STRANGER, "heron@leaf.test"), 200);
        assert_eq!(leaf.validate(OWNER, "heron@leaf.test", x), 200, "the owner's slider is still there");
        // Nor does a stranger spend the owner's ticket.
        assert_eq!(leaf.log_in(STRANGER, "heron@leaf.test", "wrong-one"), -1);
        assert_eq!(leaf.log_in(OWNER, "heron@leaf.test", "heron-pass"), 200);
        // From now on the owner's network is known: what happens elsewhere asks him for nothing.
        for _ in 0..3 {
            assert_eq!(leaf.log_in(STRANGER, "heron@leaf.test", "wrong-one"), 3020);
        }
        assert_eq!(leaf.log_in(STRANGER, "heron@leaf.test", "wrong-one"), -1);
        assert_eq!(leaf.log_in(OWNER, "heron@leaf.test", "heron-pass"), 200);
        // But his own failures do.
        for _ in 0..3 {
            assert_eq!(leaf.log_in(OWNER, "heron@leaf.test", "wrong-one"), 3020);
        }
        assert_eq!(leaf.log_in(OWNER, "heron@leaf.test", "heron-pass"), -1);
    });
}

#[test]
fn an_address_has_so_many_sliders_and_its_owner_one_more() {
    Leaf::on_every_backend("", |leaf| {
        assert_eq!(leaf.log_in(OWNER, "heron@leaf.test", "heron-pass"), 200);
        let told: Vec<i64> =
            (0..70).map(|network| leaf.slider(&format!("203.0.113.{network}"), "heron@leaf.test")).collect();
        assert_eq!(told.iter().filter(|code| **code == 200).count(), 64, "{told:?}");
        assert_eq!(leaf.slider("203.0.113.1", "heron@leaf.test"), 200, "its own is replaced");
        leaf.solve(OWNER, "heron@leaf.test");
    });
}

#[test]
fn mails_to_an_address_are_bounded() {
    Leaf::on_every_backend("", |leaf| {
        assert_eq!(leaf.send(OWNER, "heron@leaf.test"), 200);
        assert_eq!(leaf.send(STRANGER, "heron@leaf.test"), 9010, "one a minute");
        assert_eq!(leaf.send(STRANGER, "Heron@LEAF.test"), 9010, "however it is spelt");
        assert_eq!(leaf.send(STRANGER, "stranger@leaf.test"), 200);
        let advance = |seconds: u32| {
            let body = format!(r#"{{"advance": {seconds}}}"#);
            assert_eq!(call(leaf.0.url(), "POST", "/_testing/clock", &[], &body).status, 204);
        };
        for _ in 0..4 {
            advance(61);
            assert_eq!(leaf.send(STRANGER, "heron@leaf.test"), 200);
        }
        advance(61);
        assert_eq!(leaf.send(OWNER, "heron@leaf.test"), 9010, "five an hour");
        // The captcha stays passed.
        let again = leaf.post(OWNER, "/user/code/email", r#"{"email":"heron@leaf.test"}"#);
        assert_eq!(again, 9010);
        for _ in 0..5 {
            advance(3_600);
            assert_eq!(leaf.send(STRANGER, "heron@leaf.test"), 200);
        }
        advance(3_600);
        assert_eq!(leaf.send(OWNER, "heron@leaf.test"), 9010, "ten a day");
        assert_eq!(leaf.mailed("heron@leaf.test").len(), 10);
    });
}

#[test]
fn mails_of_a_network_are_bounded() {
    Leaf::on_every_backend("[mail]\nper_network_hour = 3\n", |leaf| {
        for address in 0..3 {
            assert_eq!(leaf.send(STRANGER, &format!("a{address}@leaf.test")), 200);
        }
        assert_eq!(leaf.send(STRANGER, "a3@leaf.test"), 9010);
        assert_eq!(leaf.send(OWNER, "a3@leaf.test"), 200);
    });
}

#[test]
fn a_code_is_mailed_to_the_address_as_stored() {
    Leaf::on_every_backend("[v1]\nmail_wait_seconds = 0\n", |leaf| {
        assert_eq!(leaf.send(STRANGER, "HERON@Leaf.test"), 200);
        assert_eq!(leaf.mailed("heron@leaf.test").len(), 1);
        let reset =
            |email: &str| code(&leaf.request(STRANGER, "GET", &format!("/user/resetpwd/check?email={email}"), ""));
        leaf.solve(STRANGER, "HERON@Leaf.test");
        assert_eq!(reset("heron@LEAF.test"), 200);
        let typed = &leaf.mailed("heron@leaf.test")[0];
        let change = format!(r#"{{"email":"Heron@leaf.test","password":"heron-new","code":"{typed}"}}"#);
        assert_eq!(leaf.post(STRANGER, "/user/pwd/modify", &change), 200);
        assert_eq!(leaf.log_in(OWNER, "heron@leaf.test", "heron-new"), 200);
    });
}

#[test]
fn four_digits_open_no_administrator() {
    let enter = |leaf: &Leaf| {
        assert_eq!(leaf.send(OWNER, "root@leaf.test"), 200);
        let typed = &leaf.mailed("root@leaf.test")[0];
        leaf.solve(OWNER, "root@leaf.test");
        let check = code(&leaf.request(OWNER, "GET", "/user/resetpwd/check?email=root@leaf.test", ""));
        let login = leaf.post(OWNER, "/user/login/email", &format!(r#"{{"email":"root@leaf.test","code":"{typed}"}}"#));
        (check, login)
    };
    Leaf::on_every_backend("", |leaf| assert_eq!(enter(leaf), (4040, 4040)));
    Leaf::on_every_backend("[v1]\ncodes_for_administrators = true\n", |leaf| assert_eq!(enter(leaf), (200, 200)));
}
