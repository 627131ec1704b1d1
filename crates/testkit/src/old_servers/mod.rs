//! Old servers to stand behind a gateway in tests: a second implementation of what each contract says of logins, profiles,
//! captchas, passwords and registration, on plain actix and on nothing of our adapters. They can be told to misbehave, and
//! they count what they are asked.

#![allow(clippy::result_large_err, reason = "a refusal is an answer, and tests have few of them")]

mod behaviour;
mod frp;
mod medusa;
mod pages;
mod php;
mod proxy;
mod v1;

use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, MutexGuard, mpsc},
    thread,
};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::ServerHandle,
    middleware::from_fn,
    rt::System,
    web::{self, Data, ServiceConfig},
};
use dragoman_passwords::random::{Randomness, SystemRandomness};

pub use behaviour::Behaviour;

/// A user of an old server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OldUser {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub username: String,
    /// Its password as it is typed.
    pub password: String,
    /// Its address; v1 logs in with it.
    pub email: String,
    /// medusa `show_name`, php `nickname`.
    pub display_name: String,
    /// proxy `description`, v1 `sign`.
    pub bio: String,
    /// In the dialect's own numbers.
    pub role: i64,
    /// Cannot log in.
    pub locked: bool,
    /// medusa's account key, frp's tunnel key, php's uuid.
    pub key: String,
    /// A picture, as the dialect shows it.
    pub avatar: String,
    /// v1 `spacecover`.
    pub cover: String,
}

impl OldUser {
    /// An ordinary user.
    pub fn named(id: i64, username: &str, password: &str) -> Self {
        Self {
            id,
            username: username.to_owned(),
            password: password.to_owned(),
            email: format!("{username}@old.example"),
            key: format!("key-of-{username}"),
            ..Self::default()
        }
    }
}

/// What an old server keeps beside its users: texts by what they are about.
#[derive(Default)]
struct State {
    users: Vec<OldUser>,
    /// Whose token, or which session, is known.
    tokens: HashMap<String, i64>,
    /// Captcha texts by key, sliders by address, php's page state by session.
    puzzles: HashMap<String, String>,
    /// Mailed codes by address.
    codes: HashMap<String, String>,
    /// Whatever else is remembered: v1's counters and permits.
    notes: HashMap<String, i64>,
    behaviour: Behaviour,
    asked: Vec<String>,
    /// Names that came with a password.
    tried: Vec<String>,
    /// What its pages were shown, as it stood.
    shown: Vec<String>,
    /// Picture files by path.
    pictures: HashMap<String, Vec<u8>>,
}

impl State {
    fn user(&self, matches: impl Fn(&OldUser) -> bool) -> Option<&OldUser> {
        self.users.iter().find(|user| matches(user))
    }

    fn by_token(&self, token: &str) -> Option<&OldUser> {
        let id = self.tokens.get(token)?;
        self.user(|user| user.id == *id)
    }

    fn next_id(&self) -> i64 {
        self.users.iter().map(|user| user.id).max().unwrap_or(0) + 1
    }
}

type Shared = Data<Mutex<State>>;

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Letters and digits without `0`.
fn random(length: usize) -> String {
    SystemRandomness.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz123456789", length)
}

fn random_hex(bytes: usize) -> String {
    SystemRandomness.hex(bytes)
}

/// What a person reads off a picture, for a client of a test.
fn shows(text: &str) -> (&'static str, String) {
    ("X-Dragoman-Captcha-Answer", text.to_owned())
}

fn json(body: String) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(body)
}

/// A running old server; it ends with the value.
pub struct OldServer {
    dialect: &'static str,
    state: Arc<Mutex<State>>,
    address: SocketAddr,
    running: Option<(ServerHandle, thread::JoinHandle<()>)>,
}

impl OldServer {
    /// One of a dialect with these users, on a port of its own.
    pub fn start(dialect: &'static str, users: Vec<OldUser>) -> Self {
        let state = Arc::new(Mutex::new(State { users, ..State::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let running = Some(run(dialect, &state, listener));
        Self { dialect, state, address, running }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How it treats requests from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        lock(&self.state).behaviour = behaviour;
    }

    /// Nobody listens any more.
    pub fn stop(&mut self) {
        let Some((handle, thread)) = self.running.take() else { return };
        drop(handle.stop(false));
        System::new().block_on(handle.stop(false));
        thread.join().expect("the old server ends");
    }

    /// Listens again on the same port, with everything it knew.
    pub fn restart(&mut self) {
        self.stop();
        let listener = TcpListener::bind(self.address).expect("its port again");
        self.running = Some(run(self.dialect, &self.state, listener));
    }

    /// What it was asked, as `POST /login`, in order; forgotten by asking.
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.state).asked)
    }

