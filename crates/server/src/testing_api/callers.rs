//! Who may call the testing interface: programs on this machine. A page of a stranger, whose name has come to lead here (DNS
//! rebinding), is one too by its address; its browser tells the name, and whose page it is.

use std::net::IpAddr;

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HOST, HeaderMap, ORIGIN},
    middleware::Next,
};
use url::Url;

/// Refuses what was not sent to a name of this machine, or comes from a page that was not.
pub(super) async fn only_local(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let authority = request.head().uri.authority().map(|authority| authority.as_str().to_owned());
    if authority.is_none_or(|authority| is_local(&authority)) && comes_from_here(request.headers()) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let reason = "the testing interface answers to localhost and loopback addresses only\n";
    Ok(request.into_response(HttpResponse::Forbidden().content_type("text/plain; charset=utf-8").body(reason)))
}

fn comes_from_here(headers: &HeaderMap) -> bool {
    let hosts = headers.get_all(HOST).all(|host| host.to_str().is_ok_and(is_local));
    let page = |origin: &str| Url::parse(origin).is_ok_and(|url| url.host_str().is_some_and(is_local));
    hosts && headers.get_all(ORIGIN).all(|origin| origin.to_str().is_ok_and(page))
}

/// Whether a host, with or without port, can only be this machine.
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or(host),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_local() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "localhost.",
            "127.0.0.1",
            "127.0.0.2:80",
            "[::1]:8080",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "192.0.2.1",
            "[2001:db8::1]",
            "[::1",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }
}
