//! The mail that carries a code (section 3, "E-mail code").

use dragoman_dialect::mail::OutgoingMail;

/// As the old system wrote it, with a plain text beside the HTML.
pub fn code_mail(recipient: &str, sender_name: &str, code: &str) -> OutgoingMail {
    OutgoingMail {
        recipient: recipient.to_owned(),
        sender_name: sender_name.to_owned(),
        subject: "验证码".to_owned(),
        text: format!("尊敬的用户：\n\n您好! 您的验证码是 {code}，五分钟内有效，祝您生活愉快！\n"),
        html: Some(format!(
            "<p>尊敬的用户：</p><p>您好! 您的验证码是 <span style=\"color:red\">{code}</span>，五分钟内有效，祝您生活愉快！</p>"
        )),
        code: Some(code.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::code_mail;

    #[test]
    fn the_mail_says_what_the_old_one_said() {
        let mail = code_mail("a@leaf.test", "网站管理员", "0427");
        assert_eq!((mail.subject.as_str(), mail.sender_name.as_str()), ("验证码", "网站管理员"));
        let html = mail.html.unwrap_or_default();
        for part in ["尊敬的用户：", "您好! 您的验证码是", "0427", "，五分钟内有效，祝您生活愉快！"]
        {
            assert!(mail.text.contains(part) && html.contains(part), "{part}");
        }
        assert!(html.contains("color:red\">0427<"), "the code is red");
    }
}
