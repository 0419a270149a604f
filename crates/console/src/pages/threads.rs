//! One thread: what happened in order, who must do what by when, and what may be done next.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use desks::thread::SIGNATURE;
use doors::{form::Query, problem::Failed};
use node::{
    audit::Noted,
    callers::{Caller, Scope},
    fault::Fault,
    names::ThreadNamed,
    node::Node,
    office::{Act, With},
    reading::thread::{EffectShown, ThreadShown, WhatShown, Within},
    work::blocking,
};
use protocol::channel::Channel;
use serde_json::Value;
use texts::{Message, say};

use crate::{
    form::{Said, fills_in},
    page::{Shown, Then, page},
    party::{Party, in_language},
    pdf::{Block, Document, Fact, Printer, Section},
    rows::{self, Due, Row, Who},
    ui::Ui,
    words,
};

/// One thread.
#[derive(Template)]
#[template(path = "thread.html")]
pub struct Thread {
    ui: Ui,
    row: Row,
    path: String,
    within: String,
    channel: String,
    clause: (String, String),
    settled: bool,
    opened: String,
    events: Vec<EventRow>,
    due: Vec<DueRow>,
    parts: Vec<(Party, String)>,
    next: Vec<Button>,
    corrections: usize,
    with: Option<Who>,
    bring_back: Option<String>,
    remarks: Vec<RemarkRow>,
    colleagues: Vec<(String, String)>,
    may_say: bool,
    missed: Option<String>,
    /// Where it is had as a PDF file.
    pdf: Option<String>,
}

page!(Thread);

struct EventRow {
    moment: String,
    iso: String,
    /// What was done, in a sentence.
    what: String,
    title: Option<String>,
    href: Option<String>,
    state: Option<String>,
    effect: Option<(&'static str, String)>,
    is_small: bool,
}

struct DueRow {
    what: String,
    from: Party,
    due: Due,
}

struct Button {
    href: String,
    label: String,
    about: String,
    is_first: bool,
}

pub(super) struct RemarkRow {
    pub(super) by: String,
    pub(super) moment: String,
    pub(super) text: String,
}

/// Shows it.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(printer): Extension<Printer>,
    ui: Ui,
    Path(thread): Path<String>,
    Query(within): Query<Within>,
) -> Result<Shown<Thread>, Failed> {
    let (mut page, noted) = read_whole(node, caller, ui, thread, within).await?;
    page.pdf = printer.is_there().then(|| format!("{}/pdf{}", page.path, page.within));
    Ok(Shown(page, noted))
}

/// The same as a PDF file, without what colleagues say of it.
pub async fn pdf(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(printer): Extension<Printer>,
    ui: Ui,
    Path(thread): Path<String>,
    Query(within): Query<Within>,
) -> Result<Response, Failed> {
    let (page, noted) = read_whole(node.clone(), caller, ui, thread, within).await?;
    let file = printer.print(&document(&node, &page), &page.row.name).await?;
    Ok((Extension(noted), file).into_response())
}

async fn read_whole(
    node: Node,
    caller: Caller,
    ui: Ui,
    thread: String,
    within: Within,
) -> Result<(Thread, Noted), Fault> {
    let id: ThreadNamed = thread.parse()?;
    blocking(move || {
        let (shown, noted) = node.reading.thread(&caller, &id, &within)?.into_parts();
        Ok::<_, Fault>((whole(&node, &caller, ui, shown)?, noted))
    })
    .await
}

/// What the page says, to be printed.
fn document(node: &Node, page: &Thread) -> Document {
    let Thread { ui, row, channel, clause, opened, events, due, parts, .. } = page;
    let mut about = vec![
        Fact::reference(ui.t("head-thread"), row.name.clone()),
        Fact::new(ui.t("head-kind"), row.kind.clone()),
        Fact::new(ui.t("head-state"), row.state.text.clone()),
        Fact::new(ui.t("channel"), channel.clone()),
        Fact::new(ui.t("thread-opened"), opened.clone()),
    ];
    about.extend(row.party.as_ref().map(|party| Fact::new(ui.t("head-party"), party_named(party))));
    about.extend(parts.iter().map(|(party, state)| Fact::new(party_named(party), state.clone())));
    let due = due.iter().map(|due| vec![due.what.clone(), party_named(&due.from), due.due.moment.clone()]);
    let due =
        Block::Table { head: vec![ui.t("act"), ui.t("who"), ui.t("head-due")], rows: due.collect(), mono: Vec::new() };
    let history = events.iter().map(|event| {
        let title = event.title.iter().map(String::as_str);
        let effect = event.effect.iter().map(|(_, text)| text.as_str());
        let what: Vec<&str> = [event.what.as_str()].into_iter().chain(title).chain(effect).collect();
        vec![event.moment.clone(), what.join(" · "), event.state.clone().unwrap_or_default()]
    });
    let history = Block::Table {
        head: vec![ui.t("when"), ui.t("act"), ui.t("head-state")],
        rows: history.collect(),
        mono: Vec::new(),
    };
    let clause_heading = format!("{} {}", ui.t("clause"), clause.0);
    let sections = vec![
        Section::new(None, vec![Block::Facts { facts: about }]),
        Section::new(ui.t("deadlines"), vec![due]),
        Section::new(ui.t("history"), vec![history]),
        Section::new(clause_heading, vec![Block::Text { text: clause.1.clone() }]),
    ];
    Document::new(node, ui, row.title.clone(), sections).with_digest_of_words(ui)
}

