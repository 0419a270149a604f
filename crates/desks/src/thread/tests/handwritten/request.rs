//! The thread of a request: who must do what, and by when.
//!
//! Each addressed party has its own part, because one may have answered while another has not. What the requester does
//! concerns all parts. The thread stands where the part stands that is least far.

use std::collections::BTreeMap;

use protocol::id::AgencyId;

use super::{Machine, clocks::Clocks};
use crate::requests::{Access, Act};
use crate::thread::{Due, Ineffective, Limit, Place, RecordEvent, Standing};

/// The state machine of a request.
#[derive(Debug, Clone)]
pub struct RequestThread {
    requester: AgencyId,
    clocks: Clocks,
    parts: BTreeMap<AgencyId, Part>,
}

/// One addressed party's part.
#[derive(Debug, Clone)]
struct Part {
    state: State,
    /// The record whose receipt starts the clock: the request, or what clarified it last.
    asked: Asked,
    /// When the party received that record.
    received: Option<u64>,
    access: Access,
    /// The day until which a court's authorisation extends the limit, as its last millisecond.
    extended: Option<u64>,
    /// The answer whose receipt starts the requester's clock for feedback.
    answered: Option<Place>,
    /// When the requester received that answer.
    answer_received: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    place: Place,
    time: u64,
}

/// States, the least far first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    ReturnedIncomplete,
    Released,
    Delivered,
    Accepted,
    InProgress,
    AwaitingAuthorisation,
    PartlyAnswered,
    Answered,
    NothingToProvide,
    Refused,
    Feedback,
    Withdrawn,
    Closed,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::ReturnedIncomplete => "returned_incomplete",
            Self::Released => "released",
            Self::Delivered => "delivered",
            Self::Accepted => "accepted",
            Self::InProgress => "in_progress",
            Self::AwaitingAuthorisation => "awaiting_judicial_authorisation",
            Self::PartlyAnswered => "partly_answered",
            Self::Answered => "answered",
            Self::NothingToProvide => "nothing_to_provide",
            Self::Refused => "refused",
            Self::Feedback => "feedback",
            Self::Withdrawn => "withdrawn",
            Self::Closed => "closed",
        }
    }

    fn is_open(self) -> bool {
        self <= Self::PartlyAnswered
    }
}

impl Machine for RequestThread {
    const NAME: &'static str = "requests.request";
    const OPENED_BY: &'static str = "requests.request/1";
    type Act = Act;

    fn open(parties: &[AgencyId], event: &RecordEvent<'_>, act: Act) -> Result<Self, Ineffective> {
        let Act::Request { urgent } = act else { return Err(Ineffective::ForeignAct) };
        let part = Part {
            state: State::Released,
            asked: Asked { place: event.stub.place, time: event.stub.time },
            received: None,
            access: Access::Direct,
            extended: None,
            answered: None,
            answer_received: None,
        };
        let requester = event.author();
        let others = parties.iter().filter(|party| **party != requester);
        Ok(Self {
            requester,
            clocks: Clocks::of(event.record, urgent),
            parts: others.map(|party| (*party, part.clone())).collect(),
        })
    }

    fn apply(&mut self, event: &RecordEvent<'_>, act: Act) -> Result<(), Ineffective> {
        if event.author() == self.requester {
            return self.apply_requesters(event, act);
        }
        let part = self.parts.get_mut(&event.author()).ok_or(Ineffective::NotTheirs)?;
        part.apply(event, act, &self.clocks)
    }

    fn received(&mut self, record: &RecordEvent<'_>, by: &AgencyId, time: u64) {
        let place = record.stub.place;
        if *by == self.requester {
            if let Some(part) = self.parts.values_mut().find(|part| part.answered == Some(place)) {
                part.answer_received.get_or_insert(time);
            }
        } else if let Some(part) = self.parts.get_mut(by).filter(|part| part.asked.place == place) {
            part.received.get_or_insert(time);
            if part.state == State::Released {
                part.state = State::Delivered;
            }
        }
    }

    fn standing(&self) -> Standing {
        let state = self.parts.values().map(|part| part.state).min().unwrap_or(State::Released);
        let mut due: Vec<Due> = self.parts.iter().flat_map(|(party, part)| part.due(party, self)).collect();
        due.sort_by(|a, b| (a.at, &a.what, a.from).cmp(&(b.at, &b.what, b.from)));
        let mut awaits: Vec<AgencyId> = self
            .parts
            .iter()
            .filter_map(|(party, part)| match part.state {
                State::ReturnedIncomplete => Some(self.requester),
                state if state.is_open() => Some(*party),
                _ => None,
            })
            .collect();
        awaits.sort_unstable();
        awaits.dedup();
        Standing {
            state: state.word(),
            open: self.parts.values().any(|part| part.state.is_open()),
            awaits,
            due,
            parts: self.parts.iter().map(|(party, part)| (*party, part.state.word())).collect(),
        }
    }
}

