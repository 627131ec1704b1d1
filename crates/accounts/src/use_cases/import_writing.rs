//! One batch of an import being written.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use dragoman_store::{Aborted, Connection};

use crate::{
    Account, AccountError, AccountNumber, Realm,
    clock::Timestamp,
    identity::{EVERYWHERE, IdentityKeys, IdentityKind},
    queries::{
        bulk_inserts, bulk_reads,
        counters::{self, ACCOUNT_NUMBER, LIVE_ACCOUNTS},
        identities::{self, NewIdentity},
        import_entries::{EntryKind, EntryRow},
    },
    realm::Admission,
    use_cases::{
        import::{HIGHEST_KEPT, Prepared, TakenOver, bury_imported, take_over},
        import_aside::aside_entry,
        import_merge::merge,
        import_snapshot::Snapshot,
        import_state::State,
        sessions,
    },
};

/// One account of a batch, with everything made that a transaction must not make.
pub(crate) struct Planned {
    /// Of the map from old things to accounts.
    pub key: Vec<u8>,
    /// The place in the plan behind it.
    pub position: i64,
    pub step: Step,
    /// The look-up keys of what it wants, in the order of [`wanted`].
    pub wanted: Vec<IdentityKeys>,
}

/// What is done with it.
pub(crate) enum Step {
    Create(Box<Prepared>),
    Bury { id: i64, created_at: Option<Timestamp>, deleted_at: Timestamp, uuid: String },
    Merge { into: AccountNumber, account: Box<Prepared> },
}

/// How long one transaction goes on taking accounts one by one; a store gives up on what takes much longer.
const LONGEST: Duration = Duration::from_millis(1_500);

/// An account's identities with their look-up keys.
type Keys<'s> = Vec<(NewIdentity<'s>, &'s IdentityKeys)>;

/// What of a batch is looked up before it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookUp {
    /// Everything.
    All,
    /// Only what the database's own unique keys would not refuse: names that the realm's scope has beside those that count
    /// everywhere.
    Shadows,
}

/// One batch being written. Accounts whose number and names are all free go in together; any other one goes the way of a
/// single import, after those before it.
pub(crate) struct Writing<'s> {
    realm: &'s Realm,
    import: &'s str,
    now: Timestamp,
    /// Of the batch's keys and numbers those that are given away.
    held: HashSet<Vec<u8>>,
    numbers: HashSet<i64>,
    free: Vec<(&'s [u8], &'s Prepared, Keys<'s>)>,
    entries: Vec<EntryRow>,
}

impl<'s> Writing<'s> {
    /// Writes accounts until all are written, or the time is over: then the place behind the last one.
    pub fn write(
        connection: &mut Connection,
        (realm, import, now): (&'s Realm, &'s str, Timestamp),
        planned: Vec<&'s Planned>,
        look_up: LookUp,
    ) -> Result<Option<i64>, Aborted<AccountError>> {
        let begun = Instant::now();
        let keys: Vec<Keys<'s>> = planned.iter().map(|planned| planned.keys(realm)).collect();
        let mut writing = match look_up {
            LookUp::All => Self::begin(connection, (realm, import, now), &planned, &keys)?,
            LookUp::Shadows => Self::begin_trusting(connection, (realm, import, now), &keys)?,
        };
        let mut reached = None;
        for (Planned { key, position, step, .. }, wanted) in planned.into_iter().zip(keys) {
            writing.take(connection, key, step, wanted)?;
            // Those that are gathered have taken no time yet.
            if writing.free.is_empty() && begun.elapsed() > LONGEST {
                reached = Some(*position);
                break;
            }
        }
        writing.flush(connection)?;
        Ok(reached)
    }

