//! The machine that runs a kind of thread from its table.

use protocol::header::{LogName, RecordRef};
use protocol::id::AgencyId;
use serde::Serialize;

use super::act::Act;
use super::table::{Clock, Mode, Move, Names, STEP, Side, Starts, State, Table};
use super::{Due, Duty, DutyClass, Place, RecordStub};
use crate::fields::RecordName;

/// The one answer that provides nothing: meant by an officer or made by the node, it is the same kind and the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neutral {
    /// Its record kind.
    pub kind: &'static str,
    /// Its body.
    pub body: &'static [u8],
}

/// The record that a machine is fed with.
#[derive(Debug, Clone, Copy)]
pub struct RecordEvent<'a> {
    /// The event's stub.
    pub stub: &'a super::Stub,
    /// Its record part.
    pub record: &'a RecordStub,
}

impl RecordEvent<'_> {
    /// Who wrote the record.
    pub const fn author(&self) -> AgencyId {
        self.stub.place.agency
    }
}

/// A time limit that a clause sets, and the duty that it limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// What must be done within it.
    pub duty: Duty,
    /// How long it is.
    pub minutes: u32,
}

impl Limit {
    /// The limit that runs from a moment, milliseconds since 1970, for a party.
    pub fn due(&self, from: AgencyId, start: u64) -> Due {
        Due { what: self.duty.clone(), from, at: start.saturating_add(self.ms()) }
    }

    /// How long it is in milliseconds.
    pub fn ms(&self) -> u64 {
        u64::from(self.minutes).saturating_mul(60_000)
    }
}

impl RecordStub {
    /// The first of these time limits that the record's clause sets by name, for a duty of this class.
    pub fn limit(&self, class: DutyClass, names: &[&str]) -> Option<Limit> {
        let set = |name: &&str| Some(Limit { duty: Duty::named(class, *name), minutes: self.limits.get(name)? });
        names.iter().find_map(set)
    }
}

/// A state and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The state's word.
    pub state: &'static str,
    /// Whether the thread can still go on by itself: not answered, refused, withdrawn or closed.
    pub open: bool,
    /// The parties that are to act next, in order of their ids.
    pub awaits: Vec<AgencyId>,
    /// What is due, the earliest first.
    pub due: Vec<Due>,
    /// Each addressed party with the state of its part, where parties can stand differently.
    pub parts: Vec<(AgencyId, &'static str)>,
}

/// Why an event takes no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum Ineffective {
    /// A party refused the record by rule or clause.
    #[error("refused by rule {rule} ({reason})")]
    Refused {
        /// The rule or clause.
        rule: String,
        /// The reason's code.
        reason: String,
    },
    /// A party never got the record: its author withheld it.
    #[error("withheld by its author")]
    Withheld,
    /// No record before it opened a thread in which it could act.
    #[error("nothing before it opened the thread")]
    NotOpened,
    /// The thread was opened before, by an earlier record.
    #[error("the thread was opened already")]
    OpenedAlready,
    /// The act belongs to another party.
    #[error("this party may not do that in this thread")]
    NotTheirs,
    /// The state does not allow it.
    #[error("not possible in the state {state}")]
    State {
        /// The state at its place.
        state: &'static str,
    },
    /// What it changes was due before.
    #[error("too late: what it would change was due before")]
    TooLate,
    /// The act is not one of this kind of thread, or of a newer version.
    #[error("not an act of this kind of thread")]
    ForeignAct,
    /// It names another record than the latest of those that it is about.
    #[error("about another record than the latest")]
    Outdated,
    /// It lacks a date that it sets, or has one that it doesn't.
    #[error("its dates are not those of the act")]
    Dates,
    /// It repeats other digits than those that were asked for.
    #[error("other digits than those that were asked for")]
    Code,
    /// The party that it names is none of the agreement.
    #[error("it names no party of the agreement")]
    NoSuchParty,
    /// Its author has as many events in the thread as are read.
    #[error("its author's part of the thread is full")]
    Full,
}

