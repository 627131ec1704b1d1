//! The routes of a dialect as its contract lists them, for those who look at traffic from outside: who still calls what, and
//! what may be asked of an old server a second time.

/// What a request on a route does to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteClass {
    /// Reads: asked twice, or of two servers, it changes nothing.
    Read,
    /// Changes something.
    Write,
    /// Must not be asked twice though it reads: its answer is made by chance, or it proves who somebody is.
    Never,
}

/// A path of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The methods it serves; none: every one. HEAD goes with GET.
    pub methods: &'static [&'static str],
    /// Its pattern, as the router knows it, without the mount's prefix.
    pub pattern: &'static str,
    /// What it does.
    pub class: RouteClass,
}

impl Route {
    /// A route for GET.
    pub const fn get(pattern: &'static str, class: RouteClass) -> Self {
        Self { methods: &["GET"], pattern, class }
    }

    /// A route for POST.
    pub const fn post(pattern: &'static str, class: RouteClass) -> Self {
        Self { methods: &["POST"], pattern, class }
    }

    /// A route for some methods; none: every one.
    pub const fn of(methods: &'static [&'static str], pattern: &'static str, class: RouteClass) -> Self {
        Self { methods, pattern, class }
    }

    /// Whether it serves a method.
    pub fn serves(&self, method: &str) -> bool {
        let method = if method == "HEAD" { "GET" } else { method };
        self.methods.is_empty() || self.methods.contains(&method)
    }
}
