//! Twenty power cuts at random moments under load: what a caller was told stands, once, in order, at both ends.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use protocol::suite::{AwsLc, Entropy, Suite, SystemEntropy};
use serde_json::Value;

use crate::two::{Two, body};

const ROUNDS: usize = 20;
/// Notes in a request: enough that a batch takes its time, few enough for many requests between two cuts.
const NOTES: usize = 10;
/// Longest time between a start and the next cut.
const LIFE_MS_MAX: u64 = 400;

// spec: DELIV-1, DELIV-9
#[test]
fn twenty_power_cuts_lose_and_double_nothing() {
    let mut random = Random::new();
    println!("seed {}", random.0);
    let two = Mutex::new(Two::start());
    let (note, mut sent) = (two.lock().unwrap().note(""), BTreeMap::new());
    let done = AtomicBool::new(false);
    let (a, b) = {
        let two = two.lock().unwrap();
        (two.a.caller(), two.b.caller())
    };
    thread::scope(|scope| {
        let loaders = [("a", &a), ("b", &b)].map(|(name, caller)| {
            let (done, note) = (&done, &note);
            scope.spawn(move || load(name, caller, note, done))
        });
        for _ in 0..ROUNDS {
            thread::sleep(Duration::from_millis(random.below(LIFE_MS_MAX)));
            let mut two = two.lock().unwrap();
            let victim = if random.below(2) == 0 { &mut two.a } else { &mut two.b };
            victim.kill();
            // The other side goes on alone for a while.
            thread::sleep(Duration::from_millis(random.below(100)));
            victim.start();
        }
        done.store(true, Ordering::SeqCst);
        for (loader, name) in loaders.into_iter().zip(["a", "b"]) {
            sent.insert(name, loader.join().unwrap());
        }
    });
    let two = two.into_inner().unwrap();
    two.settle();
    two.check();
    for (name, author, reader) in [("a", &two.a, &two.b), ("b", &two.b, &two.a)] {
        let mut places: Vec<_> = sent[name].iter().collect();
        places.sort();
        let told: Vec<String> = places.iter().map(|(_, sha256)| (*sha256).clone()).collect();
        assert!(told.len() >= ROUNDS * NOTES, "only {} notes were sent by {name}", told.len());
        for (side, direction, state) in [(author, "out", "delivered"), (reader, "in", "received")] {
            let records = side.records(direction);
            assert!(records.iter().all(|record| record["state"] == state), "all {state}");
            let held: Vec<&str> = records.iter().map(|record| record["sha256"].as_str().unwrap()).collect();
            assert_eq!(held.len(), told.len(), "{name}, {direction}: as many as the callers were told, seed above");
            assert!(held.iter().eq(told.iter()), "{name}, {direction}: the same, in the order of their places");
        }
        println!("{} notes of {name} held once by both", told.len());
    }
}

/// Epoch and number of a record: the order of its log.
type Place = (u64, u64);

/// Sends requests until told to stop, each repeated under its key until it is answered. Gives what it was told.
fn load(name: &str, caller: &crate::two::Caller, note: &str, done: &AtomicBool) -> BTreeMap<Place, String> {
    let mut told = BTreeMap::new();
    let mut number = 0;
    while !done.load(Ordering::SeqCst) {
        let texts: Vec<String> = (0..NOTES).map(|place| format!("{name} {number} {place}")).collect();
        let key = format!("{name}-{number}");
        // A thread takes no more than some hundred records of a party.
        let thread = hex::encode(&AwsLc.sha256(&[key.as_bytes()])[..16]);
        let lines: String = texts.iter().map(|text| with_text(note, &thread, text)).collect();
        let answers = loop {
            let answers = caller.submit(&lines, "wait=recorded&timeout_s=20", Some(&key));
            match answers {
                Some(answers) if answers.iter().all(|answer| answer.get("ref").is_some()) => break answers,
                _ => thread::sleep(Duration::from_millis(5)),
            }
        };
        assert_eq!(answers.len(), NOTES);
        for (text, answer) in texts.iter().zip(&answers) {
            let before = told.insert(place(answer), hex::encode(AwsLc.sha256(&[body(text).as_bytes()])));
            assert_eq!(before, None, "two records were told the same place: {answer}");
        }
        number += 1;
    }
    told
}

fn with_text(note: &str, thread: &str, text: &str) -> String {
    let mut line: Value = serde_json::from_str(note).unwrap();
    line["header"]["thread"] = thread.into();
    line["body"] = body(text).into();
    format!("{line}\n")
}

fn place(answer: &Value) -> Place {
    let log = answer["ref"]["log"].as_str().unwrap();
    let epoch = log.split('/').nth(1).and_then(|epoch| epoch.parse().ok()).unwrap();
    (epoch, answer["ref"]["index"].as_u64().unwrap())
}

/// Numbers from a seed that the test prints.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let mut seed = [0; 8];
        SystemEntropy.fill(&mut seed);
        Self(u64::from_be_bytes(seed) | 1)
    }

    /// xorshift64: any spread will do.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
