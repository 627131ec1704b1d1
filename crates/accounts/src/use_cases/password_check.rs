//! Checking a presented password: count the attempt, verify on the hashing pool, and only then write what follows from it.

use dragoman_passwords::{Caller, Presented, Standing, fresh_credentials, upgrade_needed};
use dragoman_store::{Aborted, Connection};

use crate::{
    AccountError, AccountNumber, Accounts, Inner, Member, NameMatching, Origin, Realm, ThrottlePolicy,
    clock::Timestamp,
    identity::{IdentityKind, compared},
    queries::{
        accounts,
        credentials::{self, StoredCredential},
        identities, members,
    },
    realm::Admission,
    throttle::{Counters, Target},
    use_cases::credentials::{DigestViews, from_stored, to_stored},
};

/// Whose password is checked.
#[derive(Debug, Clone)]
pub(crate) enum Whose {
    /// The account a name or address leads to.
    Identity(IdentityKind, String),
    /// This account.
    Number(AccountNumber),
}

/// A password presented for an account.
#[derive(Clone)]
pub(crate) struct PasswordAttempt {
    pub whose: Whose,
    pub presented: Presented,
    /// The facet to give back with the account.
    pub facet: &'static str,
    pub origin: Origin,
}

/// What is known before the password is looked at.
pub(crate) struct Candidate {
    pub member: Option<Member>,
    pub credentials: Vec<StoredCredential>,
    /// The name the name-bound digest is made from.
    digest_name: Option<String>,
    pub counters: Option<Counters>,
    /// The account logged in from this network before.
    is_known_network: bool,
}

/// What a look at a password says.
pub(crate) enum Verdict {
    /// It is another.
    Wrong,
    /// It is right.
    Right {
        /// What should be kept in the place of what is.
        upgrade: Option<Vec<StoredCredential>>,
    },
}

/// What a password is checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Its owner is let in, or may change something; what is kept is brought up to date.
    Login,
    /// Nothing that whoever sent it is told, by an answer or by time.
    Proof,
}

/// A password that was right when it was checked. [`CheckedPassword::confirm`] makes sure that it still is.
pub(crate) struct CheckedPassword {
    pub member: Member,
    /// What the account had when it was checked.
    credentials: Vec<StoredCredential>,
    /// What it should have instead, if its scheme or its views were out of date.
    upgrade: Option<Vec<StoredCredential>>,
    pub counters: Option<Counters>,
    /// A lock does not matter.
    locked_too: bool,
}

/// How often a password is checked again because its verifiers were replaced meanwhile.
pub(crate) const CHECKS: usize = 4;

impl CheckedPassword {
    /// Within the write that follows from a right password: holds the account, makes sure that neither it nor its
    /// password has gone since, forgets the failures, and stores the upgrade. Gives the account as it is now.
    ///
    /// `None`: its verifiers were replaced since, by a change of the password or by the upgrade of another login:
    /// check again.
    pub fn confirm(
        &self,
        connection: &mut Connection,
        now: Timestamp,
    ) -> Result<Option<Member>, Aborted<AccountError>> {
        let number = self.member.account.number;
        if !accounts::hold(connection, number)? {
            return Err(Aborted::Refused(AccountError::UnknownAccount));
        }
        let account = accounts::find(connection, number)?.ok_or(Aborted::Refused(AccountError::UnknownAccount))?;
        if credentials::of_account(connection, number)? != self.credentials {
            return Ok(None);
        }
        if account.locked && !self.locked_too {
            refuse_over(connection, self.counters.as_ref(), now)?.map_err(Aborted::Refused)?;
            return Err(Aborted::Refused(AccountError::Locked { password_right: true }));
        }
        if let Some(counters) = &self.counters {
            counters.succeed(connection, now)?;
        }
        if let Some(upgrade) = &self.upgrade {
            credentials::replace(connection, number, upgrade, now)?;
        }
        Ok(Some(Member { account, ..self.member.clone() }))
    }

