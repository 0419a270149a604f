//! `cargo xtask new`: skeletons that compile and pass the tests, so that the first edit is about the matter.
//!
//! A skeleton is the same text for everybody (`new/*.txt`). `crates/desks/tests/it/` holds one as it is written, where it
//! is compiled and tested with everything else; a test here writes it anew, from the commands of the howto, and compares.

use std::{fs, io::Write as _, path::Path, process::ExitCode};

use crate::{floor, workspace::Workspace};

const USAGE: &str = "\
cargo xtask new desk NAME         a desk, closed to all but the auditor: training
cargo xtask new kind DESK.WORD    a record kind of a desk that exists: training.course
cargo xtask new rule ID           a rule that the floor lists and nothing applies yet: NEU-02";

/// Words that name modules and can't be names of modules: Rust's own.
const RUST_WORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Writes a skeleton and names its files; after a rule prints the floor's page anew.
pub fn run(workspace: &Workspace, arguments: &[&str]) -> ExitCode {
    match make(&workspace.root, arguments) {
        Ok(files) => {
            files.iter().for_each(|file| println!("{file}"));
            if arguments.first() == Some(&"rule") { floor::run(workspace) } else { ExitCode::SUCCESS }
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

/// Writes a skeleton below the root of a workspace and returns the paths of all files that are new or edited.
///
/// # Errors
/// A sentence that says what is wrong; then nothing was written, but for a disk that fails.
fn make(root: &Path, arguments: &[&str]) -> Result<Vec<String>, String> {
    let change = match arguments {
        ["desk", name] => desk(root, name)?,
        ["kind", name] => kind(root, name)?,
        ["rule", id] => rule(root, id)?,
        _ => return Err(USAGE.to_owned()),
    };
    change.write(root)
}

/// What is to be written: nothing that exists is overwritten but by an edit of what was read.
#[derive(Default)]
struct Change {
    new: Vec<(String, String)>,
    edited: Vec<(String, String)>,
}

impl Change {
    fn write(self, root: &Path) -> Result<Vec<String>, String> {
        if let Some((path, _)) = self.new.iter().find(|(path, _)| root.join(path).exists()) {
            return Err(format!("{path} exists already, and nothing is overwritten"));
        }
        for (path, text) in &self.new {
            let full = root.join(path);
            let created = full.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::File::create_new(&full));
            created.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| format!("{path}: {error}"))?;
        }
        for (path, text) in &self.edited {
            fs::write(root.join(path), text).map_err(|error| format!("{path}: {error}"))?;
        }
        Ok(self.new.into_iter().chain(self.edited).map(|(path, _)| path).collect())
    }
}

/// A desk: its file, its module, its line.
fn desk(root: &Path, name: &str) -> Result<Change, String> {
    check_word(name)?;
    let path = format!("crates/desks/src/{name}.rs");
    let folder = format!("crates/desks/src/{name}");
    if name == "tests" || root.join(&path).exists() || root.join(&folder).exists() {
        return Err(format!("{path} exists already: choose another name for the desk"));
    }
    let (lib, kinds) = ("crates/desks/src/lib.rs", "crates/desks/src/kinds.rs");
    let with_module = insert_sorted(&read(root, lib)?, "pub mod ", &format!("pub mod {name};"));
    let line = format!("    crate::{name}::DESK,");
    let with_line = insert_in_list(&read(root, kinds)?, "pub const DESKS: &[Desk] = &[", "];", &line);
    Ok(Change {
        new: vec![(path, filled(include_str!("new/desk.rs.txt"), &[("desk", name)]))],
        edited: vec![
            (lib.to_owned(), with_module.ok_or_else(|| format!("{lib} has no `pub mod`"))?),
            (kinds.to_owned(), with_line.ok_or_else(|| format!("{kinds} has no table DESKS, a desk a line"))?),
        ],
    })
}

/// A record kind: its folder, its module and its line, both in the file of its desk.
fn kind(root: &Path, name: &str) -> Result<Change, String> {
    let (desk, word) =
        name.split_once('.').ok_or("a kind is named DESK.WORD, like training.course; it begins at /1")?;
    check_word(desk)?;
    check_word(word)?;
    let path = format!("crates/desks/src/{desk}.rs");
    let text = read(root, &path)
        .ok()
        .filter(|text| text.contains("pub const DESK: Desk"))
        .ok_or_else(|| format!("there is no desk {desk}: `cargo xtask new desk {desk}` makes one"))?;
    if text.lines().any(|line| line.starts_with(&format!("pub mod {word} {{"))) {
        return Err(format!("{path} has {word} already: a change of a kind is a new version of it, written by hand"));
    }
    let no_list = || format!("{path}: DESK has no `kinds: &[` with a kind a line");
    let purpose = text.split_once("purposes: &[").and_then(|(_, rest)| rest.split('"').nth(1)).unwrap_or(desk);
    let type_name = camel(word);
    let words = [("desk", desk), ("word", word), ("Type", &type_name), ("purpose", purpose)];
    let line = format!("        Kind::of::<{word}::{type_name}>(),");
    let mut edited = insert_in_list(&text, "    kinds: &[", "    ],", &line).ok_or_else(no_list)?;
    if !edited.contains("use crate::kinds::Kind;") {
        edited = edited.replacen("use crate::roles::", "use crate::kinds::Kind;\nuse crate::roles::", 1);
    }
    edited.push_str(&filled(include_str!("new/module.rs.txt"), &words));
    let folder = format!("crates/desks/src/{desk}/{word}");
    let files = [
        ("README.md", include_str!("new/README.md.txt")),
        ("record.rs", include_str!("new/record.rs.txt")),
        ("tests.rs", include_str!("new/tests.rs.txt")),
        ("testdata/example.json", include_str!("new/example.json.txt")),
        ("testdata/header.json", include_str!("new/header.json.txt")),
    ];
    Ok(Change {
        new: files.map(|(file, template)| (format!("{folder}/{file}"), filled(template, &words))).into(),
        edited: vec![(path, edited)],
    })
}

/// A rule of the floor: its file with a case that passes and one that is refused, and the state in its line.
fn rule(root: &Path, id: &str) -> Result<Change, String> {
    let is_id = id.split_once('-').is_some_and(|(family, number)| {
        !family.is_empty()
            && family.bytes().all(|b| b.is_ascii_uppercase())
            && number.len() == 2
            && number.bytes().all(|b| b.is_ascii_digit())
    });
    if !is_id {
        return Err(format!("`{id}` is no rule's id: it is a family in capitals and two digits, like NEU-02"));
    }
    let path = "crates/policy/src/floor.rs";
    let text = read(root, path)?;
    let beginning = format!("    rule(\"{id}\", ");
    let Some(line) = text.lines().find(|line| line.starts_with(&beginning)) else {
        return Err(format!(
            "{path}: RULES has no {id}: what the floor says is decided first (docs/decisions), then it gets its line \
             there with State::NotYet"
        ));
    };
    let Some((before, _)) = line.split_once("State::NotYet(") else {
        return Err(format!("{id} works already: its file is in crates/policy/src/floor/"));
    };
    let module = id.to_lowercase().replace('-', "_");
    let summary = line.split('"').nth(3).unwrap_or_default();
    let at = format!("`floor::{module}`, which nothing asks yet");
    let works = format!("{before}State::Code {{ at: \"{at}\", cases: {module}::cases }}),");
    let edited = insert_sorted(&text.replace(line, &works), "mod ", &format!("mod {module};"));
    let words = [("id", id), ("summary", summary)];
    Ok(Change {
        new: vec![(format!("crates/policy/src/floor/{module}.rs"), filled(include_str!("new/rule.rs.txt"), &words))],
        edited: vec![(path.to_owned(), edited.ok_or_else(|| format!("{path} has no `mod`"))?)],
    })
}

/// A desk or a word of a kind, as names of kinds have it (DOC-8), and as a module can be called.
fn check_word(word: &str) -> Result<(), String> {
    let fits = word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.len() <= 24
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !fits {
        return Err(format!("`{word}` is no word: a to z first, then a to z, digits and _, at most 24"));
    }
    if RUST_WORDS.contains(&word) || word == "mithaq" {
        return Err(format!("`{word}` means something else already: choose another word"));
    }
    Ok(())
}

fn read(root: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))
}

