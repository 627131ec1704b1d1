//! Thousands of bad requests from a seeded generator: it starts from the requests of a dialect's fixtures and breaks them
//! in types, sizes, encodings, headers, methods, paths and lengths.

use std::{fs, path::Path, thread};

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Map, Value};

use crate::{
    TestServer,
    http::{RawAnswer, exchange},
};

/// What a dialect's test tells the generator.
pub struct Assault<'a> {
    /// The dialect: its fixtures are the seeds, its prefix the place.
    pub dialect: &'a str,
    /// How many requests.
    pub requests: usize,
    /// The same seed makes the same requests.
    pub seed: u64,
    /// Header values that open doors, e.g. a live token: some requests carry them.
    pub credentials: Vec<(&'a str, String)>,
    /// Says what is wrong with an answer that is not of the dialect's own shape.
    pub is_own_shape: fn(&Sent, &RawAnswer) -> Result<(), String>,
}

/// The parts of a request a judgement may depend on.
pub struct Sent {
    /// The method, which may be an invented one.
    pub method: String,
    /// Path and query without the mount's prefix.
    pub target: String,
}

/// Growth of the process that is no leak: allocator slack after bodies of megabytes.
const GROWTH: usize = 200 * 1024 * 1024;
/// Requests at once, for a machine of two cores.
const AT_ONCE: usize = 4;

/// Sends the requests; panics with the first twenty answers that are wrong.
pub fn assault(server: &TestServer, assault: &Assault<'_>) {
    let seeds = seeds(assault.dialect);
    assert!(seeds.len() > 20, "the fixtures of {} give too few seeds", assault.dialect);
    let before = resident_bytes();
    let wrong: Vec<String> = thread::scope(|scope| {
        let parts: Vec<_> = (0..AT_ONCE)
            .map(|part| {
                scope.spawn({
                    let seeds = &seeds;
                    move || attack(server.url(), assault, seeds, part)
                })
            })
            .collect();
        parts.into_iter().flat_map(|part| part.join().expect("no panic")).collect()
    });
    assert!(wrong.is_empty(), "{} wrong answers, the first:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    let health = crate::http::call(server.url(), "GET", "/healthz", &[], "");
    assert_eq!(health.status, 200, "the server lives on");
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < GROWTH, "the process grew by {grown} bytes");
}

fn attack(url: &str, assault: &Assault<'_>, seeds: &[Seed], part: usize) -> Vec<String> {
    let mut random = StdRng::seed_from_u64(assault.seed.wrapping_add(part as u64));
    let mut wrong = Vec::new();
    for _ in 0..assault.requests / AT_ONCE {
        let request = broken(seeds.choose(&mut random).expect("there are seeds"), assault, &mut random);
        let sent = Sent { method: request.method.clone(), target: request.target.clone() };
        let bytes = request.bytes(&format!("/{}", assault.dialect));
        let judged = match exchange(url, &bytes) {
            // A body that ends early has no answer but the end of the connection.
            Err(_) if request.cut_short => Ok(()),
            Err(error) => Err(error.to_string()),
            Ok(answer) if answer.status >= 500 && answer.status != 503 => Err(format!("status {}", answer.status)),
            Ok(answer) => (assault.is_own_shape)(&sent, &answer).map_err(|reason| {
                format!("{reason}\n      answer: {} {:?} {}", answer.status, answer.headers, clip(&answer.text()))
            }),
        };
        if let Err(reason) = judged {
            wrong.push(format!(
                "  {} {}\n      {reason}\n      sent: {}",
                sent.method,
                clip(&sent.target),
                clip(&String::from_utf8_lossy(&bytes))
            ));
        }
    }
    wrong
}

fn clip(text: &str) -> String {
    text.chars().take(600).collect()
}

/// A good request to start from.
#[derive(Clone)]
struct Seed {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    json: Option<Map<String, Value>>,
}

