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
        problem: String,
    },
}

impl Header {
    /// Checks every rule of a header that its types don't already keep (HDR-4 to HDR-12).
    pub fn check(&self) -> Result<(), HeaderError> {
        rule(text::is_kind(&self.kind), "kind", || {
            format!("{:?} is no kind: write desk, word and version, such as register.readout/1", self.kind)
        })?;
        rule(text::is_media_type(&self.media_type), "media_type", || {
            format!("{:?} is no media type: write type/subtype, such as application/json", self.media_type)
        })?;
        if self.is_protocol() { self.check_protocol() } else { self.check_ordinary() }
    }

    /// HDR-4: a protocol record has no facts of its own, so that nothing about it is left to policy.
    fn check_protocol(&self) -> Result<(), HeaderError> {
        let bare = Self { media_type: self.media_type.clone(), ..Self::bare(&self.kind) };
        rule(*self == bare, "kind", || {
            format!("a record of kind {} has the fields kind and media_type and no others", self.kind)
        })
    }

    fn check_ordinary(&self) -> Result<(), HeaderError> {
        let required = "every record has it, except protocol records";
        rule(self.thread.is_some(), "thread", || format!("missing: {required}"))?;
        rule(self.clause.is_some(), "clause", || format!("missing: {required}"))?;
        rule(self.purpose.is_some(), "purpose", || format!("missing: {required}"))?;
        rule(self.retain_until.is_some(), "retain_until", || format!("missing: {required}"))?;
        rule(is_ascending(&self.handling), "handling", || {
            "each code stands once, in ascending order, such as [\"H1\", \"H2\"]".into()
        })?;
        rule(is_ascending(&self.special_categories), "special_categories", || {
            "each category stands once, in the order of the specification".into()
        })?;
        rule(self.handling.contains(&Handling::H3) == self.h3_text.is_some(), "h3_text", || {
            "H3 and its text go together: give both or neither".into()
        })?;
        rule((self.urgency == Urgency::Urgent) == self.urgency_ground.is_some(), "urgency_ground", || {
            "an urgent record has a ground and others have none".into()
        })?;
        self.check_references()?;
        self.check_tokens()?;
        self.check_texts()?;
        self.check_attachments()
    }

    fn check_references(&self) -> Result<(), HeaderError> {
        for (field, reference) in [("in_reply_to", &self.in_reply_to), ("based_on", &self.based_on)] {
            let fits = reference.as_ref().is_none_or(|r| r.index <= JSON_INTEGER_MAX);
            rule(fits, field, || format!("the index is at most {JSON_INTEGER_MAX}"))?;
        }
        Ok(())
    }

    fn check_tokens(&self) -> Result<(), HeaderError> {
        let tokens = [("clause", &self.clause), ("purpose", &self.purpose), ("offence", &self.offence)];
        for (field, token) in tokens {
            rule(token.as_deref().is_none_or(text::is_token), field, || {
                format!("a code has 1 to {TOKEN_BYTES_MAX} of the letters a to z, digits, _ and -")
            })?;
        }
        rule(self.language.as_deref().is_none_or(text::is_language), "language", || {
            "write a language tag, such as ar, en or fa-AF".into()
        })
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
            rule(good, field, prose_problem)?;
        }
        rule(self.use_restrictions.len() <= LIST_ITEMS_MAX, "use_restrictions", || {
            format!("at most {LIST_ITEMS_MAX} are read")
        })?;
        for (number, value) in self.use_restrictions.iter().enumerate() {
            let good = text::is_prose(value, HEADER_TEXT_BYTES_MAX);
            rule(good, &format!("use_restrictions[{number}]"), prose_problem)?;
        }
        Ok(())
    }

    fn check_attachments(&self) -> Result<(), HeaderError> {
        rule(self.attachments.len() <= ATTACHMENTS_PER_RECORD_MAX, "attachments", || {
            format!("at most {ATTACHMENTS_PER_RECORD_MAX}: put more into an archive or into several records")
        })?;
        for (number, attachment) in self.attachments.iter().enumerate() {
            if let Some((field, problem)) = problem_with_file(&attachment.name, &attachment.media_type) {
                return Err(HeaderError::Field { field: format!("attachments[{number}].{field}"), problem });
            }
        }
        Ok(())
    }
}

/// What keeps a header from naming a file with this name and media type (HDR-11), if anything: the field and what would be right.
pub fn problem_with_file(name: &str, media_type: &str) -> Option<(&'static str, String)> {
    if !text::is_file_name(name) {
        let problem = format!("a file name has 1 to {FILE_NAME_BYTES_MAX} bytes, no path and no control characters");
        return Some(("name", problem));
    }
    if !text::is_media_type(media_type) {
        return Some(("media_type", "write type/subtype, such as application/pdf".into()));
    }
    None
}

fn prose_problem() -> String {
    format!("a text has 1 to {HEADER_TEXT_BYTES_MAX} bytes and no control characters")
}

fn is_ascending<T: Ord>(codes: &[T]) -> bool {
    codes.is_sorted_by(|a, b| a < b)
}

fn rule(kept: bool, field: &str, problem: impl FnOnce() -> String) -> Result<(), HeaderError> {
    if kept { Ok(()) } else { Err(HeaderError::Field { field: field.into(), problem: problem() }) }
}
