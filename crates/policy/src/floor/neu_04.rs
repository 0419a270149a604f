//! NEU-04: police data cross between law-enforcement bodies only, and what a desk walls off only between the bodies that it is
//! for.
//!
//! There is no body of national security among the kinds of body that a card can name; here the others are kept out of
//! clauses about suspects, convicts, victims, witnesses and their contacts, and out of the clauses of walled desks.

use protocol::agreement::{Agreement, Clause};
use protocol::card::Body;
use protocol::header::SubjectCategory::{ContactOrAssociate, Convicted, Suspect, Victim, WitnessOrInformant};
use protocol::id::AgencyId;

use crate::Policy;
use crate::case::{Tried, agreement};
use crate::clauses::{Weak, Weakens};
use crate::words::{Given, Sentence, Words};

const RULE: &str = "NEU-04";

/// Desks behind a wall. A clause that lists a kind of one lists beside it only what serves any desk.
const WALLED: &[&str] = &["fiu", "returns", "legal", "journeys", "rights"];

/// Desks whose kinds may stand beside those of a walled desk.
const SERVING: &[&str] = &["thread", "seals"];

/// The one desk for which a defence body may be a party: meetings are registered, operations do not cross.
const DEFENCE_DESK: &str = "register";

/// Whether a body may be party to a clause with kinds of a desk, and if not, why.
fn problem(desk: &str, body: Option<Body>) -> Option<Sentence> {
    let one_of = |bodies: &[Body]| body.is_some_and(|body| bodies.contains(&body));
    let (may, problem) = match desk {
        "fiu" => (
            one_of(&[Body::Fiu]),
            Sentence("{kind}: these kinds cross between financial intelligence units only, which keeps out {parties}"),
        ),
        "returns" | "legal" => (
            one_of(&[Body::Migration, Body::CivilRegistry, Body::Consulate, Body::Observer]),
            Sentence(
                "{kind}: these kinds cross between migration authorities, civil registries, consulates and observers only, \
                 which keeps out {parties}",
            ),
        ),
        "journeys" => (
            body.is_some_and(|body| body != Body::Police),
            Sentence("{kind}: these kinds never cross to a police body, which keeps out {parties}"),
        ),
        _ => (true, Sentence("")),
    };
    if desk != DEFENCE_DESK && body == Some(Body::Defence) {
        return Some(Sentence(
            "{kind}: a defence body is party to the register of meetings only, which keeps out {parties}",
        ));
    }
    (!may).then_some(problem)
}

/// Whether every party to a clause is a body that may be, as its card says.
///
/// # Errors
/// The clauses with a party that may not be, or whose card is not held.
pub fn check_bodies(agreement: &Agreement, body_of: impl Fn(&AgencyId) -> Option<Body>) -> Result<(), Weakens> {
    let parties: Vec<_> = agreement.parties.iter().map(|party| (&*party.label, body_of(&party.agency))).collect();
    let labels = |refused: &dyn Fn(Option<Body>) -> bool| {
        parties.iter().filter(|(_, body)| refused(*body)).map(|(label, _)| (*label).to_owned()).collect::<Vec<_>>()
    };
    let no_police = labels(&|body| !body.is_some_and(enforces_law));
    let mut weak = Vec::new();
    for (number, clause) in agreement.clauses.iter().enumerate() {
        let mut add = |field: String, problem: Words| {
            let field = format!("clauses[{number}].{field}");
            weak.push(Weak { clause: clause.id.clone(), field, rule: RULE, problem });
        };
        if is_about_police_data(clause) && !no_police.is_empty() {
            let problem = Words::new(
                Sentence("police data cross between law-enforcement bodies only, which keeps out {parties}"),
                vec![("parties", Given::List(no_police.clone()))],
            );
            add("subject_categories".to_owned(), problem);
        }
        for (place, kind) in clause.kinds.iter().enumerate() {
            let desk = desk_of(kind);
            if let Some(why) = parties.iter().find_map(|(_, body)| problem(desk, *body)) {
                let refused = labels(&|body| problem(desk, body).is_some());
                let values = vec![("kind", kind.as_str().into()), ("parties", Given::List(refused))];
                add(format!("kinds[{place}]"), Words::new(why, values));
            }
        }
    }
    if weak.is_empty() { Ok(()) } else { Err(Weakens(weak)) }
}

