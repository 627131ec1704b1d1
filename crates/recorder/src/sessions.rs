//! Which session an exchange belongs to: by a cookie or a token of it, else by the client's address.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use dragoman_fixtures::{Exchange, Loss, Mounted};
use serde_json::Value;

use crate::redaction::{Roles, tokens};
use crate::testing_calls::{self, TestingCall};

/// So many exchanges of a session are kept; what follows passes unrecorded and is counted.
const LONGEST: usize = 1_000;
/// So many sessions are open at once, and so many bytes are held; beyond it the one that was silent for longest is closed.
const MOST_OPEN: usize = 1_000;
const MOST_HELD: usize = 256 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Address(IpAddr),
    Token(String),
}

/// A client's session so far.
#[derive(Debug)]
pub(crate) struct Session {
    marks: BTreeSet<Mark>,
    pub(crate) given: Option<Value>,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) losses: Vec<Loss>,
    before: Vec<Value>,
    unrecorded: usize,
    held: usize,
    last: Instant,
}

/// The sessions that are open.
pub(crate) struct Sessions {
    open: Vec<Session>,
    roles: Roles,
    idle: Duration,
    /// Somebody sets the server's state through us: until the next time everything is one session, whoever sends it.
    is_staged: bool,
}

impl Session {
    fn new(given: Option<Value>, now: Instant) -> Self {
        Self {
            marks: BTreeSet::new(),
            given,
            exchanges: Vec::new(),
            losses: Vec::new(),
            before: Vec::new(),
            unrecorded: 0,
            held: 0,
            last: now,
        }
    }

    fn add(&mut self, mut exchange: Exchange, losses: Vec<Loss>, held: usize) {
        if self.exchanges.len() >= LONGEST {
            self.unrecorded += 1;
            return;
        }
        exchange.before = std::mem::take(&mut self.before);
        self.exchanges.push(exchange);
        self.held += held;
        let number = self.exchanges.len();
        self.losses.extend(losses.into_iter().map(|loss| Loss { entry: Some(number), what: loss.what }));
    }

    /// In the order in which the requests began, counted anew.
    fn closed(mut self) -> Self {
        if self.unrecorded > 0 {
            let what =
                format!("{} more exchanges passed: a session is recorded up to {LONGEST} of them", self.unrecorded);
            self.losses.push(Loss { entry: None, what });
        }
        self.exchanges.sort_by_key(|exchange| exchange.started);
        for (index, exchange) in self.exchanges.iter_mut().enumerate() {
            exchange.entry = index + 1;
        }
        self
    }
}

impl Sessions {
    pub(crate) fn new(dialects: &[Mounted], idle: Duration) -> Self {
        Self { open: Vec::new(), roles: Roles::new(dialects), idle, is_staged: false }
    }

    /// Takes an exchange; gives the sessions that it closes. `held`: how many bytes it is.
    pub(crate) fn take(
        &mut self,
        client: IpAddr,
        exchange: Exchange,
        losses: Vec<Loss>,
        held: usize,
        now: Instant,
    ) -> Vec<Session> {
        match testing_calls::of(&exchange) {
            Some(TestingCall::Reset(given)) => {
                let closed = self.close_all();
                self.is_staged = true;
                self.open.push(Session::new(Some(given), now));
                return closed;
            }
            Some(TestingCall::Before(before)) => {
                let session = self.open.first_mut().filter(|_| self.is_staged);
                session.into_iter().for_each(|session| session.before.extend(before.clone()));
                return Vec::new();
            }
            Some(TestingCall::Nothing) => return Vec::new(),
            None => {}
        }
        let (sent, given) = if self.is_staged { Default::default() } else { tokens(&exchange, &self.roles) };
        let place = self.place_of(client, &sent);
        let session = match place.and_then(|place| self.open.get_mut(place)) {
            Some(session) => session,
            None => {
                let mut session = Session::new(None, now);
                if sent.is_empty() {
                    session.marks.insert(Mark::Address(client));
                }
                self.open.push(session);
                let Some(session) = self.open.last_mut() else { return Vec::new() };
                session
            }
        };
        session.marks.extend(sent.into_iter().chain(given).map(Mark::Token));
        session.last = now;
        session.add(exchange, losses, held);
        self.close_surplus()
    }

    fn place_of(&self, client: IpAddr, sent: &[String]) -> Option<usize> {
        if self.is_staged {
            return (!self.open.is_empty()).then_some(0);
        }
        let marked = |mark: &Mark| self.open.iter().position(|session| session.marks.contains(mark));
        if sent.is_empty() {
            return marked(&Mark::Address(client));
        }
        sent.iter().find_map(|token| marked(&Mark::Token(token.clone())))
    }

    fn close_surplus(&mut self) -> Vec<Session> {
        let mut closed = Vec::new();
        while self.open.len() > MOST_OPEN || self.held() > MOST_HELD {
            let silent = (0..self.open.len()).min_by_key(|place| self.open.get(*place).map(|session| session.last));
            let Some(place) = silent else { break };
            closed.push(self.open.remove(place).closed());
        }
        closed
    }

