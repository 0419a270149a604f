//! A world: nodes, their network, their callers, one clock, and dice that decide what goes wrong and when.

use std::{collections::BTreeMap, sync::Arc};

use protocol::origin::{Lane, Origin, Position};

use crate::{
    ceremony::{CLAUSE_RECORDS_PER_DAY, Ceremony},
    model,
    network::{Envelope, Network},
    node::{
        Node,
        handed::{Answered, Submission},
    },
    steps::Steps,
    store::{Store, to_place},
    suite::Dice,
};

/// Where time begins: 1 June 2026.
const START_MS: u64 = 1_780_272_000_000;
/// One step of the world.
const STEP_MS: u64 = 1_000;
/// How long things go wrong.
const STORMY_STEPS: u64 = 160;
/// How long it may take until all is delivered once nothing goes wrong any more.
const CALM_STEPS_MAX: u64 = 300;
/// Records that callers hand in during a run.
const SUBMISSIONS_MAX: usize = 2 * CLAUSE_RECORDS_PER_DAY as usize;
/// Clocks are wrong by up to five minutes.
const SKEW_MS_MAX: u64 = 5 * 60 * 1000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// And some jump ahead by up to forty: further than partners take a batch from.
const JUMP_MS_MAX: u64 = 40 * 60 * 1000;

/// A record that a caller wants to hand in, and what became of it.
pub struct Asked {
    /// Where.
    pub node: usize,
    /// What.
    pub submission: Submission,
    /// The answer that reached the caller.
    pub answer: Option<Answered>,
    /// Whether its erasure was ordered and done at the author's.
    pub erased: bool,
}

impl Asked {
    /// Where the record is, as its caller was told.
    pub fn position(&self) -> Option<Position> {
        self.answer.and_then(|answer| match answer {
            Answered::At(position) => Some(position),
            Answered::Stopped => None,
        })
    }
}

/// A world.
pub struct World {
    /// What the nodes know from the start.
    pub ceremony: Arc<Ceremony>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// What callers asked for.
    pub asked: Vec<Asked>,
    /// Node 0's logs that a restore cut short, with the size that the backup held.
    pub lost: BTreeMap<Origin, u64>,
    dice: Dice,
    network: Network,
    now: u64,
    backup: Option<Store>,
}

/// What happened in a run, to see that runs differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Records handed in.
    pub records: usize,
    /// Steps until all was quiet.
    pub steps: u64,
    /// Commits refused because another process had moved the head.
    pub conflicts: u64,
    /// How often another party's account of a statement's cut was compared with the statement.
    pub compared: usize,
    /// How often each kind of step took effect.
    pub took_effect: Steps,
}

/// Runs a seed to its end and compares what the nodes hold with what callers were told.
///
/// # Panics
/// A promise was broken. The message says which; the seed gives the same run again.
pub fn run(seed: u64) -> Summary {
    let mut world = World::new(seed, if seed % 5 == 4 { 3 } else { 2 }, seed % 50 == 7);
    let restore_at = (seed % 4 == 1 && world.nodes.len() == 2).then(|| 60 + world.dice.below(60));
    for node in &mut world.nodes {
        node.faults_per_mille = 15;
    }
    for step in 0..STORMY_STEPS {
        world.storm();
        if restore_at == Some(step + 40) {
            world.backup = Some(world.nodes[0].store.clone());
        }
        if restore_at == Some(step) {
            world.restore();
        }
        world.step();
    }
    let steps = world.settle();
    model::check(&world);
    let compared = model::check_statements(&world);
    let conflicts = world.nodes.iter().map(|node| node.conflicts).sum();
    let mut took_effect = world.network.steps;
    world.nodes.iter().for_each(|node| took_effect.add(&node.steps));
    Summary { records: world.asked.len(), steps, conflicts, compared, took_effect }
}

impl World {
    /// A calm world of started nodes.
    pub fn new(seed: u64, nodes: usize, real: bool) -> Self {
        let mut dice = Dice::new(seed, 0);
        let (ceremony, secrets) = Ceremony::hold(&mut dice, nodes, real, START_MS);
        let ceremony = Arc::new(ceremony);
        let nodes: Vec<Node> = secrets
            .into_iter()
            .enumerate()
            .zip(2..)
            .map(|((number, secrets), stream)| {
                let mut node = Node::new(number, Arc::clone(&ceremony), secrets, Dice::new(seed, stream));
                node.start();
                node
            })
            .collect();
        let network = Network::new(Dice::new(seed, 1), nodes.len());
        let (asked, lost) = (Vec::new(), BTreeMap::new());
        Self { ceremony, nodes, asked, lost, dice, network, now: START_MS, backup: None }
    }

