//! What is kept per e-mail address (section 3), in the database that all replicas share. Addresses are folded as the
//! look-up folds them.

use std::time::Duration;

use dragoman_accounts::{
    AccountError, AccountNumber, Allowance, Challenge, ChallengePolicy, CodeAnswer, FailureCounter, Member, Origin,
    folding::fold,
};

use crate::{
    Mount,
    error::{Doing, Refusal},
};

/// The purpose of sliders.
pub const SLIDER: &str = "slider";
const PASSED: &str = "captcha passed";
const CODE: &str = "e-mail code";
const RESET: &str = "reset checked";
const UPLOAD: &str = "upload";
const FAILURES: &str = "login failures";

const MINUTE: Duration = Duration::from_secs(60);
/// How far from the answer a slider still is right, in pixels.
const TOLERANCE: u64 = 2;
/// From how many failures on a captcha is needed.
const FAILURE_LIMIT: i64 = 3;
/// one-domain.md P6: four digits stand a few guesses only.
const CODE_TRIES: u16 = 5;

/// one-domain.md P7: states of new addresses that a network may begin in a minute.
const NEW_STATES: i64 = 240;

/// The one-time permission that a solved captcha gives, taken out of the store.
pub struct Ticket {
    handle: String,
    left: Duration,
}

/// A try to log in.
pub struct Entry<'a> {
    /// The address.
    pub email: &'a str,
    /// By password or by code.
    pub doing: Doing,
    /// A token of the session that the try begins.
    pub session: &'a str,
    /// From where.
    pub origin: &'a Origin,
}

fn refuse(error: AccountError) -> Refusal {
    Refusal::of(Doing::Read, error)
}

impl Mount {
    async fn put(&self, challenge: Challenge) -> Result<(), Refusal> {
        self.accounts.issue_challenge(&self.realm, challenge).await.map_err(refuse)
    }

    /// Whether a network may still make anonymous rows (one-domain.md P7).
    pub async fn may_begin(&self, purpose: &'static str, origin: &Origin) -> Result<bool, Refusal> {
        let Some(network) = &origin.network else { return Ok(true) };
        let allowance = Allowance { purpose, handle: network.clone(), limit: NEW_STATES, window: MINUTE };
        self.accounts.use_allowances(&self.realm, &[allowance]).await.map_err(refuse)
    }

    /// A slider is pending at `x`; an older one is not any more.
    pub async fn put_slider(&self, email: &str, x: u32) -> Result<(), Refusal> {
        let policy = ChallengePolicy::lasting(5 * MINUTE).with_tries(1);
        self.put(Challenge { purpose: SLIDER, handle: fold(email), answer: x.to_string(), account: None, policy }).await
    }

    /// The pending slider's answer (testing API).
    pub async fn pending_slider(&self, email: &str) -> Result<Option<i64>, AccountError> {
        let found = self.accounts.peek_challenge(&self.realm, SLIDER, &fold(email)).await?;
        Ok(found.and_then(|(answer, _)| answer.parse().ok()))
    }

    /// Tries a slider, which spends it; if it is right, the captcha counts as passed. No slider is wrong for every `x`.
    pub async fn solve_slider(&self, email: &str, x: i64) -> Result<(), Refusal> {
        let is_right = move |answer: &str| answer.parse::<i64>().is_ok_and(|answer| answer.abs_diff(x) <= TOLERANCE);
        match self.accounts.answer_challenge(&self.realm, SLIDER, &fold(email), is_right).await {
            Ok(()) => self.put_ticket(fold(email), 30 * MINUTE).await,
            Err(AccountError::UnknownChallenge | AccountError::ExpiredChallenge | AccountError::WrongAnswer) => {
                Err(Refusal::WRONG_SLIDER)
            }
            Err(error) => Err(refuse(error)),
        }
    }

    async fn put_ticket(&self, handle: String, life: Duration) -> Result<(), Refusal> {
        let policy = ChallengePolicy::lasting(life);
        self.put(Challenge { purpose: PASSED, handle, answer: String::new(), account: None, policy }).await
    }

    /// Takes the ticket of a passed captcha; of two requests at once one gets it.
    pub async fn take_ticket(&self, email: &str) -> Result<Option<Ticket>, Refusal> {
        let handle = fold(email);
        let found = self.accounts.peek_challenge(&self.realm, PASSED, &handle).await.map_err(refuse)?;
        let Some((_, begin)) = found else { return Ok(None) };
        if !self.accounts.take_challenge(&self.realm, PASSED, &handle).await.map_err(refuse)? {
            return Ok(None);
        }
        let age = self.accounts.clock().now().millis().saturating_sub(begin.millis());
        let left = (30 * MINUTE).saturating_sub(Duration::from_millis(u64::try_from(age).unwrap_or(0)));
        Ok(Some(Ticket { handle, left }))
    }

    /// Puts a ticket back that gave nothing, for the rest of its life.
    pub async fn give_back(&self, ticket: Ticket) -> Result<(), Refusal> {
        self.put_ticket(ticket.handle, ticket.left).await
    }

