//! A session between two nodes in memory: a network that loses, repeats and reorders, and a clock that jumps.

use mithaq_protocol::{
    id::{AgencyId, Hash},
    origin::{Lane, Origin},
    peer::{
        Answer, Gap, Heads, Kept, Pauses,
        learnt::{Learnt, NotLearnt, Said},
        pull::{self, Pull},
        session::{Input, Output, Problem, Session},
    },
    suite::AwsLc,
};
use proptest::prelude::*;

use crate::world::World;

const PAUSES: Pauses = Pauses { retry_ms_min: 100, retry_ms_max: 400, compare_ms: 60_000, answer_ms_max: 5_000 };

/// What is under way, with the number of the session's start.
#[derive(Clone)]
enum Wire {
    Heads(u64, u64, Vec<String>),
    Batch(u64, u64, Origin, u64),
    HeadsBack(u64, u64, Vec<String>),
    Answer(u64, u64, Answer),
}

/// XAA's session with XAB.
struct Pair {
    world: World,
    session: Session,
    now_ms: u64,
    starts: u64,
    wire: Vec<Wire>,
    problem: Option<Problem>,
    wakes_ms: u64,
}

impl Pair {
    fn new() -> Self {
        let world = World::new();
        let session = Session::new(*world.sides[1].chain.agency(), Lane::Main, PAUSES, 0);
        Self { world, session, now_ms: 0, starts: 0, wire: Vec::new(), problem: None, wakes_ms: 0 }
    }

    fn restart(&mut self) {
        self.starts += 1;
        // What the session before complained of died with it.
        self.problem = None;
        self.session = Session::new(*self.world.sides[1].chain.agency(), Lane::Main, PAUSES, self.now_ms);
    }

    /// Tells the session something; says what it asked the driver to do.
    fn tell(&mut self, input: Input) -> Vec<Output> {
        let (mut next, mut all) = (Some(input), Vec::new());
        while let Some(input) = next.take() {
            let (session, outputs) = self.session.clone().handle(self.now_ms, &self.world.sides[0].channel, input);
            self.session = session;
            for output in outputs {
                match output.clone() {
                    Output::ShowHeads { ticket } => {
                        let held = Heads::held(&self.world.sides[0].channel).heads;
                        self.wire.push(Wire::Heads(self.starts, ticket, held));
                    }
                    Output::Send { ticket, origin, from } => {
                        self.wire.push(Wire::Batch(self.starts, ticket, origin, from));
                    }
                    Output::Learn { ticket, learnt } => {
                        let is_news = self.world.learn(0, &learnt);
                        next =
                            Some(is_news.map_or(Input::Failed { ticket }, |is_news| Input::Learnt { ticket, is_news }));
                    }
                    Output::Progress => self.problem = None,
                    Output::Problem(problem) => self.problem = Some(problem),
                    Output::Rest { until_ms, .. } | Output::Pause { until_ms } => self.wakes_ms = until_ms,
                }
                all.push(output);
            }
        }
        all
    }

    fn deliver(&mut self, place: usize) {
        match self.wire.remove(place) {
            Wire::Heads(start, ticket, heads) => {
                let from = *self.world.sides[0].chain.agency();
                self.world.learn(1, &Learnt { from, said: Said::Heads(heads) });
                let held = Heads::held(&self.world.sides[1].channel).heads;
                self.wire.push(Wire::HeadsBack(start, ticket, held));
            }
            Wire::Batch(start, ticket, origin, from) => {
                let frame = self.world.frame_at(0, &origin, from);
                let answer = self.world.answer(1, frame);
                self.wire.push(Wire::Answer(start, ticket, answer));
            }
            Wire::HeadsBack(start, ticket, heads) if start == self.starts => {
                self.tell(Input::Heads { ticket, heads });
            }
            Wire::Answer(start, ticket, answer) if start == self.starts => {
                self.tell(Input::Answered { ticket, answer });
            }
            // Its connection died with the node.
            Wire::HeadsBack(..) | Wire::Answer(..) => {}
        }
    }

