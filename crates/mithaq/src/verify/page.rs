//! The page that `verify` prints, in Arabic and English, from Fluent texts.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use protocol::statement::{Duty, DutyClass, Ground, Verdict as Accounts};
use unic_langid::LanguageIdentifier;

use super::{
    EquivocationFacts,
    facts::{Facts, MissedFacts, MissedMissing, Missing, NotExcluded, Party, StatementFacts, Times, Trust, Verdict},
};
use crate::shown;

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Arabic.
    Ar,
}

/// The page of an evidence file in each of the languages, one below the other.
pub fn page(facts: &Facts, languages: &[Language]) -> String {
    join(languages, |language| evidence_page(facts, &Texts::of(language)))
}

/// The page of a proof of two histories.
pub fn equivocation_page(facts: &EquivocationFacts, languages: &[Language]) -> String {
    join(languages, |language| {
        let texts = Texts::of(language);
        let mut page = Page::new(&texts, "equivocation-title", facts.verdict);
        let (smaller, larger, serial) =
            (facts.smaller.to_string(), facts.larger.to_string(), facts.card_serial.to_string());
        page.say(
            "equivocation-what",
            &[("name", &facts.name), ("log", &facts.log), ("smaller", &smaller), ("larger", &larger)],
        );
        page.say("card", &[("serial", &serial)]);
        page.trust(&facts.fingerprint, facts.trust);
        page.text
    })
}

/// The page of a file of a missed deadline.
pub fn missed_page(facts: &MissedFacts, languages: &[Language]) -> String {
    join(languages, |language| {
        let texts = Texts::of(language);
        let mut page = Page::new(&texts, "missed-title", facts.verdict);
        page.heading("missed-heading-owed");
        let parties = [("creditor", facts.creditor.as_str()), ("debtor", facts.debtor.as_str())];
        let [creditor, debtor] = parties;
        page.say("missed-asked", &[creditor, debtor, ("thread", &facts.thread), ("kind", &facts.asked.record.kind)]);
        page.say("missed-received", &[debtor, ("time", &facts.received)]);
        for owed in &facts.owed {
            let what = duty(&texts, owed.what.as_ref());
            page.say("missed-owed", &[debtor, ("what", &what), ("time", &owed.by)]);
            page.say("missed-by-clause", &[("what", &what), ("time", &owed.by_clause)]);
        }
        for stated in &facts.stated_only {
            let what = duty(&texts, stated.what.as_ref());
            page.say("missed-stated-only", &[("what", &what), ("time", &stated.by)]);
        }
        page.heading("missed-heading-statement");
        page.say("missed-stated", &[creditor, ("time", &facts.stated)]);
        if let Some(time) = &facts.statement_received {
            page.say("missed-countersigned", &[debtor, ("time", time)]);
        }
        page.heading("missed-heading-answer");
        match facts.accounts {
            None => page.say("missed-no-answer", &[debtor]),
            Some(Accounts::Agrees) => page.say("missed-agrees", &[debtor]),
            Some(Accounts::Differs) => page.say("missed-differs", &[debtor]),
            Some(Accounts::Undetermined) => page.say("missed-undetermined", &[debtor]),
        }
        for owed in facts.owed.iter().filter(|_| facts.accounts.is_some()) {
            let what = duty(&texts, owed.what.as_ref());
            match owed.contested {
                None => page.say("missed-not-contested", &[debtor, ("what", &what)]),
                Some(ground) => {
                    let ground = texts.get(self::ground(ground), &[]);
                    page.say("missed-contested", &[debtor, ("what", &what), ("ground", &ground)]);
                }
            }
        }
        page.heading("heading-who");
        for party in &facts.asked.parties {
            page.say("missed-party", &[("name", texts.pick(&party.names)), ("label", &party.label)]);
            page.say("card", &[("serial", &party.card_serial.to_string())]);
            page.trust(&party.fingerprint, party.trust);
        }
        page.heading("heading-when");
        for (id, time) in [("missed-after", &facts.asked.times.after), ("missed-before", &facts.asked.times.before)] {
            if let Some(time) = time {
                page.say(id, &[("time", time)]);
            }
        }
        page.contradictions(&facts.asked.times);
        if !(facts.missing.is_empty() && facts.asked.missing.is_empty()) {
            page.heading("heading-missing");
        }
        for missing in &facts.missing {
            match missing {
                MissedMissing::Answer => page.say("missed-missing-answer", &[debtor]),
                MissedMissing::AnswerReceipt => page.say("missed-missing-answer-receipt", &[creditor]),
            }
        }
        for missing in &facts.asked.missing {
            page.missing(missing);
        }
        page.not_excluded(&facts.asked.not_excluded);
        page.say("missed-not-proven", &[debtor]);
        page.text
    })
}

