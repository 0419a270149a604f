//! Integration tests of the simulator.

mod fuzz_replay;
mod store;
mod world;
