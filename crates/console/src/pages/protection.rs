//! The protection officer's room: the register, and what waits because of it. It shows to nobody else.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use doors::problem::Failed;
use node::{
    answers::protection::{Held, HeldRow},
    audit::Noted,
    clock,
    fault::Fault,
    node::Node,
    protection::{NewEntry, NewPerson},
    work::blocking,
};
use serde::Serialize;
use texts::say;

use crate::{
    form::Said,
    page::{Shown, Then, page},
    party::channel_name,
    rows::plain,
    ui::Ui,
    words,
};

/// The register, and what waits.
#[derive(Template)]
#[template(path = "protection.html")]
pub struct Protection {
    ui: Ui,
    entries: Vec<EntryRow>,
    held: Vec<HeldShown>,
}

page!(Protection);

struct EntryRow {
    id: String,
    states: String,
    identities: String,
    threads: String,
    until: String,
    added: String,
}

struct HeldShown {
    id: String,
    what: String,
    kind: String,
    title: String,
    channel: String,
    rule: String,
    when: String,
    near: bool,
}

/// Shows both.
pub async fn show(State(node): State<Node>, ui: Ui) -> Result<Shown<Protection>, Failed> {
    let page = blocking(move || {
        let register = node.protection.register();
        let entries = register.entries().iter().map(|entry| {
            let row = node::answers::protection::ProtectedRow::from(entry);
            EntryRow {
                id: row.id,
                states: row.states.into_iter().collect::<Vec<_>>().join(ui.language.comma()),
                identities: ui.number(row.identities),
                threads: ui.number(row.threads.len()),
                until: row.until.map_or_else(|| "–".to_owned(), |day| ui.day(day)),
                added: ui.day_of(row.added_ms),
            }
        });
        let entries = entries.collect();
        let held = node.sending.held()?.held.into_iter().map(|row| held(&node, &ui, row)).collect();
        Ok::<_, Fault>(Protection { entries, held, ui })
    });
    Ok(Shown::plain(page.await?))
}

fn held(node: &Node, ui: &Ui, row: HeldRow) -> HeldShown {
    let (what, when, near) = match &row.what {
        Held::Arrived { answer, near, .. } => ("held-arrived", answer.as_ref().map(|answer| answer.at_ms), *near),
        Held::Sent { .. } => ("held-sent", None, false),
        Held::Waiting { at_ms, .. } => ("held-waiting", Some(*at_ms), false),
        Held::Stopped { .. } => ("held-stopped", None, false),
    };
    HeldShown {
        what: ui.t(what),
        kind: row.kind.as_deref().map(|kind| ui.m(&words::kind_named(kind))).unwrap_or_default(),
        title: row.title.unwrap_or_else(|| ui.t("no-title")),
        channel: node.channel(&row.channel).map(|handle| channel_name(&handle, ui.language)).unwrap_or_default(),
        rule: row.rule.unwrap_or_default(),
        when: when.map(|ms| ui.moment(ms)).unwrap_or_default(),
        near,
        id: row.id,
    }
}

/// One thing that waits, whole.
#[derive(Template)]
#[template(path = "held.html")]
pub struct HeldPage {
    ui: Ui,
    row: HeldShown,
    header: Vec<(String, String)>,
    body: String,
}

page!(HeldPage);

/// Shows it.
pub async fn one(State(node): State<Node>, ui: Ui, Path(id): Path<String>) -> Result<Shown<HeldPage>, Failed> {
    let page = blocking(move || {
        let whole = node.sending.held_whole(&id)?;
        let header = whole.header.as_object().into_iter().flatten();
        let header = header.map(|(name, value)| (ui.m(&words::header_label(name)), plain(value))).collect();
        Ok::<_, Fault>(HeldPage { row: held(&node, &ui, whole.row), header, body: whole.body, ui })
    });
    Ok(Shown::plain(page.await?))
}

/// Passes on what waits, or ends it without.
pub async fn decide(State(node): State<Node>, Path((id, what)): Path<(String, String)>) -> Result<Then, Failed> {
    match what.as_str() {
        "pass" => drop(blocking(move || node.sending.pass_held(&id)).await?),
        "block" => drop(blocking(move || node.sending.end_held(&id)).await?),
        _ => return Err(doors::problem::no_such_page()),
    }
    Ok(Then::to("/protection"))
}

/// The entry that an act was about: the audit log keeps it sealed.
#[derive(Serialize)]
struct Named<'a> {
    entry: &'a str,
}

/// Adds an entry.
pub async fn add(State(node): State<Node>, said: Said) -> Result<Then, Failed> {
    let day = |name: &'static str| {
        said.some(name).map(str::parse).transpose().map_err(|_| Fault::usage(say!("must-day")).in_field(name))
    };
    let states: BTreeSet<String> = said
        .one("states")
        .split([',', ' ', '،'])
        .map(|state| state.trim().to_uppercase())
        .filter(|state| !state.is_empty())
        .collect();
    let (born, until, document) = (day("born")?, day("until")?, said.some("document").map(str::to_owned));
    // A spelling a line; birth and document are the person's, whatever the spelling.
    let names: Vec<Option<String>> = match said.some("names") {
        None => vec![None],
        Some(names) => names.lines().map(|name| Some(name.trim().to_owned())).collect(),
    };
    let persons = names.into_iter().map(|names| NewPerson { names, born, document: document.clone() }).collect();
    let new = NewEntry { persons, states, threads: BTreeSet::new(), until };
    let entry = blocking(move || {
        let work = node.clone();
        node.protection.change(&work, |register, key| register.add(key, new, clock::now_ms()))
    })
    .await?;
    let id = node::answers::protection::ProtectedRow::from(&entry).id;
    Ok(Then("/protection".to_owned(), Noted::facts(&Named { entry: &id })))
}

/// Removes an entry.
pub async fn remove(State(node): State<Node>, Path(id): Path<String>) -> Result<Then, Failed> {
    let noted = Noted::facts(&Named { entry: &id });
    blocking(move || {
        let work = node.clone();
        node.protection.change(&work, |register, _| register.remove(&id))
    })
    .await?;
    Ok(Then("/protection".to_owned(), noted))
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Protection { ui, entries, held });
    sample!(EntryRow { id, states, identities, threads, until, added });
    sample!(HeldShown { id, what, kind, title, channel, rule, when, near });
    sample!(HeldPage { ui, row, header, body });
}
