//! The typed body of `register.readout/1` and the table of its fields.

use protocol::header::{Evaluation, Header, Information, Source};
use serde::{Deserialize, Serialize};

use super::rules;
use super::words::{Basis, Confidence, Format, Mechanism, OfficeRole, Precision, Scope, Status, Track};
use crate::body::Fault;
use crate::fields::{INFORMATION, SOURCES};
use crate::kinds::Record;
use crate::limits::{FACT_CHARS_MAX, LIST_ITEMS_MAX, PARTIES_MAX, TITLE_CHARS_MAX};
use crate::shape::{Field, Shape};

/// The facts of five readouts published by the press, as bodies of this kind: (id, JSON).
///
/// Where they come from and what was left out says `testdata/README.md` beside them.
pub const REAL_READOUTS: &[(&str, &str)] = &[
    ("RO-SYR-PAK-2025-08", include_str!("testdata/RO-SYR-PAK-2025-08.json")),
    ("RO-SAU-PAK-2025-11", include_str!("testdata/RO-SAU-PAK-2025-11.json")),
    ("RO-PAK-IRN-2024-04", include_str!("testdata/RO-PAK-IRN-2024-04.json")),
    ("RO-SYR-TUR-2025-08", include_str!("testdata/RO-SYR-TUR-2025-08.json")),
    ("RO-PAK-IRN-2025-08-DEF", include_str!("testdata/RO-PAK-IRN-2025-08-DEF.json")),
];

/// The facts of a published readout of a meeting: who met, when, and how far each topic got.
///
/// It holds offices and no persons: there is no field for a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readout {
    /// The register's own id.
    pub id: String,
    /// The register's number of the article.
    pub article: Option<String>,
    /// Digest of the article as it was read, so that a later change of the page shows.
    pub article_sha256: Option<String>,
    /// Title in English.
    pub title_en: String,
    /// Title in Arabic.
    pub title_ar: Option<String>,
    /// Title in Persian.
    pub title_fa: Option<String>,
    /// Title in Turkish.
    pub title_tr: Option<String>,
    /// Title in Urdu.
    pub title_ur: Option<String>,
    /// Who published it.
    pub publisher: String,
    /// How the publisher is known.
    pub publisher_basis: Basis,
    /// Address of the article; empty where it was not determined.
    pub source_url: String,
    /// How the address is known.
    pub source_url_basis: Basis,
    /// What of the source may be used.
    pub rights_note: String,
    /// The states that met.
    pub parties: Vec<String>,
    /// The state in which they met.
    pub host: String,
    /// Which ministries met.
    pub track: Track,
    /// The form of the meeting.
    pub format: Format,
    /// What the article itself says of the date.
    pub date_in_article: String,
    /// The date, as precise as known.
    pub meeting_date: String,
    /// What the date stands for.
    pub date_precision: Precision,
    /// How the date is known.
    pub date_basis: Basis,
    /// How sure the register is of the date.
    pub date_confidence: Confidence,
    /// The place as the article names it.
    pub place_in_article: String,
    /// The place as other pages name it.
    pub place_external: String,
    /// Grade of the source, A to C, or X.
    pub source_eval: Source,
    /// Grade of the information, 1 to 4.
    pub info_eval: Information,
    /// Why it is graded so.
    pub eval_note: String,
    /// The offices present.
    pub offices: Vec<OfficePresent>,
    /// What was agreed.
    pub agreed: Vec<String>,
    /// What was only discussed.
    pub discussed_only: Vec<String>,
    /// What the readout leaves open.
    pub pending: Vec<String>,
    /// What only the press expects.
    pub expected_by_press: Vec<String>,
    /// What is told as context.
    pub reported_context: Vec<String>,
    /// The topics with their status.
    pub topic: Vec<Topic>,
    /// Other public pages that speak of the same meeting.
    #[serde(default)]
    pub corroboration: Vec<Corroboration>,
    /// Warnings to whoever uses the readout.
    #[serde(default)]
    pub flag: Vec<Flag>,
}

/// An office at the meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficePresent {
    /// Its state.
    pub state: String,
    /// The office, never a person.
    pub office: String,
    /// What it did there.
    pub role: OfficeRole,
}

/// A topic of the meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Title in English.
    pub title_en: String,
    /// Title as the Arabic readout has it.
    pub title_ar: Option<String>,
    /// The kind of work it is about.
    pub mechanism: Mechanism,
    /// How far it got.
    pub status: Status,
    /// Whether Mithaq may carry work on it.
    pub scope: Scope,
}

/// Another public page on the same meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corroboration {
    /// Its address.
    pub url: String,
    /// When it was published, as precise as known.
    pub published: String,
    /// What it adds.
    pub adds: String,
}

/// A warning to whoever uses the readout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// Short name of the warning.
    pub code: String,
    /// The warning.
    pub text: String,
}

impl Topic {
    /// Whether a record of work may be opened from this topic. A topic outside scope never is.
    pub fn operational(&self) -> bool {
        self.scope == Scope::In
    }
}

impl Readout {
    /// How the register grades the readout.
    pub fn evaluation(&self) -> Evaluation {
        Evaluation { source: self.source_eval, info: self.info_eval }
    }

    /// The topics from which work may be opened. A readout of a defence track has none.
    pub fn operational_topics(&self) -> impl Iterator<Item = &Topic> {
        self.topic.iter().filter(|topic| topic.operational())
    }
}