    fn outstanding(&self) -> Option<u64> {
        let channel = &self.world.sides[0].channel;
        channel.outstanding(&channel.own_log(Lane::Main), self.world.sides[1].chain.agency())
    }

    /// Everything arrives, and the clock jumps to when the session wants to wake up.
    fn settle(&mut self) {
        for _ in 0..200 {
            while !self.wire.is_empty() {
                self.deliver(0);
            }
            // A session that gave up a question of heads has a problem until it tries again, though nothing is outstanding.
            if self.outstanding().is_none() && self.problem.is_none() {
                return;
            }
            self.now_ms = self.now_ms.max(self.wakes_ms) + PAUSES.answer_ms_max;
            self.tell(Input::Tick);
        }
        panic!("not delivered: {:?}, {:?}", self.problem, self.session);
    }

    /// XAA has written a batch, and its session has sent it: the ticket.
    fn sent(&mut self) -> u64 {
        self.world.append(0, &[], &[]);
        let outputs = self.tell(Input::Tick);
        self.wire.clear();
        let [Output::Send { ticket, .. }] = outputs[..] else { panic!("{outputs:?}") };
        ticket
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Append,
    Deliver(usize),
    Repeat(usize),
    Lose(usize),
    Wait(u64),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Append),
        5 => (0..4_usize).prop_map(Step::Deliver),
        2 => (0..4_usize).prop_map(Step::Repeat),
        2 => (0..4_usize).prop_map(Step::Lose),
        3 => (0..70_000_u64).prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    // spec: DELIV-1
    #[test]
    fn whatever_was_lost_or_repeated_before_all_is_delivered_in_the_end(steps in prop::collection::vec(step(), 1..40)) {
        let mut pair = Pair::new();
        for step in steps {
            let place = |at: usize| (!pair.wire.is_empty()).then(|| at % pair.wire.len());
            match step {
                Step::Append => drop(pair.world.append(0, &[], &[])),
                Step::Deliver(at) => if let Some(at) = place(at) { pair.deliver(at) },
                Step::Repeat(at) => if let Some(at) = place(at) { pair.wire.push(pair.wire[at].clone()) },
                Step::Lose(at) => if let Some(at) = place(at) { drop(pair.wire.remove(at)) },
                Step::Wait(ms) => pair.now_ms += ms,
                Step::Restart => pair.restart(),
            }
            pair.tell(Input::Tick);
        }
        pair.settle();
        let [author, reader] = &pair.world.sides;
        let origin = author.channel.own_log(Lane::Main);
        prop_assert_eq!(author.channel.size(&origin), reader.channel.size(&origin));
        prop_assert_eq!(pair.problem, None);
    }

    #[test]
    fn an_answer_to_another_question_changes_nothing(ticket in 0..6_u64, which in 0..5_u8) {
        let mut pair = Pair::new();
        let present = pair.sent();
        prop_assume!(ticket != present);
        let input = match which {
            0 => Input::Answered { ticket, answer: Answer::Foreign },
            1 => Input::Answered { ticket, answer: Answer::Receipt("anything".into()) },
            2 => Input::Heads { ticket, heads: Vec::new() },
            3 => Input::Learnt { ticket, is_news: true },
            _ => Input::Failed { ticket },
        };
        let (before, wire) = (pair.session.clone(), pair.wire.len());
        prop_assert_eq!(pair.tell(input), Vec::new());
        prop_assert_eq!((pair.session, pair.wire.len()), (before, wire));
    }
}

#[test]
fn a_question_of_heads_that_was_given_up_is_asked_again_and_then_no_problem_stands() {
    let mut pair = Pair::new();
    pair.now_ms = PAUSES.compare_ms;
    pair.tell(Input::Tick);
    pair.wire.clear();
    pair.now_ms += PAUSES.answer_ms_max;
    pair.tell(Input::Tick);
    assert_eq!(pair.problem, Some(Problem::Unanswered));
    pair.settle();
    assert_eq!(pair.problem, None);
}