/// Record kinds with the act that one of them can perform, as JSON of the desk's own type.
pub type NextActs = Vec<(&'static str, String)>;

/// A thread on its way through its events. It sees records in the order of their places and answers from its own state
/// only. It reads no clock: what is due is told as times, and whether they have passed is a matter of the reader.
#[derive(Debug, Clone)]
pub(super) struct Machine<'e> {
    table: &'static Table,
    opening: &'e RecordStub,
    opener: AgencyId,
    /// The digits that the record which opened it says.
    code: Option<String>,
    parts: Vec<Part>,
}

/// Where those stand who stand together: all parties, or the opener and one other.
#[derive(Debug, Clone)]
struct Part {
    parties: Vec<AgencyId>,
    /// Number of the state in the table.
    state: usize,
    /// Whose act led there.
    entered_by: AgencyId,
    /// When states were entered last.
    entered: Vec<(&'static str, u64)>,
    done: Vec<Done>,
    dates: Vec<(String, u64)>,
    /// Who has done what takes effect when the last one has, and how.
    said: Vec<(AgencyId, Act)>,
}

/// The latest record that does an act.
#[derive(Debug, Clone)]
struct Done {
    word: &'static str,
    by: AgencyId,
    place: Place,
    time: u64,
    /// Who received it, and when.
    received: Vec<(AgencyId, u64)>,
}

/// What was done in a thread before.
#[derive(Debug)]
pub struct Past<'a> {
    table: &'static Table,
    done: &'a [Done],
}

impl Past<'_> {
    /// Whether the thread was opened by this act.
    pub fn was_opened_by(&self, word: &str) -> bool {
        self.table.opens.contains(&word) && self.done.iter().any(|done| done.word == word)
    }

    /// The one of these acts that was done last.
    pub fn latest_of(&self, words: &[&str]) -> Option<&'static str> {
        latest(self.done, words).map(|done| done.word)
    }
}

fn latest<'a>(done: &'a [Done], words: &[&str]) -> Option<&'a Done> {
    done.iter().filter(|done| words.contains(&done.word)).max_by_key(|done| done.place)
}

impl<'e> Machine<'e> {
    /// The machine after the record that opens the thread. `parties` are all parties of the channel.
    pub(super) fn open(
        table: &'static Table,
        parties: &[AgencyId],
        event: &RecordEvent<'e>,
        act: &Act,
    ) -> Result<Self, Ineffective> {
        if !table.opens.contains(&act.word) {
            return Err(Ineffective::ForeignAct);
        }
        act.sets_exactly(table.dates)?;
        let names_a_party =
            table.moves.iter().map(|done| done.by).any(|side| matches!(side, Side::Named | Side::NotNamed));
        if names_a_party && !event.record.named.is_some_and(|named| parties.contains(&named)) {
            return Err(Ineffective::NoSuchParty);
        }
        let opener = event.author();
        let state = table.state(table.first).unwrap_or(0);
        let part = |parties: Vec<AgencyId>| {
            let mut part = Part {
                parties,
                state,
                entered_by: opener,
                entered: vec![(table.first, event.stub.time)],
                done: Vec::new(),
                dates: Vec::new(),
                said: Vec::new(),
            };
            part.note(event, act);
            part.set_dates(act);
            part
        };
        let parts = match table.mode {
            Mode::Shared => vec![part(parties.to_vec())],
            Mode::PerParty => {
                let others = parties.iter().filter(|party| **party != opener);
                others.map(|party| part(vec![opener, *party])).collect()
            }
        };
        Ok(Self { table, opening: event.record, opener, code: act.code.clone(), parts })
    }

    /// A later record of the thread.
    pub(super) fn apply(&mut self, event: &RecordEvent<'_>, act: &Act) -> Result<(), Ineffective> {
        if !self.table.moves.iter().any(|done| done.act == act.word) {
            return Err(Ineffective::ForeignAct);
        }
        let author = event.author();
        let mut outcome = Err(Ineffective::NotTheirs);
        let context =
            Context { table: self.table, opening: self.opening, opener: self.opener, code: self.code.as_deref() };
        for part in self.parts.iter_mut().filter(|part| part.parties.contains(&author)) {
            let of_part = part.apply(&context, event, act);
            // What is possible for one part is possible; why it isn't is told by what came nearest to it.
            if outcome.is_err() && !matches!(of_part, Err(Ineffective::NotTheirs)) {
                outcome = of_part;
            }
        }
        match outcome {
            Err(Ineffective::State { .. }) if author == self.opener => {
                Err(Ineffective::State { state: self.state().word })
            }
            outcome => outcome,
        }
    }