fn seeds(dialect: &str) -> Vec<Seed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compat-fixtures").join(dialect);
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let mut seeds = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")) {
        let fixture: Value = serde_json::from_slice(&fs::read(file).expect("a fixture")).expect("JSON");
        for step in fixture["steps"].as_array().into_iter().flatten() {
            seeds.push(seed(&step["request"]));
        }
    }
    seeds
}

fn seed(request: &Value) -> Seed {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut headers: Vec<(String, Vec<u8>)> = request["headers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|header| (text(&header[0]), text(&header[1]).into_bytes()))
        .collect();
    let json = request["json"].as_object().cloned();
    let mut body = request["text"].as_str().map(|text| text.as_bytes().to_vec()).unwrap_or_default();
    if let Some(fields) = request["form"].as_array() {
        let fields: Vec<String> =
            fields.iter().map(|field| format!("{}={}", text(&field[0]), text(&field[1]))).collect();
        body = fields.join("&").into_bytes();
    }
    if let Some(parts) = request["multipart"].as_array() {
        headers.push(("Content-Type".to_owned(), b"multipart/form-data; boundary=b".to_vec()));
        for part in parts {
            let file = part["filename"].as_str().map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
            let content = text(&part["text"]);
            body.extend(
                format!(
                    "--b\r\nContent-Disposition: form-data; name=\"{}\"{file}\r\n\r\n{content}\r\n",
                    text(&part["name"])
                )
                .bytes(),
            );
        }
        body.extend(b"--b--\r\n");
    }
    Seed { method: text(&request["method"]), target: text(&request["path"]), headers, body, json }
}

/// A request that is about to be sent.
struct Request {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    /// Claims more bytes than it sends.
    cut_short: bool,
}

impl Request {
    fn bytes(&self, prefix: &str) -> Vec<u8> {
        let mut bytes =
            format!("{} {prefix}{} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n", self.method, self.target)
                .into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(name.bytes());
            bytes.extend(b": ");
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        let claimed = self.body.len() + if self.cut_short { 10 } else { 0 };
        bytes.extend(format!("Content-Length: {claimed}\r\n\r\n").bytes());
        bytes.extend(&self.body);
        bytes
    }
}

fn broken(seed: &Seed, assault: &Assault<'_>, random: &mut StdRng) -> Request {
    let mut seed = seed.clone();
    if random.random_ratio(2, 3) {
        for (name, value) in &assault.credentials {
            seed.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            seed.headers.push(((*name).to_owned(), value.clone().into_bytes()));
        }
    }
    for _ in 0..random.random_range(1..=2) {
        match random.random_range(0..7) {
            0..=2 => break_json(&mut seed, random),
            3 => break_header(&mut seed, random),
            4 => break_target(&mut seed, random),
            5 => {
                seed.method =
                    pick(random, &["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"])
                        .to_owned()
            }
            _ => {}
        }
    }
    let mut body = match &seed.json {
        Some(json) => serde_json::to_vec(json).expect("JSON"),
        None => seed.body,
    };
    let cut_short = break_body(&mut body, random);
    let target: String = seed.target.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect();
    Request { method: seed.method, target, headers: seed.headers, body, cut_short }
}

fn pick<'t>(random: &mut StdRng, texts: &[&'t str]) -> &'t str {
    texts.choose(random).copied().unwrap_or_default()
}

fn hostile_value(random: &mut StdRng) -> Value {
    match random.random_range(0..14) {
        0 => Value::Null,
        1 => Value::from(true),
        2 => Value::from(0),
        3 => Value::from(-1),
        4 => serde_json::from_str("1e400").unwrap_or(Value::Null),
        5 => serde_json::from_str("123456789012345678901234567890").expect("a number"),
        6 => Value::from(1.5),
        7 => Value::from(Vec::<Value>::new()),
        8 => Value::Object(Map::new()),
        9 => (0..100).fold(Value::Null, |inner, _| Value::from(vec![inner])),
        10 => Value::from("x".repeat(random.random_range(1..100_000))),
        11 => Value::from("a\u{0}b\u{feff}\u{202e}\u{10ffff}"),
        12 => Value::from("' OR 1=1; --"),
        _ => Value::from(""),
    }
}

