//! Two records that tell of one thing: what one side says, and beside it what another does.

use desks::kinds::{self, Kind};
use protocol::{header::Header, origin::Position};
use texts::say;

use super::{Disclosed, Reading, record::Record};
use crate::{callers::Caller, fault::Fault, limits};

/// A record, and what others tell of the same.
pub struct Beside {
    /// The record that was asked for.
    pub one: Told,
    /// Another that tells of the same: of another party, if there is one.
    pub other: Option<Told>,
    /// Where further ones lie, as far as was looked.
    pub more: Vec<Position>,
    /// Where to look on, if there are older records.
    pub next: Option<String>,
}

/// A record, and where it lies.
pub struct Told {
    /// Where it lies.
    pub position: Position,
    /// The record.
    pub record: Record,
    /// Its body.
    pub body: String,
}

impl Reading {
    /// A record with another one that tells of the same and that the caller may see. It is looked for among the newest of its kind in the
    /// channel, or from a cursor on among older ones.
    ///
    /// # Errors
    /// As [`Reading::record`]; [`crate::fault::Code::NotFound`] for a kind that tells of nothing; the cursor is none of ours.
    pub fn beside(
        &self,
        caller: &Caller,
        position: &Position,
        cursor: Option<&str>,
    ) -> Result<Disclosed<Beside>, Fault> {
        let (one, noted) = self.told(caller, position)?.into_parts();
        let kind = one.kind()?;
        let of_channel = (&[kind.name][..], Some(position.origin.channel));
        let page = self.latest(caller, of_channel, (cursor, limits::PAGE_ROWS_MAX))?.into_parts().0;
        let is_like = |at: &Position| {
            let found = self.find(caller, at).ok()?;
            kind.tell_of_the_same(one.body.as_bytes(), &found.opened.body).then_some(())
        };
        let places = page.records.into_iter().map(|record| record.position);
        let mut more: Vec<Position> = places.filter(|at| at != position && is_like(at).is_some()).collect();
        more.sort_by_key(|at| at.origin.agency == position.origin.agency);
        // What may not be used for what the caller is here for is not shown beside it either.
        let found = more.iter().find_map(|at| self.told(caller, at).ok());
        let (other, noted) = match found.map(Disclosed::into_parts) {
            Some((other, also)) => (Some(other), noted.and(&also)),
            None => (None, noted),
        };
        more.retain(|at| other.as_ref().is_none_or(|other| other.position != *at));
        let next = page.next.filter(|_| other.is_none());
        Ok(Disclosed::new(Beside { one, other, more, next }, noted))
    }

    fn told(&self, caller: &Caller, position: &Position) -> Result<Disclosed<Told>, Fault> {
        let (record, noted) = self.record(caller, position)?.into_parts();
        let body = record.body.clone().ok_or_else(tells_nothing)?;
        Ok(Disclosed::new(Told { position: *position, record, body }, noted))
    }
}

impl Told {
    /// Its kind, which is one that tells of something.
    fn kind(&self) -> Result<&'static Kind, Fault> {
        let header: Header = serde_json::from_str(self.record.header.get()).map_err(|_| tells_nothing())?;
        kinds::find(&header.kind).filter(|kind| kind.tells).ok_or_else(tells_nothing)
    }
}

fn tells_nothing() -> Fault {
    Fault::not_found(say!("no-readout"))
}
