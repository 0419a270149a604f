//! The doors of a node: one port for partners, another port and the socket for the agency itself.
//!
//! Every route is one line in [`router`]; its handler is the file of the same name under `api` or `peer`. A route of the
//! agency's port names the scope that it needs; [`node::callers::scope`] says who has it and `gate` holds it.
//!
//! A handler turns a request into a call of one of the node's rooms and its result into an answer: it reads no store and
//! signs nothing.

pub mod api;
mod bodies;
pub mod cookie;
pub mod disclosed;
pub mod events;
pub mod form;
mod gate;
pub mod host;
pub mod listener;
pub mod openapi;
pub mod peer;
pub mod problem;
pub mod route;
pub mod router;
mod seat;
pub mod serve;

pub use serve::{Ready, serve, serve_at};
