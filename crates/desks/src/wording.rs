//! The words for what the tables name: desks, kinds, fields, words of lists, acts, what is due, roles, purposes.
//!
//! Tables have names for programs (`requests.request/1`, `reason_to_believe`, `partly_answered`). What people read in their
//! place stands in the texts (`crates/texts/*/desks.ftl`, `forms.ftl`, `words.ftl`), as a family of messages for each sort
//! of name. **One rule finds them all:** the id is the family and the name, in lower case, with `-` for whatever is neither
//! letter, digit nor `_`; of several ids the first one that there is counts, and the most particular one is tried first. Where
//! there is none, because a name is of a newer version or of an agreement's own, the name itself is said.
//!
//! | what | ids, in the order in which they are tried |
//! |---|---|
//! | a kind | `kind-<desk>-<word>`, and with `-about` a sentence; `write-<desk>-<word>` begins one |
//! | a field of a body | `field-<desk>-<word>-<path>`, `field-<desk>-<word>-<name>`, `field-<table>-<name>`, `field-<name>`; `help-…` the same |
//! | a row of a table | `one-<name>` |
//! | a word in a body | `word-<field>-<word>`, `word-<word>`; in the field `mechanism` `mechanism-<word>`, in `purpose` a purpose |
//! | a field of a header | `header-<path>`, `header-<name>`; `header-help-…` the same |
//! | a word in a header | `header-word-<field>-<word>`, and `header-long-…` at length; otherwise as in a body |
//! | an act | `act-<word>`, and with `-about` a sentence; `did-<word>`, or `did-<desk>-<word>` of a kind without one |
//! | what is due | `due-<label>`, `due-<class>`; `limit-<name>` the time that a clause gives for it |
//! | a role | `role-<role>`, and with `-about` a sentence; `approval-<role>` as a part in approving |
//! | anything else | its family and its name: `desk-`, `purpose-`, `scope-`, `state-`, `mechanism-`, `ineffective-`, `onward-`, `offence-`, `lane-` |

use std::collections::BTreeSet;

use protocol::statement::Duty;
use texts::{Message, Value, say, shown};

use crate::{
    kinds::{DESKS, Kind},
    shape::{Field, Shape},
};

#[cfg(test)]
mod tests;

/// Purpose codes that agreements use beside those of [`DESKS`], and the one of those who watch over the exchange.
///
/// Which codes have texts is said by lists and not by the texts: an agreement may use any code, also one that would hit
/// upon a message of another sort.
pub const MORE_PURPOSES: &[&str] =
    &["coordination", "demonstration", "documents", policy::OVERSIGHT, "requests", "training"];

