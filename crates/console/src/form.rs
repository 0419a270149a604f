//! Forms made from the tables of fields: what a form shows of a body, and the body that a form says.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use desks::{
    kinds::Kind,
    shape::{Field, Shape},
};
use doors::problem::Failed;
use node::fault::Fault;
use protocol::id::ChannelId;
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{Map, Value};
use texts::say;

use crate::{ui::Ui, words};

/// What stands before the names of a body's fields in a form.
pub(crate) const BODY: &str = "b.";
/// What stands before the names of a header's fields in a form.
pub(crate) const HEADER: &str = "h.";

/// What a form says: names and values, in the order of the form.
#[derive(Debug, Default, Clone)]
pub struct Said(pub(crate) Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Said {
    type Rejection = Failed;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failed> {
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|error| Failed(Fault::usage(say!("task-failed", error = %error))))?;
        let pairs = form_urlencoded::parse(&body);
        // Forms end lines as HTTP does; what is signed and kept ends them as text does.
        Ok(Self(pairs.map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n"))).collect()))
    }
}

/// That a form names no channel that is open here.
pub fn channel_not_open() -> Fault {
    Fault::usage(say!("channel-not-open")).in_field("channel")
}

impl Said {
    /// What a query says.
    pub fn of_query(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The value under a name; empty if there is none.
    pub fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(named, _)| named == name).map_or("", |(_, value)| value)
    }

    /// The value under a name, if it is not empty.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.one(name).trim()).filter(|value| !value.is_empty())
    }

    /// Every value under a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(named, _)| named == name).map(|(_, value)| value.as_str())
    }

    /// The channel that a form names.
    ///
    /// # Errors
    /// It names none.
    pub fn channel(&self) -> Result<ChannelId, Fault> {
        self.one("channel").trim().parse().map_err(|_| channel_not_open())
    }

    /// The body that the form says, as JSON with its fields in the order of their table.
    pub fn body(&self, kind: &Kind) -> String {
        serde_json::to_string(&self.table(kind.fields, BODY)).unwrap_or_default()
    }

    fn table(&self, fields: &[Field], before: &str) -> InOrder {
        let members = fields.iter().filter_map(|field| {
            let value = self.value(field, &format!("{before}{}", field.name))?;
            Some((field.name, value))
        });
        InOrder(members.collect())
    }

    fn value(&self, field: &Field, name: &str) -> Option<Member> {
        match field.shape {
            Shape::List(..) => {
                let lines = self.one(name).lines().map(str::trim).filter(|line| !line.is_empty());
                let lines: Vec<String> = lines.map(str::to_owned).collect();
                (field.required || !lines.is_empty()).then_some(Member::Lines(lines))
            }
            Shape::Tables(inner, _, max) => {
                let rows = (0..max).map(|row| self.table(inner, &format!("{name}.{row}.")));
                let rows: Vec<InOrder> = rows.filter(InOrder::says_something).collect();
                (field.required || !rows.is_empty()).then_some(Member::Rows(rows))
            }
            Shape::Table(inner) => {
                let table = self.table(inner, &format!("{name}."));
                (field.required || table.says_something()).then_some(Member::Table(table))
            }
            Shape::LineOrEmpty(_) | Shape::DayOrLess | Shape::UrlOrEmpty if field.required => {
                Some(Member::Text(self.one(name).trim().to_owned()))
            }
            Shape::Text(_) => Some(self.one(name)).filter(|text| !text.trim().is_empty()).map(Member::text),
            _ => self.some(name).map(Member::text),
        }
    }

    /// The fields of the header that the form says.
    pub fn header(&self, kind: &Kind) -> Map<String, Value> {
        let mut header = Map::new();
        let mut put = |name: &str, value: Value| {
            header.insert(name.to_owned(), value);
        };
        for field in HEADER_FIELDS {
            let name = format!("{HEADER}{}", field.name);
            match field.control {
                HeaderControl::Line | HeaderControl::Text | HeaderControl::Day | HeaderControl::Choice => {
                    if let Some(text) = self.some(&name).filter(|text| !(field.name == "urgency" && *text == "normal"))
                    {
                        put(field.name, Value::from(text));
                    }
                }
                HeaderControl::Count => {
                    if let Some(count) = self.some(&name).and_then(|text| text.parse::<u32>().ok()) {
                        put(field.name, Value::from(count));
                    }
                }
                HeaderControl::YesNo => match self.one(&name) {
                    "yes" => put(field.name, Value::from(true)),
                    "no" => put(field.name, Value::from(false)),
                    _ => {}
                },
                HeaderControl::Several => {
                    let chosen: Vec<Value> = words::header_words(field.name)
                        .iter()
                        .filter(|word| self.all(&name).any(|said| said == **word))
                        .map(|word| Value::from(*word))
                        .collect();
                    if !chosen.is_empty() || self.some("h.shown").is_some() && field.name == "handling" {
                        put(field.name, Value::from(chosen));
                    }
                }
                HeaderControl::Lines => {
                    let lines: Vec<Value> = self
                        .one(&name)
                        .lines()
                        .map(str::trim)
                        .filter(|line| !line.is_empty())
                        .map(Value::from)
                        .collect();
                    if !lines.is_empty() {
                        put(field.name, Value::from(lines));
                    }
                }
                HeaderControl::Grades => {
                    if let (Some(source), Some(info)) = (self.some("h.source"), self.some("h.info")) {
                        let grades = [("source", source), ("info", info)];
                        let grades = grades.map(|(name, grade)| (name.to_owned(), Value::from(grade)));
                        put(field.name, Value::Object(grades.into_iter().collect()));
                    }
                }
            }
        }
        // The header says the language of the body, where the body says it.
        if kind.fields.iter().any(|field| field.name == "language")
            && let Some(language) = self.some("b.language")
        {
            put("language", Value::from(language));
        }
        let files: Vec<Value> = self.all("h.attachments").filter_map(|file| serde_json::from_str(file).ok()).collect();
        if !files.is_empty() {
            put("attachments", Value::from(files));
        }
        header
    }
}

