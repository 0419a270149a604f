//! Time limits of a clause: by name and in minutes, or in the first form, which has hours and one desk's words.

use alloc::{collections::BTreeMap, string::String};

use serde::{Deserialize, Serialize};

/// Time limits in minutes, each under the name that its desk gives it: `hotline.acknowledge`.
///
/// The format knows no desk: what runs, for whom and from when is the desk's to say, and a new desk needs no new format.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeLimits(BTreeMap<String, u32>);

impl TimeLimits {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The limit of this name, in minutes.
    pub fn get(&self, name: &str) -> Option<u32> {
        self.0.get(name).copied()
    }

    /// All of them by name, in minutes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, u32)> {
        self.0.iter().map(|(name, minutes)| (name.as_str(), *minutes))
    }
}

impl<N: Into<String>> FromIterator<(N, u32)> for TimeLimits {
    fn from_iter<I: IntoIterator<Item = (N, u32)>>(limits: I) -> Self {
        Self(limits.into_iter().map(|(name, minutes)| (name.into(), minutes)).collect())
    }
}

/// Time limits of requests in hours, as clauses stated them before [`TimeLimits`]; `null` where there is none. What was signed
/// in this form keeps its bytes and its meaning; new clauses are written with `limits`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    /// Hours until `mithaq.received/1` must have come; after them the thread shows "unacknowledged".
    pub receipt_within_hours: Option<u32>,
    /// Hours from receipt to the acknowledgement by a person.
    pub acknowledge_hours: Option<u32>,
    /// Hours from receipt to the answer.
    pub answer_hours: Option<u32>,
    /// Hours from receipt to the answer of an urgent request; without it `answer_hours` holds.
    pub urgent_answer_hours: Option<u32>,
    /// Hours from the answer to the feedback on its use.
    pub feedback_hours: Option<u32>,
    /// Hours from receipt to the answer, where the information is not directly accessible to the party that was asked.
    /// Left out where the agreement makes no difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indirect_answer_hours: Option<u32>,
    /// The same for an urgent request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgent_indirect_answer_hours: Option<u32>,
}

impl Deadlines {
    /// Directive (EU) 2023/977, article 5: 8 hours for an urgent request where the information is directly accessible, 3
    /// days where it is not, 7 days for any other request.
    pub const DIRECTIVE_2023_977: Self = Self {
        answer_hours: Some(7 * 24),
        urgent_answer_hours: Some(8),
        urgent_indirect_answer_hours: Some(3 * 24),
        ..Self::NONE
    };

    /// Framework Decision 2006/960/JHA, article 4: 8 hours for an urgent request and 7 days for another where the
    /// information is directly accessible, 14 days where it is not. Its 3 days for an urgent request that can't be
    /// answered in 8 hours are the limit where the information is not directly accessible.
    pub const FRAMEWORK_DECISION_2006_960: Self = Self {
        answer_hours: Some(7 * 24),
        urgent_answer_hours: Some(8),
        indirect_answer_hours: Some(14 * 24),
        urgent_indirect_answer_hours: Some(3 * 24),
        ..Self::NONE
    };

    /// No time limit at all.
    pub const NONE: Self = Self {
        receipt_within_hours: None,
        acknowledge_hours: None,
        answer_hours: None,
        urgent_answer_hours: None,
        feedback_hours: None,
        indirect_answer_hours: None,
        urgent_indirect_answer_hours: None,
    };

    /// Hours from receipt to the answer. The limit for information that is not directly accessible falls back on the
    /// other, and the limit for urgent requests on the one for all.
    pub fn answer_within(&self, urgent: bool, indirect: bool) -> Option<u32> {
        let of = |direct: Option<u32>, elsewhere: Option<u32>| if indirect { elsewhere.or(direct) } else { direct };
        let normal = of(self.answer_hours, self.indirect_answer_hours);
        let fast = of(self.urgent_answer_hours, self.urgent_indirect_answer_hours);
        if urgent { fast.or(normal) } else { normal }
    }
}
