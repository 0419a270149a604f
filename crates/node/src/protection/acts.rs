//! What the protection officer did with what waited: one value in the store. A row for each act, or a row that goes with it,
//! would show whoever has the database which of the records that were hidden were never passed on.

use std::collections::BTreeSet;

use protocol::commit::AsideId;
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};

use crate::sealed::{self, Bound};
use crate::{
    db::Db,
    fault::{Code, Fault},
    limits,
};

/// The store's name for it.
const META: &str = "protection/acts";
const BOUND: Bound<'_> = Bound { label: b"mithaq/protection/acts/v1", place: META.as_bytes() };

/// What was passed on and what was ended, by the names of their rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Acts {
    #[serde(with = "names")]
    pub(super) passed: BTreeSet<AsideId>,
    #[serde(with = "names")]
    pub(super) ended: BTreeSet<AsideId>,
}

impl Acts {
    pub(super) fn load(reader: &Reader, key: &[u8; 32]) -> Result<Self, StoreError> {
        let Some(kept) = reader.meta(META)? else { return Ok(Self::default()) };
        let damaged = |reason| StoreError::Damaged { place: "the protection officer's acts".into(), reason };
        let plain = sealed::open(key, BOUND, &kept).map_err(damaged)?;
        serde_json::from_slice(&plain).map_err(|error| damaged(error.to_string()))
    }

    pub(super) fn keep(&self, db: &Db, key: &[u8; 32]) -> Result<(), Fault> {
        let internal = |reason| Fault::new(Code::Internal, reason);
        let json = serde_json::to_vec(self).map_err(|error| internal(error.to_string()))?;
        let kept = sealed::seal(key, BOUND, json, limits::ACTS_BYTES_LEAST).map_err(internal)?;
        Ok(db.store().put_meta(META, &kept)?)
    }
}

/// A set of names is one text: they are as long as they are many, and nothing else.
mod names {
    use std::collections::BTreeSet;

    use protocol::commit::AsideId;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(names: &BTreeSet<AsideId>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&names.iter().map(hex::encode).collect::<String>())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<AsideId>, D::Error> {
        let bytes = hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        Ok(bytes.as_chunks().0.iter().copied().collect())
    }
}
