//! The deployments whose users' passwords are known.

use serde_json::Value;

/// An old deployment.
pub struct Deployment {
    pub dialect: &'static str,
    pub from: &'static str,
    pub pictures: Option<&'static str>,
    pub mapping: Option<String>,
    /// Accounts of the source.
    pub accounts: usize,
    /// With which a plan of it ends.
    pub status: i32,
    /// Logins and passwords that open an account.
    pub open: Vec<(String, String)>,
    /// And those that must not.
    pub closed: Vec<(String, String)>,
}

/// A file of the old deployments.
pub fn data(name: &str) -> String {
    format!("{}/../migrate/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn accounts(file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(data(file)).unwrap()).unwrap()
}

/// Logins and passwords of a list, apart by whether they open their account.
fn apart(list: &Value, login: &str, password: &str, opens: impl Fn(&Value) -> bool) -> [Vec<(String, String)>; 2] {
    let known = |account: &Value| {
        let text = |name: &str| account[name].as_str().unwrap().to_owned();
        (text(login), text(password))
    };
    let (open, closed): (Vec<_>, Vec<_>) = list.as_array().unwrap().iter().partition(|account| opens(account));
    [open, closed].map(|list| list.into_iter().map(known).collect())
}

pub fn medusa() -> Deployment {
    let list = accounts("medusa/accounts.json");
    let [open, closed] = apart(&list, "username", "passwd", |_| true);
    let pictures = Some("medusa/Image");
    Deployment {
        dialect: "medusa",
        from: "medusa/Medusa.db",
        pictures,
        mapping: None,
        accounts: 12,
        status: 0,
        open,
        closed,
    }
}

pub fn proxy_sqlite() -> Deployment {
    proxy("proxy/pool.sqlite3", "proxy/accounts.json")
}

pub fn proxy_dump() -> Deployment {
    proxy("proxy/pool.sql", "proxy/accounts.json")
}

pub fn proxy_upgraded() -> Deployment {
    proxy("proxy/pool-upgraded.sql", "proxy/accounts-upgraded.json")
}

fn proxy(from: &'static str, known: &str) -> Deployment {
    let list = accounts(known);
    let [open, closed] = apart(&list["accounts"], "username", "password", |account| account["can_log_in"] == true);
    Deployment { dialect: "proxy", from, pictures: None, mapping: None, accounts: 14, status: 0, open, closed }
}

pub fn v1_sqlite() -> Deployment {
    v1("v1/leaf.sqlite3")
}

pub fn v1_dump() -> Deployment {
    v1("v1/leaf-docker.sql")
}

fn v1(from: &'static str) -> Deployment {
    let list = accounts("v1/accounts.json");
    let [open, closed] = apart(&list["accounts"], "email", "password", |account| account["active"] == true);
    // Warned of: the shipped administrator's password.
    Deployment { dialect: "v1", from, pictures: None, mapping: None, accounts: 12, status: 11, open, closed }
}

pub fn frp() -> Deployment {
    let list = accounts("frp/accounts.json");
    let mut open = Vec::new();
    for account in list["accounts"].as_array().unwrap().iter().filter(|account| account["enabled"] == true) {
        for name in account["login_by"].as_array().unwrap() {
            let text = |name: &str| account[name].as_str().unwrap().to_owned();
            open.push((text(name.as_str().unwrap()), text("password")));
        }
    }
    let closed = vec![("disabled_04".to_owned(), "disabled-04".to_owned())];
    // Warned of: a row of a deleted user, and two accounts with one address.
    let (from, status) = ("frp/dump.sql", 11);
    Deployment { dialect: "frp", from, pictures: None, mapping: None, accounts: 12, status, open, closed }
}

/// The three made-up sites. Each form that a page may send opens what `accounts.json` says, and nothing else.
fn php(from: &'static str, variant: &str, accounts_of_it: usize, status: i32) -> Deployment {
    let list = accounts("php/accounts.json");
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for account in list[variant].as_array().unwrap() {
        // Digests first: a plain text that was seen opens the other forms as well.
        for form in ["md5", "user_md5", "self_md5", "obfuscated"] {
            let Some(wire) = account["wire"][form].as_str() else { continue };
            let sent = if form == "obfuscated" { account["password"].as_str().unwrap() } else { wire };
            let known = (account["username"].as_str().unwrap().to_owned(), sent.to_owned());
            if account["expect"]["login"][form] == true { open.push(known) } else { closed.push(known) }
        }
    }
    let mapping = Some(std::fs::read_to_string(data(&format!("php/{variant}.toml"))).unwrap());
    Deployment { dialect: "php", from, pictures: None, mapping, accounts: accounts_of_it, status, open, closed }
}

pub fn php_a() -> Deployment {
    php("php/variant_a.sql", "variant_a", 10, 11)
}

pub fn php_b() -> Deployment {
    php("php/variant_b.sql", "variant_b", 9, 0)
}

pub fn php_c() -> Deployment {
    php("php/variant_c.sql", "variant_c", 10, 11)
}

/// The example of `docs/jsonl-source.md`, into the names of any dialect.
fn jsonl(dialect: &'static str) -> Deployment {
    let login =
        |name: &str| if dialect == "v1" { format!("{}@example.org", name.replace('ë', "e")) } else { name.to_owned() };
    let known = |list: &[(&str, &str)]| {
        list.iter().map(|(name, password)| (login(&name.to_lowercase()), (*password).to_owned())).collect::<Vec<_>>()
    };
    let mut open = known(&[("ivy", "ivy's password"), ("max", "correct horse")]);
    open.push((if dialect == "v1" { login("zoë") } else { "Zoë".to_owned() }, "zoë's password".to_owned()));
    let closed = known(&[("bob", "bob's password"), ("nobody", ""), ("gone", "x"), ("max", "Correct horse")]);
    let from = "../../../../docs/examples/accounts.jsonl";
    Deployment { dialect, from, pictures: None, mapping: None, accounts: 6, status: 11, open, closed }
}

pub fn jsonl_frp() -> Deployment {
    jsonl("frp")
}

pub fn jsonl_medusa() -> Deployment {
    jsonl("medusa")
}

pub fn jsonl_php() -> Deployment {
    jsonl("php")
}

pub fn jsonl_v1() -> Deployment {
    jsonl("v1")
}

/// Accounts without a tunnel key are given one when they first log in: an undo finds them changed.
pub fn given_a_key_by_a_login(deployment: &Deployment) -> Vec<&'static str> {
    if deployment.dialect == "frp" { vec!["notoken_09"] } else { Vec::new() }
}
