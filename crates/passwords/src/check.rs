//! Which stored verifier accepts what a client showed, and which verifiers an account should have (php contract 3.4).

use super::bcrypt_text::Cost;
use super::native::{NativeHash, native_bcrypt};
use super::scheme::Scheme;
use super::secret::Secret;
use super::view::{Presented, View};
use crate::random::Randomness;

/// The digests a client may send, in the order in which php contract 3.4 computes them.
const DIGESTS: [View; 3] = [View::UserMd5, View::SelfMd5, View::Md5];

/// Which of `credentials` accepts what was `presented`, or `None` if it is not this account's password.
///
/// A plain text is checked against the plain verifier; where an account has digests only, against each digest computed from
/// it, enabled or not. A digest is checked against the `enabled_digests` and against a digest of unknown scheme, which is
/// always accepted. `username` is the name as the php dialect sees it (one-domain P4).
pub fn check(
    credentials: &[(View, Scheme)],
    username: Option<&str>,
    presented: &Presented,
    enabled_digests: &[View],
) -> Option<View> {
    Verification::default().check(credentials, username, presented, enabled_digests)
}

/// The first of `views` that accepts `presented`. Native verifiers with one salt cost one bcrypt together.
pub fn verify_any(views: &[(View, Scheme)], presented: &[u8]) -> Option<View> {
    let mut verification = Verification::default();
    views.iter().find(|(_, scheme)| verification.accepts(scheme, presented)).map(|(view, _)| *view)
}

/// One check of one presented password: remembers each bcrypt it ran, so that verifiers with a common salt share it.
#[derive(Default)]
pub(super) struct Verification {
    runs: Vec<(Cost, [u8; 16], Secret, [u8; 23])>,
}

impl Verification {
    pub(super) fn check(
        &mut self,
        credentials: &[(View, Scheme)],
        username: Option<&str>,
        presented: &Presented,
        enabled_digests: &[View],
    ) -> Option<View> {
        let has_plain = credentials.iter().any(|(view, _)| *view == View::Plain);
        let accepting = credentials.iter().find(|(view, scheme)| match presented {
            Presented::Plain(password) if *view == View::Plain => self.accepts(scheme, password.as_bytes()),
            Presented::Plain(_) if has_plain => false,
            Presented::Plain(password) => {
                let candidates: &[View] =
                    if *view == View::UnknownDigest { &DIGESTS } else { std::slice::from_ref(view) };
                let mut digests = candidates.iter().filter_map(|digest| digest.of(password.as_bytes(), username));
                digests.any(|digest| self.accepts(scheme, digest.as_bytes()))
            }
            Presented::Digest(digest) => {
                let is_open = *view == View::UnknownDigest || (*view != View::Plain && enabled_digests.contains(view));
                is_open && self.accepts(scheme, digest.as_bytes())
            }
        });
        accepting.map(|(view, _)| *view)
    }

    fn accepts(&mut self, scheme: &Scheme, secret: &[u8]) -> bool {
        match scheme {
            Scheme::Native(hash) => self.matches(hash, secret),
            Scheme::NativeOver(derivation, hash) => self.matches(hash, derivation.digest(secret).as_bytes()),
            other => other.verify(secret),
        }
    }

    fn matches(&mut self, stored: &NativeHash, secret: &[u8]) -> bool {
        let (cost, salt, secret) = (stored.cost(), stored.salt(), Secret::new(secret));
        let same = |run: &&(Cost, [u8; 16], Secret, [u8; 23])| (run.0, run.1) == (cost, salt) && run.2 == secret;
        if let Some((.., hash)) = self.runs.iter().find(same) {
            return stored.has(hash);
        }
        let hash = native_bcrypt(secret.as_bytes(), cost, salt);
        self.runs.push((cost, salt, secret, hash));
        stored.has(&hash)
    }
}

