//! Counts who calls which route, off the way of the request: one entry in memory, written with others later.

use std::sync::Arc;

use actix_web::{HttpMessage, dev::ServiceResponse, http::header::USER_AGENT};
use dragoman_accounts::{AccountNumber, Accounts};
use dragoman_dialect::Route;
use dragoman_usage::{Call, Caller, Client, OTHER_ROUTE, Tallies};

/// In the scope's application data: the mount that answers, and what its dialect's routes are.
#[derive(Clone)]
pub(crate) struct MountRoutes {
    /// The URL prefix, by which the mount is known.
    pub prefix: Arc<str>,
    /// The contract's routes.
    pub routes: &'static [Route],
}

impl MountRoutes {
    /// The route of a request, known by the router's pattern and its method.
    pub fn route(&self, pattern: &str, method: &str) -> Option<&'static Route> {
        let bare = pattern.strip_prefix(&*self.prefix).unwrap_or(pattern);
        self.routes.iter().find(|route| (route.pattern == pattern || route.pattern == bare) && route.serves(method))
    }
}

/// Counts the calls of one server. Cloned for each worker.
#[derive(Clone)]
pub(crate) struct Calls {
    tallies: Arc<Tallies>,
    accounts: Accounts,
}

impl Calls {
    pub fn new(tallies: Arc<Tallies>, accounts: Accounts) -> Self {
        Self { tallies, accounts }
    }

    /// Counts a request that was answered, by the router's pattern. A preflight is nobody's call: the one it asks for follows it.
    pub fn count<B>(&self, response: &ServiceResponse<B>, pattern: Option<&str>) {
        let request = response.request();
        let Some(mount) = request.app_data::<MountRoutes>() else { return };
        let method = request.method().as_str();
        if method == "OPTIONS" {
            return;
        }
        let route = pattern.and_then(|pattern| mount.route(pattern, method));
        let account = request.extensions().get::<AccountNumber>().map(|number| number.0);
        let call = Call {
            mount: Arc::clone(&mount.prefix),
            route: route.map_or(OTHER_ROUTE, |route| route.pattern),
            client: Client::of_user_agent(request.headers().get(USER_AGENT).map(|value| value.as_bytes())),
            caller: account.map_or(Caller::Nobody, Caller::Account),
        };
        self.tallies.count(call, self.accounts.clock().now().millis());
    }
}
