//! What to say next to one partner in one lane of a channel, and what its answers mean.
//!
//! A session shows heads where the node waits for the partner and now and then, sends the oldest batch that the partner
//! has not receipted, one at a time, and takes what comes back. It is a value without I/O: [`Session::handle`] is told
//! what happened and gives what to do. Each question has a ticket; an answer to any other than the present question
//! changes nothing, however late or often it comes. A question that is not answered in time is asked again after a pause.
//! Nothing is kept over a restart: what a partner has receipted stands in the channel.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use super::{
    Answer, Gap, Pauses, Retry,
    learnt::{Learnt, Said},
    origin_and_size,
};
use crate::{
    channel::{Channel, NotNow},
    document::SignedDocument,
    id::AgencyId,
    origin::{Lane, Origin},
};

/// A session with one partner in one lane.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    partner: AgencyId,
    lane: Lane,
    pauses: Pauses,
    state: State,
    retry: Retry,
    tickets: u64,
    /// When heads were compared last.
    compared_ms: u64,
    /// Whether the partner was shown our heads because it waits, and has taken nothing since.
    shown_in_vain: bool,
    /// Whether two officers have confirmed that the partner was restored from an old copy.
    gives_back: bool,
    /// What a restored partner holds of own logs, below what it once receipted.
    given_back: BTreeMap<Origin, u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Nothing is to be done as far as is known.
    Resting,
    /// A try failed: nothing is tried before this time.
    Paused { until_ms: u64 },
    /// A question is under way.
    Asked { ticket: u64, question: Question, until_ms: u64 },
    /// What was answered is being written: of a batch, the size that the receipt names, or a nack.
    Taking { ticket: u64, question: Question, receipted: Option<u64> },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Question {
    Heads,
    Batch { origin: Origin, from: u64 },
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// Time has passed, or the channel has changed.
    Tick,
    /// The partner answered a batch.
    Answered {
        /// To which question.
        ticket: u64,
        /// What.
        answer: Answer,
    },
    /// The partner answered our heads with its own.
    Heads {
        /// To which question.
        ticket: u64,
        /// Its checkpoint notes.
        heads: Vec<String>,
    },
    /// What [`Output::Learn`] asked for is written, or said nothing new.
    Learnt {
        /// Of which question.
        ticket: u64,
        /// Whether it said anything new.
        is_news: bool,
    },
    /// The partner was not reached, the batch could not be sealed, or what came back could not be taken.
    Failed {
        /// Of which question.
        ticket: u64,
    },
    /// The partner showed its heads unasked.
    Shown(Vec<String>),
    /// Two officers have confirmed that the partner was restored: it gets back what it once receipted.
    GiveBack,
}

/// What to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Show the heads held here; [`Input::Heads`] or [`Input::Failed`] follows.
    ShowHeads {
        /// The question.
        ticket: u64,
    },
    /// Seal the batch of an own log that holds an entry, and send it; [`Input::Answered`] or [`Input::Failed`] follows.
    Send {
        /// The question.
        ticket: u64,
        /// The log.
        origin: Origin,
        /// The entry.
        from: u64,
    },
    /// Take what the partner said; [`Input::Learnt`] or [`Input::Failed`] follows.
    Learn {
        /// Of which question.
        ticket: u64,
        /// What it said.
        learnt: Learnt,
    },
    /// The partner has answered as it should.
    Progress,
    /// What stands in the way.
    Problem(Problem),
    /// Nothing is to be done until the channel changes, at the latest until then.
    Rest {
        /// Milliseconds of the driver's clock.
        until_ms: u64,
        /// Why nothing leaves, if anything forbids it.
        not_now: Option<NotNow>,
    },
    /// Nothing is tried before then.
    Pause {
        /// Milliseconds of the driver's clock.
        until_ms: u64,
    },
}

/// What stands in the way of delivery.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Problem {
    /// No answer came in time.
    #[error("the partner did not answer in time")]
    Unanswered,
    /// It lost what it had receipted.
    #[error(
        "it asks for entries of {origin} from {size} on, but has receipted {receipted}: it was restored from an old copy, \
         and content it once receipted is given back only after two officers have confirmed the restore"
    )]
    Restored {
        /// The own log.
        origin: Origin,
        /// How much of it the partner holds.
        size: u64,
        /// How much of it the partner has receipted.
        receipted: u64,
    },
    /// It holds another number of entries than is known of it.
    #[error("it holds {size} entries of {origin}; sending from there")]
    Gap {
        /// The own log.
        origin: Origin,
        /// How much of it the partner holds.
        size: u64,
    },
    /// Its nack is not a signed document.
    #[error("its nack is unreadable")]
    UnreadableNack,
    /// Its nack names the key to which the batch was sealed.
    #[error("a batch sealed to its newest key does not open or match there")]
    DoesNotOpen,
    /// Its receipt is for another batch, and known.
    #[error("it answers a batch with a receipt that is known already")]
    OldReceipt,
    /// It was shown our heads and waits for them all the same.
    #[error("it waits for our heads and was shown them already")]
    StillWaiting,
    /// It said "later" or "no".
    #[error("the partner answered {0:?} to a batch")]
    Answered(Answer),
}