    /// The world's time, milliseconds since 1970.
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// A caller hands in a record at a node, and asks until there is an answer.
    pub fn ask(&mut self, node: usize, lane: Lane, body: Vec<u8>) {
        let key = format!("key-{}", self.asked.len());
        let submission = Submission { key, lane, body, file: None, waits: false };
        self.hand_in(node, submission);
    }

    /// The same, with all that a caller can hand in.
    pub fn hand_in(&mut self, node: usize, submission: Submission) {
        self.asked.push(Asked { node, submission, answer: None, erased: false });
    }

    /// Cuts the link between two nodes until all is calm.
    pub fn cut(&mut self, one: usize, other: usize) {
        self.network.toggle(one, other);
    }

    /// One second: messages arrive, nodes work, callers ask.
    pub fn step(&mut self) {
        self.now += STEP_MS;
        while let Some(envelope) = self.network.arrived(self.now) {
            self.deliver(envelope);
        }
        for number in 0..self.nodes.len() {
            self.nodes[number].tick(self.now);
            self.send(number);
        }
        for asked in self.asked.iter_mut().filter(|asked| asked.answer.is_none()) {
            // Answers get lost on their way to the caller too.
            let answer = self.nodes[asked.node].submit(self.now, &asked.submission);
            asked.answer = answer.filter(|_| self.dice.chance(700));
        }
    }

    /// Lets nothing go wrong any more and runs until nothing happens any more. Returns the steps it took.
    ///
    /// # Panics
    /// It never becomes quiet.
    pub fn settle(&mut self) -> u64 {
        self.network.calm_down(self.now);
        // Until clocks that jumped ahead are right again, and the clause has room for what it refused: no caller of one node
        // asks for more than two days' worth.
        self.now += JUMP_MS_MAX + DAY_MS;
        for node in &mut self.nodes {
            node.pulls = false;
            node.clock_skew_ms = node.clock_skew_ms.min(SKEW_MS_MAX.try_into().expect("minutes fit"));
            node.faults_per_mille = 0;
            // A process whose rival wrote last would not know until it writes again: let it look.
            node.crash();
        }
        for step in 0..CALM_STEPS_MAX {
            let now = self.now;
            for node in &mut self.nodes {
                node.start();
                if node.has_suspended {
                    node.resume(now);
                }
            }
            self.step();
            for asked in self.asked.iter().filter(|asked| asked.answer.is_none()) {
                self.nodes[asked.node].release(now, &asked.submission);
            }
            let answered = self.asked.iter().all(|asked| asked.answer.is_some());
            if answered
                && self.nodes.iter().all(|node| node.is_quiet() && !node.has_suspended)
                && self.network.under_way() == 0
                && model::is_even(self)
                && model::has_files(self)
            {
                return step;
            }
        }
        let logs: Vec<_> = self.nodes.iter().filter_map(Node::channel).map(model::heads).collect();
        let unanswered = self.asked.iter().filter(|asked| asked.answer.is_none()).count();
        let quiet: Vec<bool> = self.nodes.iter().map(Node::is_quiet).collect();
        panic!(
            "not quiet after {CALM_STEPS_MAX} calm steps: {unanswered} callers wait, quiet: {quiet:?}, messages under \
             way: {}, {logs:#?}",
            self.network.under_way()
        );
    }

    fn deliver(&mut self, Envelope { from, to, message, spoiled }: Envelope) {
        let node = &mut self.nodes[to];
        let before = spoiled.then(|| node.fingerprint());
        let shown = spoiled.then(|| format!("{message:?}"));
        node.receive(self.now, from, message);
        assert!(
            before.is_none_or(|before| before == node.fingerprint()),
            "a message that counts for nothing changed node {to}: {}",
            shown.unwrap_or_default()
        );
        self.send(to);
    }

    fn send(&mut self, from: usize) {
        for (to, message) in self.nodes[from].take_outbox() {
            self.network.send(self.now, from, to, message);
        }
    }

