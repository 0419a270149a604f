//! The running part of Mithaq: an agency's node.
//!
//! This crate holds the only tasks and the only sockets. What a record means, whether it may cross and which bytes
//! prove it is decided by the pure crates `protocol`, `policy` and `desks`; what is durable is decided by `store`.
//! The node moves bytes between them, and gives them the time and the randomness that they take as arguments.
//!
//! It writes no HTML and no SQL.

pub mod administration;
pub mod agreements;
pub mod answers;
pub mod arrivals;
pub mod attachments;
pub mod audit;
pub mod auditors;
pub mod breaches;
pub mod callers;
pub mod channel;
pub mod channels;
pub mod check;
pub mod clock;
pub mod config;
pub mod db;
pub mod decide;
pub mod doctor;
pub mod drafting;
pub mod evidence;
pub mod fair;
pub mod fault;
pub mod files;
pub mod guesses;
pub mod init;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod links;
pub mod loads;
pub mod located;
pub mod memory;
pub mod metrics;
pub mod names;
pub mod node;
pub mod office;
pub mod peers;
pub mod people;
pub mod person_counts;
pub mod personal;
pub mod protection;
pub mod reading;
pub mod receiving;
pub mod records;
pub mod reviews;
pub mod rotation;
mod sealed;
pub mod seconds;
pub mod sending;
pub mod statements;
pub mod sync;
pub mod tally;
pub mod threads;
pub mod transport;
pub mod wording;
pub mod words;
pub mod work;
pub mod writer;

pub use node::{Node, OpenError};

/// Random bytes from the operating system: the one place where the node gets them.
pub fn entropy() -> protocol::suite::SystemEntropy {
    protocol::suite::SystemEntropy
}
