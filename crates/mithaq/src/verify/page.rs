//! The page that `verify` prints, in the reader's language.

use std::collections::BTreeMap;

use protocol::statement::{Duty, DutyClass, Ground, Verdict as Accounts};
use texts::{Language, Message, Value, say, shown};

use super::{
    EquivocationFacts,
    facts::{
        Facts, MissedFacts, MissedMissing, Missing, NotExcluded, Party, PasskeyFacts, StatementFacts, Times, Trust,
        Verdict,
    },
};
/// The page of an evidence file in each of the languages, one below the other.
pub fn page(facts: &Facts, languages: &[Language]) -> String {
    join(languages, |language| evidence_page(facts, language))
}

/// The page of a proof of two histories.
pub fn equivocation_page(facts: &EquivocationFacts, languages: &[Language]) -> String {
    join(languages, |language| {
        let mut page = Page::new(language, &say!("page-equivocation-title"), facts.verdict);
        page.say(say!("page-equivocation-what", name = &facts.name, log = &facts.log, smaller = %facts.smaller, larger = %facts.larger));
        page.say(say!("page-card", serial = %facts.card_serial));
        page.trust(&facts.fingerprint, facts.trust);
        page.text
    })
}

/// The page of a file of a missed deadline.
pub fn missed_page(facts: &MissedFacts, languages: &[Language]) -> String {
    join(languages, |language| {
        let mut page = Page::new(language, &say!("missed-title"), facts.verdict);
        page.heading(say!("missed-heading-owed"));
        page.say(say!(
            "missed-asked",
            creditor = &facts.creditor,
            debtor = &facts.debtor,
            thread = &facts.thread,
            kind = &facts.asked.record.kind
        ));
        page.say(say!("missed-received", debtor = &facts.debtor, time = &facts.received));
        for owed in &facts.owed {
            let what = duty(owed.what.as_ref());
            page.say(say!("missed-owed", debtor = &facts.debtor, what = what.clone(), time = &owed.by));
            page.say(say!("missed-by-clause", what = what, time = &owed.by_clause));
        }
        for stated in &facts.stated_only {
            let what = duty(stated.what.as_ref());
            page.say(say!("missed-stated-only", what = what, time = &stated.by));
        }
        page.heading(say!("missed-heading-statement"));
        page.say(say!("missed-stated", creditor = &facts.creditor, time = &facts.stated));
        if let Some(time) = &facts.statement_received {
            page.say(say!("missed-countersigned", debtor = &facts.debtor, time = time));
        }
        page.heading(say!("missed-heading-answer"));
        match facts.accounts {
            None => page.say(say!("missed-no-answer", debtor = &facts.debtor)),
            Some(Accounts::Agrees) => page.say(say!("missed-agrees", debtor = &facts.debtor)),
            Some(Accounts::Differs) => page.say(say!("missed-differs", debtor = &facts.debtor)),
            Some(Accounts::Undetermined) => page.say(say!("missed-undetermined", debtor = &facts.debtor)),
        }
        for owed in facts.owed.iter().filter(|_| facts.accounts.is_some()) {
            let what = duty(owed.what.as_ref());
            match owed.contested {
                None => page.say(say!("missed-not-contested", debtor = &facts.debtor, what = what)),
                Some(ground) => {
                    page.say(say!(
                        "missed-contested",
                        debtor = &facts.debtor,
                        what = what,
                        ground = self::ground(ground)
                    ));
                }
            }
        }
        page.heading(say!("page-heading-who"));
        for party in &facts.asked.parties {
            page.say(say!("missed-party", name = pick(language, &party.names), label = &party.label));
            page.say(say!("page-card", serial = %party.card_serial));
            page.trust(&party.fingerprint, party.trust);
        }
        page.heading(say!("page-heading-when"));
        if let Some(time) = &facts.asked.times.after {
            page.say(say!("missed-after", time = time));
        }
        if let Some(time) = &facts.asked.times.before {
            page.say(say!("missed-before", time = time));
        }
        page.contradictions(&facts.asked.times);
        if !(facts.missing.is_empty() && facts.asked.missing.is_empty()) {
            page.heading(say!("page-heading-missing"));
        }
        for missing in &facts.missing {
            match missing {
                MissedMissing::Answer => page.say(say!("missed-missing-answer", debtor = &facts.debtor)),
                MissedMissing::AnswerReceipt => {
                    page.say(say!("missed-missing-answer-receipt", creditor = &facts.creditor))
                }
            }
        }
        for missing in &facts.asked.missing {
            page.missing(missing);
        }
        page.not_excluded(&facts.asked.not_excluded);
        page.say(say!("missed-not-proven", debtor = &facts.debtor));
        page.text
    })
}