impl Record for Readout {
    const NAME: &'static str = "register.readout/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "The facts of a published readout of a meeting, with the status of every topic.";
    const FIELDS: &'static [Field] = FIELDS;
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const TELLS: bool = true;

    fn title(&self) -> String {
        self.title_en.clone()
    }

    fn check_body(&self) -> Result<(), Fault> {
        rules::check_body(self)
    }

    fn check_header(&self, header: &Header) -> Result<(), Fault> {
        rules::check_header(self, header)
    }

    fn tells_of_the_same_as(&self, other: &Self) -> bool {
        self.is_of_the_meeting_of(other)
    }
}

const TITLE: Shape = Shape::Line(TITLE_CHARS_MAX);
const FACT: Shape = Shape::Line(FACT_CHARS_MAX);
const FACT_OR_EMPTY: Shape = Shape::LineOrEmpty(FACT_CHARS_MAX);
const FACTS: Shape = Shape::List(&FACT, 0, LIST_ITEMS_MAX);
const BASIS: Shape = Shape::OneOf(Basis::WORDS);

const FIELDS: &[Field] = &[
    Field::required("id", Shape::Line(64), "The register's own id."),
    Field::optional("article", Shape::Line(64), "The register's number of the article."),
    Field::optional("article_sha256", Shape::Sha256, "Digest of the article as it was read."),
    Field::required("title_en", TITLE, "Title in English."),
    Field::optional("title_ar", TITLE, "Title in Arabic."),
    Field::optional("title_fa", TITLE, "Title in Persian."),
    Field::optional("title_tr", TITLE, "Title in Turkish."),
    Field::optional("title_ur", TITLE, "Title in Urdu."),
    Field::required("publisher", TITLE, "Who published it."),
    Field::required("publisher_basis", BASIS, "How the publisher is known."),
    Field::required("source_url", Shape::UrlOrEmpty, "Address of the article."),
    Field::required("source_url_basis", BASIS, "How the address is known."),
    Field::required("rights_note", FACT, "What of the source may be used."),
    Field::required("parties", Shape::List(&Shape::State, 2, PARTIES_MAX), "The states that met."),
    Field::required("host", Shape::State, "The state in which they met, one of the parties."),
    Field::required("track", Shape::OneOf(Track::WORDS), "Which ministries met."),
    Field::required("format", Shape::OneOf(Format::WORDS), "The form of the meeting."),
    Field::required("date_in_article", FACT_OR_EMPTY, "What the article itself says of the date."),
    Field::required("meeting_date", Shape::DayOrLess, "The date, as precise as known."),
    Field::required("date_precision", Shape::OneOf(Precision::WORDS), "What the date stands for."),
    Field::required("date_basis", BASIS, "How the date is known."),
    Field::required("date_confidence", Shape::OneOf(Confidence::WORDS), "How sure the register is of the date."),
    Field::required("place_in_article", FACT_OR_EMPTY, "The place as the article names it."),
    Field::required("place_external", FACT_OR_EMPTY, "The place as other pages name it."),
    Field::required("source_eval", Shape::OneOf(SOURCES), "Grade of the source."),
    Field::required("info_eval", Shape::OneOf(INFORMATION), "Grade of the information."),
    Field::required("eval_note", FACT_OR_EMPTY, "Why it is graded so."),
    Field::required("offices", Shape::Tables(OFFICE, 1, LIST_ITEMS_MAX), "The offices present."),
    Field::required("agreed", FACTS, "What was agreed."),
    Field::required("discussed_only", FACTS, "What was only discussed."),
    Field::required("pending", FACTS, "What the readout leaves open."),
    Field::required("expected_by_press", FACTS, "What only the press expects."),
    Field::required("reported_context", FACTS, "What is told as context."),
    Field::required("topic", Shape::Tables(TOPIC, 1, LIST_ITEMS_MAX), "The topics with their status."),
    Field::optional("corroboration", Shape::Tables(CORROBORATION, 0, LIST_ITEMS_MAX), "Other pages on the meeting."),
    Field::optional("flag", Shape::Tables(FLAG, 0, LIST_ITEMS_MAX), "Warnings to whoever uses the readout."),
];

const OFFICE: &[Field] = &[
    Field::required("state", Shape::State, "Its state, one of the parties."),
    Field::required("office", TITLE, "The office, never a person."),
    Field::required("role", Shape::OneOf(OfficeRole::WORDS), "What it did there."),
];

const TOPIC: &[Field] = &[
    Field::required("title_en", TITLE, "Title in English."),
    Field::optional("title_ar", TITLE, "Title as the Arabic readout has it."),
    Field::required("mechanism", Shape::OneOf(Mechanism::WORDS), "The kind of work it is about."),
    Field::required("status", Shape::OneOf(Status::WORDS), "How far it got."),
    Field::required("scope", Shape::OneOf(Scope::WORDS), "Whether work may be opened on it."),
];

const CORROBORATION: &[Field] = &[
    Field::required("url", Shape::UrlOrEmpty, "Its address."),
    Field::required("published", Shape::DayOrLess, "When it was published."),
    Field::required("adds", FACT, "What it adds."),
];

const FLAG: &[Field] = &[
    Field::required("code", Shape::Code, "Short name of the warning."),
    Field::required("text", FACT, "The warning."),
];