impl RequestThread {
    /// What the requester does concerns every part in whose state it is possible; there must be one.
    fn apply_requesters(&mut self, event: &RecordEvent<'_>, act: Act) -> Result<(), Ineffective> {
        let state = self.parts.values().map(|part| part.state).min().unwrap_or(State::Released);
        let mut moved = false;
        for part in self.parts.values_mut() {
            let next = match act {
                Act::Clarify if part.state == State::ReturnedIncomplete => {
                    part.asked = Asked { place: event.stub.place, time: event.stub.time };
                    part.received = None;
                    State::Released
                }
                Act::Withdraw if part.state.is_open() => State::Withdrawn,
                Act::Feedback { .. } if matches!(part.state, State::Answered | State::PartlyAnswered) => {
                    State::Feedback
                }
                Act::Close if part.state >= State::PartlyAnswered && part.state < State::Withdrawn => State::Closed,
                Act::Clarify | Act::Withdraw | Act::Feedback { .. } | Act::Close => continue,
                Act::Request { .. } | Act::Inform => return Err(Ineffective::ForeignAct),
                _ => return Err(Ineffective::NotTheirs),
            };
            part.state = next;
            moved = true;
        }
        if moved { Ok(()) } else { Err(Ineffective::State { state: state.word() }) }
    }
}

impl Part {
    /// What the addressed party does.
    fn apply(&mut self, event: &RecordEvent<'_>, act: Act, clocks: &Clocks) -> Result<(), Ineffective> {
        let not_now = Err(Ineffective::State { state: self.state.word() });
        let fresh = matches!(self.state, State::Released | State::Delivered);
        let working = matches!(self.state, State::Accepted | State::InProgress | State::AwaitingAuthorisation);
        let answered_at = Some(event.stub.place);
        self.state = match act {
            Act::Accept { access } if fresh => {
                self.access = access.unwrap_or(self.access);
                State::Accepted
            }
            Act::Start if fresh || working => State::InProgress,
            Act::AwaitAuthorisation { until } if fresh || working => {
                let end = until.start_unix_ms().saturating_add(86_399_999);
                match self.answer_due(&event.author(), clocks) {
                    Some(due) if event.stub.time > due.at => return Err(Ineffective::TooLate),
                    _ => self.extended = Some(end),
                }
                State::AwaitingAuthorisation
            }
            Act::Ask if fresh || working => State::ReturnedIncomplete,
            // That there is nothing to provide neither confirms nor denies: what is found later corrects it.
            Act::AnswerPartly if self.state.is_open() || self.state == State::NothingToProvide => {
                (self.answered, self.answer_received) = (answered_at, None);
                State::PartlyAnswered
            }
            Act::Answer if self.state.is_open() || self.state == State::NothingToProvide => {
                (self.answered, self.answer_received) = (answered_at, None);
                State::Answered
            }
            Act::NothingToProvide if self.state.is_open() => State::NothingToProvide,
            Act::Refuse if self.state.is_open() => State::Refused,
            Act::Request { .. } | Act::Inform => return Err(Ineffective::ForeignAct),
            Act::Clarify | Act::Feedback { .. } | Act::Withdraw | Act::Close => return Err(Ineffective::NotTheirs),
            _ => return not_now,
        };
        Ok(())
    }

    fn due(&self, party: &AgencyId, thread: &RequestThread) -> Vec<Due> {
        let clocks = &thread.clocks;
        let since = |limit: &Option<Limit>, from: &AgencyId, start: Option<u64>| {
            limit.as_ref().zip(start).map(|(limit, start)| limit.due(*from, start))
        };
        let mut due = Vec::new();
        due.extend(match self.state {
            State::Released => since(&clocks.receipt, party, Some(self.asked.time)),
            State::Delivered => since(&clocks.acknowledgement, party, self.received.or(Some(self.asked.time))),
            State::Answered | State::PartlyAnswered => since(&clocks.feedback, &thread.requester, self.answer_received),
            _ => None,
        });
        if self.state.is_open() && self.state != State::ReturnedIncomplete {
            due.extend(self.answer_due(party, clocks));
        }
        due
    }

    /// When the answer is due: runs from receipt, and only a court's authorisation extends it.
    fn answer_due(&self, party: &AgencyId, clocks: &Clocks) -> Option<Due> {
        let limit = match self.access {
            Access::Direct => &clocks.answer,
            Access::Indirect => &clocks.indirect_answer,
        };
        let due = limit.as_ref()?.due(*party, self.received?);
        Some(Due { at: due.at.max(self.extended.unwrap_or(0)), ..due })
    }
}
