//! A machine as a table: the states of a kind of thread, what moves it between them, and what is due meanwhile.
//!
//! A desk writes such a constant and no code. [`Machine`](super::machine::Machine) runs every one of them; the forms, the
//! buttons, the filters and the statements read it.

use super::act::{self, ActOf};
use super::machine::{Limit, Neutral, Past};
use super::{DutyClass, RecordStub};

/// The kind of record that performs what carries nothing of its own but a word and a day.
pub const STEP: &str = "thread.step/1";
/// The kind of record by which a party signs the same text that another wrote.
pub const SIGNATURE: &str = "thread.signature/1";
/// The word of the act that opens a thread, where opening is of one sort.
pub const OPEN: &str = "open";

/// A kind of thread.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name: `requests.request`.
    pub name: &'static str,
    /// The record kind that opens it.
    pub opened_by: &'static str,
    /// What that record does: one word, or one of these.
    pub opens: &'static [&'static str],
    /// The dates that it sets.
    pub dates: &'static [&'static str],
    /// Whether the parties stand in it together or each for itself.
    pub mode: Mode,
    /// Its states in the order of its course. It begins in the one that [`Table::first`] names.
    pub states: &'static [State],
    /// The state in which it begins.
    pub first: &'static str,
    /// What may be done in which state, by whom, and what comes of it.
    pub moves: &'static [Move],
    /// What a receipt moves.
    pub receipts: &'static [Receipt],
    /// What is due in which states.
    pub clocks: &'static [Clock],
    /// The answer that provides nothing (ASY-02), with the word of its act, if such a thread asks for an answer.
    pub neutral: Option<(Neutral, &'static str)>,
    /// How stubs write its acts.
    pub acts: ActOf,
    /// The limit that the record which opened the thread sets by these names: the first that it sets.
    pub limit: fn(&RecordStub, DutyClass, &'static [&'static str]) -> Option<Limit>,
}

/// Whether the parties of a thread stand in it together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// There is one state for all.
    Shared,
    /// Each party that did not open it has its own part; the thread stands where the part stands that is least far.
    PerParty,
}

/// A state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Its word.
    pub word: &'static str,
    /// Whether the thread can still go on by itself.
    pub open: bool,
    /// Who is to act next.
    pub awaits: Option<Side>,
}

/// What can be done.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    /// The word of the act.
    pub act: &'static str,
    /// Who may do it.
    pub by: Side,
    /// From which states.
    pub from: &'static [&'static str],
    /// Where it leads; `None` where the state stays.
    pub to: Option<&'static str>,
    /// The record kind that does it; `None` for a word that another one of the same kind stands for among what may be done
    /// next.
    pub kind: Option<&'static str>,
    /// The dates that the act sets.
    pub sets: &'static [&'static str],
    /// The act of which it names the latest record.
    pub of: Option<&'static str>,
    /// It repeats the digits that the record which opened the thread says.
    pub repeats_code: bool,
    /// It comes too late after what the party owes of this class.
    pub before: Option<DutyClass>,
}

/// A move by a receipt: a party that did not write it received the latest record that does one of these.
#[derive(Debug, Clone, Copy)]
pub struct Receipt {
    /// The words of the acts.
    pub of: &'static [&'static str],
    /// From which state.
    pub from: &'static str,
    /// Where it leads.
    pub to: &'static str,
}

/// What a party owes in some states.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// The class of the duty.
    pub class: DutyClass,
    /// Who owes it.
    pub owed_by: Side,
    /// When it starts to run.
    pub starts: Starts,
    /// The limit that the clause sets.
    pub limit: Names,
    /// In which states it runs.
    pub runs_in: &'static [&'static str],
    /// The date that extends it.
    pub extended_by: Option<&'static str>,
}