/// All verifiers of an account whose password is known: a native one of the password itself and one of each enabled digest
/// ([`View::UserMd5`] only with a user name). The digests share one salt, so that one bcrypt checks a received digest against
/// each of them. Costs one bcrypt a verifier.
pub fn fresh_credentials(
    password: &Secret,
    username: Option<&str>,
    enabled_digests: &[View],
    cost: Cost,
    randomness: &dyn Randomness,
) -> Vec<(View, Scheme)> {
    let (salt, digests_salt) = (randomness.array(), randomness.array());
    let password = password.as_bytes();
    let enabled = DIGESTS.into_iter().filter(|view| enabled_digests.contains(view));
    let digests = enabled.filter_map(|view| Some((view, view.of(password, username)?)));
    let plain = (View::Plain, Scheme::native(password, cost, salt));
    let native = digests.map(|(view, digest)| (view, Scheme::native(digest.as_bytes(), cost, digests_salt)));
    std::iter::once(plain).chain(native).collect()
}

/// Whether a login with the plain password, accepted by the view `matched`, should replace `credentials` by
/// [`fresh_credentials`]: if a verifier is missing, cheaper than `cost`, of an old scheme or of an unknown one. After a login
/// with a digest there is nothing to make them from.
pub fn upgrade_needed(
    credentials: &[(View, Scheme)],
    matched: View,
    username: Option<&str>,
    enabled_digests: &[View],
    cost: Cost,
) -> bool {
    let is_stored = |view: View| credentials.iter().any(|(stored, _)| *stored == view);
    let is_due = |view: &View| enabled_digests.contains(view) && (*view != View::UserMd5 || username.is_some());
    let is_missing = DIGESTS.iter().any(|view| is_due(view) && !is_stored(*view));
    let is_old = credentials.iter().any(|(view, scheme)| *view == View::UnknownDigest || scheme.needs_upgrade(cost));
    matched != View::Plain || is_missing || is_old
}

#[cfg(test)]
mod tests {
    use super::super::view::{md5, self_md5, user_md5};
    use super::*;
    use crate::random::SeededRandomness;

    const COST: Cost = Cost::MINIMUM;
    const PASSWORD: &[u8] = "密码Ab1".as_bytes();

    fn fresh(username: Option<&str>, enabled: &[View]) -> Vec<(View, Scheme)> {
        fresh_credentials(&Secret::new(PASSWORD), username, enabled, COST, &SeededRandomness::new(1))
    }

    fn digest(text: String) -> Presented {
        Presented::digest(&text).unwrap()
    }

    fn plain(text: &[u8]) -> Presented {
        Presented::plain(text)
    }

    fn views(credentials: &[(View, Scheme)]) -> Vec<View> {
        credentials.iter().map(|(view, _)| *view).collect()
    }

    #[test]
    fn every_enabled_digest_and_the_password_itself_log_in() {
        let credentials = fresh(Some("bob"), &DIGESTS);
        assert_eq!(views(&credentials), [View::Plain, View::UserMd5, View::SelfMd5, View::Md5]);
        let accepted = |presented| check(&credentials, Some("bob"), &presented, &DIGESTS);
        assert_eq!(accepted(plain(PASSWORD)), Some(View::Plain));
        assert_eq!(accepted(digest(user_md5("bob", PASSWORD))), Some(View::UserMd5));
        assert_eq!(accepted(digest(self_md5(PASSWORD))), Some(View::SelfMd5));
        assert_eq!(accepted(digest(md5(PASSWORD))), Some(View::Md5));
        assert_eq!(accepted(digest(user_md5("eve", PASSWORD))), None);
        assert_eq!(accepted(plain(b"wrong")), None);
        assert_eq!(accepted(plain(md5(PASSWORD).as_bytes())), None);
    }

    #[test]
    fn a_digest_that_is_not_enabled_is_refused() {
        let credentials = fresh(Some("bob"), &DIGESTS);
        assert_eq!(check(&credentials, Some("bob"), &digest(md5(PASSWORD)), &[View::UserMd5]), None);
        // Not even a careless setting opens the plain verifier to a digest.
        let digest_as_password = md5(PASSWORD);
        let odd = [(View::Plain, Scheme::native(digest_as_password.as_bytes(), COST, [0; 16]))];
        assert_eq!(check(&odd, None, &digest(digest_as_password), &[View::Plain]), None);
    }

