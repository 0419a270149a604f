//! The rules of a header that do not depend on an agreement.

use alloc::{format, string::String};

use super::{Handling, Header, Urgency};
use crate::{
    json::JsonError,
    limits::{
        ATTACHMENTS_PER_RECORD_MAX, FILE_NAME_BYTES_MAX, HEADER_TEXT_BYTES_MAX, JSON_INTEGER_MAX, LIST_ITEMS_MAX,
        TOKEN_BYTES_MAX,
    },
    text,
};

/// A header that is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The bytes are not the JSON of a header.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A field breaks a rule.
    #[error("header, field {field}: {problem}")]
    Field {
        /// Path of the field.
        field: String,
        /// What is wrong and what would be right.
        problem: FieldProblem,
    },
}

/// What is wrong with a field of a header, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldProblem {
    /// An ordinary record lacks it.
    #[error("missing: every record has it, except protocol records")]
    Missing,
    /// No name of a kind.
    #[error("{0:?} is no kind: write desk, word and version, such as register.readout/1")]
    NotAKind(String),
    /// No media type.
    #[error("{0:?} is no media type: write type/subtype, such as application/json")]
    NotAMediaType(String),
    /// A protocol record has more than its kind and media type.
    #[error("a record of kind {0} has the fields kind and media_type and no others")]
    NotBare(String),
    /// Handling codes in another order, or twice.
    #[error("each code stands once, in ascending order, such as [\"H1\", \"H2\"]")]
    CodesUnordered,
    /// Special categories in another order, or twice.
    #[error("each category stands once, in the order of the specification")]
    CategoriesUnordered,
    /// H3 without its text, or the text without H3.
    #[error("H3 and its text go together: give both or neither")]
    H3Alone,
    /// Urgent without a ground, or a ground without urgency.
    #[error("an urgent record has a ground and others have none")]
    UrgencyGround,
    /// An index that JSON does not hold.
    #[error("the index is at most {JSON_INTEGER_MAX}")]
    IndexTooLarge,
    /// No code.
    #[error("a code has 1 to {TOKEN_BYTES_MAX} of the letters a to z, digits, _ and -")]
    NotACode,
    /// No language tag.
    #[error("write a language tag, such as ar, en or fa-AF")]
    NotALanguage,
    /// No text of this length without control characters.
    #[error("a text has 1 to {HEADER_TEXT_BYTES_MAX} bytes and no control characters")]
    NotAText,
    /// More restrictions than are read.
    #[error("at most {LIST_ITEMS_MAX} are read")]
    TooManyRestrictions,
    /// More attachments than a record has.
    #[error("at most {ATTACHMENTS_PER_RECORD_MAX}: put more into an archive or into several records")]
    TooManyAttachments,
    /// No name of a file.
    #[error("a file name has 1 to {FILE_NAME_BYTES_MAX} bytes, no path and no control characters")]
    NotAFileName,
    /// No media type of a file.
    #[error("write type/subtype, such as application/pdf")]
    NotAFilesMediaType,
}

impl Header {
    /// Checks every rule of a header that its types don't already keep (HDR-4 to HDR-12).
    pub fn check(&self) -> Result<(), HeaderError> {
        rule(text::is_kind(&self.kind), "kind", || FieldProblem::NotAKind(self.kind.clone()))?;
        rule(text::is_media_type(&self.media_type), "media_type", || {
            FieldProblem::NotAMediaType(self.media_type.clone())
        })?;
        if self.is_protocol() { self.check_protocol() } else { self.check_ordinary() }
    }

    /// HDR-4: a protocol record has no facts of its own, so that nothing about it is left to policy.
    fn check_protocol(&self) -> Result<(), HeaderError> {
        let bare = Self { media_type: self.media_type.clone(), ..Self::bare(&self.kind) };
        rule(*self == bare, "kind", || FieldProblem::NotBare(self.kind.clone()))
    }

