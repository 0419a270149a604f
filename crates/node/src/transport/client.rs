//! Calls a partner's node over TLS, and the own node over its Unix socket.
//!
//! **Every call between nodes is idempotent**: a batch, a receipt or a card that arrives twice has the effect of one
//! and no more. The client relies on this in one place: when a pooled connection breaks before the head of an answer
//! arrived, the request is sent once more on a new connection, because the usual reason is that the other side closed
//! an idle connection at that moment.

use std::{
    error::Error as StdError,
    fmt,
    future::{Future, pending},
    io, mem,
    net::IpAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode, Uri,
    body::{Body, Incoming},
    client::conn::http1::{self, SendRequest},
    header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, Error as TlsError, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite, BufReader},
    net::{TcpStream, UnixStream, lookup_host},
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{
    tls::{self, Pin, TlsIdentity, UnpinnedKey},
    watched::Watched,
};
use crate::{fair::Taken, limits};

/// Where every node serves its card to whoever asks.
pub const CARD_PATH: &str = "/peer/v1/card";

/// The header that lets a caller of the own node repeat a request without doubling its effect.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static(IDEMPOTENCY_KEY_NAME);

/// That header's name.
pub const IDEMPOTENCY_KEY_NAME: &str = "idempotency-key";

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status. Any status is an answer; the caller decides what it means.
    pub status: StatusCode,
    /// The media type as sent, if it is readable text.
    pub content_type: Option<String>,
    /// The whole body.
    pub body: Bytes,
}

