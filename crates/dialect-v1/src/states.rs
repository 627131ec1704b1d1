//! What is kept per e-mail address (section 3), in the database that all replicas share. Addresses are compared as the
//! look-up compares them. What an anonymous client asks for is kept for its network apart (one-domain.md P12).

use std::time::Duration;

use dragoman_accounts::{
    AccountError, AccountNumber, Addressee, Allowance, Challenge, ChallengePolicy, CodeAnswer, CodeBinding,
    FailureCounter, Handle, Member, NewCode, Origin, Role, address::compared,
};

use crate::{
    Mount,
    error::{Doing, Refusal},
};

/// The purpose of sliders.
pub const SLIDER: &str = "slider";
/// In the place of a slider's answer that only the old server knows.
const JUDGED_THERE: &str = "there";
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
/// one-domain.md P12: networks with a slider, or a ticket, for one address at once.
const NETWORKS: i64 = 64;

/// The one-time permission that a solved captcha gives, taken out of the store.
pub struct Ticket {
    about: String,
    origin: Origin,
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
        let allowances = Allowance::of_network(purpose, origin, NEW_STATES, MINUTE);
        self.accounts.use_allowances(&self.realm, &allowances).await.map_err(refuse)
    }

    /// What this network has pending for an address. One that the account has logged in from is not counted among the
    /// others: nobody keeps its owner out.
    async fn put_for_network(&self, challenge: Challenge, email: &str, origin: &Origin) -> Result<bool, Refusal> {
        let most = if self.is_known(email, origin).await? { i64::MAX } else { NETWORKS };
        self.accounts.issue_challenge_from(&self.realm, challenge, origin, most).await.map_err(refuse)
    }

    /// Whether the account that an address leads to has logged in from there before.
    async fn is_known(&self, email: &str, origin: &Origin) -> Result<bool, Refusal> {
        self.accounts.knows_network(&self.realm, email, origin).await.map_err(refuse)
    }

    /// A slider is pending at `x` for this network; its older one is not any more. `false`: too many networks have one.
    pub async fn put_slider(&self, email: &str, x: u32, origin: &Origin) -> Result<bool, Refusal> {
        self.put_pending(email, x.to_string(), origin).await
    }

    /// As [`Mount::put_slider`] for one that the old server drew and judges.
    pub async fn put_old_slider(&self, email: &str, origin: &Origin) -> Result<bool, Refusal> {
        self.put_pending(email, JUDGED_THERE.to_owned(), origin).await
    }

    /// Whether the slider that is pending for this network is the old server's; that is spent here by asking.
    pub async fn take_old_slider(&self, email: &str, origin: &Origin) -> Result<bool, Refusal> {
        let handle = Handle::from(compared(email), origin);
        let found = self.accounts.peek_challenge(&self.realm, SLIDER, handle.clone()).await.map_err(refuse)?;
        match found {
            Some((answer, _)) if answer == JUDGED_THERE => {
                self.accounts.take_challenge(&self.realm, SLIDER, handle).await.map_err(refuse)
            }
            _ => Ok(false),
        }
    }

    async fn put_pending(&self, email: &str, answer: String, origin: &Origin) -> Result<bool, Refusal> {
        let policy = ChallengePolicy::lasting(5 * MINUTE).with_tries(1);
        let handle = compared(email);
        let slider = Challenge { purpose: SLIDER, handle, answer, account: None, policy };
        self.put_for_network(slider, email, origin).await
    }

    /// The answer of the newest slider (testing API).
    pub async fn pending_slider(&self, email: &str) -> Result<Option<i64>, AccountError> {
        let newest = self.accounts.newest_answer(&self.realm, SLIDER, &compared(email)).await?;
        Ok(newest.and_then(|answer| answer.parse().ok()))
    }

    /// Tries a slider, which spends it; if it is right, the captcha counts as passed. No slider is wrong for every `x`.
    pub async fn solve_slider(&self, email: &str, x: i64, origin: &Origin) -> Result<(), Refusal> {
        let is_right = move |answer: &str| answer.parse::<i64>().is_ok_and(|answer| answer.abs_diff(x) <= TOLERANCE);
        let handle = Handle::from(compared(email), origin);
        match self.accounts.answer_challenge(&self.realm, SLIDER, handle, is_right).await {
            Ok(()) => self.pass(email, origin).await,
            Err(AccountError::UnknownChallenge | AccountError::ExpiredChallenge | AccountError::WrongAnswer) => {
                Err(Refusal::WRONG_SLIDER)
            }
            Err(error) => Err(refuse(error)),
        }
    }

    /// The captcha of an address counts as passed for this network.
    pub async fn pass(&self, email: &str, origin: &Origin) -> Result<(), Refusal> {
        self.put_ticket(Ticket { about: compared(email), origin: origin.clone(), left: 30 * MINUTE }).await
    }

    async fn put_ticket(&self, Ticket { about, origin, left }: Ticket) -> Result<(), Refusal> {
        let (policy, email) = (ChallengePolicy::lasting(left), about.clone());
        let ticket = Challenge { purpose: PASSED, handle: about, answer: String::new(), account: None, policy };
        match self.put_for_network(ticket, &email, &origin).await? {
            true => Ok(()),
            false => Err(Refusal::BUSY),
        }
    }

    /// Takes the ticket of a captcha that this network has passed; of two requests at once one gets it.
    pub async fn take_ticket(&self, email: &str, origin: &Origin) -> Result<Option<Ticket>, Refusal> {
        let about = compared(email);
        let handle = Handle::from(about.clone(), origin);
        let found = self.accounts.peek_challenge(&self.realm, PASSED, handle.clone()).await.map_err(refuse)?;
        let Some((_, begin)) = found else { return Ok(None) };
        if !self.accounts.take_challenge(&self.realm, PASSED, handle).await.map_err(refuse)? {
            return Ok(None);
        }
        let age = self.accounts.clock().now().millis().saturating_sub(begin.millis());
        let left = (30 * MINUTE).saturating_sub(Duration::from_millis(u64::try_from(age).unwrap_or(0)));
        Ok(Some(Ticket { about, origin: origin.clone(), left }))
    }

    /// Puts a ticket back that gave nothing, for the rest of its life.
    pub async fn give_back(&self, ticket: Ticket) -> Result<(), Refusal> {
        self.put_ticket(ticket).await
    }

    /// Whom an address leads to, and where its mails go (one-domain.md E9).
    pub async fn addressee(&self, email: &str) -> Result<Addressee, Refusal> {
        self.accounts.addressee(&self.realm, email).await.map_err(refuse)
    }

    /// A code is pending; an older one is not any more.
    pub async fn put_code(&self, addressee: Addressee, code: String) -> Result<(), Refusal> {
        let policy = ChallengePolicy::lasting(5 * MINUTE).with_tries(CODE_TRIES);
        let new = NewCode { purpose: CODE, binding: CodeBinding::Holder, addressee, code, policy };
        self.accounts.issue_code(&self.realm, new).await.map_err(refuse)
    }

    /// A code as typed for an address. One code serves registration, login and reset, and is used once (D5).
    pub fn typed_code(&self, email: &str, code: String, origin: &Origin) -> CodeAnswer {
        let (address, opens, origin) = (email.to_owned(), self.code_opens(), origin.clone());
        CodeAnswer { purpose: CODE, binding: CodeBinding::Holder, address, code, opens, origin }
    }

    /// The highest role that four digits open an account of (one-domain.md P11 †).
    pub fn code_opens(&self) -> Role {
        if self.settings.get().codes_for_administrators { Role::SuperAdministrator } else { Role::User }
    }

    /// The reset of an account was checked; that ends with the account and with its address.
    pub async fn put_reset_permit(&self, addressee: &Addressee) -> Result<(), Refusal> {
        let (policy, answer) = (ChallengePolicy::lasting(30 * MINUTE), String::new());
        let (handle, account) = (addressee.handle(CodeBinding::Holder), addressee.account);
        self.put(Challenge { purpose: RESET, handle, answer, account, policy }).await
    }

    /// Whether the reset of an account was checked (D6).
    pub async fn has_reset_permit(&self, addressee: &Addressee) -> Result<bool, Refusal> {
        let handle = addressee.handle(CodeBinding::Holder);
        let found = self.accounts.peek_challenge(&self.realm, RESET, &handle).await;
        Ok(found.map_err(refuse)?.is_some())
    }

    /// Where the domain finds that permit, to spend it with the code.
    pub fn reset_permit(&self, addressee: &Addressee) -> (&'static str, String) {
        (RESET, addressee.handle(CodeBinding::Holder))
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
    /// and apart from the throttle (one-domain.md P8). A network that the account has logged in from has a counter of its
    /// own, so that what strangers do elsewhere asks its owner for nothing (P12 †).
    pub async fn log_in_counted(
        &self,
        entry: Entry<'_>,
        attempt: impl Future<Output = Result<Member, AccountError>>,
    ) -> Result<Member, Refusal> {
        let Entry { email, doing, session, origin } = entry;
        let counter = self.failures_of(email, origin).await?;
        let ticket = self.take_ticket(email, origin).await?;
        if ticket.is_some() {
            self.accounts.reset_failures(&self.realm, &counter).await.map_err(refuse)?;
        } else if self.accounts.has_failed_too_often(&self.realm, &counter).await.map_err(refuse)? {
            return Err(Refusal::CAPTCHA_NEEDED);
        }
        // Others may fail at the same time: the attempts that come to their end after the third failure get the answer
        // they would have got after it, so that a hundred guesses at once learn no more than three.
        let outcome = attempt.await;
        let in_time = match &outcome {
            // One captcha, one guess: it was paid for, whatever others did meanwhile.
            Ok(_) if ticket.is_some() => self.accounts.reset_failures(&self.realm, &counter).await.map(|()| true),
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

    async fn failures_of(&self, email: &str, origin: &Origin) -> Result<FailureCounter, Refusal> {
        let about = compared(email);
        let handle = match &origin.network {
            Some(network) if self.is_known(email, origin).await? => format!("{about} from {network}"),
            _ => about,
        };
        Ok(FailureCounter { purpose: FAILURES, handle, limit: FAILURE_LIMIT, life: 30 * MINUTE })
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
