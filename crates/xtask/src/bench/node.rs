//! A node of the shipped program, as a process of its own.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde::Deserialize;

use super::{exchange::PURPOSES, http::Client};
use crate::run;

/// A clock tick of `/proc/<pid>/stat`: Linux shows programs 100 a second on every architecture (`USER_HZ`).
const TICK_US: f64 = 10_000.0;

/// Who a node is for.
pub struct Agency {
    /// A user-assigned country code.
    pub country: &'static str,
    /// Its English name.
    pub name: &'static str,
}

/// The folder of a node and its settings, made by `mithaq init`.
pub struct Home {
    program: PathBuf,
    folder: PathBuf,
    passphrase: PathBuf,
    peer: String,
}

/// A running node; it is killed when dropped.
pub struct Node {
    child: Child,
    /// Held so that the node can go on writing.
    _stdout: BufReader<ChildStdout>,
    ready: Ready,
    socket: PathBuf,
    token: Option<String>,
}

/// The line that `mithaq serve` prints when it is ready.
#[derive(Deserialize)]
struct Ready {
    api: String,
    pid: u32,
}

impl Home {
    /// Makes a node's folder below `folder`, with an address on a free port of this machine.
    ///
    /// # Errors
    /// A sentence with what `mithaq init` said.
    pub fn init(program: &Path, folder: &Path, agency: &Agency) -> Result<Self, String> {
        let write_error = |error: std::io::Error| format!("{}: {error}", folder.display());
        let passphrase = folder.join(format!("{}.passphrase", agency.country));
        fs::write(&passphrase, "a passphrase for a bench\n").map_err(write_error)?;
        // A node refuses a passphrase that others on the machine can read.
        fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).map_err(write_error)?;
        // The card names the address, so the port must be known before the node listens on it.
        let peer = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map_err(write_error)?;
        let home = Self {
            program: program.to_owned(),
            folder: folder.join(agency.country),
            passphrase,
            peer: peer.to_string(),
        };
        let mut command = Command::new(&home.program);
        command.arg("init").arg(&home.folder).args(["--name", &format!("en={}", agency.name)]);
        command.args(["--country", agency.country, "--body", "police"]);
        command.args(["--address", &format!("https://{peer}")]).arg("--passphrase-file").arg(&home.passphrase);
        match run::quiet(command) {
            Ok((true, _)) => Ok(home),
            Ok((false, text)) => Err(format!("mithaq init failed:\n{text}")),
            Err(error) => Err(format!("{} can't be run: {error}", home.program.display())),
        }
    }

    /// Makes an auditor's key; returns its public file.
    ///
    /// # Errors
    /// A sentence with what `mithaq auditor new` said.
    pub fn make_auditor(&self) -> Result<Vec<u8>, String> {
        let file = self.folder.with_extension("auditor");
        let mut command = Command::new(&self.program);
        command.args(["auditor", "new", "--unsealed"]).arg(&file);
        match run::quiet(command) {
            Ok((true, _)) => {}
            Ok((false, text)) => return Err(format!("mithaq auditor new failed:\n{text}")),
            Err(error) => return Err(format!("{} can't be run: {error}", self.program.display())),
        }
        let public = self.folder.with_extension("auditor.pub");
        fs::read(&public).map_err(|error| format!("{}: {error}", public.display()))
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts the node and waits until it is ready.
    ///
    /// # Errors
    /// A sentence with what the node wrote before it ended.
    pub fn serve(&self) -> Result<Node, String> {
        let log = self.folder.with_extension("log");
        let start = || -> std::io::Result<Child> {
            let mut command = Command::new(&self.program);
            command.arg("serve").arg(&self.folder).args(["--peer", &self.peer, "--api", "127.0.0.1:0"]);
            command.arg("--passphrase-file").arg(&self.passphrase);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?).spawn()
        };
        let mut child = start().map_err(|error| format!("{} can't be run: {error}", self.program.display()))?;
        let mut line = String::new();
        let stdout = child.stdout.take().map(BufReader::new);
        let read = stdout.and_then(|mut stdout| stdout.read_line(&mut line).ok().map(|_| stdout));
        match (read, serde_json::from_str(&line)) {
            (Some(stdout), Ok(ready)) => {
                Ok(Node { child, _stdout: stdout, ready, socket: self.folder.join("mithaq.sock"), token: None })
            }
            _ => {
                // Already failing: what the node wrote says more than an error of these two could.
                let _ = child.kill().and_then(|()| child.wait());
                let log = fs::read_to_string(&log).unwrap_or_default();
                Err(format!("mithaq serve did not print its ready line but {line:?}\n{log}"))
            }
        }
    }
}

