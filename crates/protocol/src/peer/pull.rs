//! Pulling: a node that partners can't reach fetches their batches, and brings the receipts itself.
//!
//! One value a lane, driven like a [`super::session`]. What is pulled takes the same way as what is pushed: opened, decided,
//! committed, receipted.

use alloc::{string::String, vec::Vec};

use super::{Answer, Pauses, Retry, newest_log};
use crate::{
    channel::Channel,
    id::AgencyId,
    origin::{Lane, Origin},
};

/// Pulls one lane of one partner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pull {
    partner: AgencyId,
    lane: Lane,
    pauses: Pauses,
    state: State,
    retry: Retry,
    tickets: u64,
    /// Whether the receipt was given that a crash may have kept here.
    has_settled: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Paused { until_ms: u64 },
    Asked { ticket: u64, question: Question, until_ms: u64 },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Question {
    /// Which log the partner writes now.
    Heads,
    /// A receipt is on its way, that of an earlier run first.
    Kept {
        origin: Origin,
    },
    Batch,
    /// A frame is being opened and committed here.
    Taking,
    Receipt,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// Time has passed.
    Tick,
    /// The partner answered our heads with its own.
    Heads {
        /// To which question.
        ticket: u64,
        /// Its checkpoint notes.
        heads: Vec<String>,
    },
    /// The partner has the receipt, or none was kept.
    Given {
        /// Of which question.
        ticket: u64,
    },
    /// The partner answered a pull.
    Pulled {
        /// To which question.
        ticket: u64,
        /// Whether with a frame: else it has nothing more.
        is_frame: bool,
    },
    /// What this node answers to the frame.
    Taken {
        /// Of which question.
        ticket: u64,
        /// What.
        answer: Answer,
    },
    /// The partner was not reached or refused.
    Failed {
        /// Of which question.
        ticket: u64,
    },
}

/// What to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Show the heads held here; [`Input::Heads`] or [`Input::Failed`] follows.
    ShowHeads {
        /// The question.
        ticket: u64,
    },
    /// Give the receipt that is kept for a log at a size, if one is; [`Input::Given`] or [`Input::Failed`] follows.
    GiveKept {
        /// The question.
        ticket: u64,
        /// The partner's log.
        origin: Origin,
        /// Its size here.
        size: u64,
    },
    /// Ask for the batch that begins at an entry; [`Input::Pulled`] or [`Input::Failed`] follows.
    Pull {
        /// The question.
        ticket: u64,
        /// The partner's log.
        origin: Origin,
        /// The entry.
        from: u64,
    },
    /// Open and commit the frame that came; [`Input::Taken`] or [`Input::Failed`] follows.
    Take {
        /// The question.
        ticket: u64,
    },
    /// Give a receipt; [`Input::Given`] or [`Input::Failed`] follows.
    Give {
        /// The question.
        ticket: u64,
        /// The receipt, as note text.
        receipt: String,
    },
    /// The frame was not admitted, and this is why.
    NotTaken(Answer),
    /// Nothing is tried before then.
    Pause {
        /// Milliseconds of the driver's clock.
        until_ms: u64,
    },
}

impl Pull {
    /// A pull that begins at the next tick. An answer that there is nothing is asked for again after
    /// [`Pauses::compare_ms`]: none for a partner that answers only when there is something or time is up.
    pub const fn new(partner: AgencyId, lane: Lane, pauses: Pauses) -> Self {
        Self {
            partner,
            lane,
            pauses,
            state: State::Paused { until_ms: 0 },
            retry: Retry::new(&pauses),
            tickets: 0,
            has_settled: false,
        }
    }

