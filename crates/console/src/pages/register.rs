//! Lists that are read from above: the register of readouts, and correspondence.

use askama::Template;
use axum::{Extension, extract::State};
use doors::{form::Query, problem::Failed, route::Param};
use node::{
    callers::{Caller, Scope},
    fault::Fault,
    node::Node,
    reading::latest::Latest,
    work::blocking,
};
use serde::Deserialize;

use crate::{
    page::{Shown, page},
    party::Party,
    rows::record_path,
    ui::Ui,
    words,
};

/// Query of the lists.
pub const BEFORE: &[Param] = &[Param::new("cursor", "string", "Where the page before ended")];

/// Rows of a page.
const ROWS: usize = 50;

/// What is asked of a list.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    cursor: Option<String>,
}

impl Asked {
    /// Where the page before ended.
    pub(super) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }
}

/// The newest records of a desk.
#[derive(Template)]
#[template(path = "latest.html")]
pub struct LatestRecords {
    ui: Ui,
    title: String,
    about: String,
    rows: Vec<RecordRow>,
    next: Option<String>,
    may_write: bool,
}

page!(LatestRecords);

struct RecordRow {
    href: String,
    title: String,
    kind: String,
    party: Party,
    to: String,
    moment: String,
    iso: String,
    state: String,
    /// Whether it came from the partner and the reader has not opened it.
    is_unread: bool,
}

/// The register of readouts.
pub async fn register(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Query(asked): Query<Asked>,
) -> Result<Shown<LatestRecords>, Failed> {
    list(node, caller, ui, asked, ("/register", "register", ["nav-register", "register-about"])).await
}

/// Letters and files.
pub async fn correspondence(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Query(asked): Query<Asked>,
) -> Result<Shown<LatestRecords>, Failed> {
    list(node, caller, ui, asked, ("/correspondence", "correspondence", ["nav-correspondence", "correspondence-about"]))
        .await
}

async fn list(
    node: Node,
    caller: Caller,
    ui: Ui,
    asked: Asked,
    (path, desk, [title, about]): (&'static str, &'static str, [&'static str; 2]),
) -> Result<Shown<LatestRecords>, Failed> {
    let page = blocking(move || {
        let kinds: Vec<&str> = desks::kinds::all().filter(|kind| kind.desk() == desk).map(|kind| kind.name).collect();
        let page = node.reading.latest(&caller, (&kinds, None), (asked.cursor(), ROWS))?;
        Ok::<_, Fault>(Shown::of(page, |page| LatestRecords {
            title: ui.t(title),
            about: ui.t(about),
            rows: page.records.into_iter().map(|record| row(&node, &caller, &ui, record)).collect(),
            next: page.next.map(|cursor| {
                let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
                format!("{path}?cursor={cursor}")
            }),
            may_write: caller.check(Scope::DraftsWrite).is_ok(),
            ui,
        }))
    });
    Ok(page.await?)
}

fn row(node: &Node, caller: &Caller, ui: &Ui, record: Latest) -> RecordRow {
    let origin = record.position.origin;
    let handle = node.channel(&origin.channel);
    let party = handle.as_ref().map(|handle| Party::of(&handle.value(), &record.party, ui.language));
    let others = handle.map(|handle| Party::others(&handle.value(), ui.language)).unwrap_or_default();
    let to: Vec<String> = others.into_iter().map(|party| party.label).collect();
    RecordRow {
        is_unread: node.personal.is_unread_record(caller, &record),
        href: record_path(&origin.channel, origin.short(), record.position.index),
        title: record.title.unwrap_or_else(|| ui.t("no-title")),
        kind: ui.m(&words::kind_named(&record.kind)),
        party: party.unwrap_or(Party { label: String::new(), name: String::new(), is_us: false }),
        to: to.join(ui.language.comma()),
        moment: ui.moment(record.time_ms),
        iso: ui.iso(record.time_ms),
        state: ui.m(&words::state(&record.state)),
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(LatestRecords { ui, title, about, rows, next, may_write });
    sample!(RecordRow { href, title, kind, party, to, moment, iso, state, is_unread });
}
