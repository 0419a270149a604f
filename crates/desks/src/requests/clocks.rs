//! What runs in a thread of this desk, and how long: by the names that clauses use, or in hours under a clause in the first
//! form.

use crate::desk::{Limited, Owed};
use crate::thread::{Duty, DutyClass, Limit, Past, RecordStub};

/// From sending to `mithaq.received/1`.
pub(crate) const RECEIPT: &str = "requests.receipt";
/// From receipt to the acknowledgement by a person.
pub(crate) const ACKNOWLEDGE: &str = "requests.acknowledge";
/// From receipt to the answer, where the party that is asked has the information itself.
const ANSWER: &str = "requests.answer";
const ANSWER_URGENT: &str = "requests.answer_urgent";
/// The same where it must ask others.
const ANSWER_INDIRECT: &str = "requests.answer_indirect";
const ANSWER_URGENT_INDIRECT: &str = "requests.answer_urgent_indirect";
/// From the receipt of what was answered to feedback on its use.
pub(crate) const FEEDBACK: &str = "requests.feedback";

/// What parties can owe each other, and by which limits.
pub const DUTIES: &[Owed] = &[
    Owed { class: DutyClass::Receipt, limits: &[Limited::none(RECEIPT)] },
    Owed { class: DutyClass::Acknowledgement, limits: &[Limited::none(ACKNOWLEDGE)] },
    Owed {
        class: DutyClass::Answer,
        limits: &[
            Limited::none(ANSWER),
            Limited::none(ANSWER_URGENT),
            Limited::none(ANSWER_INDIRECT),
            Limited::none(ANSWER_URGENT_INDIRECT),
        ],
    },
    Owed { class: DutyClass::Feedback, limits: &[Limited::none(FEEDBACK)] },
];

/// By which limits an answer is due. One for indirect access falls back on the other, and one for what is urgent on the one
/// for all.
pub(crate) fn answer(past: &Past<'_>) -> &'static [&'static str] {
    let accepted = past.latest_of(&["accept_direct", "accept_indirect"]);
    names_of_answer(past.was_opened_by("request_urgent"), accepted == Some("accept_indirect"))
}

pub(crate) const fn names_of_answer(urgent: bool, indirect: bool) -> &'static [&'static str] {
    match (urgent, indirect) {
        (false, false) => &[ANSWER],
        (true, false) => &[ANSWER_URGENT, ANSWER],
        (false, true) => &[ANSWER_INDIRECT, ANSWER],
        (true, true) => &[ANSWER_URGENT_INDIRECT, ANSWER_URGENT, ANSWER_INDIRECT, ANSWER],
    }
}

/// The limit that a clause sets by these names; under a clause in the first form, the hours that stand for the first.
pub(crate) fn limit(record: &RecordStub, class: DutyClass, names: &'static [&'static str]) -> Option<Limit> {
    let Some(hours) = &record.deadlines else { return record.limit(class, names) };
    let hours = match *names.first()? {
        RECEIPT => hours.receipt_within_hours,
        ACKNOWLEDGE => hours.acknowledge_hours,
        FEEDBACK => hours.feedback_hours,
        answer => hours.answer_within(
            matches!(answer, ANSWER_URGENT | ANSWER_URGENT_INDIRECT),
            matches!(answer, ANSWER_INDIRECT | ANSWER_URGENT_INDIRECT),
        ),
    };
    hours.map(|hours| Limit { duty: Duty::from(class), minutes: hours.saturating_mul(60) })
}
