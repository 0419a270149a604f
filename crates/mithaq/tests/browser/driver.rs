//! Chromium's driver: a process that does in the browser what it is asked to over HTTP (W3C WebDriver).

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

/// Longest wait for the driver to do one thing.
const ANSWER_WAIT: Duration = Duration::from_secs(200);
/// Longest time for a script in a page: on a busy machine axe takes a while.
const SCRIPT_MS_MAX: u64 = 180_000;

/// Times that it is started before that fails.
const TRIES_MAX: usize = 5;

/// A driver with its session. The browser ends when this is dropped.
pub struct Driver {
    child: Child,
    /// Held so that it can go on writing.
    _stdout: BufReader<ChildStdout>,
    port: u16,
    session: String,
}

impl Driver {
    /// Starts one with a browser; nothing where there is none on this machine.
    pub fn start() -> Option<Self> {
        let mut tries = 0;
        let (child, stdout, port) = loop {
            let spawned =
                Command::new("chromedriver").arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
            let mut child = match spawned {
                Err(error) if error.kind() == ErrorKind::NotFound => return None,
                spawned => spawned.unwrap(),
            };
            let mut stdout = BufReader::new(child.stdout.take().unwrap());
            match port_of(&mut stdout) {
                Some(port) => break (child, stdout, port),
                // It takes a port that is free for one sort of address, and ends where it is not for the other.
                None => {
                    child.wait().unwrap();
                    tries += 1;
                    assert!(tries < TRIES_MAX, "chromedriver ended {tries} times");
                }
            }
        };
        let mut driver = Self { child, _stdout: stdout, port, session: String::new() };
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--window-size=1280,1000",
        ];
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": SCRIPT_MS_MAX},
        }}});
        let session = driver.ask("POST", "/session", &capabilities).expect("a browser");
        driver.session = session["sessionId"].as_str().unwrap().to_owned();
        Some(driver)
    }

    /// A command of the session without words.
    pub fn get(&self, path: &str) -> Result<Value, String> {
        self.ask("GET", &format!("/session/{}/{path}", self.session), &Value::Null)
    }

    /// A command of the session.
    pub fn post(&self, path: &str, words: &Value) -> Result<Value, String> {
        self.ask("POST", &format!("/session/{}/{path}", self.session), words)
    }

    /// A command of the session that takes something away.
    pub fn delete(&self, path: &str) -> Result<Value, String> {
        self.ask("DELETE", &format!("/session/{}/{path}", self.session), &Value::Null)
    }

    /// What the driver answers, or why it can't.
    fn ask(&self, method: &str, path: &str, words: &Value) -> Result<Value, String> {
        let answer = self.exchange(method, path, words).map_err(|error| format!("{method} {path}: {error}"))?;
        let value = &answer["value"];
        match value.get("error") {
            None => Ok(value.clone()),
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
        }
    }

    fn exchange(&self, method: &str, path: &str, words: &Value) -> std::io::Result<Value> {
        let body = if words.is_null() { String::new() } else { words.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(ANSWER_WAIT))?;
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n");
        write!(stream, "{head}content-length: {length}\r\nconnection: close\r\n\r\n{body}")?;
        let mut reader = BufReader::new(stream);
        let (mut length, mut line) = (0, String::new());
        while reader.read_line(&mut line)? > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or_default();
            }
            line.clear();
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer)?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

/// The port that a driver says it has; nothing if it ended before.
fn port_of(stdout: &mut impl BufRead) -> Option<u16> {
    let mut line = String::new();
    loop {
        line.clear();
        if stdout.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some((_, port)) = line.split_once("successfully on port ") {
            return Some(port.trim().trim_end_matches('.').parse().unwrap());
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browser goes before its driver, or it stays.
        let _ = self.ask("DELETE", &format!("/session/{}", self.session), &Value::Null);
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}