fn break_json(seed: &mut Seed, random: &mut StdRng) {
    let Some(json) = &mut seed.json else { return };
    let names: Vec<String> = json.keys().cloned().collect();
    match (names.choose(random), random.random_range(0..5)) {
        (Some(name), 0) => {
            json.remove(name);
        }
        (Some(name), _) => {
            json.insert(name.clone(), hostile_value(random));
        }
        (None, _) => {
            json.insert("unknown".to_owned(), hostile_value(random));
        }
    }
}

fn break_header(seed: &mut Seed, random: &mut StdRng) {
    let name = pick(
        random,
        &[
            "Authorization",
            "Content-Type",
            "Cookie",
            "Origin",
            "token",
            "X-Forwarded-For",
            "Access-Control-Request-Method",
            "Accept-Encoding",
            "Content-Encoding",
        ],
    );
    let value: Vec<u8> = match random.random_range(0..7) {
        0 => Vec::new(),
        1 => b"a".repeat(random.random_range(1..8_000)),
        2 => vec![0xff, 0xfe, 0x80],
        3 => pick(
            random,
            &[
                "text/plain",
                "multipart/form-data",
                "multipart/form-data; boundary=",
                "application/json; charset=utf-16",
                "application/x-www-form-urlencoded",
            ],
        )
        .into(),
        4 => b"Bearer eyJhbGciOiJub25lIn0.e30.".to_vec(),
        5 => b"PHPSESSID=../../etc/passwd; a=b; ;;=".to_vec(),
        _ => b"999.999.999.999, ::1, gzip".to_vec(),
    };
    if random.random_ratio(1, 2) {
        seed.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }
    seed.headers.push((name.to_owned(), value));
}

fn break_target(seed: &mut Seed, random: &mut StdRng) {
    let tail = match random.random_range(0..9) {
        0 => "/".to_owned(),
        1 => "%00".to_owned(),
        2 => "%ff%fe".to_owned(),
        3 => "/../../etc/passwd".to_owned(),
        4 => "?a=%zz&b[]=1&&==&uid=-1&page=1e9&page_size=-5".to_owned(),
        5 => format!("?q={}", "x".repeat(random.random_range(1..20_000))),
        6 => "/%2e%2e/%2f".to_owned(),
        7 => "?email=%F0%28%8C%28&keyword=%00&token=|&username=%2B".to_owned(),
        _ => "//".to_owned(),
    };
    seed.target.push_str(&tail);
}

/// Gives whether the body now is shorter than it claims.
fn break_body(body: &mut Vec<u8>, random: &mut StdRng) -> bool {
    match random.random_range(0..20) {
        0 if !body.is_empty() => {
            body.truncate(random.random_range(0..body.len()));
            false
        }
        1 if !body.is_empty() => {
            let at = random.random_range(0..body.len());
            body[at] = random.next_u32().to_le_bytes()[0];
            false
        }
        2 => {
            body.extend(b"\xff\xfe trailing");
            false
        }
        3 => {
            *body = b"[".repeat(random.random_range(1..50_000));
            false
        }
        4 => {
            *body = (0..random.random_range(1..2_000)).flat_map(|n| format!("f{n}=%zz&").into_bytes()).collect();
            false
        }
        5 => {
            body.splice(0..0, *b"\xef\xbb\xbf");
            false
        }
        6 if random.random_ratio(1, 10) => {
            body.extend(b" ".repeat(2 * 1024 * 1024));
            false
        }
        7 => true,
        _ => false,
    }
}

/// What the process holds in memory; 0 where the system does not tell.
fn resident_bytes() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}
