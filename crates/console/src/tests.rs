//! Templates and texts, read together: what a page says there is a text for, and no text is left unsaid.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// The texts of the console in English: message and variables.
fn texts() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut at = String::new();
    let files = [include_str!("../../texts/en/console.ftl"), include_str!("../../texts/en/agreements.ftl")];
    for line in files.into_iter().flat_map(str::lines) {
        if let Some((id, _)) = line.split_once(" =").filter(|(id, _)| !id.starts_with([' ', '#', '}'])) {
            at = id.to_owned();
            found.insert(at.clone(), BTreeSet::new());
        }
        let named = line.split("{ $").skip(1).filter_map(|rest| rest.split([' ', '}']).next());
        found.entry(at.clone()).or_default().extend(named.map(str::to_owned));
    }
    found.remove("");
    found
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                // This file names calls and texts only to look for them.
                false if path.ends_with("src/tests.rs") => {}
                false if path.extension().is_some_and(|found| found == extension) => found.push(path),
                false => {}
            }
        }
    }
    found
}

/// The ids that a text names by such a call.
fn named<'a>(text: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
    let calls = text.split(call).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
    calls.filter(|id| !id.is_empty())
}

#[test]
fn every_page_says_what_there_is_a_text_for_with_the_values_that_it_has() {
    let texts = texts();
    for file in files("templates", "html").into_iter().chain(files("src", "rs")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for (calls, value) in
            [(["ui.t(", "self.t("], None), (["ui.n(", "self.n("], Some("count")), (["ui.w(", "self.w("], Some("what"))]
        {
            for id in calls.iter().flat_map(|call| named(&text, call)) {
                // What other areas say, they hold.
                let Some(variables) = texts.get(id) else {
                    assert!(
                        texts::Message::of_family(
                            id.split_once('-').map_or(id, |(family, _)| family),
                            id.split_once('-').map_or("", |(_, name)| name)
                        )
                        .is_some(),
                        "{}: {id} is no message",
                        file.display()
                    );
                    continue;
                };
                assert_eq!(*variables, value.into_iter().map(str::to_owned).collect(), "{}: {id}", file.display());
            }
        }
    }
}

#[test]
fn no_text_of_the_console_is_left_unsaid() {
    let mut said = String::new();
    for (folder, extension) in
        [("templates", "html"), ("src", "rs"), ("../doors/src", "rs"), ("../node/src", "rs"), ("../mithaq/src", "rs")]
    {
        for file in files(folder, extension) {
            said += &std::fs::read_to_string(file).unwrap();
        }
    }
    let is_unsaid = |id: &&String| !said.contains(&format!("\"{id}\"")) && !id.starts_with("ground-");
    assert_eq!(texts().keys().filter(is_unsaid).collect::<Vec<_>>(), [""; 0], "nobody says these");
}

#[test]
fn no_template_holds_style_script_or_text_that_is_not_escaped() {
    for file in files("templates", "html") {
        let text = std::fs::read_to_string(&file).unwrap();
        for forbidden in ["style=", "|safe", " onclick", " onload", "javascript:", "<style"] {
            assert!(!text.contains(forbidden), "{}: {forbidden}", file.display());
        }
        for script in text.split("<script").skip(1) {
            assert!(script.contains("nonce=\"{{ ui.nonce }}\"") && script.contains("src="), "{}", file.display());
        }
    }
}
