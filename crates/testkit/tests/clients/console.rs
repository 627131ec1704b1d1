//! The console in a real browser: an operator signs in, finds an account, locks it, and an old client is refused at once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use dragoman_accounts::{
    AccountNumber, Admission, Authority, NameMatching, NewPassword, Origin, Realm, Registration, Role,
    clock::{Clock, SystemClock},
    totp::code_at,
};
use dragoman_passwords::Secret;
use dragoman_testkit::{Backend, TestServer, browser::Browser, http::call};

pub(super) const PASSWORD: &str = "correct horse";

pub(super) fn realm() -> Realm {
    Realm {
        dialect: "operator",
        scope: "".into(),
        names: NameMatching::CaseBlind,
        admits: Admission::Everywhere,
        stateless_tokens: false,
        throttle: None,
    }
}

pub(super) fn account(server: &TestServer, name: &str, role: Role) -> AccountNumber {
    let registration = Registration {
        username: name.to_owned(),
        password: NewPassword::Plain(Secret::from(PASSWORD)),
        role,
        authority: Some(Authority::Operator),
        display_name: Some(format!("<script>alert('{name}')</script>")),
        bio: None,
        email: Some(dragoman_accounts::NewEmail { address: format!("{name}@example.com"), verified: true }),
        facet: None,
        origin: Origin::default(),
    };
    server.run(server.accounts().register(&realm(), registration)).unwrap()
}

pub(super) fn with_console() -> TestServer {
    TestServer::start(&Backend::Sqlite, &[("console.listen", "127.0.0.1:0")])
}

/// With something on every page: a report of a replay, and an old server that nobody answers for.
pub(super) fn with_everything(reports: &Path) -> TestServer {
    std::fs::write(reports.join("nightly.json"), REPORT).unwrap();
    std::fs::write(reports.join("other.json"), "[]").unwrap();
    let folder = reports.to_str().unwrap();
    let settings = [
        ("console.listen", "127.0.0.1:0"),
        ("console.reports", folder),
        ("usage.interval_seconds", "1"),
        ("proxy.upstream.url", "http://127.0.0.1:9/old"),
        ("proxy.upstream.mode", "logins"),
    ];
    TestServer::start(&Backend::Sqlite, &settings)
}

const REPORT: &str = r#"{"passed": 61, "failed": 1, "skipped": 1, "fixtures": [
    {"file": "frp/login.json", "title": "logs in", "outcome": "failed", "mismatches": [
        {"fixture": "frp/login.json", "step": 2, "step_name": "", "request": "POST /api/v2/users/login",
         "place": {"header": "content-type"}, "expected": "text/html <b>", "got": "application/json"}]},
    {"file": "frp/plan.json", "title": "shows its plan", "outcome": "skipped", "reason": "needs mail"}]}"#;

/// What an authenticator shows in so many seconds.
pub(super) fn code_in(secret: &str, seconds: u64) -> String {
    let secret: String = secret.split_whitespace().collect();
    code_at(&secret, SystemClock.now().plus(Duration::from_secs(seconds))).unwrap()
}

/// An old frp client logs in.
fn frp_logs_in(server: &TestServer, name: &str) -> bool {
    let body = format!("username={name}&password={}", PASSWORD.replace(' ', "+"));
    let head = "POST /frp/api/v2/users/login HTTP/1.1\nHost: {host}\nConnection: close\nContent-Type: application/x-www-form-urlencoded\nContent-Length: {length}";
    super::send(server, head, body.as_bytes()).text().contains("\"token\"")
}

/// Where pictures go that somebody wants to look at: `DRAGOMAN_TEST_PICTURES`, or nowhere.
fn keep(browser: &Browser, name: &str) {
    let Some(folder) = std::env::var_os("DRAGOMAN_TEST_PICTURES") else { return };
    for (width, height, form) in [(1280, 900, "wide"), (390, 844, "phone")] {
        for dark in [false, true] {
            browser.show_as(width, height, dark);
            let scheme = if dark { "dark" } else { "light" };
            browser.picture(&PathBuf::from(&folder).join(format!("{name}-{form}-{scheme}.png")));
        }
    }
    browser.show_as(1280, 900, false);
}

/// axe-core, if it can be had: then it finds nothing, in light and dark, wide and narrow.
fn examine(browser: &Browser, axe: Option<&str>, page: &str) {
    for (width, dark) in [(1280, false), (390, true)] {
        browser.show_as(width, 900, dark);
        let wider = browser.run("return document.documentElement.scrollWidth - window.innerWidth");
        assert!(wider.as_i64().unwrap() <= 0, "{page} is {wider} wider than a screen of {width}");
        let Some(axe) = axe else { continue };
        browser.run(axe);
        let found =
            browser.run_async("axe.run().then(arguments[0], error => arguments[0]({violations: [String(error)]}))");
        let violations = found["violations"].as_array().unwrap();
        assert!(
            violations.is_empty(),
            "{page} ({width}, dark: {dark}): {}",
            serde_json::to_string_pretty(violations).unwrap()
        );
    }
    browser.show_as(1280, 900, false);
}

fn axe() -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let npm = Command::new("npm")
        .args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@4"])
        .current_dir(folder.path())
        .output();
    match npm {
        Ok(done) if done.status.success() => {
            Some(std::fs::read_to_string(folder.path().join("node_modules/axe-core/axe.min.js")).unwrap())
        }
        _ => {
            eprintln!("SKIPPED: axe-core could not be installed; what it finds is not looked for");
            None
        }
    }
}

