//! Accounts over all scopes, found by the beginning of a name, an address or an imported number.

use std::{fmt, str::FromStr};

use dragoman_store::Connection;

use crate::{
    AccountError, Accounts,
    account::IDENTITY_BYTES,
    folding::fold,
    identity::search_key,
    queries::{
        bulk_reads, dossiers,
        search_keys::{self, Hit},
    },
    use_cases::dossier::{Summary, summaries},
};

/// Where a page of a search ended; as text it goes into an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPlace {
    search_key: Vec<u8>,
    exact_key: Vec<u8>,
}

/// One page of what a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// By what they are found by: the whole text first, then by beginnings in order.
    pub accounts: Vec<Summary>,
    /// Where to go on; `None`: this was the last page.
    pub next: Option<SearchPlace>,
}

/// Accounts that have the whole text as a name and go before all others. More of them come in their order.
const WHOLE: i64 = 20;
/// Identities whose keys are made in one write.
const BATCH: i64 = 500;

impl Accounts {
    /// Live accounts of which a name, address or imported number of any scope begins with this text, whatever its case; or
    /// whose number it is. An account that is found by several of its identities may be on several pages.
    pub async fn search(
        &self,
        text: &str,
        after: Option<SearchPlace>,
        limit: usize,
    ) -> Result<SearchPage, AccountError> {
        if text.len() > IDENTITY_BYTES {
            return Ok(SearchPage { accounts: Vec::new(), next: None });
        }
        let (text, limit) = (text.to_owned(), i64::try_from(limit).unwrap_or(i64::MAX));
        let (prefix, folded) = (search_key(&text), fold(&text));
        self.read(move |connection| {
            let mut numbers = if after.is_none() { meant_exactly(connection, &text)? } else { Vec::new() };
            let place = after.as_ref().map(|place| (place.search_key.as_slice(), place.exact_key.as_slice()));
            let hits = search_keys::beginning_with(connection, &prefix, place, limit)?;
            let next = hits.last().filter(|_| i64::try_from(hits.len()).is_ok_and(|length| length == limit));
            let next = next.cloned().map(SearchPlace::of);
            // The key of a long value holds its beginning only.
            let is_meant = |hit: &&Hit| folded.len() <= prefix.len() || fold(&hit.value).starts_with(&folded);
            for hit in hits.iter().filter(is_meant) {
                if !numbers.contains(&hit.account) {
                    numbers.push(hit.account);
                }
            }
            let mut live = bulk_reads::live_accounts(connection, &numbers)?;
            let accounts = numbers.iter().filter_map(|number| live.remove(number)).collect();
            Ok(SearchPage { accounts: summaries(connection, accounts)?, next })
        })
        .await
    }

    /// Makes the keys of identities that have none: a version before wrote them. Gives how many there were.
    pub async fn make_search_keys(&self) -> Result<usize, AccountError> {
        let mut made = 0;
        loop {
            let missing = self.read(|connection| search_keys::missing(connection, BATCH)).await?;
            if missing.is_empty() {
                return Ok(made);
            }
            made += missing.len();
            let write = self.write(move |connection| {
                for (exact_key, value) in &missing {
                    search_keys::set(connection, exact_key, &search_key(value))?;
                }
                Ok(())
            });
            write.await?;
        }
    }
}

/// The account of that number, and those that have the whole text as an identity.
fn meant_exactly(connection: &mut Connection, text: &str) -> diesel::QueryResult<Vec<i64>> {
    let mut numbers: Vec<i64> = text.parse::<i64>().into_iter().collect();
    for number in dossiers::holders(connection, text, WHOLE)? {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

impl SearchPlace {
    fn of(hit: Hit) -> Self {
        Self { search_key: hit.search_key.unwrap_or_default(), exact_key: hit.exact_key }
    }
}

impl fmt::Display for SearchPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.search_key.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))?;
        formatter.write_str("-")?;
        self.exact_key.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Not what [`SearchPlace`] is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSearchPlace;

impl FromStr for SearchPlace {
    type Err = NoSearchPlace;

    fn from_str(text: &str) -> Result<Self, NoSearchPlace> {
        let (key, exact) = text.split_once('-').ok_or(NoSearchPlace)?;
        Ok(Self { search_key: bytes(key)?, exact_key: bytes(exact)? })
    }
}

fn bytes(digits: &str) -> Result<Vec<u8>, NoSearchPlace> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let text = str::from_utf8(pair).ok().filter(|text| text.bytes().all(|digit| digit.is_ascii_hexdigit()));
        text.filter(|text| text.len() == 2).and_then(|text| u8::from_str_radix(text, 16).ok()).ok_or(NoSearchPlace)
    };
    if digits.len() > 128 { Err(NoSearchPlace) } else { pairs.map(byte).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written() {
        let place = SearchPlace { search_key: b"ann".to_vec(), exact_key: vec![0, 255, 16] };
        assert_eq!(place.to_string(), "616e6e-00ff10");
        assert_eq!(place.to_string().parse(), Ok(place));
        for wrong in ["", "616", "61-6", "61-6+", "zz-00", "61-\u{e9}", &format!("{}-", "61".repeat(65))] {
            assert_eq!(wrong.parse::<SearchPlace>(), Err(NoSearchPlace), "{wrong:?}");
        }
    }
}