/// The duty, and the desk's name for it.
fn duty(what: Option<&Duty>) -> Message {
    let class = match what.map(|duty| duty.class) {
        Some(DutyClass::Receipt) => say!("duty-receipt"),
        Some(DutyClass::Acknowledgement) => say!("duty-acknowledgement"),
        Some(DutyClass::Answer) => say!("duty-answer"),
        Some(DutyClass::Feedback) => say!("duty-feedback"),
        None => say!("duty-step"),
    };
    match what.and_then(|duty| duty.label.as_deref()) {
        Some(label) => say!("duty-named", class = class, label = label),
        None => class,
    }
}

fn ground(ground: Ground) -> Message {
    match ground {
        Ground::NotKnown => say!("ground-not-known"),
        Ground::NotDue => say!("ground-not-due"),
        Ground::OtherTime => say!("ground-other-time"),
        Ground::DoneSince => say!("ground-done-since"),
    }
}

/// The role in which an officer approves, by its word in the protocol.
fn role(name: &str) -> Value {
    Message::of_family("role", &name.replace('_', "-")).map_or_else(|| name.into(), Value::from)
}

/// The text in this language, else in English, else in Arabic, else in any.
pub(super) fn pick(language: Language, texts: &BTreeMap<String, String>) -> &str {
    let wanted = [language, Language::En, Language::Ar];
    let found = wanted.into_iter().find_map(|language| texts.get(language.tag()));
    found.or_else(|| texts.values().next()).map_or("-", String::as_str)
}

pub(super) fn join(languages: &[Language], page: impl Fn(Language) -> String) -> String {
    languages.iter().map(|language| page(*language)).collect::<Vec<_>>().join("\n")
}