/// The duty in the reader's language, and the desk's name for it.
fn duty(texts: &Texts, what: Option<&Duty>) -> String {
    let class = texts.get(
        match what.map(|duty| duty.class) {
            Some(DutyClass::Receipt) => "duty-receipt",
            Some(DutyClass::Acknowledgement) => "duty-acknowledgement",
            Some(DutyClass::Answer) => "duty-answer",
            Some(DutyClass::Feedback) => "duty-feedback",
            None => "duty-step",
        },
        &[],
    );
    match what.and_then(|duty| duty.label.as_deref()) {
        Some(label) => format!("{class} ({label})"),
        None => class,
    }
}

const fn ground(ground: Ground) -> &'static str {
    match ground {
        Ground::NotKnown => "ground-not-known",
        Ground::NotDue => "ground-not-due",
        Ground::OtherTime => "ground-other-time",
        Ground::DoneSince => "ground-done-since",
    }
}

pub(super) fn join(languages: &[Language], page: impl Fn(Language) -> String) -> String {
    languages.iter().map(|language| page(*language)).collect::<Vec<_>>().join("\n")
}

fn evidence_page(facts: &Facts, texts: &Texts) -> String {
    let mut page = Page::new(texts, "title", facts.verdict);
    let record = &facts.record;
    let (index, bytes) = (record.index.to_string(), record.body_bytes.to_string());

    page.heading("heading-what");
    page.say("what", &[("kind", &record.kind), ("bytes", &bytes), ("sha256", &record.body_sha256)]);
    page.say("place", &[("index", &index), ("log", &record.log), ("channel", &record.channel)]);
    page.say("digest", &[("digest", &record.digest)]);
    if let Some(thread) = &record.thread {
        page.say("thread", &[("thread", thread)]);
    }
    if let Some(answered) = &record.in_reply_to {
        page.say("in-reply-to", &[("log", &answered.log), ("index", &answered.index.to_string())]);
    }
    if let Some(day) = &record.retain_until {
        page.say("retain", &[("day", day), ("handling", &record.handling.join(", "))]);
    }
    if facts.agreement.kept_longer_than_the_clause {
        page.say("retain-longer", &[]);
    }
    if record.withheld {
        page.say("withheld-by-author", &[]);
    }

    if let Some(testimony) = &facts.testimony {
        let (first, last) = (testimony.first.to_string(), testimony.last.to_string());
        page.say("testimony-received", &[("log", &testimony.log), ("first", &first), ("last", &last)]);
        for entry in &testimony.refused {
            let index = entry.index.to_string();
            page.say("testimony-refused", &[("index", &index), ("rule", &entry.rule), ("reason", &entry.reason)]);
        }
        for index in &testimony.except {
            page.say("testimony-except", &[("index", &index.to_string())]);
        }
    }

    if let Some(withheld) = &facts.withheld {
        for index in &withheld.indexes {
            page.say("testimony-withheld", &[("log", &withheld.log), ("index", &index.to_string())]);
        }
    }

    if let Some(statement) = &facts.statement {
        page.statement(statement);
    }

    if let Some(seen) = &facts.seen {
        for head in seen {
            page.say("manifest-seen", &[("log", &head.log), ("size", &head.size.to_string())]);
        }
        if seen.is_empty() {
            page.say("manifest-seen-nothing", &[]);
        }
    }

    if let Some(enrolment) = &facts.revoked {
        page.say("revocation", &[("log", &enrolment.log), ("index", &enrolment.index.to_string())]);
    }

    if let Some(erasure) = &facts.erasure {
        let id = if erasure.ordered { "testimony-erasure" } else { "testimony-erased" };
        for index in &erasure.indexes {
            page.say(id, &[("log", &erasure.log), ("index", &index.to_string())]);
        }
    }

    page.heading("heading-who");
    for party in &facts.parties {
        page.party(party, ("party-author", if record.withheld { "received-withheld" } else { "received" }));
    }

    page.heading("heading-when");
    page.times(&facts.times);

    page.heading("heading-under");
    let version = facts.agreement.version.to_string();
    let title = texts.pick(&facts.agreement.title);
    page.say("agreement", &[("title", title), ("version", &version), ("hash", &facts.agreement.hash)]);
    page.say("agreement-term", &[("from", &facts.agreement.valid_from), ("until", &facts.agreement.valid_until)]);
    if !facts.agreement.in_force_at_the_claimed_time {
        page.say("agreement-not-in-force", &[]);
    }
    if let Some(clause) = &facts.agreement.clause {
        let covers = if facts.agreement.clause_covers_it { "clause-covers" } else { "clause-does-not-cover" };
        page.say(covers, &[("clause", clause)]);
        let is_its = facts.agreement.purpose_is_the_clauses;
        let purpose = if is_its { "purpose-of-clause" } else { "purpose-not-of-clause" };
        page.say(purpose, &[("purpose", record.purpose.as_deref().unwrap_or("-"))]);
        page.quote(texts.pick(&facts.agreement.clause_text));
    }

    page.heading("heading-approvals");
    for approval in &facts.approvals {
        let role = texts.get(&format!("role-{}", approval.role.replace('_', "-")), &[]);
        let id = if approval.enrolled_before { "approval" } else { "approval-unordered" };
        page.say(id, &[("role", &role), ("office", &approval.office)]);
    }
    if facts.approvals.is_empty() {
        page.say("approvals-none", &[]);
    }

    if !facts.missing.is_empty() {
        page.heading("heading-missing");
    }
    for missing in &facts.missing {
        page.missing(missing);
    }
    page.not_excluded(&facts.not_excluded);
    page.say("not-proven", &[]);
    page.text
}

