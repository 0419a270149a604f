//! Whether a record would have its effect in the thread that it names. What would not is refused: its data would leave, and the
//! thread would stand as before.

use desks::{
    kinds::{self, Checked},
    thread::{Event, Ineffective, replay, would_act},
};
use protocol::{channel::Channel, header::Header, id::AgencyId, statement::ThreadKey};
use texts::say;

use super::Sending;
use crate::{
    callers::Caller,
    clock,
    fault::{Code, Fault},
    threads::{self, events},
};

impl Sending {
    /// Refuses a record that would have no effect in its thread, as the caller sees the thread: that something which is hidden from
    /// the caller came meanwhile changes nothing for them.
    pub(super) fn check_effect(
        &self,
        caller: &Caller,
        channel: &Channel,
        key: &ThreadKey,
        (header, checked): (&Header, &Checked),
    ) -> Result<(), Fault> {
        let acts = kinds::find(&header.kind).is_some_and(|kind| kind.acts);
        if !acts && checked.act.is_none() {
            return Ok(());
        }
        // What opens a thread is not kept waiting for turns: its thread is new.
        if acts {
            self.upkeep.catch_up()?;
        }
        let mut events = match threads::follows(channel) {
            true => events::of(&self.decider.rows, channel, &key.thread, key.lane)?,
            false => Default::default(),
        };
        if !caller.sees_before_protection_check() {
            events::leave_out_hidden(&self.protection, channel, &key.thread, &mut events);
        }
        if let Some(permission) = &checked.permission {
            let about = permission.record.0.position(channel.id());
            if !events.contains_key(&about) {
                let message = say!("no-effect");
                return Err(Fault::new(Code::Refused, message).in_field("thread"));
            }
        }
        let Some(act) = &checked.act else { return Ok(()) };
        if !acts && events.is_empty() {
            return Ok(());
        }
        let parties: Vec<AgencyId> = channel.parties().keys().copied().collect();
        let in_order: Vec<Event> = events.into_values().collect();
        let by = (channel.me(), key.lane);
        would_act(&parties, &in_order, (&header.kind, act), by, clock::now_ms()).map_err(|why| {
            let message = match why {
                Ineffective::NotOpened => format!(
                    "it would have no effect: no record has opened this thread in the lane {}. Name the thread of the record that it \
                     belongs to",
                    key.lane
                ),
                why => {
                    let state = replay(&parties, &in_order).standing.state;
                    format!("it would have no effect: {why}. The thread is {state}")
                }
            };
            Fault::new(Code::Refused, message).in_field("thread")
        })?;
        // Behind the thread's word: of what is hidden from the caller it has said that it is not there.
        if checked.signs.as_ref().is_some_and(|signs| self.decider.signs_another_text(channel, header.thread, signs)) {
            return Err(Fault::new(Code::Refused, say!("signs-another-text")).in_field("text_sha256"));
        }
        Ok(())
    }
}
