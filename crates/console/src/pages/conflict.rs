//! A draft that somebody else changed while one wrote on it: field by field what differs, and which of the two is to stand.

use std::collections::BTreeMap;

use askama::Template;
use desks::{
    kinds::Kind,
    shape::{Field, Shape},
};
use node::{drafting::ToPrepare, office::State};

use crate::{
    diff::{Change, Piece, pieces},
    form::{BODY, HEADER, Said},
    page::page,
    rows,
    typed::typed,
    ui::Ui,
    words,
};

/// What stands before the name of a field in the form: the value says whose words are taken.
const TAKE: &str = "take.";
/// Names of the form that say what is to be done, and nothing of the draft.
const ACTS: [&str; 2] = ["then", "revision"];

/// What differs, and what to do about it.
#[derive(Template)]
#[template(path = "conflict.html")]
pub struct Conflict {
    ui: Ui,
    id: String,
    name: String,
    revision: u64,
    fields: Vec<Differing>,
    /// All that this person typed.
    mine: Vec<(String, String)>,
    /// Whether the draft is still being written.
    is_open: bool,
}

page!(Conflict);

struct Differing {
    take: String,
    label: String,
    pieces: Vec<Piece>,
    mine: String,
    other: String,
}

impl Conflict {
    /// Between what somebody typed and a draft as it stands.
    pub fn new(
        ui: Ui,
        kind: &Kind,
        said: &Said,
        (id, revision, state, what): (String, u64, State, &ToPrepare),
    ) -> Self {
        let other = typed(kind, what);
        let (mine_by, other_by) = (by_field(said), by_field(&other));
        let mut names: Vec<&String> = mine_by.keys().chain(other_by.keys()).collect();
        names.sort_by_key(|name| (order(kind, name), name.as_str()));
        names.dedup();
        let none = Vec::new();
        let fields = names.into_iter().filter_map(|name| {
            let pairs = |of: &BTreeMap<String, Vec<(String, String)>>| of.get(name).unwrap_or(&none).clone();
            let (mine, other) = (pairs(&mine_by), pairs(&other_by));
            (mine != other).then(|| {
                let (mine, other) = (told(&ui, kind, &mine), told(&ui, kind, &other));
                let (take, label) = (format!("{TAKE}{name}"), label(&ui, kind, name));
                Differing { take, label, pieces: pieces(&other, &mine), mine, other }
            })
        });
        Self {
            name: ui.m(&words::kind_name(kind)),
            id,
            revision,
            fields: fields.collect(),
            mine: said.0.iter().filter(|(name, _)| is_of_draft(name)).cloned().collect(),
            is_open: state == State::Open,
            ui,
        }
    }
}

/// What a form says once whose words are to stand is chosen: of some fields the other's, as the draft has them.
pub fn settled(said: &Said, kind: &Kind, what: &ToPrepare) -> Said {
    let is_others = |field: &str| said.one(&format!("{TAKE}{field}")) == "other";
    let mine = said.0.iter().filter(|(name, _)| !name.starts_with(TAKE) && !is_others(&field_of(name)));
    let other = typed(kind, what);
    let other = other.0.into_iter().filter(|(name, _)| is_others(&field_of(name)));
    Said(mine.cloned().chain(other).collect())
}

/// Whether a form says what a draft does.
pub fn is_same(kind: &Kind, said: &Said, what: &ToPrepare) -> bool {
    by_field(said) == by_field(&typed(kind, what))
}

/// Whether a form says whose words are to stand.
pub fn settles(said: &Said) -> bool {
    said.0.iter().any(|(name, _)| name.starts_with(TAKE))
}

fn is_of_draft(name: &str) -> bool {
    !name.starts_with(TAKE) && !ACTS.contains(&name)
}

/// What is filled in, by the field of the body or the header that it belongs to.
fn by_field(said: &Said) -> BTreeMap<String, Vec<(String, String)>> {
    let mut fields: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let is_field = |name: &str| name == "clause" || name.starts_with(BODY) || name.starts_with(HEADER);
    for (name, value) in said.0.iter().filter(|(name, value)| is_field(name) && !value.trim().is_empty()) {
        // What every form says where nobody chose.
        if (name.as_str(), value.as_str()) != ("h.urgency", "normal") {
            fields.entry(field_of(name)).or_default().push((name.clone(), value.clone()));
        }
    }
    fields.values_mut().for_each(|pairs| pairs.sort());
    fields
}

/// The field to which a name of a form belongs: `b.topic` of `b.topic.3.scope`.
fn field_of(name: &str) -> String {
    match name {
        "h.source" | "h.info" => "h.evaluation".to_owned(),
        name => name.splitn(3, '.').take(2).collect::<Vec<_>>().join("."),
    }
}

/// The body's fields first, as its form has them.
fn order(kind: &Kind, name: &str) -> usize {
    let body = name.strip_prefix(BODY);
    body.and_then(|body| kind.fields.iter().position(|field| field.name == body)).unwrap_or(usize::MAX)
}