/// A member of a body.
enum Member {
    Text(String),
    Lines(Vec<String>),
    Rows(Vec<InOrder>),
    Table(InOrder),
}

impl Member {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Serialize for Member {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Lines(lines) => lines.serialize(serializer),
            Self::Rows(rows) => rows.serialize(serializer),
            Self::Table(table) => table.serialize(serializer),
        }
    }
}

/// A table whose members are written in the order of their fields.
struct InOrder(Vec<(&'static str, Member)>);

impl InOrder {
    fn says_something(&self) -> bool {
        self.0.iter().any(|(_, member)| match member {
            Member::Text(text) => !text.is_empty(),
            Member::Lines(lines) => !lines.is_empty(),
            Member::Rows(rows) => !rows.is_empty(),
            Member::Table(table) => table.says_something(),
        })
    }
}

impl Serialize for InOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, member) in &self.0 {
            map.serialize_entry(name, member)?;
        }
        map.end()
    }
}

/// A field of a form.
pub struct FieldShown {
    /// Its name in the form.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What it means.
    pub help: String,
    /// Whether nothing can be sent without it.
    pub required: bool,
    /// What people fill in.
    pub control: Control,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// What people fill in.
pub enum Control {
    /// One line.
    Line {
        /// What stands there.
        value: String,
        /// At most so many characters.
        max: usize,
    },
    /// Text with line breaks.
    Text {
        /// What stands there.
        value: String,
        /// At most so many characters.
        max: usize,
    },
    /// One of some words.
    Choice(Vec<Choice>),
    /// Several of some words.
    Several(Vec<Choice>),
    /// A day.
    Day(String),
    /// A number.
    Count(String),
    /// A line for each item.
    Lines(String),
    /// The fields of a table.
    Parts(Vec<FieldShown>),
    /// Rows of a table.
    Rows {
        /// What one row is called.
        one: String,
        /// The rows, an empty one last.
        rows: Vec<Vec<FieldShown>>,
    },
}

/// A word that can be chosen.
pub struct Choice {
    /// As the body has it.
    pub value: String,
    /// As people read it.
    pub label: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// The fields of a body's form, filled in with what is known of it.
pub fn fields(ui: &Ui, kind: &Kind, body: &Value, error: Option<(&str, &str)>) -> Vec<FieldShown> {
    let paths = Paths { ui, kind, error };
    paths.table(kind.fields, body, BODY, ("", ""))
}

struct Paths<'a> {
    ui: &'a Ui,
    kind: &'a Kind,
    error: Option<(&'a str, &'a str)>,
}

impl Paths<'_> {
    /// The fields of a table: by the path of the table, and by its place, which says the row too.
    fn table(&self, fields: &[Field], values: &Value, before: &str, of: (&str, &str)) -> Vec<FieldShown> {
        fields.iter().map(|field| self.field(field, values.get(field.name), before, of)).collect()
    }

