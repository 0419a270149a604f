//! Prints `docs/FLOOR.md`. Run by `cargo xtask floor`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match mithaq_policy::page::floor() {
        Ok(page) => {
            print!("{page}");
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            eprint!("cases that came out otherwise than stated:\n{wrong}");
            ExitCode::FAILURE
        }
    }
}