    /// Whether [`CheckedPassword::confirm`] has anything to write.
    pub fn leaves_traces(&self) -> bool {
        self.upgrade.is_some() || self.counters.is_some()
    }
}

impl Accounts {
    /// Verifies a password. A locked account is refused whatever the password, with the answer to whether it was right;
    /// unless `locked_too`: a dialect whose tokens outlive a lock lets their owner change the password (proxy 1.3).
    pub(crate) async fn check_password(
        &self,
        realm: &Realm,
        attempt: PasswordAttempt,
        locked_too: bool,
    ) -> Result<CheckedPassword, AccountError> {
        let PasswordAttempt { whose, presented, facet, origin } = attempt;
        let candidate = self.candidate(realm, whose, facet, origin.clone()).await?;
        let verdict = self.verify(realm, &candidate, presented, &origin, Purpose::Login).await?;
        let Candidate { member, credentials, counters, .. } = candidate;
        if matches!(verdict, Verdict::Wrong) {
            self.settle_failure(&counters).await?;
        }
        let member = member.ok_or(AccountError::UnknownAccount)?;
        let (refused, now) = (member.account.locked && !locked_too, self.inner.clock.now());
        match verdict {
            Verdict::Wrong if refused => Err(AccountError::Locked { password_right: false }),
            Verdict::Right { .. } if refused => {
                // As for a login: a right guess among a hundred at once gains nothing.
                self.read(move |connection| refuse_over(connection, counters.as_ref(), now)).await??;
                Err(AccountError::Locked { password_right: true })
            }
            Verdict::Wrong => Err(AccountError::WrongPassword),
            Verdict::Right { upgrade } => Ok(CheckedPassword { member, credentials, upgrade, counters, locked_too }),
        }
    }

    /// Looks the account up, unless a limit on failed attempts has been reached.
    pub(crate) async fn candidate(
        &self,
        realm: &Realm,
        whose: Whose,
        facet: &'static str,
        origin: Origin,
    ) -> Result<Candidate, AccountError> {
        let now = self.inner.clock.now();
        let look_up = LookUp { realm: realm.clone(), whose, facet, origin, digests: self.digest_views(), now };
        self.read(move |connection| {
            let candidate = look_up.run(connection)?;
            Ok(refuse_over(connection, candidate.counters.as_ref(), now)?.map(|()| candidate))
        })
        .await?
    }

    /// A wrong password, or the name of nobody. `Throttled`: it was one too many by the time it was settled.
    pub(crate) async fn settle_failure(&self, counters: &Option<Counters>) -> Result<(), AccountError> {
        let Some(counters) = counters.clone() else { return Ok(()) };
        let now = self.inner.clock.now();
        self.write(move |connection| counters.fail(connection, now)).await
    }

    /// On the hashing pool: whether the password is right and, if so, what the account should keep instead of what it
    /// has. An account that does not exist costs as much as the dearest that does.
    pub(crate) async fn verify(
        &self,
        realm: &Realm,
        candidate: &Candidate,
        presented: Presented,
        origin: &Origin,
        purpose: Purpose,
    ) -> Result<Verdict, AccountError> {
        let (domain, digest_views) = (self.clone(), self.digest_views());
        let (taken, kept) = (digest_views.taken_by(realm), digest_views.kept());
        let name = candidate.digest_name.clone();
        let number = candidate.member.as_ref().map(|member| member.account.number);
        let key = self.sealing_key();
        let views = match number {
            Some(number) => from_stored(number, &candidate.credentials, key.as_ref())?,
            None => Vec::new(),
        };
        let standing = if candidate.is_known_network { Standing::Known } else { Standing::Ordinary };
        let is_dear = views.iter().any(|(_, scheme)| scheme.work().is_dear());
        let caller = Caller { is_dear, ..origin.caller(standing) };
        let verify = move || {
            let Inner { hasher, randomness, .. } = &*domain.inner;
            let matched = match purpose {
                Purpose::Login => hasher.check(&views, name.as_deref(), &presented, &taken),
                Purpose::Proof => hasher.check_evenly(&views, name.as_deref(), &presented, &taken),
            };
            let Some(matched) = matched else { return Verdict::Wrong };
            match presented {
                Presented::Plain(password)
                    if purpose == Purpose::Login
                        && upgrade_needed(&views, matched, name.as_deref(), &kept, hasher.cost()) =>
                {
                    let fresh = fresh_credentials(&password, name.as_deref(), &kept, hasher.cost(), &**randomness);
                    Verdict::Right { upgrade: Some(to_stored(&fresh)) }
                }
                Presented::Plain(_) | Presented::Digest(_) => Verdict::Right { upgrade: None },
            }
        };
        self.inner.hashing.run(&caller, verify).await.map_err(|_| AccountError::Busy)
    }
}

