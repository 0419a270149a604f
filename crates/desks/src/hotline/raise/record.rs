//! The typed body of `hotline.raise/1`.

use protocol::header::Header;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::fields::{Instant, Language, YesNo};
use crate::kinds::Record;
use crate::limits::{FACT_CHARS_MAX, STATEMENT_CHARS_MAX};
use crate::shape::{Field, Shape};
use crate::thread::Does;

/// Something happened at the border that the other side must hear of at once. It has no field for a person, a unit, a weapon or
/// the strength or position of forces (NEU-03, MIN-01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raise {
    /// What it is.
    pub subject: Subject,
    /// Where, in words.
    pub sector: String,
    /// The boundary marker near it.
    pub marker: Option<String>,
    /// Where, on the map.
    pub at: Option<String>,
    /// Since when it was seen.
    pub seen_from: Instant,
    /// Until when.
    pub seen_until: Option<Instant>,
    /// What was observed.
    pub observed: String,
    /// What is asked of the other side.
    pub asks: String,
    /// How many are injured, if that is known.
    pub injured: Option<String>,
    /// Whether help is needed at once.
    pub helps_urgent: YesNo,
    /// The language of the texts.
    pub language: Language,
}

/// What an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Shots were heard.
    ShotsHeard,
    /// Somebody crossed by mistake.
    CrossingByMistake,
    /// A fire.
    Fire,
    /// A flood.
    Flood,
    /// A drone was seen.
    DroneSeen,
    /// A boundary marker is damaged.
    DamageToMarker,
    /// Smuggling is going on.
    SmugglingInProgress,
    /// Somebody is searched for.
    SearchAndRescue,
    /// A protest at a crossing.
    ProtestAtCrossing,
    /// An aircraft.
    Aircraft,
    /// Something else.
    Other,
}

impl Subject {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &[
        "shots_heard",
        "crossing_by_mistake",
        "fire",
        "flood",
        "drone_seen",
        "damage_to_marker",
        "smuggling_in_progress",
        "search_and_rescue",
        "protest_at_crossing",
        "aircraft",
        "other",
    ];
}

impl Record for Raise {
    const NAME: &'static str = "hotline.raise/1";
    const SUMMARY: &'static str =
        "Raises an incident at the border with the other side, which must take it up within minutes.";
    const FIELDS: &'static [Field] = &[
        Field::required("subject", Shape::OneOf(Subject::WORDS), "What it is."),
        Field::required("sector", Shape::Line(80), "Where, in words."),
        Field::optional("marker", Shape::Line(40), "The boundary marker near it."),
        Field::optional("at", Shape::Point, "Where, on the map: of the incident, never of forces."),
        Field::required("seen_from", Shape::Instant, "Since when it was seen."),
        Field::optional("seen_until", Shape::Instant, "Until when."),
        Field::required("observed", Shape::Text(STATEMENT_CHARS_MAX), "What was observed. Name no person and no unit."),
        Field::required("asks", Shape::Text(FACT_CHARS_MAX), "What you ask of the other side."),
        Field::optional("injured", Shape::Count(0, 999), "How many are injured, if that is known."),
        Field::required("helps_urgent", YesNo::SHAPE, "Whether help is needed at once."),
        Field::required("language", Shape::OneOf(Language::WORDS), "The language of the texts."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const URGENT: bool = true;

    fn title(&self) -> String {
        self.sector.clone()
    }

    fn check_body(&self) -> Result<(), Fault> {
        match &self.seen_until {
            Some(until) if until.ms() < self.seen_from.ms() => {
                Err(Fault::new("seen_until", say!("must-be-after", moment = self.seen_from.as_str())))
            }
            _ => Ok(()),
        }
    }

    fn act(&self, _header: &Header) -> Option<String> {
        Does::new("raise").to_stub()
    }
}
