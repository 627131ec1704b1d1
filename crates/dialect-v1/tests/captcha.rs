//! Section 3: what needs arithmetic or the pictures themselves.

mod leaf;

use dragoman_testkit::{Backend, TestServer};
use leaf::{code, get, member, pending_slider, post};

const EMAIL: &str = "quartz@leaf.test";

fn validate(server: &TestServer, x: i64) -> i64 {
    code(&post(server, "/captcha/validate", "", &format!(r#"{{"email":"{EMAIL}","x":{x}}}"#)))
}

#[test]
fn two_pixels_off_is_right_and_three_are_not() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    for (off, expected) in [(-3, 4010), (-2, 200), (-1, 200), (0, 200), (1, 200), (2, 200), (3, 4010)] {
        assert_eq!(code(&get(&server, &format!("/captcha/get?email={EMAIL}"), "")), 200);
        let x = pending_slider(&server, EMAIL);
        assert!((20..=239).contains(&x), "{x}");
        assert_eq!(validate(&server, x + off), expected, "{off}");
    }
}

#[test]
fn a_new_slider_replaces_the_pending_one() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let mut last = None;
    for _ in 0..20 {
        get(&server, &format!("/captcha/get?email={EMAIL}"), "");
        let x = pending_slider(&server, EMAIL);
        if let Some(before) = last.replace(x)
            && x.abs_diff(before) > 2
        {
            assert_eq!(validate(&server, before), 4010);
            return;
        }
    }
    panic!("twenty sliders at one place");
}

#[test]
fn the_pictures_are_jpegs_without_a_prefix() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let answer = get(&server, &format!("/captcha/get?email={EMAIL}"), "");
    for name in ["slider_img", "bg_img"] {
        let picture = member(&answer, name);
        assert!(picture.starts_with("/9j/") && picture.len().is_multiple_of(4), "{name}");
    }
}

#[test]
fn of_two_requests_with_one_ticket_one_sends_a_mail() {
    let server = TestServer::start(&Backend::Sqlite, &[("v1.mail_wait_seconds", "0")]);
    for _ in 0..5 {
        get(&server, &format!("/captcha/get?email={EMAIL}"), "");
        assert_eq!(validate(&server, pending_slider(&server, EMAIL)), 200);
        let mut codes: Vec<i64> = std::thread::scope(|scope| {
            let send = || code(&post(&server, "/user/code/email", "", &format!(r#"{{"email":"{EMAIL}"}}"#)));
            let sends = [scope.spawn(send), scope.spawn(send)];
            sends.into_iter().map(|send| send.join().expect("an answer")).collect()
        });
        codes.sort_unstable();
        assert_eq!(codes, [-1, 200]);
    }
}

#[test]
fn a_network_cannot_fill_the_store_with_sliders() {
    let server = TestServer::start(&Backend::Sqlite, &[]);
    let codes: Vec<i64> =
        (0..250).map(|n| code(&get(&server, &format!("/captcha/get?email=a{n}@leaf.test"), ""))).collect();
    assert_eq!(codes.iter().filter(|code| **code == 200).count(), 240);
    assert!(codes.iter().skip(240).all(|code| *code == 500), "told as busy: {codes:?}");
}
