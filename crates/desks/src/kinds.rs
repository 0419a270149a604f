//! The table of desks. Kinds and threads are those of its lines: a kind is one folder and one line of its desk.

use policy::{Answer, BodyFacts};
use protocol::header::Header;
use protocol::id::Hash;
use serde::de::DeserializeOwned;
use texts::{Message, say};

use crate::body::{self, BodyError, Fault, Node, Value, fault_at};
use crate::desk::{self, Desk};
use crate::fields::{RecordName, UsePermission};
use crate::shape::{self, Disagreement, Field, Placed, agree};
use crate::thread::Table;

/// Every desk of this build.
#[rustfmt::skip]
pub const DESKS: &[Desk] = &[
    crate::register::DESK,
    crate::correspondence::DESK,
    crate::requests::DESK,
    crate::contacts::DESK,
    crate::hotline::DESK,
    crate::thread::DESK,
];

const _: () = assert!(desk::hold_their_own_kinds(DESKS), "a kind stands in the line of a desk that is not its own");
const _: () = assert!(desk::open_their_own_threads(DESKS), "a thread is opened by a kind that its desk does not have");

/// Every kind of record that this build understands, by desk.
pub fn all() -> impl Iterator<Item = &'static Kind> + Clone {
    DESKS.iter().flat_map(|desk| desk.kinds)
}

/// Every kind of thread that has states of its own. Other threads are just the records that stand in them.
pub fn threads() -> impl Iterator<Item = &'static Table> + Clone {
    DESKS.iter().flat_map(|desk| desk.threads)
}

/// The kind of thread with this name, for example `requests.request`.
pub fn thread_named(name: &str) -> Option<&'static Table> {
    threads().find(|thread| thread.name == name)
}

/// The name of every time limit that a desk reads in clauses.
pub fn limits() -> impl Iterator<Item = &'static str> + Clone {
    DESKS.iter().flat_map(|desk| desk.duties).flat_map(|owed| owed.limits).map(|limit| limit.name)
}

/// The time limits that a clause with these kinds sets where its draft says nothing: name and minutes.
pub fn usual_limits(kinds: &[String]) -> impl Iterator<Item = (&'static str, u32)> {
    let desks = DESKS.iter().filter(|desk| desk.kinds.iter().any(|kind| kinds.iter().any(|name| name == kind.name)));
    let limits = desks.flat_map(|desk| desk.duties).flat_map(|owed| owed.limits);
    limits.filter_map(|limit| Some((limit.name, limit.usual?)))
}

/// The kind with this name, for example `register.readout/1`.
pub fn find(name: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.name == name)
}

/// Whether a record of this kind opens no thread with states and acts in none: it stands alone, as letters and readouts do.
pub fn stands_alone(name: &str) -> bool {
    find(name).is_some_and(|kind| !kind.acts) && threads().all(|thread| thread.opened_by != name)
}

/// Whether other parties sign what a record of this kind says ([`Move::signature`](crate::thread::Move::signature)).
pub fn is_signed_by_others(name: &str) -> bool {
    let mut moves = threads().flat_map(|table| table.moves);
    let acts: Vec<&str> = moves.clone().filter_map(|done| done.of).collect();
    moves.any(|done| done.kind == Some(name) && acts.contains(&done.act))
}

/// Whether a record is the answer of its thread that provides nothing (ASY-02).
pub fn provides_nothing(header: &Header, body: &[u8]) -> bool {
    let is_neutral = threads().any(|thread| thread.neutral.is_some_and(|(neutral, _)| neutral.kind == header.kind));
    // A body that can't be read is refused by the decision, which says where.
    let checked = find(&header.kind).filter(|_| is_neutral).and_then(|kind| kind.check(header, body).ok());
    checked.is_some_and(|checked| checked.facts.answer == Answer::NothingToProvide)
}

