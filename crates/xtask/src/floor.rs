//! Prints `docs/FLOOR.md` from a run of the floor's cases. A test of `policy` fails while the page is old.

use std::{
    fs,
    process::{Command, ExitCode},
};

use crate::{host, run, workspace::Workspace};

/// Runs the cases and writes the page; if a case comes out otherwise than stated, says so and writes nothing.
pub fn run(workspace: &Workspace) -> ExitCode {
    let mut command = Command::new(host::cargo());
    command.current_dir(&workspace.root).args(["run", "--quiet", "-p", "mithaq-policy", "--example", "floor"]);
    let page = workspace.root.join("docs/FLOOR.md");
    match run::result(command) {
        Ok((true, text)) => match fs::write(&page, text) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{} can't be written: {error}", page.display());
                ExitCode::FAILURE
            }
        },
        Ok((false, _)) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the cases can't be run: {error}");
            ExitCode::FAILURE
        }
    }
}
