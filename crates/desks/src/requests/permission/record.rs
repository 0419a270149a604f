//! The typed body of `requests.permission/1`.

use protocol::date::Date;
use protocol::header::Header;
use serde::{Deserialize, Serialize};
use texts::say;

use crate::body::Fault;
use crate::fields::{FurtherUse, RecordName, UsePermission};
use crate::kinds::Record;
use crate::requests::{Ground, further};
use crate::shape::{Field, Shape};

/// What the provider of a record decides about a further use of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// The record.
    pub record: RecordName,
    /// The use.
    pub r#use: FurtherUse,
    /// In which proceedings, or which office: nobody else.
    pub to: Option<String>,
    /// The other purpose.
    pub purpose: Option<String>,
    /// The decision.
    pub decision: Decision,
    /// The last day on which a granted use may be made.
    pub until: Option<Date>,
    /// The ground of a denial.
    pub ground: Option<Ground>,
}

/// What is decided. The latest decision about the same use counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The use may be made, until a day.
    Granted,
    /// It may not.
    Denied,
    /// It might until now.
    Revoked,
}

impl Decision {
    /// The words as bodies write them.
    pub const WORDS: &'static [&'static str] = &["granted", "denied", "revoked"];

    const fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Revoked => "revoked",
        }
    }
}

impl Record for Permission {
    const NAME: &'static str = "requests.permission/1";
    const MEDIA_TYPE: &'static str = "application/json";
    const SUMMARY: &'static str = "The provider of a record permits a further use of it, denies it, or takes it back.";
    const FIELDS: &'static [Field] = &[
        further::RECORD,
        further::USE,
        further::TO,
        further::PURPOSE,
        Field::required("decision", Shape::OneOf(Decision::WORDS), "What is decided; the latest counts."),
        Field::optional("until", Shape::Day, "With granted: the last day on which the use may be made."),
        Field::optional("ground", Shape::OneOf(Ground::WORDS), "With denied: the ground."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const ACTS: bool = true;
    const PERMITS: bool = true;

    fn title(&self) -> String {
        format!("permission {}: {}", self.decision.word(), self.r#use.word())
    }

    fn check_body(&self) -> Result<(), Fault> {
        further::check(self.r#use, self.to.as_deref(), self.purpose.as_deref())?;
        if self.until.is_some() != (self.decision == Decision::Granted) {
            return Err(Fault::new("until", say!("must-until-granted")));
        }
        if self.ground.is_some() != (self.decision == Decision::Denied) {
            return Err(Fault::new("ground", say!("must-ground-denied")));
        }
        Ok(())
    }

    fn check_header(&self, header: &Header) -> Result<(), Fault> {
        if header.personal() {
            return Err(Fault::new("header.subject_category", say!("must-permission-nobody")));
        }
        Ok(())
    }

    fn permission(&self) -> Option<UsePermission> {
        Some(UsePermission {
            record: self.record.clone(),
            r#use: self.r#use,
            to: self.to.clone(),
            purpose: self.purpose.clone(),
            until: self.until.filter(|_| self.decision == Decision::Granted),
        })
    }
}
