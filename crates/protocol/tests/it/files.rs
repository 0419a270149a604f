//! Vector files, and how one file differs from another.

use std::{fs, path::PathBuf, thread};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// Reads a vector file.
pub fn read(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Reads a vector file of JSON.
pub fn read_json(name: &str) -> Value {
    serde_json::from_slice(&read(name)).unwrap()
}

/// Makes a set of vector files if the first of them is absent.
pub fn make_if_absent(first: &str, make: impl FnOnce() -> Vec<(String, Vec<u8>)>) {
    if path(first).exists() {
        return;
    }
    for (name, bytes) in make() {
        fs::write(path(&name), bytes).unwrap();
    }
    panic!("{first} was absent: the set is made anew; run again, and look at what changed before you commit it");
}

/// JSON as it is laid out in vector files.
pub fn pretty(value: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap();
    bytes.push(b'\n');
    bytes
}

/// How `spoiled` differs from `good`: at `at`, `remove` bytes are replaced by those of `insert`.
pub fn edit(good: &[u8], spoiled: &[u8]) -> Value {
    let at = good.iter().zip(spoiled).take_while(|(a, b)| a == b).count();
    let (good, spoiled) = (&good[at..], &spoiled[at..]);
    let tail = good.iter().rev().zip(spoiled.iter().rev()).take_while(|(a, b)| a == b).count();
    let insert = BASE64_STANDARD.encode(&spoiled[..spoiled.len() - tail]);
    json!({"at": at, "remove": good.len() - tail, "insert": insert})
}

/// Applies what [`edit`] found.
pub fn apply(good: &[u8], edit: &Value) -> Vec<u8> {
    let [at, remove] = ["at", "remove"].map(|name| usize::try_from(edit[name].as_u64().unwrap()).unwrap());
    let insert = from_base64(&edit["insert"]);
    [&good[..at], &insert, &good[at + remove..]].concat()
}

/// The frames of a file behind its first line, each whole: a tag, a length, and so many bytes.
pub fn frames(bytes: &[u8], start: usize) -> Vec<Vec<u8>> {
    let mut rest = &bytes[start..];
    let mut frames = vec![];
    while !rest.is_empty() {
        let length = 5 + usize::try_from(u32::from_be_bytes(rest[1..5].try_into().unwrap())).unwrap();
        frames.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    frames
}

/// Changes a bit of each of these bytes, one at a time, on two threads: each such file must be refused.
pub fn each_change_is_refused(good: &[u8], places: &[usize], is_refused: impl Fn(&[u8]) -> bool + Sync) {
    thread::scope(|scope| {
        for half in places.chunks(places.len().div_ceil(2)) {
            let is_refused = &is_refused;
            scope.spawn(move || {
                let mut spoiled = good.to_vec();
                for at in half {
                    spoiled[*at] ^= 0x01;
                    assert!(is_refused(&spoiled), "byte {at} is not refused");
                    spoiled[*at] ^= 0x01;
                }
            });
        }
    });
}

/// The bytes of a hexadecimal string.
pub fn from_hex<B: TryFrom<Vec<u8>>>(value: &Value) -> B {
    let bytes = hex::decode(value.as_str().unwrap()).unwrap();
    bytes.try_into().unwrap_or_else(|_| panic!("wrong length: {value}"))
}

/// The bytes of a base64 string.
pub fn from_base64(value: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap()
}

/// Bytes as a base64 string.
pub fn to_base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "testdata/vectors", name].iter().collect()
}