fn evidence_page(facts: &Facts, language: Language) -> String {
    let mut page = Page::new(language, &say!("page-title"), facts.verdict);
    let record = &facts.record;

    page.heading(say!("page-heading-what"));
    page.say(say!("page-what", kind = &record.kind, bytes = record.body_bytes, sha256 = &record.body_sha256));
    page.say(say!("page-place", index = %record.index, log = &record.log, channel = &record.channel));
    page.say(say!("page-digest", digest = &record.digest));
    if let Some(thread) = &record.thread {
        page.say(say!("page-thread", thread = thread));
    }
    if let Some(answered) = &record.in_reply_to {
        page.say(say!("page-in-reply-to", log = &answered.log, index = %answered.index));
    }
    if let Some(day) = &record.retain_until {
        page.say(say!("page-retain", day = day, handling = record.handling.clone()));
    }
    if facts.agreement.kept_longer_than_the_clause {
        page.say(say!("page-retain-longer"));
    }
    if record.withheld {
        page.say(say!("page-withheld-by-author"));
    }

    if let Some(testimony) = &facts.testimony {
        page.say(
            say!("page-testimony-received", log = &testimony.log, first = %testimony.first, last = %testimony.last),
        );
        for entry in &testimony.refused {
            page.say(say!("page-testimony-refused", index = %entry.index, rule = &entry.rule, reason = &entry.reason));
        }
        for index in &testimony.except {
            page.say(say!("page-testimony-except", index = %index));
        }
    }

    if let Some(withheld) = &facts.withheld {
        for index in &withheld.indexes {
            page.say(say!("page-testimony-withheld", log = &withheld.log, index = %index));
        }
    }

    if let Some(statement) = &facts.statement {
        page.statement(statement);
    }

    if let Some(seen) = &facts.seen {
        for head in seen {
            page.say(say!("page-manifest-seen", log = &head.log, size = head.size));
        }
        if seen.is_empty() {
            page.say(say!("page-manifest-seen-nothing"));
        }
    }

    if let Some(enrolment) = &facts.revoked {
        page.say(say!("page-revocation", log = &enrolment.log, index = %enrolment.index));
    }

    if let Some(erasure) = &facts.erasure {
        for index in &erasure.indexes {
            page.say(match erasure.ordered {
                true => say!("page-testimony-erasure", log = &erasure.log, index = %index),
                false => say!("page-testimony-erased", log = &erasure.log, index = %index),
            });
        }
    }

    page.heading(say!("page-heading-who"));
    for party in &facts.parties {
        page.party(party, if record.withheld { About::Withheld { entry: false } } else { About::Record });
    }

    page.heading(say!("page-heading-when"));
    page.times(&facts.times);

    page.heading(say!("page-heading-under"));
    let title = pick(language, &facts.agreement.title);
    page.say(say!("page-agreement", title = title, version = %facts.agreement.version, hash = &facts.agreement.hash));
    page.say(say!("page-agreement-term", from = &facts.agreement.valid_from, until = &facts.agreement.valid_until));
    if !facts.agreement.in_force_at_the_claimed_time {
        page.say(say!("page-agreement-not-in-force"));
    }
    if let Some(clause) = &facts.agreement.clause {
        page.say(match facts.agreement.clause_covers_it {
            true => say!("page-clause-covers", clause = clause),
            false => say!("page-clause-does-not-cover", clause = clause),
        });
        let purpose = record.purpose.as_deref().unwrap_or("-");
        page.say(match facts.agreement.purpose_is_the_clauses {
            true => say!("page-purpose-of-clause", purpose = purpose),
            false => say!("page-purpose-not-of-clause", purpose = purpose),
        });
        page.quote(pick(language, &facts.agreement.clause_text));
    }

    page.heading(say!("page-heading-approvals"));
    for approval in &facts.approvals {
        let role = role(approval.role);
        page.say(match approval.enrolled_before {
            true => say!("page-approval", role = role, office = &approval.office),
            false => say!("page-approval-unordered", role = role, office = &approval.office),
        });
        match &approval.passkey {
            Some(PasskeyFacts { synced: true }) => page.say(say!("page-approval-synced")),
            Some(PasskeyFacts { synced: false }) => page.say(say!("page-approval-passkey")),
            None => {}
        }
    }
    if facts.approvals.is_empty() {
        page.say(say!("page-approvals-none"));
    }

    if !facts.missing.is_empty() {
        page.heading(say!("page-heading-missing"));
    }
    for missing in &facts.missing {
        page.missing(missing);
    }
    page.not_excluded(&facts.not_excluded);
    page.say(say!("page-not-proven"));
    page.text
}

/// A page as it grows.
pub(super) struct Page {
    language: Language,
    pub(super) text: String,
}

/// What a party is said to have done.
#[derive(Clone, Copy)]
pub(super) enum About {
    /// About a record that the file holds.
    Record,
    /// About an entry of which it holds no more.
    Entry,
    /// About one in whose place its author signed a note.
    Withheld { entry: bool },
}

impl Page {
    pub(super) fn new(language: Language, title: &Message, verdict: Verdict) -> Self {
        let title = title.in_language(language);
        let rule = "═".repeat(title.chars().count());
        // What is refused has no page.
        let verdict = match verdict {
            Verdict::Proven => say!("page-verdict-proven"),
            Verdict::Consistent | Verdict::Refused => say!("page-verdict-consistent"),
        };
        Self { language, text: format!("{title}\n{rule}\n\n{}\n", verdict.in_language(language)) }
    }

    pub(super) fn heading(&mut self, heading: Message) {
        self.text.push_str(&format!("\n{}\n", heading.in_language(self.language)));
    }

    pub(super) fn say(&mut self, message: Message) {
        self.text.push_str(&format!("  {}\n", message.in_language(self.language)));
    }

    fn quote(&mut self, text: &str) {
        for line in text.lines() {
            self.text.push_str(&format!("    | {}\n", shown::line(line)));
        }
    }

    fn statement(&mut self, statement: &StatementFacts) {
        let (threads, items) = (statement.threads, statement.items);
        let hash = statement.hash.as_deref().unwrap_or("-");
        match &statement.answers {
            None => self.say(say!("page-statement", threads = threads, hash = hash, items = items)),
            Some(about) => {
                self.say(say!("page-statement-answer", log = &about.log, index = %about.index));
                match &statement.hash {
                    Some(_) => self.say(say!("page-statement-answer-hash", threads = threads, hash = hash)),
                    None => self.say(say!("page-statement-answer-none")),
                }
                self.say(say!("page-statement-answer-contests", items = items));
            }
        }
    }

