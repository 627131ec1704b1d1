//! The console without a browser: who gets in, what a form needs, what is never shown.

use dragoman_accounts::{AccountNumber, Origin, Role};
use dragoman_testkit::{
    TestServer,
    http::{RawAnswer, exchange},
};

use super::console::{PASSWORD, account, code_in, with_console, with_everything};

/// Somebody with cookies.
struct Visitor {
    console: String,
    cookies: Vec<(String, String)>,
}

impl Visitor {
    fn new(server: &TestServer) -> Self {
        Self { console: server.console_url().unwrap(), cookies: Vec::new() }
    }

    fn ask(&mut self, method: &str, path: &str, form: &[(&str, &str)]) -> RawAnswer {
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (body, cookies) = (body.join("&"), cookies.join("; "));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nCookie: {cookies}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = exchange(&self.console, request.as_bytes()).unwrap();
        for (_, set) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        answer
    }

    fn get(&mut self, path: &str) -> RawAnswer {
        self.ask("GET", path, &[])
    }

    /// The token of the forms on a page.
    fn form(&mut self, path: &str) -> String {
        let page = self.get(path).text();
        let (_, rest) = page.split_once("name=\"form\" value=\"").unwrap_or_else(|| panic!("no form: {page}"));
        rest.split('"').next().unwrap().to_owned()
    }

    fn sign_in(&mut self, name: &str, password: &str, code: &str) -> RawAnswer {
        let form = self.form("/sign-in");
        self.ask("POST", "/sign-in", &[("form", &form), ("name", name), ("password", password), ("code", code)])
    }