/// Whether a limit on failed attempts has been reached.
fn refuse_over(
    connection: &mut Connection,
    counters: Option<&Counters>,
    now: Timestamp,
) -> diesel::QueryResult<Result<(), AccountError>> {
    match counters {
        Some(counters) if counters.is_over(connection, now)? => Ok(Err(AccountError::Throttled)),
        _ => Ok(Ok(())),
    }
}

struct LookUp {
    realm: Realm,
    whose: Whose,
    facet: &'static str,
    origin: Origin,
    digests: DigestViews,
    now: Timestamp,
}

impl LookUp {
    fn run(&self, connection: &mut Connection) -> diesel::QueryResult<Candidate> {
        let member = self.member(connection)?;
        let counters = self.realm.throttle.map(|policy| self.counters(policy, member.as_ref()));
        let Some(number) = member.as_ref().map(|member| member.account.number) else {
            let credentials = Vec::new();
            return Ok(Candidate { member, credentials, digest_name: None, counters, is_known_network: false });
        };
        let credentials = credentials::of_account(connection, number)?;
        let digest_name = self.digests.username(connection, number)?;
        let is_known_network = match &counters {
            Some(counters) => counters.is_from_known_network(connection, self.now)?,
            None => false,
        };
        Ok(Candidate { member, credentials, digest_name, counters, is_known_network })
    }

    fn member(&self, connection: &mut Connection) -> diesel::QueryResult<Option<Member>> {
        let Self { realm, whose, facet, .. } = self;
        match whose {
            Whose::Number(number) => members::find(connection, realm, *number, facet),
            Whose::Identity(IdentityKind::Email, address) => {
                let known = members::find_by_identity(connection, realm, IdentityKind::Email, address, facet)?;
                if known.is_some() || realm.admits == Admission::Own {
                    return Ok(known);
                }
                match identities::find_unverified_elsewhere(connection, realm, address)? {
                    Some(number) => members::find(connection, realm, number, facet),
                    None => Ok(None),
                }
            }
            Whose::Identity(kind, value) => members::find_by_identity(connection, realm, *kind, value, facet),
        }
    }

    fn counters(&self, policy: ThrottlePolicy, member: Option<&Member>) -> Counters {
        let unknown =
            |name: &str| Counters::of(policy, &Target::Unknown { dialect: self.realm.dialect, name }, &self.origin);
        match (member, &self.whose) {
            (Some(member), _) => Counters::of(policy, &Target::Account(member.account.number), &self.origin),
            (None, Whose::Number(number)) => Counters::of(policy, &Target::Account(*number), &self.origin),
            // As many spellings as an account would have lead to one counter, or it would tell who exists.
            (None, Whose::Identity(kind, name)) if self.realm.names == NameMatching::CaseBlind => {
                unknown(&compared(*kind, name))
            }
            (None, Whose::Identity(_, name)) => unknown(name),
        }
    }
}
