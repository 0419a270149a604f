//! Figures for Prometheus (text format 0.0.4).
//!
//! They count entries, batches, threads and reviews and know no content, kind, clause, rule or refusal: what a hidden rule
//! stops must not show in any of them (protocol: it counts as delivered). They are few, so they are written here and need
//! no library.

use std::{fmt::Write, sync::Arc};

use protocol::channel::Channel;
use store::StoreError;

use crate::{
    audit::Refusals,
    clock,
    links::{Link, Links},
    reviews,
    statements::{self, Statements},
};

/// The figures that are of all channels at once: they are left out where records of any may be hidden.
const BATCHES: &str = "mithaq_batches_total";
const BEHIND: &str = "mithaq_threads_behind_batches";

/// Every figure as it is now.
pub fn text(statements: &Arc<Statements>, links: &Links, refusals: &Refusals) -> Result<String, StoreError> {
    let upkeep = &statements.upkeep;
    let now = clock::now_ms();
    let reader = upkeep.db.reader()?;
    let channels: Vec<_> = upkeep.channels.list().iter().map(|handle| handle.value()).collect();
    let count = |wanted: &dyn Fn(&Channel) -> bool| channels.iter().filter(|channel| wanted(channel)).count() as u64;
    let (mut own, mut others, mut outstanding, mut broken) = (0, 0, 0_u64, 0_u64);
    // What channels hold in which records may be hidden counts in no figure: an office could count what it is not shown.
    let open = upkeep.open_channels();
    let are_open = open.len() == channels.len();
    for channel in &channels {
        let met = channel.partners().map(|partner| links.of(channel.id(), partner));
        let is_open = open.contains(&channel.id());
        let is_broken = |link: &Link| match is_open {
            true => link.problem.is_some(),
            false => link.has_been_broken(now),
        };
        broken += met.filter(is_broken).count() as u64;
        if !is_open {
            continue;
        }
        for (origin, log) in channel.logs() {
            let sum = if origin.agency == upkeep.db.me { &mut own } else { &mut others };
            *sum += log.size();
            if origin.agency == upkeep.db.me {
                outstanding += channel.partners().map(|partner| log.size() - log.receipted(&partner)).sum::<u64>();
            }
        }
    }
    let mut accounts = statements::Standing::default();
    for handle in upkeep.channels.list() {
        let standing = statements::standing(statements, &handle, now)?;
        accounts.differing += standing.differing;
        accounts.unanswered += standing.unanswered;
    }
    let newest = reader.newest_arrival()?;
    let reviews = reviews::waiting(&upkeep.db, &open, now)?;
    let mut text = String::new();
    for (name, kind, help, value) in [
        ("mithaq_channels", "gauge", "Channels.", count(&|_| true)),
        ("mithaq_channels_waiting", "gauge", "Channels that wait for heads.", count(&|c| !c.waiting().is_empty())),
        ("mithaq_channels_frozen", "gauge", "Channels frozen by two histories.", count(&|c| c.frozen().is_some())),
        ("mithaq_links_broken", "gauge", "Links to partners that are broken now.", broken),
        ("mithaq_own_entries_total", "counter", "Entries in own logs.", own),
        ("mithaq_partner_entries_total", "counter", "Entries held of partners' logs.", others),
        (BATCHES, "counter", "Batches that arrived here or were written here.", newest),
        ("mithaq_outstanding_entries", "gauge", "Own entries without receipt, over all partners.", outstanding),
        ("mithaq_threads_open", "gauge", "Threads that can still go on.", upkeep.count_open(None, None)?),
        ("mithaq_threads_overdue", "gauge", "Open threads beyond a deadline.", upkeep.count_open(Some(now), None)?),
        ("mithaq_reviews_open", "gauge", "Releases by one officer that wait for review.", reviews.open),
        ("mithaq_reviews_overdue", "gauge", "Such releases whose day for the review is over.", reviews.overdue),
        (
            "mithaq_statements_differing",
            "gauge",
            "Partners whose account of the threads differs from the own one.",
            accounts.differing,
        ),
        (
            "mithaq_statements_unanswered",
            "gauge",
            "Partners that have not answered the latest statement for a day.",
            accounts.unanswered,
        ),
        (
            BEHIND,
            "gauge",
            "Batches not yet in the lists of threads.",
            newest.saturating_sub(*upkeep.threads.progress().borrow()),
        ),
    ] {
        if [BATCHES, BEHIND].contains(&name) && !are_open {
            continue;
        }
        // Writing to a string can't fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
    }
    let refused = "mithaq_refused_requests_total";
    let _ = write!(text, "# HELP {refused} Requests that the gate turned away.\n# TYPE {refused} counter\n");
    for (status, attempts) in refusals.totals() {
        let _ = writeln!(text, "{refused}{{status=\"{status}\"}} {attempts}");
    }
    Ok(text)
}
