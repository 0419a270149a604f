//! The rules of an agreement's structure. All that break are reported, so that a draft is mended in one go.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use core::fmt;

use super::{Agreement, ApprovalRole, Caps, Clause, Deadlines, Party, UrgentLane};
use crate::{
    date::Date,
    header::{PROTOCOL_PREFIX, SubjectCategory},
    id::Hash,
    json::JsonError,
    limits::{
        AGREEMENT_BYTES_MAX, CLAUSES_MAX, DEADLINE_HOURS_MAX, JSON_INTEGER_MAX, KINDS_PER_CLAUSE_MAX, LATE_DAYS_MAX,
        LIST_ITEMS_MAX, NAME_BYTES_MAX, PARTIES_MAX, RETENTION_DAYS_MAX, TERMINATION_NOTICE_DAYS_MAX,
        TIME_LIMIT_MINUTES_MAX, TIME_LIMITS_PER_CLAUSE_MAX, URGENT_RECORD_BYTES_MAX, URGENT_RECORDS_PER_HOUR_MAX,
    },
    suite::Suite,
    text::{self, Texts, TextsProblem},
};

/// An agreement that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// The bytes are not the JSON of an agreement.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Fields break rules.
    #[error("faults in the agreement: {}{}", .0.len(), listed(.0))]
    Faults(Vec<Fault>),
}

/// A field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path of the field, such as `clauses[2].authors[0]`.
    pub field: String,
    /// What is wrong and what would be right.
    pub problem: Problem,
}

/// What is wrong with a field, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The version is 0.
    #[error("versions count from 1")]
    VersionZero,
    /// A first version names one before it.
    #[error("the first version has none: write null")]
    FirstHasNone,
    /// A later version names none before it.
    #[error("write the SHA-256 of the version before")]
    PreviousMissing,
    /// The version is not the next one.
    #[error("version {version} does not follow {previous}: write {expected}")]
    VersionSkips {
        /// The version.
        version: u32,
        /// The one before.
        previous: u32,
        /// The next one.
        expected: u32,
    },
    /// The version before is another one; this is the hash that it has.
    #[error("not the version that is followed: write {0}")]
    OtherPrevious(String),
    /// The last day is before the first.
    #[error("{until} lies before valid_from {from}")]
    EndsBefore {
        /// The last day.
        until: Date,
        /// The first day.
        from: Date,
    },
    /// More than so many.
    #[error("at most {0}")]
    AtMost(u64),
    /// More days of notice than so many.
    #[error("at most {0}; leave it out if no party may end the agreement alone")]
    NoticeAtMost(u32),
    /// Not 1 to so many.
    #[error("1 to {0}")]
    OneTo(u32),
    /// Not the right number of parties.
    #[error("an agreement has 2 to {PARTIES_MAX} parties")]
    NumberOfParties,
    /// Not the right number of clauses.
    #[error("an agreement has 1 to {CLAUSES_MAX} clauses")]
    NumberOfClauses,
    /// Not the right number of kinds.
    #[error("a clause lists 1 to {KINDS_PER_CLAUSE_MAX} kinds")]
    NumberOfKinds,
    /// A party's short name is none.
    #[error("{0:?}: a label has 2 to 16 capital letters, digits and hyphens, such as XAA")]
    NotALabel(String),
    /// Caps without a cap.
    #[error("empty: leave it out for no limits")]
    NoCaps,
    /// A cap that allows nothing.
    #[error("zero allows nothing: write a number from 1, or leave it out for no limit")]
    CapZero,
    /// A number of records that allows nothing.
    #[error("zero allows nothing: write a number from 1, or null for no limit")]
    RecordsZero,
    /// It stands there before.
    #[error("stands here a second time: {0}")]
    Again(Once),
    /// No party is called so.
    #[error("{label:?} is no party's label; there are {}", known.join(", "))]
    NoPartysLabel {
        /// The name.
        label: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Nobody may author.
    #[error("name at least one party that may author")]
    NoAuthors,
    /// A code is none.
    #[error("a code has 1 to 64 of the letters a to z, digits, _ and -")]
    NotACode,
    /// A kind is none.
    #[error("{0:?} is no kind: write desk, word and version, such as register.readout/1")]
    NotAKind(String),
    /// A kind of the protocol itself.
    #[error("{0}: protocol records are always allowed and stand in no clause; leave it out")]
    ProtocolKind(String),
    /// The category that is always allowed.
    #[error("\"none\" is always allowed; leave it out")]
    CategoryNone,
    /// No handling code.
    #[error("list at least one handling code; the default is [\"H1\", \"H2\"]")]
    NoHandling,
    /// Handling codes out of order.
    #[error("list each code once, in ascending order")]
    CodesUnordered,
    /// Approvals out of order.
    #[error("list each role once, in the order {}", ApprovalRole::ALL.map(ApprovalRole::name).join(", "))]
    RolesUnordered,
    /// A release authority without an author.
    #[error("a release authority releases what an author signed: list \"author\" too")]
    AuthorMissing,
    /// Content would be kept too long, or not at all.
    #[error("{0} is not allowed: 1 to {RETENTION_DAYS_MAX} days")]
    Retention(u32),
    /// Time limits in both ways.
    #[error("a clause states its time limits once: leave out deadlines")]
    LimitsTwice,
    /// No name of a time limit.
    #[error("{0:?} names no time limit: write desk and word, such as requests.answer")]
    NotALimit(String),
    /// A time limit too short or too long.
    #[error("1 to {TIME_LIMIT_MINUTES_MAX} minutes; leave it out for no limit")]
    LimitMinutes,
    /// A time limit in hours that is too long.
    #[error("0 to {DEADLINE_HOURS_MAX} hours, or null")]
    DeadlineHours,
    /// A time limit that no desk has; these are those that there are.
    #[error("no desk has a time limit of this name: write one of {}", .0.join(", "))]
    UnknownLimit(Vec<String>),
    /// Texts that can't be.
    #[error(transparent)]
    Texts(TextsProblem),
}

