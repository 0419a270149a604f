//! What Cedar sees: few words and booleans, computed from the facts. A decision is kept by all of them.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{Context, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use protocol::agreement::ApprovalRole;
use protocol::header::{Handling, Information, Source as Reliability, SubjectCategory, Tlp, Urgency, UrgencyGround};

use crate::body::{Answer, BodyFacts, Judicial, Notice, Query};
use crate::facts::{Body, Facts, Side};
use crate::limits::{MONTH_PERSONS_MAX, RECORD_PERSONS_MAX};
use crate::offences;

/// Everything that a decision reads, in a form of which few distinct values occur.
///
/// Names that a partner may choose freely (clause, kind, purpose, offence) are places in the agreement here, so that
/// made-up names make no new values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inputs {
    pub receiver: bool,
    /// Place of the clause in the agreement.
    pub clause: Option<u16>,
    /// Place of the kind in the clause.
    pub kind: Option<u16>,
    /// Place of the author among the parties.
    pub author: Option<u16>,
    pub words: [&'static str; WORDS],
    pub flags: [bool; FLAGS],
}

/// Which inputs a set of policies reads.
#[derive(Debug, Clone)]
pub(crate) struct Reads {
    words: [bool; WORDS],
    flags: [bool; FLAGS],
    /// Whether a policy is about certain parties, kinds or clauses.
    scope: bool,
}

impl Reads {
    /// Nothing.
    pub const NOTHING: Self = Self { words: [false; WORDS], flags: [false; FLAGS], scope: false };

    /// Adds what a policy's text reads. Whatever this misses is not shown to the policy, which then fails and allows
    /// nothing: Cedar takes an attribute that is not there for an error.
    pub fn add(&mut self, text: &str) {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
        for attribute in words.filter_map(|word| word.strip_prefix("context.")) {
            let word = WORD_NAMES.iter().position(|(name, _)| *name == attribute);
            let flag = FLAG_NAMES.iter().position(|name| *name == attribute);
            let word = word.and_then(|place| self.words.get_mut(place));
            for read in word.into_iter().chain(flag.and_then(|place| self.flags.get_mut(place))) {
                *read = true;
            }
        }
        let mut rest = text.to_owned();
        for action in ["action", "action == Action::\"send\"", "action == Action::\"receive\""] {
            rest = rest.replace(&format!("(principal, {action}, resource)"), "");
        }
        self.scope |= ["principal", "resource", "context.clause"].iter().any(|name| rest.contains(name));
    }

    /// The inputs, with everything that is not read put to one value.
    pub fn of(&self, inputs: &Inputs) -> Inputs {
        let mut read = *inputs;
        for (word, _) in read.words.iter_mut().zip(self.words).filter(|(_, read)| !read) {
            *word = "";
        }
        for (flag, _) in read.flags.iter_mut().zip(self.flags).filter(|(_, read)| !read) {
            *flag = false;
        }
        if !self.scope {
            (read.clause, read.kind, read.author) = (None, None, None);
        }
        read
    }
}

/// Hashed in a few numbers, because this is most of what a remembered decision costs. Equality compares every field.
impl Hash for Inputs {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let flags = self.flags.iter().fold(u64::from(self.receiver), |bits, flag| bits << 1 | u64::from(*flag));
        let words = self.words.iter().fold(0_u64, |sum, word| {
            // The words of one type differ in length or first letter, but for few.
            let letter = word.bytes().next().unwrap_or(0);
            let length = u64::try_from(word.len()).unwrap_or(0);
            sum.wrapping_mul(0x0000_0100_0000_01b3) ^ (u64::from(letter) << 8 | length)
        });
        state.write_u64(flags);
        state.write_u64(words);
        (self.clause, self.kind, self.author).hash(state);
    }
}