/// The kinds of a clause that may not stand beside the walled desk of which it lists another, by their places, and why.
pub(crate) fn beside_a_wall(clause: &Clause) -> impl Iterator<Item = (usize, Words)> {
    let walled = clause.kinds.iter().map(|kind| desk_of(kind)).find(|desk| WALLED.contains(desk));
    let kinds = clause.kinds.iter().enumerate();
    kinds.filter_map(move |(place, kind)| {
        let (walled, desk) = (walled?, desk_of(kind));
        let stands = desk == walled || SERVING.contains(&desk);
        let serving = Given::List(SERVING.iter().map(|desk| (*desk).to_owned()).collect());
        let values = vec![("kind", kind.as_str().into()), ("desk", walled.into()), ("desks", serving)];
        (!stands).then(|| {
            (place, Words::new(Sentence("{kind}: a clause about {desk} lists beside it {desks} only"), values))
        })
    })
}

/// The desk of a kind: what stands before the dot.
pub(crate) fn desk_of(kind: &str) -> &str {
    kind.split('.').next().unwrap_or(kind)
}

fn is_about_police_data(clause: &Clause) -> bool {
    let police = [Suspect, Convicted, Victim, WitnessOrInformant, ContactOrAssociate];
    clause.subject_categories.iter().any(|category| police.contains(category))
}

fn enforces_law(body: Body) -> bool {
    match body {
        Body::Police | Body::Customs | Body::BorderGuard | Body::Fiu | Body::Ministry => true,
        Body::Cert
        | Body::Migration
        | Body::HajjMission
        | Body::Auditor
        | Body::Observer
        | Body::CivilRegistry
        | Body::Consulate
        | Body::Judicial
        | Body::Training
        | Body::Defence => false,
    }
}

pub(super) fn cases() -> Vec<Tried> {
    let tried = |body| check_bodies(&agreement(), |_| Some(body));
    // One clause about no person, with these kinds, between two bodies.
    let clause = |kinds: &[&str], first, second| {
        let mut agreement = agreement();
        agreement.clauses.truncate(1);
        for clause in &mut agreement.clauses {
            clause.kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
            clause.subject_categories.clear();
        }
        let parties = agreement.parties.clone();
        let is_first = |agency: &AgencyId| parties.first().is_some_and(|party| party.agency == *agency);
        let body_of = |agency: &AgencyId| Some(if is_first(agency) { first } else { second });
        Policy::compile(&agreement).and_then(|_| check_bodies(&agreement, body_of))
    };
    use Body::{CivilRegistry, Consulate, Defence, Fiu, HajjMission, Migration, Ministry, Observer, Police};
    let (returns, legal, journeys) = ("returns.case/1", "legal.request/1", "journeys.listing/1");
    vec![
        Tried::passes("a clause about suspects between police bodies", tried(Police)),
        Tried::refused("a clause about suspects with a hajj mission", tried(HajjMission)),
        Tried::refused("a clause about suspects with a court", tried(Body::Judicial)),
        Tried::refused(
            "a clause about suspects with an agency whose card is not held",
            check_bodies(&agreement(), |_| None),
        ),
        Tried::passes("meetings registered with a defence body", clause(&["register.readout/1"], Defence, Ministry)),
        Tried::refused("notes with a defence body", clause(&["correspondence.note/1"], Defence, Ministry)),
        Tried::refused(
            "notes beside the register, with a defence body",
            clause(&["register.readout/1", "correspondence.note/1"], Ministry, Defence),
        ),
        Tried::passes("financial intelligence between two units", clause(&["fiu.request/1"], Fiu, Fiu)),
        Tried::refused("financial intelligence with a police body", clause(&["fiu.request/1"], Fiu, Police)),
        Tried::passes("returns, witnessed by an observer", clause(&[returns], Migration, Observer)),
        Tried::refused("returns with a police body", clause(&[returns], Migration, Police)),
        Tried::passes("papers between registry and consulate", clause(&[legal], CivilRegistry, Consulate)),
        Tried::refused("papers with a ministry", clause(&[legal], CivilRegistry, Ministry)),
        Tried::passes("pilgrims between missions", clause(&[journeys], HajjMission, Migration)),
        Tried::refused("pilgrims with a police body", clause(&[journeys], HajjMission, Police)),
        Tried::passes(
            "a walled desk with threads' notes and seals",
            clause(&[returns, "thread.note/1", "seals.key/1"], Migration, Observer),
        ),
        Tried::refused("two walled desks in a clause", clause(&[returns, legal], Migration, Observer)),
        Tried::refused(
            "a walled desk beside correspondence",
            clause(&["correspondence.note/1", "rights.request/1"], Migration, Migration),
        ),
    ]
}
