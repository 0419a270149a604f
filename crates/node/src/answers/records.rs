//! Files of records, and the end of their content. What is shown of records is in [`crate::reading`].

use protocol::id::AgencyId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words::{self, Place};

/// A file that was uploaded; a record can name it for 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Uploaded {
    /// SHA-256 of the file in hexadecimal digits.
    pub sha256: String,
    /// Its length, bytes.
    pub size: u64,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
}

/// Its content is destroyed here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Erased {
    /// The record.
    pub erased: Place,
    /// The partners that are ordered to destroy theirs.
    #[schemars(with = "Vec<words::Id>")]
    pub ordered: Vec<AgencyId>,
}
