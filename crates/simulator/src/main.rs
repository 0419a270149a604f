//! `mithaq-simulator SEED` runs one seed of the simulator again. `officers` prints the public keys of two officers, and
//! `approve` signs, with them, lines of `POST /v1/records` on standard input: the load of `cargo xtask bench exchange`.

use std::{io, process::ExitCode};

use mithaq_simulator::{officers, world};

fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let result = match argument.as_str() {
        "officers" => officers::public_keys().map(|keys| println!("{keys}")),
        "approve" => officers::approve(io::stdin().lock(), io::BufWriter::new(io::stdout().lock())),
        seed => seed.parse().map(|seed| println!("seed {seed}: {:?}", world::run(seed))).map_err(|_| {
            "usage: mithaq-simulator SEED | officers | approve (a seed as the failed test printed it)".into()
        }),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}
