//! What went wrong: the one error of this crate's acts. The doors say how it is answered: a problem document, a line about
//! one record, an exit code.

use protocol::{channel::NotNow, header::HeaderError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{CommitError, StoreError};
use texts::{Language, Message};

use crate::wording;

/// What went wrong, for whom to mend.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Fault {
    /// What kind of error.
    pub code: Code,
    /// The floor rule or clause that refuses, if one does.
    #[serde(default)]
    pub rule: Option<String>,
    /// What is wrong, where, and what to do. In JSON it is in English.
    #[schemars(with = "String")]
    pub message: Message,
    /// The field of the input, if one is at fault.
    #[serde(default)]
    pub field: Option<String>,
}

/// Kinds of faults. Each has one exit code of the command line and one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A clause or the floor refuses.
    Refused,
    /// Nobody knows who asks: the token is missing, wrong, expired or revoked.
    Unauthenticated,
    /// The caller's role may not do this.
    Forbidden,
    /// The caller asks too often.
    TooMany,
    /// The request is too large.
    TooLarge,
    /// The path has no such method.
    WrongMethod,
    /// The request was meant for another host, or comes from a page of another origin.
    WrongOrigin,
    /// The input has an error.
    Usage,
    /// There is no such thing.
    NotFound,
    /// It is taken: the same idempotency key with other content, a folder in use.
    Conflict,
    /// The disk is full or damaged.
    Storage,
    /// A partner is not reached, the node waits, or time ran out.
    Unavailable,
    /// Something does not verify.
    NotVerified,
    /// A fault of this program.
    Internal,
}

impl Code {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Refused,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::TooMany,
        Self::TooLarge,
        Self::WrongMethod,
        Self::WrongOrigin,
        Self::Usage,
        Self::NotFound,
        Self::Conflict,
        Self::Storage,
        Self::Unavailable,
        Self::NotVerified,
        Self::Internal,
    ];
}

/// The JSON object around an error in a line about one record.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ErrorBody {
    /// The error.
    pub error: Fault,
}

impl Fault {
    /// An error of a kind, with its message.
    pub fn new(code: Code, message: impl Into<Message>) -> Self {
        Self { code, rule: None, message: message.into(), field: None }
    }

    /// An error in the caller's input.
    pub fn usage(message: impl Into<Message>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<Message>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// Says it in this language, also in JSON: for an answer whose caller asked for it.
    pub fn said_in(mut self, language: Language) -> Self {
        if language != Language::En {
            self.message = Message::as_worded(self.message.in_language(language));
        }
        self
    }

    /// Names the field at fault.
    pub fn in_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Names the rule that refuses.
    pub fn by_rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::InUse { .. } | StoreError::BlobBusy { .. } => Code::Conflict,
            StoreError::Busy => Code::Unavailable,
            _ => Code::Storage,
        };
        Self::new(code, wording::store(&error))
    }
}

impl From<CommitError> for Fault {
    fn from(error: CommitError) -> Self {
        if let CommitError::Store(error) = &error {
            return Self::new(Code::Storage, wording::store(error));
        }
        Self::new(Code::Storage, error.to_string())
    }
}

impl From<NotNow> for Fault {
    fn from(error: NotNow) -> Self {
        Self::new(Code::Unavailable, wording::not_now(&error))
    }
}

impl From<HeaderError> for Fault {
    /// In the field `header.urgency` and the like, where the error knows it.
    fn from(error: HeaderError) -> Self {
        let field = match &error {
            HeaderError::Json(error) => &error.field,
            HeaderError::Field { field, .. } => field,
        };
        let field = if field.is_empty() { "header".to_owned() } else { format!("header.{field}") };
        Self::usage(wording::header(&error)).in_field(field)
    }
}

#[cfg(test)]
mod tests {
    use protocol::header::Header;

    use super::*;

    #[test]
    fn a_wrong_header_names_its_field() {
        let field = |json: &str| Fault::from(Header::parse(json.as_bytes()).unwrap_err()).field;
        let urgency = r#"{"kind":"correspondence.note/1","media_type":"application/json","urgency":"soon"}"#;
        assert_eq!(field(urgency).as_deref(), Some("header.urgency"));
        let kind = r#"{"kind":"note","media_type":"application/json"}"#;
        assert_eq!(field(kind).as_deref(), Some("header.kind"));
        assert_eq!(field("[").as_deref(), Some("header"));
    }
}
