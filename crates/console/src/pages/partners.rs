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
    peers::Peer,
    work::blocking,
};

use super::pairing::Own;
use crate::{
    page::{Shown, page},
    party::{Party, channel_name, in_language},
    rows::Tag,
    ui::Ui,
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
    /// Agencies whose cards are held, with or without a channel.
    peers: Vec<PeerLink>,
    own: Own,
    may_meet: bool,
}

page!(Partners);

/// An agency whose card is held.
struct PeerLink {
    href: String,
    name: String,
    country: String,
    state: Tag,
}

/// Everybody whose card is held.
fn peers(node: &Node, ui: &Ui) -> Vec<PeerLink> {
    let link = |peer: &Peer| PeerLink {
        href: format!("/partners/{}", peer.chain.agency()),
        name: in_language(&peer.chain.current().names, ui.language),
        country: peer.chain.current().country.clone(),
        state: match (peer.frozen, peer.trusted) {
            (true, _) => Tag { class: "red", icon: "lock", text: ui.t("partner-frozen") },
            (_, true) => Tag { class: "green", icon: "badge-check", text: ui.t("partner-trusted") },
            (_, false) => Tag { class: "amber", icon: "circle-dashed", text: ui.t("partner-not-trusted") },
        },
    };
    node.peers.list().iter().map(link).collect()
}

struct PartnerRow {
    party: Party,
    channel: String,
    state: Tag,
    heard: String,
    waits: Option<String>,
    why: Option<String>,
}

/// What stands in the way, as a page says it.
pub(super) struct FindingRow {
    pub(super) is_grave: bool,
    pub(super) message: String,
    pub(super) advice: String,
}

/// What the doctor found, in the reader's language.
pub(super) fn findings(ui: &Ui, found: Vec<Finding>) -> Vec<FindingRow> {
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
            peers: peers(&node, &ui),
            own: Own::of(&node, &ui),
            may_meet: caller.check(Scope::NodeAdmin).is_ok(),
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

    sample!(Partners { ui, partners, findings, peers, own, may_meet });
    sample!(PeerLink { href, name, country, state });
    sample!(PartnerRow { party, channel, state, heard, waits, why });
    sample!(FindingRow { is_grave, message, advice });
    sample!(More { ui });
}