    /// What goes wrong in this second, beside what the network and the stores do by themselves.
    fn storm(&mut self) {
        let (count, now) = (self.nodes.len(), self.now);
        if self.dice.chance(400) && self.asked.len() < SUBMISSIONS_MAX {
            self.ask_something();
        }
        let number = self.dice.place(count);
        if self.dice.chance(30) {
            self.network.toggle(number, (number + 1) % count);
        }
        if self.dice.chance(40) {
            self.erase_something();
        }
        if self.dice.chance(10) {
            self.network.hold_back(number);
        }
        if self.dice.chance(100) {
            self.decide_about_waiting();
        }
        let node = &mut self.nodes[number];
        if self.dice.chance(250) && !node.is_running() {
            node.start();
            self.network.let_through(now, number);
        }
        if self.dice.chance(if self.network.holds_back(number) { 200 } else { 15 }) {
            node.crash();
        }
        if self.dice.chance(10) {
            node.pulls = !node.pulls;
            self.network.hide(number, node.pulls);
        }
        if self.dice.chance(30) {
            node.repeat_receipt();
        }
        // An epoch opened after the copy was made, and lost with it, would be opened once more by the restore.
        if self.dice.chance(15) && self.backup.is_none() {
            node.stand_in();
        }
        if self.dice.chance(20) {
            node.rotate_key(now);
        }
        if self.dice.chance(100) {
            node.state(now);
        }
        if self.dice.chance(6) {
            node.activate(now);
        }
        if self.dice.chance(8) {
            node.suspend(now);
        }
        if node.has_suspended && self.dice.chance(80) {
            node.resume(now);
        }
        if self.dice.chance(20) {
            node.hire_rival();
        }
        if self.dice.chance(30) {
            node.rival_writes(now);
        }
        if self.dice.chance(10) {
            let skew = i64::try_from(self.dice.below(2 * SKEW_MS_MAX)).expect("minutes fit");
            node.clock_skew_ms = skew - i64::try_from(SKEW_MS_MAX).expect("minutes fit");
        }
        if self.dice.chance(4) {
            node.clock_skew_ms = i64::try_from(self.dice.below(JUMP_MS_MAX)).expect("minutes fit");
        }
        if self.dice.chance(30)
            && let Some(answer) = self.asked.iter().rev().find(|asked| asked.node == number).and_then(Asked::position)
        {
            node.expire(answer);
        }
    }

    fn ask_something(&mut self) {
        let node = self.dice.place(self.nodes.len());
        let lane = if self.dice.chance(300) { Lane::Urgent } else { Lane::Main };
        let word = if self.dice.chance(150) { "refuse" } else { "note" };
        let padding = "x".repeat(to_place(self.dice.below(300)));
        let number = self.asked.len();
        let file = self.dice.chance(200).then(|| format!("file of {number} {padding}").into_bytes());
        let body = format!("{word} {number} {padding}").into_bytes();
        let waits = self.dice.chance(200);
        self.hand_in(node, Submission { key: format!("key-{number}"), lane, body, file, waits });
    }

    /// An officer looks at something that lies aside. Sometimes two look at once.
    fn decide_about_waiting(&mut self) {
        let (now, nodes) = (self.now, &self.nodes);
        let lies = |asked: &&Asked| asked.answer.is_none() && nodes[asked.node].waits(&asked.submission);
        let Some(asked) = self.asked.iter().find(lies) else { return };
        let node = &mut self.nodes[asked.node];
        let both = self.dice.chance(200);
        if both || self.dice.chance(700) {
            node.release(now, &asked.submission);
        }
        if both || self.dice.chance(300) {
            node.stop(now, &asked.submission);
        }
    }

    /// Erases a record. A node that will be restored orders none: its own orders would be lost with its log.
    fn erase_something(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        let place = self.dice.place(self.asked.len());
        let asked = &mut self.asked[place];
        let node = &mut self.nodes[asked.node];
        let may_order = self.backup.is_none() && !node.restored;
        if let Some(answer) = asked.position().filter(|_| may_order && !asked.erased) {
            asked.erased = node.erase(self.now, answer) || node.store.is_erased(&answer);
        }
    }

    /// Node 0 loses what it wrote since the backup; its partner's officers confirm the restore.
    fn restore(&mut self) {
        let backup = self.backup.take().expect("the backup was made before");
        let node = &mut self.nodes[0];
        let me = node.agency();
        let own = node.store.logs().filter(|origin| origin.agency == me);
        self.lost = own.map(|origin| (*origin, backup.size(origin))).collect();
        node.restore(self.now, backup);
        self.nodes[1].confirm(me);
    }
}