    /// A party received the batch of a record of this thread. Called for each record of the thread in that batch.
    pub(super) fn received(&mut self, record: &RecordEvent<'_>, by: AgencyId, time: u64) {
        for part in self.parts.iter_mut().filter(|part| part.parties.contains(&by)) {
            part.received(self.table, record.stub.place, by, time);
        }
    }

    /// Where the thread stands.
    pub(super) fn standing(&self) -> Standing {
        let context =
            Context { table: self.table, opening: self.opening, opener: self.opener, code: self.code.as_deref() };
        let mut due: Vec<Due> = self.parts.iter().flat_map(|part| part.due(&context)).collect();
        due.sort_by(|a, b| (a.at, &a.what, a.from).cmp(&(b.at, &b.what, b.from)));
        let mut awaits: Vec<AgencyId> = self.parts.iter().flat_map(|part| part.awaits(&context)).collect();
        awaits.sort_unstable();
        awaits.dedup();
        let other = |part: &Part| part.parties.iter().copied().find(|party| *party != self.opener);
        Standing {
            state: self.state().word,
            open: self.parts.iter().any(|part| part.state(self.table).open),
            awaits,
            due,
            parts: match self.table.mode {
                Mode::Shared => Vec::new(),
                Mode::PerParty => {
                    let parts = self.parts.iter();
                    parts.filter_map(|part| Some((other(part)?, part.state(self.table).word))).collect()
                }
            },
        }
    }

    /// Within which limit from the receipt of what asks for it the answer that provides nothing is due: the one that holds
    /// before the party has said anything, because what it says of its means comes from its officers and would tell that
    /// they looked.
    pub(super) fn neutral_limit(&self) -> Option<Limit> {
        let clock = self.table.clocks.iter().find(|clock| clock.class == DutyClass::Answer)?;
        let opened = |done: &&Done| self.table.opens.contains(&done.word);
        let done: Vec<Done> = self.parts.first()?.done.iter().filter(opened).cloned().collect();
        clock.limit(self.table, self.opening, &done)
    }

    /// One act of each sort that a record can perform now, with the record kind that performs it: what may be done next is
    /// found by trying them.
    pub(super) fn acts(&self) -> impl Iterator<Item = (&'static str, Act)> + '_ {
        self.table.moves.iter().filter_map(|done| {
            let dates = done.sets.iter().map(|name| ((*name).to_owned(), u64::MAX));
            let of = done.of.and_then(|word| {
                let places = self.parts.iter().filter_map(|part| latest(&part.done, &[word]));
                places.map(|done| name_of(&done.place)).next_back()
            });
            let code = self.code.clone().filter(|_| done.repeats_code);
            Some((done.kind?, Act { word: done.act, at: dates.collect(), of, code }))
        })
    }

    /// The state of the part that is least far.
    fn state(&self) -> &'static State {
        let least = self.parts.iter().map(|part| part.state).min();
        least.and_then(|state| self.table.states.get(state)).unwrap_or(&UNKNOWN)
    }
}

/// The state of a thread whose table has none: no such table compiles.
static UNKNOWN: State = State::closed("");

/// What a part reads of its thread.
struct Context<'a> {
    table: &'static Table,
    opening: &'a RecordStub,
    opener: AgencyId,
    code: Option<&'a str>,
}

