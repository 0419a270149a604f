//! A client for the API of a node: HTTP/1.1 over one kept TCP connection, enough for a bench and nothing more.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use serde_json::Value;

/// A check of a million records is the longest answer to wait for.
const ANSWER_S_MAX: u64 = 900;

/// A connection to one node.
pub struct Client {
    address: String,
    stream: BufReader<Box<dyn Stream>>,
    /// The token that every request carries.
    token: Option<String>,
    /// Headers that a browser adds, whole lines.
    browser: String,
}

/// A connection of either kind.
trait Stream: Read + Write + Send {}

impl Stream for TcpStream {}
impl Stream for UnixStream {}

/// An answer: the status and the whole body.
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// The body, unpacked from its chunks.
    pub body: Vec<u8>,
    /// What the node has a browser keep: name and value.
    pub cookie: Option<String>,
}

impl Client {
    /// Connects to `host:port` with a token.
    ///
    /// # Errors
    /// A sentence that names the address.
    pub fn connect(address: &str, token: Option<&str>) -> Result<Self, String> {
        let connect = || -> std::io::Result<TcpStream> {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(ANSWER_S_MAX)))?;
            Ok(stream)
        };
        let stream = connect().map_err(|error| format!("{address} can't be reached: {error}"))?;
        Ok(Self::over(address, Box::new(stream), token))
    }

    /// Connects to a node's socket.
    ///
    /// # Errors
    /// A sentence that names the socket.
    pub fn connect_socket(path: &Path) -> Result<Self, String> {
        let stream = UnixStream::connect(path).and_then(|stream| {
            stream.set_read_timeout(Some(Duration::from_secs(ANSWER_S_MAX)))?;
            Ok(stream)
        });
        let stream = stream.map_err(|error| format!("{} can't be reached: {error}", path.display()))?;
        Ok(Self::over("localhost", Box::new(stream), None))
    }

    fn over(address: &str, stream: Box<dyn Stream>, token: Option<&str>) -> Self {
        let stream = BufReader::with_capacity(1 << 16, stream);
        Self { address: address.to_owned(), stream, token: token.map(str::to_owned), browser: String::new() }
    }

    /// As a browser with this cookie asks that takes packed answers, from a page of the node itself.
    pub fn of_browser(mut self, cookie: &str) -> Self {
        self.browser = "sec-fetch-site: same-origin\r\naccept-encoding: gzip\r\naccept: text/html\r\n".to_owned();
        if !cookie.is_empty() {
            self.browser.push_str(&format!("cookie: {cookie}\r\n"));
        }
        self
    }

    /// With a cookie and nothing else that a browser adds.
    pub fn with_cookie(mut self, cookie: &str) -> Self {
        self.browser = format!("cookie: {cookie}\r\n");
        self
    }

    /// Asks for a stream of events and gives back what then comes, a line each.
    ///
    /// # Errors
    /// The node does not answer with one.
    pub fn events(mut self, path: &str) -> Result<impl FnMut() -> Result<String, String>, String> {
        let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{}\r\n", self.address, self.browser);
        self.stream.get_mut().write_all(head.as_bytes()).map_err(|error| error.to_string())?;
        let status = read_line(&mut self.stream)?;
        if !status.starts_with("HTTP/1.1 200") {
            return Err(format!("GET {path} at {}: {status}", self.address));
        }
        Ok(move || read_line(&mut self.stream))
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// The connection broke, or the answer is not HTTP/1.1 as this client understands it.
    pub fn send(&mut self, method: &str, path: &str, media_type: &str, body: &[u8]) -> Result<Answer, String> {
        self.exchange(method, path, media_type, body)
            .map_err(|error| format!("{method} {path} at {}: {error}", self.address))
    }

    /// Sends a request whose answer must be a success and JSON; an empty answer is `null`.
    ///
    /// # Errors
    /// As for [`Client::send`], or the node refused: the sentence holds its own.
    pub fn json(&mut self, method: &str, path: &str, media_type: &str, body: &[u8]) -> Result<Value, String> {
        let body = self.bytes(method, path, media_type, body)?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|error| format!("{method} {path} at {}: {error}", self.address))
    }

    /// Sends a request whose answer must be a success; returns its bytes.
    ///
    /// # Errors
    /// As for [`Client::json`].
    pub fn bytes(&mut self, method: &str, path: &str, media_type: &str, body: &[u8]) -> Result<Vec<u8>, String> {
        let answer = self.send(method, path, media_type, body)?;
        if !(200..300).contains(&answer.status) {
            let text = String::from_utf8_lossy(&answer.body);
            return Err(format!("{method} {path} at {}: {} {}", self.address, answer.status, text.trim()));
        }
        Ok(answer.body)
    }

    fn exchange(&mut self, method: &str, path: &str, media_type: &str, body: &[u8]) -> Result<Answer, String> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        if let Some(token) = &self.token {
            head.push_str(&format!("authorization: Bearer {token}\r\n"));
        }
        head.push_str(&self.browser);
        if !body.is_empty() {
            head.push_str(&format!("content-type: {media_type}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).map_err(|error| error.to_string())?;
        read_answer(&mut self.stream)
    }
}

fn read_answer(reader: &mut impl BufRead) -> Result<Answer, String> {
    let line = read_line(reader)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.filter(|_| line.starts_with("HTTP/1.1 ")).ok_or_else(|| format!("not HTTP/1.1: {line:?}"))?;
    let (mut length, mut chunked, mut cookie) = (0, false, None);
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { return Err(format!("not a header: {line:?}")) };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| format!("not a length: {value:?}"))?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = value.trim().eq_ignore_ascii_case("chunked");
        } else if name.eq_ignore_ascii_case("set-cookie") {
            cookie = value.trim().split(';').next().map(str::to_owned);
        }
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            let line = read_line(reader)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| format!("not a chunk size: {line:?}"))?;
            read_exactly(reader, size, &mut body)?;
            read_line(reader)?;
            if size == 0 {
                break;
            }
        }
    } else {
        read_exactly(reader, length, &mut body)?;
    }
    Ok(Answer { status, body, cookie })
}

fn read_exactly(reader: &mut impl Read, count: usize, body: &mut Vec<u8>) -> Result<(), String> {
    let start = body.len();
    body.resize(start + count, 0);
    reader.read_exact(&mut body[start..]).map_err(|error| error.to_string())
}

fn read_line(reader: &mut impl BufRead) -> Result<String, String> {
    let mut line = String::new();
    match reader.read_line(&mut line) {
        Ok(0) => Err("the node closed the connection".to_owned()),
        Ok(_) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_whole_with_a_length_or_in_chunks() {
        let two = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 409 Conflict\r\n\
                   transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        let mut reader = two.as_bytes();
        let first = read_answer(&mut reader).unwrap();
        assert_eq!((first.status, first.body.as_slice()), (200, b"ab".as_slice()));
        let second = read_answer(&mut reader).unwrap();
        assert_eq!((second.status, second.body.as_slice()), (409, b"abcde".as_slice()));
        assert!(read_answer(&mut reader).is_err());
        assert!(read_answer(&mut "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab".as_bytes()).is_err());
    }
}