    fn held(&self) -> usize {
        self.open.iter().map(|session| session.held).sum()
    }

    /// Those of whom nothing was heard for as long as a session may be silent.
    pub(crate) fn close_idle(&mut self, now: Instant) -> Vec<Session> {
        let idle = self.idle;
        let (closed, open) =
            std::mem::take(&mut self.open).into_iter().partition(|session| now.duration_since(session.last) >= idle);
        self.open = open;
        let closed: Vec<Session> = closed;
        closed.into_iter().map(Session::closed).filter(|session| !session.exchanges.is_empty()).collect()
    }

    pub(crate) fn close_all(&mut self) -> Vec<Session> {
        let closed = std::mem::take(&mut self.open).into_iter().map(Session::closed);
        closed.filter(|session| !session.exchanges.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use dragoman_fixtures::{Body, FieldRole, Headers, Hints, Role, SeenAnswer, SentRequest};

    use super::*;

    fn exchange(target: &str, sent: &[(&str, &str)], answer: &str) -> Exchange {
        let headers = sent.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Exchange {
            entry: 0,
            started: None,
            milliseconds: None,
            before: Vec::new(),
            hints: Hints::default(),
            comment: None,
            request: SentRequest {
                method: "POST".into(),
                target: target.into(),
                headers: Headers(headers),
                body: Body::Bytes(b"{\"accounts\":[],\"advance\":5}".to_vec()),
            },
            answer: SeenAnswer {
                status: 200,
                headers: Headers::default(),
                body: Body::Bytes(answer.as_bytes().to_vec()),
            },
            step: None,
        }
    }

    fn sessions() -> Sessions {
        let roles = vec![FieldRole { field: "token".into(), role: Role::Token }];
        let dialect = Mounted { dialect: "any".into(), prefix: None, namespaces: Vec::new(), roles };
        Sessions::new(&[dialect], Duration::from_secs(30))
    }

    fn take(sessions: &mut Sessions, client: &str, exchange: Exchange) -> Vec<Session> {
        sessions.take(client.parse().unwrap(), exchange, Vec::new(), 10, Instant::now())
    }

    #[test]
    fn a_session_is_known_by_its_token_else_by_the_address() {
        let mut sessions = sessions();
        let token = r#"{"token":"abcdef0123456789"}"#;
        take(&mut sessions, "10.0.0.1", exchange("/login", &[], token));
        // From elsewhere, with the token; and from the same place, without.
        take(&mut sessions, "10.0.0.2", exchange("/me", &[("Authorization", "Bearer abcdef0123456789")], "{}"));
        take(&mut sessions, "10.0.0.1", exchange("/captcha", &[], "{}"));
        take(&mut sessions, "10.0.0.1", exchange("/other", &[("Cookie", "sid=somebodyelse1")], "{}"));
        take(&mut sessions, "10.0.0.3", exchange("/third", &[], "{}"));
        let closed = sessions.close_all();
        let counts: Vec<usize> = closed.iter().map(|session| session.exchanges.len()).collect();
        assert_eq!(counts, [3, 1, 1]);
    }

    #[test]
    fn silence_closes_a_session() {
        let mut sessions = sessions();
        take(&mut sessions, "10.0.0.1", exchange("/a", &[], "{}"));
        assert!(sessions.close_idle(Instant::now()).is_empty());
        assert_eq!(sessions.close_idle(Instant::now() + Duration::from_secs(31)).len(), 1);
        assert!(sessions.close_all().is_empty());
    }

    #[test]
    fn a_state_that_is_set_through_us_begins_a_session_of_everybody() {
        let mut sessions = sessions();
        take(&mut sessions, "10.0.0.1", exchange("/a", &[], "{}"));
        assert_eq!(take(&mut sessions, "10.0.0.1", exchange("/_testing/reset", &[], "")).len(), 1);
        take(&mut sessions, "10.0.0.1", exchange("/b", &[("Authorization", "abcdef0123456789")], "{}"));
        take(&mut sessions, "10.0.0.1", exchange("/_testing/clock", &[], ""));
        take(&mut sessions, "10.0.0.2", exchange("/c", &[], "{}"));
        let closed = sessions.close_all();
        assert_eq!(closed.len(), 1);
        assert_eq!(closed[0].exchanges.len(), 2);
        assert!(closed[0].given.is_some());
        assert_eq!(closed[0].exchanges[1].before, [serde_json::json!({"advance_clock": 5})]);
    }

    #[test]
    fn an_endless_session_is_kept_up_to_a_bound() {
        let mut sessions = sessions();
        for _ in 0..LONGEST + 3 {
            take(&mut sessions, "10.0.0.1", exchange("/a", &[], "{}"));
        }
        let closed = sessions.close_all();
        assert_eq!(closed[0].exchanges.len(), LONGEST);
        assert!(closed[0].losses[0].what.starts_with("3 more"));
    }
}
