//! Five dialects with the old servers' namespaces, and servers made of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use dragoman_accounts::{AccountNumber, Accounts, NewPassword, Origin, Registration, Role};
use dragoman_dialect::{Dialect, DialectKind, MountContext, Registered, Swapped, Testing, TokenPlace, TokenSwap};
use dragoman_passwords::Secret;
use dragoman_server::{
    config::{ConfigFile, Settings, Sources, load},
    operator::realm,
    process::{RunningServer, StartError, StartOptions, start},
};
use futures_util::{StreamExt, future::LocalBoxFuture, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const NAMES: [&str; 5] = ["frp", "medusa", "php", "proxy", "v1"];
const NAMESPACES: [&[&str]; 5] =
    [&["/api/v2/"], &["/api/", "/s/"], &["/api/v1/users/"], &["/"], &["/api/v1/", "/api/image/"]];

pub const REGISTRY: &[Registered] = &[
    Registered::of::<Fake<0>>(),
    Registered::of::<Fake<1>>(),
    Registered::of::<Fake<2>>(),
    Registered::of::<Fake<3>>(),
    Registered::of::<Fake<4>>(),
];

/// Bytes of an answer that no buffer holds.
pub const LARGE: usize = 16 << 20;

pub struct Fake<const WHICH: usize>;

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct FakeSettings {
    greeting: String,
}

struct Mounted {
    name: &'static str,
    scope: Arc<str>,
    /// What the testing API did, in words.
    state: Arc<Mutex<String>>,
}

impl<const WHICH: usize> DialectKind for Fake<WHICH> {
    const NAME: &'static str = NAMES[WHICH];
    const NAMESPACES: &'static [&'static str] = NAMESPACES[WHICH];
    const CASE_BLIND: bool = false;
    type Settings = FakeSettings;

    fn mount(settings: FakeSettings, context: MountContext) -> Result<Arc<dyn Dialect>, String> {
        if settings.greeting == "refused" {
            return Err("this greeting is refused".to_owned());
        }
        Ok(Arc::new(Mounted { name: NAMES[WHICH], scope: context.realm.scope, state: Arc::default() }))
    }
}

impl Dialect for Mounted {
    fn configure(&self, config: &mut web::ServiceConfig) {
        let who = format!("{}/{}", self.name, self.scope);
        let (found, wrong, unknown, state) = (who.clone(), who.clone(), who, self.state.clone());
        config
            .service(
                web::resource("/api/known")
                    .route(web::get().to(move || {
                        let body = found.clone();
                        async move { HttpResponse::Ok().body(body) }
                    }))
                    .default_service(web::to(move || {
                        let body = wrong.clone();
                        async move { HttpResponse::MethodNotAllowed().body(body) }
                    })),
            )
            .route(
                "/slow",
                web::get().to(|| async {
                    tokio::time::sleep(Duration::from_millis(600)).await;
                    HttpResponse::Ok().body("slow but whole")
                }),
            )
            .route("/large", web::get().to(|| async { HttpResponse::Ok().body("x".repeat(LARGE)) }))
            .route(
                "/stream",
                web::get().to(|| async {
                    let page = actix_web::web::Bytes::from("x".repeat(LARGE / 16));
                    let pages = stream::repeat_with(move || Ok::<_, actix_web::Error>(page.clone())).take(64);
                    HttpResponse::Ok().streaming(pages)
                }),
            )
            .route(
                "/stream-short",
                web::get().to(|| async {
                    let page = Ok::<_, actix_web::Error>(actix_web::web::Bytes::from("x"));
                    HttpResponse::Ok().streaming(stream::iter([page]))
                }),
            )
            .route(
                "/state",
                web::get().to(move || {
                    let body = state.lock().unwrap().clone();
                    async move { HttpResponse::Ok().body(body) }
                }),
            )
            .default_service(web::to(move |request: HttpRequest| {
                let body = format!("{unknown} {}", request.match_info().unprocessed());
                async move { HttpResponse::NotFound().body(body) }
            }));
    }

    fn testing(&self) -> &dyn Testing {
        self
    }

    fn token_swap(&self) -> Option<Arc<dyn TokenSwap>> {
        Some(Arc::new(OneToken))
    }
}

/// Knows one session, and the old server's token for it.
struct OneToken;

#[async_trait::async_trait]
impl TokenSwap for OneToken {
    fn places(&self) -> &'static [TokenPlace] {
        &[TokenPlace::Header("Token"), TokenPlace::Query("token"), TokenPlace::Member("token")]
    }

    async fn swap(&self, token: &str) -> Swapped {
        if token == "ours" { Swapped::For("the-old-one".to_owned()) } else { Swapped::AsItIs }
    }
}

impl Testing for Mounted {
    fn reset_settings(&self, overrides: &Map<String, Value>) -> Result<(), String> {
        if overrides.contains_key("unknown") {
            return Err("no setting `unknown`".to_owned());
        }
        *self.state.lock().unwrap() = format!("settings {}", Value::from(overrides.clone()));
        Ok(())
    }

    fn seed<'a>(
        &'a self,
        accounts: &'a [Value],
        rows: &'a Map<String, Value>,
    ) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let mut state = self.state.lock().unwrap();
            state.push_str(&format!(" accounts {} rows {}", Value::from(accounts), Value::from(rows.clone())));
            Ok(())
        })
    }
}

/// A server on its own database in its own folder.
pub struct TestServer {
    pub running: RunningServer,
    pub folder: tempfile::TempDir,
}

pub fn settings(folder: &tempfile::TempDir, toml: &str) -> Settings {
    let path = folder.path().join("dragoman.toml");
    std::fs::write(&path, toml).unwrap();
    let database = format!("sqlite://{}", folder.path().join("accounts.db").display());
    let sources = Sources {
        file: ConfigFile::Required(path),
        environment: Vec::new(),
        command_line: vec![
            ("--listen", "server.listen", "127.0.0.1:0".to_owned()),
            ("--database", "database.url", database),
        ],
    };
    load(&sources, REGISTRY).unwrap_or_else(|problems| panic!("{problems}")).settings
}

pub async fn try_serve(toml: &str, testing: bool) -> Result<TestServer, StartError> {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder, toml);
    let options = StartOptions { testing, own_database: false, ..StartOptions::default() };
    Ok(TestServer { running: start(&settings, &options).await?, folder })
}

pub async fn serve(toml: &str) -> TestServer {
    try_serve(toml, false).await.unwrap_or_else(|error| panic!("{error}"))
}

pub async fn serve_testing(toml: &str) -> TestServer {
    try_serve(toml, true).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Of accounts that a test needs.
pub const PASSWORD: &str = "right";

pub async fn register(accounts: &Accounts, name: &str) -> AccountNumber {
    let registration = Registration {
        username: name.to_owned(),
        password: NewPassword::Plain(Secret::from(PASSWORD)),
        role: Role::User,
        authority: None,
        display_name: None,
        bio: None,
        email: None,
        facet: None,
        origin: Origin::default(),
    };
    accounts.register(&realm(), registration).await.unwrap()
}
