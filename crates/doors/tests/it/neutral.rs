//! The test that tries to tell a blocked answer from an empty one (ASY-02).
//!
//! XAB asks more than a thousand times. Some requests name a person whom XAA protects from XAB; some are answered by XAA's
//! police with something about such a person; the rest is answered with "nothing to provide". All of them end in that
//! answer. Everything that XAB holds of it, and the moments at which it came, is then given to a distinguisher. It knows
//! which are which, and must do no better than chance would.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use bytes::Bytes;
use node::{clock, jobs::release, metrics, protection::register::Register};
use protocol::{
    header::{Header, ThreadId},
    suite::{Entropy as _, SystemEntropy},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    asylum::{Asylum, replies, thread},
    world::figure,
};

/// Requests that name a person: fewer than a party may send in a month (BLK-01).
const NAMING: u64 = 190;
/// Requests that name nobody.
const NAMELESS: u64 = 830;
/// Looks at the partner's log while the week goes by.
const LOOKS: u64 = 100;
/// How often the world is made anew for a figure: a party sends only so many requests about persons in a month.
const RUNS: usize = 5;
/// To run the same again: the seed that a failed run printed.
const SEED: Option<u64> = None;

/// What the partner can see of one answer.
#[derive(Default)]
struct Seen {
    blocked: bool,
    /// What has few values: compared value by value.
    words: BTreeMap<&'static str, String>,
    /// What is a number: compared by its distribution.
    numbers: BTreeMap<&'static str, f64>,
}

