//! `node.toml`: what an operator decides about a node.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use hyper::Uri;
use protocol::{card::Body, limits::ADDRESSES_MAX, text, text::Texts};
use serde::{Deserialize, Serialize};
use texts::{Message, say};

use crate::{
    files, limits,
    located::{self, Fault},
    wording,
};

/// Name of the configuration in the node's folder.
pub const FILE: &str = "node.toml";

const HEADING: &str = "\
# The configuration of this node. It is read when the node starts.
# names, country, body and advertise are what the next card says; a card in force is changed by
# `mithaq card rotate` alone.

";

/// What an operator decides about a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// ISO 3166-1 alpha-3 code of the agency's country.
    pub country: String,
    /// Kind of body that the agency is.
    pub body: Body,
    /// Where partners are listened to.
    #[serde(default = "default_peer_listen")]
    pub peer_listen: SocketAddr,
    /// Where the agency itself is listened to: plain HTTP, so on loopback only.
    #[serde(default = "default_api_listen")]
    pub api_listen: SocketAddr,
    /// Under which origins a proxy of the agency's own serves the agency's port to its people: `https://host`, with a port where it is
    /// not 443.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<String>,
    /// Addresses that the card names, as partners reach them: `https://host:port`.
    #[serde(default)]
    pub advertise: Vec<String>,
    /// Whether this node fetches what partners have for it: for a node that they can't reach.
    #[serde(default)]
    pub pull: bool,
    /// A new sealing key is announced in every channel after so many days.
    #[serde(default = "default_sealing_key_days")]
    pub sealing_key_days: u32,
    /// An old sealing key is destroyed so many days after its successor was announced.
    #[serde(default = "default_sealing_grace_days")]
    pub sealing_grace_days: u32,
    /// Free space of the disk, in MiB, that is kept for the audit log and for erasure: below it nothing else is taken in.
    #[serde(default = "default_disk_reserve_mib")]
    pub disk_reserve_mib: u64,
    /// The time zone in which people are shown hours, by its IANA name.
    #[serde(default = "default_time_zone", skip_serializing_if = "is_default_time_zone")]
    pub time_zone: String,
    /// Whether passkeys count that are kept in more places than one authenticator ("synced").
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub synced_passkeys: bool,
    /// The program that makes PDF files of pages; without it `mithaq-pdf` beside this one, if it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pdf_program: Option<PathBuf>,
    /// The agency's own sign-in service, where it has one for its people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignIn>,
    /// The agency's names by language.
    pub names: Texts,
}

/// An OpenID provider of the agency's own, by which its people are let in at browsers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// What the service calls itself: `https://login.agency.example`.
    pub issuer: String,
    /// By which it knows this node.
    pub client_id: String,
    /// File with what this node shows the service; none for a client that is public to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// PEM file with the certificates that the service's own is under.
    #[serde(default = "default_ca_file")]
    pub ca_file: PathBuf,
    /// How people must have been proven there, one of these (`acr`); without any the service alone decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr: Vec<String>,
}

/// `node.toml` can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It can't be read or written.
    #[error("can't {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A field has an error.
    #[error("{}, {fault}", .path.display())]
    Fault {
        /// The file.
        path: PathBuf,
        /// What is wrong, where, and what would be right.
        fault: Fault,
    },
}

impl ConfigError {
    /// What is wrong, in the reader's language.
    pub fn message(&self) -> Message {
        let message = match self {
            Self::Io { action: "read", path, source } => {
                say!("unreadable", path = %path.display(), error = wording::io(source))
            }
            Self::Io { path, source, .. } => say!("unwritable", path = %path.display(), error = wording::io(source)),
            Self::Fault { path, fault } => say!("fault-in-file", path = %path.display(), fault = fault.message()),
        };
        message.worded(self.to_string())
    }
}

