//! A real browser, driven over WebDriver: a few HTTP calls, no more than the tests of the console need.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::exchange_held;

/// A browser with a profile of its own; both end with the value.
pub struct Browser {
    driver: Child,
    address: String,
    session: String,
    _profile: TempDir,
}

/// How WebDriver names the reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

impl Browser {
    /// Starts one; `None`, loudly, where there is none and none is required.
    pub fn start() -> Option<Self> {
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut driver) = started else {
            assert_ne!(std::env::var("DRAGOMAN_TEST_REQUIRE").as_deref(), Ok("all"), "chromedriver is required");
            eprintln!("SKIPPED: no chromedriver (Debian packages chromium, chromium-driver)");
            return None;
        };
        let told = BufReader::new(driver.stdout.take().expect("its output"));
        let line = told.lines().map_while(Result::ok).find(|line| line.contains("successfully on port"));
        let port: String = line.expect("a port").chars().filter(char::is_ascii_digit).collect();
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let address = format!("127.0.0.1:{port}");
        let session = call(&address, "POST", "/session", &capabilities(profile.path()));
        let session = session["sessionId"].as_str().expect("a session").to_owned();
        Some(Self { driver, address, session, _profile: profile })
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        call(&self.address, method, &format!("/session/{}{path}", self.session), body)
    }

    fn element(&self, css: &str) -> String {
        let found = self.command("POST", "/element", &json!({ "using": "css selector", "value": css }));
        let id = found[ELEMENT].as_str();
        id.unwrap_or_else(|| panic!("no {css} on {}:\n{}", self.url(), self.source())).to_owned()
    }

    /// Goes to a page.
    pub fn open(&self, url: &str) {
        self.command("POST", "/url", &json!({ "url": url }));
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.command("GET", "/url", &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// The page as it stands.
    pub fn source(&self) -> String {
        self.command("GET", "/source", &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// What is read in the first element that fits.
    pub fn text(&self, css: &str) -> String {
        let element = self.element(css);
        self.command("GET", &format!("/element/{element}/text"), &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// Clicks on the first element that fits, and waits for the page that it leads to.
    pub fn click(&self, css: &str) {
        let element = self.element(css);
        self.run("window.isLeft = true");
        self.command("POST", &format!("/element/{element}/click"), &json!({}));
        let is_there = json!({ "script": "return !window.isLeft && document.readyState === 'complete'", "args": [] });
        let path = format!("/session/{}/execute/sync", self.session);
        for _ in 0..200 {
            // Between two pages there is none to run it on.
            if attempt(&self.address, "POST", &path, &is_there) == Ok(Value::Bool(true)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{css} leads nowhere from {}", self.url());
    }

    /// Types into the first element that fits, in place of what is there.
    pub fn fill(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.command("POST", &format!("/element/{element}/clear"), &json!({}));
        self.command("POST", &format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// What a script gives back.
    pub fn run(&self, script: &str) -> Value {
        self.command("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What a script gives to the function that is its last argument.
    pub fn run_async(&self, script: &str) -> Value {
        self.command("POST", "/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Shows pages as on a screen of this size, in the dark or not.
    pub fn show_as(&self, width: u32, height: u32, dark: bool) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let scheme = json!({ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } });
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": [scheme] }));
    }

    /// The whole page as a picture, into a file.
    pub fn picture(&self, file: &Path) {
        let shown = self.devtools("Page.captureScreenshot", &json!({ "format": "png", "captureBeyondViewport": true }));
        use base64::Engine;
        let bytes = base64::engine::general_purpose::STANDARD.decode(shown["data"].as_str().expect("a picture"));
        std::fs::write(file, bytes.expect("base 64")).expect("a file");
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.command("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let end = format!("DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", self.session);
        let _ = exchange_held(&self.address, end.as_bytes());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn capabilities(profile: &Path) -> Value {
    let arguments = json!([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        format!("--user-data-dir={}", profile.display()),
    ]);
    json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args": arguments } } } })
}

/// The value of an answer; an error of the driver's ends the test.
fn call(address: &str, method: &str, path: &str, body: &Value) -> Value {
    attempt(address, method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
}

fn attempt(address: &str, method: &str, path: &str, body: &Value) -> Result<Value, String> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let answer = exchange_held(address, request.as_bytes()).expect("the driver answers");
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match told["value"]["error"].as_str() {
        Some(error) if error != "no such element" => Err(format!("{error}: {}", told["value"]["message"])),
        _ => Ok(told["value"].clone()),
    }
}
