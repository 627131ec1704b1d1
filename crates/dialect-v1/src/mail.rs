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