impl Config {
    /// Reads `node.toml` of a node's folder. A field that is not known is refused: it is a misspelt one.
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        let path = dir.join(FILE);
        let text = fs::read_to_string(&path).map_err(|source| ConfigError::Io {
            action: "read",
            path: path.clone(),
            source,
        })?;
        Self::parse(&text).map_err(|fault| ConfigError::Fault { path, fault })
    }

    /// Writes `node.toml` into a node's folder, durably.
    pub fn write(&self, dir: &Path) -> Result<(), ConfigError> {
        let path = dir.join(FILE);
        let text = toml::to_string(self).map_err(|error| io::Error::other(error.to_string()));
        text.and_then(|text| files::write_durably(&path, format!("{HEADING}{text}").as_bytes()))
            .map_err(|source| ConfigError::Io { action: "write", path, source })
    }

    /// Checks every rule that a field alone can break.
    pub fn check(&self) -> Result<(), Fault> {
        self.first_fault().map_or(Ok(()), |(field, problem)| Err(Fault { line: 0, field, problem }))
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let config: Self = located::parse(text)?;
        match config.first_fault() {
            Some((field, problem)) => Err(located::fault(text, &field, problem)),
            None => Ok(config),
        }
    }

    fn first_fault(&self) -> Option<(String, Message)> {
        let rule = |kept: bool, field: &str, problem: Message| (!kept).then(|| (field.to_owned(), problem));
        let key_days = 1..=limits::SEALING_KEY_DAYS_MAX;
        let grace_days = self.sealing_key_days..=limits::SEALING_GRACE_DAYS_MAX;
        rule(text::is_country(&self.country), "country", say!("config-country"))
            .or_else(|| rule(self.api_listen.ip().is_loopback(), "api_listen", say!("config-loopback")))
            .or_else(|| {
                let problem = say!("fault-at-most", most = ADDRESSES_MAX);
                rule(self.advertise.len() <= ADDRESSES_MAX, "advertise", problem)
            })
            .or_else(|| {
                let wrong = self.advertise.iter().position(|address| !is_address(address))?;
                Some((format!("advertise[{wrong}]"), say!("config-address")))
            })
            .or_else(|| {
                let wrong = self.origins.iter().position(|origin| !is_origin(origin))?;
                Some((format!("origins[{wrong}]"), say!("config-origin")))
            })
            .or_else(|| {
                let problem = say!("config-key-days", most = *key_days.end());
                rule(key_days.contains(&self.sealing_key_days), "sealing_key_days", problem)
            })
            .or_else(|| {
                let problem = say!("config-grace-days", least = *grace_days.start(), most = *grace_days.end());
                rule(grace_days.contains(&self.sealing_grace_days), "sealing_grace_days", problem)
            })
            .or_else(|| {
                let is_known = jiff::tz::TimeZone::get(&self.time_zone).is_ok();
                rule(is_known, "time_zone", say!("config-time-zone"))
            })
            .or_else(|| {
                let (field, problem) = self.sign_in.as_ref()?.first_fault()?;
                Some((format!("sign_in.{field}"), problem))
            })
            .or_else(|| rule(!self.names.is_empty(), "names", say!("fault-texts-none")))
    }
}

impl SignIn {
    fn first_fault(&self) -> Option<(&'static str, Message)> {
        if self.client_id.is_empty() {
            return Some(("client_id", say!("config-client-id")));
        }
        if self.acr.iter().any(|acr| acr.is_empty() || acr.contains(' ')) {
            return Some(("acr", say!("config-acr")));
        }
        let uri = self.issuer.parse::<Uri>().ok();
        let is_https = uri.as_ref().is_some_and(|uri| uri.scheme_str() == Some("https"));
        let is_here = self.issuer.starts_with("http://localhost:") || self.issuer.starts_with("http://127.0.0.1:");
        let is_fit = (is_https || is_here) && !self.issuer.contains(['?', '#']);
        (!is_fit).then(|| ("issuer", say!("config-issuer")))
    }
}

/// The port for partners where none is given: loopback, so that a first try opens nothing to the network.
pub const fn default_peer_listen() -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8443)
}