/// No answer came back.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The address cannot be used.
    #[error("`{address}` is not an address of a node: {reason}; write https://host:port")]
    BadAddress {
        /// The address as given.
        address: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The request cannot be written as HTTP.
    #[error("the request for `{path}` cannot be written as HTTP")]
    BadRequest {
        /// The path as given.
        path: String,
    },
    /// Nobody answers at the address.
    #[error("{address} is not reachable; check the network there and the address in the card")]
    Unreachable {
        /// Whom we called.
        address: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// No node serves the socket.
    #[error("no node answers at {}; start it with `mithaq serve`", .path.display())]
    NoNode {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Somebody answers, but not as a node does.
    #[error("no TLS connection with {address}; a node must speak TLS 1.3 with X25519MLKEM768 there")]
    Handshake {
        /// Whom we called.
        address: String,
        /// What TLS says.
        #[source]
        source: io::Error,
    },
    /// Somebody else answers, or the partner has a new card.
    #[error(
        "{address} shows the TLS key {}, but its card names {}; fetch its newest card, and if that names the same key, \
         warn the partner",
        hex::encode(.found), hex::encode(.expected)
    )]
    PinMismatch {
        /// Whom we called.
        address: String,
        /// The pin in the card.
        expected: Pin,
        /// The pin of the key that was shown.
        found: Pin,
    },
    /// The partner refuses our key.
    #[error("{address} does not accept this node's TLS key; the partner must take over this agency's newest card")]
    NotAccepted {
        /// Whom we called.
        address: String,
        /// The alert that the partner sent.
        #[source]
        source: hyper::Error,
    },
    /// The connection ended before the whole answer was there.
    #[error("the connection to {address} broke before the answer was complete; try again")]
    Broken {
        /// Whom we called.
        address: String,
        /// What HTTP says.
        #[source]
        source: hyper::Error,
    },
    /// The answer did not come in time.
    #[error("{address} did not answer within {} ms; try again later", .waited.as_millis())]
    TimedOut {
        /// Whom we called.
        address: String,
        /// How long we waited.
        waited: Duration,
    },
    /// The answer was given up because others needed the memory more.
    #[error("{address} answers at a time when too much is under way; it is asked again")]
    NoRoom {
        /// Whom we called.
        address: String,
    },
    /// The answer is larger than the caller allows.
    #[error("the answer of {address} is larger than {bytes_max} bytes and was not read")]
    TooLarge {
        /// Whom we called.
        address: String,
        /// The limit.
        bytes_max: usize,
    },
    /// This node's own TLS key cannot be used.
    #[error("this node's TLS key cannot be used")]
    OwnKey(#[source] TlsError),
}

/// Calls one partner.
pub struct PeerClient {
    addresses: Vec<Address>,
    /// Index of the address that answered last: it is tried first.
    preferred: AtomicUsize,
    expected_pin: Pin,
    config: Arc<ClientConfig>,
    pool: Pool,
}

impl PeerClient {
    /// A client for the partner whose card names these addresses and this pin. It connects when first used.
    ///
    /// # Errors
    /// If there is no address, one cannot be used, or TLS refuses the key of `identity`.
    pub fn new(addresses: &[String], expected_pin: Pin, identity: &TlsIdentity) -> Result<Self, PeerError> {
        if addresses.is_empty() {
            return Err(PeerError::BadAddress { address: String::new(), reason: "the card names none" });
        }
        let config = tls::client_config(identity, expected_pin).map_err(PeerError::OwnKey)?;
        Ok(Self {
            addresses: addresses.iter().map(|text| Address::parse(text)).collect::<Result<_, _>>()?,
            preferred: AtomicUsize::new(0),
            expected_pin,
            config: Arc::new(config),
            pool: Pool::new(),
        })
    }

    /// The hosts and ports of its addresses.
    pub fn hosts(&self) -> impl Iterator<Item = (String, u16)> {
        self.addresses.iter().map(|address| (address.host.clone(), address.port))
    }

    /// Sends a request and waits up to `wait_max` for the whole answer, of at most `answer_bytes_max`.
    ///
    /// The body is not copied, and an answer whose length is announced is copied once.
    ///
    /// # Errors
    /// See [`PeerError`]. After any of them it is unknown whether the partner has acted on the request.
    pub async fn request(
        &self,
        method: Method,
        path_and_query: &str,
        content_type: Option<&str>,
        body: Bytes,
        answer_bytes_max: usize,
        wait_max: Duration,
    ) -> Result<Answer, PeerError> {
        let room = None;
        let outgoing =
            Outgoing { method, path_and_query, content_type, idempotency_key: None, body, answer_bytes_max, room };
        self.exchange(outgoing, wait_max).await
    }

    /// As [`PeerClient::request`] with `GET`, for an answer that may be large: what arrives of it is counted to `room`.
    ///
    /// # Errors
    /// See [`PeerError`].
    pub async fn fetch(
        &self,
        path_and_query: &str,
        answer_bytes_max: usize,
        wait_max: Duration,
        room: &Taken,
    ) -> Result<Answer, PeerError> {
        let outgoing = Outgoing {
            method: Method::GET,
            path_and_query,
            content_type: None,
            idempotency_key: None,
            body: Bytes::new(),
            answer_bytes_max,
            room: Some(room),
        };
        self.exchange(outgoing, wait_max).await
    }

    async fn exchange(&self, outgoing: Outgoing<'_>, wait_max: Duration) -> Result<Answer, PeerError> {
        let tried = || self.addresses[self.preferred.load(Ordering::Relaxed)].to_string();
        let answer = within(wait_max, tried, self.pool.exchange(&outgoing, || self.connect())).await;
        if let Err(PeerError::TimedOut { .. }) = answer {
            // What stalled one connection (a cut line, a lost address translation) stalls its idle sisters too.
            self.pool.forget_idle();
        }
        answer
    }

    /// Tries the addresses in turn, beginning with the one that answered last. If none answers it reports the one
    /// that answered with a wrong key, else the last.
    async fn connect(&self) -> Result<Link, PeerError> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut failure = None;
        for offset in 0..self.addresses.len() {
            let index = (first + offset) % self.addresses.len();
            match connect_tls(&self.addresses[index], &self.config, self.expected_pin).await {
                Ok(link) => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok(link);
                }
                Err(error) => {
                    tracing::debug!(%error, "an address of a partner was tried in vain");
                    if !matches!(failure, Some(PeerError::PinMismatch { .. })) {
                        failure = Some(error);
                    }
                }
            }
        }
        Err(failure.unwrap_or(PeerError::BadAddress { address: String::new(), reason: "the card names none" }))
    }
}