/// Whether a record can hold persons: by its kind, or because its header has words of the author's own or files. What is of
/// a kind that is not known here can.
pub fn can_hold_persons(header: &Header) -> bool {
    find(&header.kind).is_none_or(|kind| kind.holds_persons)
        || header.personal()
        || !header.attachments.is_empty()
        || !header.use_restrictions.is_empty()
        || [&header.author_office, &header.necessity, &header.offence]
            .into_iter()
            .chain([&header.assurance_ref, &header.risk_assessment_ref, &header.consent_ref])
            .any(Option::is_some)
}

/// What one kind of record is. Implemented by the typed body in the kind's own folder.
pub trait Record: DeserializeOwned {
    /// Desk, word and version: `register.readout/1`.
    const NAME: &'static str;
    /// Media type that the header must state.
    const MEDIA_TYPE: &'static str = "application/json";
    /// What the kind is for, in one sentence.
    const SUMMARY: &'static str;
    /// Every field of the body. What is not listed here is refused.
    const FIELDS: &'static [Field];
    /// A body that passes, for help and for tests.
    const EXAMPLE: &'static str;
    /// The header under which the example passes.
    const HEADER: &'static str;
    /// Whether such a record is the provider's decision on a further use of a record ([`Record::permission`]).
    const PERMITS: bool = false;
    /// Whether such a record has its effect in a thread that another one opened, and none elsewhere.
    const ACTS: bool = false;
    /// Whether two such records can tell of one thing, each from its side ([`Record::tells_of_the_same_as`]).
    const TELLS: bool = false;
    /// Whether such a record bears a traffic light label (HAN-05).
    const LABELLED: bool = false;
    /// Whether such a record goes on the urgent lane, and with it its thread.
    const URGENT: bool = false;

    /// The line that stands for the record in lists.
    fn title(&self) -> String;

    /// The kind's rules that the shape of single fields cannot express.
    fn check_body(&self) -> Result<(), Fault> {
        Ok(())
    }

    /// What the kind asks of the record's header. Paths of faults start with `header.`.
    fn check_header(&self, _header: &Header) -> Result<(), Fault> {
        Ok(())
    }

    /// What the floor reads from the body. A kind that can hold persons, requests or notices must say so.
    fn policy_facts(&self) -> BodyFacts {
        BodyFacts::default()
    }

    /// What the record does in its thread, as JSON of its desk's own type: it outlives the content, so it holds none.
    /// `None` for a kind that moves nothing.
    fn act(&self, _header: &Header) -> Option<String> {
        None
    }

    /// The label of the party that the record names as the one its thread turns on: owner, donor, host, lead.
    fn party(&self) -> Option<String> {
        None
    }

    /// Whether another record tells of the same thing from its side, where the kind tells of things.
    fn tells_of_the_same_as(&self, _other: &Self) -> bool {
        false
    }

    /// The record whose text this one signs, and the SHA-256 digest of its body as the signer read it.
    fn signs(&self) -> Option<(RecordName, Hash)> {
        None
    }

    /// What the record decides about a further use of another, where its kind does that.
    fn permission(&self) -> Option<UsePermission> {
        None
    }
}

/// A record kind, without its type: a line of its desk ([`Desk::kinds`]).
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Desk, word and version: `register.readout/1`.
    pub name: &'static str,
    /// Media type that the header must state.
    pub media_type: &'static str,
    /// What the kind is for, in one sentence.
    pub summary: &'static str,
    /// Every field of the body.
    pub fields: &'static [Field],
    /// A body that passes.
    pub example: &'static str,
    /// The header under which the example passes.
    pub header: &'static str,
    /// Whether such a record is the provider's decision on a further use of a record.
    pub permits: bool,
    /// Whether such a record has its effect in a thread that another one opened, and none elsewhere.
    pub acts: bool,
    /// Whether two such records can tell of one thing, each from its side.
    pub tells: bool,
    /// Whether such a record goes on the urgent lane, and with it its thread.
    pub urgent: bool,
    /// Whether a body of the kind can hold persons: any that takes words of the author's own can, whatever it is for. So it
    /// follows from the table of fields, and no kind can forget to say it.
    pub holds_persons: bool,
    agreement: fn(&'static [Field]) -> Result<(), Disagreement>,
    check: fn(&Header, &[u8]) -> Result<Checked, BodyError>,
    check_draft: fn(&str, &Node) -> Result<Draft, BodyError>,
    tell_of_the_same: fn(&[u8], &[u8]) -> bool,
}

