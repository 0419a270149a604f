//! A draft of an agreement as a form has it: words that need not be right yet, and what the form does not show.

use std::collections::BTreeMap;

use node::agreements::{ClauseDraft, Draft, PartyDraft};
use protocol::{
    agreement::{ApprovalRole, Caps, Onward},
    date::Date,
    header::{Handling, SubjectCategory},
    text::Texts,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use texts::{Language, Message, say};

use super::terms::word;
use crate::form::Said;

/// Most parties and clauses of a form: as many as anybody fills in by hand.
const PARTIES_MAX: usize = 8;
const CLAUSES_MAX: usize = 32;

/// What a form says of a draft.
pub struct Filled {
    /// The draft that the form began with, in TOML: what the form does not show is taken from there.
    pub rest: String,
    pub title: Vec<(Language, String)>,
    pub text: Vec<(Language, String)>,
    pub valid_from: String,
    pub valid_until: String,
    pub late_days: String,
    pub notice_days: String,
    pub records_a_day: String,
    pub attachment_bytes: String,
    pub parties: Vec<PartyFilled>,
    pub clauses: Vec<ClauseFilled>,
}

/// A party.
pub struct PartyFilled {
    pub label: String,
    pub agency: String,
}

/// A clause.
#[derive(Default)]
pub struct ClauseFilled {
    /// Its id in the draft that the form began with.
    pub was: String,
    pub id: String,
    pub purpose: String,
    pub kinds: Vec<String>,
    /// Labels of parties.
    pub authors: Vec<String>,
    pub offences: Vec<String>,
    pub categories: Vec<String>,
    pub handling: Vec<String>,
    pub approvals: Vec<String>,
    pub retention_days: String,
    pub onward: String,
    pub records_a_day: String,
    /// Time limits by their names, in minutes.
    pub limits: BTreeMap<String, String>,
    pub text: Vec<(Language, String)>,
}

/// A field that says nothing that a draft can hold, and what it should be.
pub type Wrong = (String, Message);

impl Filled {
    /// A draft as a form shows it.
    pub fn of(draft: &Draft, rest: String) -> Self {
        let head = &draft.agreement;
        let caps = head.caps.unwrap_or_default();
        let party = |party: &PartyDraft| PartyFilled {
            label: party.label.clone(),
            agency: party.agency.clone().unwrap_or_default(),
        };
        Self {
            title: by_language(&head.title),
            text: by_language(&head.text),
            valid_from: head.valid_from.to_string(),
            valid_until: head.valid_until.to_string(),
            late_days: head.late_days.to_string(),
            notice_days: number(head.termination_notice_days),
            records_a_day: number(caps.records_per_day_max),
            attachment_bytes: number(caps.attachment_bytes_max),
            parties: draft.party.iter().map(party).collect(),
            clauses: draft.clause.iter().map(ClauseFilled::of).collect(),
            rest,
        }
    }

    /// What a form says that was sent.
    pub fn said(said: &Said) -> Self {
        let one = |name: &str| said.one(name).trim().to_owned();
        let count = |name: &str, max: usize| one(name).parse::<usize>().unwrap_or_default().min(max);
        let party = |place: usize| PartyFilled {
            label: one(&format!("p.{place}.label")),
            agency: one(&format!("p.{place}.agency")),
        };
        let parties: Vec<PartyFilled> = (0..count("parties", PARTIES_MAX)).map(party).collect();
        let clauses = (0..count("clauses", CLAUSES_MAX)).map(|place| ClauseFilled::said(said, place, &parties));
        Self {
            rest: said.one("rest").to_owned(),
            title: in_languages(said, "title"),
            text: in_languages(said, "text"),
            valid_from: one("valid_from"),
            valid_until: one("valid_until"),
            late_days: one("late_days"),
            notice_days: one("notice_days"),
            records_a_day: one("records_a_day"),
            attachment_bytes: one("attachment_bytes"),
            clauses: clauses.collect(),
            parties,
        }
    }

    /// One more clause, empty but for what nearly every clause says.
    pub fn add_clause(&mut self) {
        let ids: Vec<String> = self.clauses.iter().map(|clause| clause.id.clone()).collect();
        let id = (1..).map(|number| format!("c{number}")).find(|id| !ids.contains(id)).unwrap_or_default();
        self.clauses.push(ClauseFilled {
            id,
            authors: self.parties.iter().map(|party| party.label.clone()).collect(),
            handling: vec!["H1".to_owned(), "H2".to_owned()],
            retention_days: "365".to_owned(),
            onward: "none".to_owned(),
            text: Language::ALL.iter().map(|language| (*language, String::new())).collect(),
            ..ClauseFilled::default()
        });
    }

    /// One more party, which the form asks for.
    pub fn add_party(&mut self) {
        self.parties.push(PartyFilled { label: String::new(), agency: String::new() });
    }

    /// The draft that the form says.
    ///
    /// # Errors
    /// Every field that says nothing which a draft can hold.
    pub fn draft(&self) -> Result<Draft, Vec<Wrong>> {
        let began = Draft::read(&self.rest)
            .map_err(|fault| vec![("rest".to_owned(), Message::as_worded(fault.to_string()))])?;
        let mut wrong = Vec::new();
        let mut draft = began.clone();
        let head = &mut draft.agreement;
        merge(&mut head.title, &self.title);
        merge(&mut head.text, &self.text);
        for (name, value, to) in [
            ("valid_from", &self.valid_from, &mut head.valid_from),
            ("valid_until", &self.valid_until, &mut head.valid_until),
        ] {
            match value.parse::<Date>() {
                Ok(day) => *to = day,
                Err(_) => wrong.push((name.to_owned(), say!("must-day"))),
            }
        }
        let mut count = |name: &str, value: &str| counted(name, value, &mut wrong);
        head.late_days = count("late_days", &self.late_days).unwrap_or_default();
        head.termination_notice_days = count("notice_days", &self.notice_days);
        let caps = Caps {
            records_per_day_max: count("records_a_day", &self.records_a_day),
            attachment_bytes_max: count("attachment_bytes", &self.attachment_bytes).map(u64::from),
            ..head.caps.unwrap_or_default()
        };
        head.caps = (caps != Caps::default()).then_some(caps);
        draft.party = self.parties.iter().map(|party| party.draft(&began)).collect();
        draft.clause = self
            .clauses
            .iter()
            .enumerate()
            .map(|(place, clause)| clause.draft(&format!("c.{place}."), &began, &mut wrong))
            .collect();
        if wrong.is_empty() { Ok(draft) } else { Err(wrong) }
    }
}

impl PartyFilled {
    /// The party; the names that were given it stay as long as it is the same agency.
    fn draft(&self, began: &Draft) -> PartyDraft {
        let was = began.party.iter().find(|party| party.agency.as_deref() == Some(self.agency.as_str()));
        let names = was.and_then(|party| party.names.clone());
        PartyDraft { label: self.label.clone(), agency: Some(self.agency.clone()).filter(|id| !id.is_empty()), names }
    }
}

impl ClauseFilled {
    fn of(clause: &ClauseDraft) -> Self {
        let limits = clause.limits.iter().flat_map(|(desk, words)| {
            words.iter().map(move |(word, minutes)| (format!("{desk}.{word}"), minutes.to_string()))
        });
        Self {
            was: clause.id.clone(),
            id: clause.id.clone(),
            purpose: clause.purpose.clone(),
            kinds: clause.kinds.clone(),
            authors: clause.authors.clone(),
            offences: clause.offences.clone(),
            categories: clause.subject_categories.iter().map(word).collect(),
            handling: clause.handling.iter().map(word).collect(),
            approvals: clause.approvals.iter().map(word).collect(),
            retention_days: clause.retention_days_max.to_string(),
            onward: word(&clause.onward),
            records_a_day: number(clause.records_per_day_max),
            limits: limits.collect(),
            text: by_language(&clause.text),
        }
    }

    fn said(said: &Said, place: usize, parties: &[PartyFilled]) -> Self {
        let name = |field: &str| format!("c.{place}.{field}");
        let one = |field: &str| said.one(&name(field)).trim().to_owned();
        let all = |field: &str| said.all(&name(field)).map(str::to_owned).collect::<Vec<_>>();
        // Who may author is said by the party's place, so that a party which is called otherwise now stays chosen.
        let authors = all("authors")
            .into_iter()
            .filter_map(|place| Some(parties.get(place.parse::<usize>().ok()?)?.label.clone()));
        let limit =
            |limit: &'static str| Some((limit.to_owned(), said.some(&name(&format!("limit.{limit}")))?.to_owned()));
        Self {
            was: one("was"),
            id: one("id"),
            purpose: one("purpose"),
            kinds: all("kinds"),
            authors: authors.collect(),
            offences: all("offences"),
            categories: all("categories"),
            handling: all("handling"),
            approvals: all("approvals"),
            retention_days: one("retention_days"),
            onward: one("onward"),
            records_a_day: one("records_a_day"),
            limits: desks::kinds::limits().filter_map(limit).collect(),
            text: in_languages(said, &name("text")),
        }
    }

    fn draft(&self, before: &str, began: &Draft, wrong: &mut Vec<Wrong>) -> ClauseDraft {
        let was = began.clause.iter().find(|clause| clause.id == self.was);
        let mut text = was.map(|clause| clause.text.clone()).unwrap_or_default();
        merge(&mut text, &self.text);
        let mut limits: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
        for (name, minutes) in &self.limits {
            if let (Some((desk, word)), Some(minutes)) =
                (name.split_once('.'), counted(&format!("{before}limit.{name}"), minutes, wrong))
            {
                limits.entry(desk.to_owned()).or_default().insert(word.to_owned(), minutes);
            }
        }
        let retention = counted(&format!("{before}retention_days"), &self.retention_days, wrong);
        ClauseDraft {
            id: self.id.clone(),
            purpose: self.purpose.clone(),
            kinds: self.kinds.clone(),
            authors: self.authors.clone(),
            offences: self.offences.clone(),
            subject_categories: words::<SubjectCategory>(&self.categories),
            handling: words::<Handling>(&self.handling),
            approvals: words::<ApprovalRole>(&self.approvals),
            retention_days_max: retention.unwrap_or_default(),
            onward: if self.onward == word(&Onward::WithConsent) { Onward::WithConsent } else { Onward::None },
            records_per_day_max: counted(&format!("{before}records_a_day"), &self.records_a_day, wrong),
            // A clause states its time limits once: those of the first form stay where the form says none.
            deadlines: was.and_then(|clause| clause.deadlines).filter(|_| limits.is_empty()),
            limits,
            text,
        }
    }
}

/// A number that a field says; nothing if it is empty.
fn counted(name: &str, value: &str, wrong: &mut Vec<Wrong>) -> Option<u32> {
    if value.is_empty() {
        return None;
    }
    let number = value.parse().ok();
    if number.is_none() {
        wrong.push((name.to_owned(), say!("must-number")));
    }
    number
}

fn number(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The words that a closed list has; a form offers no others.
fn words<T: DeserializeOwned>(said: &[String]) -> Vec<T> {
    said.iter().filter_map(|word| serde_json::from_value(Value::from(word.as_str())).ok()).collect()
}

fn by_language(texts: &Texts) -> Vec<(Language, String)> {
    let text = |language: &Language| (*language, texts.get(language.tag()).cloned().unwrap_or_default());
    Language::ALL.iter().map(text).collect()
}

fn in_languages(said: &Said, name: &str) -> Vec<(Language, String)> {
    let text = |language: &Language| (*language, said.one(&format!("{name}.{}", language.tag())).trim().to_owned());
    Language::ALL.iter().map(text).collect()
}

/// Takes over what a form says of texts; those in languages that it does not show stay.
fn merge(texts: &mut Texts, said: &[(Language, String)]) {
    for (language, text) in said {
        match text.is_empty() {
            true => texts.remove(language.tag()),
            false => texts.insert(language.tag().to_owned(), text.clone()),
        };
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Filled {
        rest,
        title,
        text,
        valid_from,
        valid_until,
        late_days,
        notice_days,
        records_a_day,
        attachment_bytes,
        parties,
        clauses
    });
    sample!(PartyFilled { label, agency });
    sample!(ClauseFilled {
        was,
        id,
        purpose,
        kinds,
        authors,
        offences,
        categories,
        handling,
        approvals,
        retention_days,
        onward,
        records_a_day,
        limits,
        text
    });
}

#[cfg(test)]
mod tests {
    use node::agreements::{Known, render};

    use super::*;

    const EXAMPLE: &str = include_str!("../../../../../docs/howto/agreement.toml");

    fn known() -> [Known; 2] {
        [("XAA", 1), ("XAB", 2)].map(|(country, id)| Known {
            agency: protocol::id::AgencyId::new([id; 32]),
            country: country.to_owned(),
            names: Texts::from([("en".into(), format!("Agency of {country} (made up)"))]),
        })
    }

    fn bytes(text: &str) -> Vec<u8> {
        render(text, &known(), None).unwrap_or_else(|faults| panic!("{faults:?}\n{text}")).encode()
    }

    #[test]
    fn a_form_that_nobody_changed_says_the_same_bytes_also_of_what_it_does_not_show() {
        // A language that no form has, hours of the first form, names of a party's own.
        let odd = EXAMPLE
            .replacen("title.en", "title.fr = \"Arrangement\"\ntitle.en", 1)
            .replacen("[[clause]]\nid = \"c2\"", "[[clause]]\nid = \"c2\"\ndeadlines.answer_hours = 24", 1)
            .replacen("agency = \"XAB\"", "agency = \"XAB\"\nnames.en = \"The other side\"", 1);
        for text in [EXAMPLE, &odd] {
            let draft = Draft::of(&render(text, &known(), None).unwrap());
            let filled = Filled::of(&draft, draft.to_toml().unwrap());
            assert_eq!(bytes(&filled.draft().unwrap().to_toml().unwrap()), bytes(text));
        }
    }

    #[test]
    fn what_no_draft_can_hold_is_said_of_every_field() {
        let draft = Draft::read(EXAMPLE).unwrap();
        let mut filled = Filled::of(&draft, EXAMPLE.to_owned());
        filled.valid_until = "tomorrow".to_owned();
        filled.clauses[1].retention_days = "long".to_owned();
        filled.add_clause();
        assert_eq!(filled.clauses.last().unwrap().id, "c4");
        let wrong = filled.draft().unwrap_err();
        let fields: Vec<&str> = wrong.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["valid_until", "c.1.retention_days"]);
    }
}
