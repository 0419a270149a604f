//! Templates and texts, read together: what a page says there is a text for, and no text is left unsaid.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use ::texts::Language;
use askama::Template;

use crate::{
    pages::{
        account, administration,
        agreements::{self, acts, attempt, compare, draft},
        audit, conflict, drafts, evidence, inbox, meeting, pairing, partners, passkeys, people, protection, records,
        register, retention, reviews, search, service, sign_in, threads, write,
    },
    problem::Problem,
    samples::{Of, Sample},
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
                        ::texts::Message::of_family(
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
    for (folder, extension) in [
        ("templates", "html"),
        ("src", "rs"),
        ("../doors/src", "rs"),
        ("../node/src", "rs"),
        ("../mithaq/src", "rs"),
        ("../openid/src", "rs"),
    ] {
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

fn render<P: Sample + Template>(of: Of) -> String {
    P::sample(of).render().unwrap()
}

/// A type of page, and its sample as HTML.
type PageType = (&'static str, fn(Of) -> String);

/// Every type of page.
const PAGES: &[PageType] = &[
    ("Account", render::<account::Account>),
    ("Administration", render::<administration::Administration>),
    ("AgreementPage", render::<agreements::AgreementPage>),
    ("Agreements", render::<agreements::Agreements>),
    ("Ask", render::<acts::Ask>),
    ("AuditPage", render::<audit::AuditPage>),
    ("Choose", render::<write::Choose>),
    ("Compare", render::<compare::Compare>),
    ("Confirm", render::<passkeys::Confirm>),
    ("Conflict", render::<conflict::Conflict>),
    ("Draft", render::<drafts::Draft>),
    ("DraftPage", render::<draft::DraftPage>),
    ("Drafts", render::<drafts::Drafts>),
    ("Enrol", render::<passkeys::Enrol>),
    ("EvidencePage", render::<evidence::EvidencePage>),
    ("Found", render::<search::Found>),
    ("Half", render::<administration::Half>),
    ("HeldPage", render::<protection::HeldPage>),
    ("Inbox", render::<inbox::Inbox>),
    ("LatestRecords", render::<register::LatestRecords>),
    ("Meet", render::<pairing::Meet>),
    ("Meeting", render::<meeting::Meeting>),
    ("More", render::<partners::More>),
    ("NotReached", render::<acts::NotReached>),
    ("Partner", render::<pairing::Partner>),
    ("Partners", render::<partners::Partners>),
    ("PersonPage", render::<people::PersonPage>),
    ("Problem", render::<Problem>),
    ("Protection", render::<protection::Protection>),
    ("RecordPage", render::<records::RecordPage>),
    ("Reviews", render::<reviews::Reviews>),
    ("AskAgain", render::<administration::AskAgain>),
    ("Onward", render::<service::Onward>),
    ("RetentionPage", render::<retention::RetentionPage>),
    ("SignIn", render::<sign_in::SignIn>),
    ("Thread", render::<threads::Thread>),
    ("Try", render::<attempt::Try>),
    ("Visit", render::<sign_in::Visit>),
    ("Write", render::<write::Write>),
];

#[test]
fn every_type_of_page_is_rendered_here() {
    let mut there = BTreeSet::new();
    for file in files("src", "rs") {
        let text = std::fs::read_to_string(file).unwrap();
        let names = text.lines().filter_map(|line| line.strip_prefix("page!(")?.strip_suffix(");"));
        there.extend(names.map(str::to_owned));
    }
    let here: BTreeSet<String> = PAGES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(here, there);
}

#[test]
fn every_page_is_whole_in_every_language_full_and_empty() {
    let ids: BTreeSet<String> = texts().into_keys().filter(|id| id.contains('-')).collect();
    for language in Language::ALL {
        for (is_full, (name, render)) in [true, false].into_iter().flat_map(|full| PAGES.iter().map(move |p| (full, p)))
        {
            let page = render(Of { language: *language, is_full });
            let place = format!("{name} in {}, {}", language.tag(), if is_full { "full" } else { "empty" });
            let dir = if matches!(language, Language::En | Language::Tr) { "ltr" } else { "rtl" };
            let root = format!("<html lang=\"{}\" dir=\"{dir}\"", language.tag());
            assert!(page.contains(&root), "{place}: no {root}");
            for left in ["{$", "{ $", "{{", "{%", "<b>made up</b>"] {
                assert!(!page.contains(left), "{place}: {left}");
            }
            // A text that is missing is said by its id.
            let within = page.split('>').skip(1).filter_map(|rest| rest.split('<').next());
            let said = ["aria-label=\"", "title=\"", "holder=\""].into_iter();
            let beside = said.flat_map(|name| page.split(name).skip(1).filter_map(|rest| rest.split('"').next()));
            let unsaid: Vec<&str> = within.chain(beside).map(str::trim).filter(|text| ids.contains(*text)).collect();
            assert!(unsaid.is_empty(), "{place}: {unsaid:?}");
        }
    }
}
