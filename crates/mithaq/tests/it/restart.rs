//! Starting again: after a partner's silence, after an officer's order, from an old copy, after a full disk.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    program::{DONE, Desk},
    two::Two,
};

const UNAVAILABLE: i32 = 5;
const STORAGE: i32 = 8;

// spec: DELIV-12
#[test]
fn a_script_waits_for_a_node_that_starts() {
    let mut two = Two::start();
    let dir = two.a.dir.to_str().unwrap().to_owned();
    let waited = two.desk.run(&["wait", &dir]);
    assert_eq!((waited.code, waited.out.contains(&two.a.id)), (DONE, true), "{}", waited.out);
    two.a.kill();
    // The socket of a node that was killed is still there.
    let waited = two.desk.run(&["wait", &dir, "--timeout", "1"]);
    assert_eq!(waited.code, UNAVAILABLE, "{}", waited.out);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| two.desk.run(&["wait", &dir]));
        two.a.start();
        assert_eq!(waiting.join().unwrap().code, DONE);
    });
}

#[test]
fn a_node_signs_nothing_before_its_partner_has_shown_its_heads() {
    let mut two = Two::start();
    delivered(&two, "before");
    two.a.kill();
    two.b.kill();
    two.a.start();
    two.desk.write("notes", &two.note("waits"));
    let send = |timeout: &str| {
        let a = two.a.dir.to_str().unwrap();
        two.desk.run(&["send", a, "--ndjson", "notes", "--id", "waits", "--timeout", timeout, "--json"])
    };
    let waited = send("1");
    assert_eq!(waited.code, UNAVAILABLE, "{}{}", waited.out, waited.err);
    assert_eq!(two.a.records("out").len(), 1, "nothing was signed");
    assert_eq!(two.a.channel_of(&two.channel)["state"], "waiting");
    two.b.start();
    let sent = send("20");
    assert_eq!(sent.code, DONE, "{}{}", sent.out, sent.err);
    two.settle();
    assert_eq!(states(&two), ["delivered", "delivered"]);
    two.check();
}

// spec: DELIV-13, DELIV-14
#[test]
fn an_officers_order_opens_an_epoch_that_the_partner_accepts() {
    let mut two = Two::start();
    delivered(&two, "before");
    two.a.kill();
    two.b.kill();
    two.a.start();
    let (a, b) = (two.a.dir.to_str().unwrap(), two.b.id.as_str());
    let ordered = two.desk.run(&["standin", a, "--channel", &two.channel, "--agency", b, "--json"]);
    assert_eq!(ordered.code, DONE, "{}{}", ordered.out, ordered.err);
    let sent = two.a.submit(&two.note("alone"), "wait=recorded&timeout_s=5");
    assert!(sent[0]["ref"]["log"].as_str().is_some_and(|log| log.contains("/2/")), "{sent:?}");
    two.b.start();
    two.settle();
    assert_eq!(states(&two), ["delivered", "delivered"]);
    let epochs: Vec<Value> = two.b.records("in").iter().map(|record| record["epoch"].clone()).collect();
    assert_eq!(epochs, [1, 2]);
    let back = two.b.submit(&two.note("seen"), "wait=delivered");
    assert_eq!(back[0]["state"], "delivered", "{back:?}");
    two.check();
}

// spec: DELIV-13, DELIV-17
#[test]
fn an_old_copy_opens_an_epoch_and_the_partner_keeps_what_it_holds() {
    let mut two = Two::start();
    delivered(&two, "in the copy");
    restore_after(&mut two, |two| {
        delivered(two, "lost here");
        delivered(two, "lost here too");
    });
    let sent = two.a.submit(&two.note("after the restore"), "wait=delivered");
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
    assert!(sent[0]["ref"]["log"].as_str().is_some_and(|log| log.contains("/2/")), "{sent:?}");
    let held: Vec<(Value, Value)> =
        two.b.records("in").into_iter().map(|mut record| (record["epoch"].take(), record["state"].take())).collect();
    let received = |epoch: u64| (Value::from(epoch), Value::from("received"));
    assert_eq!(held, [received(1), received(1), received(1), received(2)]);
    assert_eq!(two.a.records("out").len(), 2, "what the partner receipted is not given back by itself");
    let back = two.b.submit(&two.note("seen"), "wait=delivered");
    assert_eq!(back[0]["state"], "delivered", "{back:?}");
    two.check();
}