fn filled(template: &str, words: &[(&str, &str)]) -> String {
    words.iter().fold(template.to_owned(), |text, (name, word)| text.replace(&format!("{{{{{name}}}}}"), word))
}

/// `permission_request` as the name of a type.
fn camel(word: &str) -> String {
    let capital = |part: &str| {
        let mut chars = part.chars();
        chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
    };
    word.split('_').map(capital).collect()
}

/// Puts a line into the first run of lines that begin so, in the order of the alphabet.
fn insert_sorted(text: &str, beginning: &str, line: &str) -> Option<String> {
    let name = |line: &str| line.trim_start_matches("pub(crate) ").trim_start_matches("pub ").to_owned();
    let is_one = |line: &&str| line.starts_with(beginning) || line.starts_with(&format!("pub(crate) {beginning}"));
    let run: Vec<&str> = text.lines().skip_while(|line| !is_one(line)).take_while(is_one).collect();
    let last = run.last()?;
    let found = run.iter().find(|known| name(known) > name(line));
    let with = match found {
        Some(next) => text.replacen(&format!("{next}\n"), &format!("{line}\n{next}\n"), 1),
        None => text.replacen(&format!("{last}\n"), &format!("{last}\n{line}\n"), 1),
    };
    Some(with)
}

/// Puts a line at the end of the list between two lines.
fn insert_in_list(text: &str, opening: &str, closing: &str, line: &str) -> Option<String> {
    let start = text.find(&format!("\n{opening}\n"))?;
    let end = start + text[start..].find(&format!("\n{closing}\n"))?;
    Some(format!("{}\n{line}{}", &text[..end], &text[end..]))
}

#[cfg(test)]
mod tests;
