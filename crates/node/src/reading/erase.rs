//! Which content a caller may destroy: what may be shown to them.

use std::sync::Arc;

use protocol::origin::Position;
use texts::say;

use super::Reading;
use crate::{
    callers::Caller,
    channel::ChannelHandle,
    fault::{Code, Fault},
};

impl Reading {
    /// The channel in which the caller may have a record's content destroyed.
    ///
    /// # Errors
    /// As [`Reading::record`]; [`Code::Refused`] for a record of the protocol itself.
    pub fn erasable(&self, caller: &Caller, position: &Position) -> Result<Arc<ChannelHandle>, Fault> {
        let found = self.find(caller, position)?;
        self.consult(caller, &found)?;
        if found.opened.header.is_protocol() {
            let message = say!("protocol-records-stay");
            return Err(Fault::new(Code::Refused, message));
        }
        self.channel(&position.origin.channel)
    }
}
