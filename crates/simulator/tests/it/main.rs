//! Integration tests of the simulator.

mod fuzz_replay;
mod world;