/// The agency's own port where none is given.
pub const fn default_api_listen() -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080)
}

/// The reserve of the disk where none is given.
pub const fn default_disk_reserve_mib() -> u64 {
    limits::DISK_RESERVE_MIB
}

/// The time zone where none is given.
pub fn default_time_zone() -> String {
    "UTC".to_owned()
}

fn is_default_time_zone(zone: &str) -> bool {
    zone == "UTC"
}

/// The certificates that Debian's programs believe.
fn default_ca_file() -> PathBuf {
    PathBuf::from("/etc/ssl/certs/ca-certificates.crt")
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
const fn is_yes(answer: &bool) -> bool {
    *answer
}

/// Days until a new sealing key is announced where none are given.
pub const fn default_sealing_key_days() -> u32 {
    1
}

/// Days for which an old sealing key still opens where none are given: longer than a courier takes.
pub const fn default_sealing_grace_days() -> u32 {
    14
}

/// `https://host:port`, as partners can call it.
fn is_address(text: &str) -> bool {
    is_https(text, |port| port.is_some_and(|port| port > 0))
}

/// `https://host`, as a browser writes the origin of a page: without a port if it is 443.
fn is_origin(text: &str) -> bool {
    is_https(text, |port| port.is_none_or(|port| port > 0 && port != 443))
}

fn is_https(text: &str, is_port: impl Fn(Option<u16>) -> bool) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    uri.scheme_str() == Some("https")
        && uri.path_and_query().is_none_or(|path| path == "/")
        && is_port(uri.port_u16())
        && !text.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'@')
        && !text.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "country = \"XAA\"\nbody = \"police\"\n[names]\nen = \"Police of Exampleland A\"\n";

    #[test]
    fn defaults_are_filled_in() {
        let config = Config::parse(LEAST).unwrap();
        assert_eq!(config.peer_listen, "127.0.0.1:8443".parse().unwrap());
        assert_eq!(config.api_listen, "127.0.0.1:8080".parse().unwrap());
        assert_eq!((config.sealing_key_days, config.sealing_grace_days), (1, 14));
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let advertise = vec!["https://node.example:8443".to_owned()];
        let config = Config { advertise, ..Config::parse(LEAST).unwrap() };
        config.write(dir.path()).unwrap();
        assert_eq!(Config::load(dir.path()).unwrap(), config);
    }

    #[test]
    fn errors_say_line_field_and_what_would_be_right() {
        let cases = [
            ("colour = \"red\"", 1, "colour", "unknown field"),
            ("api_listen = \"0.0.0.0:8080\"", 1, "api_listen", "loopback only"),
            ("advertise = [\"http://a:1\"]", 1, "advertise[0]", "https://"),
            ("origins = [\"https://a.example\", \"https://a.example:443\"]", 1, "origins[1]", "where it is not 443"),
            ("origins = [\"http://a.example\"]", 1, "origins[0]", "write https://"),
            ("origins = [\"https://a.example/console\"]", 1, "origins[0]", "write https://"),
            ("sealing_grace_days = 0", 1, "sealing_grace_days", "1 (sealing_key_days) to"),
            (
                "sign_in = {issuer = \"http://login.example\", client_id = \"mithaq\"}",
                1,
                "sign_in.issuer",
                "write https://",
            ),
            (
                "sign_in = {issuer = \"https://login.example\", client_id = \"\"}",
                1,
                "sign_in.client_id",
                "by which name",
            ),
            ("peer_listen = \"8443\"", 1, "peer_listen", "socket address"),
        ];
        for (line, number, field, problem) in cases {
            let fault = Config::parse(&format!("{line}\n{LEAST}")).unwrap_err();
            assert_eq!((fault.line, fault.field.as_str()), (number, field), "{fault}");
            assert!(fault.problem.to_string().contains(problem), "{fault}");
        }
        let fault = Config::parse(&LEAST.replace("XAA", "xa")).unwrap_err();
        assert_eq!((fault.line, fault.field.as_str()), (1, "country"));
    }
}
