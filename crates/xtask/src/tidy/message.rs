//! The message of the last commit.

use std::process::Command;

use crate::{
    run,
    workspace::{SourceFile, Workspace},
};

/// Lines that tools read; they give no reason.
const TRAILERS: &[&str] = &["Signed-off-by:", "Co-authored-by:", "Reviewed-by:", "Change-Id:"];
/// A sentence with fewer words gives no reason either.
const BODY_WORDS_MIN: usize = 6;

/// The body of the last commit's message says why. A merge has no reason of its own. Where git or its folder is
/// absent, as in an archive of the sources, there is nothing to read.
pub fn says_why(workspace: &Workspace, _: &[SourceFile]) -> Vec<String> {
    if !workspace.root.join(".git").exists() {
        println!("     this is no git checkout: no message was read");
        return Vec::new();
    }
    let mut command = Command::new("git");
    command.current_dir(&workspace.root).args(["log", "-1", "--format=%P%n%B"]);
    match run::quiet(command) {
        Ok((true, text)) => {
            let (parents, message) = text.split_once('\n').unwrap_or_default();
            lacks_reason(parents, message).into_iter().collect()
        }
        Ok((false, answer)) => {
            println!("     git shows no commit: {}", answer.trim_end());
            Vec::new()
        }
        Err(error) => {
            println!("     git can't be run: {error}");
            Vec::new()
        }
    }
}

fn lacks_reason(parents: &str, message: &str) -> Option<String> {
    let is_merge = parents.split_whitespace().count() > 1;
    let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
    let words: usize = body
        .lines()
        .filter(|line| !TRAILERS.iter().any(|trailer| line.starts_with(trailer)))
        .map(|line| line.split_whitespace().count())
        .sum();
    (!is_merge && words < BODY_WORDS_MIN)
        .then(|| format!("`{subject}`: write below the subject, after an empty line, why this was done"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_needs_a_reason_unless_it_is_a_merge() {
        let reason = "node: a clock\n\nTests of a deadline had to wait for it.\n";
        let trailer = "node: a clock\n\nSigned-off-by: Somebody Who Has a Long Name <a@b.example>\n";
        assert_eq!(lacks_reason("1f", reason), None);
        assert_eq!(lacks_reason("", reason), None);
        assert!(lacks_reason("1f", "node: a clock\n").unwrap().contains("node: a clock"));
        assert!(lacks_reason("1f", trailer).is_some());
        assert!(lacks_reason("1f", "node: a clock\n\nNeeded.\n").is_some());
        assert_eq!(lacks_reason("1f 2e", "Merge branch 'a'\n"), None);
    }
}
