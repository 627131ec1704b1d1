//! Waiting that ends: one timer, set anew only when it matters.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// How long something has been waited for. Costs a look at the clock a wait; the timer itself is moved only when it rings
/// too early.
#[derive(Default)]
pub struct Patience {
    due: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    /// It came, or is waited for no longer.
    pub fn renew(&mut self) {
        self.due = None;
    }

    /// Waits on; ready once `limit` has passed since the first wait.
    pub fn poll(&mut self, context: &mut Context<'_>, limit: Duration) -> Poll<()> {
        let due = *self.due.get_or_insert_with(|| Instant::now() + limit);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
        // A timer that rings earlier wakes us earlier, and is moved then.
        if timer.deadline() > due {
            timer.as_mut().reset(due);
        }
        while timer.as_mut().poll(context).is_ready() {
            if timer.deadline() >= due {
                return Poll::Ready(());
            }
            timer.as_mut().reset(due);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_limit_counts_from_the_first_wait_after_each_renewal() {
        let mut patience = Patience::default();
        let begun = Instant::now();
        let second = Duration::from_secs(1);
        assert!(poll_fn(|context| Poll::Ready(patience.poll(context, 10 * second))).await.is_pending());
        tokio::time::advance(5 * second).await;
        patience.renew();
        poll_fn(|context| patience.poll(context, 10 * second)).await;
        assert_eq!(begun.elapsed().as_secs(), 15);
        patience.renew();
        poll_fn(|context| patience.poll(context, second)).await;
        assert_eq!(begun.elapsed().as_secs(), 16);
    }
}
