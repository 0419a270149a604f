//! The one error of the agency's own port. An answer carries it as a problem document ([`super::problem`]); a line
//! about one record among many, as [`ErrorBody`].

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use protocol::channel::{NotNow, append::AppendError, life::CannotAct};
use serde::{Deserialize, Serialize};
use store::{CommitError, StoreError};

use crate::{agreements::life::LANE_RULE, writer::WriteError};

/// What went wrong, for whom to mend.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApiError {
    /// What kind of error.
    pub code: Code,
    /// The floor rule or clause that refuses, if one does.
    #[serde(default)]
    pub rule: Option<String>,
    /// What is wrong, where, and what to do.
    pub message: String,
    /// The field of the input, if one is at fault.
    #[serde(default)]
    pub field: Option<String>,
}

/// Kinds of errors. Each has one exit code of the command line and one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
        Self::Usage,
        Self::NotFound,
        Self::Conflict,
        Self::Storage,
        Self::Unavailable,
        Self::NotVerified,
        Self::Internal,
    ];

    /// The exit code of the command line.
    pub const fn exit(self) -> u8 {
        match self {
            Self::Refused | Self::Forbidden => 3,
            Self::Usage | Self::Unauthenticated | Self::TooLarge | Self::WrongMethod => 2,
            Self::NotFound => 7,
            Self::Conflict => 6,
            Self::Storage => 8,
            Self::Unavailable | Self::TooMany => 5,
            Self::NotVerified => 4,
            Self::Internal => 1,
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Refused | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Usage => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Storage => StatusCode::INSUFFICIENT_STORAGE,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotVerified => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The JSON object around an error in a line about one record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error.
    pub error: ApiError,
}

impl ApiError {
    /// An error of a kind, with its message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, rule: None, message: message.into(), field: None }
    }

    /// An error in the caller's input.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
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

impl IntoResponse for ApiError {
    /// A status that carries this error: the layer around all routes writes the problem document, which depends on the
    /// request's language and path.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::InUse { .. } | StoreError::BlobBusy { .. } => Code::Conflict,
            _ => Code::Storage,
        };
        Self::new(code, error.to_string())
    }
}

impl From<CommitError> for ApiError {
    fn from(error: CommitError) -> Self {
        Self::new(Code::Storage, error.to_string())
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        let code = match error {
            WriteError::Append(AppendError::UrgentFull { .. }) => {
                return Self::new(Code::Refused, error.to_string()).by_rule(LANE_RULE);
            }
            WriteError::Act(CannotAct::Append(append)) => return WriteError::Append(append).into(),
            WriteError::Act(CannotAct::Already(_)) => Code::Conflict,
            WriteError::Act(CannotAct::NotEnrolled) => Code::NotFound,
            WriteError::Act(CannotAct::NoRight | CannotAct::Notice { .. } | CannotAct::Version(_))
            | WriteError::Append(AppendError::Suspended) => Code::Refused,
            WriteError::Append(AppendError::NotNow(_) | AppendError::Moved) | WriteError::Stopped => Code::Unavailable,
            WriteError::Commit(_) | WriteError::Store(_) | WriteError::Load(_) => Code::Storage,
            _ => Code::Internal,
        };
        Self::new(code, error.to_string())
    }
}

impl From<NotNow> for ApiError {
    fn from(error: NotNow) -> Self {
        Self::new(Code::Unavailable, error.to_string())
    }
}
