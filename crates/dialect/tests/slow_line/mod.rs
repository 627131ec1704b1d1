//! A line to a server that carries so many bytes a second, or none.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A running line; it ends with the test's runtime.
pub struct SlowLine {
    pub endpoint: String,
}

impl SlowLine {
    /// `None`: connections are accepted, and nothing is read from them.
    pub async fn start(to: &str, bytes_a_second: Option<usize>) -> Self {
        let server = to.strip_prefix("http://").unwrap().to_owned();
        let socket = TcpSocket::new_v4().unwrap();
        // So that what is under way is not hidden in a buffer.
        socket.set_recv_buffer_size(32 * 1024).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(16).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), bytes_a_second));
            }
        });
        Self { endpoint }
    }
}

async fn carry(client: TcpStream, server: String, bytes_a_second: Option<usize>) -> std::io::Result<()> {
    let Some(rate) = bytes_a_second else {
        tokio::time::sleep(Duration::from_secs(600)).await;
        return Ok(());
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut piece = vec![0; rate / 20];
    loop {
        let length = from_client.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        to_server.write_all(&piece[..length]).await?;
        tokio::time::sleep(Duration::from_secs_f64(length as f64 / rate as f64)).await;
    }
}
