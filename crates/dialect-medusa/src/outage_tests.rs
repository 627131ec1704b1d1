//! What no fixture can show: a database, or a picture storage, that is away.

use std::{sync::Arc, time::Duration};

use actix_web::{
    App,
    http::{StatusCode, header},
    test::{TestRequest, call_service, init_service, read_body},
    web::Data,
};
use dragoman_accounts::{
    Accounts, AccountsConfig, Admission, LoginAttempt, LoginName, NameMatching, NewPassword, NewSession, NewToken,
    Realm, Registration, Role, SessionLimit, TABLES, clock::SystemClock,
};
use dragoman_dialect::{MountSettings, pictures::PictureStore};
use dragoman_passwords::{Cost, Presented, Secret, random::SystemRandomness};
use dragoman_store::{Store, StoreConfig};

use crate::{Mount, Settings, TOKENS, envelope::answer, routes};

fn accounts(url: &str) -> Accounts {
    let store = StoreConfig { wait: Duration::from_secs(2), ..StoreConfig::new(url.parse().unwrap()) };
    let store = Store::open(&store, &[&TABLES]).unwrap();
    let config = AccountsConfig {
        store,
        bcrypt_cost: Cost::MINIMUM,
        hashing_threads: 1,
        hashing_queue: 4,
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
    };
    Accounts::open(config).unwrap()
}

fn mount(accounts: Accounts, pictures: &std::path::Path) -> Data<Mount> {
    let realm = Realm {
        dialect: "medusa",
        scope: "medusa".into(),
        names: NameMatching::Exact,
        admits: Admission::Everywhere,
        stateless_tokens: false,
        throttle: None,
    };
    let pictures = PictureStore::open(&format!("file://{}", pictures.display()), &Default::default()).unwrap();
    let settings = Settings { password_reset_open: true, ..Settings::default() };
    Data::new(Mount {
        accounts,
        realm,
        pictures,
        reveals: false,
        predecessor: None,
        settings: MountSettings::new(settings),
    })
}

/// The body the mount answers a request with, which is always HTTP 200.
async fn body(mount: &Data<Mount>, request: TestRequest) -> String {
    let app = init_service(App::new().app_data(mount.clone()).configure(routes::configure)).await;
    let response = call_service(&app, request.to_request()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers().get(header::VARY).unwrap(), "Origin");
    String::from_utf8(read_body(response).await.to_vec()).unwrap()
}

async fn expected(message: &str, code: u16) -> String {
    use actix_web::body::MessageBody;
    let bytes = answer(message, code).into_body().try_into_bytes().unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[actix_web::test]
async fn every_endpoint_says_so_in_its_own_words() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens on port 1.
    let mount = mount(accounts("postgres://nobody@127.0.0.1:1/nothing"), folder.path());
    let captcha = r#""verification_code_key":"k","verification_code":"t""#;
    let log = ("自己去看报错日志！", 169);
    for (path, members, (message, code)) in [
        ("registered", captcha.to_owned(), ("报错了🙄", 404)),
        ("login", format!(r#""username":"a","passwd":"p",{captcha}"#), log),
        ("user_info", r#""token":"t""#.to_owned(), log),
        ("update_password", format!(r#""username":"a","old_passwd":"p","new_passwd":"q",{captcha}"#), log),
        ("update_show_name", r#""token":"t","new_show_name":"s""#.to_owned(), log),
        ("update_key", r#""token":"t""#.to_owned(), log),
        ("forget_password", format!(r#""key":"x",{captcha}"#), log),
    ] {
        let request = TestRequest::post().uri(&format!("/api/{path}/")).set_payload(format!("{{{members}}}"));
        assert_eq!(body(&mount, request).await, expected(message, code).await, "{path}");
    }
    let upload = TestRequest::post().uri("/api/upload_avatar/").insert_header(("token", "t"));
    assert_eq!(body(&mount, upload).await, expected("你不对劲！为什么报错了？", 169).await);
    let captcha = TestRequest::get().uri("/api/get_verification_code/");
    assert_eq!(body(&mount, captcha).await, expected("呐呐呐！莎酱被玩坏啦(>^ω^<)", 169).await);
}

#[actix_web::test]
async fn a_picture_that_cannot_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    let accounts = accounts(&format!("sqlite://{}", folder.path().join("dragoman.db").display()));
    accounts.migrate().await.unwrap();
    let mount = mount(accounts, &pictures);
    log_in(&mount, "t").await;
    let file = "m".repeat(10_241);
    let upload = || {
        let part =
            format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n{file}\r\n--b--\r\n");
        TestRequest::post()
            .uri("/api/upload_avatar")
            .insert_header(("token", "t"))
            .insert_header((header::CONTENT_TYPE, "multipart/form-data; boundary=b"))
            .set_payload(part)
    };
    assert!(body(&mount, upload()).await.ends_with("\"code\": 200}"));
    // A file where the folder was: nothing can be stored there any more.
    std::fs::remove_dir_all(&pictures).unwrap();
    std::fs::write(&pictures, "").unwrap();
    assert_eq!(body(&mount, upload()).await, expected("你不对劲！为什么报错了？", 169).await);
}

/// An account with this token.
async fn log_in(mount: &Data<Mount>, token: &str) {
    let registration = Registration {
        username: "ann".to_owned(),
        password: NewPassword::Plain(Secret::new("p")),
        role: Role::User,
        authority: None,
        display_name: None,
        bio: None,
        email: None,
        facet: None,
        origin: Default::default(),
    };
    mount.accounts.register(&mount.realm, registration).await.unwrap();
    let tokens = vec![NewToken::new(TOKENS, token.to_owned(), None)];
    let attempt = LoginAttempt {
        name: LoginName::Username("ann".to_owned()),
        presented: Presented::plain("p"),
        session: Some(NewSession { tokens, limit: SessionLimit::One, replaces: None }),
        facet: "",
        origin: Default::default(),
    };
    mount.accounts.log_in(&mount.realm, attempt).await.unwrap();
}
