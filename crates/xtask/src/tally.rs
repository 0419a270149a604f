//! Counting tests: what was run, and what the runners' outputs say.

use std::{fmt, ops::AddAssign};

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed, timed out or could not be started.
    pub failed: u64,
    /// Tests that did not run, each announced with its reason.
    pub skipped: u64,
}

impl Tally {
    /// One test with this outcome.
    pub fn one(ok: bool) -> Self {
        Self { passed: u64::from(ok), failed: u64::from(!ok), skipped: 0 }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// Whose output is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Runner {
    /// cargo-nextest: `Summary [ 1.2s] 3 tests run: 2 passed (1 slow), 1 failed, 4 skipped`.
    Nextest,
    /// `cargo test`: `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    Libtest,
    /// This project's own: `3 passed, 0 failed`.
    Plain,
}

/// Reads a line that sums tests up and adds it; true if it is one.
///
/// The runner must be known: nextest shows the output of tests, in which libtest sums up as well.
pub fn read_summary(runner: Runner, line: &str, tally: &mut Tally) -> bool {
    let line = line.trim();
    let counts = match runner {
        Runner::Nextest => line.strip_prefix("Summary [").and_then(|rest| rest.split_once("run:")),
        Runner::Libtest => line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")),
        Runner::Plain => Some(("", line)).filter(|_| line.contains(" passed, ") && line.contains(" failed")),
    };
    let Some((_, counts)) = counts else { return false };
    for part in counts.split([',', ';']) {
        let mut words = part.split_whitespace();
        let Some(count) = words.next().and_then(|count| count.parse::<u64>().ok()) else { continue };
        match words.next() {
            Some("passed") => tally.passed += count,
            // nextest counts tests that timed out or could not be executed apart from those that failed.
            Some("failed" | "timed" | "exec") => tally.failed += count,
            Some("skipped" | "ignored") => tally.skipped += count,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(runner: Runner, line: &str) -> Option<(u64, u64, u64)> {
        let mut tally = Tally::default();
        read_summary(runner, line, &mut tally).then_some((tally.passed, tally.failed, tally.skipped))
    }

    #[test]
    fn every_runner_is_understood() {
        let nextest = "  Summary [  0.1s] 58 tests run: 56 passed (1 slow, 1 flaky), 1 failed, 1 timed out, 2 skipped";
        assert_eq!(read(Runner::Nextest, nextest), Some((56, 2, 2)));
        assert_eq!(read(Runner::Nextest, " Summary [  0.001s] 1 test run: 1 passed, 0 skipped"), Some((1, 0, 0)));
        let libtest = "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 9 filtered out; finished in 0s";
        assert_eq!(read(Runner::Libtest, libtest), Some((3, 2, 1)));
        assert_eq!(read(Runner::Nextest, libtest), None);
        assert_eq!(read(Runner::Plain, "12 passed, 0 failed"), Some((12, 0, 0)));
        assert_eq!(read(Runner::Plain, "PASS json"), None);
    }

    #[test]
    fn skips_are_shown_only_where_there_are_some() {
        assert_eq!(Tally { passed: 3, failed: 0, skipped: 0 }.to_string(), "3 passed, 0 failed");
        assert_eq!(Tally { passed: 3, failed: 1, skipped: 2 }.to_string(), "3 passed, 1 failed, 2 skipped");
    }
}
