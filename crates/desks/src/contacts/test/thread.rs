//! The thread of a test: did somebody answer in time, with the digits that were sent?

use crate::contacts::TEST_ANSWER;
use crate::thread::Side::Others;
use crate::thread::{Clock, DutyClass, Move, Starts, State, Table};

const TEST: &[&str] = &["test"];

/// The machine of a test.
#[rustfmt::skip]
pub const TABLE: Table = Table::shared("contacts.test", "contacts.test/1", &[
    State::open("sent", Others),
    State::closed("answered"),
]).opened_by_act(TEST).moves(&[
    Move::step("acknowledge", Others, &["sent"], "answered").repeats_code(),
]).clocks(&[
    Clock::new(DutyClass::Acknowledgement, Others, Starts::Received(TEST), &[TEST_ANSWER], &["sent"]),
]);
