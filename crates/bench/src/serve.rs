//! The stage: one account, a hundred addresses, and the bare route.

use std::{net::SocketAddr, path::Path};

use actix_web::{App, HttpResponse, HttpServer, web};
use dragoman_accounts::{Accounts, Realm};
use dragoman_dialect_proxy::address::Address;
use dragoman_server::{
    REGISTRY,
    config::{ConfigFile, Settings, Sources, load},
    logging, operator,
    process::{StartOptions, start},
};

use crate::http::call;

const ROWS: i64 = 100;
const CREDENTIALS: &str = r#"{"username":"bench","password":"bench-password","password1":"bench-password"}"#;

/// Serves until it is killed; the first line on stdout tells the shell what is where. Two arguments: where the accounts of the other
/// dialects are kept, an empty database, and how many of v1 are made there.
pub fn serve(mut arguments: impl Iterator<Item = String>) {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), "bench", None);
    let seeded = self::settings(folder.path(), "seeded", arguments.next());
    let listed = arguments.next().map_or(10_000, |number| number.parse().unwrap());
    let _log = logging::start(&settings.log).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = start(&settings, &StartOptions::default()).await.unwrap();
        add_addresses(server.accounts()).await;
        let address = server.address();
        let (token, about) = tokio::task::spawn_blocking(move || stage(address)).await.unwrap();
        let bare = bare(about.clone(), settings.server.workers);
        // The other dialects' accounts are seeded with their tokens, by the testing interface of a server of their own.
        let testing = StartOptions { testing: true, ..StartOptions::default() };
        let others = start(&seeded, &testing).await.unwrap().address();
        tokio::task::spawn_blocking(move || seed(others, listed)).await.unwrap();
        println!(
            "URL=http://{address} TOKEN={token} BARE=http://{bare} OTHERS=http://{others} BYTES={} PID={}",
            about.len(),
            std::process::id()
        );
        std::future::pending::<()>().await;
    });
}

fn settings(folder: &Path, name: &str, database: Option<String>) -> Settings {
    let embedded = || format!("sqlite://{}", folder.join(name).with_extension("db").display());
    let database = database.unwrap_or_else(embedded);
    let pictures = format!("file://{}", folder.join(name).display());
    let given = [("server.listen", "127.0.0.1:0"), ("database.url", &*database), ("pictures.url", &*pictures)];
    let sources = Sources {
        file: ConfigFile::IfPresent("/nowhere".into()),
        environment: std::env::vars_os().collect(),
        command_line: given.map(|(key, value)| ("bench", key, value.to_owned())).into(),
    };
    load(&sources, REGISTRY).unwrap_or_else(|problems| panic!("{problems}")).settings
}

async fn add_addresses(accounts: &Accounts) {
    let realm = Realm { scope: "proxy".into(), ..operator::realm() };
    let row = |id: i64| {
        let text = format!(
            r#"{{"id":{id},"ip":"222.95.161.{}","port":8118,"httptype":"http","address":"中国-江苏-南京","isp":"电信","spend":0.675501,"createtime":"2019-07-05 19:09:16"}}"#,
            id % 256
        );
        (id, Address::decode(&text).unwrap().encode().unwrap())
    };
    accounts.begin_catalogue_import(&realm).await.unwrap();
    accounts.stage_catalogue(&realm, (1..=ROWS).map(row).collect()).await.unwrap();
    accounts.finish_catalogue_import(&realm).await.unwrap();
}

/// Registers, logs in, and gives the token and the body of `/about`.
fn stage(address: SocketAddr) -> (String, String) {
    call(address, "POST", "/proxy/regist", "", CREDENTIALS);
    let login = call(address, "POST", "/proxy/login", "", CREDENTIALS);
    let login: serde_json::Value = serde_json::from_str(&login).unwrap();
    let token = login["Authorization"].as_str().unwrap().to_owned();
    let about = call(address, "GET", "/proxy/about", &token, "");
    (token, about)
}

/// Accounts of four dialects with live tokens, and some of v1 to be listed.
fn seed(address: SocketAddr, listed: usize) {
    let account =
        |id: usize| serde_json::json!({"id": id, "username": format!("v{id}"), "email": format!("v{id}@bench.test")});
    let mut v1: Vec<_> = (2..=listed).map(account).collect();
    v1.push(serde_json::json!({"id": 1, "username": "root", "email": "root@bench.test", "role": 3, "token": "bench-v1-token"}));
    let given = serde_json::json!([
        {"dialect": "v1", "accounts": v1},
        {"dialect": "medusa", "accounts": [{"username": "m", "email": "m@bench.test", "token": "bench-medusa-token"}]},
        {"dialect": "php", "accounts": [{"username": "p", "token": "0123456789abcdef0123456789abcdef"}]},
        {"dialect": "frp", "accounts": [{"username": "f", "email": "f@bench.test", "token": "fedcba9876543210fedcba9876543210"}]},
    ]);
    let answer = crate::http::try_call(address, "POST", "/_testing/reset", "", &given.to_string()).unwrap();
    assert_eq!(answer.status, 204, "{}", answer.body);
}

/// A constant of the same size as `/about`, with as many workers.
fn bare(body: String, workers: usize) -> SocketAddr {
    let server = HttpServer::new(move || {
        let body = body.clone();
        App::new().route(
            "/",
            web::get().to(move || {
                let body = body.clone();
                async move { HttpResponse::Ok().content_type("application/json").body(body) }
            }),
        )
    })
    .workers(workers)
    .disable_signals()
    .bind("127.0.0.1:0")
    .unwrap();
    let address = server.addrs()[0];
    tokio::spawn(server.run());
    address
}