/// What stands only once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Once {
    /// An agency.
    #[error("an agency is one party only")]
    Agency,
    /// The short name of a party.
    #[error("give each party its own label")]
    Label,
    /// An auditor.
    #[error("name each auditor of a party once")]
    Auditor,
    /// The short name of a clause.
    #[error("give each clause its own id")]
    Clause,
    /// A party that may author.
    #[error("name each party once")]
    Author,
    /// A kind.
    #[error("list each kind once")]
    Kind,
    /// An offence.
    #[error("list each offence once")]
    Offence,
    /// A category of persons.
    #[error("list each category once")]
    Category,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}

impl Agreement {
    /// Checks every rule of the structure (AGR-DOC-3 to AGR-DOC-14).
    pub fn check(&self) -> Result<(), AgreementError> {
        let mut faults = Faults(Vec::new());
        self.check_frame(&mut faults);
        self.check_parties(&mut faults);
        self.check_caps(&mut faults);
        self.check_auditors(&mut faults);
        self.check_clauses(&mut faults);
        faults.into_result()
    }

    /// Checks that this version follows `previous` (AGR-DOC-4).
    pub fn check_successor(&self, suite: &dyn Suite, previous: &Self) -> Result<(), AgreementError> {
        let mut faults = Faults(Vec::new());
        let expected = previous.version.saturating_add(1);
        faults.rule(self.version == expected, "version", || Problem::VersionSkips {
            version: self.version,
            previous: previous.version,
            expected,
        });
        let hash: Hash = previous.hash(suite);
        faults.rule(self.previous == Some(hash), "previous", || Problem::OtherPrevious(hex::encode(hash)));
        faults.into_result()
    }

    fn check_frame(&self, faults: &mut Faults) {
        match (self.version, self.previous) {
            (0, _) => faults.add("version", Problem::VersionZero),
            (1, Some(_)) => faults.add("previous", Problem::FirstHasNone),
            (2.., None) => faults.add("previous", Problem::PreviousMissing),
            _ => {}
        }
        faults.names("title", &self.title);
        faults.texts("text", &self.text, AGREEMENT_BYTES_MAX);
        let (from, until) = (self.valid_from, self.valid_until);
        faults.rule(from <= until, "valid_until", || Problem::EndsBefore { until, from });
        faults.rule(self.late_days <= LATE_DAYS_MAX, "late_days", || Problem::AtMost(LATE_DAYS_MAX.into()));
        let notice_days = self.termination_notice_days.unwrap_or_default();
        faults.rule(notice_days <= TERMINATION_NOTICE_DAYS_MAX, "termination_notice_days", || {
            Problem::NoticeAtMost(TERMINATION_NOTICE_DAYS_MAX)
        });
        let UrgentLane { records_per_hour_max, record_bytes_max } = self.urgent();
        let caps = [
            ("records_per_hour_max", records_per_hour_max, URGENT_RECORDS_PER_HOUR_MAX),
            ("record_bytes_max", record_bytes_max, URGENT_RECORD_BYTES_MAX),
        ];
        for (name, cap, max) in caps {
            faults.rule((1..=max).contains(&cap), &format!("lanes.urgent.{name}"), || Problem::OneTo(max));
        }
    }

    fn check_parties(&self, faults: &mut Faults) {
        let number = self.parties.len();
        faults.rule((2..=PARTIES_MAX).contains(&number), "parties", || Problem::NumberOfParties);
        faults.unique("parties", self.parties.iter().map(|p| &p.agency), "agency", Once::Agency);
        faults.unique("parties", self.parties.iter().map(|p| &p.label), "label", Once::Label);
        for (number, Party { label, names, .. }) in self.parties.iter().enumerate() {
            let field = format!("parties[{number}].label");
            faults.rule(is_label(label), &field, || Problem::NotALabel(label.clone()));
            faults.names(&format!("parties[{number}].names"), names);
        }
    }

