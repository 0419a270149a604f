//! The guard bench: what a distinguisher tells of requests about protected persons, for each time limit and each looker. The
//! model is the simulator's, with the node's own draw of moments.

use std::process::Command;

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
    Ok(())
}
