//! Puts some requests that only read to the old server as well, off the way of the client, and compares what it answers.
//!
//! `watched.rs` a request that was chosen, until it is answered · `queue.rs` what waits, who asks, what is dropped · `mask.rs` what
//! of a difference may be kept.

mod job;
mod mask;
mod queue;
mod watched;

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use dragoman_accounts::Accounts;
use dragoman_usage::Verdicts;
use tokio::task::JoinHandle;

use crate::{config::MountSettings, mounting::Mounts};
use queue::Queue;
pub(crate) use watched::Watched;

/// The old servers of all mounts that have one. Cloned for each worker.
#[derive(Clone)]
pub(crate) struct Shadows {
    queues: Arc<HashMap<String, Arc<Queue>>>,
    mounts: Mounts,
}

/// The old servers, and the tasks that ask them.
pub(crate) type Opened = (Shadows, Vec<JoinHandle<()>>);

impl Shadows {
    /// Opens the old servers' clients and begins to ask; `None` when no mount has any. The error is a sentence for the operator.
    pub fn open(
        settings: &[MountSettings],
        mounts: &Mounts,
        accounts: &Accounts,
        verdicts: &Arc<Verdicts>,
    ) -> Result<Option<Opened>, String> {
        let (mut queues, mut asking) = (HashMap::new(), Vec::new());
        for mount in settings {
            let Some(shadow) = &mount.shadow else { continue };
            let (queue, running) = Queue::open(mount, shadow, accounts, verdicts)
                .map_err(|error| format!("[{}.shadow]: {error}", mount.section))?;
            queues.insert(mount.prefix.clone(), Arc::new(queue));
            asking.push(tokio::spawn(running));
        }
        let shadows = Self { queues: Arc::new(queues), mounts: mounts.clone() };
        Ok((!asking.is_empty()).then_some((shadows, asking)))
    }

    /// Keeps what the old server is to be asked, if this request is among the chosen. Whether it only reads is known when it
    /// has been routed.
    pub fn watch(&self, request: &mut ServiceRequest) -> Option<Watched> {
        let mount = self.mounts.in_charge_of(request.request())?;
        let queue = self.queues.get(&mount.prefix).filter(|queue| queue.chooses())?;
        Watched::of(request, Arc::clone(queue), &mount.prefix)
    }
}
