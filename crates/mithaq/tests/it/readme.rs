//! The README's tour, run line by line as it stands there.

use std::{
    os::unix::{fs::symlink, process::CommandExt as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    program::{DONE, Desk},
    two::free_place,
};

const README: &str = include_str!("../../../../README.md");

/// A process that goes on beside the others; its whole group is killed when this is dropped.
struct Beside(Child);

impl Drop for Beside {
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.0.wait();
    }
}

/// A command of the tour, and the exit code that the text promises.
struct Step {
    command: String,
    code: i32,
}

/// The commands of the first block below the heading, each whole, without those that build the program.
fn steps() -> Vec<Step> {
    let tour = README.split("## A tour").nth(1).unwrap().split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let (mut steps, mut command, mut code) = (Vec::new(), String::new(), DONE);
    for line in tour.lines() {
        match line.strip_suffix('\\') {
            _ if line.starts_with('#') => {
                if let Some((_, promised)) = line.split_once("The exit code is ") {
                    code = promised.trim_end_matches('.').parse().unwrap();
                }
            }
            _ if line.is_empty() => code = DONE,
            Some(begun) => command.push_str(begun),
            None => steps.push(Step { command: std::mem::take(&mut command) + line, code }),
        }
    }
    steps.into_iter().filter(|step| !step.command.starts_with("cargo build")).collect()
}

#[test]
fn the_tour_works_as_it_stands() {
    let desk = Desk::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    symlink(root.join("crates").canonicalize().unwrap(), desk.path("crates")).unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_mithaq")).parent().unwrap();
    let before = format!("umask 077; PATH=\"{}:$PATH\";", bin.display());
    // Only the places differ: the ports of the text may be taken on this machine.
    let places = [free_place(), free_place()].map(|place| place.to_string());
    let (mut beside, mut record, mut count) = (Vec::new(), String::new(), 0);
    let mut fingerprints: Vec<String> = Vec::new();
    for Step { command, code } in steps() {
        let mut command = command
            .replace("127.0.0.1:9443", &places[1])
            .replace("127.0.0.1:8443", &places[0])
            .replace("127.0.0.1:9080", "127.0.0.1:0")
            .replace("mithaq init xaa ", &format!("mithaq init xaa --peer {} --api 127.0.0.1:0 ", places[0]));
        for (name, digits) in ["xaa", "xab"].iter().zip(&fingerprints) {
            command = command.replace(&format!("the 60 digits of {name}"), digits);
        }
        let mut bash = Command::new("bash");
        bash.current_dir(desk.folder.path()).env("RECORD", &record).stdin(Stdio::null());
        count += 1;
        if let Some(command) = command.strip_suffix('&') {
            let command = format!("{before} exec {command}");
            beside.push(Beside(bash.args(["-c", &command]).process_group(0).spawn().unwrap()));
            continue;
        }
        let done = bash.args(["-c", &format!("{before} {command}")]).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.code(), Some(code), "{command}\n{out}{err}");
        if let Some(placed) = out.lines().find_map(|line| line.strip_prefix("delivered ")) {
            placed.clone_into(&mut record);
        }
        // Where `init` says it, as people read it to each other.
        fingerprints.extend(out.lines().find_map(|line| line.strip_prefix("  fingerprint  ")).map(str::to_owned));
    }
    assert!(count > 20 && !record.is_empty(), "{count} commands were run");
}
