//! The nodes: those of `mithaq demo`, with an officer who writes and one who releases at either side.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::Duration,
};

use bytes::Bytes;
use hyper::Method;
use node::transport::client::UnixClient;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Whoever the demo invites, in the order in which it names them.
#[derive(Clone, Copy)]
pub enum Who {
    AuthorA,
    ReleaserA,
    AuthorB,
    ReleaserB,
    ProtectionB,
}

/// A running demo. It ends when it is dropped, and its nodes with it.
pub struct Demo {
    child: Child,
    /// Held so that the demo can go on writing.
    _stdout: BufReader<ChildStdout>,
    links: Vec<String>,
    folder: TempDir,
}

impl Demo {
    /// Plays the demo to its end, where it waits and the nodes run.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = program().arg("demo").arg("--keep").arg(folder.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (mut links, mut line) = (Vec::new(), String::new());
        while !line.starts_with("running ") {
            line.clear();
            assert!(stdout.read_line(&mut line).is_ok_and(|bytes| bytes > 0), "the demo ended before it was over");
            links.extend(line.starts_with("http://").then(|| line.trim().to_owned()));
        }
        assert_eq!(links.len(), 5, "authors and releasers of both sides, and a protection officer");
        Self { child, _stdout: stdout, links, folder }
    }

    /// The address at which a visitor enters as this officer.
    pub fn link(&self, who: Who) -> &str {
        &self.links[who as usize]
    }

    /// A page of an agency's console, under the name of this machine at which the officer is signed in.
    pub fn page(&self, who: Who, path: &str) -> String {
        let link = self.link(who);
        let (origin, _) = link.split_once("/visit").unwrap();
        format!("{origin}{path}")
    }

    /// Another name of this machine, at the same agency.
    pub fn page_at(&self, who: Who, name: &str, path: &str) -> String {
        let origin = self.page(who, "");
        format!("http://{name}:{}{path}", origin.rsplit_once(':').unwrap().1)
    }

    /// The folder of an agency's node: `XAA` or `XAB`.
    pub fn node(&self, label: &str) -> PathBuf {
        self.folder.path().join(label)
    }

    /// Makes a further person of the first agency known, and gives back the address at which a visitor enters as that person.
    pub fn visitor(&self, name: &str, role: &str) -> String {
        let node = self.node("XAA");
        let node_text = node.to_str().unwrap();
        let office = ["--office", "Front office", "--purpose", "correspondence", "--language", "en", "--json"];
        let person = [&["person", "add", node_text, "--name", name, "--role", role][..], &office[..]].concat();
        let added: Value = serde_json::from_str(&self.run(&person)).unwrap();
        let id = added["id"].as_str().unwrap_or_else(|| panic!("no id: {added}"));
        let client = UnixClient::new(node.join(doors::serve::SOCKET));
        let (path, wait) = (format!("/v1/people/{id}/visit"), Duration::from_secs(60));
        let asked =
            async { client.request(Method::POST, &path, Some("application/json"), Bytes::new(), 1 << 20, wait).await };
        let answer = Runtime::new().unwrap().block_on(asked).expect("the node answers");
        let link: Value = serde_json::from_slice(&answer.body).unwrap();
        self.page_at(
            Who::AuthorA,
            &format!("{role}.localhost").replace('_', "-"),
            &format!("/visit?link={}", link["link"].as_str().unwrap()),
        )
    }

    /// Runs a command of the program and gives back what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = program().args(arguments).output().unwrap();
        assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It stops its nodes and ends, as by ctrl-c.
        let _ =
            rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::INT);
        let _ = self.child.wait();
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mithaq"));
    command.env("LC_ALL", "C").stdin(Stdio::null());
    command
}
