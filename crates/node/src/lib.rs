//! The running part of Mithaq: an agency's node.
//!
//! This crate holds the only tasks and the only sockets. What a record means, whether it may cross and which bytes
//! prove it is decided by the pure crates `protocol`, `policy` and `desks`; what is durable is decided by `store`.
//! The node moves bytes between them, and gives them the time and the randomness that they take as arguments.
//!
//! It writes no HTML and no SQL.

pub mod limits;
pub mod transport;
