//! Python environments for tools and tests, installed into the build folder from lists pinned by digest.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{host, run, workspace::Workspace};

/// Why an environment is not there.
pub enum NoEnvironment {
    /// The machine lacks something: the sentence says what to install. The step may be skipped.
    Missing(String),
    /// Something is wrong that must not be skipped over: a digest that differs.
    Wrong(String),
}

/// The folder of programs (`bin`) of an environment that holds exactly what `requirements` (below the root) pins.
///
/// It is made once and made anew when the list changes.
///
/// # Errors
/// See [`NoEnvironment`].
pub fn environment(workspace: &Workspace, name: &str, requirements: &str) -> Result<PathBuf, NoEnvironment> {
    let list = workspace.root.join(requirements);
    let wanted = fs::read_to_string(&list)
        .map_err(|error| NoEnvironment::Wrong(format!("{requirements} can't be read: {error}")))?;
    let folder = workspace.target.join("xtask").join(name);
    let installed = folder.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|there| there == wanted) {
        return Ok(folder.join("bin"));
    }
    if !host::has_program("python3") {
        return Err(NoEnvironment::Missing("install python3 and its venv module (Debian: python3-venv)".to_owned()));
    }
    create(&folder)?;
    install(&folder, &list)?;
    // Written last: an interrupted installation is begun again.
    fs::write(&installed, wanted)
        .map_err(|error| NoEnvironment::Wrong(format!("{} can't be written: {error}", installed.display())))?;
    Ok(folder.join("bin"))
}

fn create(folder: &Path) -> Result<(), NoEnvironment> {
    let mut command = Command::new("python3");
    command.args(["-m", "venv", "--clear"]).arg(folder);
    match run::quiet(command) {
        Ok((true, _)) => Ok(()),
        Ok((false, text)) => Err(NoEnvironment::Missing(format!(
            "python3 can't make an environment; install its venv module (Debian: python3-venv):\n{text}"
        ))),
        Err(error) => Err(NoEnvironment::Missing(format!("python3 can't be run: {error}"))),
    }
}

fn install(folder: &Path, list: &Path) -> Result<(), NoEnvironment> {
    let mut command = Command::new(folder.join("bin").join("python"));
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    command.args(["--only-binary", ":all:", "--no-deps", "--require-hashes", "--requirement"]).arg(list);
    match run::quiet(command) {
        Ok((true, _)) => Ok(()),
        Ok((false, text)) if text.contains("DO NOT MATCH THE HASHES") => Err(NoEnvironment::Wrong(text)),
        Ok((false, text)) => Err(NoEnvironment::Missing(format!(
            "pip can't install what {} names; give this machine a way to PyPI:\n{text}",
            list.display()
        ))),
        Err(error) => Err(NoEnvironment::Missing(format!("pip can't be run: {error}"))),
    }
}
