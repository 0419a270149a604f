//! The typed body of `contacts.test/1`.

use protocol::header::Header;
use serde::{Deserialize, Serialize};

use crate::kinds::Record;
use crate::shape::{Field, Shape};
use crate::thread::Does;

/// A test whether somebody answers: eight digits that the other side repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The point of contact that is tested.
    pub point: String,
    /// By which way.
    pub way: Way,
    /// The digits.
    pub code: String,
}

/// By which way the digits are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// They are read on the screen.
    Node,
    /// They are said on the telephone.
    Phone,
    /// Both.
    Both,
}

impl Way {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["node", "phone", "both"];
}

impl Record for Test {
    const NAME: &'static str = "contacts.test/1";
    const SUMMARY: &'static str = "Asks a point of contact to repeat eight digits, to show that it answers.";
    const FIELDS: &'static [Field] = &[
        Field::required("point", Shape::Token, "The point of contact that is tested, by its id."),
        Field::required(
            "way",
            Shape::OneOf(Way::WORDS),
            "Whether the digits are read on the screen or said on the telephone.",
        ),
        Field::required("code", Shape::Digits(8), "Eight digits, drawn for this test, which the other side repeats."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");

    fn title(&self) -> String {
        self.point.clone()
    }

    fn act(&self, _header: &Header) -> Option<String> {
        Does::new("test").code(Some(&self.code)).to_stub()
    }
}