    /// Signs in for the first time; gives the secret.
    fn set_up(&mut self, name: &str) -> String {
        assert_eq!(self.sign_in(name, PASSWORD, "").header("location"), Some("/set-up"));
        let page = self.get("/set-up").text();
        let secret = page.split("id=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let form = self.form("/set-up");
        let done = self.ask("POST", "/set-up", &[("form", &form), ("code", &code_in(&secret, 0))]);
        assert_eq!(done.status, 200, "{}", done.text());
        secret
    }

    fn act(&mut self, number: AccountNumber, act: &str, fields: &[(&str, &str)]) -> RawAnswer {
        let form = self.form(&format!("/accounts/{number}"));
        let fields: Vec<(&str, &str)> = [("form", form.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.ask("POST", &format!("/accounts/{number}/{act}"), &fields)
    }
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn nothing_is_shown_to_who_is_not_signed_in() {
    let server = with_console();
    account(&server, "root", Role::SuperAdministrator);
    account(&server, "helper", Role::Administrator);
    let mut visitor = Visitor::new(&server);
    for page in [
        "/",
        "/accounts",
        "/accounts/1",
        "/imports",
        "/mails",
        "/set-up",
        "/old-servers",
        "/usage",
        "/audit",
        "/reports",
        "/reports/x.json",
    ] {
        let answer = visitor.get(page);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/sign-in")), "{page}");
        assert!(answer.body.is_empty());
    }
    for post in ["/accounts/1/lock", "/mails/x/revive", "/audit/verify", "/sign-out"] {
        assert_eq!(visitor.ask("POST", post, &[("form", "x")]).status, 303, "{post}");
    }
    let page = visitor.get("/sign-in");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.text().contains("<script") && !page.text().contains("style=") && !page.text().contains("http"));
    // Whether it was name, password or role is not told.
    let refusals: Vec<RawAnswer> = [("nobody", PASSWORD), ("root", "wrong"), ("helper", PASSWORD)]
        .map(|(name, password)| visitor.sign_in(name, password, ""))
        .into();
    for refused in refusals {
        assert_eq!(refused.status, 403);
        assert!(refused.text().contains("Name, password or code is wrong"), "{}", refused.text());
    }
    let forged = visitor.ask("POST", "/sign-in", &[("form", "x"), ("name", "root"), ("password", PASSWORD)]);
    assert!(forged.status == 403 && forged.text().contains("another session"));
    for bad in ["/accounts/x", "/nowhere", "/accounts/99999999999999999999"] {
        assert!([303, 404].contains(&visitor.get(bad).status), "{bad}");
    }
}

#[test]
fn what_cannot_be_undone_needs_the_password_again_and_all_is_recorded() {
    let server = with_console();
    account(&server, "root", Role::SuperAdministrator);
    let ann = account(&server, "ann", Role::User);
    let mut root = Visitor::new(&server);
    root.set_up("root");
    for (act, fields) in
        [("role", ("value", "administrator")), ("email", ("value", "new@example.com")), ("password", ("x", "y"))]
    {
        let refused = root.act(ann, act, &[fields, ("password", "wrong")]);
        assert_eq!(refused.status, 403, "{act}: {}", refused.text());
        let done = root.act(ann, act, &[fields, ("password", PASSWORD)]);
        assert!([200, 303].contains(&done.status), "{act}: {}", done.text());
    }
    assert_eq!(root.act(ann, "rename", &[("value", "anna")]).status, 303);
    assert_eq!(root.act(ann, "end-sessions", &[]).status, 303);
    assert_eq!(root.act(ann, "rename", &[("value", "root")]).status, 409);
    assert_eq!(root.act(ann, "rename", &[("value", " ")]).status, 400);
    assert_eq!(root.act(ann, "role", &[("value", "emperor"), ("password", PASSWORD)]).status, 400);
    assert_eq!(root.act(ann, "invented", &[]).status, 404);
    let history = server.run(server.accounts().audit_of(ann)).unwrap();
    let actions: Vec<&str> = history.iter().rev().map(|record| record.action.as_str()).collect();
    assert_eq!(
        actions,
        ["registered", "role changed", "address changed", "password changed", "renamed", "sessions ended"]
    );
    assert!(history.iter().rev().skip(1).all(|record| record.dialect == "console" && record.network.is_some()));
    let page = root.get(&format!("/accounts/{ann}")).text();
    assert!(page.contains("anna") && page.contains("new@example.com") && !page.contains("$2"), "{page}");
    // The last super administrator stays; a lock ends the session at once.
    let number = AccountNumber(1);
    assert_eq!(root.act(number, "lock", &[]).status, 409);
    account(&server, "second", Role::SuperAdministrator);
    assert_eq!(root.act(number, "lock", &[]).status, 303);
    assert_eq!(root.get("/").status, 303);
}

#[test]
fn a_form_of_one_session_is_worth_nothing_in_another() {
    let server = with_console();
    let ann = account(&server, "ann", Role::User);
    for name in ["one", "two"] {
        account(&server, name, Role::SuperAdministrator);
    }
    let (mut one, mut two) = (Visitor::new(&server), Visitor::new(&server));
    one.set_up("one");
    let secret = two.set_up("two");
    let stolen = two.form(&format!("/accounts/{ann}"));
    let forged = one.ask("POST", &format!("/accounts/{ann}/lock"), &[("form", &stolen)]);
    assert!(forged.status == 403 && forged.text().contains("another session"));
    let without = one.ask("POST", &format!("/accounts/{ann}/lock"), &[]);
    assert_eq!(without.status, 400);
    let form = two.form("/");
    assert_eq!(two.ask("POST", "/sign-out", &[("form", &form)]).header("location"), Some("/sign-in"));
    assert_eq!(two.get("/").status, 303, "the session is over, not only its cookie");
    // The code that set it up is spent; the next one is not.
    assert_eq!(two.sign_in("two", PASSWORD, &code_in(&secret, 0)).status, 403);
    assert_eq!(two.sign_in("two@example.com", PASSWORD, &code_in(&secret, 30)).header("location"), Some("/"));
}

#[test]
fn sessions_end_by_rest_and_by_age() {
    use dragoman_testkit::http::call;
    let server = with_console();
    account(&server, "root", Role::SuperAdministrator);
    let mut root = Visitor::new(&server);
    root.set_up("root");
    let advance = |seconds: u32| {
        let body = format!("{{\"advance\": {seconds}}}");
        let moved = call(server.url(), "POST", "/_testing/clock", &[], &body);
        assert!(moved.status < 300, "{} {}", moved.status, moved.text());
    };
    for _ in 0..3 {
        advance(14 * 60);
        assert_eq!(root.get("/").status, 200, "whoever works stays");
    }
    advance(16 * 60);
    assert_eq!(root.get("/").status, 303, "whoever rests goes");
    account(&server, "other", Role::SuperAdministrator);
    let mut other = Visitor::new(&server);
    assert_eq!(other.sign_in("other", PASSWORD, "").header("location"), Some("/set-up"));
    advance(16 * 60);
    assert_eq!(other.get("/set-up").status, 303);
}

#[test]
fn accounts_are_found_by_their_beginnings_page_by_page() {
    let server = with_console();
    account(&server, "root", Role::SuperAdministrator);
    let mut root = Visitor::new(&server);
    root.set_up("root");
    for number in 0..40 {
        account(&server, &format!("Nina{number:02}"), Role::User);
    }
    let first = root.get("/accounts?search=nINA").text();
    assert!(first.contains(">Nina00<") && first.contains(">Nina24<") && !first.contains(">root<"), "{first}");
    // A name and an address each: fifty of them are on a page, an account once there.
    let (_, rest) = first.split_once("&amp;after=").expect("a next page");
    let place = rest.split('"').next().unwrap();
    let second = root.get(&format!("/accounts?search=nINA&after={place}")).text();
    assert!(second.contains(">Nina39<") && !second.contains(">Nina00<"), "{second}");
    assert!(root.get("/accounts?search=nina39@EX").text().contains(">Nina39<"));
    assert!(root.get("/accounts?search=ina").text().contains("id=\"nothing\""));
    for odd in ["/accounts?search=n&after=%00", "/accounts?after=x", "/accounts?after=-5", "/accounts?search=%25"] {
        assert_eq!(root.get(odd).status, 200, "{odd}");
    }
}

#[test]
fn the_audit_is_shown_filtered_and_proven() {
    let server = with_console();
    account(&server, "root", Role::SuperAdministrator);
    let ann = account(&server, "ann", Role::User);
    let mut root = Visitor::new(&server);
    root.set_up("root");
    root.act(ann, "lock", &[]);
    root.act(ann, "unlock", &[]);
    let rows = |page: String| page.matches("<tr><td>").count();
    assert_eq!(rows(root.get("/audit?account=ann&action=locked").text()), 1);
    assert_eq!(rows(root.get("/audit?account=ann@example.com&actor=root").text()), 2);
    assert_eq!(rows(root.get(&format!("/audit?account={ann}&until=1999-12-31")).text()), 0);
    assert_eq!(rows(root.get(&format!("/audit?account={ann}&since=1999-12-31")).text()), 3);
    assert_eq!(root.get("/audit?account=nobody").status, 404);
    for odd in ["/audit?since=tomorrow", "/audit?before=x", "/audit?until=9999999"] {
        assert_eq!(root.get(odd).status, 400, "{odd}");
    }
    for number in 0..60 {
        let detail = format!("<b>{number}");
        server.run(server.accounts().record_act("tried", Origin::at("here"), Some(&detail))).unwrap();
    }
    let first = root.get("/audit?action=tried").text();
    assert_eq!(rows(first.clone()), 50);
    assert!(!first.contains("<b>") && first.contains("b&#62;59"), "{first}");
    let (_, rest) = first.rsplit_once("before=").unwrap();
    let second = root.get(&format!("/audit?action=tried&before={}", rest.split('"').next().unwrap())).text();
    assert_eq!(rows(second), 10);

    let form = root.form("/audit");
    assert_eq!(root.ask("POST", "/audit/verify", &[("form", "x")]).status, 403);
    let proven = root.ask("POST", "/audit/verify", &[("form", &form)]).text();
    assert!(proven.contains("The chain is whole"), "{proven}");
}

#[test]
fn calls_old_servers_and_replays_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let server = with_everything(folder.path());
    account(&server, "root", Role::SuperAdministrator);
    let mut root = Visitor::new(&server);
    root.set_up("root");
    let request =
        "GET /frp/api/v2/users/login HTTP/1.1\r\nHost: test\r\nUser-Agent: okhttp/3.12\r\nConnection: close\r\n\r\n";
    exchange(server.url(), request.as_bytes()).unwrap();
    let shown = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        Some(root.get("/usage").text()).filter(|page| page.contains("okhttp/3.12"))
    });
    let page = shown.expect("the call is counted");
    assert!(page.contains("/api/v2/users/login"), "{page}");
    assert_eq!(page.matches("Nobody called it").count(), 4, "{page}");

    let page = root.get("/old-servers").text();
    assert!(page.contains("127.0.0.1:9") && page.contains("it is asked"), "{page}");

    let page = root.get("/reports").text();
    assert!(page.contains("nightly.json") && page.contains("<strong>1</strong>") && page.contains("cannot be read"));
    let page = root.get("/reports/nightly.json").text();
    assert!(page.contains("content-type") && !page.contains("<b>") && page.contains("needs mail"), "{page}");
    for nothing in ["/reports/other.json", "/reports/..%2fnightly.json", "/reports/%00.json", "/reports/x"] {
        assert_eq!(root.get(nothing).status, 404, "{nothing}");
    }
}
