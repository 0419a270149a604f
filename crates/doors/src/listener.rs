//! Serves a router: to partners over TLS, and to the agency itself on loopback and on a Unix socket.
//!
//! Every connection is a task of its own with its own timeouts, so a slow or broken one disturbs no other. Whoever comes
//! is let in at once and shown a seat; when there are more than seats, somebody goes, and [`node::fair`] says who. Who has
//! not shown a pinned key sits on seats kept for strangers and cannot take a partner's; who calls from where a partner is
//! expected sits apart from other strangers; a partner cannot take another's.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fs::{self, DirBuilder, Permissions},
    future::Future,
    io,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, response::Response, serve::Listener};
use hyper::{
    StatusCode,
    body::Incoming,
    header::{CONNECTION, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use node::{
    clock,
    fair::{Fair, Taken, Whose},
    limits,
    tally::Tally,
    transport::{
        tls::{self, Pin, Pins, UnpinnedKey},
        watched::{Watch, Watched},
    },
};
use protocol::id::AgencyId;
use rustls::{Error as TlsError, ServerConfig};
use texts::say;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, UnixListener},
    sync::watch,
    task::JoinSet,
    time::{interval, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tower::Service;

use crate::seat::Seat;

/// Who is at the other end of a connection from outside. [`serve_tls`] adds it to every request as an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The partner whose pinned key was shown, or `None` for a stranger without a certificate.
    pub agency: Option<AgencyId>,
}

/// What one listener bears. The defaults are those of [`limits`]; tests take smaller ones.
#[derive(Debug, Clone)]
pub struct ListenerLimits {
    /// Connections that have not shown a pinned key, or all connections of a local listener.
    pub connections_max: usize,
    /// Connections from where partners are expected, that have not shown a pinned key yet.
    pub expected_connections_max: usize,
    /// Connections of one partner.
    pub partner_connections_max: usize,
    /// Time until the first byte.
    pub silence_max: Duration,
    /// Time for a TLS handshake.
    pub handshake_max: Duration,
    /// Time for the first head of a request, of which nobody knows who sends it.
    pub first_head_max: Duration,
    /// Life of a connection without a pinned key, after its handshake.
    pub stranger_max: Duration,
    /// Time from the end of an answer to the end of the next request's head.
    pub header_read_max: Duration,
    /// Time without a byte after which a connection from outside is closed.
    pub stall_max: Duration,
    /// Time that open requests get to finish when the listener stops.
    pub drain_max: Duration,
}

impl ListenerLimits {
    /// The limits of the port for partners.
    pub fn peers() -> Self {
        Self {
            connections_max: limits::STRANGER_CONNECTIONS_MAX,
            expected_connections_max: limits::EXPECTED_CONNECTIONS_MAX,
            partner_connections_max: limits::PARTNER_CONNECTIONS_MAX,
            silence_max: Duration::from_secs(limits::SILENCE_SECONDS_MAX),
            first_head_max: Duration::from_secs(limits::FIRST_HEAD_SECONDS_MAX),
            handshake_max: Duration::from_secs(limits::HANDSHAKE_SECONDS_MAX),
            stranger_max: Duration::from_secs(limits::STRANGER_SECONDS_MAX),
            header_read_max: Duration::from_secs(limits::HEADER_READ_SECONDS_MAX),
            stall_max: Duration::from_secs(limits::LINK_STALL_SECONDS_MAX),
            drain_max: Duration::from_secs(limits::DRAIN_SECONDS_MAX),
        }
    }

    /// The limits of a port or socket of the agency itself.
    pub fn local() -> Self {
        Self { connections_max: limits::LOCAL_CONNECTIONS_MAX, ..Self::peers() }
    }
}

/// Serves `router` to partners until `shutdown` turns true or its sender is gone.
///
/// `config` comes from [`tls::server_config`] with the same `pins`. A pin is looked up at the handshake and again at
/// every request: once a card is replaced, the old key is answered 401 and its connection closed. A stranger gets one
/// answer a connection.
pub async fn serve_tls(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    pins: Pins,
    router: Router,
    limits: ListenerLimits,
    shutdown: watch::Receiver<bool>,
) {
    let front = Arc::new(Front {
        acceptor: TlsAcceptor::from(config),
        pins,
        router,
        strangers: Fair::seats(limits.connections_max),
        expected: Fair::seats(limits.expected_connections_max),
        limits: limits.clone(),
        partners: PartnerSeats::default(),
        tally: Tally::new("a connection from outside was refused", 1),
    });
    let stop = shutdown.clone();
    let sum_up = async {
        let mut minute = interval(Duration::from_millis(limits::TALLY_MS));
        loop {
            minute.tick().await;
            front.tally.sum_up(clock::now_ms());
        }
    };
    let serve = |tcp, address: SocketAddr| {
        let seats = if front.pins.expects(address.ip()) { &front.expected } else { &front.strangers };
        let seat = seats.enter(Whose::Address(address.ip()), 1);
        Arc::clone(&front).serve(tcp, address, seat, stop.clone())
    };
    tokio::select! {
        () = accept_all(listener, &limits, shutdown, serve) => {}
        () = sum_up => {}
    }
}

/// Serves `router` in plain HTTP until `shutdown` turns true or its sender is gone. The caller binds to loopback.
pub async fn serve_plain(
    listener: TcpListener,
    router: Router,
    limits: ListenerLimits,
    shutdown: watch::Receiver<bool>,
) {
    let seats = Fair::seats(limits.connections_max);
    let local = Local { router, limits: limits.clone(), stop: shutdown.clone() };
    accept_all(listener, &limits, shutdown, move |tcp: TcpStream, address: SocketAddr| {
        let seat = Seat::new(seats.enter(Whose::Address(address.ip()), 1));
        let local = local.clone();
        async move {
            if let Err(error) = tcp.set_nodelay(true) {
                tracing::debug!(%address, %error, "connection lost before it was served");
                return;
            }
            local.serve(tcp, seat).await;
        }
    })
    .await;
}

/// Opens the node's Unix socket with mode 0600, in place of the one that a dead node left behind.
///
/// # Errors
/// `AddrInUse` if a living process answers at `path`, `AlreadyExists` if something that is no socket lies there;
/// else what the file system says.
pub fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    use std::os::unix::{fs::FileTypeExt, net::UnixStream};

    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            let message = say!("not-a-socket", path = %path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        Ok(_) if UnixStream::connect(path).is_ok() => {
            let message = say!("socket-served", path = %path.display());
            return Err(io::Error::new(io::ErrorKind::AddrInUse, message));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }

    // A socket is born with the mode that the umask allows. So it is born in a folder that only we can enter, and
    // moved to its place, over a dead one, when its mode is right.
    let nursery = path.with_extension("new");
    match fs::remove_dir_all(&nursery) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    DirBuilder::new().mode(0o700).create(&nursery)?;
    let born = nursery.join("s");
    let listener = UnixListener::bind(&born)?;
    fs::set_permissions(&born, Permissions::from_mode(0o600))?;
    fs::rename(&born, path)?;
    fs::remove_dir(&nursery)?;
    Ok(listener)
}

/// Serves `router` on a socket from [`bind_unix`] until `shutdown` turns true or its sender is gone.
pub async fn serve_unix(
    listener: UnixListener,
    router: Router,
    limits: ListenerLimits,
    shutdown: watch::Receiver<bool>,
) {
    let seats = Fair::seats(limits.connections_max);
    let local = Local { router, limits: limits.clone(), stop: shutdown.clone() };
    accept_all(listener, &limits, shutdown, move |stream, _| {
        // The socket's mode lets the node's own user in and nobody else.
        let seat = Seat::new(seats.enter(Whose::Caller("socket".to_owned()), 1));
        let local = local.clone();
        async move { local.serve(stream, seat).await }
    })
    .await;
}

/// Accepts connections as they come, then lets the open ones finish.
async fn accept_all<L, F>(
    mut listener: L,
    limits: &ListenerLimits,
    mut shutdown: watch::Receiver<bool>,
    serve: impl Fn(L::Io, L::Addr) -> F,
) where
    L: Listener,
    F: Future<Output = ()> + Send + 'static,
{
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = shutdown.wait_for(|stop| *stop) => break,
            Some(ended) = open.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a connection's task died; this is a fault of the node");
                }
            }
            (io, address) = listener.accept() => {
                open.spawn(serve(io, address));
            }
        }
    }
    drop(listener);
    let all_done = async { while open.join_next().await.is_some() {} };
    if timeout(limits.drain_max, all_done).await.is_err() {
        tracing::warn!(open = open.len(), "connections were cut off because they did not finish in time");
    }
}