    fn check_ordinary(&self) -> Result<(), HeaderError> {
        rule(self.thread.is_some(), "thread", || FieldProblem::Missing)?;
        rule(self.clause.is_some(), "clause", || FieldProblem::Missing)?;
        rule(self.purpose.is_some(), "purpose", || FieldProblem::Missing)?;
        rule(self.retain_until.is_some(), "retain_until", || FieldProblem::Missing)?;
        rule(is_ascending(&self.handling), "handling", || FieldProblem::CodesUnordered)?;
        rule(is_ascending(&self.special_categories), "special_categories", || FieldProblem::CategoriesUnordered)?;
        let has_h3 = self.handling.contains(&Handling::H3);
        rule(has_h3 == self.h3_text.is_some(), "h3_text", || FieldProblem::H3Alone)?;
        let is_urgent = self.urgency == Urgency::Urgent;
        rule(is_urgent == self.urgency_ground.is_some(), "urgency_ground", || FieldProblem::UrgencyGround)?;
        self.check_references()?;
        self.check_tokens()?;
        self.check_texts()?;
        self.check_attachments()
    }

    fn check_references(&self) -> Result<(), HeaderError> {
        for (field, reference) in [("in_reply_to", &self.in_reply_to), ("based_on", &self.based_on)] {
            let fits = reference.as_ref().is_none_or(|r| r.index <= JSON_INTEGER_MAX);
            rule(fits, field, || FieldProblem::IndexTooLarge)?;
        }
        Ok(())
    }

    fn check_tokens(&self) -> Result<(), HeaderError> {
        let tokens = [("clause", &self.clause), ("purpose", &self.purpose), ("offence", &self.offence)];
        for (field, token) in tokens {
            rule(token.as_deref().is_none_or(text::is_token), field, || FieldProblem::NotACode)?;
        }
        rule(self.language.as_deref().is_none_or(text::is_language), "language", || FieldProblem::NotALanguage)
    }

    fn check_texts(&self) -> Result<(), HeaderError> {
        let texts = [
            ("h3_text", &self.h3_text),
            ("author_office", &self.author_office),
            ("necessity", &self.necessity),
            ("assurance_ref", &self.assurance_ref),
            ("risk_assessment_ref", &self.risk_assessment_ref),
            ("consent_ref", &self.consent_ref),
        ];
        for (field, value) in texts {
            let good = value.as_deref().is_none_or(|value| text::is_prose(value, HEADER_TEXT_BYTES_MAX));
            rule(good, field, || FieldProblem::NotAText)?;
        }
        let few = self.use_restrictions.len() <= LIST_ITEMS_MAX;
        rule(few, "use_restrictions", || FieldProblem::TooManyRestrictions)?;
        for (number, value) in self.use_restrictions.iter().enumerate() {
            let good = text::is_prose(value, HEADER_TEXT_BYTES_MAX);
            rule(good, &format!("use_restrictions[{number}]"), || FieldProblem::NotAText)?;
        }
        Ok(())
    }

    fn check_attachments(&self) -> Result<(), HeaderError> {
        let few = self.attachments.len() <= ATTACHMENTS_PER_RECORD_MAX;
        rule(few, "attachments", || FieldProblem::TooManyAttachments)?;
        for (number, attachment) in self.attachments.iter().enumerate() {
            if let Some((field, problem)) = problem_with_file(&attachment.name, &attachment.media_type) {
                return Err(HeaderError::Field { field: format!("attachments[{number}].{field}"), problem });
            }
        }
        Ok(())
    }
}

/// What keeps a header from naming a file with this name and media type (HDR-11), if anything: the field and what would be right.
pub fn problem_with_file(name: &str, media_type: &str) -> Option<(&'static str, FieldProblem)> {
    if !text::is_file_name(name) {
        return Some(("name", FieldProblem::NotAFileName));
    }
    if !text::is_media_type(media_type) {
        return Some(("media_type", FieldProblem::NotAFilesMediaType));
    }
    None
}

fn is_ascending<T: Ord>(codes: &[T]) -> bool {
    codes.is_sorted_by(|a, b| a < b)
}

fn rule(kept: bool, field: &str, problem: impl FnOnce() -> FieldProblem) -> Result<(), HeaderError> {
    if kept { Ok(()) } else { Err(HeaderError::Field { field: field.into(), problem: problem() }) }
}
