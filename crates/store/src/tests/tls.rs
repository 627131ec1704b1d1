//! TLS towards servers whose certificate comes from an authority of the tests' own (`DRAGOMAN_TEST_CA`).

use diesel::deserialize::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::{DatabaseUrl, Store, StoreConfig, StoreSetupError, on};

#[derive(QueryableByName)]
struct Cipher {
    #[diesel(sql_type = Text)]
    cipher: String,
}

/// The cipher the server sees on a connection to `url`, empty without TLS; `None` if there is no connection.
async fn cipher(url: &str) -> Option<String> {
    let store = Store::open(&StoreConfig::new(DatabaseUrl::parse(url).unwrap()), &[]).unwrap();
    let sql = if url.starts_with("postgres") {
        "SELECT COALESCE(cipher, '') AS cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    } else {
        "SELECT CAST(variable_value AS CHAR) AS cipher FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'"
    };
    let read = store.read(move |c| on!(c, c => diesel::sql_query(sql).get_result::<Cipher>(c))).await;
    read.ok().map(|found| found.cipher)
}

#[tokio::test]
async fn each_mode_means_what_the_servers_own_clients_mean() {
    let Ok(authority) = std::env::var("DRAGOMAN_TEST_CA") else {
        eprintln!("DRAGOMAN_TEST_CA is not set: not tested");
        return;
    };
    // (mode of PostgreSQL, mode of MySQL, with our authority, connects with TLS: Some(true), in the clear: Some(false), not: None)
    let expected = [
        ("disable", "DISABLED", false, Some(false)),
        ("prefer", "PREFERRED", false, Some(true)),
        ("require", "REQUIRED", false, Some(true)),
        ("verify-ca", "VERIFY_CA", false, None),
        ("verify-ca", "VERIFY_CA", true, Some(true)),
        ("verify-full", "VERIFY_IDENTITY", false, None),
        ("verify-full", "VERIFY_IDENTITY", true, Some(true)),
    ];
    for (variable, mode, file) in
        [("DRAGOMAN_TEST_POSTGRES_URL", "sslmode", "sslrootcert"), ("DRAGOMAN_TEST_MYSQL_URL", "ssl-mode", "ssl-ca")]
    {
        let Ok(server) = std::env::var(variable) else {
            continue;
        };
        for (postgres, mysql, with_authority, outcome) in expected {
            let wanted = if mode == "sslmode" { postgres } else { mysql };
            let mut url = format!("{server}?{mode}={wanted}");
            if with_authority {
                url += &format!("&{file}={authority}");
            }
            let found = cipher(&url).await.map(|cipher| !cipher.is_empty());
            assert_eq!(found, outcome, "{url}");
        }
    }
}

/// The certificate is for localhost and 127.0.0.1; `hostaddr` leads there under another name.
#[tokio::test]
async fn only_the_full_mode_minds_the_host_name() {
    let (Ok(authority), Ok(server)) = (std::env::var("DRAGOMAN_TEST_CA"), std::env::var("DRAGOMAN_TEST_POSTGRES_URL"))
    else {
        return;
    };
    let elsewhere = server.replace("127.0.0.1", "db.example");
    let with = |mode: &str| format!("{elsewhere}?hostaddr=127.0.0.1&sslmode={mode}&sslrootcert={authority}");
    assert_eq!(cipher(&with("verify-full")).await, None);
    assert!(cipher(&with("verify-ca")).await.is_some_and(|cipher| !cipher.is_empty()));
    assert!(cipher(&with("require")).await.is_some_and(|cipher| !cipher.is_empty()));
}

#[test]
fn an_unusable_certificate_file_is_named() {
    let url = DatabaseUrl::parse("postgres://u@h/d?sslmode=verify-full&sslrootcert=/no/such/file.pem").unwrap();
    let error = Store::open(&StoreConfig::new(url), &[]).err().unwrap();
    assert!(matches!(&error, StoreSetupError::Certificates { path, .. } if path.ends_with("file.pem")), "{error}");
}
