//! Logging in as users of the old deployment, through the dialect's own endpoints, on a server of this process.

use std::net::SocketAddr;
use std::path::Path;

use base64::engine::{Engine, general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::json;

use super::exchange::{Answer, Body, exchange};
use crate::{
    command_line::Complaint,
    config::Settings,
    process::{StartOptions, start},
};

/// One line of a file of credentials.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    pub login: String,
    password: String,
}

/// What came of all of them.
pub(super) struct Logins {
    pub tried: usize,
    /// Who was refused, and what was answered.
    pub refused: Vec<(String, String)>,
}

/// Reads JSON lines `{"login": ..., "password": ...}`.
pub(super) fn read(path: &Path) -> Result<Vec<Login>, Complaint> {
    let text = super::text_of(path)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            // The error's text may quote the line, which holds a password.
            let wrong = || format!("{}, line {}: not {{\"login\": .., \"password\": ..}}", path.display(), index + 1);
            serde_json::from_str(line).map_err(|_| Complaint::from(wrong()))
        })
        .collect()
}

/// Starts a server on a loopback port, logs everybody in, and stops it.
pub(super) async fn try_all(
    settings: &Settings,
    (dialect, scope): (&str, &str),
    logins: &[Login],
) -> Result<Logins, Complaint> {
    let mount = settings.mounts.iter().find(|mount| mount.dialect.name == dialect && mount.scope == scope);
    let Some(mount) = mount else {
        return Err(format!("no mount has the scope {scope:?}: nobody can log in there").into());
    };
    let mut serving = settings.clone();
    serving.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    serving.server.tls_certificate = None;
    serving.server.tls_key = None;
    let server = start(&serving, &StartOptions { reveal_captchas: true, ..StartOptions::default() }).await?;
    let visit = Visit { server: server.address(), prefix: &mount.prefix };
    let mut done = Logins { tried: logins.len(), refused: Vec::new() };
    for login in logins {
        match visit.log_in(dialect, login).await {
            Ok(None) => {}
            Ok(Some(answer)) => done.refused.push((login.login.clone(), answer)),
            Err(Complaint(reason)) => done.refused.push((login.login.clone(), reason)),
        }
    }
    server.stop().await;
    Ok(done)
}

struct Visit<'v> {
    server: SocketAddr,
    prefix: &'v str,
}

impl Visit<'_> {
    /// `None`: let in; else what was answered.
    async fn log_in(&self, dialect: &str, login: &Login) -> Result<Option<String>, Complaint> {
        let Login { login, password } = login;
        let (answer, is_in) = match dialect {
            "frp" => {
                let fields = [("username", login.as_str()), ("password", password.as_str())];
                let answer = self.send("/api/v2/users/login", None, Body::Form(&fields)).await?;
                let is_in = answer.at("/status") == json!(200);
                (answer, is_in)
            }
            "medusa" => self.medusa(login, password).await?,
            "php" => self.php(login, password).await?,
            "proxy" => {
                let body = json!({ "username": login, "password": password });
                let answer = self.send("/login", None, Body::Json(body)).await?;
                let is_in = answer.at("/Authorization").is_string();
                (answer, is_in)
            }
            "v1" => {
                let body = json!({ "email": login, "password": password });
                let answer = self.send("/api/v1/user/login", None, Body::Json(body)).await?;
                let is_in = answer.at("/code") == json!(200);
                (answer, is_in)
            }
            other => return Err(format!("nobody logs in through {other}").into()),
        };
        Ok((!is_in).then(|| answer.told()))
    }

    async fn medusa(&self, login: &str, password: &str) -> Result<(Answer, bool), Complaint> {
        let captcha = self.send("/api/get_verification_code/", None, Body::None).await?;
        let header = |name| captcha.header(name).unwrap_or_default().to_owned();
        let body = json!({ "username": login, "passwd": password,
            "verification_code_key": header("verificationcodekey"),
            "verification_code": header("x-dragoman-captcha-answer") });
        let answer = self.send("/api/login/", None, Body::Json(body)).await?;
        let is_in = answer.at("/code") == json!(200);
        Ok((answer, is_in))
    }

    async fn php(&self, login: &str, password: &str) -> Result<(Answer, bool), Complaint> {
        let page = self.send("/api/v1/users/login-token.php", None, Body::None).await?;
        let cookie =
            page.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned();
        let captcha = self.send("/api/v1/users/captcha.php", Some(&cookie), Body::None).await?;
        let digits = captcha.header("x-dragoman-captcha-answer").unwrap_or_default();
        let (sent, token) = (as_page_sends(password), page.text("/login_token"));
        let fields = [("username", login), ("password", sent.as_str()), ("captcha", digits), ("login_token", &token)];
        let answer = self.send("/api/v1/users/login.php", Some(&cookie), Body::Form(&fields)).await?;
        let is_in = answer.at("/flag") == "0";
        Ok((answer, is_in))
    }

    async fn send(&self, path: &str, cookie: Option<&str>, body: Body<'_>) -> Result<Answer, Complaint> {
        exchange(self.server, &format!("{}{path}", self.prefix), cookie, body).await
    }
}

/// The obfuscated form of the page's script, which also works where only a digest is known (php contract 3.2): a digest goes
/// as it is.
fn as_page_sends(password: &str) -> String {
    if password.len() == 32 && password.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return password.to_owned();
    }
    let reversed = |text: &str| text.chars().rev().collect::<String>();
    STANDARD.encode(reversed(&STANDARD.encode(reversed(password))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_sent_as_the_page_sends_them() {
        // php/accounts.json: two of its wire forms, one beyond ASCII.
        assert_eq!(as_page_sends("111111"), "eEVUTXhFVE0=");
        assert_eq!(as_page_sends("密码Ab1密码"), "RythNUJDNjVCSldNRythNUJDNjU=");
        assert_eq!(as_page_sends("c97ee47294955604c0af78f83b3c735a"), "c97ee47294955604c0af78f83b3c735a");
    }
}
