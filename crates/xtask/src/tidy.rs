//! The project's own checks: what reviewers would otherwise say again and again.

mod circles;
mod code;
mod crates;
mod desks;
mod figures;
mod files;
mod fuzz;
mod message;
mod spec;

use crate::{
    tally::Tally,
    test::Outcome,
    workspace::{SourceFile, Workspace, source_files},
};

/// A check: its name, and a function that returns every violation as a sentence that says where and what to do.
struct Check {
    about: &'static str,
    run: fn(&Workspace, &[SourceFile]) -> Vec<String>,
}

const CHECKS: &[Check] = &[
    Check { about: "no file is too long to read", run: files::length },
    Check { about: "nothing unfinished is shipped", run: files::unfinished },
    Check { about: "every crate says what it is", run: files::crate_docs },
    Check { about: "every MUST of docs/spec is cited by a test, and every citation exists", run: spec::coverage },
    Check { about: "crates depend on each other as the architecture says", run: crates::picture },
    Check { about: "nobody names a desk but the table of desks", run: desks::walls },
    Check { about: "every fuzz target has its program and its corpus", run: fuzz::complete },
    Check { about: "the last commit says why", run: message::says_why },
];

/// Runs every check and takes every figure; each counts as one test.
pub fn run(workspace: &Workspace) -> Outcome {
    let files = match source_files(&workspace.root) {
        Ok(files) => files,
        Err(error) => {
            println!("the project's files can't be read: {error}");
            return Outcome::Ran(Tally::one(false));
        }
    };
    let mut total = Tally::default();
    for check in CHECKS {
        let violations = (check.run)(workspace, &files);
        println!("{} {}", if violations.is_empty() { "PASS" } else { "FAIL" }, check.about);
        for violation in &violations {
            println!("     {violation}");
        }
        total += Tally::one(violations.is_empty());
    }
    for figure in figures::FIGURES {
        let places = (figure.places)(&files);
        let is_borne = places.len() <= figure.max;
        println!(
            "{} {}: {}, at most {}",
            if is_borne { "PASS" } else { "FAIL" },
            figure.about,
            places.len(),
            figure.max
        );
        println!("     {}", summary(&places));
        total += Tally::one(is_borne);
    }
    Outcome::Ran(total)
}

/// Each file with how often it is named, unless once.
fn summary(places: &[&str]) -> String {
    let files = places.chunk_by(|a, b| a == b).map(|same| match same {
        [once] => (*once).to_owned(),
        _ => format!("{} {}", same[0], same.len()),
    });
    files.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_listed_once_with_its_number() {
        assert_eq!(summary(&["a.rs", "b.rs", "b.rs", "c.rs"]), "a.rs, b.rs 2, c.rs");
    }
}
