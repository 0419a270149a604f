//! HTTP: one port for partners, another port and the socket for the agency itself.
//!
//! Every route is one line in [`router`]; its handler is the file of the same name under `http/api` or `http/peer`.

pub mod api;
mod blocking;
pub mod error;
pub mod peer;
pub mod router;
