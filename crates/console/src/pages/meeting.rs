//! Two readouts of one meeting side by side: the same topics, and what differs.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
};
use desks::{
    kinds::Record as _,
    register::readout::{Readout, Topic},
};
use doors::{form::Query, problem::Failed};
use node::{
    callers::Caller,
    fault::Fault,
    node::Node,
    reading::beside::{Beside, Told},
    work::blocking,
};
use serde::Serialize;
use serde_json::Value;
use texts::{Language, say};

use super::{
    records::{Place, position},
    register::Asked,
};
use crate::{
    diff::{Change, Piece, pieces},
    page::{Shown, page},
    party::Party,
    rows::{plain, record_path},
    ui::Ui,
    words,
};

/// Two readouts of one meeting.
#[derive(Template)]
#[template(path = "meeting.html")]
pub struct Meeting {
    ui: Ui,
    one: Side,
    other: Option<Side>,
    topics: Vec<TopicRow>,
    lists: Vec<ListRow>,
    more: Vec<String>,
    next: Option<String>,
}

page!(Meeting);

struct Side {
    href: String,
    title: String,
    party: Party,
    publisher: String,
    date: String,
}

/// A topic as both sides tell of it.
struct TopicRow {
    one: Option<TopicSide>,
    other: Option<TopicSide>,
}

struct TopicSide {
    title: Vec<Piece>,
    mechanism: String,
    /// How far it got, and whether the other side says otherwise.
    status: (String, bool),
    scope: (String, bool),
}

/// A list of sentences as both sides have it, and whether the other side has each as well.
struct ListRow {
    label: String,
    one: Vec<(String, bool)>,
    other: Vec<(String, bool)>,
}

/// Shows them.
pub async fn show(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    ui: Ui,
    Path(place): Path<Place>,
    Query(asked): Query<Asked>,
) -> Result<Shown<Meeting>, Failed> {
    let page = blocking(move || {
        let position = position(&node, &place)?;
        let beside = node.reading.beside(&caller, &position, asked.cursor())?;
        let channel = node.channel(&position.origin.channel);
        let channel = channel.ok_or_else(|| Fault::not_found(say!("channel-not-open")))?.value();
        let (beside, noted) = beside.into_parts();
        Ok::<_, Fault>(Shown(whole(ui, &channel, beside)?, noted))
    });
    Ok(page.await?)
}

fn whole(ui: Ui, channel: &protocol::channel::Channel, beside: Beside) -> Result<Meeting, Fault> {
    let Beside { one, other, more, next } = beside;
    let side = |(told, readout): &(Told, Readout)| Side {
        href: path(&told.position),
        title: title(ui.language, readout),
        party: Party::of(channel, &told.position.origin.agency, ui.language),
        publisher: readout.publisher.clone(),
        date: readout.meeting_date.parse().map_or_else(|_| readout.meeting_date.clone(), |day| ui.day(day)),
    };
    let (one, other) = (read(one)?, other.map(read).transpose()?);
    let here = format!("{}/beside", path(&one.0.position));
    let pairs = other.as_ref().map(|(_, other)| (&one.1, other));
    Ok(Meeting {
        topics: pairs.map(|(one, other)| topics(&ui, one, other)).unwrap_or_default(),
        lists: pairs.map(|(one, other)| lists(&ui, one, other)).unwrap_or_default(),
        more: more.iter().map(path).collect(),
        next: next.map(|cursor| {
            let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
            format!("{here}?cursor={cursor}")
        }),
        other: other.as_ref().map(side),
        one: side(&one),
        ui,
    })
}

/// What a record tells of a meeting, if it is a readout.
fn read(told: Told) -> Result<(Told, Readout), Fault> {
    let readout = serde_json::from_str(&told.body).map_err(|_| Fault::not_found(say!("no-readout")))?;
    Ok((told, readout))
}

fn path(position: &protocol::origin::Position) -> String {
    record_path(&position.origin.channel, position.origin.short(), position.index)
}

/// The title in the reader's language, or the one that every readout has.
fn title(language: Language, readout: &Readout) -> String {
    let own = match language {
        Language::Ar => &readout.title_ar,
        Language::Fa => &readout.title_fa,
        Language::Tr => &readout.title_tr,
        Language::Ur => &readout.title_ur,
        Language::En => &None,
    };
    own.as_ref().unwrap_or(&readout.title_en).clone()
}

fn topics(ui: &Ui, one: &Readout, other: &Readout) -> Vec<TopicRow> {
    let row = |(one, two): (Option<&Topic>, Option<&Topic>)| TopicRow {
        one: one.map(|topic| topic_side(ui, topic, two, Change::Removed)),
        other: two.map(|topic| topic_side(ui, topic, one, Change::Added)),
    };
    one.topics_beside(other).into_iter().map(row).collect()
}

/// A topic of one side. Of its title, what only this side says is marked so.
fn topic_side(ui: &Ui, topic: &Topic, other: Option<&Topic>, only: Change) -> TopicSide {
    let titles = other.map(|other| match only {
        Change::Removed => pieces(&topic.title_en, &other.title_en),
        _ => pieces(&other.title_en, &topic.title_en),
    });
    let whole = || vec![Piece { change: Change::Same, text: topic.title_en.clone() }];
    TopicSide {
        title: titles.map_or_else(whole, |pieces| {
            pieces.into_iter().filter(|piece| piece.change == Change::Same || piece.change == only).collect()
        }),
        mechanism: word(ui, "mechanism", &topic.mechanism),
        status: (word(ui, "status", &topic.status), other.is_some_and(|other| other.status != topic.status)),
        scope: (word(ui, "scope", &topic.scope), other.is_some_and(|other| other.scope != topic.scope)),
    }
}

/// A word of the readout's lists, in the reader's language.
fn word(ui: &Ui, field: &str, value: &impl Serialize) -> String {
    let word = serde_json::to_value(value).unwrap_or(Value::Null);
    ui.m(&words::word(field, &plain(&word)))
}

fn lists(ui: &Ui, one: &Readout, other: &Readout) -> Vec<ListRow> {
    let Some(kind) = desks::kinds::find(Readout::NAME) else { return Vec::new() };
    let row = |name: &str, one: &[String], other: &[String]| {
        let side = |of: &[String], than: &[String]| {
            of.iter().map(|item| (item.clone(), !than.contains(item))).collect::<Vec<_>>()
        };
        let label = ui.m(&words::field_label(kind, name));
        ListRow { label, one: side(one, other), other: side(other, one) }
    };
    let rows = [
        row("agreed", &one.agreed, &other.agreed),
        row("discussed_only", &one.discussed_only, &other.discussed_only),
        row("pending", &one.pending, &other.pending),
    ];
    rows.into_iter().filter(|row| !row.one.is_empty() || !row.other.is_empty()).collect()
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Meeting { ui, one, other, topics, lists, more, next });
    sample!(Side { href, title, party, publisher, date });
    sample!(TopicRow { one, other });
    sample!(TopicSide { title, mechanism, status, scope });
    sample!(ListRow { label, one, other });
}
