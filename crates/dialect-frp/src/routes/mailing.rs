//! Section 8: mailed registration codes.

use std::time::Duration;

use actix_web::web::Data;
use dragoman_accounts::{AccountError, Addressee, Allowance, ChallengePolicy, CodeBinding, NewCode, Origin};
use dragoman_dialect::mail::{MailError, OutgoingMail};

use crate::{
    Mount,
    auth::Anonymous,
    envelope::{Success, Text},
    error::{Endpoint, Refusal},
    settings::Settings,
};

/// What the domain keeps codes under.
pub const CODES: &str = "registration";
const CODE_LIFE: Duration = Duration::from_secs(900);
/// Row 6 of section 7 knows no end: whoever comes back the same day is told that the code is too old, not that there was none.
const CODE_REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);
/// Section 7, row 9.
const TRIES: u16 = 5;
const MINUTE: Duration = Duration::from_secs(60);

const SENT: Success<Text<'static>> = Success(Text {
    msg: "邮件发送成功，请注意查收，若没有看到邮件，请检查收件箱或点击重新发送",
});

fn refuse(error: AccountError) -> Refusal {
    Refusal::of(Endpoint::Send, error)
}

/// GET users/send
pub async fn send(mount: Data<Mount>, request: Anonymous) -> Result<Success<Text<'static>>, Refusal> {
    let Anonymous { fields, origin } = request;
    let email = fields.text("email").ok_or(Refusal::NO_EMAIL)?;
    if !is_well_formed(email) {
        return Err(Refusal::BAD_RECIPIENT);
    }
    let settings = mount.settings.get();
    let allowances = mails_of(&origin, &settings);
    if !mount.accounts.use_allowances(&mount.realm, &allowances).await.map_err(refuse)? {
        return Err(Refusal::TOO_MANY_MAILS);
    }
    // one-domain.md E9: to the address as stored, never as typed.
    let addressee = mount.accounts.addressee(&mount.realm, email).await.map_err(refuse)?;
    let wait = Duration::from_secs(settings.mail_wait_seconds);
    let admitted = mount.mailer.admit(&addressee.address, &origin, wait).await?;
    if mount.code_from_there(email).await? {
        return Ok(SENT);
    }
    let code = (100_000 + mount.accounts.randomness().below(900_000)).to_string();
    let mail = mail(&addressee.address, code.clone(), &settings);
    let policy = ChallengePolicy::lasting(CODE_LIFE).remembered_for(CODE_REMEMBERED).with_tries(TRIES);
    let new = NewCode { purpose: CODES, binding: CodeBinding::Address, addressee: addressee.clone(), code, policy };
    mount.accounts.issue_code(&mount.realm, new).await.map_err(refuse)?;
    if let Err(error) = mount.mailer.send(admitted, mail).await {
        return Err(mount.unsent(&addressee, error).await);
    }
    Ok(SENT)
}

impl Mount {
    /// Row 4: no code is pending, and the next try need not wait.
    async fn unsent(&self, addressee: &Addressee, error: MailError) -> Refusal {
        match self.accounts.withdraw_code(&self.realm, CODES, CodeBinding::Address, addressee).await {
            Ok(()) => Refusal::from(error),
            Err(error) => refuse(error),
        }
    }
}

/// Codes that one client may have sent are rows that it makes (one-domain.md P7).
fn mails_of(origin: &Origin, settings: &Settings) -> Vec<Allowance> {
    match settings.mails_per_minute {
        0 => Vec::new(),
        limit => Allowance::of_network("mails of a network", origin, limit.into(), MINUTE),
    }
}

/// The code is the only run of six digits in both bodies: clients' users copy it, tests look for it.
fn mail(email: &str, code: String, settings: &Settings) -> OutgoingMail {
    let text = format!(
        "您好！\n\n您正在注册 LoCyan Frp 账号，验证码为：\n\n{code}\n\n验证码 15 分钟内有效，请勿告知他人。如非本人操作，请忽略本邮件。\n"
    );
    let html = format!(
        "<p>您好！</p>\n<p>您正在注册 LoCyan Frp 账号，验证码为：</p>\n<p><strong style=\"font-size:2em\">{code}</strong></p>\n\
         <p>验证码 15 分钟内有效，请勿告知他人。如非本人操作，请忽略本邮件。</p>\n"
    );
    OutgoingMail {
        recipient: email.to_owned(),
        sender_name: settings.mail_sender_name.clone(),
        subject: settings.mail_subject.clone(),
        text,
        html: Some(html),
        code: Some(code),
    }
}

/// Section 8: a local part of letters, digits and `_.-+`, and a domain of two labels at least, the last of 2 to 48
/// characters.
pub fn is_well_formed(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else { return false };
    let is_local =
        !local.is_empty() && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-+".contains(&byte));
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let last = domain.rsplit_once('.').map(|(_, last)| last.len());
    email.len() <= 255
        && is_local
        && domain.split('.').all(is_label)
        && last.is_some_and(|last| (2..=48).contains(&last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let long = format!("{}@example.com", "a".repeat(243));
        for address in ["a@b.cc", "A.b-c_d+1@sub.example.com", "1@2-3.x-", &format!("a@b.{}", "c".repeat(48)), &long] {
            assert!(is_well_formed(address), "{address}");
        }
        let longer = format!("a{long}");
        for address in [
            "",
            "a",
            "@b.cc",
            "a@",
            "a@b",
            "a@b.c",
            "a@.cc",
            "a@b..cc",
            "a@b.cc.",
            "a b@c.dd",
            "a@b@c.dd",
            "é@b.cc",
            "a@b_c.dd",
            "a@bücher.de",
            "a'b@c.dd",
            &format!("a@b.{}", "c".repeat(49)),
            &longer,
        ] {
            assert!(!is_well_formed(address), "{address}");
        }
    }

    #[test]
    fn the_code_is_the_only_run_of_six_digits() {
        let mail = mail("a@b.cc", "123456".to_owned(), &Settings::default());
        for body in [mail.text, mail.html.unwrap()] {
            let runs: Vec<&str> =
                body.split(|letter: char| !letter.is_ascii_digit()).filter(|run| run.len() >= 6).collect();
            assert_eq!(runs, ["123456"]);
        }
    }
}