    pub(super) fn times(&mut self, times: &Times) {
        match (&times.after, &times.after_by) {
            (Some(time), Some(label)) => self.say(say!("page-after", time = time, label = label)),
            _ => self.say(say!("page-after-unknown")),
        }
        match (&times.before, &times.before_by) {
            (Some(time), Some(label)) => self.say(say!("page-before", time = time, label = label)),
            _ => self.say(say!("page-before-unknown")),
        }
        self.say(say!("page-claimed", time = &times.claimed));
        self.contradictions(times);
    }

    fn contradictions(&mut self, times: &Times) {
        for contradiction in &times.contradictions {
            self.say(if *contradiction == "bounds" { say!("page-times-bounds") } else { say!("page-times-claim") });
        }
        if times.ahead_of_this_clock {
            self.say(say!("page-times-ahead"));
        }
    }

    pub(super) fn not_excluded(&mut self, not_excluded: &[NotExcluded]) {
        self.heading(say!("page-heading-not-excluded"));
        for what in not_excluded {
            self.say(match what {
                NotExcluded::Revocation => say!("page-not-excluded-revocation"),
                NotExcluded::Refusal => say!("page-not-excluded-refusal"),
                NotExcluded::Withheld => say!("page-not-excluded-withheld"),
                NotExcluded::LaterCard => say!("page-not-excluded-later-card"),
                NotExcluded::AgreementEnded => say!("page-not-excluded-agreement-ended"),
                NotExcluded::NotErased => say!("page-not-excluded-not-erased"),
                NotExcluded::ProtocolRecord => say!("page-not-excluded-protocol-record"),
            });
        }
    }

    pub(super) fn party(&mut self, party: &Party, about: About) {
        let name = pick(self.language, &party.names);
        let (label, country) = (&party.label, &party.country);
        self.say(match (party.is_author, about) {
            (true, About::Entry | About::Withheld { entry: true }) => {
                say!("page-entry-party-author", name = name, label = label, country = country)
            }
            (true, _) => say!("page-party-author", name = name, label = label, country = country),
            (false, _) => say!("page-party-other", name = name, label = label, country = country),
        });
        self.say(say!("page-card", serial = %party.card_serial));
        if let Some(time) = &party.received {
            self.say(match about {
                About::Withheld { .. } => say!("page-received-withheld", time = time),
                About::Record => say!("page-received", time = time),
                About::Entry => say!("page-entry-received", time = time),
            });
        }
        self.trust(&party.fingerprint, party.trust);
    }

    fn trust(&mut self, fingerprint: &str, trust: Trust) {
        self.say(match trust {
            Trust::Matches => say!("page-fingerprint-matches", fingerprint = fingerprint),
            Trust::NotGiven => say!("page-fingerprint-compare", fingerprint = fingerprint),
        });
    }

    pub(super) fn missing(&mut self, missing: &Missing) {
        match missing {
            Missing::Receipt { party } => self.say(say!("page-missing-receipt", label = party)),
            Missing::Word { party } => self.say(say!("page-missing-word", label = party)),
            Missing::EarliestTime => self.say(say!("page-missing-earliest-time")),
            Missing::Clause => self.say(say!("page-missing-clause")),
            Missing::Approval { role } => self.say(say!("page-missing-approval", role = self::role(role))),
            Missing::Attachments { count } => self.say(say!("page-missing-attachments", count = *count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let page = page(&facts, Language::ALL);
        // Arabic lines isolate each value by marks of their own, in pairs.
        let count = |mark: char| page.matches(mark).count();
        assert_eq!(count('\u{2068}'), count('\u{2069}'));
        let own = |c: char| matches!(c, '\n' | '\u{2068}' | '\u{2069}');
        let plain: String = page.chars().filter(|c| !own(*c)).collect();
        assert_eq!(shown::line(&plain), plain);
        assert!(plain.contains("<U+202E>") && !page.lines().any(|line| line.trim().starts_with("forged")), "{page}");
    }
}
