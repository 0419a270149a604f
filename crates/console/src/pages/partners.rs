//! Partners and the own node: who is reached, what waits and why; people, and what the administrator must see to.

use askama::Template;
use axum::{Extension, extract::State, response::Redirect};
use doors::problem::Failed;
use node::{
    callers::{Caller, Scope},
    clock,
    doctor::{self, Finding, Level},
    fault::Fault,
    node::Node,
    work::blocking,
};

use crate::{
    page::{Shown, page},
    party::{Party, channel_name},
    rows::Tag,
    ui::{Ui, initials},
    words,
};

/// Leads to the first page that whoever is signed in may see: not everybody's work begins with records.
pub async fn start(ui: Ui) -> Redirect {
    let first = ui.me.iter().flat_map(|me| &me.nav).flat_map(|group| &group.links).next();
    Redirect::to(first.map_or("/me", |link| link.href))
}

/// Partners, and what stands in the way.
#[derive(Template)]
#[template(path = "partners.html")]
pub struct Partners {
    ui: Ui,
    partners: Vec<PartnerRow>,
    findings: Vec<FindingRow>,
    fingerprint: String,
    agency: String,
}

page!(Partners);

struct PartnerRow {
    party: Party,
    channel: String,
    state: Tag,
    heard: String,
    waits: Option<String>,
    why: Option<String>,
}

struct FindingRow {
    is_grave: bool,
    message: String,
    advice: String,
}

fn findings(ui: &Ui, found: Vec<Finding>) -> Vec<FindingRow> {
    let row = |finding: Finding| FindingRow {
        is_grave: matches!(finding.level, Level::Fault),
        message: ui.m(&finding.message),
        advice: ui.m(&finding.advice),
    };
    found.into_iter().map(row).collect()
}

/// Shows them.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
) -> Result<Shown<Partners>, Failed> {
    let page = blocking(move || {
        let found = doctor::examine(&node.doctor, &caller, clock::now_ms())?;
        let handles = node.channels();
        let partners = found.partners.iter().filter_map(|partner| {
            let handle = handles.iter().find(|handle| handle.id().to_string() == partner.channel)?;
            let state = match (&partner.problem, partner.trusted, partner.worked_ms) {
                (_, false, _) => Tag { class: "red", icon: "circle-x", text: ui.t("partner-not-trusted") },
                (Some(_), ..) => Tag { class: "red", icon: "cloud-off", text: ui.t("partner-not-reached") },
                (None, _, Some(_)) => Tag { class: "green", icon: "circle-check", text: ui.t("partner-reached") },
                (None, _, None) => Tag { class: "", icon: "circle-dashed", text: ui.t("partner-not-yet") },
            };
            Some(PartnerRow {
                party: Party::of(&handle.value(), &partner.agency, ui.language),
                channel: channel_name(handle, ui.language),
                heard: partner.worked_ms.map_or_else(|| ui.t("never-heard"), |ms| ui.ago(ms)),
                waits: (partner.outstanding > 0)
                    .then(|| ui.n("records-wait", usize::try_from(partner.outstanding).unwrap_or(usize::MAX))),
                why: partner.problem.clone(),
                state,
            })
        });
        let partners = partners.collect();
        Ok::<_, Fault>(Partners {
            partners,
            findings: findings(&ui, found.findings),
            fingerprint: node.cards().fingerprint().to_string(),
            agency: node.me.to_string(),
            ui,
        })
    });
    Ok(Shown::plain(page.await?))
}

/// The people of the agency, and what the node needs.
#[derive(Template)]
#[template(path = "administration.html")]
pub struct Administration {
    ui: Ui,
    people: Vec<PersonRow>,
    findings: Vec<FindingRow>,
    officers: Vec<OfficerRow>,
    tokens: Vec<TokenRow>,
    sessions: String,
    waiting: usize,
}

page!(Administration);