// spec: PROT-7, PROT-8
#[tokio::test(flavor = "multi_thread")]
async fn nothing_tells_a_blocked_answer_from_an_empty_one() {
    let seen = asked_and_answered(&mut Random::seeded(), 0).await;
    for (feature, distance, bound) in distances(&seen) {
        println!(
            "{feature}: distance {distance:.3}, best accuracy {:.3}, bound {bound:.3}",
            f64::midpoint(1.0, distance)
        );
        assert!(distance < bound, "{feature} tells a blocked answer from an empty one: {distance:.3}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a figure that takes minutes: cargo xtask bench guard takes it"]
async fn figures_of_a_looker_with_a_full_register() {
    let mut random = Random::seeded();
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(asked_and_answered(&mut random, node::limits::REGISTER_ENTRIES_MAX - 10).await);
    }
    for (feature, area, within) in areas(&runs) {
        figure(&format!("AUC of {feature}, over live nodes"), area, "", json!({ "holds": 0.5, "within": within }));
    }
}

/// A world in which XAB asks and XAA answers, with so many entries in the register that nobody asks about: what XAB sees.
async fn asked_and_answered(random: &mut Random, entries: usize) -> Vec<Seen> {
    let asylum = Asylum::start().await;
    fill_register(&asylum.pair.a.node, entries);
    let a = &asylum.pair.a.node;
    let protected: Vec<String> = (0..NAMING).map(|number| format!("Person {number} Made-Up")).collect();
    let blocked: Vec<bool> = (0..NAMING + NAMELESS).map(|_| random.below(2) == 0).collect();
    let of = |number: u64| blocked[usize::try_from(number).unwrap()];
    let feared: Vec<String> = (0..NAMING).filter(|number| of(*number)).map(|n| protected[n as usize].clone()).collect();
    for some in feared.chunks(50) {
        asylum.protect(some).await;
    }
    asylum.protect(&["Whom nobody asked about".to_owned()]).await;

    // XAB asks, in a random order; of each request that names a person it takes the time until the receipt is there.
    let mut order: Vec<u64> = (0..NAMING + NAMELESS).collect();
    random.shuffle(&mut order);
    let (naming, nameless): (Vec<u64>, Vec<u64>) = order.iter().partition(|number| **number < NAMING);
    let mut receipted: BTreeMap<u64, f64> = BTreeMap::new();
    for number in naming {
        let request = asylum.request(thread(number), Some(&protected[number as usize]));
        let asked = Instant::now();
        asylum.ask(&request).await;
        receipted.insert(number, asked.elapsed().as_secs_f64() * 1000.0);
    }
    for some in nameless.chunks(40) {
        asylum.ask(&some.iter().map(|number| asylum.request(thread(*number), None)).collect::<String>()).await;
    }
    let received = clock::now_ms();

    // The protection officer passes on what the register does not name; the police answer in another random order: with
    // something about a protected person, or with nothing.
    for held in asylum.held().await.iter().filter(|held| held["rule"] == "ASY-05") {
        asylum.post(&format!("/v1/protection/held/{}/pass", held["id"].as_str().unwrap()), "").await;
    }
    random.shuffle(&mut order);
    let answered: Vec<u64> = order.into_iter().filter(|number| *number >= NAMING || !of(*number)).collect();
    for some in answered.chunks(20) {
        let answer = |number: &u64| match of(*number) {
            true => asylum.answer(thread(*number), "whom NOBODY asked about"),
            false => asylum.nothing(thread(*number)),
        };
        let taken = asylum.send(&some.iter().map(answer).collect::<String>()).await;
        assert!(taken.iter().all(|taken| taken["state"] == "waiting"), "{taken:?}");
    }

    // A week goes by. XAB looks often, and notes when each answer came.
    release::turn(&a.sending, received).await.unwrap();
    let figures = |name: &str| {
        let text = metrics::text(&a.statements, &a.links, &a.audit.refusals).unwrap();
        text.lines().find(|line| line.starts_with(name)).map(str::to_owned)
    };
    let open = figures("mithaq_threads_open ");
    let mut came: BTreeMap<ThreadId, f64> = BTreeMap::new();
    for look in 1..=LOOKS {
        let now = received + look * 168 * 3_600_000 / LOOKS;
        release::turn(&a.sending, now).await.unwrap();
        assert_eq!(figures("mithaq_threads_open "), open, "a figure moves with an answer");
        let at = (now - received) as f64 / 3_600_000.0;
        for reply in replies(a, &asylum.channel(), &asylum.pair.a) {
            came.entry(reply.opened.header.thread.unwrap()).or_insert(at);
        }
    }
    let seen = observe(&asylum, &came, &receipted, &blocked).await;
    assert_eq!(seen.len() as u64, NAMING + NAMELESS, "every request has its answer");
    seen
}

/// Entries that nobody asks about, each with as many spellings as an entry has.
fn fill_register(node: &node::Node, entries: usize) {
    let entry = |number: usize| {
        let person = |spelling| json!({ "names": format!("Unasked {number} Of Spelling {spelling} Made-Up") });
        let persons: Vec<Value> = (0..node::limits::REGISTER_SPELLINGS_MAX).map(person).collect();
        serde_json::from_value(json!({ "persons": persons, "states": ["XAB"] })).unwrap()
    };
    let fill = |register: &mut Register, key: &[u8; 32]| {
        (0..entries).try_for_each(|number| register.add(key, entry(number), clock::now_ms()).map(|_| ()))
    };
    node.protection.change(&node.db, fill).unwrap();
}

/// Everything that XAB holds of the answers.
async fn observe(
    asylum: &Asylum,
    came: &BTreeMap<ThreadId, f64>,
    receipted: &BTreeMap<u64, f64>,
    blocked: &[bool],
) -> Vec<Seen> {
    let b = &asylum.pair.b;
    let (mut seen, mut fresh) = (Vec::new(), BTreeSet::new());
    let held = asylum.replies(blocked.len()).await;
    for (reply, order) in held.iter().zip(0_u32..) {
        let id = reply.opened.header.thread.unwrap();
        let number = u64::from_be_bytes(id.0[8..].try_into().unwrap());
        let mut one = Seen { blocked: blocked[usize::try_from(number).unwrap()], ..Seen::default() };
        let drawn = reply.opened.header.fresh.expect("every answer that provides nothing bears what was drawn for it");
        assert!(fresh.insert(drawn), "what was drawn for one answer is borne by another");
        one.numbers.insert("first byte drawn", f64::from(drawn[0]));
        let header = Header { thread: None, in_reply_to: None, fresh: None, ..reply.opened.header.clone() };
        // The number of the request that is answered has more or fewer digits, whichever way it is answered.
        let asked = reply.opened.header.in_reply_to.as_ref().map_or(0, |asked| asked.index.to_string().len());
        one.words.insert("header", String::from_utf8(header.encode()).unwrap());
        one.words.insert("body", String::from_utf8(reply.opened.body.clone()).unwrap());
        one.words.insert("approvals", String::from_utf8(reply.opened.approvals.clone()).unwrap());
        one.words.insert("place in batch", format!("{} of {}", reply.place, reply.lengths.len()));
        one.words.insert("length", (reply.lengths[reply.place as usize] - asked as u32).to_string());
        let path = format!("/v1/threads/{id}");
        let whole = b.json(Method::GET, &path, Bytes::new()).await;
        one.words.insert("thread", shape(&whole));
        one.numbers.insert("bytes of the batch", f64::from(reply.lengths.iter().sum::<u32>()));
        one.numbers.insert("bytes of the note", reply.note as f64);
        one.numbers.insert("order", f64::from(order));
        one.numbers.insert("moment", came[&id]);
        one.numbers.extend(receipted.get(&number).map(|ms| ("receipt", *ms)));
        if order.is_multiple_of(4) {
            let origin = &reply.position.origin;
            let path = format!("/v1/evidence/{}/{}/{}", origin.channel, origin.short(), reply.position.index);
            let file = b.request(Method::GET, &path, Bytes::new()).await;
            assert!(file.status.is_success());
            one.numbers.insert("evidence file", file.body.len() as f64);
        }
        seen.push(one);
    }
    seen
}

/// A thread as XAB sees it, without what is its own of every thread: ids, places, times.
fn shape(whole: &Value) -> String {
    let events: Vec<String> = whole["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| format!("{} {} {} {}", event["kind"], event["effect"], event["state"], event["disputed"]))
        .collect();
    let own = ["state", "open", "records", "ineffective", "lane", "clause", "corrections", "unacknowledged"];
    let own: Vec<String> = own.iter().map(|member| whole[*member].to_string()).collect();
    format!("{} {}", own.join(" "), events.join(", "))
}

/// For each feature how far the two kinds of answer are apart, 0 to 1, and how far chance alone could set them apart once in a
/// million runs (Kolmogorov and Smirnov). A distinguisher that puts the best threshold is right in (1 + distance) / 2.
fn distances(seen: &[Seen]) -> Vec<(&'static str, f64, f64)> {
    let mut found = Vec::new();
    let features = |of: fn(&Seen) -> Vec<&'static str>| {
        let mut names: Vec<_> = seen.iter().flat_map(of).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    for name in features(|one| one.numbers.keys().copied().collect()) {
        let of = |kind: bool| {
            let kind = seen.iter().filter(move |one| one.blocked == kind);
            let mut values: Vec<f64> = kind.filter_map(|one| one.numbers.get(name).copied()).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (one, other) = (of(true), of(false));
        let below =
            |values: &[f64], limit: f64| values.partition_point(|value| *value <= limit) as f64 / values.len() as f64;
        let distance = one.iter().chain(&other).map(|value| (below(&one, *value) - below(&other, *value)).abs());
        found.push((name, distance.fold(0.0, f64::max), bound(one.len(), other.len())));
    }
    for name in features(|one| one.words.keys().copied().collect()) {
        let mut shares: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
        let count = |kind| seen.iter().filter(|one| one.blocked == kind).count();
        let counts = [count(false), count(true)];
        for one in seen {
            let kind = usize::from(one.blocked);
            shares.entry(&one.words[name]).or_default()[kind] += 1.0 / counts[kind] as f64;
        }
        let distance = shares.values().map(|[one, other]| (one - other).abs()).fold(0.0, f64::max);
        found.push((name, distance, bound(counts[0], counts[1])));
        // A value that only one kind has gives that kind away, however rare it is.
        let one_kind = shares.iter().find(|(_, [one, other])| (*one == 0.0) != (*other == 0.0));
        assert_eq!(one_kind, None, "{name}");
    }
    found
}

/// For each feature the area under the distinguisher's curve over all runs (how often a blocked answer shows the larger value, ties
/// half), and how far chance alone sets it from one half: once in twenty takes of all features together.
fn areas(runs: &[Vec<Seen>]) -> Vec<(&'static str, f64, f64)> {
    let mut sums: BTreeMap<&'static str, [f64; 3]> = BTreeMap::new();
    for seen in runs {
        let mut values: BTreeMap<&'static str, [Vec<f64>; 2]> = BTreeMap::new();
        for one in seen {
            for (name, value) in &one.numbers {
                values.entry(name).or_default()[usize::from(one.blocked)].push(*value);
            }
        }
        for (name, [empty, blocked]) in values {
            let (pairs, answers) = (empty.len() * blocked.len(), empty.len() + blocked.len() + 1);
            let wins = |one: &f64| {
                empty
                    .iter()
                    .map(|other| f64::midpoint(f64::from(u8::from(one > other)), f64::from(u8::from(one >= other))))
                    .sum::<f64>()
            };
            let [won, of, variance] = sums.entry(name).or_default();
            *won += blocked.iter().map(wins).sum::<f64>();
            *of += pairs as f64;
            *variance += pairs as f64 * answers as f64 / 12.0;
        }
    }
    // 3.0: the normal distribution's bound for one in 20 over some twenty features.
    sums.into_iter().map(|(name, [won, of, variance])| (name, won / of, 3.0 * variance.sqrt() / of)).collect()
}

fn bound(one: usize, other: usize) -> f64 {
    let (one, other) = (one as f64, other as f64);
    (-(1e-6_f64 / 2.0).ln() / 2.0).sqrt() * ((one + other) / (one * other)).sqrt()
}

#[test]
fn the_distinguisher_finds_what_tells() {
    let mut random = Random::seeded();
    let sample = |leak: &dyn Fn(&mut Seen, &mut Random), random: &mut Random| {
        let one = |number: u64, random: &mut Random| {
            let mut one = Seen { blocked: number.is_multiple_of(2), ..Seen::default() };
            one.numbers.insert("moment", random.below(1000) as f64);
            one.words.insert("header", "h".into());
            leak(&mut one, random);
            one
        };
        (0..1000).map(|number| one(number, random)).collect::<Vec<_>>()
    };
    let tells = |seen: Vec<Seen>| distances(&seen).iter().any(|(_, distance, bound)| distance >= bound);
    assert!(!tells(sample(&|_, _| (), &mut random)));
    // A quarter of the blocked answers comes in the first hundredth of the time.
    let early = |one: &mut Seen, random: &mut Random| {
        if one.blocked && random.below(4) == 0 {
            one.numbers.insert("moment", random.below(10) as f64);
        }
    };
    assert!(tells(sample(&early, &mut random)));
    let rare = |one: &mut Seen, random: &mut Random| {
        if one.blocked && random.below(50) == 0 {
            one.words.insert("header", "another".into());
        }
    };
    let seen = sample(&rare, &mut random);
    assert!(std::panic::catch_unwind(|| distances(&seen)).is_err(), "a rare word of one kind gives it away");
}

/// Splitmix64: enough to shuffle, and the same again from a seed.
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let mut seed = [0; 8];
        SystemEntropy.fill(&mut seed);
        let seed = SEED.unwrap_or(u64::from_be_bytes(seed));
        println!("seed {seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            let other = usize::try_from(self.below(place as u64 + 1)).unwrap();
            list.swap(place, other);
        }
    }
}