    fn check_caps(&self, faults: &mut Faults) {
        let Some(Caps { records_per_day_max, bytes_per_day_max, attachment_bytes_max }) = self.caps else { return };
        let caps = [
            ("records_per_day_max", records_per_day_max.map(u64::from)),
            ("bytes_per_day_max", bytes_per_day_max),
            ("attachment_bytes_max", attachment_bytes_max),
        ];
        faults.rule(caps.iter().any(|(_, cap)| cap.is_some()), "caps", || Problem::NoCaps);
        for (name, cap) in caps {
            faults.rule(cap.is_none_or(|cap| (1..=JSON_INTEGER_MAX).contains(&cap)), &format!("caps.{name}"), || {
                Problem::CapZero
            });
        }
    }

    fn check_auditors(&self, faults: &mut Faults) {
        faults.rule(self.auditors.len() <= LIST_ITEMS_MAX, "auditors", || at_most(LIST_ITEMS_MAX));
        for (number, auditor) in self.auditors.iter().enumerate() {
            self.check_label(&auditor.party, &format!("auditors[{number}].party"), faults);
            let before = self.auditors.iter().take(number);
            faults.rule(!before.into_iter().any(|other| other == auditor), &format!("auditors[{number}]"), || {
                Problem::Again(Once::Auditor)
            });
        }
    }

    fn check_label(&self, label: &str, field: &str, faults: &mut Faults) {
        faults.rule(self.party_labelled(label).is_some(), field, || Problem::NoPartysLabel {
            label: label.into(),
            known: self.parties.iter().map(|party| party.label.clone()).collect(),
        });
    }

    fn check_clauses(&self, faults: &mut Faults) {
        let number = self.clauses.len();
        faults.rule((1..=CLAUSES_MAX).contains(&number), "clauses", || Problem::NumberOfClauses);
        faults.unique("clauses", self.clauses.iter().map(|c| &c.id), "id", Once::Clause);
        for (number, clause) in self.clauses.iter().enumerate() {
            let path = format!("clauses[{number}]");
            check_clause(clause, &path, faults);
            self.check_authors(clause, &path, faults);
        }
    }

    fn check_authors(&self, clause: &Clause, path: &str, faults: &mut Faults) {
        faults.rule(!clause.authors.is_empty(), &format!("{path}.authors"), || Problem::NoAuthors);
        faults.unique(&format!("{path}.authors"), clause.authors.iter(), "", Once::Author);
        for (number, label) in clause.authors.iter().enumerate() {
            self.check_label(label, &format!("{path}.authors[{number}]"), faults);
        }
    }
}

fn check_clause(clause: &Clause, path: &str, faults: &mut Faults) {
    faults.rule(text::is_token(&clause.id), &format!("{path}.id"), || Problem::NotACode);
    faults.rule(text::is_token(&clause.purpose), &format!("{path}.purpose"), || Problem::NotACode);

    faults.rule((1..=KINDS_PER_CLAUSE_MAX).contains(&clause.kinds.len()), &format!("{path}.kinds"), || {
        Problem::NumberOfKinds
    });
    faults.unique(&format!("{path}.kinds"), clause.kinds.iter(), "", Once::Kind);
    for (number, kind) in clause.kinds.iter().enumerate() {
        let field = format!("{path}.kinds[{number}]");
        faults.rule(text::is_kind(kind), &field, || Problem::NotAKind(kind.clone()));
        faults.rule(!kind.starts_with(PROTOCOL_PREFIX), &field, || Problem::ProtocolKind(kind.clone()));
    }

    faults.rule(clause.offences.len() <= LIST_ITEMS_MAX, &format!("{path}.offences"), || at_most(LIST_ITEMS_MAX));
    faults.unique(&format!("{path}.offences"), clause.offences.iter(), "", Once::Offence);
    for (number, offence) in clause.offences.iter().enumerate() {
        faults.rule(text::is_token(offence), &format!("{path}.offences[{number}]"), || Problem::NotACode);
    }
    check_codes(clause, path, faults);
    check_numbers(clause, path, faults);
    faults.texts(&format!("{path}.text"), &clause.text, AGREEMENT_BYTES_MAX);
}

