//! From two hashes that differ at one cut to the threads that differ, by asking for hashes of ranges of threads.
//!
//! Whoever asks begins with the whole range. The other side lists a short range, and cuts a long one into parts with a
//! hash each; the parts whose hash is another are asked for next. A thread is found after as many rounds as its parts
//! must be cut, which is the logarithm of their number. Neither side needs to trust the other: what it answers is held
//! against limits, and the worst that a liar reaches is a wrong list of differences, which it could have had anyway.

use alloc::{collections::BTreeSet, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Digests, ThreadKey, hash_of, present};
use crate::{
    id::{Hash, hash_hex},
    json::{self, JsonError},
    limits::{
        BISECT_BYTES_MAX, BISECT_DEPTH_MAX, BISECT_DIFFERING_MAX, BISECT_LISTED_MAX, BISECT_PARTS, BISECT_RANGES_MAX,
        BISECT_ROUNDS_MAX,
    },
    origin::Position,
    suite::Suite,
};

/// Threads from one on, and below another; `None` is an open end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first thread that may lie in it.
    #[serde(deserialize_with = "present")]
    pub from: Option<ThreadKey>,
    /// The first thread that does not any more.
    #[serde(deserialize_with = "present")]
    pub to: Option<ThreadKey>,
}

/// Body of `POST /peer/v1/statements`: what lies in these ranges at the cut of a statement?
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The statement, of any party of the channel.
    pub statement: Position,
    /// At most [`BISECT_RANGES_MAX`].
    pub ranges: Vec<Range>,
}

/// The answer: what lies in each range, in the order of the question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// One for each range.
    pub found: Vec<Found>,
}

/// What lies in a range.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Found {
    /// All its threads, in order: at most [`BISECT_LISTED_MAX`].
    Threads(Vec<Listed>),
    /// Its parts, in order, without a gap: 2 to [`BISECT_PARTS`].
    Parts(Vec<Part>),
}

/// A thread with its digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The thread.
    pub key: ThreadKey,
    /// Its state digest.
    #[serde(with = "hash_hex")]
    pub digest: Hash,
}

/// A part of a range. It begins where the one before ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Where it ends; `None` in the last part of a range with an open end.
    #[serde(deserialize_with = "present")]
    pub to: Option<ThreadKey>,
    /// The hash over its threads (STMT-4).
    #[serde(with = "hash_hex")]
    pub hash: Hash,
}

/// Why an answer is not followed any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BisectError {
    /// Another number of answers than of ranges.
    #[error("it does not answer each range once")]
    Count,
    /// Threads that are too many, out of order or outside the range.
    #[error("it lists threads that are too many, out of order or outside the range")]
    Threads,
    /// Parts that are too few, too many, or do not fill the range.
    #[error("its parts do not fill the range")]
    Parts,
    /// It goes on cutting where nothing can be left to cut.
    #[error("it cuts ranges without an end")]
    TooDeep,
}

impl Question {
    /// Reads one; total.
    pub fn decode(bytes: &[u8]) -> Result<Self, JsonError> {
        json::parse_strict(bytes, BISECT_BYTES_MAX, "question about a statement")
    }
}

impl Findings {
    /// Reads one; total.
    pub fn decode(bytes: &[u8]) -> Result<Self, JsonError> {
        json::parse_strict(bytes, BISECT_BYTES_MAX, "answer about a statement")
    }
}

impl Range {
    fn holds(&self, key: &ThreadKey) -> bool {
        self.from.is_none_or(|from| *key >= from) && self.to.is_none_or(|to| *key < to)
    }
}

impl Digests {
    /// What lies in a range, for whoever asks (STMT-8).
    pub fn describe(&self, suite: &dyn Suite, range: &Range) -> Found {
        let within = self.within(range);
        if within.len() <= BISECT_LISTED_MAX {
            return Found::Threads(within.iter().map(|(key, digest)| Listed { key: *key, digest: *digest }).collect());
        }
        let chunks: Vec<_> = within.chunks(within.len().div_ceil(BISECT_PARTS)).collect();
        let ends = chunks.iter().skip(1).map(|next| next.first().map(|(key, _)| *key)).chain([range.to]);
        let parts = chunks.iter().zip(ends).map(|(chunk, to)| Part { to, hash: hash_of(suite, chunk) });
        Found::Parts(parts.collect())
    }

    fn within(&self, range: &Range) -> &[(ThreadKey, Hash)] {
        let place =
            |end: Option<ThreadKey>, open: usize| end.map_or(open, |end| self.0.partition_point(|(key, _)| *key < end));
        let (from, to) = (place(range.from, 0), place(range.to, self.0.len()));
        self.0.get(from..to).unwrap_or_default()
    }
}

/// A search for the threads in which another party's account of a cut differs from the own one.
#[derive(Clone, Debug)]
pub struct Bisection {
    /// What is to be asked, with how often it was cut.
    left: Vec<(Range, u32)>,
    asked: Vec<(Range, u32)>,
    rounds: u32,
    differing: BTreeSet<ThreadKey>,
}

