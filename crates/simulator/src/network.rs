//! A network that delays, loses, repeats, reorders and damages what nodes send each other.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{origin::Origin, suite::Entropy as _};

use crate::suite::Dice;

/// The longest delay of a message in milliseconds: several steps of a node, so that messages overtake each other.
const DELAY_MS_MAX: u64 = 12_000;

/// What nodes send each other, the bodies as bytes.
#[derive(Clone, Debug)]
pub enum Message {
    /// A batch frame.
    Frame(Vec<u8>),
    /// A receipt note.
    Receipt(Vec<u8>),
    /// A signed nack.
    Nack(Vec<u8>),
    /// "Entries of your log from this size on are missing here."
    Missing(Origin, u64),
    /// "Which signed heads do you hold?", with the number of the asker's start, so that an answer to an earlier start
    /// counts for nothing.
    AskHeads(u64),
    /// The checkpoint notes of all logs held by the sender.
    Heads(u64, Vec<String>),
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
    nodes: usize,
    calm: bool,
}

impl Network {
    /// A network between `nodes` nodes.
    pub const fn new(dice: Dice, nodes: usize) -> Self {
        Self { dice, under_way: BTreeMap::new(), sent: 0, old: Vec::new(), cut: BTreeSet::new(), nodes, calm: false }
    }

    /// Takes a message. What becomes of it is the dice's decision.
    pub fn send(&mut self, now: u64, from: usize, to: usize, message: Message) {
        let envelope = Envelope { from, to, message, spoiled: false };
        if self.cut.contains(&(from.min(to), from.max(to))) {
            return;
        }
        if self.calm {
            return self.post(now + 1, envelope);
        }
        if self.dice.chance(100) {
            return;
        }
        if self.dice.chance(50)
            && let Some(message) = self.tear(&envelope.message)
        {
            self.delay(now, Envelope { message, spoiled: true, ..envelope });
        }
        if self.dice.chance(30) && self.nodes > 2 && matches!(envelope.message, Message::Frame(_)) {
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

    /// From now on everything arrives.
    pub fn calm_down(&mut self) {
        self.calm = true;
        self.cut.clear();
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
        let (make, bytes): (fn(Vec<u8>) -> Message, _) = match message {
            Message::Frame(bytes) => (Message::Frame, bytes),
            Message::Receipt(bytes) => (Message::Receipt, bytes),
            Message::Nack(bytes) => (Message::Nack, bytes),
            Message::Missing(..) | Message::AskHeads(_) | Message::Heads(..) => return None,
        };
        let mut bytes = bytes.clone();
        let place = self.dice.place(bytes.len());
        match self.dice.below(4) {
            0 => bytes.truncate(place),
            1 => self.dice.fill(&mut bytes[..place.clamp(1, 64)]),
            _ => bytes[place] ^= 1 << self.dice.below(8),
        }
        Some(make(bytes))
    }
}
