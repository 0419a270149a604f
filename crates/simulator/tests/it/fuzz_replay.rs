//! Replays the fuzz corpora and a few thousand mutations of each with stable Rust.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use mithaq_simulator::fuzz::{TARGETS, Target};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// Printed with every failure; the run depends on nothing else.
const SEED: u64 = 20_261;
/// Enough to reach past the first check of each decoder, few enough to be a unit test.
const MUTATIONS_PER_TARGET: usize = 4_000;

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    // The order of a folder is the file system's, the order of mutations must be ours.
    files.sort();
    files.into_iter().map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

/// Runs a target; if it panics, names the input. True if the decoder read it.
fn probe(name: &str, target: Target, bytes: &[u8], origin: &str) -> bool {
    catch_unwind(AssertUnwindSafe(|| target(bytes))).unwrap_or_else(|_| {
        panic!("target {name}, {origin}, seed {SEED}: input \"{}\"", bytes.escape_ascii());
    })
}

#[test]
fn every_corpus_replays() {
    for (name, target) in TARGETS {
        let files = corpus(name);
        let mut read = 0;
        for (path, bytes) in files {
            read += usize::from(probe(name, *target, &bytes, &path));
        }
        // Mutations of what is refused at once would never get past the first check.
        assert!(read > 0, "no seed in fuzz/corpus/{name} is one that the decoder reads");
    }
}

#[test]
fn no_corpus_is_without_its_target() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(TARGETS.iter().any(|(known, _)| *known == name), "fuzz/corpus/{name} belongs to no target");
    }
}

#[test]
fn mutations_of_every_corpus_replay() {
    for (name, target) in TARGETS {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let seeds: Vec<Vec<u8>> = corpus(name).into_iter().map(|(_, bytes)| bytes).collect();
        for number in 0..MUTATIONS_PER_TARGET {
            let bytes = mutated(&seeds, &mut random);
            probe(name, *target, &bytes, &format!("mutation {number}"));
        }
    }
}

/// A seed changed in one to four places.
fn mutated(seeds: &[Vec<u8>], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = seeds[below(random, seeds.len())].clone();
    for _ in 0..=below(random, 4) {
        let at = below(random, bytes.len() + 1);
        match below(random, 6) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => bytes[at] ^= 1 << below(random, 8),
            2 if at < bytes.len() => bytes[at] = WELL_CHOSEN[below(random, WELL_CHOSEN.len())],
            3 => bytes.extend((0..below(random, 40)).map(|_| random.next_u32().to_le_bytes()[0])),
            4 => splice(&mut bytes, at, &seeds[below(random, seeds.len())], random),
            _ => {
                let again = bytes[at..(at + below(random, 40)).min(bytes.len())].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

/// Bytes at which decoders branch.
const WELL_CHOSEN: &[u8] = &[0, 1, 0x7f, 0x80, 0xff, b'\n', b' ', b'"', b'{', b'[', b',', b'0', b'9', b'=', b'-'];

/// Puts a piece of another seed in the place of what stands at `at`.
fn splice(bytes: &mut Vec<u8>, at: usize, other: &[u8], random: &mut ChaCha8Rng) {
    let from = below(random, other.len() + 1);
    let to = (from + below(random, 64)).min(other.len());
    let end = (at + below(random, 64)).min(bytes.len());
    bytes.splice(at..end, other[from..to].iter().copied());
}

fn below(random: &mut ChaCha8Rng, bound: usize) -> usize {
    usize::try_from(random.next_u32()).unwrap() % bound
}

#[test]
fn mutations_depend_on_the_seed_alone() {
    let seeds = [b"{\"a\":1}".to_vec(), b"note\n".to_vec()];
    let run = || {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        (0..100).map(|_| mutated(&seeds, &mut random)).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
    assert!(run().iter().filter(|bytes| !seeds.contains(bytes)).count() > 80);
}
