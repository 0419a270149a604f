//! The guard bench: what a distinguisher tells of requests about protected persons, for each time limit and each looker, modelled
//! in the simulator with the node's own draw of moments and seen over live nodes; and what floods and a partner's worst take.

use std::{borrow::Cow, process::Command};

use serde::Deserialize;

use super::{Report, Row, Target};
use crate::workspace::Workspace;

/// No better than a coin, as far as it matters.
const TARGET: Target = Target::AtMost(0.05);

#[derive(Deserialize)]
struct Cell {
    profile: String,
    eye: String,
    advantage: f64,
    within: f64,
}

/// Runs the bench. `--requests N` takes another number of requests for each time limit.
///
/// # Errors
/// The simulator can't be run, or what it prints is not read.
pub fn run(workspace: &Workspace, options: &[&str], report: &mut Report) -> Result<(), String> {
    let mut command = Command::new(workspace.program("mithaq-simulator"));
    command.arg("guard");
    match options {
        [] => {}
        ["--requests", count] => {
            command.arg(count);
        }
        _ => return Err("the options of this bench are: --requests N".to_owned()),
    }
    let output = command.output().map_err(|error| format!("the simulator can't be run: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let (mut cells, mut holding) = (0.0, 0.0);
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let cell: Cell = serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))?;
        cells += 1.0;
        holding += f64::from(u8::from(cell.advantage <= cell.within));
        let name = format!("advantage of {} at {}", cell.eye, cell.profile);
        report.row(&Row::against(name, cell.advantage, "", TARGET));
    }
    let name = "cells of which the 95 % interval holds 0";
    report.row(&Row::against(name, holding, "", Target::AtLeast(cells)));
    report.note("interval: of all cells at once; half of the requests train the tree, the other half judge it");
    LIVE.iter().try_for_each(|test| live(workspace, test, report))
}

/// Tests of the doors that print figures. Each runs in a process of its own, for the sake of its memory.
const LIVE: &[&str] = &[
    "neutral::figures_of_a_looker_with_a_full_register",
    "seats::a_thousand_silent_connections_keep_no_partner_out",
    "seats::a_local_user_without_a_token_keeps_no_officer_out",
    "resources::a_partner_whose_bodies_never_end_takes_no_more_memory_than_there_is",
    "resources::a_partner_that_fetches_and_takes_nothing_holds_no_memory_without_end",
    "resources::figure_of_a_batch_over_long_threads",
];

/// A figure as a test prints it.
#[derive(Deserialize)]
struct Figure {
    figure: String,
    value: f64,
    unit: Cow<'static, str>,
    target: Option<Wanted>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Wanted {
    AtMost { at_most: f64 },
    Holds { holds: f64, within: f64 },
}

/// Runs a test of the doors as it is shipped, and takes its figures.
fn live(workspace: &Workspace, test: &str, report: &mut Report) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root).args([
        "test",
        "--quiet",
        "--release",
        "--package",
        "mithaq-doors",
        "--test",
        "it",
        "--",
    ]);
    command.args(["--include-ignored", "--nocapture", "--exact", test]);
    let output = command.output().map_err(|error| format!("cargo can't be run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("{test}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    }
    for line in text.lines().filter(|line| line.starts_with("{\"figure\"")) {
        let Figure { figure, value, unit, target } =
            serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))?;
        match target {
            None => report.row(&Row::new(figure, value, unit)),
            Some(Wanted::AtMost { at_most }) => report.row(&Row::against(figure, value, unit, Target::AtMost(at_most))),
            Some(Wanted::Holds { holds, within }) => {
                let name = format!("{figure}: {value:.3} ± {within:.3}, away from {holds}");
                report.row(&Row::against(name, (value - holds).abs(), unit, Target::AtMost(within)));
            }
        }
    }
    Ok(())
}
