//! The node's API as commands use it: over the socket of a running node, or in this process on the node's folder.
//!
//! Both ways run the same router, so a command does not know which one it uses. Bodies stream in both directions.

use std::{marker::PhantomData, path::Path, time::Duration};

use axum::{Router, body::Body, http::header};
use bytes::{Bytes, BytesMut};
use doors::router;
use http_body_util::{BodyExt, Limited};
use hyper::{Method, Request, Response, client::conn::http1};
use hyper_util::rt::TokioIo;
use node::callers::{Door, purposes::PURPOSE};
use serde::{Serialize, de::DeserializeOwned};
use texts::{Language, say};
use tokio::net::UnixStream;
use tower::ServiceExt;
use zeroize::Zeroizing;

use crate::{
    cli::{NodeArgs, ReaderArgs},
    failure::{self, Failure},
    limits, output, passphrase,
};

mod file;

pub use file::{receive_file, send_file};

/// Media type of JSON.
pub const JSON: &str = "application/json";
/// Media type of JSON lines.
pub const NDJSON: &str = "application/x-ndjson";
/// Media type of bytes without a form of their own.
pub const BYTES: &str = "application/octet-stream";

const SOCKET: &str = "mithaq.sock";

/// A way to the node of a folder, and who uses it.
pub struct Api {
    way: Way,
    /// The value of `Authorization`; without one the socket's own user speaks.
    authorization: Option<Zeroizing<String>>,
    /// The one purpose for which is read, of the token's.
    purpose: Option<String>,
}

enum Way {
    /// A node runs; this is its socket.
    Socket(std::path::PathBuf),
    /// No node runs; this process holds the folder's lock.
    InProcess(Router),
}

/// JSON that the node answered with, as its bytes came. Programs get it as it is; what people are told is read from it.
pub struct Answer<T> {
    bytes: Bytes,
    form: PhantomData<fn() -> T>,
}

/// A request to the node.
pub struct Call<'a> {
    method: Method,
    path: &'a str,
    content_type: &'static str,
    body: Body,
    idempotency_key: Option<&'a str>,
    wait_max: Option<Duration>,
    language: Language,
}

impl<'a> Call<'a> {
    /// A request without a body.
    pub fn get(path: &'a str) -> Self {
        Self::new(Method::GET, path, JSON, Body::empty())
    }

    /// A request with a JSON body.
    pub fn post_json(path: &'a str, body: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_vec(body).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(Self::post(path, JSON, body))
    }

    /// A request with a body of any form.
    pub fn post(path: &'a str, content_type: &'static str, body: impl Into<Body>) -> Self {
        Self::new(Method::POST, path, content_type, body.into())
    }

    /// Something with a JSON body that is put in another's place.
    pub fn put_json(path: &'a str, body: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_vec(body).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(Self::new(Method::PUT, path, JSON, body.into()))
    }

    /// An upload.
    pub fn put(path: &'a str, body: Body) -> Self {
        Self { wait_max: None, ..Self::new(Method::PUT, path, BYTES, body) }
    }

    /// Names the request, so that repeating it has no second effect.
    pub fn with_idempotency_key(self, key: &'a str) -> Self {
        Self { idempotency_key: Some(key), ..self }
    }

    /// Says what is said in the answer to whoever gave the command, or in English to a program.
    pub fn said_to(self, is_program: bool) -> Self {
        Self { language: if is_program { Language::En } else { self.language }, ..self }
    }

    /// Waits this long for the answer, or as long as it takes.
    pub fn waiting(self, wait_max: Option<Duration>) -> Self {
        Self { wait_max, ..self }
    }

    fn new(method: Method, path: &'a str, content_type: &'static str, body: Body) -> Self {
        let wait_max = Some(limits::answer_time_max());
        Self { method, path, content_type, body, idempotency_key: None, wait_max, language: failure::language() }
    }

    fn http(self, authorization: Option<&str>, purpose: Option<&str>) -> Result<Request<Body>, Failure> {
        let mut request = Request::builder()
            .method(self.method)
            .uri(self.path)
            .header(header::HOST, "localhost")
            .header(header::ACCEPT_LANGUAGE, self.language.tag())
            .header(header::CONTENT_TYPE, self.content_type);
        if let Some(key) = self.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if let Some(purpose) = purpose {
            request = request.header(PURPOSE, purpose);
        }
        request
            .body(self.body)
            .map_err(|error| Failure::usage(say!("request-unwritable", path = %self.path, error = %error)))
    }
}

impl Api {
    /// Finds the node that the arguments name: the running one, or the folder opened in this process, which needs the
    /// passphrase.
    pub async fn of(node: &NodeArgs) -> Result<Self, Failure> {
        let authorization = node.token_file.as_deref().map(authorization).transpose()?;
        let way = Way::to(&node.dir, node.passphrase_file.as_deref()).await?;
        Ok(Self { way, authorization, purpose: None })
    }

