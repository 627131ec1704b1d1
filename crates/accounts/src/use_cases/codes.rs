//! Mailed codes: to whom they go, and what they entitle to. A wrong code costs a try; a right one is spent in the write it
//! entitles to, so that neither a busy server nor a refusal takes a code without giving anything for it.

use dragoman_store::{Aborted, Connection};

use crate::{
    AccountError, AccountNumber, Accounts, ChallengePolicy, LoginName, LoginOutcome, Member, NewSession, Origin, Realm,
    Registration, Role, address,
    clock::Timestamp,
    code_counters::CodeCounters,
    identity::{IdentityKind, digest_of},
    queries::{accounts, facets, identities, members},
    refuse, throttle,
    use_cases::{
        challenges::{Challenge, answer, challenge_key, weigh},
        facets::check_storable,
        password_check::Whose,
        sessions,
    },
};

/// What a code is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeBinding {
    /// It proves an address for an account that is to be made.
    Address,
    /// It also opens the account that the address leads to: it is bound to that account and to the address as stored
    /// there, and dies with either (one-domain.md E9). An address that leads nowhere is only proven.
    Holder,
}

/// The number of no account.
const NOBODY: AccountNumber = AccountNumber(0);

/// A code as a client typed it, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAnswer {
    /// See [`crate::Challenge::purpose`].
    pub purpose: &'static str,
    /// What it is good for.
    pub binding: CodeBinding,
    /// The address as typed.
    pub address: String,
    /// What was typed for the code.
    pub code: String,
    /// The highest role that a code this short opens an account of (one-domain.md P11).
    pub opens: Role,
    /// From where.
    pub origin: Origin,
}

/// A code to be mailed.
#[derive(Debug, Clone)]
pub struct NewCode {
    /// See [`crate::Challenge::purpose`].
    pub purpose: &'static str,
    /// What it is good for.
    pub binding: CodeBinding,
    /// To whom it is mailed.
    pub addressee: Addressee,
    /// The code.
    pub code: String,
    /// How long and how often.
    pub policy: ChallengePolicy,
}

/// Where a mail to an address goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// The account that the address leads to, if there is one.
    pub account: Option<AccountNumber>,
    /// The address as stored with that account, or else as typed. What was typed only finds it (one-domain.md E9).
    pub address: String,
}

impl Addressee {
    fn find(connection: &mut Connection, realm: &Realm, typed: &str) -> diesel::QueryResult<Self> {
        let stored = identities::find(connection, realm, IdentityKind::Email, typed)?;
        Ok(match stored {
            Some(stored) => Self { account: Some(AccountNumber(stored.account)), address: stored.value },
            None => Self { account: None, address: typed.to_owned() },
        })
    }

    /// What a challenge for the address is bound to: a code, or a permit that goes with it.
    pub fn handle(&self, binding: CodeBinding) -> String {
        match (binding, self.account) {
            (CodeBinding::Holder, Some(account)) => format!("{account} {}", self.address),
            (CodeBinding::Holder | CodeBinding::Address, _) => format!("- {}", address::compared(&self.address)),
        }
    }

    /// The account that a code of the holder dies with.
    fn bound_account(&self, binding: CodeBinding) -> Option<AccountNumber> {
        self.account.filter(|_| binding == CodeBinding::Holder)
    }
}

impl CodeAnswer {
    /// Within a transaction: where the code lies that the address leads to now.
    pub(super) fn key(&self, connection: &mut Connection, realm: &Realm) -> diesel::QueryResult<Vec<u8>> {
        let addressee = Addressee::find(connection, realm, &self.address)?;
        Ok(challenge_key(realm, self.purpose, &addressee.handle(self.binding)))
    }

    /// Within a transaction: the account that the address leads to now.
    pub(super) fn holder(
        &self,
        connection: &mut Connection,
        realm: &Realm,
    ) -> diesel::QueryResult<Option<AccountNumber>> {
        Ok(Addressee::find(connection, realm, &self.address)?.account)
    }

