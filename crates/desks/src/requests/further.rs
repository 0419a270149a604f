//! What the two kinds about permissions have in common: which record, which further use, for whom or for what.

use crate::body::Fault;
use crate::fields::FurtherUse;
use crate::limits::NAME_CHARS_MAX;
use crate::shape::{Field, Shape};
use texts::say;

/// The field `record`.
pub(super) const RECORD: Field =
    Field::required("record", Shape::Record, "The record that is to be used further, a record of this thread.");
/// The field `use`.
pub(super) const USE: Field = Field::required("use", Shape::OneOf(FurtherUse::WORDS), "The further use.");
/// The field `to`.
pub(super) const TO: Field = Field::optional(
    "to",
    Shape::Line(NAME_CHARS_MAX),
    "With court: in which proceedings. With office: which office gets it. Never a person's name.",
);
/// The field `purpose`.
pub(super) const PURPOSE: Field = Field::optional("purpose", Shape::Token, "With purpose: the other purpose's code.");

/// A use in court or by an office says which; another purpose says which. Nothing says more than belongs to it.
pub(super) fn check(further: FurtherUse, to: Option<&str>, purpose: Option<&str>) -> Result<(), Fault> {
    let other_purpose = further == FurtherUse::Purpose;
    if to.is_some() == other_purpose {
        return Err(Fault::new("to", say!("must-to-court")));
    }
    if purpose.is_some() != other_purpose {
        return Err(Fault::new("purpose", say!("must-purpose-purpose")));
    }
    Ok(())
}