fn party_named(party: &Party) -> String {
    format!("{} {}", party.label, party.name)
}

fn whole(node: &Node, caller: &Caller, ui: Ui, shown: ThreadShown) -> Result<Thread, Fault> {
    let handle = node.channel(&shown.line.channel).ok_or_else(|| Fault::not_found(say!("channel-not-open")))?;
    let channel = handle.value();
    let line = &shown.line;
    let within = Within { channel: Some(line.channel), lane: Some(line.lane) };
    let (matter, _) = node.office.matter(caller, &line.thread.into(), &within)?;
    // It is shown also where that can't be kept: then it stays unread.
    if !ui.is_by_script {
        drop(node.personal.read(caller, line));
    }
    let version = channel.version(&channel.in_force());
    let clause = version.and_then(|version| version.agreement.clause(&line.clause));
    let clause_text = clause.map(|clause| in_language(&clause.text, ui.language)).unwrap_or_default();
    let me = Party::of(&channel, &node.me, ui.language).label;
    let events = shown.events.iter().map(|event| event_row(&ui, &channel, event)).collect();
    let due = shown.all_due.iter().map(|due| DueRow {
        what: ui.m(&words::due(&due.what.to_string())),
        from: Party::of(&channel, &due.from, ui.language),
        due: rows::due(&ui, due.at_ms),
    });
    let path = format!("/threads/{}", line.thread);
    let query = format!("?channel={}&lane={}", line.channel, line.lane.name());
    let may_write = caller.check(Scope::DraftsWrite).is_ok();
    let opener = desks::kinds::thread_named(&line.kind).map(|table| table.opened_by);
    let next = shown.next.iter().filter(|_| may_write).enumerate().filter_map(|(place, act)| {
        let kind = desks::kinds::find(&act.kind).filter(|kind| caller.sees(Some(kind.name), opener))?;
        let allows =
            version.is_none_or(|version| version.agreement.clauses.iter().any(|clause| clause.allows(kind.name, &me)));
        let mut href = form_urlencoded::Serializer::new(String::new());
        href.append_pair("kind", kind.name).append_pair("channel", &line.channel.to_string());
        href.append_pair("reply_to", &line.thread.to_string()).append_pair("lane", line.lane.name());
        if clause.is_some_and(|clause| clause.allows(kind.name, &me)) {
            href.append_pair("clause", &line.clause);
        }
        fills_in(kind, &act.act).into_iter().for_each(|(field, word)| {
            href.append_pair(&format!("b.{field}"), word);
        });
        // What is signed is read first, on its own page: the form begins there.
        let signed = act.act.get("of").and_then(|of| of.as_str()).filter(|_| kind.name == SIGNATURE);
        allows.then(|| Button {
            href: match signed {
                Some(record) => format!("/records/{}/{record}", line.channel),
                None => format!("/write?{}", href.finish()),
            },
            label: ui.m(&words::act_label(&act.act.to_string())),
            about: ui.m(&words::act_about(&act.act.to_string())),
            is_first: place == 0,
        })
    });
    let late = shown.all_due.iter().any(|due| due.at_ms < ui.now_ms && due.from != node.me);
    Ok(Thread {
        next: next.collect(),
        channel: format!("{} · {}", crate::party::channel_name(&handle, ui.language), line.name),
        clause: (line.clause.clone(), clause_text),
        settled: line.settled,
        opened: ui.moment(line.opened_ms),
        due: due.collect(),
        events,
        parts: shown
            .parts
            .iter()
            .map(|part| (Party::of(&channel, &part.party, ui.language), ui.m(&words::state(&part.state))))
            .collect(),
        corrections: shown.corrections.len(),
        with: matter.with().map(|with| rows::who(node, with)),
        bring_back: matter.bring_back().map(|day| ui.day(day)),
        remarks: matter
            .remarks()
            .iter()
            .map(|remark| RemarkRow {
                by: rows::person(node, &remark.by),
                moment: ui.moment(remark.at_ms),
                text: remark.text.clone(),
            })
            .collect(),
        colleagues: super::inbox::colleagues(node),
        may_say: caller.person().is_some() && !caller.is_auditor(),
        missed: (late && caller.check(Scope::EvidenceExport).is_ok())
            .then(|| format!("/missed/{}/{}", line.channel, line.thread)),
        row: rows::row(node, caller, &ui, shown.line),
        within: query,
        pdf: None,
        path,
        ui,
    })
}

