//! `/v1/people` and `/v1/me`: the agency's own people, and who asks. What a person is: [`Person`].

use protocol::date::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tokens::TokenRow;
use crate::{people::Person, words};

/// The agency's people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonList {
    /// In the order in which the node got to know them, those who left at the end of it too.
    pub people: Vec<Person>,
}

/// A person whose rights changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonChanged {
    /// The person.
    #[serde(flatten)]
    pub person: Person,
    /// Ids of the person's tokens that were revoked, because the person may have them no more.
    pub revoked: Vec<String>,
}

/// That a person is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoAway {
    /// The last day of it.
    #[schemars(with = "words::Day")]
    pub until: Date,
    /// Who stands in: id, the beginning of it, or name.
    pub deputy: String,
}

/// What a link holds by which a person is let in. Nobody can find it out again.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct SignInLink {
    /// What stands behind the `#` of `/enrol`, or behind `/visit?link=`.
    pub link: String,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Me {
    /// The role, for which the caller is let in.
    pub role: String,
    /// The token; none at the socket without one.
    pub token: Option<TokenRow>,
    /// The person who has the token; none of a program's.
    pub person: Option<Person>,
    /// Ids of those for whom the person acts while they are away.
    pub acts_for: Vec<String>,
    /// What the caller may do.
    pub scopes: Vec<String>,
}
