//! What runs in a thread of this desk, and how long: by the names that clauses use, or in hours under a clause in the first
//! form.

use protocol::agreement::Deadlines;

use crate::thread::{Duty, DutyClass, Limit, RecordStub};

const RECEIPT: &str = "requests.receipt";
const ACKNOWLEDGE: &str = "requests.acknowledge";
const ANSWER: &str = "requests.answer";
const ANSWER_URGENT: &str = "requests.answer_urgent";
const ANSWER_INDIRECT: &str = "requests.answer_indirect";
const ANSWER_URGENT_INDIRECT: &str = "requests.answer_urgent_indirect";
const FEEDBACK: &str = "requests.feedback";

/// The time limits that the clause of the record that opens a thread sets for it; `None` where it sets none.
#[derive(Debug, Clone)]
pub struct Clocks {
    /// From sending to `mithaq.received/1`: `requests.receipt`.
    pub receipt: Option<Limit>,
    /// From receipt to the acknowledgement by a person: `requests.acknowledge`.
    pub acknowledgement: Option<Limit>,
    /// From receipt to the answer, where the party that is asked has the information itself: `requests.answer`, and
    /// `requests.answer_urgent` for what is urgent.
    pub answer: Option<Limit>,
    /// The same where it must ask others: `requests.answer_indirect` and `requests.answer_urgent_indirect`.
    pub indirect_answer: Option<Limit>,
    /// From the receipt of what was answered to feedback on its use: `requests.feedback`.
    pub feedback: Option<Limit>,
}

impl Clocks {
    /// The clocks of a thread that this record opens. A limit for indirect access falls back on the other, and a limit for
    /// what is urgent on the one for all.
    pub fn of(record: &RecordStub, urgent: bool) -> Self {
        if let Some(hours) = &record.deadlines {
            return Self::in_hours(hours, urgent);
        }
        let answer = |names: &[&str]| record.limit(DutyClass::Answer, names);
        Self {
            receipt: record.limit(DutyClass::Receipt, &[RECEIPT]),
            acknowledgement: record.limit(DutyClass::Acknowledgement, &[ACKNOWLEDGE]),
            answer: match urgent {
                true => answer(&[ANSWER_URGENT, ANSWER]),
                false => answer(&[ANSWER]),
            },
            indirect_answer: match urgent {
                true => answer(&[ANSWER_URGENT_INDIRECT, ANSWER_URGENT, ANSWER_INDIRECT, ANSWER]),
                false => answer(&[ANSWER_INDIRECT, ANSWER]),
            },
            feedback: record.limit(DutyClass::Feedback, &[FEEDBACK]),
        }
    }

    fn in_hours(hours: &Deadlines, urgent: bool) -> Self {
        let limit = |class: DutyClass, hours: Option<u32>| {
            hours.map(|hours| Limit { duty: Duty::from(class), minutes: hours.saturating_mul(60) })
        };
        Self {
            receipt: limit(DutyClass::Receipt, hours.receipt_within_hours),
            acknowledgement: limit(DutyClass::Acknowledgement, hours.acknowledge_hours),
            answer: limit(DutyClass::Answer, hours.answer_within(urgent, false)),
            indirect_answer: limit(DutyClass::Answer, hours.answer_within(urgent, true)),
            feedback: limit(DutyClass::Feedback, hours.feedback_hours),
        }
    }
}
