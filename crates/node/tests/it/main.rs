//! Integration tests of the node: real sockets, one binary.

mod api;
mod audit;
mod control;
mod exchange;
mod floor;
mod hostile;
mod later;
mod life;
mod rogue;
mod statements;
mod threads;
mod transport;
mod world;