/// Whether an address that somebody names may be called: none at which only this machine or its own line answers, such as a
/// machine's neighbours in a cloud. Private networks between agencies are usual.
fn may_be_called(ip: IpAddr, loopback: bool) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            !(v4.is_link_local() || v4.is_multicast() || v4.is_broadcast() || v4.octets()[0] == 0)
                && (loopback || !v4.is_loopback())
        }
        IpAddr::V6(v6) => {
            !(v6.is_unicast_link_local() || v6.is_multicast() || v6.is_unspecified()) && (loopback || !v6.is_loopback())
        }
    }
}

/// Fetches the card that a node serves, without knowing the node. The bytes prove nothing before their signatures
/// are checked and the fingerprint is compared.
///
/// # Errors
/// See [`PeerError`]. Any status but 200 is given back as an [`Answer`].
pub async fn fetch_card(address: &str, loopback: bool) -> Result<Answer, PeerError> {
    let mut address = Address::parse(address)?;
    let name = address.to_string();
    let unreachable = |source| PeerError::Unreachable { address: name.clone(), source };
    let found =
        timeout(Duration::from_secs(limits::CONNECT_SECONDS_MAX), lookup_host((address.host.as_str(), address.port)));
    let found = found.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(unreachable)?;
    // What was looked at is what is called: a name that leads elsewhere the next time leads nowhere.
    let found = found.map(|found| found.ip()).find(|ip| may_be_called(*ip, loopback));
    address.host = found.ok_or_else(|| unreachable(io::ErrorKind::AddrNotAvailable.into()))?.to_string();
    let config = Arc::new(tls::client_config_unpinned().map_err(PeerError::OwnKey)?);
    let outgoing = Outgoing {
        method: Method::GET,
        path_and_query: CARD_PATH,
        content_type: None,
        idempotency_key: None,
        body: Bytes::new(),
        answer_bytes_max: limits::CARD_BYTES_MAX,
        room: None,
    };
    let wait_max = Duration::from_secs(limits::CARD_SECONDS_MAX);
    let exchange = async {
        // The unpinned configuration accepts every key, so the pin named here is never compared.
        let mut link = connect_tls(&address, &config, Pin::default()).await?;
        link.send(&outgoing).await
    };
    within(wait_max, || address.to_string(), exchange).await
}

/// Calls the own node over its Unix socket, with a new connection for each request.
///
/// Not every call of the agency's own API is idempotent, so nothing is ever sent twice here.
#[derive(Debug, Clone)]
pub struct UnixClient {
    path: PathBuf,
    idempotency_key: Option<String>,
}

impl UnixClient {
    /// A client for the socket at `path`. It connects when used.
    pub fn new(path: PathBuf) -> Self {
        Self { path, idempotency_key: None }
    }

    /// Sends `key` as `Idempotency-Key` with every request from here on, so that the caller may repeat one.
    pub fn with_idempotency_key(self, key: String) -> Self {
        Self { idempotency_key: Some(key), ..self }
    }

    /// Sends a request and waits up to `wait_max` for the whole answer, of at most `answer_bytes_max`.
    ///
    /// # Errors
    /// See [`PeerError`]; `NoNode` means that no node runs on this folder.
    pub async fn request(
        &self,
        method: Method,
        path_and_query: &str,
        content_type: Option<&str>,
        body: Bytes,
        answer_bytes_max: usize,
        wait_max: Duration,
    ) -> Result<Answer, PeerError> {
        let outgoing = Outgoing {
            method,
            path_and_query,
            content_type,
            idempotency_key: self.idempotency_key.as_deref(),
            body,
            answer_bytes_max,
            room: None,
        };
        let address = self.path.display().to_string();
        let exchange = async {
            let no_node = |source| PeerError::NoNode { path: self.path.clone(), source };
            let socket = UnixStream::connect(&self.path).await.map_err(no_node)?;
            let mut link = open_http(socket, address.clone(), "localhost", pending()).await?;
            link.send(&outgoing).await
        };
        within(wait_max, || address.clone(), exchange).await
    }
}