/// What all connections of a port or socket of the agency itself share.
#[derive(Clone)]
struct Local {
    router: Router,
    limits: ListenerLimits,
    stop: watch::Receiver<bool>,
}

impl Local {
    async fn serve<I>(self, io: I, seat: Seat)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { router, limits, stop } = self;
        let (io, watch) = Watched::new(io);
        let answer = |request: hyper::Request<Incoming>| {
            let (mut router, seat) = (router.clone(), seat.clone());
            async move {
                let Ok(answer) = router.call(seat.arriving(request)).await;
                Ok(seat.leaving(answer))
            }
        };
        let nobody_asks = async {
            tokio::time::sleep(limits.first_head_max).await;
            if seat.is_known() {
                std::future::pending::<()>().await;
            }
        };
        let why = tokio::select! {
            result = serve_http(io, http_1(limits.header_read_max), answer, stop) => match result {
                Ok(()) => return,
                Err(error) => error.to_string(),
            },
            () = seat.sent_away() => "others needed its seat".to_owned(),
            () = nobody_asks => "nobody showed a token in time".to_owned(),
            () = watch.stalled_by_other(limits.stall_max, || seat.is_served()) => "no byte moved".to_owned(),
        };
        tracing::debug!(why, "a local connection was closed");
    }
}

