//! A network that delays, loses, repeats, reorders and damages what nodes send each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use protocol::{
    id::Hash,
    origin::{Lane, Origin},
    peer::Answer,
    suite::Entropy as _,
};

use crate::{
    steps::{Kind, Steps},
    suite::Dice,
};

/// The longest delay of a message in milliseconds: several steps of a node, so that messages overtake each other.
const DELAY_MS_MAX: u64 = 12_000;

/// What nodes send each other.
#[derive(Clone, Debug)]
pub enum Message {
    /// A question, as a request to the peer port.
    Ask(Ticket, Request),
    /// What was answered to it.
    Answer(Ticket, Reply),
}

/// Which question of whom an answer is to. Over HTTP this is the connection on which it comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// The number of the asker's start: an answer to an earlier start counts for nothing.
    pub start: u64,
    /// Who is asked.
    pub of: usize,
    /// Which of the asker's talks asks.
    pub talk: Talk,
    /// The talk's own number of the question.
    pub number: u64,
}

/// What a node has under way with a partner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Talk {
    /// It sends its batches.
    Send(Lane),
    /// It fetches the partner's.
    Pull(Lane),
    /// It fetches attachments.
    Files,
    /// It says something once and waits for no answer.
    Once,
}

/// What a node asks of a partner's peer port, the bodies as bytes.
#[derive(Clone, Debug)]
pub enum Request {
    /// "These heads are held here: which do you hold?"
    Heads(Vec<String>),
    /// A batch frame.
    Batch(Vec<u8>),
    /// The batch of a log that begins at an entry.
    Pull(Origin, u64),
    /// A receipt for a pulled batch.
    Receipt(Vec<u8>),
    /// An attachment.
    Blob(Hash),
}

/// What a node answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The heads of all logs held there.
    Heads(Vec<String>),
    /// What became of a batch.
    Batch(Answer),
    /// A frame, or that there is none yet.
    Pulled(Option<Vec<u8>>),
    /// The receipt is taken.
    Given,
    /// An attachment.
    Blob(Vec<u8>),
    /// It can't be had.
    Refused,
}

impl Message {
    /// The bytes that a network can damage without TLS: what is proven by nothing but itself.
    fn bytes_mut(&mut self) -> Option<&mut Vec<u8>> {
        match self {
            Self::Ask(_, Request::Batch(bytes) | Request::Receipt(bytes))
            | Self::Answer(_, Reply::Batch(Answer::Nack(bytes)) | Reply::Pulled(Some(bytes)) | Reply::Blob(bytes)) => {
                Some(bytes)
            }
            _ => None,
        }
    }
}

/// A message under way.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Who sent it.
    pub from: usize,
    /// Where it arrives.
    pub to: usize,
    /// What it says.
    pub message: Message,
    /// Whether the network damaged or misdirected it, so that it must change nothing.
    pub spoiled: bool,
}

/// The network of one world.
#[derive(Debug)]
pub struct Network {
    dice: Dice,
    under_way: BTreeMap<(u64, u64), Envelope>,
    sent: u64,
    /// Some messages that were delivered, to be replayed.
    old: Vec<Envelope>,
    cut: BTreeSet<(usize, usize)>,
    /// Nodes that nobody can call; they can call.
    hidden: BTreeSet<usize>,
    /// Frames to these nodes are held back until they have started again.
    held_back: BTreeMap<usize, Vec<Envelope>>,
    nodes: usize,
    calm: bool,
    /// What took effect here.
    pub steps: Steps,
}

impl Network {
    /// A network between `nodes` nodes.
    pub fn new(dice: Dice, nodes: usize) -> Self {
        Self {
            dice,
            under_way: BTreeMap::new(),
            sent: 0,
            old: Vec::new(),
            cut: BTreeSet::new(),
            hidden: BTreeSet::new(),
            held_back: BTreeMap::new(),
            nodes,
            calm: false,
            steps: Steps::default(),
        }
    }

