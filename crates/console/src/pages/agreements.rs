//! Agreements in plain words: what may be sent, by whom, under which conditions, and where each stands.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
};
use doors::problem::Failed;
use node::{
    agreements::{
        self, Held,
        life::{self, Life},
    },
    audit::Noted,
    callers::{Caller, Scope},
    channel::ChannelHandle,
    fault::Fault,
    node::Node,
    work::blocking,
};
use protocol::id::{Hash, parse_hash};
use texts::say;

use crate::{
    page::{Shown, Then, page},
    party::in_language,
    rows::Tag,
    ui::Ui,
};

pub(crate) mod acts;
pub(crate) mod attempt;
pub(crate) mod compare;
pub(crate) mod draft;
mod filled;
mod terms;

pub use acts::{ask, discard, offer, renew, resume, sign, suspend, terminate};
pub use attempt::{TRIED, attempt, sample};
pub use compare::{OF, compare};
pub use draft::{BEGUN, keep, look, upload, write};

use acts::Act;
use terms::Part;

/// Every agreement that is held.
#[derive(Template)]
#[template(path = "agreements.html")]
pub struct Agreements {
    ui: Ui,
    rows: Vec<AgreementRow>,
    may_draft: bool,
}

page!(Agreements);

struct AgreementRow {
    href: String,
    title: String,
    parties: String,
    version: String,
    from: String,
    until: String,
    state: Tag,
}

/// Shows them.
pub async fn list(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
) -> Result<Shown<Agreements>, Failed> {
    let held = blocking(move || agreements::list(&node.agreements)).await?;
    let rows = held.into_iter().map(|held| row(&ui, held)).collect();
    Ok(Shown::plain(Agreements { rows, may_draft: may_draft(&caller), ui }))
}

fn row(ui: &Ui, held: Held) -> AgreementRow {
    let state = state(ui, &held);
    let Held { agreement, progress } = held;
    let parties: Vec<&str> = agreement.parties.iter().map(|party| party.label.as_str()).collect();
    AgreementRow {
        href: path(&progress.agreement),
        title: in_language(&agreement.title, ui.language),
        parties: parties.join(ui.language.comma()),
        version: version(ui, agreement.version),
        from: ui.day(agreement.valid_from),
        until: ui.day(agreement.valid_until),
        state,
    }
}

fn state(ui: &Ui, Held { progress, .. }: &Held) -> Tag {
    match (progress.in_force, progress.missing.is_empty()) {
        (true, _) => Tag { class: "green", icon: "circle-check", text: ui.t("version-in-force") },
        (false, true) => Tag { class: "", icon: "history", text: ui.t("version-earlier") },
        (false, false) => Tag { class: "amber", icon: "pencil", text: ui.t("version-unsigned") },
    }
}

fn path(hash: &Hash) -> String {
    format!("/agreements/{}", hex::encode(hash))
}

fn version(ui: &Ui, version: u32) -> String {
    ui.number_u64(version.into())
}

/// One agreement.
#[derive(Template)]
#[template(path = "agreement.html")]
pub struct AgreementPage {
    ui: Ui,
    hash: String,
    title: String,
    version: String,
    state: String,
    days: String,
    last_day: String,
    from: String,
    next: Vec<String>,
    doubts: Vec<String>,
    parties: Vec<PartyRow>,
    parts: Vec<Part>,
    acts: Vec<ActLink>,
    versions: Vec<VersionRow>,
    channel: Option<String>,
}

page!(AgreementPage);

struct PartyRow {
    label: String,
    name: String,
    signed: bool,
    suspended: Option<String>,
    ended: Option<String>,
}

/// Something that may be done.
struct ActLink {
    href: String,
    icon: &'static str,
    class: &'static str,
    name: String,
}

struct VersionRow {
    href: String,
    version: String,
    from: String,
    until: String,
    state: Tag,
    is_this: bool,
    /// Where it is compared with the version that is shown.
    compare: Option<String>,
}

/// Shows it.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Path(hash): Path<String>,
) -> Result<Shown<AgreementPage>, Failed> {
    let hash = named(&hash)?;
    let page = blocking(move || {
        let life = life::show(&node.agreements, &hash)?;
        let versions = life::versions(&node.agreements, &hash)?;
        Ok::<_, Fault>(whole(&node, &caller, ui, &life, &versions))
    });
    Ok(Shown::plain(page.await?))
}

