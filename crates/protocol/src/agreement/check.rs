//! The rules of an agreement's structure. All that break are reported, so that a draft is mended in one go.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use core::fmt;

use super::{Agreement, ApprovalRole, Caps, Clause, Deadlines, Party, UrgentLane};
use crate::{
    header::{PROTOCOL_PREFIX, SubjectCategory},
    id::Hash,
    json::JsonError,
    limits::{
        AGREEMENT_BYTES_MAX, CLAUSES_MAX, DEADLINE_HOURS_MAX, JSON_INTEGER_MAX, KINDS_PER_CLAUSE_MAX, LATE_DAYS_MAX,
        LIST_ITEMS_MAX, NAME_BYTES_MAX, PARTIES_MAX, RETENTION_DAYS_MAX, TERMINATION_NOTICE_DAYS_MAX,
        TIME_LIMIT_MINUTES_MAX, TIME_LIMITS_PER_CLAUSE_MAX, URGENT_RECORD_BYTES_MAX, URGENT_RECORDS_PER_HOUR_MAX,
    },
    suite::Suite,
    text::{self, Texts},
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
    pub problem: String,
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
        faults.rule(self.version == expected, "version", || {
            format!("version {} does not follow {}: write {expected}", self.version, previous.version)
        });
        let hash: Hash = previous.hash(suite);
        faults.rule(self.previous == Some(hash), "previous", || {
            format!("not the version that is followed: write {}", hex::encode(hash))
        });
        faults.into_result()
    }

    fn check_frame(&self, faults: &mut Faults) {
        match (self.version, self.previous) {
            (0, _) => faults.add("version", "versions count from 1".into()),
            (1, Some(_)) => faults.add("previous", "the first version has none: write null".into()),
            (2.., None) => faults.add("previous", "write the SHA-256 of the version before".into()),
            _ => {}
        }
        faults.names("title", &self.title);
        faults.texts("text", &self.text, AGREEMENT_BYTES_MAX);
        faults.rule(self.valid_from <= self.valid_until, "valid_until", || {
            format!("{} lies before valid_from {}", self.valid_until, self.valid_from)
        });
        faults.rule(self.late_days <= LATE_DAYS_MAX, "late_days", || format!("at most {LATE_DAYS_MAX}"));
        let notice_days = self.termination_notice_days.unwrap_or_default();
        faults.rule(notice_days <= TERMINATION_NOTICE_DAYS_MAX, "termination_notice_days", || {
            format!("at most {TERMINATION_NOTICE_DAYS_MAX}; leave it out if no party may end the agreement alone")
        });
        let UrgentLane { records_per_hour_max, record_bytes_max } = self.urgent();
        let caps = [
            ("records_per_hour_max", records_per_hour_max, URGENT_RECORDS_PER_HOUR_MAX),
            ("record_bytes_max", record_bytes_max, URGENT_RECORD_BYTES_MAX),
        ];
        for (name, cap, max) in caps {
            faults.rule((1..=max).contains(&cap), &format!("lanes.urgent.{name}"), || format!("1 to {max}"));
        }
    }

    fn check_parties(&self, faults: &mut Faults) {
        faults.rule((2..=PARTIES_MAX).contains(&self.parties.len()), "parties", || {
            format!("an agreement has 2 to {PARTIES_MAX} parties")
        });
        faults.unique("parties", self.parties.iter().map(|p| &p.agency), "agency", "an agency is one party only");
        faults.unique("parties", self.parties.iter().map(|p| &p.label), "label", "give each party its own label");
        for (number, Party { label, names, .. }) in self.parties.iter().enumerate() {
            faults.rule(is_label(label), &format!("parties[{number}].label"), || {
                format!("{label:?}: a label has 2 to 16 capital letters, digits and hyphens, such as XAA")
            });
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
        faults.rule(caps.iter().any(|(_, cap)| cap.is_some()), "caps", || "empty: leave it out for no limits".into());
        for (name, cap) in caps {
            faults.rule(cap.is_none_or(|cap| (1..=JSON_INTEGER_MAX).contains(&cap)), &format!("caps.{name}"), || {
                "zero allows nothing: write a number from 1, or leave it out for no limit".into()
            });
        }
    }

    fn check_auditors(&self, faults: &mut Faults) {
        faults.rule(self.auditors.len() <= LIST_ITEMS_MAX, "auditors", || format!("at most {LIST_ITEMS_MAX}"));
        for (number, auditor) in self.auditors.iter().enumerate() {
            self.check_label(&auditor.party, &format!("auditors[{number}].party"), faults);
            let before = self.auditors.iter().take(number);
            faults.rule(!before.into_iter().any(|other| other == auditor), &format!("auditors[{number}]"), || {
                "stands here a second time: name each auditor of a party once".into()
            });
        }
    }

    fn check_label(&self, label: &str, field: &str, faults: &mut Faults) {
        faults.rule(self.party_labelled(label).is_some(), field, || {
            let known: Vec<_> = self.parties.iter().map(|party| party.label.as_str()).collect();
            format!("{label:?} is no party's label; there are {}", known.join(", "))
        });
    }

    fn check_clauses(&self, faults: &mut Faults) {
        faults.rule((1..=CLAUSES_MAX).contains(&self.clauses.len()), "clauses", || {
            format!("an agreement has 1 to {CLAUSES_MAX} clauses")
        });
        faults.unique("clauses", self.clauses.iter().map(|c| &c.id), "id", "give each clause its own id");
        for (number, clause) in self.clauses.iter().enumerate() {
            let path = format!("clauses[{number}]");
            check_clause(clause, &path, faults);
            self.check_authors(clause, &path, faults);
        }
    }

    fn check_authors(&self, clause: &Clause, path: &str, faults: &mut Faults) {
        faults.rule(!clause.authors.is_empty(), &format!("{path}.authors"), || {
            "name at least one party that may author".into()
        });
        faults.unique(&format!("{path}.authors"), clause.authors.iter(), "", "name each party once");
        for (number, label) in clause.authors.iter().enumerate() {
            self.check_label(label, &format!("{path}.authors[{number}]"), faults);
        }
    }
}