/// Where two accounts differ.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Differing {
    /// The threads, in order.
    pub threads: Vec<ThreadKey>,
    /// Whether these are all.
    pub complete: bool,
}

impl Default for Bisection {
    /// Begins with all threads.
    fn default() -> Self {
        let all = (Range::default(), 0);
        Self { left: Vec::from([all]), asked: Vec::new(), rounds: 0, differing: BTreeSet::new() }
    }
}

impl Bisection {
    /// The ranges to ask for next; `None` once the search is over.
    pub fn question(&mut self) -> Option<Vec<Range>> {
        if self.left.is_empty() || self.is_full() {
            return None;
        }
        self.rounds = self.rounds.saturating_add(1);
        // The deepest first: so what waits stays little, however much differs.
        let waits = self.left.len().saturating_sub(BISECT_RANGES_MAX);
        self.asked = self.left.split_off(waits);
        Some(self.asked.iter().map(|(range, _)| *range).collect())
    }

    /// Takes the other side's answer to the last question. `own` is the account that is compared.
    pub fn take(&mut self, suite: &dyn Suite, own: &Digests, findings: &Findings) -> Result<(), BisectError> {
        let asked = core::mem::take(&mut self.asked);
        if asked.len() != findings.found.len() {
            return Err(BisectError::Count);
        }
        for ((range, depth), found) in asked.into_iter().zip(&findings.found) {
            match found {
                Found::Threads(theirs) => self.compare(own.within(&range), &range, theirs)?,
                Found::Parts(parts) => self.narrow(suite, own, &range, depth, parts)?,
            }
        }
        Ok(())
    }

    /// What was found.
    pub fn differing(&self) -> Differing {
        let threads: Vec<_> = self.differing.iter().take(BISECT_DIFFERING_MAX).copied().collect();
        let over = self.left.is_empty() && self.asked.is_empty();
        Differing { complete: over && threads.len() == self.differing.len(), threads }
    }

    /// How many questions were asked.
    pub const fn rounds(&self) -> u32 {
        self.rounds
    }

    fn is_full(&self) -> bool {
        self.differing.len() >= BISECT_DIFFERING_MAX || self.rounds >= BISECT_ROUNDS_MAX
    }

    /// A thread differs if its digest does, or if only one side has it.
    fn compare(&mut self, own: &[(ThreadKey, Hash)], range: &Range, theirs: &[Listed]) -> Result<(), BisectError> {
        let in_order =
            theirs.is_sorted_by(|a, b| a.key < b.key) && theirs.iter().all(|listed| range.holds(&listed.key));
        if theirs.len() > BISECT_LISTED_MAX || !in_order {
            return Err(BisectError::Threads);
        }
        let here: BTreeSet<(ThreadKey, Hash)> = own.iter().copied().collect();
        let there: BTreeSet<(ThreadKey, Hash)> = theirs.iter().map(|listed| (listed.key, listed.digest)).collect();
        self.differing.extend(here.symmetric_difference(&there).map(|(key, _)| *key));
        Ok(())
    }

    /// Goes on with the parts whose hash is another.
    fn narrow(
        &mut self,
        suite: &dyn Suite,
        own: &Digests,
        range: &Range,
        depth: u32,
        parts: &[Part],
    ) -> Result<(), BisectError> {
        if depth >= BISECT_DEPTH_MAX {
            return Err(BisectError::TooDeep);
        }
        let last = parts.last().filter(|last| last.to == range.to);
        if last.is_none() || !(2..=BISECT_PARTS).contains(&parts.len()) {
            return Err(BisectError::Parts);
        }
        let mut from = range.from;
        for (number, part) in parts.iter().enumerate() {
            let inside = |to: ThreadKey| range.holds(&to) && from.is_none_or(|from| from < to);
            let ends_well = number.saturating_add(1) == parts.len() || part.to.is_some_and(inside);
            let narrow = Range { from, to: part.to };
            if !ends_well || narrow == *range {
                return Err(BisectError::Parts);
            }
            if hash_of(suite, own.within(&narrow)) != part.hash {
                self.left.push((narrow, depth.saturating_add(1)));
            }
            from = part.to;
        }
        Ok(())
    }
}

