//! Two readouts of one meeting: what one side published, and beside it what another did.

use desks::register::readout::Readout;
use protocol::origin::Position;
use texts::say;

use super::{Disclosed, Reading, record::Record};
use crate::{callers::Caller, fault::Fault, limits};

/// The kind of record that tells of a meeting.
const READOUT: &str = "register.readout/1";

/// A readout, and what others tell of the same meeting.
pub struct Beside {
    /// The readout that was asked for.
    pub one: Told,
    /// Another of the same meeting: of another party, if there is one.
    pub other: Option<Told>,
    /// Where further ones lie, as far as was looked.
    pub more: Vec<Position>,
    /// Where to look on, if there are older records.
    pub next: Option<String>,
}

/// A readout, and where it lies.
pub struct Told {
    /// Where it lies.
    pub position: Position,
    /// The record.
    pub record: Record,
    /// What it says.
    pub readout: Readout,
}

impl Reading {
    /// A readout with another one of the same meeting that the caller may see. It is looked for among the newest readouts of the
    /// channel, or from a cursor on among older ones.
    ///
    /// # Errors
    /// As [`Reading::record`]; [`crate::fault::Code::NotFound`] for what is no readout; the cursor is none of ours.
    pub fn beside(
        &self,
        caller: &Caller,
        position: &Position,
        cursor: Option<&str>,
    ) -> Result<Disclosed<Beside>, Fault> {
        let (one, noted) = self.told(caller, position)?.into_parts();
        let of_channel = (&[READOUT][..], Some(position.origin.channel));
        let page = self.latest(caller, of_channel, (cursor, limits::PAGE_ROWS_MAX))?.into_parts().0;
        let is_like = |at: &Position| {
            let found = self.find(caller, at).ok()?;
            let readout: Readout = serde_json::from_slice(&found.opened.body).ok()?;
            readout.is_of_the_meeting_of(&one.readout).then_some(())
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
        let readout = record.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
        let readout = readout.ok_or_else(|| Fault::not_found(say!("no-readout")))?;
        Ok(Disclosed::new(Told { position: *position, record, readout }, noted))
    }
}