/// Attributes of the context that are words, with their types in the schema.
pub(crate) const WORD_NAMES: [(&str, &str); WORDS] = [
    ("naming", "Naming"),
    ("validity", "Validity"),
    ("purpose", "Purpose"),
    ("reading", "Reading"),
    ("handling", "Handling"),
    ("label", "Label"),
    ("retention", "Retention"),
    ("approvals", "Approvals"),
    ("urgency", "Urgency"),
    ("offence", "Offence"),
    ("subject", "Subject"),
    ("persons", "Persons"),
    ("answer", "Answer"),
    ("notice", "Notice"),
    ("query", "Query"),
    ("judicial", "Judicial"),
];
const WORDS: usize = 16;

/// Attributes of the context that are true or false.
pub(crate) const FLAG_NAMES: [&str; FLAGS] = [
    "h1",
    "label_needed",
    "more_than_two_parties",
    "graded",
    "by_author",
    "by_release_authority",
    "by_head_of_delegation",
    "by_dpo",
    "by_fundamental_rights_officer",
    "by_observer",
    "by_protection_officer",
    "may_carry_death",
    "assurance",
    "assessment",
    "torture_risk",
    "partisan",
    "military",
    "personal",
    "minor",
    "special",
    "necessity",
    "request",
    "request_complete",
    "coercive",
    "ungraded",
    "unsorted",
    "weak_only",
    "return_targets",
    "passes_on",
    "consent",
    "protected",
    "protected_thread",
    "check_due",
    "neutral",
];
const FLAGS: usize = 34;

/// What a body is of which nothing can be said.
static NOTHING: BodyFacts = BodyFacts::NOTHING;

impl Inputs {
    pub fn of(facts: &Facts<'_>) -> Self {
        let (header, agreement) = (facts.header, facts.agreement);
        let body = facts.body_facts();
        let clause = facts.clause();
        let place = |found: Option<usize>| found.and_then(|place| u16::try_from(place).ok());
        let offence = header.offence.as_deref().map_or("none", |code| offences::find(code).unwrap_or("unlisted"));
        let personal = facts.personal();
        let approved = |role| facts.approved_by(role).is_some();
        let weak = header.evaluation.is_some_and(|grade| {
            matches!(grade.source, Reliability::C | Reliability::X) && grade.info == Information::NotCorroborable
        });
        let necessity = header.necessity.is_some();
        let request = body.request.unwrap_or_default();
        Self {
            receiver: facts.side == Side::Receiver,
            clause: place(agreement.clauses.iter().position(|c| Some(c.id.as_str()) == header.clause.as_deref())),
            kind: clause.and_then(|clause| place(clause.kinds.iter().position(|kind| *kind == header.kind))),
            author: place(agreement.parties.iter().position(|party| party.label == facts.author)),
            words: [
                match (&header.clause, clause) {
                    (None, _) => "missing",
                    (Some(_), None) => "unknown",
                    (Some(_), Some(_)) => "known",
                },
                validity(facts),
                match (header.purpose.as_deref(), clause) {
                    (None, _) => "missing",
                    (Some(purpose), Some(clause)) if purpose == clause.purpose => "the_clauses",
                    _ => "another",
                },
                match facts.body {
                    Body::Read(_) => "read",
                    Body::Malformed => "malformed",
                    Body::KindUnknown => "kind_unknown",
                },
                handling(facts),
                match header.tlp {
                    None => "none",
                    Some(Tlp::Red) => "red",
                    Some(_) => "open",
                },
                retention(facts),
                approvals(facts),
                match (header.urgency, header.urgency_ground) {
                    (Urgency::Normal, _) => "none",
                    (Urgency::Urgent, Some(UrgencyGround::ThreatToLife)) => "threat_to_life",
                    (Urgency::Urgent, _) => "other",
                },
                offence,
                header.subject_category.map_or("unstated", SubjectCategory::name),
                persons(facts),
                match body.answer {
                    Answer::None => "none",
                    Answer::Provided => "provided",
                    Answer::NothingToProvide => "nothing",
                    Answer::RefusedWithGround => "refused_with_ground",
                    Answer::RefusedWithoutGround => "refused_without_ground",
                },
                match body.notice {
                    Notice::None => "none",
                    Notice::Wanted => "wanted",
                    Notice::Warning => "warning",
                    Notice::Other => "other",
                },
                match body.query {
                    Query::None => "none",
                    Query::Case => "case",
                    Query::Group => "group",
                    Query::Standing => "standing",
                },
                match body.judicial {
                    Judicial::None => "none",
                    Judicial::Referral => "referral",
                    Judicial::Act => "act",
                },
            ],
            flags: [
                header.handling.contains(&Handling::H1),
                body.needs_tlp,
                agreement.parties.len() > 2,
                header.evaluation.is_some(),
                approved(ApprovalRole::Author),
                approved(ApprovalRole::ReleaseAuthority),
                approved(ApprovalRole::HeadOfDelegation),
                approved(ApprovalRole::Dpo),
                approved(ApprovalRole::FundamentalRightsOfficer),
                approved(ApprovalRole::Observer),
                approved(ApprovalRole::ProtectionOfficer),
                facts.death_penalty && offences::may_carry_death(offence),
                header.assurance_ref.is_some(),
                header.risk_assessment_ref.is_some(),
                body.torture_risk,
                body.partisan,
                body.military,
                personal,
                header.is_minor == Some(true),
                !header.special_categories.is_empty(),
                necessity,
                body.request.is_some(),
                (necessity || request.necessity) && request.link && request.reason_to_believe,
                body.coercive,
                body.ungraded,
                body.unsorted,
                body.weak_only || weak,
                body.return_targets,
                body.passes_on,
                header.consent_ref.is_some(),
                facts.protection.person,
                facts.protection.thread,
                facts.protection.check_due,
                body.answer == Answer::NothingToProvide && facts.neutral(),
            ],
        }
    }

