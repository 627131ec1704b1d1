//! Whose path is this? On the familiar paths the longest namespace decides, then the mount that names the Host.

/// A mount as far as it claims paths.
pub struct Claimant<'a> {
    /// Its place in the configuration, for messages.
    pub section: &'a str,
    /// Its URL prefix.
    pub prefix: &'a str,
    /// The namespaces it claims on the familiar paths; empty when it does not answer there.
    pub namespaces: &'static [&'static str],
    /// The only hosts it claims them for; empty: all.
    pub hosts: &'a [String],
}

/// The server's own paths; none of the five old servers used them.
const RESERVED: [&str; 3] = ["/healthz", "/readyz", "/_testing"];

/// Whether a prefix would hide an operator endpoint, or hide behind one.
pub fn is_reserved(prefix: &str) -> bool {
    RESERVED.iter().any(|own| prefix == *own || is_inside(prefix, own))
}

/// Sentences about mounts that would both have to answer one path.
pub fn conflicts(claimants: &[Claimant]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, left) in claimants.iter().enumerate() {
        for right in claimants.iter().skip(index + 1) {
            found.extend(conflict(left, right));
        }
        for other in claimants {
            found.extend(hidden_namespace(left, other));
        }
    }
    found
}

fn conflict(left: &Claimant, right: &Claimant) -> Option<String> {
    if left.prefix == right.prefix {
        return Some(format!("[{}] and [{}] have the same prefix `{}`", left.section, right.section, left.prefix));
    }
    let namespace = left.namespaces.iter().find(|namespace| right.namespaces.contains(namespace))?;
    let share_a_host = match (left.hosts.is_empty(), right.hosts.is_empty()) {
        (true, true) => true,
        (false, false) => left.hosts.iter().any(|host| right.hosts.contains(host)),
        _ => false,
    };
    share_a_host.then(|| {
        format!(
            "[{}] and [{}] both answer on the familiar paths `{namespace}`: give them different `hosts`, or set \
             `familiar_paths = false` in one of them",
            left.section, right.section
        )
    })
}

fn hidden_namespace(mount: &Claimant, other: &Claimant) -> Option<String> {
    let namespace = other.namespaces.iter().find(|namespace| is_inside(namespace, mount.prefix))?;
    Some(format!(
        "the prefix `{}` of [{}] would hide the familiar paths `{namespace}` of [{}]",
        mount.prefix, mount.section, other.section
    ))
}

fn is_inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

struct Claim {
    namespace: &'static str,
    host: Option<String>,
    mount: usize,
}

/// The claims in the order in which they are asked: longest namespace first, a named host before all hosts.
pub struct Ownership(Vec<Claim>);

impl Ownership {
    /// Orders the claims; mounts are known by their position.
    pub fn new(claimants: &[Claimant]) -> Self {
        let mut claims = Vec::new();
        for (mount, claimant) in claimants.iter().enumerate() {
            for namespace in claimant.namespaces {
                if claimant.hosts.is_empty() {
                    claims.push(Claim { namespace, host: None, mount });
                }
                let named = claimant.hosts.iter().map(|host| Claim { namespace, host: Some(host.clone()), mount });
                claims.extend(named);
            }
        }
        claims.sort_by_key(|claim| (std::cmp::Reverse(claim.namespace.len()), claim.host.is_none()));
        Self(claims)
    }

    /// The mount that decides about a decoded path; `host` as the client sent it.
    pub fn owner(&self, path: &str, host: Option<&str>) -> Option<usize> {
        let host = host.map(without_port);
        let claim = self.0.iter().find(|claim| {
            path.starts_with(claim.namespace)
                && claim.host.as_deref().is_none_or(|named| host.is_some_and(|host| host.eq_ignore_ascii_case(named)))
        })?;
        Some(claim.mount)
    }
}

/// Whether a mount for these hosts only (none: all) answers for `host`, as the client sent it.
pub fn answers_for(hosts: &[String], host: Option<&str>) -> bool {
    let is_named = |host: &str| hosts.iter().any(|named| host.eq_ignore_ascii_case(named));
    hosts.is_empty() || host.map(without_port).is_some_and(is_named)
}