// spec: DELIV-17
#[test]
fn what_a_restored_partner_had_receipted_is_not_given_back() {
    let mut two = Two::start();
    let send = |two: &Two, text: &str| {
        let sent = two.b.submit(&two.note(text), "wait=delivered&timeout_s=5");
        sent[0]["state"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(send(&two, "in the copy"), "delivered");
    restore_after(&mut two, |two| assert_eq!(send(two, "receipted, then lost"), "delivered"));
    assert_eq!(send(&two, "after it"), "recorded", "the log stands still towards the restored node");
    assert!(two.b.logged().contains("restored from an old copy"), "{}", two.b.logged());
    assert_eq!(two.a.records("in").len(), 1);
    two.check();
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount(64) else {
        println!("skipped: disk-full: a small tmpfs can only be mounted as root");
        return;
    };
    let two = Two::start_on_small_disk(Desk::new(), &disk.0.path().join("a"));
    let filler = disk.fill();
    // The write-ahead log has its length already, so a few requests still pass.
    let long = "x".repeat(19_000);
    let mut told = Vec::new();
    let refused = loop {
        let text = format!("{} {long}", told.len());
        let answers = two.a.submit(&two.note(&text), "wait=recorded");
        match answers[0].get("ref") {
            Some(place) => told.push(place.clone()),
            None => break answers[0].clone(),
        }
        assert!(told.len() < 1_000, "the disk never filled");
    };
    assert_eq!(refused["error"]["code"], "storage", "{refused}");
    two.desk.write("notes", &two.note(&long));
    let sent = two.desk.run(&["send", two.a.dir.to_str().unwrap(), "--ndjson", "notes", "--json"]);
    assert_eq!(sent.code, STORAGE, "{}{}", sent.out, sent.err);
    // What comes in is refused for now and sent again.
    let incoming = two.b.submit(&two.note(&long), "wait=delivered&timeout_s=1");
    assert_eq!(incoming[0]["state"], "recorded", "{incoming:?}");

    std::fs::remove_file(filler).unwrap();
    let after = two.a.submit(&two.note("space again"), "wait=recorded");
    told.push(after[0]["ref"].clone());
    two.settle();
    let held: Vec<Value> = two.b.records("in").iter().map(|record| record["index"].clone()).collect();
    let told: Vec<Value> = told.iter().map(|place| place["index"].clone()).collect();
    assert_eq!(held, told, "held is what callers were told, nothing else");
    assert_eq!(two.a.records("in").len(), 1);
    two.check();
}

/// A small file system in memory, unmounted at the end. Only root may mount one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount(megabytes: u32) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let options = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(dir.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(dir))
    }

    /// Fills the disk and returns the file that does.
    fn fill(&self) -> PathBuf {
        let path = self.0.path().join("filler");
        let mut file = std::fs::File::create(&path).unwrap();
        let error = std::io::copy(&mut std::io::repeat(1), &mut file).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

fn delivered(two: &Two, text: &str) {
    let sent = two.a.submit(&two.note(text), "wait=delivered");
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
}

/// Copies A's folder, lets something happen, and starts A from the copy.
fn restore_after(two: &mut Two, happens: impl FnOnce(&Two)) {
    two.a.kill();
    let copy = two.desk.path("copy");
    run("cp", &["-a".as_ref(), &two.a.dir, &copy]);
    two.a.start();
    happens(two);
    two.a.kill();
    std::fs::remove_dir_all(&two.a.dir).unwrap();
    run("mv", &[&copy, &two.a.dir]);
    two.a.start();
}

/// The states of what A sent.
fn states(two: &Two) -> Vec<String> {
    two.a.records("out").iter().map(|record| record["state"].as_str().unwrap().to_owned()).collect()
}

fn run(program: &str, arguments: &[&Path]) {
    assert!(Command::new(program).args(arguments).status().unwrap().success());
}
