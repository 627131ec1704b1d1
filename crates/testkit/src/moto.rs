//! moto, a server of S3's own requests in Python: where it is installed (`.ci/run` does), named by DRAGOMAN_TEST_MOTO or in the path.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::http::{RawAnswer, call, exchange};

/// moto looks at no signature, but whoever brings none is a stranger.
const SIGNED: (&str, &str) = (
    "Authorization",
    "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00",
);

/// One that is gone with the value.
pub struct Moto {
    child: Child,
    endpoint: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Moto {
    /// Starts one; `None`, loudly, where there is none and none is required.
    pub fn start() -> Option<Self> {
        let program = std::env::var("DRAGOMAN_TEST_MOTO").unwrap_or_else(|_| "moto_server".to_owned());
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port").port();
        let started = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = started else {
            assert_ne!(std::env::var("DRAGOMAN_TEST_REQUIRE").as_deref(), Ok("all"), "{program} is required");
            // Past the capture of the test's output: a skipped test is seen.
            let _ = writeln!(std::io::stderr(), "SKIPPED: {program} is not installed, so S3 was not tried with moto");
            return None;
        };
        let moto = Self { child, endpoint: format!("http://127.0.0.1:{port}") };
        let question = b"GET /moto-api/ HTTP/1.1\r\nHost: moto\r\nConnection: close\r\n\r\n";
        for _ in 0..300 {
            if exchange(&moto.endpoint, question).is_ok() {
                return Some(moto);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{program} does not answer");
    }

    /// `http://127.0.0.1:PORT`
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Makes a bucket, or puts an object.
    pub fn put(&self, path: &str, body: &str) {
        let answer = call(&self.endpoint, "PUT", path, &[SIGNED], body);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }

    /// An object, or the list of a bucket.
    pub fn get(&self, path: &str) -> RawAnswer {
        let answer = call(&self.endpoint, "GET", path, &[SIGNED], "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    /// The names of a bucket's objects, in order.
    pub fn names(&self, bucket: &str) -> Vec<String> {
        let listed = self.get(&format!("/{bucket}?list-type=2")).text();
        let names = listed.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
        names.map(str::to_owned).collect()
    }
}
