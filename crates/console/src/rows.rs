//! Threads as lists show them: what is due first, for whom, and who deals with it.

use std::fmt;

use node::{callers::Caller, node::Node, office::With, reading::thread::ThreadLine};
use protocol::{
    header::{Handling, ThreadId},
    id::ChannelId,
    origin::Lane,
};
use serde_json::Value;

use crate::{
    party::Party,
    ui::{Ui, initials},
    words,
};

const DAY_MS: u64 = 24 * 3_600_000;

/// A thread in a list.
pub struct Row {
    /// Its page.
    pub href: String,
    /// How a form names it.
    pub value: String,
    /// How people call it.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The line that stands for it.
    pub title: String,
    /// The other party.
    pub party: Option<Party>,
    /// Where it stands.
    pub state: Tag,
    /// When something is due.
    pub due: Option<Due>,
    /// Whether something came in it, or was said of it, that the reader has not seen.
    pub is_unread: bool,
    /// Whether it is in the lane of what can't wait.
    pub is_urgent: bool,
    /// Who deals with it.
    pub with: Option<Who>,
    /// How many records it has.
    pub records: String,
    /// Under which heading it stands.
    pub group: Group,
}

/// A word with the colour of its meaning, which the word says too.
pub struct Tag {
    /// The colour.
    pub class: &'static str,
    /// The icon.
    pub icon: &'static str,
    /// The word.
    pub text: String,
}

/// When something is due.
pub struct Due {
    /// The moment, milliseconds since 1970.
    pub ms: u64,
    /// How long until then.
    pub remaining: String,
    /// Day and hour.
    pub moment: String,
    /// As machines read it.
    pub iso: String,
    /// The colour.
    pub class: &'static str,
}

/// Who deals with something.
pub struct Who {
    /// Two letters.
    pub initials: String,
    /// The name.
    pub name: String,
}

/// How soon something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// It is late.
    Overdue,
    /// Within a day.
    Day,
    /// Within a week.
    Week,
    /// Later.
    Later,
    /// Nothing is due.
    Without,
}

impl Group {
    /// The message of its heading, its icon and its colour.
    pub const fn heading(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Overdue => ("group-overdue", "alarm-clock", "r"),
            Self::Day => ("group-day", "clock", "a"),
            Self::Week => ("group-week", "calendar", ""),
            Self::Later => ("group-later", "calendar", ""),
            Self::Without => ("group-without", "minus", ""),
        }
    }

    fn of(due: Option<u64>, now: u64) -> Self {
        match due {
            Some(due) if due < now => Self::Overdue,
            Some(due) if due < now.saturating_add(DAY_MS) => Self::Day,
            Some(due) if due < now.saturating_add(7 * DAY_MS) => Self::Week,
            Some(_) => Self::Later,
            None => Self::Without,
        }
    }
}

/// Rows under their headings, in the order of deadlines.
pub struct Grouped {
    /// The heading.
    pub heading: String,
    /// Its icon.
    pub icon: &'static str,
    /// Its colour.
    pub class: &'static str,
    /// The rows.
    pub rows: Vec<Row>,
}

/// Puts rows under their headings.
pub fn grouped(ui: &Ui, rows: Vec<Row>) -> Vec<Grouped> {
    let mut groups: Vec<(Group, Vec<Row>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(group, _)| *group == row.group) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((row.group, vec![row])),
        }
    }
    groups.sort_by_key(|(group, _)| *group);
    let grouped = groups.into_iter().map(|(group, rows)| {
        let (id, icon, class) = group.heading();
        Grouped { heading: ui.n(id, rows.len()), icon, class, rows }
    });
    grouped.collect()
}

/// The page of a record; its log by its short name, `<agency>/<epoch>/<lane>`.
pub fn record_path(channel: &ChannelId, log: impl fmt::Display, index: u64) -> String {
    format!("/records/{channel}/{log}/{index}")
}

/// The page of a thread.
pub fn thread_path(channel: &ChannelId, lane: Lane, thread: &ThreadId) -> String {
    format!("/threads/{thread}?channel={channel}&lane={}", lane.name())
}

