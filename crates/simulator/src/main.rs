//! `mithaq-simulator SEED` runs one seed of the simulator again. `officers` prints the public keys of two officers, and
//! `approve` signs, with them, lines of `POST /v1/records` on standard input: the load of `cargo xtask bench exchange`. `guard`
//! prints what a distinguisher can tell of requests about protected persons: a JSON line each for `cargo xtask bench guard`.

use std::{io, process::ExitCode};

use mithaq_simulator::{guard, officers, world};

fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let result = match argument.as_str() {
        "officers" => officers::public_keys().map(|keys| println!("{keys}")),
        "approve" => officers::approve(io::stdin().lock(), io::BufWriter::new(io::stdout().lock())),
        "guard" => tell(std::env::args().nth(2)),
        seed => seed.parse().map(|seed| println!("seed {seed}: {:?}", world::run(seed))).map_err(|_| {
            "usage: mithaq-simulator SEED | officers | approve | guard [REQUESTS] (a seed as the failed test printed it)".into()
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

/// Requests for each time limit, and the seed of the run that the figures of the documents come from.
const GUARD_REQUESTS: usize = 8_000;
const GUARD_SEED: u64 = 20_261_129;

fn tell(requests: Option<String>) -> Result<(), String> {
    let requests = requests.map(|text| text.parse().map_err(|_| format!("a number of requests, not {text}")));
    let requests = requests.transpose()?.unwrap_or(GUARD_REQUESTS);
    for cell in guard::run(guard::Rule::Default, requests, GUARD_SEED) {
        println!("{}", serde_json::to_string(&cell).map_err(|error| error.to_string())?);
    }
    Ok(())
}
