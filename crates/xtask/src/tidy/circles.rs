//! Which modules of a crate import each other in a circle.
//!
//! A module is a file. It imports each other file that a path of it names: `crate::…`, `super::…` or `self::…`, in
//! `use` or in the code. A path leads to the file of its longest beginning that is a module; what a module hands on
//! from another counts as its own.

use std::collections::{BTreeMap, BTreeSet};

use super::code::{is_word, tokens};
use crate::workspace::SourceFile;

/// The files of the largest circle of imports among those below `folder`, such as `crates/node/src/`, by path; none if
/// no two files import each other.
pub fn largest<'a>(files: &'a [SourceFile], folder: &str) -> Vec<&'a str> {
    let modules: BTreeMap<Vec<&str>, &SourceFile> =
        files.iter().filter_map(|file| Some((module(file.path.strip_prefix(folder)?)?, file))).collect();
    let numbers: BTreeMap<&Vec<&str>, usize> = modules.keys().zip(0..).collect();
    let imports: Vec<BTreeSet<usize>> = modules
        .iter()
        .map(|(module, file)| {
            let is_other = |target: &Vec<&str>| target != module;
            let targets = paths(&tokens(&file.text), module).into_iter().filter_map(|path| {
                (0..=path.len()).rev().map(|length| path[..length].to_vec()).find(|start| modules.contains_key(start))
            });
            targets.filter(is_other).map(|target| numbers[&target]).collect()
        })
        .collect();
    let paths: Vec<&str> = modules.values().map(|file| file.path.as_str()).collect();
    let circle = circles(&imports).into_iter().filter(|circle| circle.len() > 1).max_by_key(Vec::len);
    let mut members: Vec<&str> = circle.unwrap_or_default().into_iter().map(|number| paths[number]).collect();
    members.sort_unstable();
    members
}

/// The module of a file below `src`: `a/b.rs` and `a/b/mod.rs` are `a::b`.
fn module(path: &str) -> Option<Vec<&str>> {
    let mut names: Vec<&str> = path.strip_suffix(".rs")?.split('/').collect();
    if matches!(*names, ["lib" | "main"]) || names.last() == Some(&"mod") {
        names.pop();
    }
    Some(names)
}

/// Every path from `crate`, `super` or `self`, written from the crate's root.
fn paths<'a>(tokens: &[&'a str], module: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut found = Vec::new();
    let mut current = module.to_vec();
    // Modules written in this file: the depth of brackets at which each ends.
    let mut inner = Vec::new();
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        let previous = |back: usize| at.checked_sub(back).map(|before| tokens[before]);
        match *token {
            "{" => {
                depth += 1;
                if let (Some("mod"), Some(name)) = (previous(2), previous(1)) {
                    inner.push(depth);
                    current.push(name);
                }
            }
            "}" => {
                if inner.last() == Some(&depth) {
                    inner.pop();
                    current.pop();
                }
                depth = depth.saturating_sub(1);
            }
            "crate" | "super" | "self"
                if tokens.get(at + 1) == Some(&"::")
                    && !matches!(previous(1), Some("::"))
                    && !is_visibility(tokens, at) =>
            {
                follow(tokens, at, &current, Vec::new(), &mut found);
            }
            _ => {}
        }
    }
    found
}

/// `pub(in crate::a)` says who may look, not what is used.
fn is_visibility(tokens: &[&str], at: usize) -> bool {
    at >= 2 && tokens[at - 2..at] == ["(", "in"]
}

