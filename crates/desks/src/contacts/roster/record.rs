//! The typed body of `contacts.roster/1`.

use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::fields::{Instant, YesNo};
use crate::kinds::Record;
use crate::shape::{Field, Shape};

/// Who answers at a point in a week: shifts, with languages and nobody's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    /// The point of contact.
    pub point: String,
    /// The week, ISO 8601.
    pub week: String,
    /// Whether the point answers round the clock.
    pub continuous: YesNo,
    /// The shifts in their order.
    pub shift: Vec<Shift>,
}

/// A shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// When it begins.
    pub from: Instant,
    /// When it ends.
    pub until: Instant,
    /// In which languages it answers.
    pub languages: Vec<String>,
    /// The point to which it passes on what it can't settle.
    pub escalation: String,
}

const SHIFTS_MAX: usize = 42;
const HOUR_MS: u64 = 3_600_000;
const WEEK_MS: u64 = 7 * 24 * HOUR_MS;
const SHIFT: &[Field] = &[
    Field::required("from", Shape::Instant, "When it begins."),
    Field::required("until", Shape::Instant, "When it ends."),
    Field::required("languages", Shape::List(&Shape::LanguageTag, 1, 8), "In which languages it answers."),
    Field::required("escalation", Shape::Token, "The point to which it passes on what it can't settle."),
];

impl Record for Roster {
    const NAME: &'static str = "contacts.roster/1";
    const SUMMARY: &'static str = "Who answers at a point of contact in a week: shifts and languages, nobody's name.";
    const FIELDS: &'static [Field] = &[
        Field::required("point", Shape::Token, "The point of contact, by its id."),
        Field::required("week", Shape::Week, "The week. A later roster of the same point and week replaces this one."),
        Field::required("continuous", YesNo::SHAPE, "Whether the point answers round the clock."),
        Field::required("shift", Shape::Tables(SHIFT, 1, SHIFTS_MAX), "The shifts in their order."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");

    fn title(&self) -> String {
        format!("{} {}", self.point, self.week)
    }

    fn check_body(&self) -> Result<(), Fault> {
        let continuous = self.continuous == YesNo::Yes;
        let mut before: Option<&Shift> = None;
        for (number, shift) in self.shift.iter().enumerate() {
            let wrong = |field: &str, expected| Err(Fault::new(format!("shift[{number}].{field}"), expected));
            if shift.until.ms() <= shift.from.ms() {
                return wrong("until", say!("must-be-after", moment = shift.from.as_str()));
            }
            if let Some(end) = before.map(|before| &before.until) {
                if shift.from.ms() < end.ms() {
                    return wrong("from", say!("must-not-overlap", moment = end.as_str()));
                }
                if continuous && shift.from.ms() > end.ms() {
                    return wrong("from", say!("must-leave-no-gap", moment = end.as_str()));
                }
            }
            before = Some(shift);
        }
        let first = self.shift.first().map_or(0, |shift| shift.from.ms());
        let last = before.map_or(0, |shift| shift.until.ms());
        // In the week in which clocks are set, a week has an hour more or less.
        if continuous && last.saturating_sub(first) < WEEK_MS.saturating_sub(HOUR_MS) {
            return Err(Fault::new("shift", say!("must-cover-week")));
        }
        Ok(())
    }
}