/// Waits for an exchange up to `wait_max`. `tried` says whom it is with once that is over.
async fn within(
    wait_max: Duration,
    tried: impl FnOnce() -> String,
    exchange: impl Future<Output = Result<Answer, PeerError>>,
) -> Result<Answer, PeerError> {
    let timed_out = |_| Err(PeerError::TimedOut { address: tried(), waited: wait_max });
    timeout(wait_max, exchange).await.unwrap_or_else(timed_out)
}

/// A request that can be written twice.
struct Outgoing<'a> {
    method: Method,
    path_and_query: &'a str,
    content_type: Option<&'a str>,
    idempotency_key: Option<&'a str>,
    body: Bytes,
    answer_bytes_max: usize,
    /// What the answer is counted to while it arrives.
    room: Option<&'a Taken>,
}

impl Outgoing<'_> {
    fn http(&self, host: &str) -> Result<Request<Full<Bytes>>, PeerError> {
        let mut request = Request::builder().method(&self.method).uri(self.path_and_query).header(HOST, host);
        if let Some(content_type) = self.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(key) = self.idempotency_key {
            request = request.header(IDEMPOTENCY_KEY, key);
        }
        request
            .body(Full::new(self.body.clone()))
            .map_err(|_| PeerError::BadRequest { path: self.path_and_query.to_owned() })
    }
}

/// The host and port of a node, as a card names them.
struct Address {
    host: String,
    port: u16,
    /// Host and port as they stand in the `Host` header.
    authority: String,
}

impl Address {
    fn parse(text: &str) -> Result<Self, PeerError> {
        let bad = |reason| PeerError::BadAddress { address: text.to_owned(), reason };
        let uri: Uri = text.parse().map_err(|_| bad("it is no URL"))?;
        if uri.scheme_str() != Some("https") {
            return Err(bad("it does not begin with https://"));
        }
        if uri.path_and_query().is_some_and(|path| path != "/") {
            return Err(bad("it names a path"));
        }
        let authority = uri.authority().ok_or_else(|| bad("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("it names a user"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(bad("it names no host"));
        }
        let port = authority.port_u16().ok_or_else(|| bad("it names no port"))?;
        Ok(Self { host: host.to_owned(), port, authority: authority.to_string() })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.authority)
    }
}

/// One open connection. Dropping it closes it.
struct Link {
    sender: SendRequest<Full<Bytes>>,
    address: String,
    host: String,
}

impl Link {
    /// Sends a request and reads the whole answer.
    async fn send(&mut self, outgoing: &Outgoing<'_>) -> Result<Answer, PeerError> {
        let response = self.sender.send_request(outgoing.http(&self.host)?).await;
        let response = response.map_err(|source| {
            let address = self.address.clone();
            if is_alert(&source) {
                PeerError::NotAccepted { address, source }
            } else {
                PeerError::Broken { address, source }
            }
        })?;
        self.read(response, outgoing).await
    }

    async fn read(&self, response: Response<Incoming>, outgoing: &Outgoing<'_>) -> Result<Answer, PeerError> {
        let (head, body) = response.into_parts();
        let (bytes_max, address) = (outgoing.answer_bytes_max, || self.address.clone());
        let body = match collect(body, bytes_max, outgoing.room).await {
            Ok(body) => body,
            Err(NotCollected::TooLarge) => return Err(PeerError::TooLarge { address: address(), bytes_max }),
            Err(NotCollected::NoRoom) => return Err(PeerError::NoRoom { address: address() }),
            Err(NotCollected::Broken(source)) => return Err(PeerError::Broken { address: address(), source }),
        };
        let content_type = head.headers.get(CONTENT_TYPE).map(HeaderValue::to_str);
        Ok(Answer { status: head.status, content_type: content_type.and_then(Result::ok).map(str::to_owned), body })
    }
}

