//! Compares the picture store with what accounts show: an upload is unused when no facet of its dialect names it.

use std::collections::{HashSet, hash_map::RandomState};
use std::hash::BuildHasher;
use std::time::Duration;

use dragoman_accounts::{AccountNumber, Accounts};
use dragoman_dialect::{
    PictureUse,
    pictures::{Listed, PictureStore},
};
use futures_util::TryStreamExt;

use crate::config::MountSettings;

/// A folder of pictures, and whose they are.
#[derive(Clone)]
pub(crate) struct Place {
    /// The mount's scope, which names the folder.
    pub scope: String,
    pictures: PictureUse,
}

/// The folders of all mounts that keep pictures, each once.
pub(crate) fn picture_places(mounts: &[MountSettings]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for mount in mounts {
        if let Some(pictures) = mount.dialect.pictures
            && places.iter().all(|place| place.scope != mount.scope)
        {
            places.push(Place { scope: mount.scope.clone(), pictures });
        }
    }
    places
}

/// A picture of the store, and what is known of it.
pub(crate) struct Found {
    pub listed: Listed,
    /// An upload of a client; the others an operator put there.
    pub is_upload: bool,
    /// An account shows it.
    pub is_used: bool,
}

/// The names that facets hold, as 64-bit hashes, so that a million of them are few megabytes. Of two names with one hash a
/// picture stays that could go.
struct Shown {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl Shown {
    async fn read(accounts: &Accounts, pictures: PictureUse) -> Result<Self, String> {
        let (hasher, mut hashes) = (RandomState::new(), HashSet::new());
        let mut after = Some(AccountNumber(0));
        while let Some(number) = after {
            let (bodies, next) =
                accounts.facet_page(pictures.facet, number).await.map_err(|error| error.to_string())?;
            for body in bodies {
                // Which pictures it shows is not known: then none is unused.
                let names =
                    (pictures.named_in)(&body).ok_or_else(|| format!("a facet {} does not read", pictures.facet))?;
                hashes.extend(names.iter().map(|name| hasher.hash_one(name.as_str())));
            }
            after = next;
        }
        Ok(Self { hasher, hashes })
    }

    fn has(&self, name: &str) -> bool {
        self.hashes.contains(&self.hasher.hash_one(name))
    }
}

/// All pictures of a place. The store is listed before the facets are read: what is uploaded and shown meanwhile counts as
/// shown.
pub(crate) async fn compare(accounts: &Accounts, store: &PictureStore, place: &Place) -> Result<Vec<Found>, String> {
    let folder = store.scoped(&place.scope).map_err(|error| error.to_string())?;
    let listed: Vec<Listed> = folder.list().try_collect().await.map_err(|error| error.to_string())?;
    let shown = Shown::read(accounts, place.pictures).await?;
    let found = |listed: Listed| Found {
        is_upload: (place.pictures.is_upload)(&listed.name),
        is_used: shown.has(&listed.name),
        listed,
    };
    Ok(listed.into_iter().map(found).collect())
}

/// Removes the uploads that are older than `age` and that nobody shows; gives their number.
pub(crate) async fn remove_unused(
    accounts: &Accounts,
    store: &PictureStore,
    places: &[Place],
    age: Duration,
) -> Result<usize, String> {
    let before = accounts.clock().now().minus(age).seconds();
    let mut removed = 0;
    for place in places {
        let folder = store.scoped(&place.scope).map_err(|error| error.to_string())?;
        for Found { listed, is_upload, is_used } in compare(accounts, store, place).await? {
            if is_upload && !is_used && listed.facts.modified < before {
                folder.delete(&listed.name).await.map_err(|error| error.to_string())?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}