    fn field(&self, field: &Field, value: Option<&Value>, before: &str, (path, place): (&str, &str)) -> FieldShown {
        let ui = self.ui;
        let text = value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = format!("{before}{}", field.name);
        let below = |of: &str| if of.is_empty() { field.name.to_owned() } else { format!("{of}.{}", field.name) };
        let (path, place) = (below(path), below(place));
        let control = match field.shape {
            Shape::Text(max) => Control::Text { value: text, max },
            Shape::OneOf(words) => Control::Choice(
                words
                    .iter()
                    .map(|word| Choice {
                        value: (*word).to_owned(),
                        label: ui.m(&words::word(field.name, word)),
                        is_chosen: text == *word,
                    })
                    .collect(),
            ),
            Shape::Day => Control::Day(text),
            Shape::Line(max) | Shape::LineOrEmpty(max) => Control::Line { value: text, max },
            Shape::List(..) => {
                let lines = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
                Control::Lines(lines.collect::<Vec<_>>().join("\n"))
            }
            Shape::Tables(inner, min, max) => {
                let filled = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let count =
                    (filled.len() + usize::from(filled.is_empty() && min > 0 || !filled.is_empty())).max(1).min(max);
                let rows = (0..count).map(|row| {
                    let values = filled.get(row).unwrap_or(&Value::Null);
                    self.table(inner, values, &format!("{name}.{row}."), (&path, &format!("{place}[{row}]")))
                });
                Control::Rows { one: ui.m(&words::row_name(field.name)), rows: rows.collect() }
            }
            Shape::Table(inner) => {
                let values = value.unwrap_or(&Value::Null);
                Control::Parts(self.table(inner, values, &format!("{name}."), (&path, &place)))
            }
            _ => Control::Line { value: text, max: 1024 },
        };
        // What is wrong with one of its items is its own; with a field of one of its rows, that field's.
        let is_own = |rest: &str| rest.is_empty() || rest.starts_with('[') && rest.ends_with(']');
        let error = self.error.filter(|(at, _)| at.strip_prefix(place.as_str()).is_some_and(is_own));
        FieldShown {
            label: ui.m(&words::field_label(self.kind, &path)),
            help: ui.m(&words::field_help(self.kind, &path)),
            required: field.required,
            error: error.map(|(_, problem)| problem.to_owned()),
            name,
            control,
        }
    }
}

/// A field of the header that an author may set.
struct HeaderField {
    name: &'static str,
    control: HeaderControl,
}

#[derive(Clone, Copy)]
enum HeaderControl {
    Line,
    Text,
    Day,
    Count,
    YesNo,
    Lines,
    Choice,
    Several,
    Grades,
}

const fn header_field(name: &'static str, control: HeaderControl) -> HeaderField {
    HeaderField { name, control }
}

/// The fields of the header in the order of the form. What the clause and the thread say is filled in by the node.
const HEADER_FIELDS: &[HeaderField] = &[
    header_field("subject_category", HeaderControl::Choice),
    header_field("subject_count", HeaderControl::Count),
    header_field("is_minor", HeaderControl::YesNo),
    header_field("special_categories", HeaderControl::Several),
    header_field("offence", HeaderControl::Line),
    header_field("necessity", HeaderControl::Text),
    header_field("urgency", HeaderControl::Choice),
    header_field("urgency_ground", HeaderControl::Choice),
    header_field("handling", HeaderControl::Several),
    header_field("h3_text", HeaderControl::Line),
    header_field("evaluation", HeaderControl::Grades),
    header_field("use_restrictions", HeaderControl::Lines),
    header_field("retain_until", HeaderControl::Day),
    header_field("assurance_ref", HeaderControl::Line),
    header_field("risk_assessment_ref", HeaderControl::Line),
    header_field("consent_ref", HeaderControl::Line),
    header_field("tlp", HeaderControl::Choice),
];