fn without_port(host: &str) -> &str {
    let name = match host.rfind(':') {
        Some(colon) if !host.get(colon..).is_some_and(|rest| rest.contains(']')) => host.get(..colon).unwrap_or(host),
        _ => host,
    };
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEDUSA: &[&str] = &["/api/", "/s/"];
    const FRP: &[&str] = &["/api/v2/"];
    const PHP: &[&str] = &["/api/v1/users/"];
    const PROXY: &[&str] = &["/"];
    const V1: &[&str] = &["/api/v1/", "/api/image/"];

    fn claimant<'a>(section: &'a str, namespaces: &'static [&'static str], hosts: &'a [String]) -> Claimant<'a> {
        Claimant { section, prefix: section, namespaces, hosts }
    }

    #[test]
    fn the_longest_namespace_of_the_five_decides() {
        let all = [("/frp", FRP), ("/medusa", MEDUSA), ("/php", PHP), ("/proxy", PROXY), ("/v1", V1)];
        let claimants: Vec<Claimant> = all.iter().map(|(name, namespaces)| claimant(name, namespaces, &[])).collect();
        assert_eq!(conflicts(&claimants), Vec::<String>::new());
        let ownership = Ownership::new(&claimants);
        let owner = |path: &str| ownership.owner(path, Some("any")).map(|mount| all[mount].0);
        for (path, expected) in [
            ("/", "/proxy"),
            ("/login", "/proxy"),
            ("//api/login/", "/proxy"),
            ("/api", "/proxy"),
            ("/s", "/proxy"),
            ("/s/", "/medusa"),
            ("/api/login/", "/medusa"),
            ("/api/v3/x", "/medusa"),
            ("/api/v2", "/medusa"),
            ("/api/v2/", "/frp"),
            ("/api/v1/users", "/v1"),
            ("/api/v1/users/login.php", "/php"),
            ("/api/v1/user/", "/v1"),
            ("/api/image/", "/v1"),
            ("/API/image/", "/proxy"),
        ] {
            assert_eq!(owner(path), Some(expected), "{path}");
        }
        assert_eq!(owner("*"), None);
    }

    #[test]
    fn a_named_host_goes_before_all_hosts() {
        let hosts = ["old.example".to_owned(), "[::1]".to_owned()];
        let ownership = Ownership::new(&[claimant("/a", PROXY, &[]), claimant("/b", PROXY, &hosts)]);
        assert_eq!(ownership.owner("/x", Some("OLD.example.:8080")), Some(1));
        assert_eq!(ownership.owner("/x", Some("[::1]:80")), Some(1));
        assert_eq!(ownership.owner("/x", Some("[::1]")), Some(1));
        assert_eq!(ownership.owner("/x", Some("new.example")), Some(0));
        assert_eq!(ownership.owner("/x", None), Some(0));
    }

    #[test]
    fn overlaps_that_nothing_decides_are_told() {
        let (one, two) = (["a".to_owned()], ["a".to_owned(), "b".to_owned()]);
        let other = ["c".to_owned()];
        assert_eq!(conflicts(&[claimant("/p", PROXY, &[]), claimant("/q", PROXY, &[])]).len(), 1);
        assert_eq!(conflicts(&[claimant("/p", PROXY, &one), claimant("/q", PROXY, &two)]).len(), 1);
        assert_eq!(conflicts(&[claimant("/p", PROXY, &other), claimant("/q", PROXY, &two)]).len(), 0);
        assert_eq!(conflicts(&[claimant("/p", PROXY, &[]), claimant("/p", &[], &[])]).len(), 1);
        assert_eq!(conflicts(&[claimant("/api", &[], &[]), claimant("/q", MEDUSA, &[])]).len(), 1);
        assert!(is_reserved("/_testing/x") && is_reserved("/healthz") && !is_reserved("/healthzz"));
    }
}
