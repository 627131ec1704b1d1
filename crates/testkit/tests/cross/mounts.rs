//! N8 and N9: two old deployments of one dialect, each with its own `bob`.

use dragoman_accounts::{
    Admission, ImportedAccount, ImportedPassword, NameMatching, NewPassword, Origin, Realm, Registration, Role,
};
use dragoman_passwords::Secret;
use dragoman_server::operator;
use dragoman_testkit::{Backend, TestServer, ThrowawayDatabase, backends, http::call};
use serde_json::{Value, json};

use crate::clients::{Dialect, OTHER_PASSWORD, PASSWORD, Person, at, php_login, text};

/// What an operator writes for a second deployment.
const TWO_POOLS: &str = r#"
[proxy]
hosts = ["pool.example"]

[[mounts]]
dialect = "proxy"
prefix = "/pool-b"
scope = "pool-b"
hosts = ["pool-b.example"]
"#;

struct Pools {
    server: TestServer,
    _database: ThrowawayDatabase,
}

/// A mount, as its clients reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pool {
    A,
    B,
}

impl Pools {
    /// One boss for both, and a `bob` with the number 5 from each.
    fn start(backend: &Backend) -> Self {
        Self::start_with_key(backend, "")
    }

    /// With a signing key for both; an empty one: kept in the database.
    fn start_with_key(backend: &Backend, key: &str) -> Self {
        let database = ThrowawayDatabase::create(backend);
        let line = if key.is_empty() { String::new() } else { format!("signing_key = {key:?}\n") };
        // At the end of the second mount's table, and after the head of the first one's.
        let toml = format!("{}{line}", TWO_POOLS.replacen("[proxy]\n", &format!("[proxy]\n{line}"), 1));
        let server = TestServer::start_with_file(database.url(), &toml, &[]);
        server.run(async {
            let accounts = server.accounts();
            let boss = Registration {
                username: "boss".to_owned(),
                password: NewPassword::Plain(Secret::new("boss-pass")),
                role: Role::SuperAdministrator,
                authority: Some(dragoman_accounts::Authority::Operator),
                display_name: None,
                bio: None,
                email: None,
                facet: None,
                origin: Origin::default(),
            };
            accounts.register(&operator::realm(), boss).await.expect("a boss");
            accounts.import(&realm("proxy"), bob(PASSWORD.0)).await.expect("the bob of A");
            accounts.import(&realm("pool-b"), bob("b-pass")).await.expect("the bob of B");
        });
        Self { server, _database: database }
    }

    fn send(&self, pool: Pool, method: &str, path: &str, token: &str, body: &str) -> (u16, Value) {
        let prefix = match pool {
            Pool::A => "/proxy",
            Pool::B => "/pool-b",
        };
        let headers = [("Authorization", token)];
        let answer = call(self.server.url(), method, &format!("{prefix}{path}"), &headers, body);
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
    }

    fn log_in(&self, pool: Pool, name: &str, password: &str) -> Result<String, (u16, Value)> {
        let body = json!({"username": name, "password": password}).to_string();
        match self.send(pool, "POST", "/login", "", &body) {
            (200, body) => Ok(body["Authorization"].as_str().expect("a token").to_owned()),
            refused => Err(refused),
        }
    }

    fn names(&self, pool: Pool, token: &str) -> Vec<(i64, String, bool)> {
        let (status, body) = self.send(pool, "GET", "/userlist", token, "");
        assert_eq!(status, 200, "{body}");
        let row = |row: &Value| {
            let name = row["username"].as_str().expect("a name").to_owned();
            (row["id"].as_i64().expect("an id"), name, row["status"].as_bool().expect("a lock"))
        };
        body["data"].as_array().expect("rows").iter().map(row).collect()
    }
}

fn realm(scope: &str) -> Realm {
    Realm {
        dialect: "proxy",
        scope: scope.into(),
        names: NameMatching::CaseBlind,
        admits: Admission::Everywhere,
        stateless_tokens: true,
        throttle: None,
    }
}

fn bob(password: &str) -> ImportedAccount {
    ImportedAccount {
        id: Some(5),
        uuid: None,
        username: "bob".to_owned(),
        email: None,
        address_logs_in: true,
        password: ImportedPassword::Plain(Secret::new(password)),
        role: Role::User,
        locked: false,
        display_name: None,
        bio: None,
        created_at: None,
        facet: None,
        session: None,
    }
}

