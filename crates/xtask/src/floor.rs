//! Prints what `policy` prints from its tables: the schema, and `docs/FLOOR.md` from a run of the floor's cases. Tests of
//! `policy` fail while one of them is old.

use std::{
    fs,
    process::{Command, ExitCode},
};

use crate::{host, run, workspace::Workspace};

/// What is printed, by the argument that asks for it.
const PRINTED: &[(&[&str], &str)] = &[(&["schema"], "crates/policy/src/floor.cedarschema"), (&[], "docs/FLOOR.md")];

/// Writes both; if a case comes out otherwise than stated, says so and leaves the page as it is.
pub fn run(workspace: &Workspace) -> ExitCode {
    for (asked, file) in PRINTED {
        let mut command = Command::new(host::cargo());
        command.current_dir(&workspace.root).args([
            "run",
            "--quiet",
            "-p",
            "mithaq-policy",
            "--example",
            "floor",
            "--",
        ]);
        command.args(*asked);
        let problem = match run::result(command) {
            Ok((true, text)) => fs::write(workspace.root.join(file), text).err(),
            Ok((false, _)) => return ExitCode::FAILURE,
            Err(error) => Some(error),
        };
        if let Some(error) = problem {
            eprintln!("{file} can't be printed: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
