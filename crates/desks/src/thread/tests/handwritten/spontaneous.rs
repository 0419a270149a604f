//! The thread of information that nobody asked for: was it received, taken up, of use?
//!
//! Each party that received it has its own part; the thread stands where the part stands that is least far.

use std::collections::BTreeMap;

use protocol::id::AgencyId;

use super::{Machine, clocks::Clocks};
use crate::requests::{Act, Use};
use crate::thread::{Due, Ineffective, Place, RecordEvent, Standing};

/// The state machine of spontaneous information.
#[derive(Debug, Clone)]
pub struct SpontaneousThread {
    informant: AgencyId,
    place: Place,
    sent: u64,
    clocks: Clocks,
    parts: BTreeMap<AgencyId, Part>,
}

/// One receiving party's part.
#[derive(Debug, Clone, Copy)]
struct Part {
    state: State,
    received: Option<u64>,
}

/// States, the least far first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Released,
    Delivered,
    Acknowledged,
    NotUsed,
    Used,
    Closed,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Delivered => "delivered",
            Self::Acknowledged => "acknowledged",
            Self::NotUsed => "not_used",
            Self::Used => "used",
            Self::Closed => "closed",
        }
    }

    fn is_open(self) -> bool {
        self <= Self::Acknowledged
    }
}

impl Machine for SpontaneousThread {
    const NAME: &'static str = "requests.spontaneous";
    const OPENED_BY: &'static str = "requests.spontaneous/1";
    type Act = Act;

    fn open(parties: &[AgencyId], event: &RecordEvent<'_>, act: Act) -> Result<Self, Ineffective> {
        let Act::Inform = act else { return Err(Ineffective::ForeignAct) };
        let informant = event.author();
        let others = parties.iter().filter(|party| **party != informant);
        Ok(Self {
            informant,
            place: event.stub.place,
            sent: event.stub.time,
            clocks: Clocks::of(event.record, false),
            parts: others.map(|party| (*party, Part { state: State::Released, received: None })).collect(),
        })
    }

    fn apply(&mut self, event: &RecordEvent<'_>, act: Act) -> Result<(), Ineffective> {
        if event.author() == self.informant {
            return match act {
                Act::Close if self.parts.values().any(|part| !part.state.is_open() && part.state < State::Closed) => {
                    let done = |part: &&mut Part| !part.state.is_open();
                    self.parts.values_mut().filter(done).for_each(|part| part.state = State::Closed);
                    Ok(())
                }
                Act::Close => Err(Ineffective::State { state: self.state().word() }),
                Act::Accept { .. } | Act::Feedback { .. } => Err(Ineffective::NotTheirs),
                _ => Err(Ineffective::ForeignAct),
            };
        }
        let part = self.parts.get_mut(&event.author()).ok_or(Ineffective::NotTheirs)?;
        part.state = match act {
            Act::Accept { .. } if part.state < State::Acknowledged => State::Acknowledged,
            Act::Feedback { r#use } if part.state.is_open() => match r#use {
                Use::Used => State::Used,
                Use::NotUsed => State::NotUsed,
            },
            Act::Accept { .. } | Act::Feedback { .. } => return Err(Ineffective::State { state: part.state.word() }),
            Act::Close => return Err(Ineffective::NotTheirs),
            _ => return Err(Ineffective::ForeignAct),
        };
        Ok(())
    }

    fn received(&mut self, record: &RecordEvent<'_>, by: &AgencyId, time: u64) {
        if record.stub.place != self.place {
            return;
        }
        if let Some(part) = self.parts.get_mut(by) {
            part.received.get_or_insert(time);
            part.state = part.state.max(State::Delivered);
        }
    }

    fn standing(&self) -> Standing {
        let mut due: Vec<Due> = self.parts.iter().filter_map(|(party, part)| self.due(party, part)).collect();
        due.sort_by(|a, b| (a.at, &a.what, a.from).cmp(&(b.at, &b.what, b.from)));
        Standing {
            state: self.state().word(),
            open: self.parts.values().any(|part| part.state.is_open()),
            awaits: self.parts.iter().filter(|(_, part)| part.state.is_open()).map(|(party, _)| *party).collect(),
            due,
            parts: self.parts.iter().map(|(party, part)| (*party, part.state.word())).collect(),
        }
    }
}

impl SpontaneousThread {
    fn state(&self) -> State {
        self.parts.values().map(|part| part.state).min().unwrap_or(State::Released)
    }

    fn due(&self, party: &AgencyId, part: &Part) -> Option<Due> {
        let (limit, start) = match part.state {
            State::Released => (&self.clocks.receipt, Some(self.sent)),
            State::Delivered => (&self.clocks.acknowledgement, part.received),
            State::Acknowledged => (&self.clocks.feedback, part.received),
            State::NotUsed | State::Used | State::Closed => return None,
        };
        Some(limit.as_ref()?.due(*party, start?))
    }
}
