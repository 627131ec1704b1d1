//! Cookies, and what a form must bring along so that no other site can send it.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The session.
pub(crate) const SESSION: &str = "dragoman_console";
/// Of somebody who has not signed in: only what the sign-in form is bound to.
pub(crate) const VISIT: &str = "dragoman_console_visit";
/// Which language somebody chose.
pub(crate) const LANGUAGE: &str = "dragoman_console_language";

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;

/// A fresh token.
pub(crate) fn fresh(randomness: &dyn dragoman_passwords::random::Randomness) -> String {
    randomness.hex(TOKEN_BYTES)
}

/// What a form sent with this token must hold: told from the token, which no other site knows.
pub(crate) fn form_token(token: &str) -> String {
    let digest = Sha256::new().chain_update(b"form of ").chain_update(token).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compared so that time tells nothing.
pub(crate) fn fits(token: &str, given: &str) -> bool {
    form_token(token).as_bytes().ct_eq(given.as_bytes()).into()
}

/// What the browser keeps: not for scripts, not for other sites, and not in the clear where there is TLS.
pub(crate) fn cookie(name: &'static str, value: String, is_secure: bool) -> Cookie<'static> {
    Cookie::build(name, value).path("/").http_only(true).secure(is_secure).same_site(SameSite::Strict).finish()
}

/// Takes a cookie back.
pub(crate) fn ended(name: &'static str, is_secure: bool) -> Cookie<'static> {
    let mut cookie = cookie(name, String::new(), is_secure);
    cookie.set_max_age(Duration::ZERO);
    cookie
}

/// The token of a cookie; what is none of ours is none at all.
pub(crate) fn of(request: &HttpRequest, name: &str) -> Option<String> {
    let cookie = request.cookie(name)?;
    let is_token =
        cookie.value().len() == 2 * TOKEN_BYTES && cookie.value().bytes().all(|byte| byte.is_ascii_hexdigit());
    is_token.then(|| cookie.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_fits_its_own_token_only() {
        let token = "ab".repeat(32);
        assert!(fits(&token, &form_token(&token)));
        for wrong in ["", "0", token.as_str(), &form_token("other")] {
            assert!(!fits(&token, wrong));
        }
    }
}