struct PersonRow {
    id: String,
    name: String,
    initials: String,
    roles: String,
    offices: String,
    purposes: String,
    keys: String,
    away: Option<String>,
    is_here: bool,
}

struct OfficerRow {
    channel: String,
    office: String,
    holder: String,
    revoked: bool,
}

struct TokenRow {
    id: String,
    name: String,
    role: String,
    holder: String,
    until: String,
    is_over: bool,
}

/// Shows them to an administrator.
pub async fn administration(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
) -> Result<Shown<Administration>, Failed> {
    caller.check(Scope::NodeAdmin)?;
    let page = blocking(move || {
        let found = doctor::examine(&node.doctor, &caller, clock::now_ms())?;
        let people = node.people.list();
        let comma = ui.language.comma();
        let name = |id: &str| {
            people
                .iter()
                .find(|person| person.id == id)
                .map_or_else(|| id.to_owned(), |person| person.about.name.clone())
        };
        let rows = people.iter().map(|person| PersonRow {
            id: person.id.clone(),
            name: person.about.name.clone(),
            initials: initials(&person.about.name),
            roles: person
                .about
                .roles
                .iter()
                .map(|role| ui.m(&words::role(role.name())))
                .collect::<Vec<_>>()
                .join(comma),
            offices: person.about.offices.join(comma),
            purposes: person
                .about
                .purposes
                .iter()
                .map(|code| ui.m(&words::purpose(code)))
                .collect::<Vec<_>>()
                .join(comma),
            keys: ui.number(person.about.keys.len()),
            away: person.away.as_ref().map(|away| format!("{} · {}", ui.day(away.until), name(&away.deputy))),
            is_here: person.is_here(),
        });
        let handles = node.channels();
        let officers = handles.iter().flat_map(|handle| {
            let value = handle.value();
            let ours: Vec<OfficerRow> = value
                .officers()
                .iter()
                .filter(|enrolled| enrolled.origin.agency == node.me)
                .map(|enrolled| OfficerRow {
                    channel: channel_name(handle, ui.language),
                    office: enrolled.officer.office.clone(),
                    holder: node
                        .people
                        .of_key(enrolled.officer.public())
                        .map_or_else(|| ui.t("is-nobody"), |person| person.about.name),
                    revoked: value.revocation(&enrolled.enrolment()).is_some(),
                })
                .collect();
            ours
        });
        let tokens = node.tokens.list().into_iter().map(|token| TokenRow {
            id: token.id.clone(),
            name: token.name.clone(),
            role: ui.m(&words::role(token.role.name())),
            holder: token.person.as_deref().map_or_else(|| ui.t("a-program"), name),
            until: ui.day_of(token.expires_ms),
            is_over: token.revoked_ms.is_some() || token.expires_ms < ui.now_ms,
        });
        Ok::<_, Fault>(Administration {
            people: rows.collect(),
            officers: officers.collect(),
            tokens: tokens.collect(),
            findings: findings(&ui, found.findings),
            sessions: ui.number(node.sessions.count()),
            waiting: node.seconds.list(clock::now_ms()).len(),
            ui,
        })
    });
    Ok(Shown::plain(page.await?))
}

/// All places of the navigation, for a small screen.
#[derive(Template)]
#[template(path = "more.html")]
pub struct More {
    ui: Ui,
}

page!(More);

/// Shows them.
pub async fn more(ui: Ui) -> Shown<More> {
    Shown::plain(More { ui })
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Partners { ui, partners, findings, fingerprint, agency });
    sample!(PartnerRow { party, channel, state, heard, waits, why });
    sample!(FindingRow { is_grave, message, advice });
    sample!(Administration { ui, people, findings, officers, tokens, sessions, waiting });
    sample!(PersonRow { id, name, initials, roles, offices, purposes, keys, away, is_here });
    sample!(OfficerRow { channel, office, holder, revoked });
    sample!(TokenRow { id, name, role, holder, until, is_over });
    sample!(More { ui });
}