/// What is known of a body that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The line that stands for the record in lists.
    pub title: String,
    /// What the floor reads from the body.
    pub facts: BodyFacts,
    /// What the record does in its thread ([`Record::act`]).
    pub act: Option<String>,
    /// The label of the party that it names ([`Record::party`]).
    pub party: Option<String>,
    /// What it decides about a further use of another record ([`Record::permission`]).
    pub permission: Option<UsePermission>,
    /// What it signs ([`Record::signs`]).
    pub signs: Option<(RecordName, Hash)>,
}

/// A body ready to be sent, made from TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The line that stands for the record in lists.
    pub title: String,
    /// The body as JSON.
    pub body: String,
}

impl Kind {
    /// The kind that `R` is. In a table, this does not compile if a field stands twice in [`Record::FIELDS`].
    pub const fn of<R: Record>() -> Self {
        assert!(shape::each_once(R::FIELDS), "a kind has two fields of one name");
        Self {
            name: R::NAME,
            media_type: R::MEDIA_TYPE,
            summary: R::SUMMARY,
            fields: R::FIELDS,
            example: R::EXAMPLE,
            header: R::HEADER,
            permits: R::PERMITS,
            acts: R::ACTS,
            tells: R::TELLS,
            urgent: R::URGENT,
            holds_persons: shape::take_free_text(R::FIELDS),
            agreement: agree::<R>,
            check: check::<R>,
            check_draft: check_draft::<R>,
            tell_of_the_same: tell_of_the_same::<R>,
        }
    }

    /// Whether two bodies of the kind tell of the same thing.
    pub fn tell_of_the_same(&self, one: &[u8], other: &[u8]) -> bool {
        (self.tell_of_the_same)(one, other)
    }

    /// The desk: what stands before the dot.
    pub fn desk(&self) -> &'static str {
        self.name.split('.').next().unwrap_or(self.name)
    }

    /// The word of the kind: what stands between the dot and the version.
    pub fn word(&self) -> &'static str {
        let word = self.name.split('.').next_back().unwrap_or(self.name);
        word.split('/').next().unwrap_or(word)
    }

    /// The version of the body's schema: what stands after the slash.
    pub fn version(&self) -> &'static str {
        self.name.split('/').next_back().unwrap_or(self.name)
    }

    /// Whether the type of the bodies and the table of fields say the same, also of inner tables and lists of words: the
    /// table is what is checked, the type is what is used.
    ///
    /// # Errors
    /// The first difference.
    pub fn agreement(&self) -> Result<(), Disagreement> {
        (self.agreement)(self.fields)
    }

    /// Checks a record as it arrives or leaves. Pure, and the same at both ends.
    ///
    /// # Errors
    /// The first fault, with line, column, field and what would be right.
    pub fn check(&self, header: &Header, body: &[u8]) -> Result<Checked, BodyError> {
        (self.check)(header, body)
    }

    /// Reads bodies from a TOML file: one body at the top, or many as `[[word]]` tables (`[[readout]]`), beside which
    /// only `schema_version` and notes on the compilation may stand.
    ///
    /// # Errors
    /// The first fault, with line, column, field and what would be right; [`BodyError::in_file`] adds the file's name.
    pub fn drafts_from_toml(&self, text: &str) -> Result<Vec<Draft>, BodyError> {
        let file = body::from_toml(text)?;
        let Some(many) = file.member(self.word()) else {
            return Ok(vec![(self.check_draft)(text, &file)?]);
        };
        self.check_preamble(&file).map_err(|(at, fault)| fault_at(text, at, fault))?;
        let Value::List(bodies) = &many.node.value else {
            let expected = say!("must-be-many", word = %self.word());
            return Err(fault_at(text, many.name_at, Fault::new(self.word(), expected)));
        };
        let bodies = bodies.iter().enumerate();
        bodies
            .map(|(i, body)| {
                (self.check_draft)(text, body).map_err(|error| BodyError {
                    field: body::join(&format!("{}[{i}]", self.word()), &error.field),
                    ..error
                })
            })
            .collect()
    }

    /// The kind, its fields and an example, as plain text for a terminal.
    pub fn help(&self) -> String {
        let lines = crate::wording::kind_help(self).into_iter();
        let lines = lines.map(|(depth, line)| format!("{}{line}\n", "  ".repeat(depth)));
        format!("{}{}\n", lines.collect::<String>(), self.example.trim_end())
    }

    fn check_preamble(&self, file: &Node) -> Result<(), Placed> {
        let Value::Table(members) = &file.value else { return Ok(()) };
        for member in members {
            let fault = |expected: Message| Err((member.name_at, Fault::new(member.name.as_str(), expected)));
            match (member.name.as_str(), &member.node.value) {
                ("schema_version", Value::Number(version)) if version.to_string() == self.version() => {}
                ("schema_version", _) => return fault(say!("must-be-version", version = %self.version())),
                ("compiled_on" | "parties_codes", Value::Text(_)) => {}
                (word, _) if word == self.word() => {}
                _ => {
                    let word = self.word();
                    return fault(say!("must-not-beside", word = %word));
                }
            }
        }
        Ok(())
    }
}