impl Node {
    /// A new connection to the node's port, with the token of [`Node::issue_token`].
    ///
    /// # Errors
    /// As for [`Client::connect`].
    pub fn connect(&self) -> Result<Client, String> {
        Client::connect(&self.ready.api, self.token.as_deref())
    }

    /// A new connection to the node's port with another token.
    ///
    /// # Errors
    /// As for [`Client::connect`].
    pub fn connect_as(&self, token: &str) -> Result<Client, String> {
        Client::connect(&self.ready.api, Some(token))
    }

    /// Where it answers the agency itself.
    pub fn api(&self) -> &str {
        &self.ready.api
    }

    /// A new connection to the node's port as a browser's.
    ///
    /// # Errors
    /// As for [`Client::connect`].
    pub fn browse(&self, cookie: &str) -> Result<Client, String> {
        Ok(Client::connect(&self.ready.api, None)?.of_browser(cookie))
    }

    /// A new connection to the node's socket: it may do everything until a token is issued, and then what an
    /// administrator may.
    ///
    /// # Errors
    /// As for [`Client::connect_socket`].
    pub fn connect_socket(&self) -> Result<Client, String> {
        Client::connect_socket(&self.socket)
    }

    /// Makes the token with which the bench sends its records.
    ///
    /// # Errors
    /// What the node refuses.
    pub fn issue_token(&mut self) -> Result<(), String> {
        let new = serde_json::json!({ "name": "bench", "role": "case_officer", "purposes": PURPOSES }).to_string();
        let made = self.connect_socket()?.json("POST", "/v1/tokens", "application/json", new.as_bytes())?;
        self.token = made["token"].as_str().map(str::to_owned);
        Ok(())
    }

    /// Processor time that the process has used, in µs, in its own code and in the kernel for it.
    ///
    /// # Errors
    /// The process is gone.
    pub fn cpu_us(&self) -> Result<f64, String> {
        cpu_us(&self.read_proc("stat")?).ok_or_else(|| "/proc/<pid>/stat has an unknown form".to_owned())
    }

    /// Memory that the process holds, in MiB.
    ///
    /// # Errors
    /// The process is gone.
    pub fn resident_mib(&self) -> Result<f64, String> {
        resident_mib(&self.read_proc("status")?).ok_or_else(|| "/proc/<pid>/status has no VmRSS".to_owned())
    }

    fn read_proc(&self, file: &str) -> Result<String, String> {
        let path = format!("/proc/{}/{file}", self.ready.pid);
        fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // A node must bear being killed at any moment; that it ended is all that matters here.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// Fields 14 and 15 of proc_pid_stat(5), utime and stime; the name before them may hold spaces and parentheses.
fn cpu_us(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) * TICK_US)
}

fn resident_mib(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_read() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 500 0 0 0 150 50 0 0 20 0 9 0 1000 1 1";
        assert_eq!(cpu_us(stat), Some(2_000_000.0));
        assert_eq!(resident_mib("Name:\tx\nVmRSS:\t   20480 kB\n"), Some(20.0));
        let own = fs::read_to_string("/proc/self/stat").unwrap();
        assert!(cpu_us(&own).is_some());
    }
}