/// Follows a path, or each of those in braces, from the token at `at`; returns the place after it.
fn follow<'a>(
    tokens: &[&'a str],
    mut at: usize,
    module: &[&'a str],
    mut path: Vec<&'a str>,
    found: &mut Vec<Vec<&'a str>>,
) -> usize {
    while let Some(token) = tokens.get(at) {
        match *token {
            "crate" => path.clear(),
            "self" if path.is_empty() => path = module.to_vec(),
            // At the end of a group `self` is the group's own module.
            "self" => {}
            "super" => {
                let mut above = if path.is_empty() { module.to_vec() } else { path };
                above.pop();
                path = above;
            }
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    at = if tokens[at] == "," { at + 1 } else { follow(tokens, at, module, path.clone(), found) };
                }
                return at + 1;
            }
            name if is_word(name) => path.push(name),
            _ => break,
        }
        at += 1;
        if tokens.get(at) != Some(&"::") {
            break;
        }
        at += 1;
    }
    found.push(path);
    // Whatever stands between here and the next member of a group, `as name` or `*`, belongs to this path.
    while tokens.get(at).is_some_and(|token| !matches!(*token, "," | "}" | ";")) {
        at += 1;
    }
    at
}

/// The strongly connected parts of a graph, by Tarjan's algorithm.
fn circles(edges: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let mut search = Search { edges, order: vec![None; edges.len()], low: vec![0; edges.len()], ..Search::default() };
    for node in 0..edges.len() {
        if search.order[node].is_none() {
            search.visit(node);
        }
    }
    search.circles
}

#[derive(Default)]
struct Search<'a> {
    edges: &'a [BTreeSet<usize>],
    /// When a node was first met.
    order: Vec<Option<usize>>,
    /// The earliest node on the stack that is reached from a node.
    low: Vec<usize>,
    stack: Vec<usize>,
    met: usize,
    circles: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn visit(&mut self, node: usize) {
        let order = self.met;
        (self.order[node], self.low[node]) = (Some(order), order);
        self.met += 1;
        self.stack.push(node);
        for &next in &self.edges[node] {
            match self.order[next] {
                None => {
                    self.visit(next);
                    self.low[node] = self.low[node].min(self.low[next]);
                }
                Some(order) if self.stack.contains(&next) => self.low[node] = self.low[node].min(order),
                Some(_) => {}
            }
        }
        if self.low[node] == order {
            let start = self.stack.iter().position(|member| *member == node).unwrap_or_default();
            self.circles.push(self.stack.split_off(start));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: format!("crates/node/src/{path}"), text: text.to_owned() }
    }

    fn targets(module: &[&str], text: &str) -> Vec<String> {
        paths(&tokens(text), module).into_iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn paths_are_found_in_braces_in_code_and_from_modules_inside() {
        let text = "use crate::{a::{self, B as _}, c::*, d};\nfn f() -> super::E { self::g(self.h, &crate::i::<J>) }";
        assert_eq!(targets(&["x", "y"], text), ["a", "a::B", "c", "d", "x::E", "x::y::g", "i"]);
        assert_eq!(
            targets(&["x"], "mod inner { use super::a; use super::super::b; } use super::c;"),
            ["x::a", "b", "c"]
        );
        assert!(
            targets(&["x"], "mod a; pub(in crate::b) fn f() {} // crate::c\n const D: &str = \"crate::e\";").is_empty()
        );
        assert!(targets(&["x"], "#[cfg(test)]\nmod tests { use crate::a; }").is_empty());
    }

    #[test]
    fn the_largest_circle_is_found() {
        let files = [
            file("lib.rs", "mod a; mod b; mod c; mod d; mod e; pub use a::A;"),
            file("a.rs", "use crate::b::{inner, B}; use crate::lonely::L;"),
            file("b.rs", "mod inner;"),
            file("b/inner.rs", "fn f() -> crate::c::C { super::g() }"),
            file("c/mod.rs", "use crate::a::A;"),
            file("d.rs", "use crate::{a::A, e::E};"),
            file("e.rs", "use super::d::D;"),
            file("f.rs", "use crate::f::G; use self::H;"),
        ];
        let circle = ["a.rs", "b/inner.rs", "c/mod.rs"].map(|path| format!("crates/node/src/{path}"));
        assert_eq!(largest(&files, "crates/node/src/"), circle);
        assert!(largest(&files[5..6], "crates/node/src/").is_empty());
        assert!(largest(&files, "crates/store/src/").is_empty());
    }
}