/// The open connections to one partner.
struct Pool {
    /// The most recently used last: it is the least likely to have been closed by the other side.
    idle: Mutex<Vec<Link>>,
    slots: Semaphore,
}

impl Pool {
    fn new() -> Self {
        Self { idle: Mutex::default(), slots: Semaphore::new(limits::CLIENT_CONNECTIONS_MAX) }
    }

    /// Sends a request on an idle connection or on a new one, and reads the answer.
    async fn exchange<F>(&self, outgoing: &Outgoing<'_>, connect: impl Fn() -> F) -> Result<Answer, PeerError>
    where
        F: Future<Output = Result<Link, PeerError>>,
    {
        // The semaphore is never closed; the permit bounds the connections until the end of the call.
        let _slot = self.slots.acquire().await;
        if let Some(mut link) = self.take_idle().await {
            match link.sender.send_request(outgoing.http(&link.host)?).await {
                Ok(response) => {
                    let answer = link.read(response, outgoing).await?;
                    self.put_idle(link);
                    return Ok(answer);
                }
                Err(error) => tracing::debug!(address = link.address, %error, "a pooled connection was stale"),
            }
        }
        let mut link = connect().await?;
        let answer = link.send(outgoing).await?;
        self.put_idle(link);
        Ok(answer)
    }

    async fn take_idle(&self) -> Option<Link> {
        loop {
            let mut link = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if link.sender.ready().await.is_ok() {
                return Some(link);
            }
        }
    }

    fn put_idle(&self, link: Link) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if !link.sender.is_closed() && idle.len() < limits::CLIENT_IDLE_CONNECTIONS_MAX {
            idle.push(link);
        }
    }

    fn forget_idle(&self) {
        drop(mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner)));
    }
}

async fn connect_tls(address: &Address, config: &Arc<ClientConfig>, expected: Pin) -> Result<Link, PeerError> {
    let name = address.to_string();
    let connect = async {
        let tcp = TcpStream::connect((address.host.as_str(), address.port)).await?;
        // A batch and its receipt are one round trip each: nothing may wait for more to send.
        tcp.set_nodelay(true)?;
        Ok(tcp)
    };
    let tcp = match timeout(Duration::from_secs(limits::CONNECT_SECONDS_MAX), connect).await {
        Ok(connected) => connected.map_err(|source| PeerError::Unreachable { address: name.clone(), source })?,
        Err(_) => return Err(PeerError::Unreachable { address: name, source: io::ErrorKind::TimedOut.into() }),
    };
    let (link, watch) = Watched::new(BufReader::with_capacity(limits::TLS_READ_BYTES, tcp));
    // The name is neither sent nor compared: the pin is what counts.
    let unnamed = ServerName::from(IpAddr::from([0, 0, 0, 0]));
    let handshake = TlsConnector::from(Arc::clone(config)).connect(unnamed, link);
    let mut stream = match timeout(Duration::from_secs(limits::HANDSHAKE_SECONDS_MAX), handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(source)) => {
            let cause = source.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
            return Err(match cause.and_then(UnpinnedKey::find) {
                Some(UnpinnedKey { found }) => PeerError::PinMismatch { address: name, expected, found },
                None => PeerError::Handshake { address: name, source },
            });
        }
        Err(_) => return Err(PeerError::Handshake { address: name, source: io::ErrorKind::TimedOut.into() }),
    };
    stream.get_mut().1.set_buffer_limit(Some(limits::TLS_WRITE_BYTES_MAX));
    let stall_max = Duration::from_secs(limits::LINK_STALL_SECONDS_MAX);
    open_http(stream, name, &address.authority, watch.stalled(stall_max)).await
}

