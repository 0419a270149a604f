//! The fuzz targets: listed once in the simulator, built in `fuzz/`, replayed from `fuzz/corpus/`.

use std::fs;

use crate::workspace::{SourceFile, Workspace};

const TARGETS_FILE: &str = "crates/simulator/src/fuzz.rs";

/// Every target of the list has a program and a corpus, and the other way round.
pub fn complete(workspace: &Workspace, files: &[SourceFile]) -> Vec<String> {
    let Some(list) = files.iter().find(|file| file.path == TARGETS_FILE) else {
        return vec![format!("{TARGETS_FILE} is missing")];
    };
    let targets = names(&list.text);
    let manifest = files.iter().find(|file| file.path == "fuzz/Cargo.toml").map_or("", |file| file.text.as_str());
    let mut violations = Vec::new();
    if targets.is_empty() {
        violations.push(format!("{TARGETS_FILE}: no line of TARGETS has the form `(\"name\", function),`"));
    }
    for target in &targets {
        let program = format!("fuzz/fuzz_targets/{target}.rs");
        let calls = format!("run(\"{target}\", ");
        if !files.iter().any(|file| file.path == program && file.text.contains(&calls)) {
            violations.push(format!("{program} must call `{calls}bytes)`"));
        }
        if !manifest.contains(&format!("name = \"{target}\"")) {
            violations.push(format!("fuzz/Cargo.toml has no [[bin]] named {target}"));
        }
        let corpus = workspace.root.join("fuzz/corpus").join(target);
        if !fs::read_dir(&corpus).is_ok_and(|mut entries| entries.next().is_some()) {
            violations.push(format!("fuzz/corpus/{target} has no seed"));
        }
    }
    for file in files {
        let name = file.path.strip_prefix("fuzz/fuzz_targets/").and_then(|name| name.strip_suffix(".rs"));
        if let Some(name) = name.filter(|name| !targets.contains(name)) {
            violations.push(format!("{}: {TARGETS_FILE} lists no target {name}", file.path));
        }
    }
    violations
}

/// The names in lines such as `("header", header),`.
fn names(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.trim().strip_prefix("(\"")?.split_once("\", ")).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_line_by_line() {
        assert_eq!(
            names("pub const TARGETS: &[T] = &[\n    (\"header\", header),\n    (\"batch\", batch),\n];"),
            ["header", "batch"]
        );
    }
}