fn whole(node: &Node, caller: &Caller, ui: Ui, life: &Life, versions: &[Held]) -> AgreementPage {
    let agreement = &life.agreement_json;
    let name = |label: &str| agreement.party_labelled(label).map(|party| in_language(&party.names, ui.language));
    let parties = life.parties.iter().map(|party| PartyRow {
        label: party.label.clone(),
        name: name(&party.label).unwrap_or_default(),
        signed: party.signed,
        suspended: party.suspended_since_ms.map(|ms| ui.moment(ms)),
        ended: party.ended_on.map(|day| ui.day(day)),
    });
    let doubts = match life.parties.iter().all(|party| party.signed) {
        true => Vec::new(),
        false => agreements::doubts(agreement, node::clock::today()),
    };
    AgreementPage {
        hash: hex::encode(life.agreement),
        title: in_language(&agreement.title, ui.language),
        version: version(&ui, agreement.version),
        state: ui.m(&life.in_words()),
        days: ui.n("days-left", usize::try_from(life.days_left).unwrap_or_default()),
        last_day: ui.day(life.last_day),
        from: ui.day(life.valid_from),
        next: life::next(&node.me, life).iter().map(|step| ui.m(step)).collect(),
        doubts: doubts.iter().map(|(_, doubt)| ui.m(doubt)).collect(),
        parties: parties.collect(),
        parts: terms::parts(&ui, agreement),
        acts: acts(&ui, node, caller, life),
        versions: versions.iter().map(|held| version_row(&ui, life, held)).collect(),
        channel: life.channel.map(|channel| channel.to_string()),
        ui,
    }
}

/// What whoever looks may do about it now.
fn acts(ui: &Ui, node: &Node, caller: &Caller, life: &Life) -> Vec<ActLink> {
    let offered = Act::ALL.iter().filter(|act| caller.check(act.scope()).is_ok() && act.is_possible(&node.me, life));
    let link = |act: &Act| ActLink {
        href: format!("{}/ask/{}", path(&life.agreement), act.word()),
        icon: act.icon(),
        class: if act.is_grave() { "bad" } else { "" },
        name: ui.t(act.label()),
    };
    let mut links: Vec<ActLink> = offered.map(link).collect();
    let is_draft = life.parties.iter().all(|party| !party.signed);
    let governs = life.channel.is_some() && life.in_force == Some(life.agreement);
    if governs && caller.check(Scope::RecordsWrite).is_ok() {
        let href = format!("{}/try", path(&life.agreement));
        links.push(ActLink { href, icon: "scale", class: "", name: ui.t("try-record") });
    }
    if may_draft(caller) && (is_draft || governs) {
        links.push(ActLink {
            href: format!("/agreements/draft?of={}", hex::encode(life.agreement)),
            icon: "pencil",
            class: "",
            name: ui.t(if is_draft { "draft-go-on" } else { "amend-agreement" }),
        });
    }
    links
}

fn version_row(ui: &Ui, life: &Life, held: &Held) -> VersionRow {
    let hash = held.progress.agreement;
    let is_this = hash == life.agreement;
    // The earlier one first, so that what was added is what the later one says more.
    let (old, new) = match held.agreement.version <= life.version {
        true => (hash, life.agreement),
        false => (life.agreement, hash),
    };
    VersionRow {
        href: path(&hash),
        version: version(ui, held.agreement.version),
        from: ui.day(held.agreement.valid_from),
        until: ui.day(held.agreement.valid_until),
        state: state(ui, held),
        is_this,
        compare: (!is_this).then(|| format!("/agreements/compare?old={}&new={}", hex::encode(old), hex::encode(new))),
    }
}

/// The agreement that a path names.
fn named(hash: &str) -> Result<Hash, Fault> {
    parse_hash(hash).map_err(|_| Fault::usage(say!("not-an-id")).in_field("agreement"))
}

async fn life_of(node: &Node, hash: Hash) -> Result<Life, Fault> {
    let node = node.clone();
    blocking(move || life::show(&node.agreements, &hash)).await
}

/// The channel of a version, if it is at work.
fn channel_of(node: &Node, life: &Life) -> Option<Arc<ChannelHandle>> {
    node.channel(&life.channel?)
}

/// Shows an agreement that was made or taken up, with its name in the audit log: the address of the act does not say it.
fn made(hash: &Hash) -> Then {
    /// Which agreement it was.
    #[derive(serde::Serialize)]
    struct Made {
        agreement: String,
    }
    Then(path(hash), Noted::facts(&Made { agreement: hex::encode(hash) }))
}

/// Whether whoever asks may draft agreements.
fn may_draft(caller: &Caller) -> bool {
    caller.check(Scope::AgreementsDraft).is_ok()
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Agreements { ui, rows, may_draft });
    sample!(AgreementRow { href, title, parties, version, from, until, state });
    sample!(AgreementPage {
        ui,
        hash,
        title,
        version,
        state,
        days,
        last_day,
        from,
        next,
        doubts,
        parties,
        parts,
        acts,
        versions,
        channel
    });
    sample!(PartyRow { label, name, signed, suspended, ended });
    sample!(ActLink { href, icon, class, name });
    sample!(VersionRow { href, version, from, until, state, is_this, compare });
}