#[test]
fn each_mount_knows_its_own_bob_and_acts_on_no_other() {
    for backend in backends() {
        let pools = Pools::start(&backend);
        let bobs = [(Pool::A, PASSWORD.0), (Pool::B, "b-pass")];
        for (pool, password) in bobs {
            pools.log_in(pool, "BOB", password).expect("its own bob");
            let other = if pool == Pool::A { "b-pass" } else { PASSWORD.0 };
            assert_eq!(pools.log_in(pool, "bob", other).expect_err("the other bob").0, 401, "{pool:?}");
        }
        let boss = [Pool::A, Pool::B].map(|pool| pools.log_in(pool, "boss", "boss-pass").expect("one boss for both"));
        let [boss_a, boss_b] = &boss;
        assert_eq!(pools.names(Pool::A, boss_a), [(5, "bob".to_owned(), false)], "{}", backend.name());
        assert_eq!(pools.names(Pool::B, boss_b), [(5, "bob".to_owned(), false)], "{}", backend.name());

        // An administrator of B locks the bob he sees.
        let lock = json!({"username": "bob", "userlock": true}).to_string();
        assert_eq!(pools.send(Pool::B, "POST", "/lock", boss_b, &lock).0, 200);
        assert_eq!(pools.names(Pool::A, boss_a), [(5, "bob".to_owned(), false)]);
        assert_eq!(pools.names(Pool::B, boss_b), [(5, "bob".to_owned(), true)]);
        pools.log_in(Pool::A, "bob", PASSWORD.0).expect("the other one is not locked");
        let locked = pools.log_in(Pool::B, "bob", "b-pass").expect_err("this one is");
        assert_eq!(locked.1["message"], "账号已锁定");

        // Elsewhere the name means the one it belongs to everywhere.
        let person = Person::new("bob");
        Dialect::Medusa.log_in(&pools.server, &person).expect("the bob of A");
        Dialect::Php.log_in(&pools.server, &person).expect("the bob of A");

        // He resets and deletes the one he sees, too.
        let reset = json!({"username": "bob", "newpwd": "reset"}).to_string();
        assert_eq!(pools.send(Pool::B, "POST", "/admin/upwd", boss_b, &reset).0, 200);
        pools.log_in(Pool::A, "bob", PASSWORD.0).expect("the other password is what it was");
        let delete = json!({"username": "bob"}).to_string();
        assert_eq!(pools.send(Pool::B, "POST", "/delete", boss_b, &delete).0, 200);
        assert_eq!(pools.names(Pool::A, boss_a), [(5, "bob".to_owned(), false)]);
        pools.log_in(Pool::B, "bob", PASSWORD.0).expect("now the name means the bob of everywhere here as well");
    }
}

#[test]
fn a_token_of_one_mount_is_worth_nothing_in_another() {
    for backend in backends() {
        // A key kept in the database, and one key configured for both.
        for key in ["", "one key for both deployments"] {
            let pools = Pools::start_with_key(&backend, key);
            let tokens = [
                (Pool::A, pools.log_in(Pool::A, "bob", PASSWORD.0).expect("a token of A")),
                (Pool::B, pools.log_in(Pool::B, "bob", "b-pass").expect("a token of B")),
            ];
            // Both bobs have the number 5 in their mount.
            for (at_home, token) in &tokens {
                for pool in [Pool::A, Pool::B] {
                    let answer = pools.send(pool, "GET", "/about", token, "");
                    if pool == *at_home {
                        assert_eq!((answer.0, &answer.1["data"]["username"]), (200, &json!("bob")));
                    } else {
                        assert_eq!(answer, (401, json!({"error": "认证失败"})), "{}: {pool:?}", backend.name());
                    }
                }
            }
        }
    }
}

#[test]
fn the_host_decides_on_the_familiar_paths() {
    let pools = Pools::start(&Backend::Sqlite);
    for (host, password) in [("pool.example", PASSWORD.0), ("pool-b.example", "b-pass")] {
        let body = json!({"username": "bob", "password": password}).to_string();
        let request = format!(
            "POST /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer =
            dragoman_testkit::http::exchange(pools.server.url(), request.as_bytes()).expect("the server answers");
        assert_eq!(answer.status, 200, "{host}: {}", answer.text());
        assert!(text(&answer, "/Authorization").starts_with("eyJ"));
        assert_eq!(at(&answer, "/message"), Value::Null);
    }
}

/// A second site, which takes one digest only.
const TWO_SITES: &str = r#"
[[mounts]]
dialect = "php"
prefix = "/php-b"
scope = "php-b"
familiar_paths = false
digest_schemes = ["md5"]
"#;

#[test]
fn each_php_mount_takes_its_own_digests_of_the_names_it_shows() {
    for backend in backends() {
        let database = ThrowawayDatabase::create(&backend);
        let server = TestServer::start_with_file(database.url(), TWO_SITES, &[]);
        // The name belongs to somebody else everywhere, so both sites have it in their scopes.
        let holder = Person { password: OTHER_PASSWORD, ..Person::new("guyu") };
        Dialect::Proxy.register(&server, &holder).expect("an account");
        server.run(async {
            for (scope, password) in [("php", PASSWORD.0), ("php-b", "b-pass-1")] {
                let realm =
                    Realm { dialect: "php", names: NameMatching::Exact, stateless_tokens: false, ..realm(scope) };
                let guyu = ImportedAccount { id: None, username: "guyu".to_owned(), ..bob(password) };
                server.accounts().import(&realm, guyu).await.expect("an account");
            }
        });
        // MD5(name + MD5(password)), MD5(password) and the obfuscated password (contract php 3.1, 3.2).
        for (prefix, sent, flag) in [
            ("/php", "20d26b041a2ce89e24613cd82b3774b1", "0"),
            ("/php", "e002921a4c0a23c035ed44005c979955", "0"),
            ("/php", PASSWORD.1, "0"),
            ("/php", "bc311a49ba57d326d25fb06462872ad0", "2001"),
            ("/php-b", "bc311a49ba57d326d25fb06462872ad0", "0"),
            ("/php-b", "2bddfe242a9efa6f8f7fce2b5240a04f", "2001"),
            ("/php-b", PASSWORD.1, "2001"),
        ] {
            let answer = php_login(&server, prefix, "guyu", sent);
            assert_eq!(at(&answer, "/flag"), flag, "{}: {prefix} {sent}", backend.name());
        }
    }
}