/// A page as it grows.
pub(super) struct Page<'a> {
    texts: &'a Texts,
    pub(super) text: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(texts: &'a Texts, title: &str, verdict: Verdict) -> Self {
        let title = texts.get(title, &[]);
        let rule = "═".repeat(title.chars().count());
        // What is refused has no page.
        let id = if verdict == Verdict::Proven { "verdict-proven" } else { "verdict-consistent" };
        Self { texts, text: format!("{title}\n{rule}\n\n{}\n", texts.get(id, &[])) }
    }

    pub(super) fn heading(&mut self, id: &str) {
        self.text.push('\n');
        self.text.push_str(&self.texts.get(id, &[]));
        self.text.push('\n');
    }

    pub(super) fn say(&mut self, id: &str, values: &[(&str, &str)]) {
        self.text.push_str("  ");
        self.text.push_str(&self.texts.get(id, values));
        self.text.push('\n');
    }

    fn quote(&mut self, text: &str) {
        for line in text.lines() {
            self.text.push_str(&format!("    | {}\n", shown::line(line)));
        }
    }

    fn statement(&mut self, statement: &StatementFacts) {
        let (threads, items) = (statement.threads.to_string(), statement.items.to_string());
        let hash = statement.hash.as_deref().unwrap_or("-");
        match &statement.answers {
            None => self.say("statement", &[("threads", &threads), ("hash", hash), ("items", &items)]),
            Some(about) => {
                let index = about.index.to_string();
                self.say("statement-answer", &[("log", &about.log), ("index", &index)]);
                match &statement.hash {
                    Some(_) => self.say("statement-answer-hash", &[("threads", &threads), ("hash", hash)]),
                    None => self.say("statement-answer-none", &[]),
                }
                self.say("statement-answer-contests", &[("items", &items)]);
            }
        }
    }

    pub(super) fn times(&mut self, times: &Times) {
        match (&times.after, &times.after_by) {
            (Some(time), Some(label)) => self.say("after", &[("time", time), ("label", label)]),
            _ => self.say("after-unknown", &[]),
        }
        match (&times.before, &times.before_by) {
            (Some(time), Some(label)) => self.say("before", &[("time", time), ("label", label)]),
            _ => self.say("before-unknown", &[]),
        }
        self.say("claimed", &[("time", &times.claimed)]);
        self.contradictions(times);
    }

    fn contradictions(&mut self, times: &Times) {
        for contradiction in &times.contradictions {
            self.say(if *contradiction == "bounds" { "times-bounds" } else { "times-claim" }, &[]);
        }
        if times.ahead_of_this_clock {
            self.say("times-ahead", &[]);
        }
    }

    pub(super) fn not_excluded(&mut self, not_excluded: &[NotExcluded]) {
        self.heading("heading-not-excluded");
        for what in not_excluded {
            let id = match what {
                NotExcluded::Revocation => "not-excluded-revocation",
                NotExcluded::Refusal => "not-excluded-refusal",
                NotExcluded::Withheld => "not-excluded-withheld",
                NotExcluded::LaterCard => "not-excluded-later-card",
                NotExcluded::AgreementEnded => "not-excluded-agreement-ended",
                NotExcluded::NotErased => "not-excluded-not-erased",
                NotExcluded::ProtocolRecord => "not-excluded-protocol-record",
            };
            self.say(id, &[]);
        }
    }

    /// A party, with the words for an author and for a receipt.
    pub(super) fn party(&mut self, party: &Party, (author, received): (&str, &str)) {
        let name = self.texts.pick(&party.names);
        let serial = party.card_serial.to_string();
        let part = if party.is_author { author } else { "party-other" };
        self.say(part, &[("name", name), ("label", &party.label), ("country", &party.country)]);
        self.say("card", &[("serial", &serial)]);
        if let Some(time) = &party.received {
            self.say(received, &[("time", time)]);
        }
        self.trust(&party.fingerprint, party.trust);
    }

    fn trust(&mut self, fingerprint: &str, trust: Trust) {
        let id = match trust {
            Trust::Matches => "fingerprint-matches",
            Trust::NotGiven => "fingerprint-compare",
        };
        self.say(id, &[("fingerprint", fingerprint)]);
    }

    pub(super) fn missing(&mut self, missing: &Missing) {
        match missing {
            Missing::Receipt { party } => self.say("missing-receipt", &[("label", party)]),
            Missing::Word { party } => self.say("missing-word", &[("label", party)]),
            Missing::EarliestTime => self.say("missing-earliest-time", &[]),
            Missing::Clause => self.say("missing-clause", &[]),
            Missing::Approval { role } => {
                let role = self.texts.get(&format!("role-{}", role.replace('_', "-")), &[]);
                self.say("missing-approval", &[("role", &role)]);
            }
            Missing::Attachments { count } => {
                let count = count.to_string();
                self.say("missing-attachments", &[("count", &count)]);
            }
        }
    }
}

