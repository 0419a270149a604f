//! `cargo xtask bench NAME`: measures the shipped program and prints one row a figure.
//!
//! A figure means something only beside the machine it was taken on, so every bench prints that machine's own limits,
//! measured in the same run, first.

use std::{borrow::Cow, process::ExitCode};

use serde::Serialize;

use crate::{run, workspace::Workspace};

mod console;
mod exchange;
mod guard;
mod http;
mod machine;
mod node;
mod office;
mod paint;

/// One figure.
#[derive(Serialize)]
pub struct Row {
    /// What was measured.
    pub name: Cow<'static, str>,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: Cow<'static, str>,
    /// What it should be, where a target is set.
    pub target: Option<Target>,
    /// Whether it is.
    pub met: Option<bool>,
}

/// The bound that a figure should keep.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// More is better.
    AtLeast(f64),
    /// Less is better.
    AtMost(f64),
}

impl Row {
    /// A figure without a target.
    pub fn new(name: impl Into<Cow<'static, str>>, value: f64, unit: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), value, unit: unit.into(), target: None, met: None }
    }

    /// A figure with a target.
    pub fn against(
        name: impl Into<Cow<'static, str>>,
        value: f64,
        unit: impl Into<Cow<'static, str>>,
        target: Target,
    ) -> Self {
        let met = match target {
            Target::AtLeast(bound) => value >= bound,
            Target::AtMost(bound) => value <= bound,
        };
        Self { target: Some(target), met: Some(met), ..Self::new(name, value, unit) }
    }
}

/// Prints rows as they are measured.
pub struct Report {
    json: bool,
    missed: bool,
    fdatasync_p50_us: f64,
}

impl Report {
    /// Prints a row: a line of JSON, or aligned text.
    pub fn row(&mut self, row: &Row) {
        self.missed |= row.met == Some(false);
        if self.json {
            println!("{}", serde_json::to_string(row).unwrap_or_default());
            return;
        }
        let target = match row.target {
            None => String::new(),
            Some(Target::AtLeast(bound)) => format!("  at least {bound}"),
            Some(Target::AtMost(bound)) => format!("  at most {bound}"),
        };
        let met = row.met.map_or("", |met| if met { "  met" } else { "  MISSED" });
        println!("{:<44} {:>12.2} {}{target}{met}", row.name, row.value, row.unit);
    }

    /// The disk's own time for a durable write, measured in this run, in µs: what a latency is held against.
    pub fn fdatasync_p50_us(&self) -> f64 {
        self.fdatasync_p50_us
    }

    /// Prints what a reader of the rows should know; on standard error, so that JSON stays JSON.
    pub fn note(&self, text: &str) {
        eprintln!("{text}");
    }
}

type Bench = fn(&Workspace, &[&str], &mut Report) -> Result<(), String>;

const BENCHES: &[(&str, &str, Bench)] = &[
    ("exchange", "two real nodes: rate, CPU a record, latency, check, memory", exchange::run),
    (
        "office",
        "first contact, commands, drafts, and a node with many open requests after an hour of work",
        office::run,
    ),
    (
        "console",
        "pages over many open requests, their sizes, what arrives on them, and many people at once",
        console::run,
    ),
    ("guard", "what a distinguisher tells of requests about protected persons", guard::run),
];

/// Builds the program and runs the named bench; fails if a target is missed.
pub fn run(workspace: &Workspace, arguments: &[&str]) -> ExitCode {
    let json = arguments.contains(&"--json");
    let profile = if arguments.contains(&"--dist") { workspace.profile.get_or_init(|| "dist") } else { "release" };
    let words: Vec<&str> = arguments.iter().copied().filter(|word| !matches!(*word, "--json" | "--dist")).collect();
    let (name, options) = words.split_first().map_or(("", [].as_slice()), |(name, options)| (*name, options));
    let chosen = BENCHES.iter().find(|(known, ..)| *known == name);
    let Some((_, _, bench)) = chosen else {
        for (name, about, _) in BENCHES {
            eprintln!("cargo xtask bench {name:<12} {about}");
        }
        return ExitCode::from(2);
    };
    // Programs only: what users get has no features of test dependencies. `--dist` measures the program as it is shipped.
    let build = workspace.cargo(&["build", "--profile", profile, "--workspace", "--bins", "--quiet"]);
    match run::quiet(build) {
        Ok((true, _)) => {}
        Ok((false, text)) => {
            eprintln!("{text}");
            return ExitCode::FAILURE;
        }
        Err(error) => {
            eprintln!("cargo can't be run: {error}");
            return ExitCode::FAILURE;
        }
    }
    let mut report = Report { json, missed: false, fdatasync_p50_us: 0.0 };
    let outcome = machine::describe(&mut report).and_then(|()| bench(workspace, options, &mut report));
    if let Err(problem) = &outcome {
        eprintln!("{problem}");
    }
    if outcome.is_ok() && !report.missed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The value below which the share `quantile` (0 to 1) of the sorted values lies; 0 if there are none.
pub fn quantile(sorted: &[f64], quantile: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let rank = (quantile * last as f64).round() as usize;
    sorted.get(rank).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!((quantile(&values, 0.5), quantile(&values, 0.99), quantile(&values, 1.0)), (50.0, 99.0, 100.0));
        assert_eq!(quantile(&[], 0.5), 0.0);
    }

    #[test]
    fn a_target_says_whether_it_is_met() {
        assert_eq!(Row::against("a", 5.0, "s", Target::AtMost(4.0)).met, Some(false));
        let row = Row::against("a", 5.0, "s", Target::AtLeast(4.0));
        assert_eq!(
            serde_json::to_string(&row).unwrap(),
            r#"{"name":"a","value":5.0,"unit":"s","target":{"at_least":4.0},"met":true}"#
        );
    }
}
