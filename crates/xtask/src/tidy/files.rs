//! Checks on single files.

use crate::workspace::{SourceFile, Workspace, reviewed_list};

/// Longer files are hard to hold in one's head and to review.
const FILE_LINES_MAX: usize = 800;
const EXCEPTIONS: &str = "crates/xtask/tidy-exceptions.txt";
/// Crates that no user ever gets.
const NOT_SHIPPED: &[&str] = &["crates/xtask/", "crates/simulator/"];
/// Words that mark unfinished work. They are written apart, so that this file does not contain them.
const UNFINISHED: &[&str] =
    &[concat!("to", "do!"), concat!("TO", "DO"), concat!("FIX", "ME"), concat!("place", "holder")];

/// No file is longer than [`FILE_LINES_MAX`] unless the list of exceptions names it; no exception is out of date.
pub fn length(workspace: &Workspace, files: &[SourceFile]) -> Vec<String> {
    match reviewed_list(&workspace.root.join(EXCEPTIONS)) {
        Ok(exceptions) => too_long(files, &exceptions),
        Err(problem) => vec![problem],
    }
}

fn too_long(files: &[SourceFile], exceptions: &[(String, String)]) -> Vec<String> {
    let is_excepted = |path: &str| exceptions.iter().any(|(excepted, _)| excepted == path);
    let is_long = |file: &&SourceFile| file.text.lines().count() > FILE_LINES_MAX;
    let mut violations: Vec<String> = files
        .iter()
        .filter(is_long)
        .filter(|file| !is_excepted(&file.path))
        .map(|file| {
            format!(
                "{}: {} lines, at most {FILE_LINES_MAX}: split it by topic, or list it with a reason in {EXCEPTIONS}",
                file.path,
                file.text.lines().count()
            )
        })
        .collect();
    for (path, _) in exceptions {
        if !files.iter().filter(is_long).any(|file| file.path == *path) {
            violations.push(format!("{EXCEPTIONS}: {path} is not too long any more; remove it from the list"));
        }
    }
    violations
}

/// Shipped sources hold no marks of unfinished work.
pub fn unfinished(_: &Workspace, files: &[SourceFile]) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| is_shipped(&file.path)) {
        for (number, line) in file.text.lines().enumerate() {
            if let Some(word) = UNFINISHED.iter().find(|word| holds_word(line, word)) {
                violations.push(format!("{}:{}: `{word}`: finish it or cut it", file.path, number + 1));
            }
        }
    }
    violations
}

fn is_shipped(path: &str) -> bool {
    path.starts_with("crates/") && path.contains("/src/") && !NOT_SHIPPED.iter().any(|part| path.starts_with(part))
}

/// A word in capitals counts as written; one in small letters also at the start of a sentence. The HTML attribute of
/// the same name is none.
fn holds_word(line: &str, word: &str) -> bool {
    if word.chars().any(char::is_uppercase) {
        return line.contains(word);
    }
    let lower = line.to_lowercase();
    lower.match_indices(word).any(|(at, _)| !lower[at + word.len()..].starts_with("=\""))
}

/// Every crate's root file begins with its documentation.
pub fn crate_docs(workspace: &Workspace, files: &[SourceFile]) -> Vec<String> {
    let mut violations = Vec::new();
    for package in &workspace.packages {
        let Some(folder) = package.manifest_path.parent().and_then(|path| path.strip_prefix(&workspace.root).ok())
        else {
            continue;
        };
        for root in ["lib.rs", "main.rs"] {
            let path = format!("{}/src/{root}", folder.display());
            let documented = |file: &SourceFile| {
                file.text.lines().next().is_some_and(|line| line.len() > "//! ".len() && line.starts_with("//! "))
            };
            if files.iter().any(|file| file.path == path && !documented(file)) {
                violations.push(format!("{path}: begin with `//!` and what the crate is"));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, lines: usize) -> SourceFile {
        SourceFile { path: path.to_owned(), text: "x\n".repeat(lines) }
    }

    #[test]
    fn long_files_and_idle_exceptions_are_found() {
        let files = [file("a.rs", 800), file("b.rs", 801), file("c.rs", 900)];
        let exceptions = ["c.rs", "a.rs"].map(|path| (path.to_owned(), "reason".to_owned()));
        let found = too_long(&files, &exceptions);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("b.rs: 801"));
        assert!(found[1].contains("a.rs is not too long"));
    }

    #[test]
    fn unfinished_work_is_found_in_shipped_sources_only() {
        assert!(is_shipped("crates/node/src/writer.rs"));
        assert!(!is_shipped("crates/xtask/src/tidy.rs") && !is_shipped("crates/doors/tests/it/main.rs"));
        assert!(UNFINISHED.iter().all(|word| holds_word(&format!("// {word}: later"), word)));
        assert!(holds_word(concat!("//! Place", "holder."), UNFINISHED[3]));
        assert!(!holds_word(concat!("<input place", "holder=\"name\">"), UNFINISHED[3]));
    }
}
