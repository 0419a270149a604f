//! What was erased before its time: who ordered it, who says that it is done, and who is silent.

use std::collections::BTreeMap;

use protocol::{channel::Channel, commit::KeptDocument, control::Places, id::AgencyId, origin::Position};
use store::Reader;

use super::{Disclosed, Proof, Reading};
use crate::{
    audit::{Count, Noted},
    callers::Caller,
    fault::Fault,
    limits,
    threads::stubs,
};

/// A record whose erasure was ordered, or whose content a party says that it destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Where it stood.
    pub position: Position,
    /// When its author ordered that all erase it; `None` if nobody was ordered to. Milliseconds since 1970, as the order says.
    pub ordered_ms: Option<u64>,
    /// The parties that say their copy is gone, and when. Milliseconds since 1970, as they say.
    pub erased: Vec<(AgencyId, u64)>,
    /// The parties that were ordered to and have not said so.
    pub silent: Vec<AgencyId>,
    _proof: Proof,
}

/// What is said of one record.
#[derive(Default)]
struct Said {
    ordered: Option<u64>,
    erased: BTreeMap<AgencyId, u64>,
}

impl Reading {
    /// The newest of what was erased early, in channels of whose own logs a caller may see the length: what was ordered first,
    /// and of that the newest first.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn erasures(&self, caller: &Caller) -> Result<Disclosed<Vec<Erasure>>, Fault> {
        let reader = self.db.reader()?;
        let mut found = Vec::new();
        for handle in self.channels.list() {
            let channel = handle.value();
            if !self.protection.shows_sizes(caller, &channel) {
                continue;
            }
            for (position, said) in said(&reader, &channel)? {
                let kept = stubs::kept(&reader, &position)?;
                if self.protection.shows(caller, &position, kept.as_ref().map(|kept| &kept.thread)) {
                    found.push(erasure(&channel, position, said));
                }
            }
        }
        let newest = |erasure: &Erasure| {
            let said = erasure.erased.iter().map(|(_, time)| *time).max();
            erasure.ordered_ms.or(said).unwrap_or_default()
        };
        found.sort_by_key(|erasure| std::cmp::Reverse((!erasure.silent.is_empty(), newest(erasure))));
        found.truncate(limits::ERASURES_LISTED_MAX);
        let noted = Noted::facts(&Count { listed: found.len() });
        Ok(Disclosed::new(found, noted))
    }
}

/// What parties say of records in a channel. An order counts from a record's author only, and a word only behind its record.
fn said(reader: &Reader, channel: &Channel) -> Result<BTreeMap<Position, Said>, Fault> {
    let mut of: BTreeMap<Position, Said> = BTreeMap::new();
    for kind in [KeptDocument::ERASURE, KeptDocument::ERASED] {
        for KeptDocument { position: at, bytes, .. } in reader.documents(channel.id(), kind)? {
            let (Some(at), Ok(places)) = (at, serde_json::from_slice::<Places>(&bytes)) else { continue };
            let is_order = kind == KeptDocument::ERASURE;
            if is_order && at.origin.agency != places.origin.agency {
                continue;
            }
            let Some(time) = reader.time_of(&at)? else { continue };
            for index in places.indexes {
                let position = Position { origin: places.origin, index };
                if at.origin == position.origin && at.index <= index {
                    continue;
                }
                let said = of.entry(position).or_default();
                match is_order {
                    true => said.ordered = Some(said.ordered.map_or(time, |first| first.min(time))),
                    false => {
                        said.erased.entry(at.origin.agency).or_insert(time);
                    }
                }
            }
        }
    }
    Ok(of)
}

fn erasure(channel: &Channel, position: Position, said: Said) -> Erasure {
    let author = position.origin.agency;
    let ordered = channel.parties().keys().filter(|party| **party != author && said.ordered.is_some());
    let silent = ordered.filter(|party| !said.erased.contains_key(*party)).copied().collect();
    Erasure {
        position,
        ordered_ms: said.ordered,
        erased: said.erased.into_iter().collect(),
        silent,
        _proof: Proof::default(),
    }
}
