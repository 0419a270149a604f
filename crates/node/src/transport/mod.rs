//! How nodes reach each other, and how an agency reaches its own node.
//!
//! Between nodes: HTTPS with TLS 1.3 only and key exchange X25519MLKEM768 only, so that what is recorded on the wire
//! today cannot be read by a quantum computer tomorrow. There is no certificate authority. Each side knows the other
//! by the **pin** in its card: the SHA-256 of the public key that its TLS certificate carries. Names, issuers and
//! dates of a certificate mean nothing here.
//!
//! - [`tls`] makes the key, the pins and the two configurations;
//! - [`client`] calls a partner, and the own node over its socket.

pub mod client;
pub mod tls;

pub mod watched;
