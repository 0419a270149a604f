//! An agency of the demo: a folder made by `mithaq init` and a process of `mithaq serve`.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use protocol::{fingerprint::Fingerprint, id::AgencyId};
use serde::Deserialize;
use serde_json::Value;
use texts::Language;

use crate::{api::Api, failure::Failure, output};

/// What is made up about an agency.
pub struct Made {
    /// Its user-assigned country code (ISO 3166 reserves XAA to XZZ), and its label in the agreement.
    pub label: &'static str,
    /// Its English name.
    pub name_en: &'static str,
    /// Its Arabic name.
    pub name_ar: &'static str,
}

impl Made {
    /// Its name for a reader of this language: it has no others.
    pub const fn name(&self, language: Language) -> &'static str {
        match language {
            Language::Ar => self.name_ar,
            _ => self.name_en,
        }
    }
}

/// The one that sends.
pub const XAA: Made =
    Made {
        label: "XAA", name_en: "Police of Examplia (made up)", name_ar: "شرطة مثاليا (جهة مختلقة)"
    };
/// The one that receives.
pub const XAB: Made =
    Made {
        label: "XAB", name_en: "Police of Samplestan (made up)", name_ar: "شرطة نموذجستان (جهة مختلقة)"
    };

/// The one that asks about somebody who is protected from it.
pub const XAC: Made =
    Made {
        label: "XAC", name_en: "Police of Fictonia (made up)", name_ar: "شرطة خياليا (جهة مختلقة)"
    };

/// An agency with its node.
pub struct Agency {
    /// What is made up about it.
    pub made: &'static Made,
    /// The node's folder.
    pub dir: PathBuf,
    /// Its agency id.
    pub id: AgencyId,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    passphrase: PathBuf,
    running: Option<Running>,
}

/// The process. It is killed when it is dropped.
struct Running {
    child: Child,
    /// Held so that the node can go on writing.
    stdout: BufReader<ChildStdout>,
    ready: Option<Ready>,
}

/// The line that `mithaq serve` prints when it is ready.
#[derive(Deserialize)]
struct Ready {
    api: String,
}

#[derive(Deserialize)]
struct Initialised {
    agency: AgencyId,
    fingerprint: String,
}

/// A loopback address of this process alone where the system has them: on 127.0.0.1 an outgoing connection of any process may
/// take the port of a node that was killed before it comes back.
fn own_loopback() -> Ipv4Addr {
    if cfg!(target_os = "linux") {
        let [_, high, middle, low] = std::process::id().to_be_bytes();
        Ipv4Addr::new(127, high | 0x80, middle, low)
    } else {
        Ipv4Addr::LOCALHOST
    }
}

impl Agency {
    /// Makes the folder.
    pub fn create(made: &'static Made, folder: &Path) -> Result<Self, Failure> {
        let passphrase = folder.join(format!("{}.passphrase", made.label));
        output::write_new(&passphrase, b"only for this demo\n")?;
        // The card names the place, and the node must come back on it after it is killed.
        let free = TcpListener::bind((own_loopback(), 0)).and_then(|listener| listener.local_addr());
        let peer = free.map_err(|error| Failure::internal(format!("no free port on loopback: {error}")))?;
        let dir = folder.join(made.label);
        let mut command = this_program()?;
        command.arg("init").arg(&dir).args(["--country", made.label, "--body", "police", "--json"]);
        command.args(["--name", &format!("en={}", made.name_en), "--name", &format!("ar={}", made.name_ar)]);
        command.args(["--peer", &peer.to_string(), "--api", "127.0.0.1:0"]);
        command.arg("--passphrase-file").arg(&passphrase);
        let answer = run(command)?;
        let made_now: Initialised =
            serde_json::from_value(answer).map_err(|error| Failure::internal(format!("mithaq init: {error}")))?;
        let fingerprint =
            made_now.fingerprint.parse().map_err(|error| Failure::internal(format!("mithaq init: {error}")))?;
        Ok(Self { made, dir, id: made_now.agency, fingerprint, passphrase, running: None })
    }

    /// Starts the process; [`Agency::wait_until_ready`] waits for it.
    pub fn start(&mut self) -> Result<(), Failure> {
        let path = self.dir.with_extension("log");
        let failed = |error: std::io::Error| Failure::writing(&path, &error);
        let log = File::options().create(true).append(true).open(&path).map_err(failed)?;
        let mut command = this_program()?;
        command.arg("serve").arg(&self.dir).args(["--log-level", "warn"]);
        command.arg("--passphrase-file").arg(&self.passphrase);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child =
            command.spawn().map_err(|error| Failure::internal(format!("mithaq serve cannot be run: {error}")))?;
        let stdout = child.stdout.take().ok_or_else(|| Failure::internal("mithaq serve has no standard output"))?;
        self.running = Some(Running { child, stdout: BufReader::new(stdout), ready: None });
        Ok(())
    }

    /// Waits for the line that says where the node answers.
    pub fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let log = self.dir.with_extension("log");
        let running = self.running.as_mut().ok_or_else(|| Failure::internal("the node was not started"))?;
        let mut line = String::new();
        // A node that cannot start ends, and with it the line.
        let read = running.stdout.read_line(&mut line);
        running.ready = serde_json::from_str(&line).ok();
        if read.is_ok() && running.ready.is_some() {
            return Ok(());
        }
        let log = std::fs::read_to_string(log).unwrap_or_default();
        Err(Failure::internal(format!("the node of {} did not start: {line}{log}", self.made.label)))
    }

    /// Kills the process as a power cut would, and reaps it.
    pub fn kill(&mut self) {
        // Dropping kills; there is nothing else to it.
        self.running = None;
    }

    /// Starts the node again after it was killed.
    pub fn restart(&mut self) -> Result<(), Failure> {
        self.start()?;
        self.wait_until_ready()
    }

    /// Lets the node end by itself, as ctrl-c does to the whole group of processes.
    pub fn stop(&mut self) {
        if let Some(running) = &mut self.running
            && let Some(pid) = i32::try_from(running.child.id()).ok().and_then(rustix::process::Pid::from_raw)
        {
            // It may have ended already.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            let _ = running.child.wait();
        }
        self.running = None;
    }

    /// A file of one of its officers, beside the node's folder.
    pub fn file(&self, officer: &str, extension: &str) -> PathBuf {
        self.dir.with_file_name(format!("{}-{officer}.{extension}", self.made.label.to_lowercase()))
    }

    /// The running node.
    pub fn api(&self) -> Api {
        Api::running(&self.dir)
    }

    /// Where the node answers the agency itself.
    pub fn api_address(&self) -> &str {
        let ready = self.running.as_ref().and_then(|running| running.ready.as_ref());
        ready.map_or("-", |ready| ready.api.as_str())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A node must bear being killed at any moment; that it ended is all that matters here.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// A process of this very program.
pub fn this_program() -> Result<Command, Failure> {
    std::env::current_exe()
        .map(Command::new)
        .map_err(|error| Failure::internal(format!("this program does not find itself: {error}")))
}

/// Runs a command that prints JSON.
pub fn run(mut command: Command) -> Result<Value, Failure> {
    let done = command.stdin(Stdio::null()).output().map_err(|error| Failure::internal(error.to_string()))?;
    let text = String::from_utf8_lossy(&done.stdout);
    if !done.status.success() {
        let errors = String::from_utf8_lossy(&done.stderr);
        return Err(Failure::internal(format!("{command:?} ended with {}: {text}{errors}", done.status)));
    }
    serde_json::from_str(&text).map_err(|error| Failure::internal(format!("{command:?} printed no JSON: {error}")))
}
