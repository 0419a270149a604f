//! NEU-04: police data cross between law-enforcement bodies only.
//!
//! There is no body of national security among the kinds of body that a card can name; here the others are kept out of
//! clauses about suspects, convicts, victims, witnesses and their contacts.

use protocol::agreement::Agreement;
use protocol::card::Body;
use protocol::header::SubjectCategory::{ContactOrAssociate, Convicted, Suspect, Victim, WitnessOrInformant};
use protocol::id::AgencyId;

use crate::case::{Tried, agreement};
use crate::clauses::{Weak, Weakens};

/// Whether every party to a clause about police data is a law-enforcement body, as its card says.
///
/// # Errors
/// The clauses with a party that is none, or whose card is not held.
pub fn check_bodies(agreement: &Agreement, body_of: impl Fn(&AgencyId) -> Option<Body>) -> Result<(), Weakens> {
    let police = [Suspect, Convicted, Victim, WitnessOrInformant, ContactOrAssociate];
    let others: Vec<_> = agreement
        .parties
        .iter()
        .filter(|party| !body_of(&party.agency).is_some_and(enforces_law))
        .map(|party| party.label.as_str())
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    let clauses = agreement.clauses.iter().enumerate();
    let weak: Vec<_> = clauses
        .filter(|(_, clause)| clause.subject_categories.iter().any(|category| police.contains(category)))
        .map(|(number, clause)| Weak {
            clause: clause.id.clone(),
            field: format!("clauses[{number}].subject_categories"),
            rule: "NEU-04",
            problem: format!(
                "police data cross between law-enforcement bodies only, and {} is none",
                others.join(", ")
            ),
        })
        .collect();
    if weak.is_empty() { Ok(()) } else { Err(Weakens(weak)) }
}

fn enforces_law(body: Body) -> bool {
    match body {
        Body::Police | Body::Customs | Body::BorderGuard | Body::Fiu | Body::Ministry => true,
        Body::Cert | Body::Migration | Body::HajjMission | Body::Auditor => false,
    }
}

pub(super) fn cases() -> Vec<Tried> {
    let agreement = agreement();
    let tried = |body| check_bodies(&agreement, |_| Some(body));
    vec![
        Tried::passes("a clause about suspects between police bodies", tried(Body::Police)),
        Tried::refused("a clause about suspects with a hajj mission", tried(Body::HajjMission)),
        Tried::refused(
            "a clause about suspects with an agency whose card is not held",
            check_bodies(&agreement, |_| None),
        ),
    ]
}
