//! The inputs, one line each: its name, as rules read it, and what makes it so.

use protocol::agreement::{ApprovalRole, Clause};
use protocol::header::{
    Handling, Header, Information, Source as Reliability, SubjectCategory, Tlp, Urgency, UrgencyGround,
};

use crate::body::{Answer, BodyFacts, Judicial, Notice, Query};
use crate::facts::{Body, Facts, Side};
use crate::limits::{MONTH_PERSONS_MAX, RECORD_PERSONS_MAX};
use crate::offences;

/// An attribute of the context that is one of a few words.
pub(crate) struct Word {
    /// Its name in the context.
    pub name: &'static str,
    /// Its values; the first whose condition holds is the record's.
    values: &'static [(&'static str, Condition)],
    /// Further values: if no condition holds, it is the code of the record's offence.
    codes: &'static [(&'static str, bool)],
}

/// An attribute of the context that is true or false.
pub(crate) struct Flag {
    /// Its name in the context.
    pub name: &'static str,
    pub(super) of: Condition,
}

type Condition = fn(&Seen<'_>) -> bool;

/// Every word. A record that meets no value's condition is refused by every rule that reads the word.
#[rustfmt::skip]
pub(crate) const WORDS: &[Word] = &[
    word("naming", &[
        ("missing", |r| r.header.clause.is_none()),
        ("unknown", |r| r.clause.is_none()),
        ("known", otherwise),
    ]),
    word("validity", &[
        ("not_yet", |r| r.facts.today < r.facts.agreement.valid_from),
        ("over", is_over),
        ("in_force", otherwise),
    ]),
    word("purpose", &[
        ("missing", |r| r.header.purpose.is_none()),
        ("the_clauses", |r| r.header.purpose.as_ref() == r.clause.map(|clause| &clause.purpose)),
        ("another", otherwise),
    ]),
    word("reading", &[
        ("read", |r| matches!(r.facts.body, Body::Read(_))),
        ("malformed", |r| r.facts.body == Body::Malformed),
        ("kind_unknown", |r| r.facts.body == Body::KindUnknown),
    ]),
    word("handling", &[
        ("missing", |r| r.header.handling.is_empty()),
        ("listed", is_handling_listed),
        ("unlisted", otherwise),
    ]),
    word("label", &[
        ("none", |r| r.header.tlp.is_none()),
        ("red", |r| r.header.tlp == Some(Tlp::Red)),
        ("open", otherwise),
    ]),
    word("retention", &[
        ("missing", |r| r.header.retain_until.is_none()),
        ("over", |r| r.header.retain_until < Some(r.facts.today)),
        ("too_long", is_kept_too_long),
        ("within", otherwise),
    ]),
    word("approvals", &[
        ("invalid", |r| r.facts.approvals.iter().any(|approval| !approval.verified)),
        ("one_officer_twice", is_approved_twice_by_one),
        ("sound", otherwise),
    ]),
    word("urgency", &[
        ("none", |r| r.header.urgency == Urgency::Normal),
        ("threat_to_life", |r| r.header.urgency_ground == Some(UrgencyGround::ThreatToLife)),
        ("other", otherwise),
    ]),
    Word { codes: offences::CATALOGUE, ..word("offence", &[
        ("none", |r| r.header.offence.is_none()),
        ("unlisted", |r| r.offence.is_none()),
    ]) },
    word("subject", &[
        ("unstated", |r| r.header.subject_category.is_none()),
        ("none", |r| r.is_about(SubjectCategory::None)),
        ("suspect", |r| r.is_about(SubjectCategory::Suspect)),
        ("convicted", |r| r.is_about(SubjectCategory::Convicted)),
        ("victim", |r| r.is_about(SubjectCategory::Victim)),
        ("witness_or_informant", |r| r.is_about(SubjectCategory::WitnessOrInformant)),
        ("contact_or_associate", |r| r.is_about(SubjectCategory::ContactOrAssociate)),
        ("missing", |r| r.is_about(SubjectCategory::Missing)),
        ("traveller", |r| r.is_about(SubjectCategory::Traveller)),
        ("returnee", |r| r.is_about(SubjectCategory::Returnee)),
        ("officer", |r| r.is_about(SubjectCategory::Officer)),
    ]),
    word("persons", &[
        ("record_over", |r| r.persons > RECORD_PERSONS_MAX),
        ("month_over", |r| r.persons > 0 && r.facts.month_persons.saturating_add(r.persons) > MONTH_PERSONS_MAX),
        ("within", otherwise),
    ]),
    word("answer", &[
        ("none", |r| r.body.answer == Answer::None),
        ("provided", |r| r.body.answer == Answer::Provided),
        ("nothing", |r| r.body.answer == Answer::NothingToProvide),
        ("refused_with_ground", |r| r.body.answer == Answer::RefusedWithGround),
        ("refused_without_ground", |r| r.body.answer == Answer::RefusedWithoutGround),
    ]),
    word("notice", &[
        ("none", |r| r.body.notice == Notice::None),
        ("wanted", |r| r.body.notice == Notice::Wanted),
        ("warning", |r| r.body.notice == Notice::Warning),
        ("other", |r| r.body.notice == Notice::Other),
    ]),
    word("query", &[
        ("none", |r| r.body.query == Query::None),
        ("case", |r| r.body.query == Query::Case),
        ("group", |r| r.body.query == Query::Group),
        ("standing", |r| r.body.query == Query::Standing),
    ]),
    word("judicial", &[
        ("none", |r| r.body.judicial == Judicial::None),
        ("referral", |r| r.body.judicial == Judicial::Referral),
        ("act", |r| r.body.judicial == Judicial::Act),
    ]),
];

/// Every flag: at most 64, a bit each.
pub(crate) const FLAGS: &[Flag] = &[
    flag("h1", |r| r.header.handling.contains(&Handling::H1)),
    flag("label_needed", |r| r.body.needs_tlp),
    flag("more_than_two_parties", |r| r.facts.agreement.parties.len() > 2),
    flag("graded", |r| r.header.evaluation.is_some()),
    flag("by_author", |r| r.is_approved_by(ApprovalRole::Author)),
    flag("by_release_authority", |r| r.is_approved_by(ApprovalRole::ReleaseAuthority)),
    flag("by_head_of_delegation", |r| r.is_approved_by(ApprovalRole::HeadOfDelegation)),
    flag("by_dpo", |r| r.is_approved_by(ApprovalRole::Dpo)),
    flag("by_fundamental_rights_officer", |r| r.is_approved_by(ApprovalRole::FundamentalRightsOfficer)),
    flag("by_observer", |r| r.is_approved_by(ApprovalRole::Observer)),
    flag("by_protection_officer", |r| r.is_approved_by(ApprovalRole::ProtectionOfficer)),
    flag("may_carry_death", |r| r.facts.death_penalty && r.offence.is_some_and(offences::may_carry_death)),
    flag("assurance", |r| r.header.assurance_ref.is_some()),
    flag("assessment", |r| r.header.risk_assessment_ref.is_some()),
    flag("torture_risk", |r| r.body.torture_risk),
    flag("partisan", |r| r.body.partisan),
    flag("military", |r| r.body.military),
    flag("personal", |r| r.facts.personal()),
    flag("minor", |r| r.header.is_minor == Some(true)),
    flag("special", |r| !r.header.special_categories.is_empty()),
    flag("necessity", |r| r.header.necessity.is_some()),
    flag("request", |r| r.body.request.is_some()),
    flag("request_complete", is_complete_request),
    flag("coercive", |r| r.body.coercive),
    flag("ungraded", |r| r.body.ungraded),
    flag("unsorted", |r| r.body.unsorted),
    flag("weak_only", |r| r.body.weak_only || is_graded_weak(r)),
    flag("return_targets", |r| r.body.return_targets),
    flag("passes_on", |r| r.body.passes_on),
    flag("consent", |r| r.header.consent_ref.is_some()),
    flag("neutral", |r| r.body.answer == Answer::NothingToProvide && r.facts.neutral()),
    // Of the protection register: read by hidden rules only.
    flag("protected", |r| r.facts.protection.person),
    flag("protected_thread", |r| r.facts.protection.thread),
    flag("check_due", |r| r.facts.protection.check_due),
];

const fn word(name: &'static str, values: &'static [(&'static str, Condition)]) -> Word {
    Word { name, values, codes: &[] }
}

const fn flag(name: &'static str, of: Condition) -> Flag {
    Flag { name, of }
}

const fn otherwise(_: &Seen<'_>) -> bool {
    true
}

const _: () = assert!(FLAGS.len() <= 64);

/// The facts, with what several inputs need found once.
pub(super) struct Seen<'a> {
    pub facts: &'a Facts<'a>,
    pub header: &'a Header,
    pub body: &'a BodyFacts,
    pub clause: Option<&'a Clause>,
    /// Place of the offence in the floor's catalogue.
    pub offence: Option<usize>,
    pub persons: u32,
}

impl Seen<'_> {
    fn is_about(&self, category: SubjectCategory) -> bool {
        self.header.subject_category == Some(category)
    }

    fn is_approved_by(&self, role: ApprovalRole) -> bool {
        self.facts.approved_by(role).is_some()
    }
}

/// What was under way when the agreement ended may still arrive for a while.
fn is_over(r: &Seen<'_>) -> bool {
    let agreement = r.facts.agreement;
    r.facts.today > agreement.valid_until && (r.facts.side == Side::Sender || r.facts.today > agreement.late_until())
}

fn is_handling_listed(r: &Seen<'_>) -> bool {
    r.clause.is_some_and(|clause| r.header.handling.iter().all(|code| clause.handling.contains(code)))
}

/// A record without a clause is refused by AGR-01; a maximum of zero days keeps RET-01 closed by itself.
fn is_kept_too_long(r: &Seen<'_>) -> bool {
    let days_max = r.clause.map_or(0, |clause| clause.retention_days_max);
    r.header.retain_until > Some(r.facts.today.plus_days(days_max))
}

fn is_approved_twice_by_one(r: &Seen<'_>) -> bool {
    r.facts.approvals.iter().enumerate().any(|(i, approval)| {
        let mut others = r.facts.approvals.iter().skip(i.saturating_add(1));
        others.any(|other| other.officer == approval.officer)
    })
}

fn is_complete_request(r: &Seen<'_>) -> bool {
    let request = r.body.request.unwrap_or_default();
    (r.header.necessity.is_some() || request.necessity) && request.link && request.reason_to_believe
}

fn is_graded_weak(r: &Seen<'_>) -> bool {
    r.header.evaluation.is_some_and(|grade| {
        matches!(grade.source, Reliability::C | Reliability::X) && grade.info == Information::NotCorroborable
    })
}

impl Word {
    /// Its values, in the order of their places.
    pub fn values(&self) -> impl Iterator<Item = &'static str> {
        self.values.iter().map(|(value, _)| *value).chain(self.codes.iter().map(|(code, _)| *code))
    }

    /// Its type in the schema: the name with a capital.
    pub fn type_name(&self) -> String {
        let (first, rest) = self.name.split_at(1);
        first.to_uppercase() + rest
    }

    /// The place of the record's value; where none fits, a place that no value has, of which Cedar can't be told.
    pub(super) fn of(&self, seen: &Seen<'_>) -> u8 {
        let place = self.values.iter().position(|(_, holds)| holds(seen));
        let place = place.or_else(|| self.values.len().checked_add(seen.offence?));
        place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
    }
}
