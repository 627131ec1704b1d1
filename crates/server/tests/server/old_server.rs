//! An old server of a few bytes: it takes connections, reads requests as they stand, and answers what a test says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What to do with one request, of which the head has been read.
#[derive(Clone)]
pub enum Script {
    /// Reads a body of so many bytes, then says this, and goes on.
    Answers(usize, Vec<u8>),
    /// Says this at once, and hangs up.
    HangsUp(Vec<u8>),
    /// Says this, then sends back whatever comes.
    Echoes(Vec<u8>),
    /// Says nothing.
    Silent,
}

pub struct OldServer {
    pub address: SocketAddr,
    /// The bytes of each connection.
    pub heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl OldServer {
    /// One that follows one script after another, the last for ever.
    pub async fn start(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, heard) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Vec<u8>>>>::default());
        let (hearing, scripts) = (Arc::clone(&heard), Arc::new(Mutex::new(scripts)));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let index = {
                    let mut heard = hearing.lock().unwrap();
                    heard.push(Vec::new());
                    heard.len() - 1
                };
                tokio::spawn(serve(socket, Arc::clone(&scripts), Arc::clone(&hearing), index));
            }
        });
        Self { address, heard }
    }

    pub async fn answering(answer: &str) -> Self {
        Self::start(vec![Script::Answers(0, answer.as_bytes().to_vec())]).await
    }

    /// The section of a mount in front of it.
    pub fn section(&self, dialect: &str) -> String {
        format!("[{dialect}.upstream]\nurl = \"http://{}\"\ntime_out_seconds = 1\npass_through = true\n", self.address)
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }
}

async fn serve(
    mut socket: TcpStream,
    scripts: Arc<Mutex<Vec<Script>>>,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    index: usize,
) -> Option<()> {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            read(&mut socket, &mut buffer, &heard, index).await?;
        };
        buffer.drain(..end);
        let script = {
            let mut scripts = scripts.lock().unwrap();
            if scripts.len() > 1 { scripts.remove(0) } else { scripts[0].clone() }
        };
        match script {
            Script::Answers(body, answer) => {
                while buffer.len() < body {
                    read(&mut socket, &mut buffer, &heard, index).await?;
                }
                buffer.drain(..body);
                socket.write_all(&answer).await.ok()?;
            }
            Script::HangsUp(answer) => return socket.write_all(&answer).await.ok(),
            Script::Echoes(answer) => {
                socket.write_all(&answer).await.ok()?;
                loop {
                    socket.write_all(&buffer).await.ok()?;
                    buffer.clear();
                    read(&mut socket, &mut buffer, &heard, index).await?;
                }
            }
            Script::Silent => while read(&mut socket, &mut buffer, &heard, index).await.is_some() {},
        }
    }
}

async fn read(socket: &mut TcpStream, buffer: &mut Vec<u8>, heard: &Mutex<Vec<Vec<u8>>>, index: usize) -> Option<()> {
    let mut piece = vec![0; 65_536];
    let read = socket.read(&mut piece).await.ok().filter(|read| *read > 0)?;
    let mut heard = heard.lock().unwrap();
    // Long bodies are counted, not kept.
    if heard[index].len() < 1 << 16 {
        heard[index].extend_from_slice(&piece[..read]);
    }
    buffer.extend_from_slice(&piece[..read]);
    Some(())
}