    /// As [`Api::of`], for a command that reads for a purpose.
    pub async fn reading(reader: &ReaderArgs) -> Result<Self, Failure> {
        Ok(Self { purpose: reader.purpose.clone(), ..Self::of(&reader.node).await? })
    }

    /// Whether a node listens on the socket of `dir`.
    pub async fn is_listening(dir: &Path) -> bool {
        UnixStream::connect(dir.join(SOCKET)).await.is_ok()
    }

    /// The node that listens on the socket of `dir`.
    pub fn running(dir: &Path) -> Self {
        Self { way: Way::Socket(dir.join(SOCKET)), authorization: None, purpose: None }
    }

    /// The same for whoever has the token of a file, and for a purpose.
    pub fn of_running(dir: &Path, token_file: Option<&Path>, purpose: Option<String>) -> Result<Self, Failure> {
        let authorization = token_file.map(authorization).transpose()?;
        Ok(Self { authorization, purpose, ..Self::running(dir) })
    }

    /// Sends a request and gives back the body of a successful answer as a stream.
    pub async fn stream(&self, call: Call<'_>) -> Result<Body, Failure> {
        let wait_max = call.wait_max;
        let authorization = self.authorization.as_ref().map(|text| text.as_str());
        let request = call.http(authorization, self.purpose.as_deref())?;
        let answer = match wait_max {
            None => self.way.exchange(request).await,
            Some(wait_max) => tokio::time::timeout(wait_max, self.way.exchange(request))
                .await
                .unwrap_or_else(|_| Err(Failure::unavailable(say!("node-silent", wait_max = wait_max.as_secs())))),
        }?;
        let (head, body) = answer.into_parts();
        if head.status.is_success() {
            return Ok(body);
        }
        Err(Failure::from_answer(head.status.as_u16(), &collect(body).await?))
    }

    /// Sends a request and gives back the whole body of a successful answer.
    pub async fn bytes(&self, call: Call<'_>) -> Result<Bytes, Failure> {
        let wait_max = call.wait_max;
        let whole = async { collect(self.stream(call).await?).await };
        match wait_max {
            None => whole.await,
            Some(wait_max) => tokio::time::timeout(wait_max, whole).await.unwrap_or_else(|_| {
                Err(Failure::unavailable(say!("answer-incomplete", wait_max = wait_max.as_secs())))
            }),
        }
    }

    /// Reads what is at a path.
    pub async fn get<T>(&self, path: &str) -> Result<Answer<T>, Failure> {
        self.ask(Call::get(path)).await
    }

    /// Has something done that a body says more of.
    pub async fn post<T>(&self, path: &str, body: &impl Serialize) -> Result<Answer<T>, Failure> {
        self.ask(Call::post_json(path, body)?).await
    }

    /// Has something done that the path says whole.
    pub async fn act<T>(&self, path: &str) -> Result<Answer<T>, Failure> {
        self.ask(Call::post(path, JSON, Vec::new())).await
    }

    /// Sends a request whose answer is JSON.
    pub async fn ask<T>(&self, call: Call<'_>) -> Result<Answer<T>, Failure> {
        Ok(Answer::of(self.bytes(call).await?))
    }

    /// Sends a request and takes the JSON lines of a successful answer as they come, however long that takes.
    pub async fn each_line<T>(
        &self,
        call: Call<'_>,
        mut take: impl FnMut(Answer<T>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut body = self.stream(call.waiting(None)).await?;
        let mut rest = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Failure::unavailable(say!("answer-broke-off", error = %error)))?;
            rest.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                take(Answer::of(rest.split_to(end + 1).freeze()))?;
            }
        }
        Ok(())
    }

    /// Every line of a list that the node gives out in pieces. Each is asked for behind the last line of the one before.
    pub async fn list<T>(
        &self,
        path: &str,
        filter: &[(&str, Option<&str>)],
        mut each: impl FnMut(Answer<T>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut cursor: Option<String> = None;
        loop {
            let asked = [filter, &[("cursor", cursor.as_deref())]].concat();
            let lines = self.lines::<T>(Call::get(&query(path, &asked)).waiting(None)).await?;
            let Some(last) = lines.last() else { return Ok(()) };
            let next = Answer::<Cursor>::of(last.bytes.clone()).read()?.cursor;
            // A list that stands still would be printed for ever.
            if cursor.as_ref() == Some(&next) {
                return Ok(());
            }
            cursor = Some(next);
            lines.into_iter().try_for_each(&mut each)?;
        }
    }

    /// Sends a request and gives back the JSON lines of a successful answer.
    pub async fn lines<T>(&self, call: Call<'_>) -> Result<Vec<Answer<T>>, Failure> {
        let bytes = self.bytes(call).await?;
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Ok(lines.map(|line| Answer::of(bytes.slice_ref(line))).collect())
    }
}

