//! Clauses become Cedar; a clause that weakens the floor does not (AGR-02).

use std::fmt::{self, Write as _};

use protocol::agreement::{Agreement, ApprovalRole, Clause, Onward};

use crate::floor::neu_04;
use crate::offences;
use crate::words::{Given, Sentence, Words};

/// An agreement that weakens the floor. It does not load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the agreement weakens the floor (AGR-02):{}", .0.iter().map(|weak| format!("\n  {weak}")).collect::<String>())]
pub struct Weakens(pub Vec<Weak>);

/// A clause that weakens a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weak {
    /// The clause's id.
    pub clause: String,
    /// Path of the field in the agreement, such as `clauses[2].offences[0]`.
    pub field: String,
    /// The floor rule that it weakens.
    pub rule: &'static str,
    /// What is wrong and what would be right.
    pub problem: Words,
}

impl fmt::Display for Weak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "clause {}, {}: {}: {}", self.clause, self.field, self.rule, self.problem)
    }
}

/// Desks whose kinds no clause may list, and the rules that say so. What has no kind cannot be sent.
const FORBIDDEN_DESKS: &[(&str, &str, Sentence)] = &[
    (
        "defence",
        "NEU-03",
        Sentence("{kind}: operational records of a defence track do not cross: register the meeting"),
    ),
    ("military", "NEU-03", Sentence("{kind}: military data do not cross")),
    ("quota", "VOL-07", Sentence("{kind}: there are no targets or lists for returns")),
    ("subscription", "BLK-02", Sentence("{kind}: there are no standing subscriptions: ask about a case")),
    ("arrest", "JUD-01", Sentence("{kind}: arrest belongs to the judicial authority: list a referral")),
    ("extradition", "JUD-01", Sentence("{kind}: extradition belongs to the judicial authority: list a referral")),
];

/// Whether no clause weakens the floor (AGR-02).
pub(crate) fn check(agreement: &Agreement) -> Result<(), Weakens> {
    let mut weak = Vec::new();
    for (number, clause) in agreement.clauses.iter().enumerate() {
        let mut add = |field: String, rule, problem| {
            let field = format!("clauses[{number}].{field}");
            weak.push(Weak { clause: clause.id.clone(), field, rule, problem });
        };
        for (place, offence) in clause.offences.iter().enumerate() {
            if offences::place(offence).is_none() {
                let known = offences::CATALOGUE.iter().map(|(code, _)| (*code).to_owned()).collect();
                let problem = Words::new(
                    Sentence("{offence} is none of the floor's offences: {offences}"),
                    vec![("offence", offence.as_str().into()), ("offences", Given::List(known))],
                );
                add(format!("offences[{place}]"), "NEU-01", problem);
            }
        }
        for (place, kind) in clause.kinds.iter().enumerate() {
            if let Some((_, rule, problem)) = FORBIDDEN_DESKS.iter().find(|(desk, ..)| *desk == neu_04::desk_of(kind)) {
                add(format!("kinds[{place}]"), rule, Words::new(*problem, vec![("kind", kind.as_str().into())]));
            }
        }
        for (place, problem) in neu_04::beside_a_wall(clause) {
            add(format!("kinds[{place}]"), "NEU-04", problem);
        }
    }
    if weak.is_empty() { Ok(()) } else { Err(Weakens(weak)) }
}

/// The clause in Cedar: what it lists (AGR-01), then what it demands itself.
///
/// Ids, labels, kinds and codes were checked when the agreement was read and hold no character that Cedar would read
/// otherwise.
pub(crate) fn cedar(agreement: &Agreement, clause: &Clause) -> String {
    let mut text = String::new();
    let mut forbid = |source: &str, reason: &str, field: &str, Sentence(say): Sentence, condition: &str| {
        let _ = writeln!(
            text,
            "{source} @reason(\"{reason}\") @field(\"{field}\")\n@say(\"{say}\")\nforbid (principal, action, resource)\n{condition};\n"
        );
    };
    let listed = "@rule(\"AGR-01\")";
    let kinds = set("Kind", &clause.kinds);
    forbid(
        listed,
        "kind-not-listed",
        "kind",
        Sentence("Clause {clause} does not list the kind {kind}. It lists {kinds}."),
        &format!("unless {{ {kinds}.contains(resource) }}"),
    );
    let authors = set("Party", &clause.authors);
    forbid(
        listed,
        "author-not-listed",
        "clause",
        Sentence("Clause {clause} does not let {author} author records of this kind. Its authors are {authors}."),
        &format!("unless {{ {authors}.contains(principal) }}"),
    );
    forbid(
        listed,
        "purpose-differs",
        "purpose",
        Sentence("The purpose must be that of clause {clause}: {purpose}."),
        "unless { context.purpose == Purpose::\"the_clauses\" }",
    );

    let own = format!("@clause(\"{}\")", clause.id);
    let mut subjects: Vec<_> = clause.subject_categories.iter().map(|category| category.name()).collect();
    subjects.extend(["none", "unstated"]);
    forbid(
        &own,
        "subject-not-listed",
        "subject_category",
        Sentence("Clause {clause} lets records be about {subjects}."),
        &format!("unless {{ {}.contains(context.subject) }}", set("Subject", &subjects)),
    );
    let mut offences: Vec<_> = clause.offences.iter().map(String::as_str).collect();
    offences.push("none");
    forbid(
        &own,
        "offence-not-listed",
        "offence",
        Sentence("Clause {clause} covers the offences {offences}."),
        &format!("unless {{ {}.contains(context.offence) }}", set("Offence", &offences)),
    );
    if !clause.offences.is_empty() {
        forbid(
            &own,
            "offence-missing",
            "offence",
            Sentence("A record about persons under clause {clause} states one of the offences {offences}."),
            "when { context.personal && context.offence == Offence::\"none\" }",
        );
    }
    if clause.onward == Onward::None {
        forbid(
            &own,
            "onward-forbidden",
            "body",
            Sentence("Clause {clause} lets nothing be passed on that another agency provided."),
            "when { context.passes_on }",
        );
    }
    for role in &clause.approvals {
        forbid(
            &own,
            "approval-missing",
            "approvals",
            demanded(*role),
            // An answer that provides nothing is the node's own: nobody signs it, at either end (ASY-02).
            &format!("unless {{ context.by_{} || context.answer == Answer::\"nothing\" }}", role.name()),
        );
    }
    format!("// Clause {} of version {}.\n\n{text}", clause.id, agreement.version)
}

/// What a clause says that demands an approval.
const fn demanded(role: ApprovalRole) -> Sentence {
    match role {
        ApprovalRole::Author => Sentence("Clause {clause} demands the approval of the author."),
        ApprovalRole::ReleaseAuthority => Sentence("Clause {clause} demands the approval of the release authority."),
        ApprovalRole::HeadOfDelegation => Sentence("Clause {clause} demands the approval of the head of delegation."),
        ApprovalRole::Dpo => Sentence("Clause {clause} demands the approval of the data protection officer."),
        ApprovalRole::FundamentalRightsOfficer => {
            Sentence("Clause {clause} demands the approval of the fundamental rights officer.")
        }
        ApprovalRole::Observer => Sentence("Clause {clause} demands the approval of the observer."),
        ApprovalRole::ProtectionOfficer => Sentence("Clause {clause} demands the approval of the protection officer."),
    }
}

fn set(of: &str, ids: &[impl fmt::Display]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| format!("{of}::\"{id}\"")).collect();
    format!("[{}]", ids.join(", "))
}