    /// The value of a word, for tests and for choosing slices.
    pub fn word(&self, name: &str) -> &'static str {
        let place = WORD_NAMES.iter().position(|(known, _)| *known == name);
        place.and_then(|place| self.words.get(place)).copied().unwrap_or_default()
    }

    /// The value of a flag.
    pub fn flag(&self, name: &str) -> bool {
        let place = FLAG_NAMES.iter().position(|known| *known == name);
        place.and_then(|place| self.flags.get(place)).copied().unwrap_or_default()
    }

    /// The context that Cedar reads: what these policies read, and nothing else.
    pub fn context(&self, reads: &Reads, clause: &str) -> Result<Context, String> {
        let words = WORD_NAMES.iter().zip(&self.words).zip(reads.words).filter(|(_, read)| *read);
        let words = words.map(|(((name, of), word), _)| {
            let uid = UIDS.get(&(*of, *word)).cloned().ok_or_else(|| format!("{of} has no word {word}"))?;
            Ok(((*name).to_owned(), RestrictedExpression::new_entity_uid(uid)))
        });
        let flags = FLAG_NAMES.iter().zip(self.flags).zip(reads.flags).filter(|(_, read)| *read);
        let flags = flags.map(|((name, flag), _)| Ok(((*name).to_owned(), RestrictedExpression::new_bool(flag))));
        let clause =
            reads.scope.then(|| Ok(("clause".to_owned(), RestrictedExpression::new_entity_uid(uid(&CLAUSE, clause)))));
        let pairs: Result<Vec<_>, String> = words.chain(flags).chain(clause).collect();
        Context::from_pairs(pairs?).map_err(|error| error.to_string())
    }
}

/// A Cedar entity of a type.
pub(crate) fn uid(type_name: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name.clone(), EntityId::new(id))
}

pub(crate) static CLAUSE: LazyLock<EntityTypeName> = LazyLock::new(|| type_name("Clause"));
pub(crate) static KIND: LazyLock<EntityTypeName> = LazyLock::new(|| type_name("Kind"));
pub(crate) static PARTY: LazyLock<EntityTypeName> = LazyLock::new(|| type_name("Party"));
pub(crate) static ACTION: LazyLock<EntityTypeName> = LazyLock::new(|| type_name("Action"));