/// The texts of one language.
pub(super) struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    pub(super) fn of(language: Language) -> Self {
        let (id, source) = match language {
            Language::En => ("en", EN),
            Language::Ar => ("ar", AR),
        };
        // A test reads both files, so what is broken in them never ships; what still can be read is used.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
        let mut bundle = FluentBundle::new(vec![id.parse::<LanguageIdentifier>().unwrap_or_default()]);
        // Latin names and digits inside Arabic lines need isolating marks; English lines do without.
        bundle.set_use_isolating(language == Language::Ar);
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    /// A message with its values, made harmless; its id if it does not exist.
    fn get(&self, id: &str, values: &[(&str, &str)]) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, shown::line(value).into_owned());
        }
        self.bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }

    /// The text in this language, else in the other, else in any.
    pub(super) fn pick<'a>(&self, texts: &'a std::collections::BTreeMap<String, String>) -> &'a str {
        let wanted = match self.language {
            Language::En => ["en", "ar"],
            Language::Ar => ["ar", "en"],
        };
        let found = wanted.into_iter().find_map(|language| texts.get(language));
        found.or_else(|| texts.values().next()).map_or("-", String::as_str)
    }
}

const EN: &str = include_str!("../../texts/en/verify.ftl");
const AR: &str = include_str!("../../texts/ar/verify.ftl");

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Message ids with the variables that each uses.
    fn outline(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in source.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (id, text) = line.split_once(" = ").expect("one message a line");
            let variables = text.split("{ $").skip(1).filter_map(|rest| rest.split(" }").next());
            let duplicate = messages.insert(id.to_owned(), variables.map(str::to_owned).collect());
            assert!(duplicate.is_none(), "{id} stands twice");
        }
        messages
    }

    #[test]
    fn both_languages_have_the_same_messages_with_the_same_variables() {
        for source in [EN, AR] {
            assert!(FluentResource::try_new(source.to_owned()).is_ok());
        }
        assert_eq!(outline(EN), outline(AR));
    }

    #[test]
    fn every_message_is_used_and_every_one_used_exists() {
        let page = include_str!("page.rs").split("mod tests").next().unwrap();
        let code = &[page, include_str!("entry.rs")].concat();
        for id in outline(EN).keys().filter(|id| !id.starts_with("role-")) {
            assert!(code.contains(&format!("\"{id}\"")), "{id} is not used");
        }
        let words = code.split('"').skip(1).step_by(2).filter(|word| word.len() > 1 && word.contains('-'));
        for id in words.filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')) {
            assert!(outline(EN).contains_key(id), "{id} does not exist");
        }
    }

    #[test]
    fn a_page_quotes_nothing_that_deceives() {
        let hostile = "a\u{1b}[2J\u{9b}\u{202e}b\u{200b}\u{2066}\r\nforged";
        let file = include_bytes!("../../../protocol/testdata/vectors/evidence/good-note.mithaq");
        let mut facts = Facts::of(&crate::verify::evidence(file).unwrap(), &[]);
        let texts: BTreeMap<String, String> = [("en".to_owned(), hostile.to_owned())].into();
        facts.agreement.title = texts.clone();
        facts.agreement.clause_text = texts.clone();
        facts.record.kind = hostile.into();
        for party in &mut facts.parties {
            (party.names, party.label) = (texts.clone(), hostile.into());
        }
        let page = page(&facts, &[Language::En, Language::Ar]);
        // Arabic lines isolate each value by marks of their own, in pairs.
        let count = |mark: char| page.matches(mark).count();
        assert_eq!(count('\u{2068}'), count('\u{2069}'));
        let own = |c: char| matches!(c, '\n' | '\u{2068}' | '\u{2069}');
        let plain: String = page.chars().filter(|c| !own(*c)).collect();
        assert_eq!(shown::line(&plain), plain);
        assert!(plain.contains("<U+202E>") && !page.lines().any(|line| line.trim().starts_with("forged")), "{page}");
    }

    #[test]
    fn arabic_isolates_what_is_not_arabic() {
        assert!(Texts::of(Language::Ar).get("missed-after", &[("time", "2026")]).contains("\u{2068}2026\u{2069}"));
        assert!(!Texts::of(Language::En).get("missed-after", &[("time", "2026")]).contains('\u{2068}'));
    }
}
