//! Nodes in one process on a simulated clock and network, the fuzz targets, and officers for a bench. Never shipped.

pub mod ceremony;
pub mod fuzz;
pub mod guard;
pub mod model;
pub mod network;
pub mod node;
pub mod officers;
pub mod steps;
pub mod store;
pub mod suite;
pub mod threads;
pub mod world;