    #[test]
    fn one_bcrypt_checks_all_digests_of_a_fresh_account() {
        let credentials = fresh(Some("bob"), &DIGESTS);
        let mut verification = Verification::default();
        assert_eq!(verification.check(&credentials, Some("bob"), &digest(md5(b"wrong")), &DIGESTS), None);
        assert_eq!(verification.runs.len(), 1);
        let mut verification = Verification::default();
        assert_eq!(verification.check(&credentials, Some("bob"), &plain(b"wrong"), &DIGESTS), None);
        assert_eq!(verification.runs.len(), 1);
        assert_eq!(verify_any(&credentials[1..], md5(PASSWORD).as_bytes()), Some(View::Md5));
        assert_eq!(verify_any(&credentials[1..], b"wrong"), None);
    }

    #[test]
    fn a_digest_of_unknown_scheme_takes_itself_and_the_password_behind_it() {
        for made in [user_md5("bob", PASSWORD), self_md5(PASSWORD), md5(PASSWORD)] {
            let credentials = [(View::UnknownDigest, Scheme::native(made.as_bytes(), COST, [5; 16]))];
            let accepted = |presented| check(&credentials, Some("bob"), &presented, &[]);
            assert_eq!(accepted(digest(made)), Some(View::UnknownDigest));
            assert_eq!(accepted(plain(PASSWORD)), Some(View::UnknownDigest));
            assert_eq!(accepted(plain(b"wrong")), None);
        }
    }

    #[test]
    fn an_imported_digest_takes_the_password_even_if_digests_are_off() {
        let credentials = [(View::Md5, Scheme::native(md5(PASSWORD).as_bytes(), COST, [5; 16]))];
        assert_eq!(check(&credentials, None, &plain(PASSWORD), &[]), Some(View::Md5));
        assert_eq!(check(&credentials, None, &digest(md5(PASSWORD)), &[]), None);
        let by_name = [(View::UserMd5, Scheme::native(user_md5("bob", PASSWORD).as_bytes(), COST, [5; 16]))];
        assert_eq!(check(&by_name, Some("bob"), &plain(PASSWORD), &[]), Some(View::UserMd5));
        assert_eq!(check(&by_name, None, &plain(PASSWORD), &[]), None);
    }

    #[test]
    fn nothing_is_accepted_without_credentials() {
        assert_eq!(check(&[], Some("bob"), &plain(b""), &DIGESTS), None);
        assert_eq!(check(&[], None, &digest(md5(b"")), &DIGESTS), None);
    }

    #[test]
    fn only_what_is_not_fresh_is_upgraded() {
        let needed = |credentials: &[(View, Scheme)], matched: View, enabled: &[View]| {
            upgrade_needed(credentials, matched, Some("bob"), enabled, COST)
        };
        let (full, bare) = (fresh(Some("bob"), &DIGESTS), fresh(Some("bob"), &[]));
        assert!(!needed(&full, View::Plain, &DIGESTS) && !needed(&bare, View::Plain, &[]));
        assert!(!needed(&full, View::Plain, &[View::Md5]), "an extra digest is no reason to write");
        assert!(needed(&bare, View::Plain, &[View::Md5]));
        assert!(upgrade_needed(&full, View::Plain, Some("bob"), &DIGESTS, Cost::new(5).unwrap()));
        let nameless = fresh(None, &DIGESTS);
        assert_eq!(views(&nameless), [View::Plain, View::SelfMd5, View::Md5]);
        assert!(needed(&nameless, View::Plain, &DIGESTS));
        assert!(!upgrade_needed(&nameless, View::Plain, None, &DIGESTS, COST));
        let imported = [(View::Md5, Scheme::native(md5(PASSWORD).as_bytes(), COST, [5; 16]))];
        assert!(needed(&imported, View::Md5, &[]));
        let legacy = [(View::Plain, Scheme::from_md5(&md5(PASSWORD)).unwrap().wrap(COST, [5; 16]))];
        assert_eq!(check(&legacy, None, &plain(PASSWORD), &[]), Some(View::Plain));
        assert!(needed(&legacy, View::Plain, &[]));
    }
}