/// A thread as a row.
pub fn row(node: &Node, caller: &Caller, ui: &Ui, line: ThreadLine) -> Row {
    let glance = node.office.glance(caller, line.place());
    let handle = node.channel(&line.channel);
    let party = handle.and_then(|handle| Party::others(&handle.value(), ui.language).into_iter().next());
    let with = glance.as_ref().and_then(|glance| glance.with.as_ref()).map(|with| who(node, with));
    let due = line.due_ms.map(|ms| due(ui, ms));
    Row {
        href: thread_path(&line.channel, line.lane, &line.thread),
        value: format!("{}/{}/{}", line.channel, line.lane.name(), line.thread),
        kind: ui.m(&words::kind_of_thread(&line.kind)),
        title: line.title.clone().unwrap_or_else(|| ui.t("no-title")),
        state: state(ui, node, &line),
        group: Group::of(line.due_ms, ui.now_ms),
        is_unread: glance.is_some_and(|glance| glance.unread) || node.personal.is_unread(caller, &line),
        is_urgent: line.lane == Lane::Urgent,
        records: ui.number_u64(line.records),
        name: line.name,
        party,
        due,
        with,
    }
}

/// When something is due.
pub fn due(ui: &Ui, ms: u64) -> Due {
    let class = match Group::of(Some(ms), ui.now_ms) {
        Group::Overdue => "r",
        Group::Day => "a",
        _ => "",
    };
    Due { ms, remaining: ui.remaining(ms), moment: ui.moment(ms), iso: ui.iso(ms), class }
}

/// Who deals with something, as people know them.
pub fn who(node: &Node, with: &With) -> Who {
    let name = match with {
        With::Person(id) => person(node, id),
        With::Office(office) => office.clone(),
    };
    Who { initials: initials(&name), name }
}

/// The name of a person, or the id of one who is known no more.
pub fn person(node: &Node, id: &str) -> String {
    node.people.known(id).map_or_else(|| id.to_owned(), |person| person.about.name)
}

/// A field of a header as people read it: what it is called, and what it says.
pub fn header_row(ui: &Ui, name: &str, value: &Value) -> (String, String) {
    let word = |value: &Value| match value.as_str() {
        Some(text) => ui.m(&words::header_word(name, text)),
        None => plain(value),
    };
    let text = match value {
        Value::Array(items) => items.iter().map(word).collect::<Vec<_>>().join(ui.language.comma()),
        Value::Object(members) => members.values().map(plain).collect::<Vec<_>>().join("/"),
        Value::Bool(yes) => ui.t(if *yes { "yes" } else { "no" }),
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), |number| ui.number_u64(number)),
        value => word(value),
    };
    (ui.m(&words::header_label(name)), text)
}

/// Handling codes: the code, what it says in short, and all that it means.
pub fn handling(ui: &Ui, codes: &[Handling]) -> Vec<(String, String, String)> {
    let one = |code: &Handling| {
        let code = format!("{code:?}");
        let (short, long) = (words::header_word("handling", &code), words::header_meaning("handling", &code));
        (code, ui.m(&short), ui.m(&long))
    };
    codes.iter().map(one).collect()
}

/// What a value of JSON is for people: text as it is.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn state(ui: &Ui, node: &Node, line: &ThreadLine) -> Tag {
    let ours = line.awaits.contains(&node.me);
    let (class, icon) = match (line.open, line.overdue, ours) {
        (true, true, true) => ("red", "triangle-alert"),
        (true, true, false) => ("red", "alarm-clock"),
        (true, false, true) => ("amber", "circle-dot"),
        (true, false, false) => ("blue", "circle-dashed"),
        (false, ..) => ("green", "circle-check"),
    };
    let text = match line.open && ours {
        true => ui.t("awaits-us"),
        false => ui.m(&words::state(&line.state)),
    };
    Tag { class, icon, text }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Tag { class, icon, text });
    sample!(Grouped { heading, icon, class, rows });
    sample!(Row { href, value, name, kind, title, party, state, due, is_unread, is_urgent, with, records, group });
    sample!(Due { ms, remaining, moment, iso, class });
    sample!(Who { initials, name });
}