/// The words of each field of a header that has a closed list of them; those of `evaluation` by its two halves.
pub const HEADER_WORDS: &[(&str, &[&str])] = &[
    ("handling", &["H0", "H1", "H2", "H3"]),
    ("urgency", &["normal", "urgent"]),
    ("urgency_ground", &["public_security", "threat_to_life", "detention_decision", "loss_of_relevance"]),
    ("source", crate::fields::SOURCES),
    ("info", crate::fields::INFORMATION),
    (
        "subject_category",
        &[
            "none",
            "suspect",
            "convicted",
            "victim",
            "witness_or_informant",
            "contact_or_associate",
            "missing",
            "traveller",
            "returnee",
            "officer",
        ],
    ),
    ("is_minor", &["true", "false"]),
    (
        "special_categories",
        &[
            "racial_or_ethnic_origin",
            "political_opinion",
            "religion_or_belief",
            "trade_union",
            "genetic",
            "biometric",
            "health",
            "sex_life",
        ],
    ),
    ("language", crate::fields::Language::WORDS),
    ("tlp", &["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]),
];

/// The words of a field of the header that has a closed list of them.
pub fn header_words(field: &str) -> &'static [&'static str] {
    HEADER_WORDS.iter().find(|(name, _)| *name == field).map_or(&[], |(_, words)| words)
}

/// The names of a clause's time limits in the first form, with those that desks give them now.
const IN_HOURS: &[(&str, &str)] = &[
    ("receipt_within_hours", "requests.receipt"),
    ("acknowledge_hours", "requests.acknowledge"),
    ("answer_hours", "requests.answer"),
    ("urgent_answer_hours", "requests.answer_urgent"),
    ("indirect_answer_hours", "requests.answer_indirect"),
    ("urgent_indirect_answer_hours", "requests.answer_urgent_indirect"),
    ("feedback_hours", "requests.feedback"),
];

/// The name of a desk, by [`Desk::name`](crate::desk::Desk::name): "Correspondence".
pub fn desk(name: &str) -> Message {
    first(name, &[("desk", name)])
}

/// What a record of the kind is called: "Request for information".
pub fn kind_name(kind: &Kind) -> Message {
    first(kind.word(), &[("kind", &of_kind(kind))])
}

/// What such a record is for, in one sentence.
pub fn kind_about(kind: &Kind) -> Message {
    first(kind.summary, &[("kind", &about(&of_kind(kind)))])
}

/// What a kind is, and its fields: a line and how deep it stands, up to the head of the example. In English in the words of the
/// tables.
pub fn kind_help(kind: &Kind) -> Vec<(usize, Message)> {
    let empty = || (0, Message::as_worded(""));
    let mut lines = vec![
        (0, Message::as_worded(kind.name)),
        (1, kind_about(kind).worded(kind.summary)),
        (1, say!("kinds-media-type", media_type = kind.media_type)),
        empty(),
        (0, say!("kinds-fields")),
    ];
    fields_help(kind, kind.fields, "", 1, &mut lines);
    lines.extend([empty(), (0, say!("kinds-example"))]);
    lines
}

fn fields_help(kind: &Kind, fields: &[Field], above: &str, depth: usize, lines: &mut Vec<(usize, Message)>) {
    for Field { name, required, help, shape } in fields {
        let path = format!("{above}{name}");
        let help = field_help(kind, &path).worded(*help);
        let line = match required {
            true => say!("kinds-field", name = *name, help = help, expected = shape.expected()),
            false => say!("kinds-field-optional", name = *name, help = help, expected = shape.expected()),
        };
        lines.push((depth, line));
        let depth = depth.saturating_add(1);
        match shape {
            Shape::Tables(inner, ..) => fields_help(kind, inner, &format!("{path}[0]."), depth, lines),
            Shape::Table(inner) => fields_help(kind, inner, &format!("{path}."), depth, lines),
            _ => {}
        }
    }
}

/// What the button says that begins a record of the kind: "Write a note".
pub fn write_label(kind: &Kind) -> Message {
    first(kind.word(), &[("write", &of_kind(kind))])
}

/// The label of a field, by its path as faults have it: `person[0].born`. A path from `header.` on is one of the header.
pub fn field_label(kind: &Kind, path: &str) -> Message {
    match path.strip_prefix("header.") {
        Some(path) => header_label(path),
        None => of_field("field", kind, path),
    }
}

/// A sentence that helps to fill in a field; paths are as in [`field_label`].
pub fn field_help(kind: &Kind, path: &str) -> Message {
    match path.strip_prefix("header.") {
        Some(path) => header_help(path),
        None => of_field("help", kind, path),
    }
}

/// What one row of a field is called that holds a table: "Person".
pub fn row_name(field: &str) -> Message {
    let name = last_of(field);
    first(&name, &[("one", &name)])
}

/// A word of a list in a body: "Answered in part". Whatever the list does not have is said as it is.
pub fn word(field: &str, value: &str) -> Message {
    match last_of(field).as_str() {
        "mechanism" => mechanism(value),
        "purpose" => purpose(value),
        "do" => act_label(value),
        name => first(value, &[("word", &format!("{name}-{value}")), ("word", value)]),
    }
}

/// The label of a field of the header, by its name or path: `handling`, `evaluation.source`.
pub fn header_label(path: &str) -> Message {
    of_header("header", path)
}

/// A sentence that helps to fill in a field of the header.
pub fn header_help(path: &str) -> Message {
    of_header("header-help", path)
}

/// A word in a field of the header: "Not to be passed on".
pub fn header_word(field: &str, value: &str) -> Message {
    let name = last_of(field);
    found(&[("header-word", &format!("{name}-{value}"))]).unwrap_or_else(|| word(&name, value))
}

/// The same with all that it means, where a short form leaves something out: handling codes and TLP labels.
pub fn header_meaning(field: &str, value: &str) -> Message {
    let name = last_of(field);
    found(&[("header-long", &format!("{name}-{value}"))]).unwrap_or_else(|| header_word(&name, value))
}

/// What the button of an act says: "Answer in part". `act` is the act as stubs have it, JSON of its desk's own type, or a word
/// alone: what a permission decides (`granted`) is no act, but is said like one.
pub fn act_label(act: &str) -> Message {
    let word = act_word(act);
    first(&word, &[("act", &word)])
}

/// What the act does, in one sentence.
pub fn act_about(act: &str) -> Message {
    let word = act_word(act);
    first(&word, &[("act", &about(&word))])
}

/// What a record did, as a line of a thread's history: "XAB accepted it". `act` is that of its stub; without one the kind says it.
pub fn did(kind: &Kind, act: Option<&str>, party: impl Into<Value>) -> Message {
    let name = act.map_or_else(|| of_kind(kind), act_word);
    match found(&[("did", &name)]) {
        Some(message) => message.with("party", party),
        None => kind_name(kind),
    }
}

/// What is due, by its name as [`Duty`] is written (`answer/requests.answer`), its class or its label alone: "Urgent answer".
pub fn due(name: &str) -> Message {
    match name.parse() {
        Ok(Duty { class, label }) => {
            let label = label.unwrap_or_default();
            first(name, &[("due", &label), ("due", class.name())])
        }
        Err(_) => first(name, &[("due", name)]),
    }
}

/// A time limit of a clause, by its name in either form: `requests.answer`, `answer_hours`.
pub fn limit(name: &str) -> Message {
    let now = IN_HOURS.iter().find(|(then, _)| *then == name).map_or(name, |(_, now)| now);
    first(name, &[("limit", now)])
}

/// A role, by [`Role::name`](crate::roles::Role::name): "Case officer".
pub fn role(name: &str) -> Message {
    first(name, &[("role", name)])
}

/// What the role does, in one sentence.
pub fn role_about(name: &str) -> Message {
    first(name, &[("role", &about(name))])
}

/// The part in which an officer approves, by [`ApprovalRole::name`](protocol::agreement::ApprovalRole::name).
pub fn approval(name: &str) -> Message {
    first(name, &[("approval", name)])
}

/// A purpose, by its code. A code that an agreement made up is said as it is.
pub fn purpose(code: &str) -> Message {
    let is_known = purpose_codes().any(|known| known == code);
    found(&[("purpose", code)]).filter(|_| is_known).unwrap_or_else(|| as_it_is(code))
}

/// An offence of the floor's catalogue, by its code: "Trafficking in persons".
pub fn offence(code: &str) -> Message {
    first(code, &[("offence", code)])
}

/// The codes of the floor's catalogue of offences.
pub fn offences() -> impl Iterator<Item = &'static str> {
    policy::CATALOGUE.iter().map(|(code, _)| *code)
}

