//! Nodes in one process on a simulated clock and network, and the fuzz targets. Never shipped.

pub mod ceremony;
pub mod fuzz;
pub mod model;
pub mod network;
pub mod node;
pub mod store;
pub mod suite;
pub mod threads;
pub mod world;
