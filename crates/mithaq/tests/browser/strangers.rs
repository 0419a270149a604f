//! What the console refuses, asked as no browser would: without a session, from another site, by whoever may not.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use hyper::Method;

use crate::demo::{Demo, Who};

/// As a form of the site itself is sent.
const OWN: [(&str, &str); 2] =
    [("sec-fetch-site", "same-origin"), ("content-type", "application/x-www-form-urlencoded")];

/// An answer: its status, its head and its body.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn head(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.split_once(": ").filter(|(is, _)| is.eq_ignore_ascii_case(name)))
            .map(|(_, value)| value)
    }

    /// The cookie of a session that it sets, as the browser sends it back.
    fn cookie(&self) -> String {
        let cookie = self.head("set-cookie").unwrap_or_else(|| panic!("no cookie: {}", self.head));
        cookie.split(';').next().unwrap().to_owned()
    }
}

/// Asks the agency of the first author, at its own name unless the heads say another.
fn ask(demo: &Demo, method: &Method, path: &str, heads: &[(&str, &str)], body: &str) -> Answer {
    let origin = demo.page(Who::AuthorA, "");
    let (_, port) = origin.rsplit_once(':').unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
    let length = body.len();
    let mut head =
        format!("{method} {path} HTTP/1.1\r\nconnection: close\r\naccept: text/html\r\ncontent-length: {length}\r\n");
    if heads.iter().all(|(name, _)| *name != "host") {
        head.push_str(&format!("host: author.localhost:{port}\r\n"));
    }
    head.extend(heads.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A refusal may come before the request was read to its end.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{method} {path}: no answer: {answer}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// What stands in place of a path's variables.
fn filled(path: &str) -> String {
    let fill = |part: &str| if part.starts_with('{') { "1".repeat(64) } else { part.to_owned() };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

/// Enters by a visitor's link and gives back the cookie.
fn enter(demo: &Demo, link: &str, heads: &[(&str, &str)]) -> String {
    let (_, link) = link.split_once("link=").unwrap();
    let link = link.split('#').next().unwrap();
    let answer = ask(demo, &Method::POST, "/visit", &[&OWN[..], heads].concat(), &format!("link={link}"));
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.cookie()
}

#[test]
fn strangers_other_sites_and_wrong_roles_are_refused_in_words() {
    let demo = Demo::start();

    // Without a session a page leads to signing in, and an act is refused.
    for route in console::routes() {
        let (method, path) = (&route.about.method, filled(route.about.path));
        if route.about.scope.is_none() {
            continue;
        }
        let answer = ask(&demo, method, &path, &OWN, "");
        if *method == Method::GET {
            let to = answer.head("location").unwrap_or_default();
            assert!(answer.status == 303 && to.starts_with("/sign-in?to="), "{path}: {} {to}", answer.status);
        } else {
            assert_eq!(answer.status, 401, "{method} {path}");
        }
    }

    // A role that lacks the right is told so on a page that no other site may frame.
    let cookie = enter(&demo, demo.link(Who::AuthorA), &[]);
    let session = ("cookie", cookie.as_str());
    for path in ["/administration", "/audit", "/protection", "/reviews"] {
        let answer = ask(&demo, &Method::GET, path, &[session], "");
        assert_eq!(answer.status, 403, "{path}");
        assert!(
            answer.body.contains("ingle point of contact") || answer.body.contains("spoc_officer"),
            "{path}: {}",
            answer.body
        );
    }
    for path in ["/inbox", "/administration", "/sign-in", "/no-such-page"] {
        let answer = ask(&demo, &Method::GET, path, &[session], "");
        let policy = answer.head("content-security-policy").unwrap_or_else(|| panic!("{path}: {}", answer.head));
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{path}: {policy}");
    }

    // Acts come from pages of this site; a program has the API, and tokens.
    let form = OWN[1];
    let foreign: [&[(&str, &str)]; 5] = [
        &[],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", "https://evil.example")],
    ];
    for heads in foreign {
        for path in ["/me/sessions/end", "/drafts", "/sign-out", "/preferences", "/visit"] {
            let answer = ask(&demo, &Method::POST, path, &[&[session, form], heads].concat(), "");
            assert_eq!(answer.status, 403, "{path} {heads:?}: {}", answer.body);
        }
    }
    for host in ["evil.example", "author.localhost.evil.example"] {
        let answer = ask(&demo, &Method::GET, "/inbox", &[session, ("host", host)], "");
        assert_eq!(answer.status, 403, "{host}");
        assert!(!answer.body.contains("Author of XAA"), "{host}");
    }

    // The session goes on after all that; what somebody else put into the browser is not taken over, and entering again ends it.
    assert_eq!(ask(&demo, &Method::GET, "/inbox", &[session], "").status, 200);
    let (name, _) = cookie.split_once('=').unwrap();
    let planted = format!("{name}={}", "ab".repeat(32));
    let fresh = enter(&demo, demo.link(Who::AuthorA), &[("cookie", &planted)]);
    assert_ne!(fresh, planted);
    assert_eq!(ask(&demo, &Method::GET, "/inbox", &[("cookie", &planted)], "").status, 303);
    let again = enter(&demo, demo.link(Who::AuthorA), &[("cookie", &fresh)]);
    assert_ne!(again, fresh);
    assert_eq!(ask(&demo, &Method::GET, "/inbox", &[("cookie", &fresh)], "").status, 303, "it ended");
    assert_eq!(ask(&demo, &Method::GET, "/inbox", &[("cookie", &again)], "").status, 200);
}
