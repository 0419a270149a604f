//! Whether a request to the agency's port was meant for it. A page of the open web may make a browser on this machine call the
//! port, under a name of its own that leads to loopback (DNS rebinding), or from another origin. Browsers say so.

use axum::{
    extract::Request,
    http::{HeaderMap, Uri, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use node::fault::{Code, Fault};

use crate::problem::Failed;

/// Turns away what was meant for another name, or comes from a page of another origin.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    match refusal(request.headers(), request.uri()) {
        None => next.run(request).await,
        Some(message) => Failed(Fault::new(Code::WrongOrigin, message)).into_response(),
    }
}

fn refusal(headers: &HeaderMap, uri: &Uri) -> Option<&'static str> {
    // Programs that are no browsers may leave it out; two of them are one too many.
    let mut hosts = headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let host = hosts.next();
    if hosts.next().is_some()
        || host.is_some_and(|host| !is_here(host))
        || uri.host().is_some_and(|host| !is_here(host))
    {
        return Some("ask this port by its address on loopback, such as http://127.0.0.1:8080");
    }
    let here = |origin: &str| {
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        host.is_some_and(is_here)
    };
    let mut origins = headers.get_all(header::ORIGIN).iter().map(|origin| origin.to_str().unwrap_or_default());
    let foreign = origins.any(|origin| !here(origin));
    let cross_site = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    (foreign || cross_site).then_some("a page of another origin has no business here")
}

/// Whether a host, with or without a port, is this machine on loopback.
fn is_here(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    };
    let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(headers: &[(&str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value): (header::HeaderName, _)| {
            map.append(name, value);
        });
        refusal(&map, &"/v1/status".parse().unwrap()).is_none()
    }

    #[test]
    fn only_what_was_meant_for_this_port_passes() {
        for host in ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "[::1]", "127.1.2.3"] {
            assert!(passes(&[("host", host)]), "{host}");
        }
        let foreign = [
            "evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "",
            "10.0.0.1",
            "127.0.0.1@x",
            "0.0.0.0",
        ];
        for host in foreign {
            assert!(!passes(&[("host", host)]), "{host}");
        }
        assert!(!passes(&[("host", "127.0.0.1"), ("host", "evil.example")]));
        assert!(passes(&[]), "a program that names none");
        assert!(passes(&[("origin", "http://127.0.0.1:8080")]));
        for origin in ["https://evil.example", "null", "http://localhost.evil.example", "file://"] {
            assert!(!passes(&[("host", "127.0.0.1"), ("origin", origin)]), "{origin}");
        }
        assert!(!passes(&[("sec-fetch-site", "cross-site")]) && passes(&[("sec-fetch-site", "same-origin")]));
    }
}
