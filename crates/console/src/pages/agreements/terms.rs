//! An agreement in sentences of the reader's language: what holds for all of it, then clause by clause.

use node::db::SUITE;
use protocol::{
    agreement::{Agreement, Caps, Clause, NamedAuditor, Onward, Party, UrgentLane},
    text::Texts,
    tlog::auditor_id,
};
use texts::{Direction, Language, Message, say};

use crate::{pages::records::size_in_words, party::in_language, ui::Ui, words};

/// What holds for the whole agreement, or a clause.
pub struct Part {
    /// The clause's id; empty for the whole.
    pub id: String,
    /// What it is about.
    pub name: String,
    /// What it says, a sentence each.
    pub terms: Vec<Term>,
    /// What was written, by language.
    pub texts: Vec<Written>,
}

/// One thing that is agreed on.
pub struct Term {
    /// What it is about.
    pub label: String,
    /// The sentence.
    pub text: String,
}

/// A text in one language.
#[derive(Clone)]
pub struct Written {
    /// The language's tag.
    pub tag: String,
    /// Its direction, as HTML writes it.
    pub dir: &'static str,
    /// The text.
    pub text: String,
}

/// The agreement in sentences. Of two agreements the parts of one id have the same terms in the same order.
pub fn parts(ui: &Ui, agreement: &Agreement) -> Vec<Part> {
    let clauses = agreement.clauses.iter().map(|clause| of_clause(ui, clause));
    [of_whole(ui, agreement)].into_iter().chain(clauses).collect()
}

/// Texts with their languages and directions.
pub fn written(texts: &Texts) -> Vec<Written> {
    let one = |(tag, text): (&String, &String)| Written { tag: tag.clone(), dir: dir_of(tag), text: text.clone() };
    texts.iter().map(one).collect()
}

/// The direction of a language, as HTML writes it.
pub fn dir_of(tag: &str) -> &'static str {
    match Language::of_tag(tag).map(Language::direction) {
        Some(Direction::RightToLeft) => "rtl",
        Some(Direction::LeftToRight) => "ltr",
        None => "auto",
    }
}

/// The terms of a part as they are gathered.
struct Terms<'a> {
    ui: &'a Ui,
    terms: Vec<Term>,
}

impl Terms<'_> {
    fn add(&mut self, label: &'static str, sentence: &Message) {
        self.terms.push(Term { label: self.ui.t(label), text: self.ui.m(sentence) });
    }

    /// A sentence about a list, or another where it is empty.
    fn list(
        &mut self,
        label: &'static str,
        items: Vec<Message>,
        none: &Message,
        some: impl FnOnce(Vec<Message>) -> Message,
    ) {
        if items.is_empty() { self.add(label, none) } else { self.add(label, &some(items)) }
    }

    /// A line for each, or a sentence where there is none.
    fn lines(&mut self, label: &'static str, items: &[Message], none: &Message) {
        if items.is_empty() {
            return self.add(label, none);
        }
        let lines: Vec<String> = items.iter().map(|item| self.ui.m(item)).collect();
        self.terms.push(Term { label: self.ui.t(label), text: lines.join("\n") });
    }
}

/// How many, with the word for what is counted.
fn counted(unit: &'static str, count: u32) -> Message {
    Message::new(unit).with("count", usize::try_from(count).unwrap_or(usize::MAX))
}

fn of_whole(ui: &Ui, agreement: &Agreement) -> Part {
    let mut terms = Terms { ui, terms: Vec::new() };
    let party =
        |party: &Party| say!("sentence-party", label = %party.label, name = in_language(&party.names, ui.language));
    let parties: Vec<Message> = agreement.parties.iter().map(party).collect();
    terms.lines("term-parties", &parties, &Message::as_worded("–"));
    let (from, until) = (ui.day(agreement.valid_from), ui.day(agreement.valid_until));
    terms.add("term-validity", &say!("sentence-validity", from = from, until = until));
    terms.add("term-late", &say!("sentence-late", what = counted("days", agreement.late_days)));
    let ending = match agreement.termination_notice_days {
        Some(days) => say!("sentence-ending", what = counted("days", days)),
        None => say!("sentence-no-ending"),
    };
    terms.add("term-ending", &ending);
    let UrgentLane { records_per_hour_max, record_bytes_max } = agreement.urgent();
    let (count, bytes) = (ui.number_u64(records_per_hour_max.into()), size_in_words(record_bytes_max.into()));
    terms.add("term-urgent", &say!("sentence-urgent", count = count, size = bytes));
    terms.list("term-caps", caps(ui, agreement), &say!("sentence-no-caps"), |what| say!("sentence-caps", what = what));
    let auditor = |NamedAuditor { party, keys }: &NamedAuditor| say!("sentence-auditor", party = %party, id = %&hex::encode(auditor_id(SUITE, keys))[..8]);
    let auditors: Vec<Message> = agreement.auditors.iter().map(auditor).collect();
    terms.lines("term-auditors", &auditors, &say!("sentence-no-auditors"));
    Part { id: String::new(), name: ui.t("terms-of-all"), terms: terms.terms, texts: written(&agreement.text) }
}

