//! Two readouts of one meeting, and which of their topics belong together.

use std::collections::BTreeSet;

use super::{Readout, Topic};

impl Readout {
    /// Whether another readout tells of the same meeting: the same states met on the same day, as far as each knows the day.
    pub fn is_of_the_meeting_of(&self, other: &Self) -> bool {
        let parties = |of: &Self| of.parties.iter().cloned().collect::<BTreeSet<_>>();
        let (one, two) = (&self.meeting_date, &other.meeting_date);
        !one.is_empty()
            && !two.is_empty()
            && (one.starts_with(two) || two.starts_with(one))
            && parties(self) == parties(other)
    }

    /// The topics of two readouts beside each other, in the order of this one, those that only the other has last: the same title first,
    /// then the same mechanism.
    pub fn topics_beside<'a>(&'a self, other: &'a Self) -> Vec<(Option<&'a Topic>, Option<&'a Topic>)> {
        let mut left: Vec<&Topic> = other.topic.iter().collect();
        let mut take = |is_it: &dyn Fn(&Topic) -> bool| {
            let at = left.iter().position(|topic| is_it(topic))?;
            Some(left.remove(at))
        };
        let mut pairs: Vec<(Option<&Topic>, Option<&Topic>)> = Vec::new();
        for topic in &self.topic {
            pairs.push((Some(topic), take(&|other| other.title_en == topic.title_en)));
        }
        for (one, two) in &mut pairs {
            if let (Some(topic), None) = (*one, *two) {
                *two = take(&|other| other.mechanism == topic.mechanism);
            }
        }
        pairs.extend(left.into_iter().map(|topic| (None, Some(topic))));
        pairs
    }
}
