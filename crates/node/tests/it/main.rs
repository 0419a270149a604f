//! Integration tests of the node: real sockets, one binary.

mod transport;