fn check<R: Record>(header: &Header, bytes: &[u8]) -> Result<Checked, BodyError> {
    let (text, node) = body::from_json(bytes)?;
    let record: R = typed(text, &node, text)?;
    check_media_type::<R>(header).and_then(|()| record.check_header(header)).map_err(|fault| BodyError {
        line: 0,
        column: 0,
        field: fault.field,
        expected: fault.expected,
    })?;
    Ok(Checked {
        title: record.title(),
        facts: BodyFacts { needs_tlp: R::LABELLED, ..record.policy_facts() },
        act: record.act(header),
        party: record.party(),
        permission: record.permission(),
        signs: record.signs(),
    })
}

fn tell_of_the_same<R: Record>(one: &[u8], other: &[u8]) -> bool {
    let read = |body| serde_json::from_slice::<R>(body).ok();
    read(one).zip(read(other)).is_some_and(|(one, other)| one.tells_of_the_same_as(&other))
}

fn check_draft<R: Record>(text: &str, node: &Node) -> Result<Draft, BodyError> {
    let body = serde_json::to_string(node)
        .map_err(|error| fault_at(text, node.at, Fault::new("", say!("must-have-json", error = %error))))?;
    let record: R = typed(text, node, &body)?;
    Ok(Draft { title: record.title(), body })
}

/// Checks the tree that `text` holds and makes the typed body of it, which is `json`.
fn typed<R: Record>(text: &str, node: &Node, json: &str) -> Result<R, BodyError> {
    shape::check(node, R::FIELDS, "").map_err(|(at, fault)| fault_at(text, at, fault))?;
    // The table of fields has vouched for every value; [`Kind::agreement`] holds it and the type together.
    let record: R = serde_json::from_str(json).map_err(|error| {
        fault_at(text, node.at, Fault::new("", say!("must-be-kind", name = %R::NAME, error = %error)))
    })?;
    record.check_body().map_err(|fault| fault_at(text, node.locate(&fault.field), fault))?;
    Ok(record)
}

fn check_media_type<R: Record>(header: &Header) -> Result<(), Fault> {
    if header.media_type == R::MEDIA_TYPE {
        Ok(())
    } else {
        Err(Fault::new("header.media_type", say!("must-media-type", media_type = %R::MEDIA_TYPE)))
    }
}
