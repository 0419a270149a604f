//! Asks an agency's own sign-in service who somebody is: OpenID Connect Core 1.0 by the authorization code flow with PKCE
//! (RFC 7636), and nothing beyond. What it learns is one digest, by which the same person is known again.
//!
//! Wall: keeps nothing about people, decides nothing about whom to let in.

mod http;
mod service;
mod token;

pub use service::{Begun, Drawn, Returned, Service, Settings};
use texts::{Message, say};

/// By which a person is known again: the SHA-256 of the service's name and of the person's there. Neither can be read from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account(pub [u8; 32]);

/// Why nobody is let in. What it holds is for the log of the node; the person reads [`Error::message`].
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// What `node.toml` says of the service can't be used.
    #[error("sign_in in node.toml: {0}")]
    Settings(String),
    /// The service does not answer, or not with what was asked for.
    #[error("the sign-in service at {url}: {problem}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// What came of it.
        problem: String,
    },
    /// The service says no (RFC 6749, section 4.1.2.1): with its own word.
    #[error("the sign-in service refused: {0}")]
    Refused(String),
    /// What came back does not belong to what was begun, or says something else than it must.
    #[error("the sign-in service's answer does not fit: {0}")]
    Unfit(String),
}

impl Error {
    /// What the person at the browser is told.
    pub fn message(&self) -> Message {
        match self {
            Self::Settings(problem) => say!("sign-in-settings", problem = problem),
            Self::Unreachable { .. } => say!("sign-in-service-silent"),
            Self::Refused(_) => say!("sign-in-service-refused"),
            Self::Unfit(_) => say!("sign-in-service-unfit"),
        }
    }
}
