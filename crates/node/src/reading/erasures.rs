//! What was erased before its time: who ordered it, who says that it is done, and who is silent.

use std::collections::BTreeMap;

use protocol::{channel::Channel, commit::KeptDocument, id::AgencyId, origin::Position};
use store::Reader;

use super::{Disclosed, Proof, Reading};
use crate::{
    audit::{Count, Noted},
    callers::Caller,
    evidence,
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
    /// The newest of what was erased early, in channels of whose own logs a caller may see the length: what a party was ordered to
    /// and is silent about first.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn erasures(&self, caller: &Caller) -> Result<Disclosed<Vec<Erasure>>, Fault> {
        let reader = self.db.reader()?;
        let mut all = Vec::new();
        for handle in self.channels.list() {
            let channel = handle.value();
            if self.protection.shows_sizes(caller, &channel) {
                all.extend(
                    said(&reader, &channel)?.into_iter().map(|(position, said)| erasure(&channel, position, said)),
                );
            }
        }
        let newest = |erasure: &Erasure| {
            let said = erasure.erased.iter().map(|(_, time)| *time).max();
            erasure.ordered_ms.or(said).unwrap_or_default()
        };
        all.sort_by_key(|erasure| std::cmp::Reverse((!erasure.silent.is_empty(), newest(erasure))));
        let mut found = Vec::new();
        // Only as many are asked about as are listed: a partner can say something of very many.
        for erasure in all {
            if found.len() >= limits::ERASURES_LISTED_MAX {
                break;
            }
            if self.is_told(caller, &reader, &erasure.position)? {
                found.push(erasure);
            }
        }
        let noted = Noted::facts(&Count { listed: found.len() });
        Ok(Disclosed::new(found, noted))
    }

    /// Whether the record is here, and not hidden from the caller.
    fn is_told(&self, caller: &Caller, reader: &Reader, position: &Position) -> Result<bool, Fault> {
        let kept = stubs::kept(reader, position)?;
        let shows = self.protection.shows(caller, position, kept.as_ref().map(|kept| &kept.thread));
        Ok(shows && reader.arrival_of(position)?.is_some())
    }
}

/// What parties say of records in a channel. An order counts from a record's author only, and a word only behind its record.
fn said(reader: &Reader, channel: &Channel) -> Result<BTreeMap<Position, Said>, Fault> {
    let mut of: BTreeMap<Position, Said> = BTreeMap::new();
    for kind in [KeptDocument::ERASURE, KeptDocument::ERASED] {
        let is_order = kind == KeptDocument::ERASURE;
        for (at, places) in evidence::words(reader, channel, kind)? {
            if is_order && at.origin.agency != places.origin.agency {
                continue;
            }
            let Some(time) = reader.time_of(&at)? else { continue };
            let named = places.indexes.into_iter().map(|index| Position { origin: places.origin, index });
            for position in named.filter(|position| evidence::is_behind(&at, position)) {
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
