//! The thread of an incident: raised, acknowledged, told by both sides, looked at, and ended with one note that both signed.

use crate::hotline::{ACKNOWLEDGE, FACTS, NOTE, SIGNATURE};
use crate::thread::DutyClass::{Acknowledgement, Answer, Feedback};
use crate::thread::Side::{Both, Either, NotLast, Opener, Others};
use crate::thread::{Clock, Move, Starts, State, Table};

const RAISE: &[&str] = &["raise"];
/// In these a note is missing.
const NOTELESS: &[&str] = &["facts_exchanged", "joint_verification", "escalated"];

/// The machine of an incident.
#[rustfmt::skip]
pub const TABLE: Table = Table::shared("hotline.incident", "hotline.raise/1", &[
    State::open("raised", Others),
    State::open("acknowledged", Both),
    State::open("facts_exchanged", Either),
    State::open("joint_verification", Either),
    State::open("note_proposed", NotLast("note")),
    State::open("escalated", Either),
    State::open("note_signed", Either),
    State::closed("closed"),
    State::closed("closed_no_event"),
]).opened_by_act(RAISE).moves(&[
    Move::step("acknowledge", Others, &["raised"], "acknowledged"),
    Move::step("all_clear", Opener, &["raised", "acknowledged"], "closed_no_event"),
    Move::record("hotline.facts/1", "facts", Both, &["acknowledged"], "facts_exchanged"),
    Move::record("hotline.verification/1", "verification", Either, &["facts_exchanged"], "joint_verification"),
    Move::record("hotline.note/1", "note", Either,
        &["facts_exchanged", "joint_verification", "note_proposed", "escalated"], "note_proposed"),
    Move::signature("note", &["note_proposed"], "note_signed"),
    Move::step("escalate_diplomatic", Either,
        &["raised", "acknowledged", "facts_exchanged", "joint_verification", "note_proposed"], "escalated"),
    Move::step("close", Either, &["note_signed"], "closed"),
    Move::step("close", Both, &["escalated"], "closed"),
]).clocks(&[
    Clock::new(Acknowledgement, Others, Starts::Received(RAISE), &[ACKNOWLEDGE], &["raised"]),
    Clock::new(Answer, Both, Starts::Entered("acknowledged"), &[FACTS], &["acknowledged"]),
    Clock::new(Answer, Both, Starts::Entered("acknowledged"), &[NOTE], NOTELESS),
    Clock::new(Feedback, NotLast("note"), Starts::Received(&["note"]), &[SIGNATURE], &["note_proposed"]),
]);