/// The words of the schema as Cedar entities, by type and word: parsed once, because parsing would be most of a miss.
static UIDS: LazyLock<HashMap<(&str, &str), EntityUid>> = LazyLock::new(|| {
    let mut uids = HashMap::new();
    let lines = crate::floor::SCHEMA.split(';').filter_map(|text| text.trim().rsplit_once("entity "));
    for (name, words) in lines.filter_map(|(_, text)| text.split_once(" enum ")) {
        let of = type_name(name);
        for word in words.split('"').skip(1).step_by(2) {
            uids.insert((name, word), uid(&of, word));
        }
    }
    uids
});

#[expect(clippy::expect_used, reason = "the names are constants of this crate; a test makes every one")]
fn type_name(name: &str) -> EntityTypeName {
    EntityTypeName::from_str(name).expect("the schema's types have valid names")
}

fn validity(facts: &Facts<'_>) -> &'static str {
    // What was under way when the agreement ended may still arrive for a while.
    let last = match facts.side {
        Side::Sender => facts.agreement.valid_until,
        Side::Receiver => facts.agreement.late_until(),
    };
    if facts.today < facts.agreement.valid_from {
        "not_yet"
    } else if facts.today > last {
        "over"
    } else {
        "in_force"
    }
}

fn handling(facts: &Facts<'_>) -> &'static str {
    let listed = facts.clause().map(|clause| clause.handling.as_slice()).unwrap_or_default();
    if facts.header.handling.is_empty() {
        "missing"
    } else if facts.header.handling.iter().all(|code| listed.contains(code)) {
        "listed"
    } else {
        "unlisted"
    }
}

fn retention(facts: &Facts<'_>) -> &'static str {
    // A record without a clause is refused by AGR-01; a maximum of zero days keeps RET-01 closed by itself.
    let days_max = facts.clause().map_or(0, |clause| clause.retention_days_max);
    match facts.header.retain_until {
        None => "missing",
        Some(until) if until < facts.today => "over",
        Some(until) if until > facts.today.plus_days(days_max) => "too_long",
        Some(_) => "within",
    }
}

fn approvals(facts: &Facts<'_>) -> &'static str {
    if facts.approvals.iter().any(|approval| !approval.verified) {
        return "invalid";
    }
    let twice = facts.approvals.iter().enumerate().any(|(i, approval)| {
        let mut others = facts.approvals.iter().skip(i.saturating_add(1));
        others.any(|other| other.officer == approval.officer)
    });
    if twice { "one_officer_twice" } else { "sound" }
}

fn persons(facts: &Facts<'_>) -> &'static str {
    let persons = facts.persons();
    if persons > RECORD_PERSONS_MAX {
        "record_over"
    } else if persons > 0 && facts.month_persons.saturating_add(persons) > MONTH_PERSONS_MAX {
        "month_over"
    } else {
        "within"
    }
}

impl Facts<'_> {
    /// What the desk says of the body; nothing, if it could not be read.
    pub(crate) fn body_facts(&self) -> &BodyFacts {
        match self.body {
            Body::Read(facts) => facts,
            Body::Malformed | Body::KindUnknown => &NOTHING,
        }
    }

    /// Of how many persons the record is: what the header states or what the body names, whichever is more.
    pub fn persons(&self) -> u32 {
        let stated = match (self.header.subject_count, self.header.subject_category) {
            (Some(count), _) => count,
            (None, None | Some(SubjectCategory::None)) => 0,
            (None, Some(_)) => 1,
        };
        stated.max(self.body_facts().persons)
    }

    /// Whether the record is about persons. Whatever says so counts: the header, a tag in it, or the body.
    pub fn personal(&self) -> bool {
        self.header.personal()
            || self.header.is_minor == Some(true)
            || !self.header.special_categories.is_empty()
            || self.body_facts().persons > 0
    }
}
