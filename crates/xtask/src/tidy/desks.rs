//! The walls of the desks: who may name one.

use crate::workspace::{SourceFile, Workspace};

const DESKS: &str = "crates/desks/src/";
/// Files that name every desk: the crate and its table.
const NAME_ALL: &[&str] = &["lib.rs", "kinds.rs"];
/// Crates to which a desk is a line of the table and no more.
const KNOW_NONE: &[&str] = &["crates/node/src/", "crates/mithaq/src/"];

/// A desk names no other desk, nothing outside the table names one, and neither do the node and the program.
pub fn walls(_: &Workspace, files: &[SourceFile]) -> Vec<String> {
    let desks: Vec<&str> = files.iter().filter_map(desk_of_file).collect();
    let mut violations = Vec::new();
    if desks.is_empty() {
        violations.push(format!("{DESKS} has no desk: a desk's file has a line `pub const DESK: Desk = Desk {{`"));
    }
    for file in files {
        let (root, own) = match file.path.strip_prefix(DESKS) {
            Some(below) if NAME_ALL.contains(&below) || is_test(below) && !desks.contains(&top(below)) => continue,
            Some(below) => ("crate::", Some(top(below))),
            None if KNOW_NONE.iter().any(|folder| file.path.starts_with(folder)) => ("desks::", None),
            None => continue,
        };
        for (line, name) in named(&file.text, root) {
            if desks.contains(&name) && own != Some(name) {
                violations.push(format!(
                    "{}:{line}: names the desk {name}: put what both need into `fields`, or ask a function of the table",
                    file.path
                ));
            }
        }
    }
    violations
}

/// The desk whose line a file has.
fn desk_of_file(file: &SourceFile) -> Option<&str> {
    let name = file.path.strip_prefix(DESKS)?.strip_suffix(".rs")?;
    file.text.contains("pub const DESK: Desk = Desk {").then_some(name).filter(|name| !name.contains('/'))
}

/// The module of the crate that a file belongs to.
fn top(below: &str) -> &str {
    below.split(['/', '.']).next().unwrap_or(below)
}

/// Tests of what is common to desks try it with those that there are.
fn is_test(below: &str) -> bool {
    below.split(['/', '.']).any(|part| part == "tests")
}

/// What stands directly below a root in paths, with its line: `a` and `b` of `crate::a::c` and `crate::{a::{c}, b}`.
fn named<'a>(text: &'a str, root: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let begins = move |at: &usize| !text[..*at].ends_with(is_name);
    text.match_indices(root).map(|(at, _)| at).filter(begins).flat_map(move |at| {
        let line = text[..at].lines().count().max(1);
        members(&text[at + root.len()..]).into_iter().map(move |name| (line, name))
    })
}

/// The first names of a path, or of each member of a group in braces.
fn members(path: &str) -> Vec<&str> {
    let name = |part: &str| part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
    let Some(group) = path.trim_start().strip_prefix('{') else { return vec![&path[..name(path)]] };
    let (mut names, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                let part = group[start..at].trim_start();
                names.push(&part[..name(part)]);
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        let desk = |name: &str| SourceFile {
            path: format!("{DESKS}{name}.rs"),
            text: "pub const DESK: Desk = Desk {\n".to_owned(),
        };
        let file = SourceFile { path: path.to_owned(), text: text.to_owned() };
        let workspace =
            Workspace { root: "/".into(), target: "/".into(), packages: Vec::new(), profile: Default::default() };
        walls(&workspace, &[desk("letters"), desk("requests"), file]).len()
    }

    #[test]
    fn a_desk_that_is_named_from_outside_is_found() {
        for text in ["use crate::letters::Language;", "use crate::{body, letters::{A, B}};", "crate::letters::x()"] {
            assert_eq!(found("crates/desks/src/requests/reply/record.rs", text), 1, "{text}");
            assert_eq!(found("crates/desks/src/shape.rs", text), 1, "{text}");
            assert_eq!(found("crates/desks/src/requests/tests.rs", text), 1, "{text}");
            for may in ["kinds.rs", "lib.rs", "letters/note/record.rs", "tests.rs", "thread/tests/properties.rs"] {
                assert_eq!(found(&format!("crates/desks/src/{may}"), text), 0, "{may}: {text}");
            }
        }
        assert_eq!(found("crates/desks/src/shape.rs", "use crate::{fields::{letters::X}, body::requests};"), 0);
        for text in ["use desks::requests::Act;", "use desks::{\n    kinds,\n    requests::{Act, Use},\n};"] {
            assert_eq!(found("crates/node/src/uses.rs", text), 1, "{text}");
            assert_eq!(found("crates/simulator/src/threads.rs", text), 0, "{text}");
        }
        assert_eq!(
            found("crates/node/src/uses.rs", "use my_desks::requests; use desks::{fields, thread::requests};"),
            0
        );
    }
}
