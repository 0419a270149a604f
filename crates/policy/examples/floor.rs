//! Prints `docs/FLOOR.md`, or `floor.cedarschema` if the argument is `schema`. Run by `cargo xtask floor`.

use std::process::ExitCode;

use mithaq_policy::page;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("schema") {
        print!("{}", page::schema());
        return ExitCode::SUCCESS;
    }
    match page::floor() {
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
