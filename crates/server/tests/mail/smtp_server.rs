//! A small SMTP server: EHLO, AUTH PLAIN, STARTTLS, MAIL, RCPT, DATA, RSET, NOOP, QUIT. What it answers to a recipient is
//! written in the recipient's local part.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

/// A message that was accepted, or would have been but for a torn connection.
#[derive(Clone)]
pub struct Received {
    pub from: String,
    pub to: String,
    /// The bytes after DATA, dots unstuffed.
    pub data: Vec<u8>,
    pub encrypted: bool,
    pub user: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    None,
    StartTls,
    Implicit,
}

/// Its authority's certificate as PEM, and the way to accept with it.
struct Certificate {
    pem: String,
    acceptor: TlsAcceptor,
}

struct Shared {
    encryption: Encryption,
    certificate: Certificate,
    /// `user`, `password`: must be given before MAIL.
    login: Option<(&'static str, &'static str)>,
    received: Mutex<Vec<Received>>,
    /// How often each recipient was tried.
    tries: Mutex<HashMap<String, u32>>,
    /// Connections that came.
    connections: Mutex<u32>,
}

pub struct SmtpServer {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl SmtpServer {
    pub async fn start() -> Self {
        Self::start_with(Encryption::None, None).await
    }

    pub async fn start_with(encryption: Encryption, login: Option<(&'static str, &'static str)>) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), encryption, login).await
    }

    pub async fn start_at(
        address: SocketAddr,
        encryption: Encryption,
        login: Option<(&'static str, &'static str)>,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            encryption,
            certificate: certificate(),
            login,
            received: Mutex::default(),
            tries: Mutex::default(),
            connections: Mutex::default(),
        });
        let accepting = tokio::spawn({
            let shared = shared.clone();
            async move {
                while let Ok((socket, _)) = listener.accept().await {
                    *shared.connections.lock().unwrap() += 1;
                    // A client that hangs up in the middle is no failure of the test.
                    tokio::spawn(serve(socket, shared.clone()));
                }
            }
        });
        Self { address, shared, accepting }
    }

    pub fn ca_pem(&self) -> &str {
        &self.shared.certificate.pem
    }

    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    pub fn connections(&self) -> u32 {
        *self.shared.connections.lock().unwrap()
    }

    pub fn tries(&self, recipient: &str) -> u32 {
        self.shared.tries.lock().unwrap().get(recipient).copied().unwrap_or(0)
    }

    /// Waits until this many messages have come, for half a minute at most.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        for _ in 0..600 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("{} of {count} messages came", self.received().len());
    }
}

fn certificate() -> Certificate {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    Certificate { pem: made.cert.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) }
}

async fn serve(socket: TcpStream, shared: Arc<Shared>) -> std::io::Result<()> {
    if shared.encryption == Encryption::Implicit {
        let secured = shared.certificate.acceptor.accept(socket).await?;
        Conversation::new(secured, &shared, true).run(true).await?;
        return Ok(());
    }
    let mut conversation = Conversation::new(socket, &shared, false);
    if conversation.run(true).await? == End::StartTls {
        let secured = shared.certificate.acceptor.accept(conversation.stream.into_inner()).await?;
        Conversation::new(secured, &shared, true).run(false).await?;
    }
    Ok(())
}

#[derive(PartialEq, Eq)]
enum End {
    Quit,
    StartTls,
}

