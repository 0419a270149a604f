//! Steps that build and test the Rust code.

use std::{fs, process::Command};

use super::{Outcome, skip_is_reviewed};
use crate::{
    host, run,
    tally::{Runner, Tally, read_summary},
    workspace::Workspace,
};

/// Builds the program and all tests in one go: one selection of crates means one set of features, so nothing is built
/// twice by the steps that follow.
pub fn build(workspace: &Workspace) -> Outcome {
    Outcome::one(run::shown(workspace.cargo(&["build", "--release", "--workspace", "--all-targets", "--quiet"])))
}

/// The walls of `protocol`: it compiles without the standard library.
pub fn no_std(workspace: &Workspace) -> Outcome {
    let arguments = ["check", "--release", "--package", "mithaq-protocol", "--no-default-features", "--quiet"];
    Outcome::one(run::shown(workspace.cargo(&arguments)))
}

/// Lints; every warning is an error.
pub fn clippy(workspace: &Workspace) -> Outcome {
    let arguments = ["clippy", "--release", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"];
    Outcome::one(run::shown(workspace.cargo(&arguments)))
}

/// All Rust tests: by cargo-nextest where it is installed, else by libtest. A test that lacks something on this
/// machine prints `skipped: id: reason` and passes; it is counted as skipped if its id is reviewed, else as failed.
pub fn tests(workspace: &Workspace) -> Outcome {
    let reviewed = |id: &str| skip_is_reviewed(&workspace.root, id);
    let mut show = |line: &str| println!("{line}");
    if host::has_program("cargo-nextest") {
        let mut command = workspace.cargo(&["nextest", "run", "--release", "--workspace", "--color", "never"]);
        // Shown to this tool so that it sees skips; it hides the rest of what passing tests print.
        command.args(["--no-fail-fast", "--success-output", "immediate", "--cargo-quiet"]);
        Outcome::Ran(count(Runner::Nextest, command, &reviewed, &mut show))
    } else {
        let mut command = workspace.cargo(&["test", "--release", "--workspace", "--all-targets", "--no-fail-fast"]);
        command.args(["--quiet", "--color", "never", "--", "--nocapture"]);
        Outcome::Ran(count(Runner::Libtest, command, &reviewed, &mut show))
    }
}

/// Examples in doc comments.
pub fn doc_tests(workspace: &Workspace) -> Outcome {
    let command = workspace.cargo(&["test", "--release", "--workspace", "--doc", "--quiet", "--color", "never"]);
    let mut tally = Tally::default();
    let outcome = run::lines(command, |line| {
        if !read_summary(Runner::Libtest, line, &mut tally) {
            println!("{line}");
        }
    });
    if tally.failed == 0 && !outcome.is_ok_and(|status| status.success()) {
        tally.failed = 1;
    }
    Outcome::Ran(tally)
}

/// The program of `pdf/`, which is no part of the workspace: its crates are built into a folder of their own, by the profile
/// that its manifest makes quick to build.
pub fn pdf(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo(&["test", "--manifest-path", PDF, "--locked", "--quiet", "--color", "never"]);
    let folder = workspace.target.join("pdf");
    command.arg("--target-dir").arg(&folder);
    let mut tally = count(Runner::Libtest, command, &|_| false, &mut |line| println!("{line}"));
    // Beside the program it is found by it, so that the tests of the console print by it.
    let placed = fs::copy(folder.join("debug/mithaq-pdf"), workspace.program("mithaq-pdf"));
    if let Err(error) = &placed {
        println!("mithaq-pdf can't be put beside mithaq: {error}");
    }
    tally += Tally::one(placed.is_ok());
    Outcome::Ran(tally)
}

/// The manifest of the program that prints.
pub const PDF: &str = "pdf/Cargo.toml";

fn count(runner: Runner, command: Command, reviewed: &dyn Fn(&str) -> bool, show: &mut dyn FnMut(&str)) -> Tally {
    let mut tally = Tally::default();
    let mut filter = Filter::default();
    let (mut skips, mut unreviewed) = (0, 0);
    let outcome = run::lines(command, |line| {
        read_summary(runner, line, &mut tally);
        if let Some(id) = skipped_id(line) {
            skips += 1;
            unreviewed += u64::from(!reviewed(id));
            show(line.trim());
            if !reviewed(id) {
                show(&format!("crates/xtask/skips.txt does not allow `{id}` to be skipped"));
            }
        } else if filter.shows(line) {
            show(line);
        }
    });
    // The runner counted them as passed.
    tally.passed = tally.passed.saturating_sub(skips);
    tally.skipped += skips - unreviewed;
    tally.failed += unreviewed;
    // Tests that don't compile, or a runner that was killed, leave no count behind.
    if tally.failed == 0 && !outcome.is_ok_and(|status| status.success() && tally.passed > 0) {
        tally.failed = 1;
    }
    tally
}

fn skipped_id(line: &str) -> Option<&str> {
    line.trim().strip_prefix("skipped: ")?.split_once(':').map(|(id, _)| id)
}

/// Hides what passing tests print: nextest shows it after a line `PASS [`, up to the next line of that kind.
#[derive(Default)]
struct Filter {
    after_pass: bool,
}

impl Filter {
    fn shows(&mut self, line: &str) -> bool {
        let status = line.trim_start();
        let is_status = status.split_once(" [").is_some_and(|(word, _)| {
            line.starts_with(' ')
                && !word.is_empty()
                && word.chars().all(|c| c.is_ascii_uppercase() || " +".contains(c))
        }) || status.starts_with("Summary [")
            || line.starts_with("────");
        if is_status {
            self.after_pass = status.starts_with("PASS [");
            return true;
        }
        !self.after_pass
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", text]);
        command
    }

    fn counted(runner: &str, reviewed: bool) -> Tally {
        // Shown to nobody: this tool, which may be running this test, would read it as a skip.
        count(Runner::Nextest, script(runner), &|_| reviewed, &mut |_| ())
    }

    #[test]
    fn a_runner_that_dies_without_a_count_is_a_failure() {
        assert_eq!(counted("exit 101", true), Tally::one(false));
        assert_eq!(counted("exit 0", true), Tally::one(false));
    }

    #[test]
    fn skips_are_taken_out_of_the_passed_and_unreviewed_ones_fail() {
        let runner = "echo '    skipped: loss: needs root'; echo ' Summary [ 1s] 3 tests run: 3 passed, 0 skipped'";
        assert_eq!(counted(runner, true), Tally { passed: 2, failed: 0, skipped: 1 });
        assert_eq!(counted(runner, false), Tally { passed: 2, failed: 1, skipped: 0 });
    }

    #[test]
    fn only_failing_tests_show_their_output() {
        let lines =
            ["        PASS [   0.1s] a b", "  stdout ───", "    noise", "        FAIL [   0.1s] a c", "    why"];
        let mut filter = Filter::default();
        assert_eq!(lines.map(|line| filter.shows(line)), [true, false, false, true, true]);
    }
}