fn sign_in(browser: &Browser, console: &str, code: &str) {
    browser.open(&format!("{console}/"));
    assert!(browser.url().ends_with("/sign-in"), "{}", browser.url());
    browser.fill("input[name=name]", "root");
    browser.fill("input[name=password]", PASSWORD);
    browser.fill("input[name=code]", code);
    browser.click("main button");
}

#[test]
fn an_operator_locks_out_an_old_client_and_lets_it_in_again() {
    let Some(browser) = Browser::start() else { return };
    let reports = tempfile::tempdir().unwrap();
    let server = with_everything(reports.path());
    let console = server.console_url().unwrap();
    let axe = axe();
    account(&server, "root", Role::SuperAdministrator);
    let ann = account(&server, "ann", Role::User);
    assert!(frp_logs_in(&server, "ann"));

    // The first sign-in sets up the second factor.
    browser.show_as(1280, 900, false);
    browser.open(&console);
    keep(&browser, "sign-in");
    examine(&browser, axe.as_deref(), "sign-in");
    sign_in(&browser, &console, "");
    assert!(browser.url().ends_with("/set-up"), "{}", browser.source());
    keep(&browser, "set-up");
    examine(&browser, axe.as_deref(), "set-up");
    let secret = browser.text("#secret");
    browser.fill("input[name=code]", &code_in(&secret, 0));
    browser.click("main button");
    assert_eq!(browser.source().matches("<li><code>").count(), 10, "{}", browser.source());
    examine(&browser, axe.as_deref(), "recovery codes");
    browser.click("a.button");
    assert_eq!(browser.text("h1"), "Overview");
    examine(&browser, axe.as_deref(), "overview");

    // Signed out and in again, with the next code.
    browser.click("header button");
    sign_in(&browser, &console, "000000");
    assert!(browser.text(".failed").contains("wrong"));
    sign_in(&browser, &console, &code_in(&secret, 30));
    assert_eq!(browser.text("h1"), "Overview", "{}", browser.source());

    // Somebody guesses; the overview says at whose password.
    for guess in 0..6 {
        let body = format!("{{\"username\": \"ann\", \"password\": \"guess {guess}\"}}");
        call(server.url(), "POST", "/proxy/login", &[], &body);
    }
    browser.click("nav a[href='/']");
    let attacked = browser.text("section[aria-labelledby=attacks] tbody");
    assert!(attacked.contains("ann") && attacked.contains("127.0.0.1"), "{attacked}");
    examine(&browser, axe.as_deref(), "overview under attack");
    keep(&browser, "overview-under-attack");
    browser.click("section[aria-labelledby=attacks] tbody a");
    browser.click("#forget-failures");

    // Found, locked, refused at once, unlocked.
    browser.click("nav a[href='/accounts']");
    browser.fill("input[name=search]", "ANN@example.com");
    browser.click("form[role=search] button");
    examine(&browser, axe.as_deref(), "accounts");
    keep(&browser, "accounts");
    browser.click("tbody a");
    assert!(browser.url().ends_with(&format!("/accounts/{ann}")));
    assert!(browser.source().contains("&lt;script&gt;alert"), "what an account calls itself is text");
    examine(&browser, axe.as_deref(), "an account");
    browser.click("#lock");
    assert_eq!(browser.text(".done"), "Done.");
    assert!(!frp_logs_in(&server, "ann"));
    keep(&browser, "account");
    browser.click("#unlock");
    assert!(frp_logs_in(&server, "ann"));
    let history = browser.text("section:last-of-type table");
    assert!(history.contains("unlocked") && history.contains("console"), "{history}");
    keep(&browser, "account");

    // Chinese, and the other pages.
    browser.click(".language");
    assert_eq!(browser.text("h1"), "概览");
    keep(&browser, "overview-chinese");
    browser.click(".language");
    for page in ["imports", "mails", "old-servers", "usage", "audit", "reports"] {
        browser.click(&format!("nav a[href='/{page}']"));
        examine(&browser, axe.as_deref(), page);
        keep(&browser, page);
    }
    browser.click("tbody a");
    assert_eq!(browser.text("h1"), "nightly.json");
    examine(&browser, axe.as_deref(), "report");
    keep(&browser, "report");
    browser.click("nav a[href='/audit']");
    browser.fill("input[name=account]", "ann");
    browser.fill("input[name=action]", "locked");
    browser.click("form[role=search] button");
    assert!(browser.text("section:last-of-type tbody").contains("locked"), "{}", browser.source());
    browser.click("#verify");
    assert!(browser.text("#proof").contains("whole"), "{}", browser.source());
    examine(&browser, axe.as_deref(), "the chain");
    browser.click(".language");
    for page in ["old-servers", "usage", "audit", "reports"] {
        browser.open(&format!("{console}/{page}"));
        keep(&browser, &format!("{page}-chinese"));
    }
    browser.click(".language");
    browser.open(&format!("{console}/"));
    keep(&browser, "overview");

    // A form whose token is another's changes nothing.
    browser.open(&format!("{console}/accounts/{ann}"));
    browser.run("document.querySelectorAll('input[name=form]').forEach(field => field.value = '0'.repeat(64))");
    browser.click("#lock");
    assert!(browser.text("[role=alert]").contains("another session"), "{}", browser.source());
    assert!(frp_logs_in(&server, "ann"));

    // The database is gone: the page says so.
    server.run(server.accounts().close());
    browser.open(&format!("{console}/accounts/{ann}"));
    assert!(browser.text("[role=alert]").contains("database cannot be reached"), "{}", browser.source());
    keep(&browser, "database-away");
    let scraped = call(&console, "GET", "/metrics", &[], "");
    assert!(scraped.status == 200 && scraped.text().contains("dragoman_database_up 0"));
}