    /// A code is pending; an older one is not any more.
    pub async fn put_code(&self, email: &str, code: String) -> Result<(), Refusal> {
        let policy = ChallengePolicy::lasting(5 * MINUTE).with_tries(CODE_TRIES);
        self.put(Challenge { purpose: CODE, handle: fold(email), answer: code, account: None, policy }).await
    }

    /// A code as typed for an address. One code serves registration, login and reset, and is used once (D5).
    pub fn typed_code(&self, email: &str, code: String) -> CodeAnswer {
        CodeAnswer { purpose: CODE, handle: fold(email), code }
    }

    /// The reset of an address was checked; that ends with the account.
    pub async fn put_reset_permit(&self, email: &str, account: AccountNumber) -> Result<(), Refusal> {
        let (policy, answer) = (ChallengePolicy::lasting(30 * MINUTE), String::new());
        self.put(Challenge { purpose: RESET, handle: fold(email), answer, account: Some(account), policy }).await
    }

    /// Whether the reset of an address was checked (D6).
    pub async fn has_reset_permit(&self, email: &str) -> Result<bool, Refusal> {
        let found = self.accounts.peek_challenge(&self.realm, RESET, &fold(email)).await;
        Ok(found.map_err(refuse)?.is_some())
    }

    /// Where the domain finds that permit, to spend it with the code.
    pub fn reset_permit(&self, email: &str) -> (&'static str, String) {
        (RESET, fold(email))
    }

    /// A picture is this account's to use for 20 minutes, as often as it likes.
    pub async fn put_upload(&self, url: &str, owner: AccountNumber) -> Result<(), Refusal> {
        let (policy, answer) = (ChallengePolicy::lasting(20 * MINUTE), owner.to_string());
        self.put(Challenge { purpose: UPLOAD, handle: url.to_owned(), answer, account: Some(owner), policy }).await
    }

    /// Refuses a picture that this account did not upload in the last 20 minutes.
    pub async fn check_upload(&self, url: &str, owner: AccountNumber) -> Result<(), Refusal> {
        let found = self.accounts.peek_challenge(&self.realm, UPLOAD, url).await.map_err(refuse)?;
        match found {
            Some((answer, _)) if answer == owner.to_string() => Ok(()),
            _ => Err(Refusal::STALE_LINK),
        }
    }

    /// A login by password or code under the failure counter of its address, which both share (D4). It is wire-visible
    /// and apart from the throttle (one-domain.md P8).
    pub async fn log_in_counted(
        &self,
        entry: Entry<'_>,
        attempt: impl Future<Output = Result<Member, AccountError>>,
    ) -> Result<Member, Refusal> {
        let Entry { email, doing, session, origin } = entry;
        let counter =
            FailureCounter { purpose: FAILURES, handle: fold(email), limit: FAILURE_LIMIT, life: 30 * MINUTE };
        if self.take_ticket(email).await?.is_some() {
            self.accounts.reset_failures(&self.realm, &counter).await.map_err(refuse)?;
        }
        if self.accounts.has_failed_too_often(&self.realm, &counter).await.map_err(refuse)? {
            return Err(Refusal::CAPTCHA_NEEDED);
        }
        // Others may fail at the same time: the attempts that come to their end after the third failure get the answer
        // they would have got after it, so that a hundred guesses at once learn no more than three.
        let outcome = attempt.await;
        let in_time = match &outcome {
            Ok(_) => self.accounts.forget_failures_below_limit(&self.realm, &counter).await,
            Err(error) if self.counts(doing, *error, origin).await? => {
                self.accounts.count_failure(&self.realm, &counter).await
            }
            Err(_) => self.accounts.has_failed_too_often(&self.realm, &counter).await.map(|too_often| !too_often),
        };
        if in_time.map_err(refuse)? {
            return outcome.map_err(|error| Refusal::of(doing, error));
        }
        if outcome.is_ok() {
            self.accounts.end_session(&self.realm, session).await.map_err(refuse)?;
        }
        Err(Refusal::CAPTCHA_NEEDED)
    }

    /// Whether a failed login counts. What decided nothing does not, nor what the throttle kept from being looked at.
    async fn counts(&self, doing: Doing, error: AccountError, origin: &Origin) -> Result<bool, Refusal> {
        match error {
            AccountError::WrongPassword | AccountError::Locked { .. } => Ok(true),
            AccountError::WrongAnswer | AccountError::ExpiredChallenge => Ok(true),
            // A right code for nobody is endpoint 3's 4040, which is no failure.
            AccountError::UnknownAccount => Ok(doing == Doing::LogIn),
            // There was nothing to guess, so a network that tries one address after the other need not be remembered for
            // each (one-domain.md P7).
            AccountError::UnknownChallenge => self.may_begin(FAILURES, origin).await,
            AccountError::Throttled
            | AccountError::Busy
            | AccountError::Unavailable
            | AccountError::Internal
            | AccountError::NameTaken
            | AccountError::EmailTaken
            | AccountError::NotStorable
            | AccountError::Forbidden
            | AccountError::LastSuperAdministrator => Ok(false),
        }
    }
}