#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;
    use crate::{header::ThreadId, origin::Lane, suite::AwsLc};

    fn key(number: u32, lane: Lane) -> ThreadKey {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        ThreadKey { thread: ThreadId(id), lane }
    }

    /// Lets one side search over the other. Returns what it found and after how many questions.
    fn search(own: &Digests, other: &Digests) -> (Differing, u32) {
        let mut bisection = Bisection::default();
        while let Some(ranges) = bisection.question() {
            let found = ranges.iter().map(|range| other.describe(&AwsLc, range)).collect();
            let findings = Findings { found };
            let encoded = json::encode(&findings);
            assert_eq!(Findings::decode(&encoded).unwrap(), findings);
            bisection.take(&AwsLc, own, &findings).unwrap();
        }
        (bisection.differing(), bisection.rounds())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Whatever the two sides hold, each names exactly the threads that differ.
        // spec: STMT-8
        #[test]
        fn both_sides_name_exactly_the_threads_that_differ(
            common in prop::collection::btree_map((any::<u32>(), any::<bool>()), any::<u8>(), 0..3_000),
            changes in prop::collection::vec((any::<prop::sample::Index>(), 0u8..3, any::<u32>()), 0..60),
        ) {
            let lane = |urgent| if urgent { Lane::Urgent } else { Lane::Main };
            let digests = |of: &alloc::collections::BTreeMap<(u32, bool), u8>| {
                Digests::new(of.iter().map(|((number, urgent), digest)| (key(*number, lane(*urgent)), [*digest; 32])))
            };
            let (one, mut other) = (common.clone(), common);
            for (place, change, new) in changes {
                let known: Vec<_> = other.keys().copied().collect();
                match change {
                    0 if !known.is_empty() => drop(other.remove(&known[place.index(known.len())])),
                    1 if !known.is_empty() => {
                        other.entry(known[place.index(known.len())]).and_modify(|digest| *digest ^= 1);
                    }
                    _ => drop(other.insert((new, new % 2 == 0), 7)),
                }
            }
            let (a, b) = (digests(&one), digests(&other));
            let all: BTreeSet<_> = one.keys().chain(other.keys()).copied().collect();
            let expected: Vec<ThreadKey> = all
                .into_iter()
                .filter(|key| one.get(key) != other.get(key))
                .map(|(number, urgent)| key(number, lane(urgent)))
                .collect();
            for (own, theirs) in [(&a, &b), (&b, &a)] {
                let (found, rounds) = search(own, theirs);
                prop_assert_eq!(&found.threads, &expected);
                prop_assert!(found.complete);
                // Three cuts by sixteen list three thousand threads; ranges are asked for 64 at once.
                prop_assert!(rounds <= 4 + u32::try_from(expected.len()).unwrap() / 16, "{} rounds", rounds);
            }
            prop_assert_eq!(a.hash(&AwsLc) == b.hash(&AwsLc), expected.is_empty());
        }
    }

    #[test]
    fn one_of_a_hundred_thousand_is_found_in_five_questions() {
        let many = |other: u32| {
            Digests::new((0..100_000).map(|number| (key(number, Lane::Main), [u8::from(number == other); 32])))
        };
        let (found, rounds) = search(&many(4_711), &many(100_000));
        assert_eq!((found.threads, rounds), (vec![key(4_711, Lane::Main)], 5));
    }

    // spec: STMT-9
    #[test]
    fn what_does_not_answer_the_question_is_not_followed() {
        let own = Digests::new((0..40).map(|number| (key(number, Lane::Main), [0; 32])));
        let part = |to: Option<u32>| Part { to: to.map(|to| key(to, Lane::Main)), hash: [1; 32] };
        let listed = |number| Listed { key: key(number, Lane::Main), digest: [1; 32] };
        let cases = [
            (vec![], BisectError::Count),
            (vec![Found::Threads(vec![listed(2), listed(1)])], BisectError::Threads),
            (vec![Found::Threads((0..17).map(listed).collect())], BisectError::Threads),
            (vec![Found::Parts(vec![part(None)])], BisectError::Parts),
            (vec![Found::Parts(vec![part(Some(3)), part(Some(5))])], BisectError::Parts),
            (vec![Found::Parts(vec![part(Some(3)), part(Some(3)), part(None)])], BisectError::Parts),
            (vec![Found::Parts(vec![part(Some(3)); 17])], BisectError::Parts),
        ];
        for (found, error) in cases {
            let mut bisection = Bisection::default();
            bisection.question().unwrap();
            assert_eq!(bisection.take(&AwsLc, &own, &Findings { found }), Err(error));
        }
        // Who cuts for ever is left.
        let mut bisection = Bisection::default();
        let mut end = u32::MAX;
        let error = loop {
            let ranges = bisection.question().unwrap();
            end -= 1;
            let found = ranges.iter().map(|range| {
                let to = Part { to: range.to, hash: [1; 32] };
                Found::Parts(vec![part(Some(end / 2)), to])
            });
            let findings = Findings {
                found: found.take(1).chain(ranges.iter().skip(1).map(|_| Found::Threads(vec![]))).collect(),
            };
            match bisection.take(&AwsLc, &Digests::default(), &findings) {
                Ok(()) => bisection.left.truncate(1),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, BisectError::TooDeep | BisectError::Parts), "{error}");
    }

    #[test]
    fn a_search_that_finds_too_much_says_that_it_is_not_complete() {
        let own = Digests::new((0..40_000).map(|number| (key(number, Lane::Main), [0; 32])));
        let (found, _) = search(&own, &Digests::new((0..40_000).map(|number| (key(number, Lane::Main), [1; 32]))));
        assert_eq!((found.threads.len(), found.complete), (BISECT_DIFFERING_MAX, false));
    }
}
