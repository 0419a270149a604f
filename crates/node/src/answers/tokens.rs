//! `/v1/tokens`: tokens of officers and programs. What a new one shall be is [`NewToken`](crate::callers::tokens::NewToken).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    callers::{Role, Scope, tokens::Token},
    words,
};

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenRow {
    /// Its public id, as the audit log names it.
    pub id: String,
    /// What it is for: an office or a program, never a person.
    pub name: String,
    /// The id of the person who has it; a program's has none.
    pub person: Option<String>,
    /// What it may do.
    #[schemars(with = "words::Role")]
    pub role: Role,
    /// The enrolled office whose records may be submitted with it.
    pub office: Option<String>,
    /// Fewer scopes than the role has.
    pub only: Option<Vec<Scope>>,
    /// The purposes of the task that it is for.
    #[schemars(with = "Vec<words::Purpose>")]
    pub purposes: Vec<String>,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// From when on it counts no more, milliseconds since 1970.
    pub expires_ms: u64,
    /// Since when it is revoked, milliseconds since 1970.
    pub revoked_ms: Option<u64>,
    /// The token that its holder got in its place.
    pub renewed_as: Option<String>,
}

/// Every token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenList {
    /// By id.
    pub tokens: Vec<TokenRow>,
}

/// A token that was made.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct TokenMade {
    /// What it is.
    #[serde(flatten)]
    pub row: TokenRow,
    /// Its text: here and nowhere else.
    pub token: String,
    /// Those of its purposes that no clause of an agreement in force has: it reads nothing for them.
    pub without_clause: Vec<String>,
}

impl From<&Token> for TokenRow {
    fn from(token: &Token) -> Self {
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            person: token.person.clone(),
            role: token.role,
            office: token.office.clone(),
            only: token.only.clone(),
            purposes: token.purposes.clone(),
            created_ms: token.created_ms,
            expires_ms: token.expires_ms,
            revoked_ms: token.revoked_ms,
            renewed_as: token.renewed_as.clone(),
        }
    }
}
