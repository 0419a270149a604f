//! What cargo knows of this workspace, and its files.

use std::{
    cell::OnceCell,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

use crate::{host, run};

/// The workspace as `cargo metadata` tells it.
#[derive(Deserialize)]
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    #[serde(rename = "workspace_root")]
    pub root: PathBuf,
    /// Where cargo builds: `CARGO_TARGET_DIR`, or `target` in the root.
    #[serde(rename = "target_directory")]
    pub target: PathBuf,
    /// The crates of the workspace.
    pub packages: Vec<Package>,
    /// Of which profile programs are, if not of `release`.
    #[serde(skip)]
    pub profile: OnceCell<&'static str>,
}

/// A crate of the workspace.
#[derive(Deserialize)]
pub struct Package {
    /// Its name in `Cargo.toml`.
    pub name: String,
    /// The path of its `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
}

/// A dependency of a crate.
#[derive(Deserialize)]
pub struct Dependency {
    /// The package's name.
    pub name: String,
    /// Set if it is a crate of this workspace.
    pub path: Option<PathBuf>,
    /// `dev` or `build`; `None` if the crate itself needs it.
    pub kind: Option<String>,
}

impl Workspace {
    /// Asks cargo.
    ///
    /// # Errors
    /// A sentence that says what cargo answered.
    pub fn load() -> Result<Self, String> {
        let mut command = Command::new(host::cargo());
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        let (ok, text) = run::result(command).map_err(|error| format!("cargo metadata can't be run: {error}"))?;
        if !ok {
            return Err("cargo metadata failed: the workspace's Cargo.toml files don't parse".to_owned());
        }
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata answered in an unknown form: {error}"))
    }

    /// A cargo command in the workspace's root.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(host::cargo());
        command.current_dir(&self.root).args(arguments);
        command
    }

    /// A program, of the release profile if no other was chosen.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target.join(self.profile.get().unwrap_or(&"release")).join(name)
    }
}

/// A text file of the project: its path below the root, with `/`, and its text.
pub struct SourceFile {
    /// Path below the workspace's root.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// Endings of files that people write and read; vectors, corpora and lock files are none.
const SOURCE_ENDINGS: &[&str] = &["rs", "py", "md", "toml", "sh", "sql", "cedar", "html", "css", "js", "ftl"];
/// Folders that hold built, fetched or generated files.
const OTHER_FOLDERS: &[&str] = &["target", ".git", "corpus", "testdata", "node_modules", "__pycache__"];

/// Every source file below the root, in the order of paths.
///
/// # Errors
/// A folder or file can't be read.
pub fn source_files(root: &Path) -> io::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if entry.file_type()?.is_dir() {
                if !OTHER_FOLDERS.contains(&&*name) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|ending| SOURCE_ENDINGS.iter().any(|known| ending == *known)) {
                let below = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                files.push(SourceFile { path: below, text: fs::read_to_string(&path)? });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Reads a reviewed list: `id: reason` a line, `#` starts a comment line. A file that is absent is an empty list.
///
/// # Errors
/// The file can't be read, or a line lacks its reason.
pub fn reviewed_list(path: &Path) -> Result<Vec<(String, String)>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let mut list = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once(':') {
            Some((id, reason)) if !reason.trim().is_empty() => {
                list.push((id.trim().to_owned(), reason.trim().to_owned()));
            }
            _ => return Err(format!("{}:{}: write `id: reason`, one a line", path.display(), number + 1)),
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reviewed_line_without_a_reason_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.txt");
        fs::write(&path, "# comment\n\na/b.rs: one table\n").unwrap();
        assert_eq!(reviewed_list(&path).unwrap(), [("a/b.rs".to_owned(), "one table".to_owned())]);
        fs::write(&path, "a/b.rs:\n").unwrap();
        assert!(reviewed_list(&path).unwrap_err().contains("list.txt:1"));
        assert!(reviewed_list(&folder.path().join("absent")).unwrap().is_empty());
    }
}