    /// Within a write: whether the code is right. A wrong one costs a try and is counted, for the address over all its
    /// codes and for the network; past either limit no code is looked at.
    pub(super) fn weigh(
        &self,
        connection: &mut Connection,
        realm: &Realm,
        now: Timestamp,
    ) -> diesel::QueryResult<Result<(), AccountError>> {
        let key = self.key(connection, realm)?;
        let Some(policy) = realm.throttle else { return weigh(connection, &key, now, |right| self.is(right)) };
        let counters = CodeCounters::of(policy, &address::compared(&self.address), &self.origin);
        if counters.network_is_over(connection, now)? {
            return Ok(Err(AccountError::Throttled));
        }
        let dead = counters.address_is_over(connection, now)?;
        let weighed = weigh(connection, &key, now, |right| !dead && self.is(right))?;
        if weighed == Err(AccountError::WrongAnswer) {
            counters.fail(connection, now)?;
        }
        Ok(weighed)
    }

    /// Compared by digests, so that time tells nothing.
    fn is(&self, right: &str) -> bool {
        digest_of(&[right.as_bytes()]) == digest_of(&[self.code.as_bytes()])
    }

    /// Within a write: spends the code, or refuses. Whoever tries it first has been counted before, by
    /// [`Accounts::try_code`].
    pub(super) fn spend(
        &self,
        connection: &mut Connection,
        realm: &Realm,
        now: Timestamp,
    ) -> Result<(), Aborted<AccountError>> {
        let key = self.key(connection, realm)?;
        answer(connection, &key, now, |right| self.is(right))?.map_err(Aborted::Refused)
    }
}

impl Accounts {
    /// Where a mail to an address goes.
    pub async fn addressee(&self, realm: &Realm, typed: &str) -> Result<Addressee, AccountError> {
        let (realm, typed) = (realm.clone(), typed.to_owned());
        self.read(move |connection| Addressee::find(connection, &realm, &typed)).await
    }

    /// Whether the account that an address leads to has logged in from a client's network within 90 days. One read in any
    /// case, so that time does not tell whether there is such an account.
    pub async fn knows_network(&self, realm: &Realm, typed: &str, origin: &Origin) -> Result<bool, AccountError> {
        let (realm, typed, origin) = (realm.clone(), typed.to_owned(), origin.clone());
        let now = self.inner.clock.now();
        self.read(move |connection| {
            let holder = Addressee::find(connection, &realm, &typed)?.account.unwrap_or(NOBODY);
            throttle::is_known(connection, holder, &origin, now)
        })
        .await
    }

    /// Makes a code pending; an older one of the same address is not any more.
    pub async fn issue_code(&self, realm: &Realm, new: NewCode) -> Result<(), AccountError> {
        let NewCode { purpose, binding, addressee, code, policy } = new;
        let account = addressee.bound_account(binding);
        let challenge = Challenge { purpose, handle: addressee.handle(binding), answer: code, account, policy };
        self.issue_secret(realm, challenge).await
    }

    /// Withdraws a code whose mail was refused.
    pub async fn withdraw_code(
        &self,
        realm: &Realm,
        purpose: &'static str,
        binding: CodeBinding,
        addressee: &Addressee,
    ) -> Result<(), AccountError> {
        self.withdraw_challenge(realm, purpose, &addressee.handle(binding)).await
    }

    /// Whether a code is right, which does not spend it; a wrong one costs a try and is counted.
    ///
    /// Errors: `UnknownChallenge`, `ExpiredChallenge`, `WrongAnswer`, `Throttled`.
    pub async fn try_code(&self, realm: &Realm, code: &CodeAnswer) -> Result<(), AccountError> {
        self.try_sealed(realm, self.seal_code(code.clone())).await
    }

