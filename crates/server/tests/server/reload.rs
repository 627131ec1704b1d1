//! SIGHUP: what is taken anew, and that the process goes on.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};

struct Serving {
    child: Child,
    port: u16,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    fn start(folder: &Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_dragoman"))
            .current_dir(folder)
            .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, port }
    }

    fn hang_up(&self) {
        kill_process(Pid::from_child(&self.child), Signal::HUP).unwrap();
    }
}

/// Asks over HTTPS, trusting this certificate only; gives the beginning of the answer.
fn ask(port: u16, certificate: &rcgen::Certificate) -> Result<String, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = std::net::TcpStream::connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut stream = rustls::StreamOwned::new(connection, socket);
    std::io::Write::write_all(&mut stream, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_new_certificate_and_level_are_in_force_after_a_hang_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let certificate = || {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(path.join("chain.pem"), made.cert.pem()).unwrap();
        std::fs::write(path.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        made.cert
    };
    let settings = |level: &str| {
        let toml =
            format!("[server]\ntls_certificate = \"chain.pem\"\ntls_key = \"key.pem\"\n[log]\nlevel = \"{level}\"\n");
        std::fs::write(path.join("dragoman.toml"), toml).unwrap();
    };
    let log = || std::fs::read_to_string(path.join("log")).unwrap();
    settings("info");
    let first = certificate();
    let serving = Serving::start(path);
    until("it serves", || ask(serving.port, &first).is_ok_and(|answer| answer == "HTTP/1.1 200"));

    let second = certificate();
    serving.hang_up();
    until("the new certificate", || ask(serving.port, &second).is_ok());
    assert!(ask(serving.port, &first).is_err(), "the old certificate is gone");

    // A file in the middle of being written: everything stays.
    std::fs::write(path.join("key.pem"), "").unwrap();
    serving.hang_up();
    until("the complaint", || log().contains("not reloaded"));
    assert!(ask(serving.port, &second).is_ok());

    let third = certificate();
    settings("error");
    serving.hang_up();
    until("the third certificate", || ask(serving.port, &third).is_ok());
    std::thread::sleep(Duration::from_millis(300));
    let before = log().lines().filter(|line| line.contains("healthz")).count();
    assert!(before > 0, "requests were logged at level info");
    assert!(ask(serving.port, &third).is_ok());
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(log().lines().filter(|line| line.contains("healthz")).count(), before);
}

#[test]
fn the_file_with_the_first_password_goes_when_it_is_used_or_changed() {
    let run = |path: &Path, arguments: &[&str], input: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dragoman"))
            .current_dir(path)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path(), folder.path().join("data/first-administrator.txt"));
    let serving = Serving::start(path);
    until("the first start", || file.exists());
    std::thread::sleep(Duration::from_secs(4));
    let text = std::fs::read_to_string(&file).expect("not used, so it stays");
    let password = text.trim().rsplit(' ').next().unwrap().to_owned();
    let body = format!("{{\"username\":\"admin\",\"password\":\"{password}\"}}");
    let request = format!(
        "POST /proxy/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    let mut socket = std::net::TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    std::io::Write::write_all(&mut socket, request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    until("it was used", || !file.exists());
    drop(serving);

    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path(), folder.path().join("data/first-administrator.txt"));
    let serving = Serving::start(path);
    until("another first start", || file.exists());
    drop(serving);
    run(path, &["account", "show", "admin"], "");
    assert!(file.exists());
    run(path, &["account", "set-password", "admin", "--password-stdin"], "another password\n");
    assert!(!file.exists());
}