/// The header's part of a form, filled in with what was said.
pub fn header_fields(ui: &Ui, header: &Map<String, Value>, error: Option<(&str, &str)>) -> Vec<FieldShown> {
    let choices = |name: &str, is_chosen: &dyn Fn(&str) -> bool| -> Vec<Choice> {
        let one = |word: &&str| Choice {
            value: (*word).to_owned(),
            label: ui.m(&words::header_word(name, word)),
            is_chosen: is_chosen(word),
        };
        words::header_words(name).iter().map(one).collect()
    };
    let mut shown = Vec::new();
    for field in HEADER_FIELDS {
        let value = header.get(field.name);
        let text = value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut add = |name: &str, label: String, control| {
            let error = error.filter(|(at, _)| *at == field.name || at.strip_prefix("header.") == Some(field.name));
            shown.push(FieldShown {
                name: format!("{HEADER}{name}"),
                label,
                help: ui.m(&words::header_help(field.name)),
                required: false,
                control,
                error: error.map(|(_, problem)| problem.to_owned()),
            });
        };
        let label = ui.m(&words::header_label(field.name));
        match field.control {
            HeaderControl::Line => add(field.name, label, Control::Line { value: text, max: 1024 }),
            HeaderControl::Text => add(field.name, label, Control::Text { value: text, max: 5000 }),
            HeaderControl::Day => add(field.name, label, Control::Day(text)),
            HeaderControl::Count => {
                let count = value.and_then(Value::as_u64).map(|count| count.to_string());
                add(field.name, label, Control::Count(count.unwrap_or_default()));
            }
            HeaderControl::YesNo => {
                let said = value.and_then(Value::as_bool);
                let yes_no = [("yes", true, "yes"), ("no", false, "no")].map(|(value, means, id)| Choice {
                    value: value.to_owned(),
                    label: ui.t(id),
                    is_chosen: said == Some(means),
                });
                add(field.name, label, Control::Choice(yes_no.into()));
            }
            HeaderControl::Lines => {
                let lines = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
                add(field.name, label, Control::Lines(lines.collect::<Vec<_>>().join("\n")));
            }
            HeaderControl::Choice => {
                let chosen = |word: &str| text == word || text.is_empty() && word == "normal";
                add(field.name, label, Control::Choice(choices(field.name, &chosen)));
            }
            HeaderControl::Several => {
                let said: Vec<&str> =
                    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
                add(field.name, label, Control::Several(choices(field.name, &|word| said.contains(&word))));
            }
            HeaderControl::Grades => {
                for part in ["source", "info"] {
                    let grade = value.and_then(|grades| grades.get(part)).and_then(Value::as_str).unwrap_or_default();
                    let control = Control::Choice(choices(part, &|word| word == grade));
                    add(part, ui.m(&words::header_label(part)), control);
                }
            }
        }
    }
    shown
}

/// A field of a body as it is read.
pub struct FieldRead {
    /// What it is called.
    pub label: String,
    /// What it says.
    pub value: ValueRead,
}

/// What a field says.
pub enum ValueRead {
    /// Words of the author, in the language of the body.
    Words(String),
    /// A word of the table, in the reader's language.
    Word(String),
    /// A day.
    Day(String),
    /// A list.
    List(Vec<String>),
    /// Rows of a table.
    Rows(Vec<Vec<FieldRead>>),
}

/// The fields of a body in the order of their table; those that it does not have are left out.
pub fn read(ui: &Ui, kind: &Kind, fields: &[Field], body: &Value, path: &str) -> Vec<FieldRead> {
    let one = |field: &Field| {
        let value = body.get(field.name)?;
        let path = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
        let text = value.as_str().unwrap_or_default();
        let value = match field.shape {
            Shape::OneOf(_) => ValueRead::Word(ui.m(&words::word(field.name, text))),
            Shape::Day | Shape::DayOrLess => {
                ValueRead::Day(text.parse().map_or_else(|_| text.to_owned(), |day| ui.day(day)))
            }
            Shape::List(..) => {
                let items = value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
                ValueRead::List(items.collect())
            }
            Shape::Tables(inner, ..) => {
                let rows = value.as_array().into_iter().flatten();
                ValueRead::Rows(rows.map(|row| read(ui, kind, inner, row, &path)).collect())
            }
            Shape::Table(inner) => ValueRead::Rows(vec![read(ui, kind, inner, value, &path)]),
            _ => ValueRead::Words(text.to_owned()),
        };
        let is_empty = matches!(&value, ValueRead::Words(text) | ValueRead::Day(text) if text.is_empty())
            || matches!(&value, ValueRead::List(items) if items.is_empty());
        (!is_empty).then(|| FieldRead { label: ui.m(&words::field_label(kind, &path)), value })
    };
    fields.iter().filter_map(one).collect()
}