    /// Names with which it was asked to log somebody in or to change a password, in order; forgotten by asking. Of medusa and php.
    pub fn take_tried(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.state).tried)
    }

    /// What its pages were shown: targets, headers and bodies; forgotten by asking.
    pub fn take_shown(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.state).shown)
    }

    /// It has a picture file at a path.
    pub fn put_picture(&self, path: &str, bytes: Vec<u8>) {
        lock(&self.state).pictures.insert(path.to_owned(), bytes);
    }

    /// The tokens or sessions of those who are logged in.
    pub fn tokens(&self) -> Vec<String> {
        lock(&self.state).tokens.keys().cloned().collect()
    }

    /// v1: logins give an access and a refresh token from now on, as its first generation did.
    pub fn be_first_generation(&self) {
        lock(&self.state).notes.insert(v1::FIRST_GENERATION.to_owned(), 1);
    }

    /// v1, first generation: every access token is over.
    pub fn expire_access(&self) {
        let mut state = lock(&self.state);
        state.tokens.retain(|token, _| !token.starts_with(v1::ACCESS));
    }

    /// A user as it is there now.
    pub fn user(&self, username: &str) -> Option<OldUser> {
        lock(&self.state).user(|user| user.username == username).cloned()
    }

    /// Changes something about a user, as if it had happened there.
    pub fn edit(&self, username: &str, edit: impl FnOnce(&mut OldUser)) {
        let mut state = lock(&self.state);
        edit(state.users.iter_mut().find(|user| user.username == username).expect("a user"));
    }

    /// What a picture shows: by medusa's key, php's old session, v1's address.
    pub fn puzzle(&self, about: &str) -> Option<String> {
        lock(&self.state).puzzles.get(about).cloned()
    }

    /// The newest puzzle of a server that has one only.
    pub fn only_puzzle(&self) -> String {
        let state = lock(&self.state);
        assert_eq!(state.puzzles.len(), 1, "one puzzle");
        state.puzzles.values().next().cloned().expect("a puzzle")
    }

    /// The code it mailed.
    pub fn code(&self, email: &str) -> Option<String> {
        lock(&self.state).codes.get(email).cloned()
    }

    /// A token it would issue.
    pub fn issue_token(&self, username: &str) -> String {
        let mut state = lock(&self.state);
        let id = state.user(|user| user.username == username).expect("a user").id;
        let issued = 1_700_000_000 + i64::try_from(state.tokens.len()).expect("a few");
        let token = if self.dialect == "proxy" { proxy::token(id, issued) } else { random_hex(16) };
        state.tokens.insert(token.clone(), id);
        token
    }
}

impl Drop for OldServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(
    dialect: &'static str,
    state: &Arc<Mutex<State>>,
    listener: TcpListener,
) -> (ServerHandle, thread::JoinHandle<()>) {
    let configure: fn(&mut ServiceConfig) = match dialect {
        "frp" => frp::configure,
        "medusa" => medusa::configure,
        "php" => php::configure,
        "proxy" => proxy::configure,
        "v1" => v1::configure,
        other => panic!("no old server speaks {other}"),
    };
    let (state, (tell, told)) = (Data::from(Arc::clone(state)), mpsc::channel());
    let thread = thread::spawn(move || {
        System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(state.clone())
                    .app_data(web::PayloadConfig::new(1 << 20))
                    .wrap(from_fn(behaviour::behave))
                    .configure(configure)
                    .configure(pages::configure)
            })
            .workers(1)
            .disable_signals()
            .shutdown_timeout(0)
            .listen(listener)
            .expect("an old server")
            .run();
            tell.send(server.handle()).expect("its handle is wanted");
            server.await.expect("the old server ran");
        });
    });
    (told.recv().expect("its handle"), thread)
}
