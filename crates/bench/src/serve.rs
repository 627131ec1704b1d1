//! The stage: one account, a hundred addresses, and the bare route.

use std::net::SocketAddr;

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

/// Serves until it is killed; the first line on stdout tells the shell what is where.
pub fn serve() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&format!("sqlite://{}", folder.path().join("bench.db").display()));
    let _log = logging::start(&settings.log).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = start(&settings, &StartOptions::default()).await.unwrap();
        add_addresses(server.accounts()).await;
        let address = server.address();
        let (token, about) = tokio::task::spawn_blocking(move || stage(address)).await.unwrap();
        let bare = bare(about.clone(), settings.server.workers);
        println!(
            "URL=http://{address} TOKEN={token} BARE=http://{bare} BYTES={} PID={}",
            about.len(),
            std::process::id()
        );
        std::future::pending::<()>().await;
    });
}

fn settings(database: &str) -> Settings {
    let given = [("server.listen", "127.0.0.1:0"), ("database.url", database)];
    let sources = Sources {
        file: ConfigFile::IfPresent("/nowhere".into()),
        environment: std::env::vars().filter(|(name, _)| name.starts_with("DRAGOMAN__")).collect(),
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