impl Session {
    /// A session that has nothing under way. `now_ms` is a clock that never goes back; it need not be the time of day.
    pub const fn new(partner: AgencyId, lane: Lane, pauses: Pauses, now_ms: u64) -> Self {
        Self {
            partner,
            lane,
            pauses,
            state: State::Resting,
            retry: Retry::new(&pauses),
            tickets: 0,
            compared_ms: now_ms,
            shown_in_vain: false,
            gives_back: false,
            given_back: BTreeMap::new(),
        }
    }

    /// Takes what happened and says what to do, in this order. The last of them is what the session waits for; where
    /// nothing is said it goes on waiting.
    pub fn handle(mut self, now_ms: u64, channel: &Channel, input: Input) -> (Self, Vec<Output>) {
        let mut outputs = Vec::new();
        let out = &mut outputs;
        match (self.state, input) {
            (State::Resting, Input::Tick) => self.look(now_ms, channel, out),
            (State::Paused { until_ms }, Input::Tick) if now_ms >= until_ms => self.look(now_ms, channel, out),
            (State::Paused { until_ms }, Input::Tick) => out.push(Output::Pause { until_ms }),
            (State::Asked { until_ms, .. }, Input::Tick) if now_ms >= until_ms => {
                self.stop(now_ms, Some(Problem::Unanswered), out);
            }
            (
                State::Asked { ticket, question: Question::Batch { origin, from }, .. },
                Input::Answered { ticket: to, answer },
            ) if to == ticket => self.answered(now_ms, channel, origin, from, answer, out),
            (State::Asked { ticket, question: Question::Heads, .. }, Input::Heads { ticket: to, heads })
                if to == ticket =>
            {
                self.look_for_gaps(channel, &heads);
                self.learn(Said::Heads(heads), out);
            }
            (State::Taking { ticket, question: Question::Heads, .. }, Input::Learnt { ticket: of, .. })
                if of == ticket =>
            {
                self.compared_ms = now_ms;
                self.go_on(now_ms, channel, out);
            }
            (
                State::Taking { ticket, question: Question::Batch { origin, from }, receipted },
                Input::Learnt { ticket: of, is_news },
            ) if of == ticket => self.batch_learnt(now_ms, channel, (origin, from), receipted, is_news, out),
            (State::Asked { ticket, .. } | State::Taking { ticket, .. }, Input::Failed { ticket: of })
                if of == ticket =>
            {
                self.stop(now_ms, None, out);
            }
            (_, Input::Shown(heads)) => self.look_for_gaps(channel, &heads),
            (_, Input::GiveBack) => self.gives_back = true,
            // An answer to another question than the present one.
            _ => {}
        }
        (self, outputs)
    }

    fn look(&mut self, now_ms: u64, channel: &Channel, out: &mut Vec<Output>) {
        // One of the two lanes compares for both.
        let is_due = self.lane == Lane::Main && now_ms.saturating_sub(self.compared_ms) >= self.pauses.compare_ms;
        if is_due || channel.waiting().contains(&self.partner) {
            return self.ask(now_ms, Question::Heads, out);
        }
        let not_now = channel.may_sign().err();
        match self.next_batch(channel).filter(|_| not_now.is_none()) {
            Some((origin, from)) => self.ask(now_ms, Question::Batch { origin, from }, out),
            None => {
                self.state = State::Resting;
                // A partner that restarted, or a batch that could not be admitted yet, is tried again.
                out.push(Output::Rest { until_ms: now_ms.saturating_add(self.pauses.retry_ms_max), not_now });
            }
        }
    }

    /// The oldest batch of any own log of the lane that the partner lacks: the log and the batch's first entry.
    fn next_batch(&self, channel: &Channel) -> Option<(Origin, u64)> {
        let given_back = self.given_back.first_key_value().map(|(origin, size)| (*origin, *size));
        given_back.or_else(|| {
            let own = channel.own_logs().filter(|origin| origin.lane == self.lane);
            own.filter_map(|origin| Some((origin, channel.outstanding(&origin, &self.partner)?))).next()
        })
    }

