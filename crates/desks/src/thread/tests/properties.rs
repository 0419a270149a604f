//! Whatever three parties write in two lanes, and however it arrives: every node comes to the same threads.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use protocol::agreement::{Deadlines, TimeLimits};
use protocol::batch::{BatchRef, Manifest, Seen};
use protocol::height::Heights;
use protocol::id::{AgencyId, ChannelId};
use protocol::origin::{Lane, Origin, Position};
use protocol::statement::{Digests, ThreadKey};
use protocol::suite::AwsLc;

use crate::kinds::DESKS;
use crate::requests::{Access, Act, Use};
use crate::thread::*;

const LANES: [Lane; 2] = [Lane::Main, Lane::Urgent];

/// A batch of two entries: its manifest, and what it says.
#[derive(Debug, Clone)]
struct Sent {
    author: usize,
    lane: usize,
    first: u64,
    manifest: Manifest,
    says: Says,
}

#[derive(Debug, Clone)]
enum Says {
    Record {
        thread: u8,
        kind: &'static str,
        act: Option<Act>,
    },
    Received {
        of: usize,
    },
    Refused {
        of: usize,
    },
    /// Its author was given a note in place of that record.
    Withheld {
        of: usize,
    },
}

/// What is drawn for one batch: author, lane, whose logs the author learns of before, thread, what it says, about what.
type Drawn = (usize, usize, [bool; 3], u8, usize, Index);

fn parties() -> [AgencyId; 3] {
    [1, 2, 3].map(|n| AgencyId::new([n; 32]))
}

fn origin(author: usize, lane: usize) -> Origin {
    Origin { channel: ChannelId::new([9; 32]), agency: parties()[author], epoch: 1, lane: LANES[lane] }
}

