//! What one client may hold: connections, bodies in memory, answers it does not read.

use std::time::{Duration, Instant};

use crate::client::{Client, ask, get, server};

#[test]
fn a_network_holds_only_its_share_of_the_connections() {
    let settings = [("server.max_connections", "12"), ("server.workers", "1")];
    let limited = server(&settings);
    let alive =
        |client: &mut Client| client.send(get("/healthz")).answer(false).is_some_and(|answer| answer.status() == 200);
    let mut held: Vec<Client> = (0..3).map(|_| Client::of(&limited)).collect();
    assert!(held.iter_mut().all(alive));
    assert!(!alive(&mut Client::of(&limited)), "a quarter of twelve is three");
    held.pop();
    let begun = Instant::now();
    while !alive(&mut Client::of(&limited)) {
        assert!(begun.elapsed() < Duration::from_secs(5), "what was given back can be had again");
    }
    // A proxy stands for many networks.
    let proxied = server(&[settings[0], settings[1], ("server.trusted_proxies", "127.0.0.1")]);
    let mut held: Vec<Client> = (0..10).map(|_| Client::of(&proxied)).collect();
    assert!(held.iter_mut().all(alive));
}

#[test]
fn bodies_in_flight_are_bounded_and_refused_in_the_dialects_shape() {
    let server = server(&[("server.bodies_in_flight_mib", "1"), ("server.network_share_percent", "100")]);
    let head = "POST /medusa/api/login/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n";
    let beginning = || {
        let mut client = Client::of(&server);
        client.send(head).send(vec![b' '; 990_000]);
        client
    };
    let first = beginning();
    // It must have arrived: of two that are sent at once either may find no room.
    std::thread::sleep(Duration::from_millis(500));
    let mut second = beginning();
    // Both began when there was room; there is none for both.
    assert!(second.answer(false).unwrap().body.contains("169"));
    let refused = |answer: &crate::client::Answer| answer.body.contains("\\u670d\\u52a1\\u5668\\u7e41\\u5fd9");
    let mut answers: Vec<_> = (0..20).map(|_| ask(&server, format!("{head}{}", " ".repeat(1_000_000)))).collect();
    assert!(answers.iter().all(|answer| refused(answer) || answer.body.contains("169")), "{answers:?}");
    // Small bodies are not counted.
    let small = ask(&server, "POST /medusa/api/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
    assert!(!refused(&small), "{small:?}");
    drop((first, second));
    std::thread::sleep(Duration::from_millis(300));
    answers.push(ask(&server, format!("{head}{}", " ".repeat(1_000_000))));
    assert!(!refused(answers.last().unwrap()), "{answers:?}");
}

#[test]
fn a_client_that_reads_nothing_loses_its_connection() {
    let server = server(&[("server.write_stall_seconds", "1")]);
    let mut client = Client::of(&server);
    let picture = ask(&server, get("/medusa/s/admin.jpg"));
    let length: usize = picture.header("Content-Length").unwrap().parse().unwrap();
    // More than all buffers between the two of us hold.
    let requests = 64 * 1024 * 1024 / length;
    client.send(get("/medusa/s/admin.jpg").repeat(requests));
    std::thread::sleep(Duration::from_secs(5));
    let read = client.rest_length();
    assert!(read < requests * length, "{read} bytes of {requests} answers of {length}");
}
