//! HTTP: one port for partners, another port and the socket for the agency itself.
//!
//! Every route is one line in [`router`]; its handler is the file of the same name under `http/api` or `http/peer`. A
//! route of the agency's port names the scope that it needs; [`crate::callers::scope`] says who has it and `gate` holds it.

pub mod api;
mod disclosed;
pub mod form;
mod gate;
pub mod openapi;
pub mod peer;
pub mod problem;
pub mod route;
pub mod router;