    /// Takes a message. What becomes of it is the dice's decision.
    pub fn send(&mut self, now: u64, from: usize, to: usize, message: Message) {
        let envelope = Envelope { from, to, message, spoiled: false };
        let is_call = matches!(envelope.message, Message::Ask(..));
        if self.cut.contains(&(from.min(to), from.max(to))) || (is_call && self.hidden.contains(&to)) {
            return;
        }
        if let Some(held) = self.held_back.get_mut(&to)
            && matches!(envelope.message, Message::Ask(_, Request::Batch(_)))
        {
            return held.push(envelope);
        }
        if self.calm {
            return self.post(now + 1, envelope);
        }
        let is_receipt = matches!(envelope.message, Message::Answer(_, Reply::Batch(Answer::Receipt(_))));
        if self.dice.chance(100) {
            self.steps.count_if(is_receipt, Kind::ReceiptLost);
            return;
        }
        if self.dice.chance(50)
            && let Some(message) = self.tear(&envelope.message)
        {
            self.delay(now, Envelope { message, spoiled: true, ..envelope });
        }
        if self.dice.chance(30) && self.nodes > 2 && matches!(envelope.message, Message::Ask(_, Request::Batch(_))) {
            let other = (0..self.nodes).find(|node| *node != from && *node != to).expect("there are three nodes");
            self.delay(now, Envelope { to: other, spoiled: true, ..envelope.clone() });
        }
        if self.dice.chance(100) {
            self.delay(now, envelope.clone());
        }
        if self.dice.chance(50) {
            self.old.push(envelope.clone());
        }
        self.delay(now, envelope);
        if self.dice.chance(30) && !self.old.is_empty() {
            let place = self.dice.place(self.old.len());
            let replayed = self.old[place].clone();
            self.delay(now, replayed);
        }
    }

    /// The next message that arrives up to now.
    pub fn arrived(&mut self, now: u64) -> Option<Envelope> {
        let first = self.under_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// Cuts a link, or mends a cut one.
    pub fn toggle(&mut self, one: usize, other: usize) {
        let link = (one.min(other), one.max(other));
        if !self.cut.remove(&link) {
            self.cut.insert(link);
        }
    }

    /// Nobody can call the node from now on, or everybody can again.
    pub fn hide(&mut self, node: usize, hidden: bool) {
        if hidden {
            self.hidden.insert(node);
        } else {
            self.hidden.remove(&node);
        }
    }

    /// Holds frames to a node back from now on.
    pub fn hold_back(&mut self, node: usize) {
        self.held_back.entry(node).or_default();
    }

    /// Whether frames to a node are held back.
    pub fn holds_back(&self, node: usize) -> bool {
        self.held_back.contains_key(&node)
    }

    /// The node has started: what was held back arrives.
    pub fn let_through(&mut self, now: u64, node: usize) {
        for envelope in self.held_back.remove(&node).into_iter().flatten() {
            self.steps.count(Kind::FrameHeldBack);
            self.delay(now, envelope);
        }
    }

    /// From now on everything arrives.
    pub fn calm_down(&mut self, now: u64) {
        self.calm = true;
        self.cut.clear();
        self.hidden.clear();
        for node in 0..self.nodes {
            self.let_through(now, node);
        }
    }

    /// How many messages are under way.
    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    fn delay(&mut self, now: u64, envelope: Envelope) {
        let arrival = now + 1 + self.dice.below(DELAY_MS_MAX);
        self.post(arrival, envelope);
    }

    fn post(&mut self, arrival: u64, envelope: Envelope) {
        self.sent += 1;
        self.under_way.insert((arrival, self.sent), envelope);
    }

    /// Cuts a body short, scrambles its start or flips one bit. The other words travel inside TLS and are not signed:
    /// nothing depends on them but a repeat.
    fn tear(&mut self, message: &Message) -> Option<Message> {
        let mut torn = message.clone();
        if let Message::Answer(_, Reply::Batch(Answer::Receipt(note))) = &mut torn {
            let mut bytes = mem::take(note).into_bytes();
            self.tear_bytes(&mut bytes);
            *note = String::from_utf8_lossy(&bytes).into_owned();
        } else {
            let bytes = torn.bytes_mut().filter(|bytes| !bytes.is_empty())?;
            self.tear_bytes(bytes);
        }
        Some(torn)
    }

    fn tear_bytes(&mut self, bytes: &mut Vec<u8>) {
        let place = self.dice.place(bytes.len());
        match self.dice.below(4) {
            0 => bytes.truncate(place),
            1 => self.dice.fill(&mut bytes[..place.clamp(1, 64)]),
            _ => bytes[place] ^= 1 << self.dice.below(8),
        }
    }
}