fn check_clause(clause: &Clause, path: &str, faults: &mut Faults) {
    let token_problem = "a code has 1 to 64 of the letters a to z, digits, _ and -";
    faults.rule(text::is_token(&clause.id), &format!("{path}.id"), || token_problem.into());
    faults.rule(text::is_token(&clause.purpose), &format!("{path}.purpose"), || token_problem.into());

    faults.rule((1..=KINDS_PER_CLAUSE_MAX).contains(&clause.kinds.len()), &format!("{path}.kinds"), || {
        format!("a clause lists 1 to {KINDS_PER_CLAUSE_MAX} kinds")
    });
    faults.unique(&format!("{path}.kinds"), clause.kinds.iter(), "", "list each kind once");
    for (number, kind) in clause.kinds.iter().enumerate() {
        faults.rule(text::is_kind(kind), &format!("{path}.kinds[{number}]"), || {
            format!("{kind:?} is no kind: write desk, word and version, such as register.readout/1")
        });
        faults.rule(!kind.starts_with(PROTOCOL_PREFIX), &format!("{path}.kinds[{number}]"), || {
            format!("{kind}: protocol records are always allowed and stand in no clause; leave it out")
        });
    }

    faults.rule(clause.offences.len() <= LIST_ITEMS_MAX, &format!("{path}.offences"), || {
        format!("at most {LIST_ITEMS_MAX}")
    });
    faults.unique(&format!("{path}.offences"), clause.offences.iter(), "", "list each offence once");
    for (number, offence) in clause.offences.iter().enumerate() {
        faults.rule(text::is_token(offence), &format!("{path}.offences[{number}]"), || token_problem.into());
    }
    check_codes(clause, path, faults);
    check_numbers(clause, path, faults);
    faults.texts(&format!("{path}.text"), &clause.text, AGREEMENT_BYTES_MAX);
}