/// The last two things that a session says when it stops: why, and until when.
fn stopped(outputs: &[Output]) -> (Problem, u64) {
    let [.., Output::Problem(problem), Output::Pause { until_ms }] = outputs else { panic!("{outputs:?}") };
    (problem.clone(), *until_ms)
}

#[test]
fn what_is_answered_later_is_tried_after_pauses_that_grow_to_a_limit() {
    let mut pair = Pair::new();
    let mut ticket = pair.sent();
    for pause_ms in [100, 200, 400, 400] {
        let (problem, until_ms) = stopped(&pair.tell(Input::Answered { ticket, answer: Answer::Later }));
        assert_eq!((problem, until_ms), (Problem::Answered(Answer::Later), pair.now_ms + pause_ms));
        assert_eq!(pair.tell(Input::Tick), [Output::Pause { until_ms }], "not before its time");
        pair.now_ms = until_ms;
        let [Output::Send { ticket: next, .. }] = pair.tell(Input::Tick)[..] else { panic!("it is sent again") };
        ticket = next;
    }
}

#[test]
fn a_question_that_is_not_answered_is_asked_again() {
    let mut pair = Pair::new();
    pair.sent();
    pair.now_ms = PAUSES.answer_ms_max;
    assert_eq!(stopped(&pair.tell(Input::Tick)).0, Problem::Unanswered);
}

#[test]
fn who_waits_is_shown_our_heads_and_who_waits_all_the_same_is_left_in_peace() {
    let mut pair = Pair::new();
    let ticket = pair.sent();
    let outputs = pair.tell(Input::Answered { ticket, answer: Answer::Waiting });
    let [Output::ShowHeads { ticket }] = outputs[..] else { panic!("{outputs:?}") };
    let outputs = pair.tell(Input::Heads { ticket, heads: Vec::new() });
    let Some(Output::Send { ticket, .. }) = outputs.last() else { panic!("{outputs:?}") };
    let outputs = pair.tell(Input::Answered { ticket: *ticket, answer: Answer::Waiting });
    assert_eq!(stopped(&outputs), (Problem::StillWaiting, pair.now_ms + 100));
}

#[test]
fn a_receipt_that_is_known_already_makes_no_endless_loop() {
    let mut pair = Pair::new();
    pair.world.append(0, &[], &[]);
    pair.tell(Input::Tick);
    pair.settle();
    let receipts = |pair: &Pair| {
        let (origin, agency) = (pair.world.sides[0].channel.own_log(Lane::Main), *pair.world.sides[1].chain.agency());
        let size = pair.world.sides[0].channel.size(&origin);
        pair.world.sides[1].receipt_at(&origin, size, &agency).unwrap().unwrap()
    };
    let old = receipts(&pair);
    let ticket = pair.sent();
    let outputs = pair.tell(Input::Answered { ticket, answer: Answer::Receipt(old) });
    assert_eq!(stopped(&outputs).0, Problem::OldReceipt);
}

#[test]
fn what_was_receipted_once_is_given_back_only_after_the_restore_was_confirmed() {
    let mut pair = Pair::new();
    pair.world.append(0, &[], &[]);
    pair.tell(Input::Tick);
    pair.settle();
    let receipted = pair.world.sides[0].channel.size(&pair.world.sides[0].channel.own_log(Lane::Main));
    let ticket = pair.sent();
    let gap = Answer::Gap(Gap { size: 0 });
    let (problem, until_ms) = stopped(&pair.tell(Input::Answered { ticket, answer: gap.clone() }));
    assert!(matches!(problem, Problem::Restored { size: 0, receipted: of, .. } if of == receipted), "{problem:?}");

    assert_eq!(pair.tell(Input::GiveBack), []);
    pair.now_ms = until_ms;
    let outputs = pair.tell(Input::Tick);
    let [Output::Send { ticket, .. }] = outputs[..] else { panic!("{outputs:?}") };
    let outputs = pair.tell(Input::Answered { ticket, answer: gap });
    assert!(matches!(outputs[..], [Output::Progress, Output::Send { from: 0, .. }]), "{outputs:?}");
    // The partner of this test lost nothing, so it answers with the receipt of before; then comes what is new.
    pair.settle();
}

