use std::{collections::BTreeMap, path::PathBuf};

use super::*;
use crate::test;

const HOWTO: &str = include_str!("../../../../docs/howto/add-a-record-kind.md");
/// What the commands of the howto edit or look at.
const COPIED: &[&str] = &[
    "crates/desks/src/lib.rs",
    "crates/desks/src/kinds.rs",
    "crates/desks/src/correspondence.rs",
    "crates/desks/src/thread.rs",
    "crates/policy/src/floor.rs",
];

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn copy() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for path in COPIED {
        fs::create_dir_all(root.path().join(path).parent().unwrap()).unwrap();
        fs::copy(here().join(path), root.path().join(path)).unwrap();
    }
    root
}

/// Every file below a folder that is of the desk: its path there, its text.
fn desk_files(folder: &Path, desk: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut left = vec![folder.join(format!("{desk}.rs")), folder.join(desk)];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    files
}

/// The code blocks of a page in one language, without the indent of the list that they stand in.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let Some(opened) = line.trim_start().strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| line.trim_start() != "```").collect();
        if opened == language {
            blocks.push(block.iter().map(|line| format!("{}\n", line.get(indent..).unwrap_or(""))).collect());
        }
    }
    blocks
}

/// The howto is run: its commands make the skeleton that `crates/desks/tests/it/` compiles and tests, and its code stands in
/// what they make.
#[test]
fn the_howto_makes_the_skeleton_that_is_compiled_and_shows_its_code() {
    let root = copy();
    let mut made = 0;
    for command in blocks(HOWTO, "sh").iter().flat_map(|block| block.lines()) {
        let command = command.split(" #").next().unwrap_or(command);
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            ["cargo", "xtask", "new", rest @ ..] => made += make(root.path(), rest).unwrap().len(),
            ["cargo", "xtask", "test", steps @ ..] => {
                assert!(steps.iter().all(|step| test::is_step(step)), "{command}")
            }
            _ => panic!("the howto has a command that is not tried: {command}"),
        }
    }
    assert!(made > 8, "the howto makes a desk and a kind");
    let (written, compiled) = (root.path().join("crates/desks/src"), here().join("crates/desks/tests/it"));
    let files = desk_files(&written, "training");
    if files != desk_files(&compiled, "training") {
        let kept = root.keep();
        panic!(
            "the skeleton changed: copy training* from {}/crates/desks/src to {}",
            kept.display(),
            compiled.display()
        );
    }
    let edited = COPIED.iter().map(|path| fs::read_to_string(root.path().join(path)).unwrap());
    let texts: Vec<String> = files.into_values().chain(edited).collect();
    let code: Vec<String> = ["rust", "json"].iter().flat_map(|language| blocks(HOWTO, language)).collect();
    assert!(code.len() >= 3, "the howto shows code");
    for block in code {
        assert!(texts.iter().any(|text| text.contains(&block)), "the howto shows what is not made:\n{block}");
    }
}

/// What the howto names in the source is there: a file that moves takes its name in the howto with it.
#[test]
fn the_howto_names_files_that_there_are() {
    let root = copy();
    make(root.path(), &["desk", "training"]).unwrap();
    make(root.path(), &["kind", "training.course"]).unwrap();
    let mut named = 0;
    for word in HOWTO.split('`').skip(1).step_by(2) {
        let is_path = word.starts_with("crates/") || word.starts_with("docs/");
        if is_path && !word.contains([' ', '*', '\n']) {
            named += 1;
            let is_there = root.path().join(word).exists() || here().join(word).exists();
            assert!(is_there, "the howto names {word}, which is not there");
        }
    }
    assert!(named > 5, "the howto names files");
}

#[test]
fn a_new_line_stands_in_its_place() {
    let root = copy();
    make(root.path(), &["desk", "border"]).unwrap();
    make(root.path(), &["kind", "correspondence.post_card"]).unwrap();
    let read = |path: &str| fs::read_to_string(root.path().join(path)).unwrap();
    assert!(read("crates/desks/src/lib.rs").contains("pub mod body;\npub mod border;\npub mod contacts;\n"));
    assert!(read("crates/desks/src/kinds.rs").contains("    crate::thread::DESK,\n    crate::border::DESK,\n];\n"));
    let desk = read("crates/desks/src/correspondence.rs");
    assert!(desk.contains("<file::File>(),\n        Kind::of::<post_card::PostCard>(),\n    ],\n"), "{desk}");
    assert!(desk.contains("pub use record::PostCard;") && desk.matches("use crate::kinds::Kind;").count() == 1);
    assert!(read("crates/desks/src/correspondence/post_card/testdata/header.json").contains("\"correspondence\""));
}

#[test]
fn a_rule_of_the_list_gets_its_file_and_works() {
    let root = copy();
    make(root.path(), &["rule", "NEU-05"]).unwrap();
    let floor = fs::read_to_string(root.path().join("crates/policy/src/floor.rs")).unwrap();
    let line = floor.lines().find(|line| line.starts_with("    rule(\"NEU-05\"")).unwrap();
    assert!(line.ends_with("cases: neu_05::cases }),"), "{line}");
    assert!(floor.contains("pub(crate) mod neu_04;\nmod neu_05;\n"));
    let file = fs::read_to_string(root.path().join("crates/policy/src/floor/neu_05.rs")).unwrap();
    assert!(file.starts_with("//! NEU-05: No search or selection"), "{file}");
}

#[test]
fn what_exists_stays_and_a_bad_name_is_told() {
    let root = copy();
    make(root.path(), &["desk", "border"]).unwrap();
    make(root.path(), &["kind", "border.crossing"]).unwrap();
    let before = desk_files(&root.path().join("crates/desks/src"), "border");
    for (arguments, says) in [
        (&["desk", "border"][..], "exists already"),
        (&["desk", "thread"], "exists already"),
        (&["desk", "Border"], "is no word"),
        (&["desk", "../border"], "is no word"),
        (&["desk", ""], "is no word"),
        (&["desk", "type"], "means something else"),
        (&["kind", "border.crossing"], "has crossing already"),
        (&["kind", "border"], "DESK.WORD"),
        (&["kind", "border.crossing/2"], "is no word"),
        (&["kind", "returns.case"], "there is no desk returns"),
        (&["kind", "thread.step"], "there is no desk thread"),
        (&["rule", "neu-05"], "no rule's id"),
        (&["rule", "XYZ-01"], "RULES has no XYZ-01"),
        (&["rule", "AGR-01"], "works already"),
        (&["rule"], "cargo xtask new desk NAME"),
    ] {
        let problem = make(root.path(), arguments).unwrap_err();
        assert!(problem.contains(says), "{arguments:?}: {problem}");
    }
    fs::remove_file(root.path().join("crates/desks/src/border/crossing/record.rs")).unwrap();
    assert!(make(root.path(), &["kind", "border.crossing"]).is_err());
    assert_eq!(desk_files(&root.path().join("crates/desks/src"), "border").len() + 1, before.len());
}