fn event_row(ui: &Ui, channel: &Channel, event: &node::reading::thread::EventShown) -> EventRow {
    let party = Party::of(channel, &event.party, ui.language);
    let effect = match &event.effect {
        EffectShown::Moved(state) => Some(("green", ui.m(&words::state(state)))),
        EffectShown::Neutral => None,
        EffectShown::Ineffective(reason) => Some(("red", ui.m(&words::ineffective(&reason.code)))),
    };
    let href = rows::record_path(&channel.id(), &event.log, event.index);
    let row = |what: String, title, href, state, effect, is_small| EventRow {
        moment: ui.moment(event.time_ms),
        iso: ui.iso(event.time_ms),
        what,
        title,
        href,
        state,
        effect,
        is_small,
    };
    let who = if party.is_us { ui.m(&words::us()) } else { party.label.clone() };
    match &event.what {
        WhatShown::Record { kind, title, state, act } => {
            let act = act.as_ref().map(Value::to_string);
            let what = match desks::kinds::find(kind) {
                Some(kind) => ui.m(&words::did(kind, act.as_deref(), who)),
                None => format!("{who}: {kind}"),
            };
            row(what, title.clone(), Some(href), Some(ui.m(&words::state(state))), effect, false)
        }
        WhatShown::Received { disputed, .. } => {
            let id = if *disputed { "received-disputed" } else { "received-at" };
            row(ui.w(id, &who), None, None, None, None, true)
        }
        WhatShown::Withheld { withheld_by, .. } => {
            row(ui.w("withheld-from-you", withheld_by), None, None, None, effect, true)
        }
    }
}

/// Says who deals with it.
pub async fn assign(
    node: State<Node>,
    caller: Extension<Caller>,
    thread: Path<String>,
    within: Query<Within>,
    said: Said,
) -> Result<Then, Failed> {
    let with = said.some("with").map(|id| With::Person(id.to_owned()));
    act(node, caller, thread, within, Act::Assign(with)).await
}

/// Says something of it.
pub async fn remark(
    node: State<Node>,
    caller: Extension<Caller>,
    thread: Path<String>,
    within: Query<Within>,
    said: Said,
) -> Result<Then, Failed> {
    act(node, caller, thread, within, Act::Remark(said.one("remark").to_owned())).await
}

/// Says when it is brought back.
pub async fn bring_back(
    node: State<Node>,
    caller: Extension<Caller>,
    thread: Path<String>,
    within: Query<Within>,
    said: Said,
) -> Result<Then, Failed> {
    let day = said.some("day").map(str::parse).transpose();
    let day = day.map_err(|_| Fault::usage(say!("must-day")).in_field("day"))?;
    act(node, caller, thread, within, Act::BringBack(day)).await
}

async fn act(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Path(thread): Path<String>,
    Query(within): Query<Within>,
    act: Act,
) -> Result<Then, Failed> {
    let id: ThreadNamed = thread.parse()?;
    blocking(move || {
        let matter = node.office.act_on_thread(&caller, &id, &within, &act)?;
        Ok::<_, Fault>(Then::to(rows::thread_path(&matter.channel, matter.lane, &matter.thread)))
    })
    .await
    .map_err(Failed)
}

/// A message for a fault, in the reader's language, with its rule.
pub(super) fn problem(ui: &Ui, fault: &Fault) -> (String, Option<String>) {
    let rule = fault.rule.as_deref().map(|rule| {
        let title = Message::of_family("rule", rule).map(|title| ui.m(&title)).unwrap_or_default();
        format!("{rule}: {title}")
    });
    (ui.m(&fault.message), rule)
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(RemarkRow { by, moment, text });
    sample!(Thread {
        ui,
        row,
        path,
        within,
        channel,
        clause,
        settled,
        opened,
        events,
        due,
        parts,
        next,
        corrections,
        with,
        bring_back,
        remarks,
        colleagues,
        may_say,
        missed,
        pdf
    });
    sample!(EventRow { moment, iso, what, title, href, state, effect, is_small });
    sample!(DueRow { what, from, due });
    sample!(Button { href, label, about, is_first });
}