fn label(ui: &Ui, kind: &Kind, name: &str) -> String {
    match (name.strip_prefix(BODY), name.strip_prefix(HEADER)) {
        (Some(field), _) => ui.m(&words::field_label(kind, field)),
        (_, Some(field)) => ui.m(&words::header_label(field)),
        _ => ui.t("clause"),
    }
}

/// What a field says, as people read it: of a table a line for each of its fields.
fn told(ui: &Ui, kind: &Kind, pairs: &[(String, String)]) -> String {
    let line = |(name, value): &(String, String)| match (name.strip_prefix(BODY), name.strip_prefix(HEADER)) {
        (Some(path), _) => match &path.split('.').collect::<Vec<_>>()[..] {
            [field] => word(ui, kind.fields, field, value),
            [table, field] => {
                let label = ui.m(&words::field_label(kind, &format!("{table}.{field}")));
                format!("{label}: {}", word(ui, inner(kind.fields, table), field, value))
            }
            [table, row, field] => {
                let label = ui.m(&words::field_label(kind, &format!("{table}.{field}")));
                let row = row.parse::<usize>().map(|row| ui.number(row.saturating_add(1))).unwrap_or_default();
                format!("{row} · {label}: {}", word(ui, inner(kind.fields, table), field, value))
            }
            _ => value.clone(),
        },
        (_, Some("attachments")) => file_name(value),
        (_, Some(field)) => rows::header_row(ui, field, &value.as_str().into()).1,
        _ => value.clone(),
    };
    pairs.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn inner(fields: &'static [Field], table: &str) -> &'static [Field] {
    match fields.iter().find(|field| field.name == table).map(|field| field.shape) {
        Some(Shape::Tables(inner, ..) | Shape::Table(inner)) => inner,
        _ => &[],
    }
}

fn word(ui: &Ui, fields: &[Field], name: &str, value: &str) -> String {
    match fields.iter().find(|field| field.name == name).map(|field| field.shape) {
        Some(Shape::OneOf(_)) => ui.m(&words::word(name, value)),
        _ => value.to_owned(),
    }
}

fn file_name(file: &str) -> String {
    let file: serde_json::Value = serde_json::from_str(file).unwrap_or_default();
    file.get("name").and_then(|name| name.as_str()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    sample!(Conflict { ui, id, name, revision, fields, mine, is_open });
    sample!(Differing { take, label, pieces, mine, other });
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};
    use texts::Language;

    use super::*;
    use crate::pages::write::to_prepare;

    fn what(kind: &Kind, body: &Value) -> ToPrepare {
        ToPrepare {
            channel: None,
            lane: None,
            kind: kind.name.to_owned(),
            clause: Some("c1".to_owned()),
            reply_to: None,
            header: Map::new(),
            body: Value::String(body.to_string()),
            name: None,
        }
    }

    #[test]
    fn nothing_is_lost_whosever_words_are_taken() {
        let kind = desks::kinds::find("register.readout/1").unwrap();
        let before: Value = serde_json::from_str(kind.example).unwrap();
        let (mut mine, mut other) = (before.clone(), before);
        mine["title_en"] = "what I typed".into();
        mine["topic"][0]["status"] = "agreed".into();
        other["title_en"] = "what a colleague typed".into();
        other["publisher"] = "made up".into();
        let (said, kept) = (typed(kind, &what(kind, &mine)), what(kind, &other));
        let conflict =
            Conflict::new(Ui::sample(Language::En), kind, &said, ("d-2026-001".to_owned(), 3, State::Open, &kept));
        let differing: Vec<&str> = conflict.fields.iter().map(|field| field.take.as_str()).collect();
        assert!(differing.contains(&"take.b.title_en") && differing.contains(&"take.b.publisher"), "{differing:?}");
        let title = conflict.fields.iter().find(|field| field.take == "take.b.title_en").unwrap();
        let new: String = title
            .pieces
            .iter()
            .filter(|piece| piece.change != Change::Removed)
            .map(|piece| piece.text.as_str())
            .collect();
        assert_eq!((new.as_str(), title.other.as_str()), ("what I typed", "what a colleague typed"));

        // Mine stands where nothing is chosen, the other's where it is; and the choice itself is no part of the draft.
        let body = |pairs: &[(&str, &str)]| {
            let mut said = said.clone();
            said.0.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            let what = to_prepare(&settled(&said, kind, &kept), kind).unwrap();
            serde_json::from_str::<Value>(what.body.as_str().unwrap()).unwrap()
        };
        assert!(is_same(kind, &said, &what(kind, &mine)) && !is_same(kind, &said, &kept));
        assert_eq!(body(&[("take.b.title_en", "mine")]), mine);
        let all: Vec<(&str, &str)> = differing.iter().map(|take| (*take, "other")).collect();
        assert_eq!(body(&all), other);
        let mixed = body(&[("take.b.title_en", "mine"), ("take.b.publisher", "other"), ("take.b.topic", "mine")]);
        assert_eq!((&mixed["title_en"], &mixed["publisher"]), (&mine["title_en"], &other["publisher"]));
        assert_eq!(mixed["topic"], mine["topic"]);
    }
}
