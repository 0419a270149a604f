//! Whether a request to the agency's port was meant for it. A page of the open web may make a browser on this machine call the
//! port, under a name of its own that leads to loopback (DNS rebinding), or from another origin. Browsers say so.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Uri, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use node::{
    callers::passkeys::Site,
    fault::{Code, Fault},
    node::Node,
};
use texts::say;

use crate::problem::Failed;

/// The page that another site may lead to.
const WAY_BACK: &str = "/sign-in/return";

/// Under which origins a proxy of the agency's own serves the port, as `node.toml` names them.
pub(crate) type Origins = Arc<[String]>;

/// Where a page was reached, as its browser knows it: by an origin that `node.toml` names, or on this machine. Passkeys are for names,
/// so that nobody signs in at an address.
///
/// # Errors
/// [`Code::WrongOrigin`] at an address.
pub fn site(headers: &HeaderMap, node: &Node) -> Result<Site, Fault> {
    let host = host(headers);
    let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
    if let Some(origin) = of_proxy(&host, node) {
        return Ok(Site { origin: origin.clone(), rp_id: name.to_owned() });
    }
    if name == "localhost" || name.ends_with(".localhost") {
        return Ok(Site { origin: format!("http://{host}"), rp_id: name.to_owned() });
    }
    Err(Fault::new(Code::WrongOrigin, say!("passkeys-by-name")))
}

/// Whether the browser reached this page over TLS, by a proxy that `node.toml` names.
pub fn is_encrypted(headers: &HeaderMap, node: &Node) -> bool {
    of_proxy(&host(headers), node).is_some()
}

fn host(headers: &HeaderMap) -> String {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
}

fn of_proxy<'a>(host: &str, node: &'a Node) -> Option<&'a String> {
    node.config.origins.iter().find(|origin| origin.strip_prefix("https://") == Some(host))
}

/// Whether a page was asked for by a script, as an open page does that hears of news, and not by its person. Browsers say so, and no
/// script can have them say otherwise (Fetch Metadata, section 2.1).
pub fn is_by_script(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|dest| dest == "empty")
}

/// That an act on a page was meant by whoever looks at a page of this site. Where browsers come from they say themselves; what says
/// nothing is none, and has a token.
///
/// # Errors
/// [`Code::WrongOrigin`] for everything else.
pub fn check_own_page(headers: &HeaderMap) -> Result<(), Fault> {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if site == Some(b"same-origin") || site.is_none() && headers.contains_key(header::ORIGIN) {
        return Ok(());
    }
    Err(Fault::new(Code::WrongOrigin, say!("page-acts-only")))
}

/// Turns away what was meant for another name, or comes from a page of another origin.
pub(crate) async fn check(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    match refusal(request.headers(), request.uri(), &origins) {
        None => next.run(request).await,
        Some(message) => Failed(Fault::new(Code::WrongOrigin, message)).into_response(),
    }
}

fn refusal(headers: &HeaderMap, uri: &Uri, origins: &[String]) -> Option<&'static str> {
    let is_ours = |host: &str| {
        let is_of =
            |origin: &String| origin.strip_prefix("https://").is_some_and(|ours| ours.eq_ignore_ascii_case(host));
        is_here(host) || origins.iter().any(is_of)
    };
    // Programs that are no browsers may leave it out; two of them are one too many.
    let mut hosts = headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let host = hosts.next();
    if hosts.next().is_some()
        || host.is_some_and(|host| !is_ours(host))
        || uri.authority().is_some_and(|authority| !is_ours(authority.as_str()))
    {
        return Some(
            "ask this port by its address on loopback, such as http://127.0.0.1:8080, or by an origin that node.toml names",
        );
    }
    let here = |origin: &str| {
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        host.is_some_and(is_here)
    };
    let mut given = headers.get_all(header::ORIGIN).iter().map(|origin| origin.to_str().unwrap_or_default());
    let foreign = given.any(|origin| !here(origin) && !origins.iter().any(|ours| ours.eq_ignore_ascii_case(origin)));
    let says = |field: &str, word: &str| headers.get(field).is_some_and(|said| said == word);
    // A person comes back from the agency's own sign-in service: only as a page to look at, and what it brings is judged there.
    let comes_back = uri.path() == WAY_BACK && says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document");
    let cross_site = says("sec-fetch-site", "cross-site") && !comes_back;
    (foreign || cross_site).then_some("a page of another origin has no business here")
}

/// Whether a host, with or without a port, is this machine on loopback.
fn is_here(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    };
    let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    // Every name below it is this machine too (RFC 6761, section 6.3), and browsers look none of them up.
    let is_local = |name: &str| name == "localhost" || name.ends_with(".localhost");
    is_local(&name.to_ascii_lowercase())
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(headers: &[(&str, &str)]) -> bool {
        passes_at(&[], headers)
    }

    fn passes_at(origins: &[&str], headers: &[(&str, &str)]) -> bool {
        let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value): (header::HeaderName, _)| {
            map.append(name, value);
        });
        refusal(&map, &"/v1/status".parse().unwrap(), &origins).is_none()
    }

    #[test]
    fn a_proxy_of_the_agencys_own_is_let_in_by_its_whole_name() {
        let ours = ["https://mithaq.agency.example", "https://other.example:8444"];
        for host in ["mithaq.agency.example", "MITHAQ.agency.example", "other.example:8444", "127.0.0.1:8080"] {
            assert!(passes_at(&ours, &[("host", host)]), "{host}");
        }
        for host in
            ["agency.example", "mithaq.agency.example:444", "other.example", "mithaq.agency.example.evil.example"]
        {
            assert!(!passes_at(&ours, &[("host", host)]), "{host}");
        }
        let from = |origin| passes_at(&ours, &[("host", "mithaq.agency.example"), ("origin", origin)]);
        assert!(from("https://mithaq.agency.example") && from("http://localhost:1"));
        assert!(!from("http://mithaq.agency.example") && !from("https://evil.example") && !from("null"));
    }

    #[test]
    fn only_what_was_meant_for_this_port_passes() {
        for host in
            ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "author.localhost:8080", "[::1]:8080", "[::1]", "127.1.2.3"]
        {
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
