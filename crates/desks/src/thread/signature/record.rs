//! The typed body of `thread.signature/1`.

use protocol::header::Header;
use protocol::id::{Hash, parse_hash};
use serde::{Deserialize, Serialize};

use crate::fields::RecordName;
use crate::kinds::Record;
use crate::shape::{Field, Shape};
use crate::thread::{Does, SIGNATURE};

/// A party signs the text of a record that another wrote: the approvals of this record are the signatures under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The record that is signed.
    pub record: RecordName,
    /// SHA-256 of its body as it was read. Not kept beyond the content: a thread's stub holds no function of it.
    pub text_sha256: String,
}

impl Record for Signature {
    const NAME: &'static str = SIGNATURE;
    const SUMMARY: &'static str = "Signs the same text that another party wrote: a note, minutes, figures.";
    const FIELDS: &'static [Field] = &[
        Field::required(
            "record",
            Shape::Record,
            "The record whose text is signed: the latest of its sort in this thread.",
        ),
        Field::required("text_sha256", Shape::Sha256, "SHA-256 of its body, so that nothing else is signed."),
    ];
    const EXAMPLE: &'static str = include_str!("testdata/example.json");
    const HEADER: &'static str = include_str!("testdata/header.json");
    const ACTS: bool = true;

    fn title(&self) -> String {
        "signature".to_owned()
    }

    fn act(&self, _header: &Header) -> Option<String> {
        Does::new("sign").of(&self.record).to_stub()
    }

    fn signs(&self) -> Option<(RecordName, Hash)> {
        Some((self.record.clone(), parse_hash(&self.text_sha256).ok()?))
    }
}
