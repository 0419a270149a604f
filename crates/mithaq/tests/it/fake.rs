//! A stand-in for a running node: a socket that answers what a test wants, so that a command meets every answer.

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
};

/// What is answered.
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

/// Answers every request on the socket of a node's folder, by its method and path, until the test ends.
pub fn node(dir: &Path, answer: impl Fn(&str) -> Answer + Send + 'static) {
    std::fs::create_dir_all(dir).unwrap();
    let listener = UnixListener::bind(dir.join(doors::serve::SOCKET)).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A command first tries whether anybody is there.
            let _ = serve(stream.unwrap(), &answer);
        }
    });
}

fn serve(stream: UnixStream, answer: &impl Fn(&str) -> Answer) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut asked = String::new();
    reader.read_line(&mut asked)?;
    let Some((method_and_path, _)) = asked.trim_end().rsplit_once(' ') else { return Ok(()) };
    let (mut length, mut chunked) = (0_usize, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        match line.split_once(": ") {
            None => break,
            Some(("content-length", value)) => length = value.parse().unwrap(),
            Some(("transfer-encoding", _)) => chunked = true,
            Some(_) => {}
        }
    }
    assert!(!chunked, "the commands of these tests know how long their bodies are");
    reader.take(length as u64).read_to_end(&mut Vec::new())?;
    let Answer { status, content_type, body } = answer(method_and_path);
    let length = body.len();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} -\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}
