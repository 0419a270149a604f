//! What content goes when, by itself: the key of a month is destroyed when the month is over.
//!
//! Only channels and months stand here. How much goes with each would tell of what is hidden.

use askama::Template;
use axum::extract::State;
use doors::problem::Failed;
use node::{clock, fault::Fault, jobs::retention, node::Node, work::blocking};

use crate::{
    page::{Shown, page},
    party::channel_name,
    ui::Ui,
};

/// What goes when.
#[derive(Template)]
#[template(path = "retention.html")]
pub struct RetentionPage {
    ui: Ui,
    due: Vec<DueRow>,
}

page!(RetentionPage);

struct DueRow {
    channel: String,
    gone: String,
    iso: String,
    is_held_up: bool,
}

/// Shows it.
pub async fn show(State(node): State<Node>, ui: Ui) -> Result<Shown<RetentionPage>, Failed> {
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
        Ok::<_, Fault>(RetentionPage { due, ui })
    });
    Ok(Shown::plain(page.await?))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(RetentionPage { ui, due });
    sample!(DueRow { channel, gone, iso, is_held_up });
}