fn check_codes(clause: &Clause, path: &str, faults: &mut Faults) {
    let categories = format!("{path}.subject_categories");
    faults.unique(&categories, clause.subject_categories.iter(), "", "list each category once");
    faults.rule(!clause.subject_categories.contains(&SubjectCategory::None), &categories, || {
        "\"none\" is always allowed; leave it out".into()
    });
    // HAN-01: the default is filled in before signing, so that the signed text says it.
    faults.rule(!clause.handling.is_empty(), &format!("{path}.handling"), || {
        "list at least one handling code; the default is [\"H1\", \"H2\"]".into()
    });
    faults.rule(clause.handling.is_sorted_by(|a, b| a < b), &format!("{path}.handling"), || {
        "list each code once, in ascending order".into()
    });
    faults.rule(clause.approvals.is_sorted_by(|a, b| a < b), &format!("{path}.approvals"), || {
        let roles = ApprovalRole::ALL.map(ApprovalRole::name);
        format!("list each role once, in the order {}", roles.join(", "))
    });
    // EYE-01: dual control needs two different parts.
    let releases = clause.requires(ApprovalRole::ReleaseAuthority);
    faults.rule(!releases || clause.requires(ApprovalRole::Author), &format!("{path}.approvals"), || {
        "a release authority releases what an author signed: list \"author\" too".into()
    });
}

fn check_numbers(clause: &Clause, path: &str, faults: &mut Faults) {
    let retention = 1..=RETENTION_DAYS_MAX;
    faults.rule(retention.contains(&clause.retention_days_max), &format!("{path}.retention_days_max"), || {
        format!("{} is not allowed: 1 to {RETENTION_DAYS_MAX} days", clause.retention_days_max)
    });
    faults.rule(clause.records_per_day_max != Some(0), &format!("{path}.records_per_day_max"), || {
        "zero allows nothing: write a number from 1, or null for no limit".into()
    });
    check_time_limits(clause, path, faults);
}

fn check_time_limits(clause: &Clause, path: &str, faults: &mut Faults) {
    let limits = format!("{path}.limits");
    faults.rule(clause.deadlines.is_none() || clause.limits.is_empty(), &limits, || {
        "a clause states its time limits once: leave out deadlines".into()
    });
    faults.rule(clause.limits.iter().len() <= TIME_LIMITS_PER_CLAUSE_MAX, &limits, || {
        format!("at most {TIME_LIMITS_PER_CLAUSE_MAX}")
    });
    for (name, minutes) in clause.limits.iter() {
        let field = format!("{limits}.{name}");
        faults.rule(text::is_limit_name(name), &field, || {
            format!("{name:?} names no time limit: write desk and word, such as requests.answer")
        });
        faults.rule((1..=TIME_LIMIT_MINUTES_MAX).contains(&minutes), &field, || {
            format!("1 to {TIME_LIMIT_MINUTES_MAX} minutes; leave it out for no limit")
        });
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
        faults.rule(good, &format!("{path}.deadlines.{name}"), || format!("0 to {DEADLINE_HOURS_MAX} hours, or null"));
    }
}

fn is_label(text: &str) -> bool {
    (2..=16).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'-'))
}

/// The faults found so far.
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, field: &str, problem: String) {
        self.0.push(Fault { field: field.into(), problem });
    }

    fn rule(&mut self, kept: bool, field: &str, problem: impl FnOnce() -> String) {
        if !kept {
            self.add(field, problem());
        }
    }

    fn unique<T: Ord>(&mut self, list: &str, items: impl Iterator<Item = T>, member: &str, problem: &str) {
        let mut seen = BTreeSet::new();
        let dot = if member.is_empty() { "" } else { "." };
        for (number, item) in items.enumerate() {
            self.rule(seen.insert(item), &format!("{list}[{number}]{dot}{member}"), || {
                format!("stands here a second time: {problem}")
            });
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
            self.add(&format!("{field}{dot}{language}"), problem.into());
        }
    }

    fn into_result(self) -> Result<(), AgreementError> {
        if self.0.is_empty() { Ok(()) } else { Err(AgreementError::Faults(self.0)) }
    }
}