/// What all connections from outside share.
struct Front {
    acceptor: TlsAcceptor,
    pins: Pins,
    router: Router,
    limits: ListenerLimits,
    /// Seats of those of whom nothing is known.
    strangers: Arc<Fair>,
    /// Seats of those who call from where partners are expected.
    expected: Arc<Fair>,
    partners: PartnerSeats,
    tally: Tally,
}

type Link = Watched<BufReader<TcpStream>>;

impl Front {
    async fn serve(self: Arc<Self>, tcp: TcpStream, address: SocketAddr, seat: Taken, shutdown: watch::Receiver<bool>) {
        let shaken = tokio::select! {
            shaken = self.shake_hands(tcp, address) => shaken,
            () = seat.sent_away() => return,
        };
        let Some((stream, watch)) = shaken else { return };
        let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        match certificate.map(tls::pin_of).transpose() {
            Ok(Some(pin)) => {
                // The stranger's seat is free again: from here on the partner's own seats count.
                drop(seat);
                self.serve_partner(stream, watch, pin, address, shutdown).await;
            }
            Ok(None) => {
                tokio::select! {
                    () = self.serve_stranger(stream, address, shutdown) => {}
                    () = seat.sent_away() => {}
                }
            }
            Err(error) => tracing::debug!(%address, %error, "the certificate of a finished handshake cannot be read"),
        }
    }