fn acts() -> Vec<(&'static str, Option<Act>)> {
    vec![
        ("requests.request/1", Some(Act::Request { urgent: false })),
        ("requests.request/1", Some(Act::Request { urgent: true })),
        ("requests.spontaneous/1", Some(Act::Inform)),
        ("requests.progress/1", Some(Act::Accept { access: Some(Access::Indirect) })),
        ("requests.progress/1", Some(Act::Accept { access: None })),
        ("requests.feedback/1", Some(Act::Feedback { r#use: Use::NotUsed })),
        ("requests.progress/1", Some(Act::Start)),
        ("requests.progress/1", Some(Act::AwaitAuthorisation { until: "1970-03-01".parse().unwrap() })),
        ("requests.clarification/1", Some(Act::Ask)),
        ("requests.clarification/1", Some(Act::Clarify)),
        ("requests.reply/1", Some(Act::Answer)),
        ("requests.reply/1", Some(Act::AnswerPartly)),
        ("requests.reply/1", Some(Act::NothingToProvide)),
        ("requests.refusal/1", Some(Act::Refuse)),
        ("requests.feedback/1", Some(Act::Feedback { r#use: Use::Used })),
        ("requests.progress/1", Some(Act::Withdraw)),
        ("requests.progress/1", Some(Act::Close)),
        ("correspondence.note/1", None),
    ]
}

/// Logs as admission would take them: an author names only what it holds, and what that had seen.
fn write(drawn: &[Drawn]) -> Vec<Sent> {
    let acts = acts();
    let mut sizes = [[0u64; 3]; 2];
    let mut known = [[[0u64; 3]; 3]; 2];
    let mut sent: Vec<Sent> = vec![];
    let mut time = 0;
    for (author, lane, learns, thread, what, about) in drawn.iter().cloned() {
        for other in (0..3).filter(|other| learns[*other] && *other != author) {
            let theirs = known[lane][other];
            known[lane][author][other] = sizes[lane][other];
            for third in 0..3 {
                known[lane][author][third] = known[lane][author][third].max(theirs[third]);
            }
        }
        known[lane][author][author] = sizes[lane][author];
        let seen = (0..3).filter(|other| *other != author);
        let seen = seen.map(|other| Seen { origin: origin(other, lane), size: known[lane][author][other] });
        time += 1_000_000;
        let manifest = Manifest { time, seen: seen.filter(|seen| seen.size > 0).collect() };
        let held: Vec<usize> = (0..sent.len())
            .filter(|of| {
                let other = &sent[*of];
                let is_held = other.lane == lane && known[lane][author][other.author] > other.first;
                is_held && other.author != author && matches!(other.says, Says::Record { .. })
            })
            .collect();
        let says = match acts.get(what) {
            Some((kind, act)) => Says::Record { thread, kind, act: *act },
            None if held.is_empty() => Says::Record { thread, kind: "correspondence.note/1", act: None },
            None if what == acts.len() => Says::Refused { of: held[about.index(held.len())] },
            None if what == acts.len() + 1 => Says::Withheld { of: held[about.index(held.len())] },
            None => Says::Received { of: held[about.index(held.len())] },
        };
        sent.push(Sent { author, lane, first: sizes[lane][author], manifest, says });
        sizes[lane][author] += 2;
    }
    sent
}

/// What one node holds: threads by lane and id.
#[derive(Default)]
struct Node {
    heights: Heights,
    held: BTreeMap<Origin, u64>,
    threads: BTreeMap<(usize, u8), Vec<Event>>,
}

impl Node {
    fn can_admit(&self, batch: &Sent) -> bool {
        let held = |origin: &Origin| self.held.get(origin).copied().unwrap_or(0);
        held(&origin(batch.author, batch.lane)) == batch.first
            && batch.manifest.seen.iter().all(|seen| seen.size <= held(&seen.origin))
    }

    fn admit(&mut self, sent: &[Sent], number: usize) {
        let batch = &sent[number];
        let log = origin(batch.author, batch.lane);
        self.heights.add(&log, batch.first, 2, &batch.manifest, None);
        self.held.insert(log, batch.first + 2);
        let place = self.place(batch);
        match &batch.says {
            Says::Record { thread, kind, act } => {
                let record = RecordStub {
                    kind: (*kind).to_owned(),
                    clause: "c1".to_owned(),
                    deadlines: Some(Deadlines {
                        receipt_within_hours: Some(1),
                        feedback_hours: Some(1),
                        ..Deadlines::DIRECTIVE_2023_977
                    }),
                    limits: TimeLimits::default(),
                    named: None,
                    act: act.map(|act| serde_json::to_string(&act).unwrap()),
                };
                let stub = Stub { place, time: batch.manifest.time, what: What::Record(record) };
                let title = Some(format!("title of batch {number}"));
                self.threads.entry((batch.lane, *thread)).or_default().push(Event { title, ..Event::new(stub) });
            }
            Says::Received { of } => {
                let Says::Record { thread, .. } = sent[*of].says else { panic!("not a record") };
                let first = sent[*of].first;
                let batch_ref =
                    BatchRef { origin: origin(sent[*of].author, batch.lane), first, count: 2, root: [0; 32] };
                let event = Event::new(Stub::of_received(place, batch.manifest.time, batch_ref));
                self.threads.get_mut(&(batch.lane, thread)).unwrap().push(event);
            }
            Says::Refused { of } => {
                let void = Void::Refused { at: place, rule: "AGR-01".into(), reason: "kind-not-listed".into() };
                self.void(sent, *of, void);
            }
            Says::Withheld { of } => self.void(sent, *of, Void::Withheld { at: place }),
        }
    }

    fn void(&mut self, sent: &[Sent], of: usize, void: Void) {
        let Says::Record { thread, .. } = sent[of].says else { panic!("not a record") };
        let place = self.place(&sent[of]);
        let events = self.threads.get_mut(&(sent[of].lane, thread)).unwrap();
        events.iter_mut().find(|event| event.stub.place == place).unwrap().add_void(void);
    }

    /// What was withheld from a party was never held there.
    fn without_withheld(mut self, sent: &[Sent], party: usize) -> Self {
        for batch in sent.iter().filter(|batch| batch.author == party) {
            let Says::Withheld { of } = batch.says else { continue };
            let place = self.place(&sent[of]);
            self.threads.values_mut().for_each(|events| events.retain(|event| event.stub.place != place));
        }
        self
    }

    /// The account of all threads at a cut.
    fn account(&self, cut: &Cut) -> Digests {
        let mut account = Account::default();
        for ((lane, thread), events) in &self.threads {
            let key = ThreadKey { thread: ThreadId([*thread; 16]), lane: LANES[*lane] };
            account.add(&AwsLc, key, &replay_at(&parties(), ChannelId::new([9; 32]), cut, events));
        }
        account.digests()
    }

    fn place(&self, batch: &Sent) -> Place {
        Place::new(&position(batch), self.heights.of(&position(batch)).unwrap())
    }

    fn replayed(&self) -> BTreeMap<(usize, u8), Thread> {
        self.threads.iter().map(|(id, events)| (*id, replay(&parties(), events))).collect()
    }

    /// Erases the content of some records: what is left was written and read back as a stub.
    fn erase(&mut self, which: &[bool]) {
        let events = self.threads.values_mut().flatten();
        for event in events.zip(which).filter_map(|(event, erased)| erased.then_some(event)) {
            let stub = serde_json::to_string(&event.stub).unwrap();
            *event = Event { stub: serde_json::from_str(&stub).unwrap(), title: None, voids: event.voids.clone() };
        }
    }
}

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let says = 0..acts().len() + 5;
    prop::collection::vec((0..3usize, 0..2usize, any::<[bool; 3]>(), 0..2u8, says, any::<Index>()), 1..50)
}

/// Admits all batches in the order that the picks lead to (none: as they were written), and calls `after` each.
fn admit_all(sent: &[Sent], picks: &[Index], mut after: impl FnMut(&Node)) -> Node {
    let mut node = Node::default();
    let mut left: Vec<usize> = (0..sent.len()).collect();
    let mut picks = picks.iter().cycle();
    while !left.is_empty() {
        let ready: Vec<usize> = (0..left.len()).filter(|i| node.can_admit(&sent[left[*i]])).collect();
        let pick = picks.next().map_or(0, |pick| pick.index(ready.len()));
        let number = left.remove(ready[pick]);
        node.admit(sent, number);
        after(&node);
    }
    node
}

fn position(batch: &Sent) -> Position {
    Position { origin: origin(batch.author, batch.lane), index: batch.first + 1 }
}

fn without_titles(threads: BTreeMap<(usize, u8), Thread>) -> BTreeMap<(usize, u8), Thread> {
    threads.into_iter().map(|(id, thread)| (id, Thread { title: None, ..thread })).collect()
}

proptest! {
    // spec: THREAD-1, THREAD-3, HEIGHT-3
    #[test]
    fn every_node_comes_to_the_same_threads_also_after_erasure(
        drawn in drawn(),
        picks in prop::collection::vec(any::<Index>(), 1..50),
        erased: [bool; 50],
    ) {
        let sent = write(&drawn);
        let written = admit_all(&sent, &[], |_| ());
        let mut other = admit_all(&sent, &picks, |_| ());
        prop_assert_eq!(written.replayed(), other.replayed());
        for thread in written.replayed().into_values() {
            let desk = DESKS.iter().find(|desk| desk.threads.iter().any(|kind| kind.name == thread.kind));
            let duties = desk.map_or(&[][..], |desk| desk.duties);
            prop_assert!(thread.standing.due.iter().all(|due| duties.iter().any(|owed| owed.class == due.what.class)), "a duty is not in the desk's line");
        }
        other.erase(&erased);
        prop_assert_eq!(without_titles(written.replayed()), without_titles(other.replayed()));
    }

    /// What a node says of all threads at what it holds, every other node says of the same cut later, whatever came
    /// meanwhile, whatever was erased, and also a party that was never given what was withheld from it.
    // spec: STMT-3, STMT-4, THREAD-5, THREAD-8
    #[test]
    fn every_node_gives_the_same_account_of_a_cut(
        drawn in drawn(),
        picks in prop::collection::vec(any::<Index>(), 1..50),
        stop: Index,
        erased: [bool; 50],
        party in 0..3usize,
    ) {
        let sent = write(&drawn);
        let mut left = stop.index(sent.len()) + 1;
        let mut stated = None;
        let mut other = admit_all(&sent, &picks, |node| {
            left -= usize::from(left > 0);
            if left == 0 && stated.is_none() {
                let cut = Cut::new(node.held.clone());
                stated = Some((node.account(&cut), cut));
            }
        });
        let (account, cut) = stated.unwrap();
        let written = admit_all(&sent, &[], |_| ());
        prop_assert_eq!(&written.account(&cut), &account);
        other.erase(&erased);
        prop_assert_eq!(&other.account(&cut), &account);
        // Where its own word of what it lacks lies below the cut, it comes to the same.
        let says_all = |batch: &Sent| batch.author != party
            || !matches!(batch.says, Says::Withheld { of } if cut.holds(&position(&sent[of])) && !cut.holds(&position(batch)));
        if sent.iter().all(says_all) {
            prop_assert_eq!(other.without_withheld(&sent, party).account(&cut), account);
        }
    }

    /// What was settled is not re-sorted by anything that arrives later. Only a refusal can take it back.
    // spec: THREAD-7
    #[test]
    fn what_is_settled_stays(drawn in drawn(), picks in prop::collection::vec(any::<Index>(), 1..50)) {
        let sent: Vec<Sent> = write(&drawn);
        prop_assume!(!sent.iter().any(|batch| matches!(batch.says, Says::Refused { .. } | Says::Withheld { .. })));
        let mut settled: BTreeMap<(usize, u8), Thread> = BTreeMap::new();
        let mut broken = None;
        admit_all(&sent, &picks, |node| {
            for (id, thread) in node.replayed() {
                if let Some(before) = settled.get(&id) {
                    let moved = before.moved.unwrap();
                    let upto = |thread: &Thread| {
                        thread.history.iter().filter(|entry| entry.place <= moved).cloned().collect::<Vec<_>>()
                    };
                    if upto(before) != upto(&thread) {
                        broken = Some((before.clone(), thread.clone()));
                    }
                }
                // A reader that is no party: all three logs must have reached the height.
                let reached = parties().map(|party| (party, node.heights.reached(&party, LANES[id.0])));
                if thread.is_settled(&reached.into()) {
                    settled.insert(id, thread);
                }
            }
        });
        prop_assert!(broken.is_none(), "{:?}", broken);
    }
}
