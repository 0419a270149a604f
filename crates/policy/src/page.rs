//! What is printed from tables: `docs/FLOOR.md` from the rules and a run of their cases, and the schema from the inputs.

use std::fmt::Write as _;

use crate::case::{self, Tried};
use crate::floor::{APPLIED, RULES, Rule, State, UNSAID};
use crate::inputs;

/// `floor.cedarschema`: what a policy may read, for Cedar's validator and for who writes a rule.
pub fn schema() -> String {
    inputs::schema()
}

/// `docs/FLOOR.md`.
///
/// # Errors
/// The cases that did not come out as stated, one a line.
pub fn floor() -> Result<String, String> {
    let mut rows = String::new();
    let mut details = String::new();
    let mut wrong = String::new();
    let mut works = 0_usize;
    for rule in RULES {
        let tried = case::run(rule);
        for case in &tried {
            if let Some(problem) = &case.wrong {
                let _ = writeln!(wrong, "{}: {}: {problem}", rule.id, case.name);
            }
        }
        let state = match rule.state {
            State::NotYet(_) => "not yet",
            State::Cedar { hidden: true, .. } => "works, hidden",
            State::Cedar { .. } if UNSAID.contains(&rule.id) => "works, unsaid",
            State::Cedar { .. } | State::Code { .. } | State::Tested { .. } => "works",
        };
        works = works.saturating_add(usize::from(!matches!(rule.state, State::NotYet(_))));
        let _ = writeln!(rows, "| {} | {} | {} | {} | {state} |", rule.id, rule.summary, rule.when, rule.effect);
        detail(&mut details, rule, &tried);
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(format!(
        "{}\n\n{works} of {} rules work.\n\n{HEAD}{rows}\n## Rule by rule\n{details}",
        INTRO.trim_end(),
        RULES.len()
    ))
}

const INTRO: &str = "\
# The floor

Rules beneath every agreement that no agreement can switch off. `cargo xtask floor` prints this page from
`crates/policy/src/floor.rs` and a run of every case; a test fails if it differs.

Effects: F forbids, A(role) demands an approval, Q a field, X quarantines at the receiver with a signed refusal. When: S
before a record leaves, R after it arrived, T by a timer, load when an agreement loads. The first rule in the order AGR,
NEU, ASY, VOL, DP, CHD, PUR, MIN, HAN, ACC, RET, BLK, AUT, EYE, LOG, … that refuses gives the reason. \"Hidden\" rules read
the protection register; what they stop shows nowhere outside the node. \"Unsaid\": the rule decides, and no kind of record
has a field yet for what it forbids.
";

const HEAD: &str = "| rule | says | when | effect | state |\n|---|---|---|---|---|\n";

fn detail(text: &mut String, rule: &Rule, tried: &[Tried]) {
    let _ = write!(text, "\n**{}** {} Source: {}.", rule.id, rule.summary, rule.source);
    let file = rule.id.to_lowercase().replace('-', "_");
    let _ = match rule.state {
        State::Cedar { .. } => writeln!(text, " Decides records: `floor/{file}.cedar`."),
        State::Code { at, .. } => writeln!(text, " In `floor/{file}.rs`; enforced by {at}."),
        State::Tested { at, tests } => {
            let tests: Vec<_> = tests.iter().map(|(file, test)| format!("`{test}` in `{file}`")).collect();
            writeln!(text, " Enforced: {at}. Tests: {}.", tests.join(", "))
        }
        State::NotYet(why) => writeln!(text, " Not yet: {why}."),
    };
    if let Some((_, at)) = APPLIED.iter().find(|(id, _)| *id == rule.id) {
        let _ = writeln!(text, "- applied: {at}");
    }
    for (passes, word) in [(true, "passes"), (false, "refused")] {
        let names: Vec<_> = tried.iter().filter(|case| case.passes == passes).map(|case| case.name.as_str()).collect();
        if !names.is_empty() {
            let _ = writeln!(text, "- {word}: {}", names.join("; "));
        }
    }
}
