//! Nodes in one process on a simulated clock and network, and the fuzz targets. Never shipped.

pub mod fuzz;
