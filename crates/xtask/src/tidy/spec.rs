//! The specification's numbered rules and the tests that cite them.

use std::collections::BTreeSet;

use crate::workspace::{SourceFile, Workspace, reviewed_list};

const UNCOVERED: &str = "docs/spec/uncovered.txt";

/// Every rule of `docs/spec` is cited by a test (`// spec: LOG-3`) or listed with a reason; every citation exists.
///
/// A rule is a line that begins with its number in bold: `**LOG-3** …`, also in a list or in the first cell of a table.
pub fn coverage(workspace: &Workspace, files: &[SourceFile]) -> Vec<String> {
    match reviewed_list(&workspace.root.join(UNCOVERED)) {
        Ok(excused) => uncovered(files, &excused),
        Err(problem) => vec![problem],
    }
}

fn uncovered(files: &[SourceFile], excused: &[(String, String)]) -> Vec<String> {
    let mut violations = Vec::new();
    let mut rules = BTreeSet::new();
    for file in files.iter().filter(|file| file.path.starts_with("docs/spec/")) {
        for rule in file.text.lines().filter_map(rule_of) {
            if !rules.insert(rule) {
                violations.push(format!("{}: {rule} is defined twice", file.path));
            }
        }
    }
    let mut cited = BTreeSet::new();
    for file in files.iter().filter(|file| file.path.ends_with(".rs") || file.path.ends_with(".py")) {
        for (number, line) in file.text.lines().enumerate() {
            for rule in citations(line) {
                if !rules.contains(rule) {
                    violations.push(format!("{}:{}: docs/spec has no rule {rule}", file.path, number + 1));
                }
                cited.insert(rule);
            }
        }
    }
    let is_excused = |rule: &str| excused.iter().any(|(id, _)| id == rule);
    for rule in rules.iter().filter(|rule| !cited.contains(**rule) && !is_excused(rule)) {
        violations.push(format!(
            "{rule} is cited by no test: write `// spec: {rule}` at its test, or list it in {UNCOVERED}"
        ));
    }
    for (rule, _) in excused {
        if cited.contains(rule.as_str()) || !rules.contains(rule.as_str()) {
            violations.push(format!("{UNCOVERED}: {rule} is cited by a test or gone; remove it from the list"));
        }
    }
    violations
}

fn rule_of(line: &str) -> Option<&str> {
    let start = line.trim_start_matches(['-', '*', '|', '#', ' ']);
    let before = &line[..line.len() - start.len()];
    let (id, _) = start.split_once("**").filter(|_| before.ends_with("**"))?;
    Some(id.trim_end_matches(['.', ':'])).filter(|id| is_rule(id))
}

/// The rules in a comment such as `// spec: LOG-3, SEAL-1`; a note in words may follow the rules.
fn citations(line: &str) -> impl Iterator<Item = &str> {
    let after = line.trim_start().strip_prefix("//").or_else(|| line.trim_start().strip_prefix('#'));
    let list = after.and_then(|text| text.trim_start_matches(['/', '!']).trim_start().strip_prefix("spec:"));
    list.unwrap_or_default()
        .split([',', ' '])
        .filter(|word| !word.is_empty())
        .map(|word| word.trim_end_matches([':', '.', ';']))
        .take_while(|word| is_rule(word))
}

/// Words of capital letters, then a number, joined by hyphens: `LOG-3`, `AGR-DOC-14`.
fn is_rule(word: &str) -> bool {
    word.rsplit_once('-').is_some_and(|(topic, number)| {
        topic.split('-').all(|part| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_uppercase()))
            && (1..=3).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn rules_are_found_in_text_lists_and_tables() {
        for line in
            ["**LOG-3** A log MUST …", "- **LOG-3** A …", "| **LOG-3** | A …", "### **LOG-3**", "**LOG-3.** A …"]
        {
            assert_eq!(rule_of(line), Some("LOG-3"), "{line}");
        }
        assert_eq!(rule_of("**AGR-DOC-14** An …"), Some("AGR-DOC-14"));
        assert_eq!(rule_of("as LOG-3 says, **LOG-4** holds"), None);
        assert_eq!(rule_of("**Note** on it"), None);
    }

    #[test]
    fn a_rule_needs_a_test_and_a_test_a_rule() {
        let spec = file("docs/spec/log.md", "**LOG-1** a\n**LOG-2** b\n**LOG-3** c\n");
        let tests = file("crates/protocol/src/log.rs", "// spec: LOG-1, LOG-9 as the text says\n");
        let excused = [("LOG-2".to_owned(), "by review".to_owned()), ("LOG-1".to_owned(), "by review".to_owned())];
        let found = uncovered(&[spec, tests], &excused);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("log.rs:1: docs/spec has no rule LOG-9"));
        assert!(found[1].starts_with("LOG-3 is cited by no test"));
        assert!(found[2].contains("LOG-1 is cited by a test or gone"));
    }
}
