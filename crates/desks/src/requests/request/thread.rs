//! The thread of a request: who must do what, and by when.
//!
//! Each addressed party has its own part, because one may have answered while another has not. What the requester does
//! concerns all parts.

use crate::kinds::Record;
use crate::requests::reply::Reply;
use crate::requests::{act, clocks};
use crate::thread::DutyClass::{Acknowledgement, Answer, Feedback};
use crate::thread::Side::{Opener, Others};
use crate::thread::{Clock, DutyClass, Mode, Move, Names, Neutral, Receipt, Starts, State, Table};

/// In these it can be answered. That there is nothing to provide neither confirms nor denies: what is found later corrects it.
const ANSWERABLE: &[&str] = &[
    "returned_incomplete",
    "released",
    "delivered",
    "accepted",
    "in_progress",
    "awaiting_judicial_authorisation",
    "partly_answered",
    "nothing_to_provide",
];
/// It is not ended.
const OPEN: &[&str] = match ANSWERABLE {
    [open @ .., _nothing_to_provide] => open,
    [] => &[],
};
/// The time for the answer runs: not while the requester must clarify.
const RUNNING: &[&str] = match OPEN {
    [_returned_incomplete, running @ ..] => running,
    [] => &[],
};
/// Nothing of an answer was given.
const UNANSWERED: &[&str] = match RUNNING {
    [unanswered @ .., _partly_answered] => unanswered,
    [] => &[],
};
/// Nobody has taken it up.
const FRESH: &[&str] = &["released", "delivered"];
const ANSWERED: &[&str] = &["partly_answered", "answered"];
/// The acts that ask: the clock starts again with what clarifies.
const ASKS: &[&str] = &["request", "request_urgent", "clarify"];

/// The machine of a request.
#[rustfmt::skip]
pub const TABLE: Table = Table {
    mode: Mode::PerParty,
    opens: &["request", "request_urgent"],
    first: "released",
    moves: &[
        Move::record("requests.progress/1", "accept", Others, FRESH, "accepted"),
        Move::record("requests.progress/1", "accept_direct", Others, FRESH, "accepted").unnamed(),
        Move::record("requests.progress/1", "accept_indirect", Others, FRESH, "accepted").unnamed(),
        Move::record("requests.progress/1", "start", Others, UNANSWERED, "in_progress"),
        // What was due is due: after that no court's date helps.
        Move::record("requests.progress/1", "await_authorisation", Others, UNANSWERED, "awaiting_judicial_authorisation")
            .sets(&["until"]).before(Answer),
        Move::record("requests.clarification/1", "ask", Others, UNANSWERED, "returned_incomplete"),
        Move::record("requests.clarification/1", "clarify", Opener, &["returned_incomplete"], "released"),
        Move::record("requests.reply/1", "answer", Others, ANSWERABLE, "answered"),
        Move::record("requests.reply/1", "answer_partly", Others, ANSWERABLE, "partly_answered"),
        Move::record("requests.reply/1", "nothing_to_provide", Others, OPEN, "nothing_to_provide"),
        Move::record("requests.refusal/1", "refuse", Others, OPEN, "refused"),
        Move::record("requests.feedback/1", "feedback_used", Opener, ANSWERED, "feedback"),
        Move::record("requests.feedback/1", "feedback_not_used", Opener, ANSWERED, "feedback").unnamed(),
        Move::record("requests.progress/1", "withdraw", Opener, OPEN, "withdrawn"),
        Move::record("requests.progress/1", "close", Opener,
            &["partly_answered", "answered", "nothing_to_provide", "refused", "feedback"], "closed"),
    ],
    receipts: &[Receipt { of: ASKS, from: "released", to: "delivered" }],
    clocks: &[
        Clock::new(DutyClass::Receipt, Others, Starts::Sent(ASKS), &[clocks::RECEIPT], &["released"]),
        Clock::new(Acknowledgement, Others, Starts::Received(ASKS), &[clocks::ACKNOWLEDGE], &["delivered"]),
        Clock {
            limit: Names::Depends(clocks::answer),
            extended_by: Some("until"),
            ..Clock::new(Answer, Others, Starts::Received(ASKS), &[], RUNNING)
        },
        Clock::new(Feedback, Opener, Starts::Received(&["answer", "answer_partly"]), &[clocks::FEEDBACK], ANSWERED),
    ],
    neutral: Some((Neutral { kind: Reply::NAME, body: Reply::NOTHING }, "nothing_to_provide")),
    acts: act::OF_STUBS,
    limit: clocks::limit,
    ..Table::shared("requests.request", "requests.request/1", &[
        State::open("returned_incomplete", Opener),
        State::open("released", Others),
        State::open("delivered", Others),
        State::open("accepted", Others),
        State::open("in_progress", Others),
        State::open("awaiting_judicial_authorisation", Others),
        State::open("partly_answered", Others),
        State::closed("answered"),
        State::closed("nothing_to_provide"),
        State::closed("refused"),
        State::closed("feedback"),
        State::closed("withdrawn"),
        State::closed("closed"),
    ])
};
