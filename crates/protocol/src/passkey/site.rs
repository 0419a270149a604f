//! Where passkeys may be asked for: an origin, and a relying party that its pages may speak for (§5.1.4, §13.4.9).

/// What is wrong with an origin or a relying party, if anything is.
///
/// The origin is spelled as browsers spell it: `https`, a host name in lower case, a port only if it is not 443. On `localhost`,
/// `127.0.0.1` and `[::1]`, where nobody listens on the way, `http` will do. The relying party is the host, or a domain above it;
/// that it is not one under which anybody gets a name, such as `com`, browsers see to.
pub fn site_problem(origin: &str, rp_id: &str) -> Option<&'static str> {
    const FORM: &str =
        "an origin is https:// and a host name, or http:// on localhost, and a port where it is not the scheme's own";
    let Some((scheme, authority)) = origin.split_once("://") else { return Some(FORM) };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let own_port = match scheme {
        "https" if is_loopback || is_domain(host) => "443",
        "http" if is_loopback => "80",
        _ => return Some(FORM),
    };
    if port.is_some_and(|port| port == own_port || !is_port(port)) {
        return Some(FORM);
    }
    let is_above = is_domain(rp_id) && host.strip_suffix(rp_id).is_some_and(|below| below.ends_with('.'));
    (host != rp_id && !is_above).then_some("a relying party is the host of the origin, or a domain above it")
}

fn is_port(port: &str) -> bool {
    !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

/// A host name (RFC 1123 §2.1) in lower case. Its last label begins with a letter, so it is no address.
fn is_domain(host: &str) -> bool {
    let is_label = |label: &str| {
        let is_letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        (1..=63).contains(&label.len())
            && label.bytes().all(is_letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253 && host.split('.').all(is_label) && last.starts_with(|first: char| first.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_spelled_as_browsers_spell_them() {
        for (origin, rp_id) in [
            ("https://desk.agency.example", "desk.agency.example"),
            ("https://desk.agency.example", "agency.example"),
            ("https://desk.agency.example:8443", "agency.example"),
            ("https://xn--mgbh0fb.example", "xn--mgbh0fb.example"),
            ("https://exchange", "exchange"),
            ("https://localhost", "localhost"),
            ("http://localhost:7640", "localhost"),
            ("http://127.0.0.1:7640", "127.0.0.1"),
            ("http://[::1]", "[::1]"),
            ("http://[::1]:7640", "[::1]"),
        ] {
            assert_eq!(site_problem(origin, rp_id), None, "{origin} {rp_id}");
        }
        for origin in [
            "",
            "agency.example",
            "https://",
            "http://agency.example",
            "ftp://localhost",
            "HTTPS://agency.example",
            "https://Agency.example",
            "https://agency.example/",
            "https://agency.example.",
            "https://.agency.example",
            "https://agency..example",
            "https://-agency.example",
            "https://agency-.example",
            "https://agency.example:443",
            "http://localhost:80",
            "https://agency.example:",
            "https://agency.example:0",
            "https://agency.example:08443",
            "https://agency.example:+8443",
            "https://agency.example:65536",
            "https://someone@agency.example",
            "https://10.0.0.1",
            "https://[::2]",
            "https://agency.example:8443:1",
            "https://agéncy.example",
            "null",
        ] {
            assert!(site_problem(origin, "agency.example").unwrap().starts_with("an origin"), "{origin}");
        }
        let long = ["a"; 127].join(".");
        assert_eq!(site_problem(&alloc::format!("https://{long}"), &long), None);
        let longer = alloc::format!("{long}.a");
        assert!(site_problem(&alloc::format!("https://{longer}"), &longer).is_some());
    }

    #[test]
    fn a_relying_party_is_the_host_or_a_domain_above_it() {
        for (origin, rp_id) in [
            ("https://agency.example", "desk.agency.example"),
            ("https://agency.example", "other.example"),
            ("https://badagency.example", "agency.example"),
            ("https://agency.example", ".example"),
            ("https://agency.example", ""),
            ("https://agency.example:8443", "agency.example:8443"),
            ("http://127.0.0.1", "0.1"),
            ("https://agency.example", "https://agency.example"),
        ] {
            assert!(site_problem(origin, rp_id).unwrap().starts_with("a relying party"), "{origin} {rp_id}");
        }
    }
}
