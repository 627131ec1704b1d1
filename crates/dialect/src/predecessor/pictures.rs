//! Picture files of accounts that move come along, so that they are here when the old server is gone.

use std::time::Duration;

use dragoman_accounts::AccountNumber;
use dragoman_upstream::Request;
use tokio::time::timeout;

use super::Predecessor;
use crate::pictures::{PictureError, PictureStore, is_name};

/// At once: slow ones leave the places of logins free.
pub(super) const MOST: usize = 4;
/// How long a picture waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

impl Predecessor {
    /// Fetches a picture that the store has not, and stores it under its name. `false`: the old server has none either, or none that
    /// can be kept.
    pub async fn fetch_picture(&self, pictures: &PictureStore, name: &str, folder: &str) -> bool {
        if !is_name(name) || !self.is_reachable() {
            return false;
        }
        // A page shows many at once.
        let Ok(Ok(_place)) = timeout(PATIENCE, self.pictures.acquire()).await else { return false };
        if pictures.facts(name).await.is_ok_and(|facts| facts.is_some()) {
            return true;
        }
        let Ok(reply) = self.ask(Request::get(format!("{folder}{name}"))).await else { return false };
        let is_picture = reply.header("Content-Type").is_some_and(|kind| kind.starts_with("image/"));
        if reply.status() != 200 || !is_picture || reply.body().is_empty() {
            return false;
        }
        store(pictures, name, reply.body()).await.is_ok()
    }

    /// In the background: the pictures of an account that has just come from there, those that are not here yet.
    pub fn bring_pictures(
        &self,
        account: AccountNumber,
        pictures: &PictureStore,
        names: Vec<String>,
        folder: &'static str,
    ) {
        let pictures = pictures.clone();
        self.run_in_background(account, |old| async move {
            for name in names {
                if pictures.facts(&name).await.is_ok_and(|facts| facts.is_none()) {
                    old.fetch_picture(&pictures, &name, folder).await;
                }
            }
        });
    }
}

async fn store(pictures: &PictureStore, name: &str, bytes: &[u8]) -> Result<(), PictureError> {
    let mut upload = pictures.begin(name)?;
    upload.write(bytes).await?;
    upload.finish().await.map(|_| ())
}
