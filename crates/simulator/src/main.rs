//! Runs one seed of the simulator again: `cargo run -p mithaq-simulator -- SEED`.

use std::process::ExitCode;

use mithaq_simulator::world;

fn main() -> ExitCode {
    let Some(seed) = std::env::args().nth(1).and_then(|text| text.parse().ok()) else {
        eprintln!("usage: mithaq-simulator SEED (a number, as the failed test printed it)");
        return ExitCode::from(2);
    };
    println!("seed {seed}: {:?}", world::run(seed));
    ExitCode::SUCCESS
}