struct Conversation<'a, S> {
    stream: BufReader<S>,
    shared: &'a Shared,
    encrypted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Conversation<'a, S> {
    fn new(stream: S, shared: &'a Shared, encrypted: bool) -> Self {
        Self { stream: BufReader::new(stream), shared, encrypted, user: None, from: None, to: None }
    }

    async fn run(&mut self, greet: bool) -> std::io::Result<End> {
        if greet {
            self.say("220 test ESMTP").await?;
        }
        while let Some(line) = self.line().await? {
            let line = String::from_utf8_lossy(&line).into_owned();
            let (command, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match command.to_ascii_uppercase().as_str() {
                "EHLO" => self.hello().await?,
                "STARTTLS" if self.shared.encryption == Encryption::StartTls && !self.encrypted => {
                    self.say("220 go ahead").await?;
                    return Ok(End::StartTls);
                }
                "AUTH" => self.authenticate(rest).await?,
                "MAIL" if self.shared.login.is_some() && self.user.is_none() => {
                    self.say("530 5.7.0 Authentication required").await?;
                }
                "MAIL" => {
                    self.from = address(rest);
                    self.say("250 ok").await?;
                }
                "RCPT" => self.recipient(rest).await?,
                "DATA" if self.to.is_some() => {
                    self.say("354 end with a dot").await?;
                    if !self.data().await? {
                        return Ok(End::Quit);
                    }
                }
                "RSET" | "NOOP" => self.say("250 ok").await?,
                "QUIT" => {
                    if self.to.take().is_some_and(|to| to.starts_with("long-goodbye")) {
                        sleep(Duration::from_secs(600)).await;
                    }
                    self.say("221 bye").await?;
                    return Ok(End::Quit);
                }
                _ => self.say("503 5.5.1 not now").await?,
            }
        }
        Ok(End::Quit)
    }

    async fn hello(&mut self) -> std::io::Result<()> {
        self.say("250-test").await?;
        if self.shared.encryption == Encryption::StartTls && !self.encrypted {
            self.say("250-STARTTLS").await?;
        } else if self.shared.login.is_some() {
            self.say("250-AUTH PLAIN").await?;
        }
        self.say("250 8BITMIME").await
    }

    async fn authenticate(&mut self, rest: &str) -> std::io::Result<()> {
        let given = rest.strip_prefix("PLAIN ").and_then(|given| STANDARD.decode(given).ok()).unwrap_or_default();
        let expected = self.shared.login.map(|(user, password)| format!("\0{user}\0{password}").into_bytes());
        if Some(given) == expected {
            self.user = self.shared.login.map(|(user, _)| user.to_owned());
            self.say("235 welcome").await
        } else {
            self.say("535 5.7.8 Authentication credentials invalid").await
        }
    }

    async fn recipient(&mut self, rest: &str) -> std::io::Result<()> {
        let to = address(rest).unwrap_or_default();
        let tries = {
            let mut tries = self.shared.tries.lock().unwrap();
            let tries = tries.entry(to.clone()).or_default();
            *tries += 1;
            *tries
        };
        if to.starts_with("slow") {
            sleep(Duration::from_secs(2)).await;
        }
        let later = to.strip_prefix("later-").and_then(|rest| rest.split('@').next()?.parse::<u32>().ok());
        if to.starts_with("nobody") {
            return self.say(&format!("550 5.1.1 <{to}>: Recipient address rejected: User unknown")).await;
        }
        if later.is_some_and(|later| tries <= later) {
            return self.say("451 4.7.1 Greylisted, come back later").await;
        }
        self.to = Some(to);
        self.say("250 ok").await
    }

    /// `false`: the connection was torn.
    async fn data(&mut self) -> std::io::Result<bool> {
        let mut data = Vec::new();
        loop {
            let Some(line) = self.line().await? else { return Ok(false) };
            if line == b"." {
                break;
            }
            data.extend(line.strip_prefix(b".").unwrap_or(&line));
            data.extend(b"\r\n");
        }
        let to = self.to.clone().unwrap_or_default();
        let from = self.from.clone().unwrap_or_default();
        let torn = to.starts_with("torn") && self.shared.tries.lock().unwrap().get(&to) == Some(&1);
        let received = Received { from, to, data, encrypted: self.encrypted, user: self.user.clone() };
        self.shared.received.lock().unwrap().push(received);
        if torn {
            return Ok(false);
        }
        self.say("250 accepted").await?;
        Ok(true)
    }

    /// One line without its end, at most 1,000 bytes (RFC 5321, 4.5.3.1.6); `None` at the end of the stream.
    async fn line(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        assert!(line.ends_with(b"\r\n") && line.len() <= 1_000, "{:?}", String::from_utf8_lossy(&line));
        line.truncate(line.len() - 2);
        Ok(Some(line))
    }

    async fn say(&mut self, text: &str) -> std::io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }
}

/// `FROM:<a@b> BODY=...` and `TO:<a@b>`.
fn address(rest: &str) -> Option<String> {
    Some(rest.split_once('<')?.1.split_once('>')?.0.to_owned())
}
