//! Integration tests of the node: real sockets, one binary.

mod api;
mod asylum;
mod audit;
mod cases;
mod compartments;
mod control;
mod described;
mod exchange;
mod floor;
mod hidden;
mod hostile;
mod later;
mod life;
mod neutral;
mod officers;
mod protection;
mod resources;
mod rogue;
mod seats;
mod seconds;
mod statements;
mod threads;
mod transport;
mod uses;
mod world;
mod writer;