    /// A code as it is stored and compared.
    pub(super) fn seal_code(&self, answer: CodeAnswer) -> CodeAnswer {
        CodeAnswer { code: self.seal_answer(&answer.code), ..answer }
    }

    async fn try_sealed(&self, realm: &Realm, code: CodeAnswer) -> Result<(), AccountError> {
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        self.write(move |connection| Ok(code.weigh(connection, &realm, now)?)).await?
    }

    /// As [`Accounts::register`] for an address that its owner proves with a code. A taken name or address is told
    /// before the code is looked at.
    ///
    /// Errors: those of [`Accounts::register`] and of [`Accounts::try_code`].
    pub async fn register_with_code(
        &self,
        realm: &Realm,
        registration: Registration,
        code: CodeAnswer,
    ) -> Result<AccountNumber, AccountError> {
        let code = self.seal_code(code);
        self.check_free(realm, &registration).await?;
        self.try_sealed(realm, code.clone()).await?;
        let (realm, prepared, now) = (realm.clone(), self.prepare(registration).await?, self.inner.clock.now());
        self.write(move |connection| {
            code.spend(connection, &realm, now)?;
            prepared.write(connection, &realm)
        })
        .await
    }

    /// Begins a session for an account whose owner has a code; one without the facet gets `first_facet`. The code is
    /// looked at before the account, and spent only if there is one of a role that it opens.
    ///
    /// Errors: those of [`Accounts::try_code`], `UnknownAccount`, `Locked`.
    pub async fn log_in_with_code(
        &self,
        realm: &Realm,
        code: CodeAnswer,
        session: NewSession,
        (facet, first_facet): (&'static str, String),
    ) -> Result<Member, AccountError> {
        let outcome = self.try_to_log_in_with_code(realm, code, session, (facet, first_facet)).await;
        self.inner.activity.count_login(realm.dialect, LoginOutcome::of(&outcome));
        outcome
    }

    async fn try_to_log_in_with_code(
        &self,
        realm: &Realm,
        code: CodeAnswer,
        session: NewSession,
        (facet, first_facet): (&'static str, String),
    ) -> Result<Member, AccountError> {
        check_storable(&first_facet)?;
        let code = self.seal_code(code);
        self.try_sealed(realm, code.clone()).await?;
        let (realm, now) = (realm.clone(), self.inner.clock.now());
        let whose = LoginName::Email(code.address.clone()).into_whose();
        self.write(move |connection| {
            let mut member = hold_member(connection, &realm, &whose, facet)?;
            let number = member.account.number;
            if member.account.role > code.opens {
                return refuse(AccountError::UnknownAccount);
            }
            code.spend(connection, &realm, now)?;
            accounts::set_last_login(connection, number, now)?;
            throttle::make_known(connection, number, &code.origin, now)?;
            sessions::begin(connection, &realm, Some(number), &session, now)?;
            if member.facet.is_none() {
                facets::put(connection, number, facet, &first_facet)?;
                member.facet = Some(first_facet.clone());
            }
            Ok(member)
        })
        .await
    }
}

/// The unlocked account that is meant, held until the write ends.
fn hold_member(
    connection: &mut Connection,
    realm: &Realm,
    whose: &Whose,
    facet: &str,
) -> Result<Member, Aborted<AccountError>> {
    let found = match whose {
        Whose::Number(number) => members::find(connection, realm, *number, facet)?,
        Whose::Identity(kind, value) => members::find_by_identity(connection, realm, *kind, value, facet)?,
    };
    let Some(number) = found.map(|member| member.account.number) else { return refuse(AccountError::UnknownAccount) };
    accounts::hold(connection, number)?;
    // Read again, now that nobody can lock or delete it.
    match members::find(connection, realm, number, facet)? {
        None => refuse(AccountError::UnknownAccount),
        Some(member) if member.account.locked => refuse(AccountError::Locked { password_right: true }),
        Some(member) => Ok(member),
    }
}