fn caps(ui: &Ui, agreement: &Agreement) -> Vec<Message> {
    let Caps { records_per_day_max, bytes_per_day_max, attachment_bytes_max } = agreement.caps.unwrap_or_default();
    let limits = [
        records_per_day_max.map(|most| say!("load-records", most = ui.number_u64(most.into()))),
        bytes_per_day_max.map(|most| say!("load-bytes", most = size_in_words(most))),
        attachment_bytes_max.map(|most| say!("load-attachment", most = size_in_words(most))),
    ];
    limits.into_iter().flatten().collect()
}

fn of_clause(ui: &Ui, clause: &Clause) -> Part {
    let mut terms = Terms { ui, terms: Vec::new() };
    let kinds: Vec<Message> = clause.kinds.iter().map(|kind| words::kind_named(kind)).collect();
    let authors = clause.authors.join(ui.language.comma());
    terms.add("term-sending", &say!("sentence-sending", authors = authors, kinds = kinds));
    let purpose = words::purpose(&clause.purpose);
    terms.add("term-purpose", &say!("sentence-purpose", what = purpose.clone()));
    let offences = clause.offences.iter().map(|code| words::offence(code)).collect();
    terms.list("term-offences", offences, &say!("sentence-no-offences"), |what| say!("sentence-offences", what = what));
    let persons = clause.subject_categories.iter();
    let persons = persons.map(|category| words::header_word("subject_category", &word(category))).collect();
    terms.list("term-persons", persons, &say!("sentence-no-persons"), |what| say!("sentence-persons", what = what));
    let handling = clause.handling.iter().map(|code| words::header_meaning("handling", &word(code)));
    terms.lines("term-handling", &handling.collect::<Vec<_>>(), &Message::as_worded("–"));
    let roles = clause.approvals.iter().map(|role| words::approval(role.name())).collect();
    terms.list("term-approvals", roles, &say!("sentence-no-approvals"), |what| say!("sentence-approvals", what = what));
    terms.add("term-retention", &say!("sentence-retention", what = counted("days", clause.retention_days_max)));
    let onward = words::onward(match clause.onward {
        Onward::None => "none",
        Onward::WithConsent => "with_consent",
    });
    terms.add("term-onward", &onward);
    let a_day = match clause.records_per_day_max {
        Some(most) => say!("sentence-records-a-day", what = ui.number_u64(most.into())),
        None => say!("sentence-no-records-a-day"),
    };
    terms.add("term-records-a-day", &a_day);
    let limit = |name: &str, span: Message| say!("sentence-limit", name = words::limit(name), span = span);
    let limits = clause.limits.iter().map(|(name, minutes)| limit(name, span(minutes)));
    let in_hours = hours(clause).into_iter().map(|(name, hours)| limit(&name, span(hours.saturating_mul(60))));
    terms.lines("term-limits", &limits.chain(in_hours).collect::<Vec<_>>(), &say!("sentence-no-limits"));
    Part { id: clause.id.clone(), name: ui.m(&purpose), terms: terms.terms, texts: written(&clause.text) }
}

/// The word of a closed list, as documents have it.
pub fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Time limits in the first form: their names, and hours.
fn hours(clause: &Clause) -> Vec<(String, u32)> {
    let deadlines = clause.deadlines.and_then(|deadlines| serde_json::to_value(deadlines).ok());
    let members = deadlines.as_ref().and_then(serde_json::Value::as_object).into_iter().flatten();
    let hours = |(name, hours): (&String, &serde_json::Value)| Some((name.clone(), hours.as_u64()?.try_into().ok()?));
    members.filter_map(hours).collect()
}

/// Minutes as people say them.
fn span(minutes: u32) -> Message {
    match minutes {
        0 => say!("at-once"),
        minutes if minutes % 1440 == 0 => counted("days", minutes / 1440),
        minutes if minutes % 60 == 0 => counted("hours", minutes / 60),
        minutes => counted("minutes", minutes),
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Part { id, name, terms, texts });
    sample!(Term { label, text });
    sample!(Written { tag, dir, text });
}