/// Where a list goes on.
#[derive(serde::Deserialize)]
struct Cursor {
    cursor: String,
}

impl<T> Answer<T> {
    fn of(bytes: Bytes) -> Self {
        Self { bytes, form: PhantomData }
    }

    /// It, as it came.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// Prints it for a program, as it came.
    pub fn print(&self) -> Result<(), Failure> {
        output::json_line(&self.bytes)
    }
}

impl<T: DeserializeOwned> Answer<T> {
    /// What it says.
    pub fn read(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.bytes)
            .map_err(|error| Failure::internal(say!("answer-unknown-form", error = %error)))
    }

    /// Prints it for a program, or has people told what it says.
    pub fn tell(&self, json: bool, people: impl FnOnce(T) -> Result<(), Failure>) -> Result<(), Failure> {
        if json { self.print() } else { people(self.read()?) }
    }
}

impl Way {
    async fn to(dir: &Path, passphrase_file: Option<&Path>) -> Result<Self, Failure> {
        let socket = dir.join(SOCKET);
        if UnixStream::connect(&socket).await.is_ok() {
            return Ok(Self::Socket(socket));
        }
        if !dir.join("node.toml").exists() {
            return Err(node::OpenError::NotANode(dir.to_owned()).into());
        }
        let passphrase = passphrase::read(passphrase_file, &dir.display().to_string())?;
        let node = node::Node::open(dir, &passphrase)?;
        Ok(Self::InProcess(router::agency(node, Door::Socket)))
    }

    async fn exchange(&self, request: Request<Body>) -> Result<Response<Body>, Failure> {
        match self {
            Self::Socket(path) => over_socket(path, request).await,
            Self::InProcess(router) => match router.clone().oneshot(request).await {
                Ok(response) => Ok(response),
                Err(never) => match never {},
            },
        }
    }
}

/// The header that carries the token in a file.
fn authorization(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let token = output::read_secret(file, limits::TOKEN_FILE_BYTES_MAX)?;
    let token = Zeroizing::new(
        String::from_utf8(token).map_err(|_| Failure::usage(say!("no-token-in-file", file = %file.display())))?,
    );
    // A token that two administrators made comes in two halves, each a line.
    let mut bearer = Zeroizing::new(String::with_capacity("Bearer ".len() + token.len()));
    bearer.push_str("Bearer ");
    bearer.extend(token.split_ascii_whitespace());
    Ok(bearer)
}

/// One connection a request. Nothing is ever sent twice here: not every route is idempotent.
async fn over_socket(path: &Path, request: Request<Body>) -> Result<Response<Body>, Failure> {
    let no_node =
        |error: std::io::Error| Failure::unavailable(say!("no-node-answers", path = %path.display(), error = %error));
    let broken =
        |error: hyper::Error| Failure::unavailable(say!("connection-broke", path = %path.display(), error = %error));
    let socket = UnixStream::connect(path).await.map_err(no_node)?;
    let (mut sender, connection) = http1::handshake::<_, Body>(TokioIo::new(socket)).await.map_err(broken)?;
    // An error of the connection reaches whoever reads the answer.
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(broken)?;
    Ok(answer.map(Body::new))
}

async fn collect(body: Body) -> Result<Bytes, Failure> {
    Limited::new(body, limits::ANSWER_BYTES_MAX)
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .map_err(|error| Failure::unavailable(say!("answer-broke-off", error = %error)))
}

/// A path with a query; values are percent-encoded.
pub fn query(path: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let mut whole = path.to_owned();
    let mut separator = '?';
    for (name, value) in pairs {
        let Some(value) = value else { continue };
        whole.push(separator);
        whole.push_str(name);
        whole.push('=');
        encode_into(&mut whole, value);
        separator = '&';
    }
    whole
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_holds_any_text() {
        let path = query("/v1/attachments", &[("name", Some("a b&c=تقرير.pdf")), ("kind", None), ("x", Some("1"))]);
        assert_eq!(path, "/v1/attachments?name=a%20b%26c%3D%D8%AA%D9%82%D8%B1%D9%8A%D8%B1.pdf&x=1");
    }

    #[tokio::test]
    async fn without_a_node_and_a_folder_there_is_nothing_to_open() {
        let dir = tempfile::tempdir().unwrap();
        let Err(failure) = Way::to(dir.path(), None).await else { panic!("opened nothing") };
        assert!(failure.message().contains("mithaq init"), "{}", failure.message());
    }
}
