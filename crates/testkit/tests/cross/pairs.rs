//! E3: an account made in one dialect logs in through each other one.

use clap::Parser;
use dragoman_server::command_line::{CommandLine, run};
use dragoman_testkit::{TestServer, ThrowawayDatabase, backends};

use crate::clients::{DIALECTS, Dialect, Person, v1_own};

/// Those that make accounts without an address, which v1 logs in with.
const WITHOUT_ADDRESS: [Dialect; 2] = [Dialect::Php, Dialect::Proxy];

/// `dragoman account set-email`, on the database the server works on.
fn set_email(database: &ThrowawayDatabase, name: &str, email: &str) {
    let order = ["dragoman", "account", "set-email", name, email, "--database", database.url()];
    assert_eq!(run(CommandLine::parse_from(order)), std::process::ExitCode::SUCCESS);
}

#[test]
fn every_pair_registers_in_one_and_logs_in_through_the_other() {
    for backend in backends() {
        let database = ThrowawayDatabase::create(&backend);
        let server = TestServer::start_on(database.url(), &[], true);
        for first in DIALECTS {
            let mut person = Person::new(&format!("{first:?}_born"));
            person.name = first.register(&server, &person).expect("an account");
            for second in DIALECTS.into_iter().filter(|second| *second != first) {
                let pair = format!("{}: {first:?} to {second:?}", backend.name());
                if second == Dialect::V1 && WITHOUT_ADDRESS.contains(&first) {
                    let refused = second.log_in(&server, &person).expect_err(&pair);
                    assert_eq!(refused, r#"{"code":3020,"data":null,"msg":"用户名或密码错误"}"#, "{pair}");
                    set_email(&database, &person.name, &person.email);
                }
                let entrance = second.log_in(&server, &person).unwrap_or_else(|refused| panic!("{pair}: {refused}"));
                assert!(second.lets_in(&server, &entrance), "{pair}");
            }
        }
    }
}

#[test]
fn an_address_that_the_operator_sets_is_proven() {
    for backend in backends() {
        let database = ThrowawayDatabase::create(&backend);
        let server = TestServer::start_on(database.url(), &[], true);
        let (bob, thief) = (Person::new("bob"), Person { email: "BOB@nerv.test".to_owned(), ..Person::new("thief") });
        Dialect::Proxy.register(&server, &bob).expect("an account");
        set_email(&database, "bob", &bob.email);
        for dialect in [Dialect::Frp, Dialect::V1] {
            let refused = dialect.register(&server, &thief).expect_err("the address is taken");
            assert!(refused.contains("邮箱已存在"), "{dialect:?}: {refused}");
        }
        let code = crate::clients::v1_code(&server, &bob.email);
        let body = serde_json::json!({"email": bob.email, "code": code});
        let answer = crate::clients::post(&server, "/v1/api/v1/user/login/email", &body);
        let token = crate::clients::text(&answer, "/data/token");
        let own = v1_own(&server, &crate::clients::Entrance(token)).text();
        assert!(own.contains(r#""name":"bob""#), "{}: {own}", backend.name());
    }
}