/// The word that a body's field has where the record does this act: so that a button leads to a form that says it already. It is
/// found by trying the words on the kind's own example, with and without what may be left out.
pub fn fills_in(kind: &Kind, act: &Value) -> Option<(&'static str, &'static str)> {
    let header = protocol::header::Header::parse(kind.header.as_bytes()).ok()?;
    let whole: Map<String, Value> = serde_json::from_str(kind.example).ok()?;
    let required = |name: &String| kind.fields.iter().any(|field| field.required && field.name == name);
    let short: Map<String, Value> = whole.clone().into_iter().filter(|(name, _)| required(name)).collect();
    let does = |body: &Map<String, Value>, field: &Field, word: &str| {
        let mut body = body.clone();
        body.insert(field.name.to_owned(), Value::from(word));
        let body = Value::Object(body).to_string();
        let done = kind.check(&header, body.as_bytes()).ok().and_then(|checked| checked.act);
        let done = done.and_then(|done| serde_json::from_str::<Value>(&done).ok());
        done.is_some_and(|done| word_of(&done) == word_of(act))
    };
    let fields = kind.fields.iter().filter(|field| field.name != "language");
    let mut tries = fields.filter_map(|field| match field.shape {
        Shape::OneOf(words) => Some(words.iter().map(move |word| (field, *word))),
        _ => None,
    });
    let found =
        tries.find_map(|mut words| words.find(|(field, word)| does(&whole, field, word) || does(&short, field, word)));
    found.map(|(field, word)| (field.name, word))
}

/// The word of an act, whatever it says beside.
fn word_of(act: &Value) -> &str {
    let of_object = || act.as_object().and_then(|members| members.keys().next()).map(String::as_str);
    act.get("do").unwrap_or(act).as_str().or_else(of_object).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typed::of_body;

    #[test]
    fn the_button_of_an_act_leads_to_a_form_that_says_it() {
        let reply = desks::kinds::find("requests.reply/1").unwrap();
        assert_eq!(fills_in(reply, &Value::from("answer")), Some(("outcome", "answered")));
        let progress = desks::kinds::find("requests.progress/1").unwrap();
        let accept = serde_json::from_str("{\"accept\":{}}").unwrap();
        assert_eq!(fills_in(progress, &accept), Some(("step", "accepted")));
        assert_eq!(fills_in(progress, &Value::from("close")), Some(("step", "closed")));
    }

    #[test]
    fn what_is_wrong_with_a_row_stands_at_that_row_only() {
        let kind = desks::kinds::find("register.readout/1").unwrap();
        let body: Value = serde_json::from_str(kind.example).unwrap();
        let errors = |at: &str| {
            let shown = fields(&Ui::sample(texts::Language::En), kind, &body, Some((at, "wrong")));
            let mut found = Vec::new();
            for field in &shown {
                found.extend(field.error.as_ref().map(|_| field.name.clone()));
                if let Control::Rows { rows, .. } = &field.control {
                    found.extend(rows.iter().flatten().filter(|field| field.error.is_some()).map(|f| f.name.clone()));
                }
            }
            found
        };
        assert_eq!(errors("topic[0].scope"), ["b.topic.0.scope"]);
        assert_eq!(errors("topic[1].scope"), ["b.topic.1.scope"]);
        assert_eq!(errors("topic[1]"), ["b.topic"]);
        assert_eq!(errors("parties[1]"), ["b.parties"]);
        assert_eq!(errors("publisher"), ["b.publisher"]);
        assert_eq!(errors("digest"), [""; 0]);
    }

    /// What a form says that shows a body is that body again.
    #[test]
    fn a_form_says_the_same_bytes_as_the_command_line() {
        for kind in desks::kinds::all() {
            let body: Value = serde_json::from_str(kind.example).unwrap();
            let mut pairs = Vec::new();
            of_body(&mut pairs, kind.fields, &body, BODY);
            let said = Said(pairs).body(kind);
            let again: Value = serde_json::from_str(&said).unwrap();
            assert_eq!(again, body, "{}", kind.name);
            // In the order of the table, without a blank: as the command line writes what it reads from TOML.
            let toml = toml(&body);
            let drafts = kind.drafts_from_toml(&toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
            assert_eq!(said.len(), drafts[0].body.len(), "{}: {said}\n{}", kind.name, drafts[0].body);
        }
    }

    /// A body as people write it in a file.
    fn toml(body: &Value) -> String {
        let text = |value: &Value| value.to_string();
        let mut lines = String::new();
        let (tables, plain): (Vec<_>, Vec<_>) = body
            .as_object()
            .unwrap()
            .iter()
            .partition(|(_, value)| value.is_object() || value.get(0).is_some_and(Value::is_object));
        plain.iter().for_each(|(name, value)| lines += &format!("{name} = {}\n", text(value)));
        for (name, rows) in tables {
            let (head, rows) = match rows.as_array() {
                Some(rows) => (format!("[[{name}]]\n"), rows.iter().collect()),
                None => (format!("[{name}]\n"), vec![rows]),
            };
            for row in rows {
                lines += &head;
                row.as_object()
                    .unwrap()
                    .iter()
                    .for_each(|(name, value)| lines += &format!("{name} = {}\n", text(value)));
            }
        }
        lines
    }
}