fn check_codes(clause: &Clause, path: &str, faults: &mut Faults) {
    let categories = format!("{path}.subject_categories");
    faults.unique(&categories, clause.subject_categories.iter(), "", Once::Category);
    faults.rule(!clause.subject_categories.contains(&SubjectCategory::None), &categories, || Problem::CategoryNone);
    // HAN-01: the default is filled in before signing, so that the signed text says it.
    faults.rule(!clause.handling.is_empty(), &format!("{path}.handling"), || Problem::NoHandling);
    faults.rule(clause.handling.is_sorted_by(|a, b| a < b), &format!("{path}.handling"), || Problem::CodesUnordered);
    faults.rule(clause.approvals.is_sorted_by(|a, b| a < b), &format!("{path}.approvals"), || Problem::RolesUnordered);
    // EYE-01: dual control needs two different parts.
    let releases = clause.requires(ApprovalRole::ReleaseAuthority);
    faults.rule(!releases || clause.requires(ApprovalRole::Author), &format!("{path}.approvals"), || {
        Problem::AuthorMissing
    });
}

fn check_numbers(clause: &Clause, path: &str, faults: &mut Faults) {
    let retention = 1..=RETENTION_DAYS_MAX;
    faults.rule(retention.contains(&clause.retention_days_max), &format!("{path}.retention_days_max"), || {
        Problem::Retention(clause.retention_days_max)
    });
    faults.rule(clause.records_per_day_max != Some(0), &format!("{path}.records_per_day_max"), || Problem::RecordsZero);
    check_time_limits(clause, path, faults);
}

fn check_time_limits(clause: &Clause, path: &str, faults: &mut Faults) {
    let limits = format!("{path}.limits");
    faults.rule(clause.deadlines.is_none() || clause.limits.is_empty(), &limits, || Problem::LimitsTwice);
    faults.rule(clause.limits.iter().len() <= TIME_LIMITS_PER_CLAUSE_MAX, &limits, || {
        at_most(TIME_LIMITS_PER_CLAUSE_MAX)
    });
    for (name, minutes) in clause.limits.iter() {
        let field = format!("{limits}.{name}");
        faults.rule(text::is_limit_name(name), &field, || Problem::NotALimit(name.into()));
        faults.rule((1..=TIME_LIMIT_MINUTES_MAX).contains(&minutes), &field, || Problem::LimitMinutes);
    }
    let Some(hours) = clause.deadlines else { return };
    let Deadlines {
        receipt_within_hours,
        acknowledge_hours,
        answer_hours,
        urgent_answer_hours,
        feedback_hours,
        indirect_answer_hours,
        urgent_indirect_answer_hours,
    } = hours;
    let deadlines = [
        ("receipt_within_hours", receipt_within_hours),
        ("acknowledge_hours", acknowledge_hours),
        ("answer_hours", answer_hours),
        ("urgent_answer_hours", urgent_answer_hours),
        ("feedback_hours", feedback_hours),
        ("indirect_answer_hours", indirect_answer_hours),
        ("urgent_indirect_answer_hours", urgent_indirect_answer_hours),
    ];
    for (name, hours) in deadlines {
        let good = hours.is_none_or(|hours| hours <= DEADLINE_HOURS_MAX);
        faults.rule(good, &format!("{path}.deadlines.{name}"), || Problem::DeadlineHours);
    }
}

fn at_most(number: usize) -> Problem {
    Problem::AtMost(u64::try_from(number).unwrap_or(u64::MAX))
}

fn is_label(text: &str) -> bool {
    (2..=16).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'-'))
}

/// The faults found so far.
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, field: &str, problem: Problem) {
        self.0.push(Fault { field: field.into(), problem });
    }

    fn rule(&mut self, kept: bool, field: &str, problem: impl FnOnce() -> Problem) {
        if !kept {
            self.add(field, problem());
        }
    }

    fn unique<T: Ord>(&mut self, list: &str, items: impl Iterator<Item = T>, member: &str, once: Once) {
        let mut seen = BTreeSet::new();
        let dot = if member.is_empty() { "" } else { "." };
        for (number, item) in items.enumerate() {
            self.rule(seen.insert(item), &format!("{list}[{number}]{dot}{member}"), || Problem::Again(once));
        }
    }

    /// Texts of one line: what stands on a screen beside the record, and must not look like a line of its own.
    fn names(&mut self, field: &str, names: &Texts) {
        self.each(field, names, |name| text::is_prose(name, NAME_BYTES_MAX));
    }

    fn texts(&mut self, field: &str, texts: &Texts, bytes_max: usize) {
        self.each(field, texts, |text| text::is_long_prose(text, bytes_max));
    }

    fn each(&mut self, field: &str, texts: &Texts, is_good: impl Fn(&str) -> bool) {
        if let Some((language, problem)) = text::problem_with_texts(texts, is_good) {
            let dot = if language.is_empty() { "" } else { "." };
            self.add(&format!("{field}{dot}{language}"), Problem::Texts(problem));
        }
    }

    fn into_result(self) -> Result<(), AgreementError> {
        if self.0.is_empty() { Ok(()) } else { Err(AgreementError::Faults(self.0)) }
    }
}