/// Starts HTTP on a connection and a task that drives it until the link is dropped, either side closes it or `dead`
/// is over.
async fn open_http<I>(
    io: I,
    address: String,
    host: &str,
    dead: impl Future<Output = ()> + Send + 'static,
) -> Result<Link, PeerError>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut http = http1::Builder::new();
    http.max_buf_size(limits::HTTP_BUFFER_BYTES_MAX).max_headers(limits::HTTP_HEADERS_MAX);
    let (sender, connection) = match http.handshake(TokioIo::new(io)).await {
        Ok(opened) => opened,
        Err(source) => return Err(PeerError::Broken { address, source }),
    };
    tokio::spawn(async move {
        tokio::select! {
            // An error reaches whoever waits for the answer; on an idle connection nobody needs to know.
            _ = connection => {}
            () = dead => {}
        }
    });
    Ok(Link { sender, address, host: host.to_owned() })
}

/// Why a body was not read to its end.
enum NotCollected {
    TooLarge,
    NoRoom,
    Broken(hyper::Error),
}

/// Reads a body of at most `bytes_max`, and gives up as soon as it is known to be larger or others need the room more.
async fn collect(mut body: Incoming, bytes_max: usize, room: Option<&Taken>) -> Result<Bytes, NotCollected> {
    let announced = body.size_hint().exact().map_or(Ok(0), usize::try_from);
    let announced = announced.ok().filter(|announced| *announced <= bytes_max).ok_or(NotCollected::TooLarge)?;
    let mut collected = BytesMut::new();
    loop {
        let next = match room {
            None => body.frame().await,
            Some(room) => tokio::select! {
                next = body.frame() => next,
                () = room.sent_away() => return Err(NotCollected::NoRoom),
            },
        };
        let Some(frame) = next else { break };
        let Ok(data) = frame.map_err(NotCollected::Broken)?.into_data() else { continue };
        if let Some(room) = room {
            room.grow(data.len() as u64).await.map_err(|_| NotCollected::NoRoom)?;
        }
        if collected.is_empty() && announced > 0 && data.len() == announced {
            return Ok(data);
        }
        if collected.len() + data.len() > bytes_max {
            return Err(NotCollected::TooLarge);
        }
        if collected.capacity() == 0 {
            collected.reserve(announced);
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.freeze())
}

/// Whether the other side ended the connection with a TLS alert. In TLS 1.3 a client believes its handshake done
/// before the server has looked at the certificate, so a refusal arrives in place of the first answer.
fn is_alert(error: &hyper::Error) -> bool {
    let io_error = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let tls_error = io_error.and_then(io::Error::get_ref).and_then(|inner| inner.downcast_ref::<TlsError>());
    matches!(tls_error, Some(TlsError::AlertReceived(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_somebody_names_leads_to_no_neighbour() {
        let called = |text: &str, loopback| may_be_called(text.parse().unwrap(), loopback);
        for never in ["169.254.169.254", "fe80::1", "::ffff:169.254.0.1", "0.0.0.0", "::", "224.0.0.1", "ff02::1"] {
            assert!(!called(never, true) && !called(never, false), "{never}");
        }
        for loopback in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(called(loopback, true) && !called(loopback, false), "{loopback}");
        }
        assert!(called("10.1.2.3", false) && called("192.0.2.1", false) && called("2001:db8::1", false));
    }

    #[test]
    fn addresses() {
        let address = Address::parse("https://node.example:8443").expect("name");
        assert_eq!((address.host.as_str(), address.port), ("node.example", 8443));
        let address = Address::parse("https://[2001:db8::1]:8443/").expect("IPv6");
        assert_eq!((address.host.as_str(), address.port), ("2001:db8::1", 8443));
        assert_eq!(address.to_string(), "https://[2001:db8::1]:8443");

        for bad in [
            "",
            "node.example:8443",
            "http://node.example:8443",
            "https://node.example",
            "https://node.example:8443/path",
            "https://node.example:8443?query",
            "https://user@node.example:8443",
            "https://:8443",
            "https://node.example:84430",
        ] {
            assert!(matches!(Address::parse(bad), Err(PeerError::BadAddress { .. })), "{bad}");
        }
    }
}