/// Every purpose code that has a text, in order: desks share some.
pub fn purposes() -> BTreeSet<&'static str> {
    purpose_codes().collect()
}

fn purpose_codes() -> impl Iterator<Item = &'static str> {
    DESKS.iter().flat_map(|desk| desk.purposes).chain(MORE_PURPOSES).copied()
}

/// What a token may do, by the scope's name: `records:read`.
pub fn scope(name: &str) -> Message {
    first(name, &[("scope", name)])
}

/// The state of a thread, a record or a draft.
pub fn state(word: &str) -> Message {
    first(word, &[("state", word)])
}

/// A field of cooperation, by its code: `M01`.
pub fn mechanism(code: &str) -> Message {
    first(code, &[("mechanism", code)])
}

/// Why a record has no effect in its thread, by the code of [`Ineffective`](crate::thread::Ineffective).
pub fn ineffective(code: &str) -> Message {
    first(code, &[("ineffective", code)])
}

/// Whether what was received may be passed on: `none`, `with_consent`.
pub fn onward(word: &str) -> Message {
    first(word, &[("onward", word)])
}

/// A lane: `main`, `urgent`.
pub fn lane(word: &str) -> Message {
    first(word, &[("lane", word)])
}

/// Our own agency where a line names a party, in the third person: lines go on as after a name.
pub fn us() -> Message {
    say!("party-us")
}

fn of_field(family: &str, kind: &Kind, path: &str) -> Message {
    let names: Vec<&str> = names(path).collect();
    let name = names.last().copied().unwrap_or_default();
    let of_kind = of_kind(kind);
    let in_table = names.join("-");
    let particular = (format!("{of_kind}-{in_table}"), format!("{of_kind}-{name}"));
    let ids = [(family, particular.0.as_str()), (family, &particular.1), (family, &in_table), (family, name)];
    first(name, &ids)
}

fn of_header(family: &str, path: &str) -> Message {
    let path = path.strip_prefix("header.").unwrap_or(path);
    let name = last_of(path);
    let joined = names(path).collect::<Vec<_>>().join("-");
    let whole = names(path).next().unwrap_or_default();
    first(&name, &[(family, &joined), (family, &name), (family, whole)])
}

/// The first of these messages that there is, each a family and a name; otherwise the name as it is.
fn first(name: &str, ids: &[(&str, &str)]) -> Message {
    found(ids).unwrap_or_else(|| as_it_is(name))
}

fn found(ids: &[(&str, &str)]) -> Option<Message> {
    ids.iter().filter(|(_, name)| !name.is_empty()).find_map(|(family, name)| Message::of_family(family, &in_id(name)))
}

/// Names may come from others, and nothing around this one makes it harmless.
fn as_it_is(name: &str) -> Message {
    Message::as_worded(shown::line(name))
}

/// A name as it stands in an id.
fn in_id(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' }).collect()
}

fn about(name: &str) -> String {
    format!("{name}-about")
}

fn of_kind(kind: &Kind) -> String {
    format!("{}-{}", kind.desk(), kind.word())
}

/// The names in a path, without the numbers of rows.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').map(|step| step.split('[').next().unwrap_or(step))
}

fn last_of(path: &str) -> String {
    names(path).last().unwrap_or_default().to_owned()
}

/// The word of an act: the text, what the member `do` says, or the name of the one member of a table.
fn act_word(act: &str) -> String {
    match serde_json::from_str(act) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(serde_json::Value::Object(mut members)) if members.contains_key("do") => {
            members.remove("do").and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
        }
        Ok(serde_json::Value::Object(members)) => members.keys().next().cloned().unwrap_or_default(),
        _ => act.to_owned(),
    }
}