    fn begin(
        connection: &mut Connection,
        (realm, import, now): (&'s Realm, &'s str, Timestamp),
        planned: &[&'s Planned],
        keys: &[Keys<'s>],
    ) -> diesel::QueryResult<Self> {
        let numbered = |planned: &&'s Planned| match &planned.step {
            Step::Create(account) => account.id,
            Step::Bury { .. } | Step::Merge { .. } => None,
        };
        let numbers: Vec<i64> = planned.iter().filter_map(numbered).collect();
        let held = held(connection, keys.iter().flatten().map(|(_, keys)| *keys))?;
        let numbers = bulk_reads::known_numbers(connection, &numbers)?;
        Ok(Self { realm, import, now, held, numbers, free: Vec::new(), entries: Vec::new() })
    }

    /// Without asking for what a unique key of the database refuses: then the whole batch is written again, with all look-ups.
    fn begin_trusting(
        connection: &mut Connection,
        (realm, import, now): (&'s Realm, &'s str, Timestamp),
        keys: &[Keys<'s>],
    ) -> diesel::QueryResult<Self> {
        let is_name_beside = realm.scope_of_new_names() != &*realm.scope
            && identities::any_in_scope(connection, &realm.scope, IdentityKind::Username)?;
        let beside = |name: &NewIdentity<'_>| name.kind == IdentityKind::Username && name.scope == &*realm.scope;
        let names = keys.iter().flatten().filter(|(name, _)| is_name_beside && beside(name));
        let held = held(connection, names.map(|(_, keys)| *keys))?;
        Ok(Self { realm, import, now, held, numbers: HashSet::new(), free: Vec::new(), entries: Vec::new() })
    }

    fn take(
        &mut self,
        connection: &mut Connection,
        key: &'s [u8],
        step: &'s Step,
        keys: Keys<'s>,
    ) -> Result<(), Aborted<AccountError>> {
        match step {
            Step::Create(account) => {
                if self.is_free(account, &keys) {
                    self.hold(account.id, &keys);
                    self.free.push((key, account, keys));
                    return Ok(());
                }
                self.flush(connection)?;
                let taken = take_over(connection, self.realm, account, true, self.now)?;
                self.hold(Some(taken.number.0), &keys);
                self.record(connection, key, EntryKind::Created, &taken, None)
            }
            Step::Bury { id, created_at, deleted_at, uuid } => {
                self.flush(connection)?;
                let dead = Account { created_at: *created_at, ..Account::nobody(uuid.clone()) };
                let taken = bury_imported(connection, self.realm, *id, dead, *deleted_at)?;
                self.numbers.insert(taken.number.0);
                self.record(connection, key, EntryKind::Buried, &taken, None)
            }
            Step::Merge { into, account } => {
                self.flush(connection)?;
                let (taken, previous) = merge(connection, self.realm, *into, account, self.now)?;
                self.hold(Some(taken.number.0), &keys);
                self.record(connection, key, EntryKind::Merged, &taken, Some(previous))
            }
        }
    }

    fn is_free(&self, account: &Prepared, keys: &Keys<'_>) -> bool {
        let number_is_free =
            account.id.is_none_or(|id| (1..=HIGHEST_KEPT).contains(&id) && !self.numbers.contains(&id));
        number_is_free
            && keys.iter().all(|(_, keys)| !self.held.contains(&keys.exact) && !self.held.contains(&keys.folded))
    }

    fn hold(&mut self, number: Option<i64>, keys: &Keys<'_>) {
        self.numbers.extend(number);
        for (_, keys) in keys {
            self.held.insert(keys.exact.clone());
            self.held.insert(keys.folded.clone());
        }
    }

    /// Writes the accounts that are entirely free, each table once.
    fn flush(&mut self, connection: &mut Connection) -> Result<(), Aborted<AccountError>> {
        let free = std::mem::take(&mut self.free);
        if !free.is_empty() {
            let numbers = self.number(connection, &free)?;
            self.insert(connection, &numbers, free)?;
        }
        Ok(bulk_inserts::insert_entries(connection, std::mem::take(&mut self.entries))?)
    }

    /// Old numbers are kept, and the counter stays above them; accounts without one get the next.
    fn number(
        &mut self,
        connection: &mut Connection,
        free: &[(&[u8], &Prepared, Keys<'_>)],
    ) -> diesel::QueryResult<Vec<AccountNumber>> {
        if let Some(highest) = free.iter().filter_map(|(_, account, _)| account.id).max() {
            counters::raise(connection, ACCOUNT_NUMBER, highest)?;
        }
        let fresh = free.iter().filter(|(_, account, _)| account.id.is_none()).count();
        let fresh = i64::try_from(fresh).unwrap_or(i64::MAX);
        let mut next = if fresh > 0 { counters::add(connection, ACCOUNT_NUMBER, fresh)? - fresh } else { 0 };
        let mut number = |account: &Prepared| {
            account.id.unwrap_or_else(|| {
                next += 1;
                next
            })
        };
        let numbers: Vec<_> = free.iter().map(|(_, account, _)| AccountNumber(number(account))).collect();
        self.numbers.extend(numbers.iter().map(|number| number.0));
        counters::add(connection, LIVE_ACCOUNTS, i64::try_from(free.len()).unwrap_or(i64::MAX))?;
        Ok(numbers)
    }

    fn insert(
        &mut self,
        connection: &mut Connection,
        numbers: &[AccountNumber],
        free: Vec<(&[u8], &Prepared, Keys<'s>)>,
    ) -> diesel::QueryResult<()> {
        let (mut rows, mut names, mut credentials, mut facets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut tokens = Vec::new();
        for ((key, prepared, keys), number) in free.into_iter().zip(numbers) {
            let account = Account { number: *number, ..prepared.account.clone() };
            let held: Keys<'s> = keys
                .into_iter()
                .filter(|(name, _)| self.claims(name))
                .map(|(name, keys)| (NewIdentity { account: *number, ..name }, keys))
                .collect();
            let state = State::of_new(&account, held.iter().map(|(name, _)| name), prepared.facet.as_ref(), self.realm);
            self.entries.push(self.entry(key, EntryKind::Created, *number, state.digest(), None));
            names.extend(held);
            credentials.push((*number, prepared.credentials.as_slice()));
            facets.extend(prepared.facet.as_ref().map(|(name, body)| (*number, *name, body.as_str())));
            rows.push(account);
            // An account that is being made has no session that this one could end.
            let session = prepared.session.as_ref();
            tokens.extend(session.iter().flat_map(|new| sessions::rows_of(self.realm, Some(*number), new, self.now)));
        }
        bulk_inserts::insert_accounts(connection, &rows)?;
        bulk_inserts::insert_identities(connection, names)?;
        bulk_inserts::insert_credentials(connection, &credentials, self.now)?;
        bulk_inserts::insert_facets(connection, &facets)?;
        bulk_inserts::insert_sessions(connection, tokens)
    }

    /// Whether an identity that was looked up is also given: a name counts everywhere, and only an address counts in the
    /// realm's scope as well (see `claim_name` and `claim_address`).
    fn claims(&self, name: &NewIdentity<'_>) -> bool {
        match name.kind {
            IdentityKind::Username => name.scope == self.realm.scope_of_new_names(),
            IdentityKind::Email => {
                name.scope != EVERYWHERE || (name.verified && self.realm.admits == Admission::Everywhere)
            }
            IdentityKind::ExternalId => false,
        }
    }

    fn record(
        &mut self,
        connection: &mut Connection,
        key: &[u8],
        kind: EntryKind,
        taken: &TakenOver,
        previous: Option<String>,
    ) -> Result<(), Aborted<AccountError>> {
        let state = Snapshot::state_of_one(connection, self.realm, taken.number)?;
        self.entries.push(self.entry(key, kind, taken.number, state.digest(), previous));
        if let Some(aside) = taken.aside {
            self.numbers.insert(aside.account.0);
            self.entries.push(aside_entry(self.realm, self.import, aside));
        }
        // The next account may take the number that stepping aside cost.
        self.numbers.insert(counters::value(connection, ACCOUNT_NUMBER)?);
        Ok(())
    }

    fn entry(
        &self,
        key: &[u8],
        kind: EntryKind,
        account: AccountNumber,
        digest: Vec<u8>,
        previous: Option<String>,
    ) -> EntryRow {
        EntryRow {
            scope: self.realm.scope.to_string(),
            entry_key: key.to_vec(),
            import: self.import.to_owned(),
            kind: kind.to_stored(),
            account: Some(account.0),
            digest,
            previous,
        }
    }
}

impl Planned {
    pub fn new(realm: &Realm, (key, position, step): (Vec<u8>, i64, Step)) -> Self {
        let keys = |name: &NewIdentity<'_>| IdentityKeys::new(name.scope, name.kind, name.value);
        let wanted = step.wanted(realm).iter().map(keys).collect();
        Self { key, position, step, wanted }
    }

    fn keys<'s>(&'s self, realm: &'s Realm) -> Keys<'s> {
        self.step.wanted(realm).into_iter().zip(&self.wanted).collect()
    }
}

impl Step {
    /// Every identity a single import would look up before it gives an account its names: all must be free, or the account
    /// goes that way.
    fn wanted<'s>(&'s self, realm: &'s Realm) -> Vec<NewIdentity<'s>> {
        match self {
            Self::Create(account) | Self::Merge { account, .. } => wanted(realm, account),
            Self::Bury { .. } => Vec::new(),
        }
    }
}

fn wanted<'s>(realm: &'s Realm, account: &'s Prepared) -> Vec<NewIdentity<'s>> {
    let new = |kind, scope: &'s str, value: &'s str, verified| NewIdentity {
        account: AccountNumber(0),
        kind,
        scope,
        value,
        verified,
        names: realm.names,
    };
    let mut names = vec![
        new(IdentityKind::Username, EVERYWHERE, &account.username, true),
        new(IdentityKind::Username, &realm.scope, &account.username, true),
    ];
    if let Some(email) = &account.login_address {
        for scope in [EVERYWHERE, &*realm.scope] {
            names.push(new(IdentityKind::Email, scope, &email.address, email.verified));
        }
    }
    names
}

/// Those of the keys that are given away.
fn held<'k>(
    connection: &mut Connection,
    keys: impl Iterator<Item = &'k IdentityKeys>,
) -> diesel::QueryResult<HashSet<Vec<u8>>> {
    let (exact, folded): (Vec<&[u8]>, Vec<&[u8]>) =
        keys.map(|keys| (keys.exact.as_slice(), keys.folded.as_slice())).unzip();
    let held = bulk_reads::holders(connection, &exact, &folded)?;
    Ok(held.into_iter().map(|(key, _)| key).collect())
}
