//! Runs the program.

use std::{
    fs::Permissions,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

pub const DONE: i32 = 0;
pub const USAGE: i32 = 2;
/// A clause or the floor refuses, or the role may not.
pub const REFUSED: i32 = 3;
pub const DOES_NOT_VERIFY: i32 = 4;
pub const IN_USE: i32 = 6;
pub const NOT_FOUND: i32 = 7;
/// A file holds together, and the reader has not said whom to trust.
pub const TRUST_NOT_GIVEN: i32 = 9;
/// The doctor found a fault.
pub const FAULT_FOUND: i32 = 10;

/// A folder with a passphrase file, in which commands run.
pub struct Desk {
    pub folder: TempDir,
}

/// What a command did.
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// A node that serves; it is killed when dropped.
pub struct Serving(Child);

impl Serving {
    /// Its process.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Desk {
    pub fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.write("passphrase", "correct horse battery staple\n");
        desk.write("wrong", "another passphrase\n");
        desk
    }

    /// A desk with a node's folder `a`.
    pub fn with_node() -> Self {
        let desk = Self::new();
        assert_eq!(desk.init("a").code, DONE);
        desk
    }

    pub fn init(&self, dir: &str) -> Done {
        self.run(&[
            "init",
            dir,
            "--name",
            "en=Police of Examplia",
            "--name",
            "ar=شرطة مثاليا",
            "--country",
            "XAA",
            "--body",
            "police",
            "--api",
            "127.0.0.1:0",
            "--peer",
            "127.0.0.1:0",
            "--advertise",
            "https://node.example:8443",
            "--passphrase-file",
            "passphrase",
            "--json",
        ])
    }

    /// Runs a command; a word `PASS` stands for the passphrase's option.
    pub fn run(&self, arguments: &[&str]) -> Done {
        self.run_with_input(arguments, "")
    }

    /// Runs a command in a locale, with nothing to read.
    pub fn run_in(&self, locale: &str, arguments: &[&str]) -> Done {
        Done::from(self.command(arguments).env("LC_ALL", locale).stdin(Stdio::null()).output().unwrap())
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Done {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Done::from(child.wait_with_output().unwrap())
    }

    pub fn serve(&self, dir: &str) -> Serving {
        let mut child = self.command(&["serve", dir, "PASS"]).stdin(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).expect("the line that says where the node answers");
        assert_eq!(ready["pid"], child.id());
        assert!(ready["peer"].is_string() && ready["api"].is_string());
        Serving(child)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
        // As `umask 077` has it: what holds a secret and others can read is refused.
        std::fs::set_permissions(self.path(name), Permissions::from_mode(0o600)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mithaq"));
        // Who runs the tests may speak any language.
        command.env("LC_ALL", "C").current_dir(self.folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for argument in arguments {
            match *argument {
                "PASS" => command.args(["--passphrase-file", "passphrase"]),
                argument => command.arg(argument),
            };
        }
        command
    }
}

impl Serving {
    /// Asks it to stop, as a service manager does, and gives back its exit code.
    pub fn terminate(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.0.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

impl Done {
    /// The one JSON line that was printed.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }

    /// The code and message of the error that was printed as JSON.
    pub fn error(&self) -> (String, String) {
        let error = &self.json()["error"];
        let text = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
        (text("code"), text("message"))
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("the program was not killed"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A file of the protocol's vectors.
pub fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/testdata/vectors/evidence").join(name)
}
