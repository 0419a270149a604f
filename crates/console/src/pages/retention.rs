//! What content goes when, by itself: the key of a month is destroyed when the month is over. And what was erased before that: who
//! ordered it, who says that it is done, and who is silent.
//!
//! Of what goes by itself only channels and months stand here. How much goes with each would tell of what is hidden.

use askama::Template;
use axum::{Extension, extract::State};
use doors::problem::Failed;
use node::{
    callers::Caller, clock, fault::Fault, jobs::retention, node::Node, reading::erasures::Erasure, work::blocking,
};
use protocol::id::AgencyId;

use crate::{
    page::{Shown, page},
    party::{Party, channel_name},
    rows::record_path,
    ui::Ui,
};

/// What goes when.
#[derive(Template)]
#[template(path = "retention.html")]
pub struct RetentionPage {
    ui: Ui,
    due: Vec<DueRow>,
    early: Vec<EarlyRow>,
}

page!(RetentionPage);

struct DueRow {
    channel: String,
    gone: String,
    iso: String,
    is_held_up: bool,
}

/// A record that was erased before its time.
struct EarlyRow {
    href: String,
    name: String,
    channel: String,
    /// When that was ordered; empty if a party did it by itself.
    ordered: String,
    erased: Vec<String>,
    silent: Vec<String>,
}

/// Shows it.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
) -> Result<Shown<RetentionPage>, Failed> {
    let page = blocking(move || {
        let row = |due: retention::Due| DueRow {
            channel: node
                .channel(&due.channel)
                .map_or_else(|| due.channel.to_string(), |handle| channel_name(&handle, ui.language)),
            gone: ui.day(due.gone),
            iso: due.gone.to_string(),
            is_held_up: due.is_held_up,
        };
        let due = retention::due(&node.jobs(), clock::now_ms())?.into_iter().map(row).collect();
        let erased = node.reading.erasures(&caller)?;
        Ok::<_, Fault>(Shown::of(erased, |erased| {
            let early = erased.into_iter().map(|erasure| early(&node, &ui, &erasure)).collect();
            RetentionPage { due, early, ui }
        }))
    });
    Ok(page.await?)
}

fn early(node: &Node, ui: &Ui, erasure: &Erasure) -> EarlyRow {
    let (origin, index) = (erasure.position.origin, erasure.position.index);
    let handle = node.channel(&origin.channel);
    let label = |party: &AgencyId| match &handle {
        Some(handle) => Party::of(&handle.value(), party, ui.language).label,
        None => party.to_string(),
    };
    EarlyRow {
        href: record_path(&origin.channel, origin.short(), index),
        name: format!("{}/{}/{}/{index}", label(&origin.agency), origin.epoch, origin.lane.name()),
        channel: handle.as_ref().map(|handle| channel_name(handle, ui.language)).unwrap_or_default(),
        ordered: erasure.ordered_ms.map(|ms| ui.moment(ms)).unwrap_or_default(),
        erased: erasure.erased.iter().map(|(party, ms)| format!("{} · {}", label(party), ui.moment(*ms))).collect(),
        silent: erasure.silent.iter().map(label).collect(),
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(RetentionPage { ui, due, early });
    sample!(EarlyRow { href, name, channel, ordered, erased, silent });
    sample!(DueRow { channel, gone, iso, is_held_up });
}