    fn ask(&mut self, now_ms: u64, question: Question, out: &mut Vec<Output>) {
        self.tickets = self.tickets.saturating_add(1);
        let ticket = self.tickets;
        let until_ms = now_ms.saturating_add(self.pauses.answer_ms_max);
        self.state = State::Asked { ticket, question, until_ms };
        out.push(match question {
            Question::Heads => Output::ShowHeads { ticket },
            Question::Batch { origin, from } => Output::Send { ticket, origin, from },
        });
    }

    fn answered(
        &mut self,
        now_ms: u64,
        channel: &Channel,
        origin: Origin,
        from: u64,
        answer: Answer,
        out: &mut Vec<Output>,
    ) {
        let problem = match answer {
            Answer::Receipt(note) => return self.learn(Said::Receipt(note), out),
            Answer::Nack(document) => match SignedDocument::parse(&document) {
                Ok(document) => return self.learn(Said::Nack(document), out),
                Err(_) => Problem::UnreadableNack,
            },
            Answer::Waiting if !self.shown_in_vain => {
                self.shown_in_vain = true;
                return self.ask(now_ms, Question::Heads, out);
            }
            Answer::Waiting => Problem::StillWaiting,
            Answer::Gap(Gap { size }) => {
                let receipted = channel.log(&origin).map_or(0, |log| log.receipted(&self.partner));
                if size < receipted && size < from && self.gives_back {
                    self.given_back.insert(origin, size);
                    return self.go_on(now_ms, channel, out);
                }
                match size < receipted {
                    true => Problem::Restored { origin, size, receipted },
                    false => Problem::Gap { origin, size },
                }
            }
            answer => Problem::Answered(answer),
        };
        self.stop(now_ms, Some(problem), out);
    }

    fn learn(&mut self, said: Said, out: &mut Vec<Output>) {
        let State::Asked { ticket, question, .. } = self.state else { return };
        let receipted = match &said {
            Said::Receipt(note) => Some(origin_and_size(note).map_or(0, |(_, size)| size)),
            Said::Nack(_) | Said::Heads(_) => None,
        };
        self.state = State::Taking { ticket, question, receipted };
        out.push(Output::Learn { ticket, learnt: Learnt { from: self.partner, said } });
    }

    fn batch_learnt(
        &mut self,
        now_ms: u64,
        channel: &Channel,
        (origin, from): (Origin, u64),
        receipted: Option<u64>,
        is_news: bool,
        out: &mut Vec<Output>,
    ) {
        if let Some((size, receipted)) = self.given_back.get_mut(&origin).zip(receipted) {
            *size = receipted.max(*size);
        }
        self.forget_given_back(channel);
        // What was asked for again without anything having changed would be asked for ever.
        if !is_news && self.next_batch(channel) == Some((origin, from)) {
            let problem = if receipted.is_some() { Problem::OldReceipt } else { Problem::DoesNotOpen };
            return self.stop(now_ms, Some(problem), out);
        }
        self.shown_in_vain = false;
        self.go_on(now_ms, channel, out);
    }

    /// The partner has answered as it should: on to the next question.
    fn go_on(&mut self, now_ms: u64, channel: &Channel, out: &mut Vec<Output>) {
        // That it takes heads and waits all the same is no progress.
        if !self.shown_in_vain {
            self.retry = Retry::new(&self.pauses);
        }
        out.push(Output::Progress);
        self.look(now_ms, channel, out);
    }

    fn stop(&mut self, now_ms: u64, problem: Option<Problem>, out: &mut Vec<Output>) {
        self.shown_in_vain = false;
        out.extend(problem.map(Output::Problem));
        let until_ms = now_ms.saturating_add(self.retry.pause_ms(&self.pauses));
        self.state = State::Paused { until_ms };
        out.push(Output::Pause { until_ms });
    }

    /// A partner that holds less of an own log than it once receipted was restored from an old copy.
    fn look_for_gaps(&mut self, channel: &Channel, heads: &[String]) {
        if !self.gives_back {
            return;
        }
        for origin in channel.own_logs().filter(|origin| origin.lane == self.lane) {
            let shown = heads.iter().filter_map(|note| origin_and_size(note)).find(|(of, _)| *of == origin);
            self.given_back.insert(origin, shown.map_or(0, |(_, size)| size));
        }
        self.forget_given_back(channel);
    }

    /// Above what was once receipted it is no giving back.
    fn forget_given_back(&mut self, channel: &Channel) {
        let partner = self.partner;
        let receipted = |origin: &Origin| channel.log(origin).map_or(0, |log| log.receipted(&partner));
        self.given_back.retain(|origin, size| *size < receipted(origin));
    }
}