    /// Finishes the handshake, or logs once why there is none and tells the other side.
    async fn shake_hands(&self, tcp: TcpStream, address: SocketAddr) -> Option<(TlsStream<Link>, Watch)> {
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(%address, %error, "connection lost before the TLS handshake");
            return None;
        }
        if timeout(self.limits.silence_max, tcp.readable()).await.is_err() {
            tracing::debug!(%address, "connection closed: not a byte came");
            return None;
        }
        let (link, watch) = Watched::new(BufReader::with_capacity(limits::TLS_READ_BYTES, tcp));
        let handshake = timeout(self.limits.handshake_max, self.acceptor.accept(link).into_fallible());
        let Ok(result) = handshake.await else {
            tracing::debug!(%address, "TLS handshake timed out");
            return None;
        };
        match result {
            Ok(mut stream) => {
                stream.get_mut().1.set_buffer_limit(Some(limits::TLS_WRITE_BYTES_MAX));
                Some((stream, watch))
            }
            Err((error, link)) => {
                let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
                match cause.and_then(UnpinnedKey::find) {
                    // Somebody who went to the trouble of a certificate: most likely a partner whose new card has not
                    // been taken over here, which an operator wants to know.
                    Some(unpinned) => self.tally.note(&Whose::Address(address.ip()), unpinned),
                    None => tracing::debug!(%address, %error, "TLS handshake failed"),
                }
                linger(link).await;
                None
            }
        }
    }

    async fn serve_partner(
        &self,
        stream: TlsStream<Link>,
        watch: Watch,
        pin: Pin,
        address: SocketAddr,
        shutdown: watch::Receiver<bool>,
    ) {
        let Some(agency) = self.pins.agency(&pin) else {
            return self.tally.note(&Whose::Address(address.ip()), "its card was replaced during its TLS handshake");
        };
        self.pins.note_seen(address.ip());
        let Some(_seat) = self.partners.take(agency, self.limits.partner_connections_max) else {
            return self.tally.note(&Whose::Agency(agency), "this partner has too many connections open");
        };
        let answer = |mut request: hyper::Request<Incoming>| {
            let current = self.pins.agency(&pin);
            let mut router = self.router.clone();
            async move {
                if current != Some(agency) {
                    self.tally.note(&Whose::Agency(agency), "it used a TLS key that its card no longer names");
                    return Ok(no_longer_pinned());
                }
                request.extensions_mut().insert(Peer { agency: Some(agency) });
                router.call(request.map(Body::new)).await
            }
        };
        tokio::select! {
            result = serve_http(stream, http_1(self.limits.header_read_max), answer, shutdown) => {
                if let Err(error) = result {
                    tracing::debug!(%address, %agency, %error, "the connection of a partner broke off");
                }
            }
            () = watch.stalled(self.limits.stall_max) => {
                tracing::debug!(%address, %agency, "the connection of a partner was closed: no byte moved");
            }
        }
    }

    async fn serve_stranger(&self, stream: TlsStream<Link>, address: SocketAddr, shutdown: watch::Receiver<bool>) {
        let answer = |mut request: hyper::Request<Incoming>| {
            let mut router = self.router.clone();
            request.extensions_mut().insert(Peer { agency: None });
            async move { router.call(request.map(Body::new)).await }
        };
        let mut http = http_1(self.limits.first_head_max.min(self.limits.stranger_max));
        http.keep_alive(false);
        match timeout(self.limits.stranger_max, serve_http(stream, http, answer, shutdown)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%address, %error, "the connection of a stranger broke off"),
            Err(_) => tracing::debug!(%address, "the connection of a stranger was closed: it took too long"),
        }
    }
}

fn http_1(header_read_max: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(header_read_max)
        .max_buf_size(limits::HTTP_BUFFER_BYTES_MAX)
        .max_headers(limits::HTTP_HEADERS_MAX);
    builder
}

/// Serves one connection until it ends; on shutdown, until the request under way is answered.
async fn serve_http<I, S, F>(
    io: I,
    http: http1::Builder,
    answer: S,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), hyper::Error>
where
    I: AsyncRead + AsyncWrite + Unpin,
    S: Fn(hyper::Request<Incoming>) -> F,
    F: Future<Output = Result<Response, Infallible>>,
{
    let mut connection = pin!(http.serve_connection(TokioIo::new(io), service_fn(answer)));
    tokio::select! {
        result = connection.as_mut() => return result,
        _ = shutdown.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}

fn no_longer_pinned() -> Response {
    let mut response = Response::new(Body::from("the card in force names another TLS key"));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Lets the other side read the alert of a failed handshake. If we closed at once while its first request is still
/// arriving, TCP would answer with a reset, and the reset can overtake the alert.
async fn linger(mut link: Link) {
    let wait = async {
        link.shutdown().await?;
        tokio::io::copy(&mut link.take(limits::ALERT_LINGER_BYTES_MAX), &mut tokio::io::sink()).await
    };
    // Whatever happens now, the connection is over and its failure is logged.
    let _ = timeout(Duration::from_secs(limits::ALERT_LINGER_SECONDS_MAX), wait).await;
}

/// Counts the connections of each partner.
#[derive(Clone, Default)]
struct PartnerSeats(Arc<Mutex<BTreeMap<AgencyId, usize>>>);

impl PartnerSeats {
    fn take(&self, agency: AgencyId, connections_max: usize) -> Option<PartnerSeat> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(agency).or_default();
        if *count >= connections_max {
            return None;
        }
        *count += 1;
        Some(PartnerSeat { seats: self.clone(), agency })
    }
}

/// One connection of a partner; given back when dropped.
struct PartnerSeat {
    seats: PartnerSeats,
    agency: AgencyId,
}

impl Drop for PartnerSeat {
    fn drop(&mut self) {
        let mut counts = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.agency) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.agency);
            }
        }
    }
}