#[test]
fn heads_are_compared_now_and_then_in_one_lane() {
    for (lane, asks) in [(Lane::Main, true), (Lane::Urgent, false)] {
        let pair = Pair::new();
        let session = Session::new(*pair.world.sides[1].chain.agency(), lane, PAUSES, 0);
        let channel = &pair.world.sides[0].channel;
        let (session, outputs) = session.handle(PAUSES.compare_ms - 1, channel, Input::Tick);
        assert!(matches!(outputs[..], [Output::Rest { .. }]), "{outputs:?}");
        let (_, outputs) = session.handle(PAUSES.compare_ms, channel, Input::Tick);
        assert_eq!(matches!(outputs[..], [Output::ShowHeads { .. }]), asks, "{outputs:?}");
    }
}

#[test]
fn a_receipt_that_did_not_reach_its_author_is_given_again() {
    let pair = Pair::new();
    let (reader, author) = (&pair.world.sides[1].channel, *pair.world.sides[0].chain.agency());
    let mut pull = Pull::new(author, Lane::Main, PAUSES);
    let mut tell = |now_ms, input| {
        let (next, outputs) = pull.clone().handle(now_ms, reader, input);
        pull = next;
        outputs
    };
    let heads = |ticket| pull::Input::Heads { ticket, heads: Vec::new() };
    assert_eq!(tell(0, pull::Input::Tick), [pull::Output::ShowHeads { ticket: 1 }]);
    assert!(matches!(tell(0, heads(1))[..], [pull::Output::GiveKept { ticket: 2, .. }]));
    assert!(matches!(tell(0, pull::Input::Given { ticket: 2 })[..], [pull::Output::Pull { ticket: 3, from: 0, .. }]));
    assert_eq!(tell(0, pull::Input::Pulled { ticket: 3, is_frame: true }), [pull::Output::Take { ticket: 4 }]);
    let taken = pull::Input::Taken { ticket: 4, answer: Answer::Receipt("the receipt".into()) };
    assert_eq!(tell(0, taken), [pull::Output::Give { ticket: 5, receipt: "the receipt".into() }]);
    assert_eq!(tell(0, pull::Input::Failed { ticket: 5 }), [pull::Output::Pause { until_ms: 100 }]);
    assert_eq!(tell(100, pull::Input::Tick), [pull::Output::ShowHeads { ticket: 6 }]);
    assert!(
        matches!(tell(100, heads(6))[..], [pull::Output::GiveKept { ticket: 7, .. }]),
        "it is kept, so it is given"
    );
}

/// A store whose disk fails.
struct Broken;

impl Kept for Broken {
    type Error = &'static str;

    fn note_at(&self, _: &Origin, _: u64) -> Result<Option<String>, Self::Error> {
        Err("the disk fails")
    }

    fn entries(&self, _: &Origin) -> Result<Vec<Hash>, Self::Error> {
        Err("the disk fails")
    }

    fn receipt_at(&self, _: &Origin, _: u64, _: &AgencyId) -> Result<Option<String>, Self::Error> {
        Err("the disk fails")
    }
}

#[test]
fn what_cannot_be_read_makes_no_head_foreign() {
    let mut world = World::new();
    world.append(0, &[], &[]);
    let heads = Heads::held(&world.sides[0].channel).heads;
    world.append(0, &[], &[]);
    let (channel, from) = (&world.sides[0].channel, *world.sides[1].chain.agency());
    let learnt = Learnt { from, said: Said::Heads(heads.clone()) };
    assert!(matches!(learnt.step(&AwsLc, channel, &world.sides[0]), Ok(None)), "an own earlier head agrees");
    assert!(matches!(learnt.step(&AwsLc, channel, &Broken), Err(NotLearnt::Kept("the disk fails"))));
    assert!(Learnt::of_heads(channel, from, heads, &Broken).is_err());
}