    /// Takes what happened and says what to do, in this order. The last of them is what it waits for; where nothing is
    /// said it goes on waiting.
    pub fn handle(mut self, now_ms: u64, channel: &Channel, input: Input) -> (Self, Vec<Output>) {
        let mut outputs = Vec::new();
        let out = &mut outputs;
        match (self.state, input) {
            (State::Paused { until_ms }, Input::Tick) if now_ms < until_ms => out.push(Output::Pause { until_ms }),
            (State::Paused { .. }, Input::Tick) => {
                let ticket = self.ask(now_ms, Question::Heads);
                out.push(Output::ShowHeads { ticket });
            }
            (State::Asked { until_ms, .. }, Input::Tick) if now_ms >= until_ms => self.stop(now_ms, out),
            (State::Asked { ticket, question, .. }, input) => {
                self.answered(now_ms, channel, ticket, question, input, out)
            }
            // An answer to a question that was given up.
            _ => {}
        }
        (self, outputs)
    }

    fn answered(
        &mut self,
        now_ms: u64,
        channel: &Channel,
        ticket: u64,
        question: Question,
        input: Input,
        out: &mut Vec<Output>,
    ) {
        match (question, input) {
            (Question::Heads, Input::Heads { ticket: to, heads }) if to == ticket => {
                let origin = newest_log(channel, self.partner, self.lane, &heads);
                if self.has_settled {
                    return self.pull(now_ms, channel, origin, out);
                }
                let ticket = self.ask(now_ms, Question::Kept { origin });
                out.push(Output::GiveKept { ticket, origin, size: channel.size(&origin) });
            }
            (Question::Kept { origin }, Input::Given { ticket: of }) if of == ticket => {
                self.has_settled = true;
                self.pull(now_ms, channel, origin, out);
            }
            (Question::Batch, Input::Pulled { ticket: to, is_frame: true }) if to == ticket => {
                let ticket = self.ask(now_ms, Question::Taking);
                out.push(Output::Take { ticket });
            }
            (Question::Taking, Input::Taken { ticket: of, answer }) if of == ticket => match answer {
                Answer::Receipt(receipt) => {
                    let ticket = self.ask(now_ms, Question::Receipt);
                    out.push(Output::Give { ticket, receipt });
                }
                answer => {
                    out.push(Output::NotTaken(answer));
                    self.stop(now_ms, out);
                }
            },
            (Question::Batch, Input::Pulled { ticket: of, is_frame: false }) if of == ticket => {
                self.rest(now_ms, self.pauses.compare_ms, out);
            }
            (Question::Receipt, Input::Given { ticket: of }) if of == ticket => self.rest(now_ms, 0, out),
            (_, Input::Failed { ticket: of }) if of == ticket => self.stop(now_ms, out),
            _ => {}
        }
    }

    fn pull(&mut self, now_ms: u64, channel: &Channel, origin: Origin, out: &mut Vec<Output>) {
        let ticket = self.ask(now_ms, Question::Batch);
        out.push(Output::Pull { ticket, origin, from: channel.size(&origin) });
    }

    fn ask(&mut self, now_ms: u64, question: Question) -> u64 {
        self.tickets = self.tickets.saturating_add(1);
        let until_ms = now_ms.saturating_add(self.pauses.answer_ms_max);
        self.state = State::Asked { ticket: self.tickets, question, until_ms };
        self.tickets
    }

    /// All is well: the next round begins after a pause.
    fn rest(&mut self, now_ms: u64, pause_ms: u64, out: &mut Vec<Output>) {
        self.retry = Retry::new(&self.pauses);
        self.pause(now_ms, pause_ms, out);
    }

    fn stop(&mut self, now_ms: u64, out: &mut Vec<Output>) {
        // A receipt that perhaps did not reach its author is given again.
        if let State::Asked { question: Question::Receipt, .. } = self.state {
            self.has_settled = false;
        }
        let pause_ms = self.retry.pause_ms(&self.pauses);
        self.pause(now_ms, pause_ms, out);
    }

    fn pause(&mut self, now_ms: u64, pause_ms: u64, out: &mut Vec<Output>) {
        let until_ms = now_ms.saturating_add(pause_ms);
        self.state = State::Paused { until_ms };
        out.push(Output::Pause { until_ms });
    }
}
