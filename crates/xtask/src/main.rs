//! The developer's tool: `cargo xtask test` runs every test, `cargo xtask tidy` holds the house rules, `cargo xtask
//! bench` measures. It is never shipped.

use std::process::ExitCode;

mod bench;
mod floor;
mod host;
mod new;
mod python;
mod run;
mod tally;
mod test;
mod tidy;
mod workspace;

use workspace::Workspace;

const USAGE: &str = "\
cargo xtask test [STEP…]          run every test, or only the named steps; ends with `N passed, N failed`
cargo xtask tidy                  only the project's own checks
cargo xtask floor                 print floor.cedarschema, and docs/FLOOR.md from a run of the floor's cases
cargo xtask new desk|kind|rule NAME   write a skeleton that compiles and passes
cargo xtask bench NAME [--json]   measure; without a name the benches are listed";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let workspace = match Workspace::load() {
        Ok(workspace) => workspace,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    match arguments.as_slice() {
        ["test", steps @ ..] => test::run(&workspace, steps),
        ["tidy"] => test::run(&workspace, &["tidy"]),
        ["new", rest @ ..] => new::run(&workspace, rest),
        ["floor"] => floor::run(&workspace),
        ["bench", rest @ ..] => bench::run(&workspace, rest),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