/// When a clock starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starts {
    /// When the latest record that does one of these was sent, by its author's time.
    Sent(&'static [&'static str]),
    /// When the party that owes received it. Who wrote it needs no receipt.
    Received(&'static [&'static str]),
    /// When the state was entered.
    Entered(&'static str),
    /// A date that an act has set.
    Date(&'static str),
}

/// The name of a limit in clauses.
#[derive(Debug, Clone, Copy)]
pub enum Names {
    /// No limit: it is due at the date that the clock starts from, and called by this word.
    Due(&'static str),
    /// The first of these that the clause sets.
    Limit(&'static [&'static str]),
    /// The same, where it depends on what was done before.
    Depends(fn(&Past<'_>) -> &'static [&'static str]),
}

/// Parties of a thread by what they are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Who opened it.
    Opener,
    /// Any other.
    Others,
    /// Any.
    Either,
    /// All of them: it takes effect when the last one has done it.
    Both,
    /// All but who led the thread into its state, and so has agreed: it takes effect when the last one has done it.
    Rest,
    /// The party that the record which opened the thread names: owner, donor, host, lead.
    Named,
    /// Any but the named.
    NotNamed,
    /// All but who did this act last: who signs a note is not who proposed it.
    NotLast(&'static str),
}

impl Side {
    /// Whether all parties on this side must do an act before it takes effect.
    pub const fn is_collective(self) -> bool {
        matches!(self, Self::Both | Self::Rest | Self::NotLast(_))
    }
}

impl Table {
    /// A thread in which the parties stand together.
    pub const fn shared(name: &'static str, opened_by: &'static str, states: &'static [State]) -> Self {
        let first = match states {
            [first, ..] => first.word,
            [] => "",
        };
        Self {
            name,
            opened_by,
            opens: &[OPEN],
            dates: &[],
            mode: Mode::Shared,
            states,
            first,
            moves: &[],
            receipts: &[],
            clocks: &[],
            neutral: None,
            acts: act::GENERAL,
            limit: RecordStub::limit,
        }
    }

    /// The same where the record that opens it does one of these.
    pub const fn opened_by_act(self, opens: &'static [&'static str]) -> Self {
        Self { opens, ..self }
    }

    /// The same where the record that opens it sets these dates.
    pub const fn dates(self, dates: &'static [&'static str]) -> Self {
        Self { dates, ..self }
    }

    /// The same with what moves it.
    pub const fn moves(self, moves: &'static [Move]) -> Self {
        Self { moves, ..self }
    }

    /// The same with what is due in it.
    pub const fn clocks(self, clocks: &'static [Clock]) -> Self {
        Self { clocks, ..self }
    }

    /// A state by its word.
    pub(super) fn state(&self, word: &str) -> Option<usize> {
        self.states.iter().position(|state| state.word == word)
    }

    /// The word of the table that a text is.
    pub fn word(&self, text: &str) -> Option<&'static str> {
        let done = self.moves.iter().map(|done| done.act);
        self.opens.iter().copied().chain(done).find(|word| *word == text)
    }

    /// Whether what a party owes is counted from the receipt of a record that does this; `None` is a next step without a
    /// time limit, which is owed from the record that led to the state.
    pub(super) fn starts_clock(&self, act: &str, what: Option<DutyClass>) -> bool {
        let Some(class) = what else {
            let led_to = self.moves.iter().find(|done| done.act == act).and_then(|done| done.to);
            let state = led_to.or_else(|| self.opens.contains(&act).then_some(self.first));
            return state.and_then(|word| self.states.get(self.state(word)?)).is_some_and(|state| state.open);
        };
        self.clocks.iter().filter(|clock| clock.class == class).any(|clock| match clock.starts {
            Starts::Sent(acts) | Starts::Received(acts) => acts.contains(&act),
            Starts::Entered(state) => self.moves.iter().any(|done| done.act == act && done.to == Some(state)),
            Starts::Date(date) => self.moves.iter().any(|done| done.act == act && done.sets.contains(&date)),
        })
    }
}

impl State {
    /// One in which somebody is to act.
    pub const fn open(word: &'static str, awaits: Side) -> Self {
        Self { word, open: true, awaits: Some(awaits) }
    }

    /// One in which nobody in particular is to act: it lasts, and may be left.
    pub const fn rest(word: &'static str) -> Self {
        Self { word, open: true, awaits: None }
    }

    /// One from which the thread does not go on by itself.
    pub const fn closed(word: &'static str) -> Self {
        Self { word, open: false, awaits: None }
    }
}

impl Move {
    /// A step: what carries nothing of its own.
    pub const fn step(act: &'static str, by: Side, from: &'static [&'static str], to: &'static str) -> Self {
        Self { act, by, from, to: Some(to), kind: Some(STEP), sets: &[], of: None, repeats_code: false, before: None }
    }

    /// What a record of a kind does.
    pub const fn record(
        kind: &'static str,
        act: &'static str,
        by: Side,
        from: &'static [&'static str],
        to: &'static str,
    ) -> Self {
        Self { kind: Some(kind), ..Self::step(act, by, from, to) }
    }

    /// The signature of all others under the latest record that does this.
    pub const fn signature(of: &'static str, from: &'static [&'static str], to: &'static str) -> Self {
        Self { of: Some(of), ..Self::record(SIGNATURE, "sign", Side::NotLast(of), from, to) }
    }

    /// The same with dates that it sets.
    pub const fn sets(self, sets: &'static [&'static str]) -> Self {
        Self { sets, ..self }
    }

    /// The same, too late after what the party owes of this class.
    pub const fn before(self, class: DutyClass) -> Self {
        Self { before: Some(class), ..self }
    }

    /// The same, with the digits that the record which opened the thread says.
    pub const fn repeats_code(self) -> Self {
        Self { repeats_code: true, ..self }
    }

    /// The same, and the state stays.
    pub const fn stays(self) -> Self {
        Self { to: None, ..self }
    }

    /// The same, not named among what may be done next: another word of the same kind stands for it.
    pub const fn unnamed(self) -> Self {
        Self { kind: None, ..self }
    }
}

impl Clock {
    /// A duty with a limit of this name.
    pub const fn new(
        class: DutyClass,
        owed_by: Side,
        starts: Starts,
        limit: &'static [&'static str],
        runs_in: &'static [&'static str],
    ) -> Self {
        Self { class, owed_by, starts, limit: Names::Limit(limit), runs_in, extended_by: None }
    }

    /// A duty that is due at a date that an act has set.
    pub const fn at(class: DutyClass, owed_by: Side, date: &'static str, runs_in: &'static [&'static str]) -> Self {
        Self { class, owed_by, starts: Starts::Date(date), limit: Names::Due(date), runs_in, extended_by: None }
    }
}