impl Part {
    fn state(&self, table: &'static Table) -> &'static State {
        table.states.get(self.state).unwrap_or(&UNKNOWN)
    }

    fn apply(&mut self, context: &Context<'_>, event: &RecordEvent<'_>, act: &Act) -> Result<(), Ineffective> {
        let author = event.author();
        let state = self.state(context.table).word;
        let mut theirs = context.table.moves.iter().filter(|done| done.act == act.word).peekable();
        theirs.peek().ok_or(Ineffective::ForeignAct)?;
        let mut theirs = theirs.filter(|done| self.is_on_side(context, done.by, author)).peekable();
        theirs.peek().ok_or(Ineffective::NotTheirs)?;
        let chosen = theirs.find(|done| done.from.contains(&state)).ok_or(Ineffective::State { state })?;
        self.check(context, chosen, event, act)?;
        if chosen.by.is_collective() && !self.all_have_done(context, chosen, event, act)? {
            return Ok(());
        }
        self.note(event, act);
        self.set_dates(act);
        if let Some(to) = chosen.to.and_then(|word| context.table.state(word)) {
            self.enter(context.table, to, author, event.stub.time);
        }
        Ok(())
    }

    /// What the act must have beside its word.
    fn check(
        &self,
        context: &Context<'_>,
        chosen: &Move,
        event: &RecordEvent<'_>,
        act: &Act,
    ) -> Result<(), Ineffective> {
        act.sets_exactly(chosen.sets)?;
        if act.code.as_deref() != context.code.filter(|_| chosen.repeats_code) {
            return Err(Ineffective::Code);
        }
        if let Some(word) = chosen.of {
            let place = latest(&self.done, &[word]).map(|done| name_of(&done.place));
            if place != act.of {
                return Err(Ineffective::Outdated);
            }
        }
        let late = |class| {
            self.due(context)
                .into_iter()
                .any(|due| due.what.class == class && due.from == event.author() && event.stub.time > due.at)
        };
        if chosen.before.is_some_and(late) {
            return Err(Ineffective::TooLate);
        }
        Ok(())
    }

    /// Takes up that a party has done what takes effect when all have, and whether they have, in the same way.
    fn all_have_done(
        &mut self,
        context: &Context<'_>,
        chosen: &Move,
        event: &RecordEvent<'_>,
        act: &Act,
    ) -> Result<bool, Ineffective> {
        let author = event.author();
        let before = self.said.iter().position(|(party, said)| *party == author && said.word == act.word);
        if let Some((_, said)) = before.map(|at| self.said.swap_remove(at)) {
            // A step that says the same again says nothing; a record may say more.
            if said == *act && event.record.kind == STEP {
                self.said.push((author, said));
                return Err(Ineffective::State { state: self.state(context.table).word });
            }
        }
        self.said.push((author, act.clone()));
        let has = |party: &AgencyId| self.said.iter().any(|(by, said)| by == party && said == act);
        let all = self.parties.iter().filter(|party| self.is_on_side(context, chosen.by, **party)).all(has);
        if !all {
            // Receipts and signatures are about the latest, also before the last party has done it.
            self.note(event, act);
        }
        Ok(all)
    }

    fn enter(&mut self, table: &'static Table, state: usize, by: AgencyId, time: u64) {
        (self.state, self.entered_by) = (state, by);
        let word = self.state(table).word;
        self.entered.retain(|(other, _)| *other != word);
        self.entered.push((word, time));
        // What the parties have begun to agree on stays if it can still be agreed on.
        let possible = |act: &str| {
            table.moves.iter().any(|done| done.act == act && done.by.is_collective() && done.from.contains(&word))
        };
        self.said.retain(|(_, act)| possible(act.word));
    }

    /// Takes up that a record does an act.
    fn note(&mut self, event: &RecordEvent<'_>, act: &Act) {
        let (word, place, time) = (act.word, event.stub.place, event.stub.time);
        self.done.retain(|done| done.word != word);
        self.done.push(Done { word, by: event.author(), place, time, received: Vec::new() });
    }

    fn set_dates(&mut self, act: &Act) {
        for (name, at) in &act.at {
            self.dates.retain(|(other, _)| other != name);
            self.dates.push((name.clone(), *at));
        }
    }

    fn received(&mut self, table: &'static Table, place: Place, by: AgencyId, time: u64) {
        let of_this = |done: &&mut Done| done.place == place && done.by != by;
        for done in self.done.iter_mut().filter(of_this) {
            if !done.received.iter().any(|(party, _)| *party == by) {
                done.received.push((by, time));
            }
        }
        let word = self.state(table).word;
        let moved = table.receipts.iter().find(|receipt| {
            let latest = latest(&self.done, receipt.of);
            receipt.from == word && latest.is_some_and(|done| done.place == place && done.by != by)
        });
        if let Some(to) = moved.and_then(|receipt| table.state(receipt.to)) {
            self.enter(table, to, by, time);
        }
    }

    /// Who is to act next.
    fn awaits(&self, context: &Context<'_>) -> Vec<AgencyId> {
        let state = self.state(context.table);
        let Some(side) = state.awaits else { return Vec::new() };
        let side = |party: &&AgencyId| {
            self.is_on_side(context, side, **party) && !self.has_done_its_part(context, side, **party)
        };
        self.parties.iter().filter(side).copied().collect()
    }

    /// Whether a party that owes something together with others has done that, and only they are missing.
    fn has_done_its_part(&self, context: &Context<'_>, side: Side, party: AgencyId) -> bool {
        let state = self.state(context.table).word;
        side.is_collective()
            && self.said.iter().filter(|(by, _)| *by == party).any(|(_, act)| {
                context
                    .table
                    .moves
                    .iter()
                    .any(|done| done.act == act.word && done.by == side && done.from.contains(&state))
            })
    }

    /// What is due, of each party one of each class: the earliest.
    fn due(&self, context: &Context<'_>) -> Vec<Due> {
        let state = self.state(context.table).word;
        let mut due: Vec<Due> = Vec::new();
        for clock in context.table.clocks.iter().filter(|clock| clock.runs_in.contains(&state)) {
            let owing = self.parties.iter().copied().filter(|party| {
                self.is_on_side(context, clock.owed_by, *party)
                    && !self.has_done_its_part(context, clock.owed_by, *party)
            });
            for new in owing.filter_map(|party| self.due_of(context, clock, party)) {
                match due.iter_mut().find(|other| other.from == new.from && other.what.class == new.what.class) {
                    Some(other) if new.at < other.at => *other = new,
                    Some(_) => {}
                    None => due.push(new),
                }
            }
        }
        due
    }

    fn due_of(&self, context: &Context<'_>, clock: &Clock, party: AgencyId) -> Option<Due> {
        let date = |name: &str| self.dates.iter().find(|(other, _)| other == name).map(|(_, at)| *at);
        let start = match clock.starts {
            Starts::Sent(acts) => latest(&self.done, acts)?.time,
            Starts::Received(acts) => {
                let done = latest(&self.done, acts)?;
                let received = done.received.iter().find(|(by, _)| *by == party).map(|(_, at)| *at);
                if done.by == party { done.time } else { received? }
            }
            Starts::Entered(word) => self.entered.iter().find(|(entered, _)| *entered == word)?.1,
            Starts::Date(name) => date(name)?,
        };
        let due = match clock.limit {
            Names::Due(word) => Due { what: Duty::named(clock.class, word), from: party, at: start },
            _ => clock.limit(context.table, context.opening, &self.done)?.due(party, start),
        };
        let extended = clock.extended_by.and_then(date);
        Some(Due { at: due.at.max(extended.unwrap_or(0)), ..due })
    }

    fn is_on_side(&self, context: &Context<'_>, side: Side, party: AgencyId) -> bool {
        let named = || context.opening.named == Some(party);
        match side {
            Side::Opener => party == context.opener,
            Side::Others => party != context.opener,
            Side::Either | Side::Both => true,
            Side::Rest => party != self.entered_by,
            Side::Named => named(),
            Side::NotNamed => !named(),
            Side::NotLast(word) => latest(&self.done, &[word]).is_some_and(|done| done.by != party),
        }
    }
}

impl Clock {
    fn limit(&self, table: &'static Table, opening: &RecordStub, done: &[Done]) -> Option<Limit> {
        let names = match self.limit {
            Names::Due(_) => return None,
            Names::Limit(names) => names,
            Names::Depends(names) => names(&Past { table, done }),
        };
        (table.limit)(opening, self.class, names)
    }
}

/// The record that lies at a place, as bodies name it.
fn name_of(place: &Place) -> RecordName {
    let Place { agency, epoch, index, lane, .. } = *place;
    RecordName(RecordRef { log: LogName { agency, epoch, lane }, index })
}
