//! The thread of information that nobody asked for: was it received, taken up, of use?
//!
//! Each party that received it has its own part.

use crate::requests::{act, clocks};
use crate::thread::DutyClass::{Acknowledgement, Feedback, Receipt as Received};
use crate::thread::Side::{Opener, Others};
use crate::thread::{Clock, Mode, Move, Receipt, Starts, State, Table};

const FRESH: &[&str] = &["released", "delivered"];
const OPEN: &[&str] = &["released", "delivered", "acknowledged"];
const INFORM: &[&str] = &["inform"];

/// The machine of spontaneous information.
#[rustfmt::skip]
pub const TABLE: Table = Table {
    mode: Mode::PerParty,
    opens: INFORM,
    moves: &[
        Move::record("requests.progress/1", "accept", Others, FRESH, "acknowledged"),
        Move::record("requests.progress/1", "accept_direct", Others, FRESH, "acknowledged").unnamed(),
        Move::record("requests.progress/1", "accept_indirect", Others, FRESH, "acknowledged").unnamed(),
        Move::record("requests.feedback/1", "feedback_used", Others, OPEN, "used"),
        Move::record("requests.feedback/1", "feedback_not_used", Others, OPEN, "not_used").unnamed(),
        Move::record("requests.progress/1", "close", Opener, &["used", "not_used"], "closed"),
    ],
    receipts: &[Receipt { of: INFORM, from: "released", to: "delivered" }],
    clocks: &[
        Clock::new(Received, Others, Starts::Sent(INFORM), &[clocks::RECEIPT], &["released"]),
        Clock::new(Acknowledgement, Others, Starts::Received(INFORM), &[clocks::ACKNOWLEDGE], &["delivered"]),
        Clock::new(Feedback, Others, Starts::Received(INFORM), &[clocks::FEEDBACK], &["acknowledged"]),
    ],
    acts: act::OF_STUBS,
    limit: clocks::limit,
    ..Table::shared("requests.spontaneous", "requests.spontaneous/1", &[
        State::open("released", Others),
        State::open("delivered", Others),
        State::open("acknowledged", Others),
        State::closed("not_used"),
        State::closed("used"),
        State::closed("closed"),
    ])
};
