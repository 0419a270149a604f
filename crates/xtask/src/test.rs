//! `cargo xtask test`: the steps, in order, and the line that sums them up.

use std::{path::Path, process::ExitCode};

use crate::{
    host,
    tally::Tally,
    tidy,
    workspace::{Workspace, reviewed_list},
};

mod rust;
mod tools;

/// How a step ended.
pub enum Outcome {
    /// It ran: so many tests passed, failed or were skipped.
    Ran(Tally),
    /// The machine lacks something: the sentence says what. Allowed only if `skips.txt` names the step.
    Skipped(String),
}

impl Outcome {
    /// A step that is one test and could be run, or not for the reason in the error.
    pub fn one(result: std::io::Result<bool>) -> Self {
        let ok = result.unwrap_or_else(|error| {
            println!("{error}");
            false
        });
        Self::Ran(Tally::one(ok))
    }
}

struct Step {
    id: &'static str,
    /// What is run, for the reader of the log.
    about: &'static str,
    /// Whether it makes no sense when the build failed.
    needs_build: bool,
    run: fn(&Workspace) -> Outcome,
}

/// Cheap steps first. Every cargo step uses the release profile, so that each crate is built once: debug and release
/// builds side by side would double the slow part, the C code of AWS-LC and SQLite.
const STEPS: &[Step] = &[
    Step { id: "fmt", about: "cargo fmt --check", needs_build: false, run: tools::fmt },
    Step { id: "tidy", about: "the project's own checks", needs_build: false, run: tidy::run },
    Step { id: "deny", about: "cargo deny check bans licenses sources", needs_build: false, run: tools::deny },
    Step { id: BUILD, about: "cargo build --release, everything", needs_build: false, run: rust::build },
    Step { id: "no_std", about: "protocol without std, so without I/O", needs_build: false, run: rust::no_std },
    Step { id: "clippy", about: "cargo clippy -D warnings", needs_build: true, run: rust::clippy },
    Step { id: "pdf", about: "the PDF program, built and tested", needs_build: false, run: rust::pdf },
    Step { id: "rust", about: "all Rust tests, fuzz corpora included", needs_build: true, run: rust::tests },
    Step { id: "doc", about: "examples in the documentation", needs_build: true, run: rust::doc_tests },
    Step {
        id: "verifier",
        about: "the Python verifier, over vectors and against the program",
        needs_build: true,
        run: tools::verifier,
    },
    Step { id: "api", about: "the agency's port against its description", needs_build: true, run: tools::api },
    Step { id: "client", about: "the Python client, against real nodes", needs_build: true, run: tools::client },
    Step {
        id: "sign_in",
        about: "signing in by an OpenID provider, in a browser",
        needs_build: true,
        run: tools::sign_in,
    },
    Step { id: "demo", about: "mithaq demo --check", needs_build: true, run: tools::demo },
];
const BUILD: &str = "build";

/// Whether there is a step of this name.
#[cfg(test)]
pub fn is_step(id: &str) -> bool {
    STEPS.iter().any(|step| step.id == id)
}

/// Runs all steps, or only those named, and prints the sum alone on the last line.
pub fn run(workspace: &Workspace, only: &[&str]) -> ExitCode {
    if let Some(unknown) = only.iter().find(|name| !STEPS.iter().any(|step| step.id == **name)) {
        let known: Vec<&str> = STEPS.iter().map(|step| step.id).collect();
        eprintln!("there is no step `{unknown}`; the steps are {}", known.join(", "));
        return ExitCode::from(2);
    }
    let allowed_skips = match reviewed_list(&workspace.root.join("crates/xtask/skips.txt")) {
        Ok(list) => list,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    let mut total = Tally::default();
    let mut build_failed = false;
    for step in STEPS.iter().filter(|step| only.is_empty() || only.contains(&step.id)) {
        if build_failed && step.needs_build {
            println!("── {}: not run, because the build failed", step.id);
            continue;
        }
        println!("── {}: {}", step.id, step.about);
        let started = host::now();
        let (tally, note) = settle(step.id, (step.run)(workspace), &allowed_skips);
        print!("{note}");
        println!("── {}: {tally} ({:.1} s)\n", step.id, started.elapsed().as_secs_f64());
        build_failed |= step.id == BUILD && tally.failed > 0;
        total += tally;
    }
    println!("{total}");
    if total.failed == 0 && total.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Counts a step and says why it could not run; that is a failure unless the skip was reviewed.
fn settle(id: &str, outcome: Outcome, allowed_skips: &[(String, String)]) -> (Tally, String) {
    match outcome {
        Outcome::Ran(tally) => (tally, String::new()),
        Outcome::Skipped(why) if allowed_skips.iter().any(|(allowed, _)| allowed == id) => {
            (Tally { skipped: 1, ..Tally::default() }, format!("skipped: {id}: {why}\n"))
        }
        Outcome::Skipped(why) => (
            Tally::one(false),
            format!("{id} can't run, and crates/xtask/skips.txt does not allow to skip it: {why}\n"),
        ),
    }
}

/// Whether the reviewed list allows a test to skip under this id.
pub fn skip_is_reviewed(root: &Path, id: &str) -> bool {
    reviewed_list(&root.join("crates/xtask/skips.txt")).is_ok_and(|list| list.iter().any(|(allowed, _)| allowed == id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skip_that_nobody_reviewed_is_a_failure() {
        let reviewed = [("deny".to_owned(), "no network".to_owned())];
        let skipped = || Outcome::Skipped("no network".to_owned());
        assert_eq!(settle("deny", skipped(), &reviewed).0, Tally { skipped: 1, ..Tally::default() });
        assert_eq!(settle("rust", skipped(), &reviewed).0, Tally::one(false));
    }
}
