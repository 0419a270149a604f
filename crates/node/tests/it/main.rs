//! Integration tests of the node: real sockets, one binary.

mod control;
mod exchange;
mod transport;
mod world;
