//! What answers elsewhere: the picture store, the mail server; and the port that is wanted here.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Finding;
use crate::{
    config::{MailSecurity, MailSettings, MailTransport, Settings},
    process::picture_store,
};

/// For a greeting.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn port(listen: SocketAddr) -> Finding {
    match TcpListener::bind(listen) {
        Ok(_) => Finding::good("port", format!("{listen} is free")),
        Err(error) => Finding::doubtful(
            "port",
            format!("{listen}: {error}"),
            "fine while dragoman serves there; else find out who does",
        ),
    }
}

pub(super) async fn pictures(settings: &Settings) -> Finding {
    let place = settings.pictures.url.as_deref().filter(|url| url.starts_with("s3://"));
    let Some(url) = place else { return Finding::good("pictures", "in a folder") };
    let looked = match picture_store(settings) {
        Ok(store) => store.look().await,
        Err(error) => Err(error.to_string()),
    };
    match looked {
        Ok(()) => Finding::good("pictures", format!("{url} can be read")),
        Err(reason) => Finding::broken("pictures", reason, "look at the bucket, the endpoint and the key's rights"),
    }
}

pub(super) async fn mail(settings: &MailSettings) -> Finding {
    let Some(host) = settings.host.as_deref().filter(|_| settings.transport == MailTransport::Smtp) else {
        let found = format!("written to {}, not sent", settings.folder.display());
        return Finding::doubtful("mail", found, "set mail.transport = \"smtp\" and the server, or nobody gets a code");
    };
    let (tls, default_port) = match settings.security {
        MailSecurity::Tls => (true, 465),
        MailSecurity::StartTls => (false, 587),
        MailSecurity::None => (false, 25),
    };
    let port = settings.port.unwrap_or(default_port);
    let advice = "look at mail.host, mail.port, mail.security and the firewall";
    match timeout(PATIENCE, greeting(host, port, tls)).await {
        Ok(Ok(line)) if tls || line.starts_with("220") => Finding::good("mail", format!("{host}:{port} says {line}")),
        Ok(Ok(line)) => Finding::broken("mail", format!("{host}:{port} says {line:?}"), advice),
        Ok(Err(error)) => Finding::broken("mail", format!("{host}:{port}: {error}"), advice),
        Err(_) => Finding::broken("mail", format!("{host}:{port} says nothing"), advice),
    }
}

/// The first line; where TLS comes first, that it connects has to do.
async fn greeting(host: &str, port: u16, tls: bool) -> std::io::Result<String> {
    let socket = TcpStream::connect((host, port)).await?;
    if tls {
        return Ok("(TLS)".to_owned());
    }
    let mut line = Vec::new();
    // Read to its end or to a bound: it may be anything.
    let mut reader = BufReader::new(tokio::io::AsyncReadExt::take(socket, 512));
    reader.read_until(b'\n', &mut line).await?;
    Ok(String::from_utf8_lossy(&line).trim().chars().filter(|letter| !letter.is_control()).collect())
}
