//! Steps that run other tools than the Rust test runners.

use std::process::Command;

use super::{Outcome, rust};
use crate::{
    host,
    python::{self, NoEnvironment},
    run,
    tally::{Runner, Tally, read_summary},
    workspace::Workspace,
};

/// `cargo fmt --check`, of the workspace and of the program that prints.
pub fn fmt(workspace: &Workspace) -> Outcome {
    let mut tally = Tally::default();
    for arguments in [["fmt", "--all", "--check"].as_slice(), &["fmt", "--manifest-path", rust::PDF, "--check"]] {
        tally += shown(workspace.cargo(arguments));
    }
    Outcome::Ran(tally)
}

/// `cargo deny`, from the PATH or as the prebuilt wheel that `tools.txt` pins: on the workspace, and with the same rules
/// on the program that prints.
pub fn deny(workspace: &Workspace) -> Outcome {
    let mut tally = Tally::default();
    for manifest in ["Cargo.toml", rust::PDF] {
        let mut command = match cargo_deny(workspace) {
            Ok(command) => command,
            Err(outcome) => return outcome,
        };
        command.args(["--manifest-path", manifest, "--config", "deny.toml", "check", "bans", "licenses", "sources"]);
        tally += shown(command);
    }
    Outcome::Ran(tally)
}

fn cargo_deny(workspace: &Workspace) -> Result<Command, Outcome> {
    if host::has_program("cargo-deny") {
        return Ok(workspace.cargo(&["deny"]));
    }
    match python::environment(workspace, "tools", "crates/xtask/tools.txt") {
        Ok(programs) => {
            let mut command = Command::new(programs.join("cargo-deny"));
            command.current_dir(&workspace.root);
            Ok(command)
        }
        Err(NoEnvironment::Missing(why)) => {
            Err(Outcome::Skipped(format!("{why}\n(or: cargo install --locked cargo-deny)")))
        }
        Err(NoEnvironment::Wrong(why)) => {
            println!("{why}");
            Err(Outcome::Ran(Tally::one(false)))
        }
    }
}

/// Runs a command whose success is one test.
fn shown(command: Command) -> Tally {
    Tally::one(run::shown(command).unwrap_or_else(|error| {
        println!("{error}");
        false
    }))
}

/// The second verifier, written in Python: over the vectors, and against the program.
pub fn verifier(workspace: &Workspace) -> Outcome {
    python_step(workspace, "verifier", "tests/verifier/requirements.txt", "tests/verifier/run.py")
}

/// The agency's port asked by schemathesis, from its description: no answer is a fault of the program.
pub fn api(workspace: &Workspace) -> Outcome {
    python_step(workspace, "api", "tests/api/requirements.txt", "tests/api/run.py")
}

/// The Python client: its types, its style, and its tests against real nodes.
pub fn client(workspace: &Workspace) -> Outcome {
    python_step(workspace, "client", "clients/python/requirements-test.txt", "clients/python/tests/run.py")
}

/// Signing in by an agency's own OpenID provider: a real one, in a real browser.
pub fn sign_in(workspace: &Workspace) -> Outcome {
    if !host::has_program("chromedriver") {
        return Outcome::Skipped("install Chromium and its driver (Debian: chromium, chromium-driver)".to_owned());
    }
    python_step(workspace, "sign_in", "tests/sign_in/requirements.txt", "tests/sign_in/run.py")
}

/// Runs a script on the program that was built, in an environment of this name with what `requirements` pins.
fn python_step(workspace: &Workspace, name: &str, requirements: &str, script: &str) -> Outcome {
    let programs = match python::environment(workspace, name, requirements) {
        Ok(programs) => programs,
        Err(NoEnvironment::Missing(why)) => return Outcome::Skipped(why),
        Err(NoEnvironment::Wrong(why)) => {
            println!("{why}");
            return Outcome::Ran(Tally::one(false));
        }
    };
    let mut command = Command::new(programs.join("python"));
    command.current_dir(&workspace.root).args(["-B", "-u", script]).arg(workspace.program("mithaq"));
    let mut tally = Tally::default();
    let outcome = run::lines(command, |line| {
        println!("{line}");
        read_summary(Runner::Plain, line, &mut tally);
    });
    // A runner that dies without a sum must not pass as "nothing failed".
    if tally.failed == 0 && !outcome.is_ok_and(|status| status.success() && tally.passed > 0) {
        tally.failed = 1;
    }
    Outcome::Ran(tally)
}

/// The demo: the main job of the product, done by the shipped program.
pub fn demo(workspace: &Workspace) -> Outcome {
    let mut command = Command::new(workspace.program("mithaq"));
    command.current_dir(&workspace.root).args(["demo", "--check"]);
    let (ok, text) = match run::result(command) {
        Ok(result) => result,
        Err(error) => {
            println!("{} can't be run: {error}", workspace.program("mithaq").display());
            return Outcome::Ran(Tally::one(false));
        }
    };
    print!("{text}");
    let json = ends_with_json(&text);
    if !json {
        println!("the last line of `mithaq demo --check` must be a JSON object");
    }
    Outcome::Ran(Tally::one(ok && json))
}

fn ends_with_json(text: &str) -> bool {
    text.lines()
        .next_back()
        .and_then(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .is_some_and(|value| value.is_object())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_must_end_with_a_json_object() {
        assert!(ends_with_json("two nodes\n{\"ok\":true}\n"));
        assert!(!ends_with_json("{\"ok\":true}\nbye\n"));
        assert!(!ends_with_json("42\n"));
        assert!(!ends_with_json(""));
    }
}
