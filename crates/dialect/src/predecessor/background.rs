//! What is done at the old server after a client has its answer: so much at once, and for one account in the order in which it began.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use dragoman_accounts::AccountNumber;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// At once: a quarter of what the old server is asked at once, so that logins that wait for it find room.
const MOST: usize = 8;
/// Of one account at once: the others' logins find places as well.
const MOST_OF_ONE: usize = 2;

type UnderWay = Vec<(AccountNumber, watch::Receiver<()>)>;

#[derive(Clone)]
pub(super) struct Background {
    places: Arc<Semaphore>,
    under_way: Arc<Mutex<UnderWay>>,
}

impl Default for Background {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(MOST)), under_way: Arc::default() }
    }
}

/// Held by what is under way about an account.
struct Place {
    under_way: Arc<Mutex<UnderWay>>,
    /// Whoever waits wakes when it is dropped.
    done: Option<watch::Sender<()>>,
    /// None: it asks the old server nothing.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Background {
    /// Does it in the background, once whatever began earlier about the account has ended. `false`: too much is under way.
    pub fn run(&self, account: AccountNumber, work: impl Future<Output = ()> + Send + 'static) -> bool {
        let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() else { return false };
        self.spawn(account, Some(permit), |earlier| earlier < MOST_OF_ONE, work)
    }

    /// As [`Background::run`] for what asks the old server nothing, if anything is under way about the account: what begins later waits
    /// for it.
    pub fn run_after(&self, account: AccountNumber, work: impl Future<Output = ()> + Send + 'static) {
        self.spawn(account, None, |earlier| earlier > 0, work);
    }

    /// Begins it, if so much may be under way about the account before it.
    fn spawn(
        &self,
        account: AccountNumber,
        permit: Option<OwnedSemaphorePermit>,
        may_begin: impl FnOnce(usize) -> bool,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> bool {
        let (done, ending) = watch::channel(());
        let earlier = {
            // Of two at once one is the earlier.
            let mut list = self.list();
            let earlier = about(&list, account);
            if !may_begin(earlier.len()) {
                return false;
            }
            list.push((account, ending));
            earlier
        };
        let place = Place { under_way: Arc::clone(&self.under_way), done: Some(done), _permit: permit };
        tokio::spawn(async move {
            wait(earlier).await;
            work.await;
            drop(place);
        });
        true
    }

    /// Waits until nothing is under way about an account.
    pub async fn settled(&self, account: AccountNumber) {
        let under_way = about(&self.list(), account);
        wait(under_way).await;
    }

    fn list(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is under way about an account.
fn about(list: &UnderWay, account: AccountNumber) -> Vec<watch::Receiver<()>> {
    list.iter().filter(|(about, _)| *about == account).map(|(_, ending)| ending.clone()).collect()
}

async fn wait(endings: Vec<watch::Receiver<()>>) {
    for mut ending in endings {
        // Nothing is ever sent: it ends with its sender.
        while ending.changed().await.is_ok() {}
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.done = None;
        let mut list = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|(_, ending)| ending.has_changed().is_ok());
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn one_account_s_work_is_done_in_order_and_waited_for() {
        let (background, done) = (Background::default(), Arc::<Mutex<Vec<u8>>>::default());
        let (go, gone) = oneshot::channel::<()>();
        let (first, second) = (Arc::clone(&done), Arc::clone(&done));
        let account = AccountNumber(7);
        assert!(background.run(account, async move {
            gone.await.unwrap();
            first.lock().unwrap().push(1);
        }));
        assert!(background.run(account, async move { second.lock().unwrap().push(2) }));
        background.settled(AccountNumber(8)).await;
        assert!(done.lock().unwrap().is_empty());
        go.send(()).unwrap();
        background.settled(account).await;
        assert_eq!(*done.lock().unwrap(), [1, 2]);
        assert!(background.list().is_empty());
    }

    #[tokio::test]
    async fn what_comes_after_waits_and_is_waited_for() {
        let (background, done) = (Background::default(), Arc::<Mutex<Vec<u8>>>::default());
        let (go, gone) = oneshot::channel::<()>();
        let note = |number| {
            let done = Arc::clone(&done);
            async move { done.lock().unwrap().push(number) }
        };
        let account = AccountNumber(7);
        background.run_after(account, note(9));
        let first = note(1);
        assert!(background.run(account, async move {
            gone.await.unwrap();
            first.await;
        }));
        background.run_after(account, note(2));
        background.run_after(AccountNumber(8), note(9));
        go.send(()).unwrap();
        background.settled(account).await;
        assert_eq!(*done.lock().unwrap(), [1, 2]);
    }

    #[tokio::test]
    async fn one_account_leaves_room_for_others() {
        let background = Background::default();
        let one = AccountNumber(1);
        let begun: Vec<bool> = (0..MOST).map(|_| background.run(one, std::future::pending())).collect();
        assert_eq!(begun.iter().filter(|begun| **begun).count(), MOST_OF_ONE);
        assert!(background.run(AccountNumber(2), std::future::pending()));
    }

    #[tokio::test]
    async fn there_is_room_for_so_much_and_what_panics_leaves_its_place() {
        let background = Background::default();
        for number in 0..i64::try_from(MOST).unwrap() {
            assert!(background.run(AccountNumber(number), std::future::pending()));
        }
        assert!(!background.run(AccountNumber(99), async {}));
        let other = Background::default();
        assert!(other.run(AccountNumber(1), async { panic!("on purpose") }));
        other.settled(AccountNumber(1)).await;
        assert!(other.run(AccountNumber(1), async {}));
    }
}
