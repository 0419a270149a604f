//! Two ends of the transport on real sockets: who gets through, who is refused and what a bad connection disturbs.

use std::{
    collections::BTreeMap,
    io,
    os::unix::fs::PermissionsExt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Extension, Router,
    body::Bytes,
    extract::DefaultBodyLimit,
    http::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE},
    routing::{get, post},
};
use mithaq_doors::listener::{ListenerLimits, Peer, bind_unix, serve_plain, serve_tls, serve_unix};
use node::transport::{
    client::{Answer, CARD_PATH, IDEMPOTENCY_KEY, PeerClient, PeerError, UnixClient, fetch_card},
    tls::{Pins, TlsIdentity, client_config, client_config_unpinned, server_config},
};
use protocol::id::AgencyId;
use rustls::{
    ClientConfig, NamedGroup, ProtocolVersion,
    crypto::aws_lc_rs::{default_provider, kx_group},
    pki_types::{IpAddr, Ipv4Addr, PrivatePkcs8KeyDer, ServerName},
    version::{TLS12, TLS13},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client::TlsStream};

const ALICE: AgencyId = AgencyId::new([0xa1; 32]);
const ANSWER_BYTES_MAX: usize = 64 << 10;
const WAIT: Duration = Duration::from_secs(10);

/// A node that answers partners, with a proxy in front that counts connections.
struct Server {
    address: String,
    identity: TlsIdentity,
    pins: Pins,
    accepted: Arc<AtomicUsize>,
    /// The listener stops when this is dropped.
    _stop: watch::Sender<bool>,
}

impl Server {
    async fn start(limits: ListenerLimits) -> Self {
        let identity = TlsIdentity::generate("Bob's agency").expect("identity");
        let pins = Pins::default();
        let config = Arc::new(server_config(&identity, pins.clone()).expect("server config"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let inner = listener.local_addr().expect("address");
        let (_stop, stopped) = watch::channel(false);
        tokio::spawn(serve_tls(listener, config, pins.clone(), router(), limits, stopped));

        let front = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let address = format!("https://{}", front.local_addr().expect("address"));
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        tokio::spawn(async move {
            while let Ok((mut outer, _)) = front.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut inner = TcpStream::connect(inner).await?;
                    tokio::io::copy_bidirectional(&mut outer, &mut inner).await
                });
            }
        });
        Self { address, identity, pins, accepted, _stop }
    }

    fn pin(&self, identity: &TlsIdentity) {
        self.pins.replace(BTreeMap::from([(identity.pin(), ALICE)]));
    }

    fn client(&self, identity: &TlsIdentity) -> PeerClient {
        PeerClient::new(std::slice::from_ref(&self.address), self.identity.pin(), identity).expect("client")
    }

    async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address.trim_start_matches("https://")).await.expect("connect")
    }

    async fn tls(&self, config: ClientConfig) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::IpAddress(IpAddr::V4(Ipv4Addr::from([127, 0, 0, 1])));
        TlsConnector::from(Arc::new(config)).connect(name, self.tcp().await).await
    }
}

fn router() -> Router {
    Router::new()
        .route(CARD_PATH, get(async || "a card"))
        .route("/who", get(async |Extension(peer): Extension<Peer>| format!("{:?}", peer.agency)))
        .route("/length", post(async |body: Bytes| body.len().to_string()))
        .route("/key", get(async |headers: HeaderMap| headers[IDEMPOTENCY_KEY].as_bytes().to_vec()))
        .route("/large", get(async || vec![7; ANSWER_BYTES_MAX + 1]))
        .route("/never", get(async || std::future::pending::<()>().await))
        .route("/type", get(async || ([(CONTENT_TYPE, "application/octet-stream")], [1, 2, 3])))
        .layer(DefaultBodyLimit::max(4 << 20))
}

async fn get_from(client: &PeerClient, path: &str) -> Result<Answer, PeerError> {
    client.request(Method::GET, path, None, Bytes::new(), ANSWER_BYTES_MAX, WAIT).await
}

fn alice() -> TlsIdentity {
    TlsIdentity::generate("Alice's agency").expect("identity")
}

#[tokio::test]
async fn a_pinned_client_gets_through_and_is_named() {
    let server = Server::start(ListenerLimits::peers()).await;
    let alice = alice();
    server.pin(&alice);
    let client = server.client(&alice);

    let answer = get_from(&client, "/who").await.expect("answer");
    assert_eq!((answer.status, answer.body), (StatusCode::OK, Bytes::from(format!("{:?}", Some(ALICE)))));

    let answer = get_from(&client, "/type").await.expect("answer");
    assert_eq!(answer.content_type.as_deref(), Some("application/octet-stream"));
    assert_eq!(answer.body.as_ref(), [1, 2, 3]);

    let body = Bytes::from(vec![1; 3 << 20]);
    let answer = client.request(Method::POST, "/length", Some("application/octet-stream"), body, 100, WAIT).await;
    assert_eq!(answer.expect("answer").body, "3145728");

    assert_eq!(get_from(&client, "/nowhere").await.expect("answer").status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_stranger_reaches_the_router_without_a_name_and_fetches_a_card() {
    let server = Server::start(ListenerLimits::peers()).await;
    let answer = fetch_card(&server.address, true).await.expect("card");
    assert_eq!((answer.status, answer.body), (StatusCode::OK, Bytes::from("a card")));

    let mut tls = server.tls(client_config_unpinned().expect("config")).await.expect("handshake");
    tls.write_all(b"GET /who HTTP/1.1\r\nhost: bob\r\n\r\n").await.expect("write");
    let mut answer = String::new();
    // A stranger's connection ends after one answer, so it can be read to its end.
    tls.read_to_string(&mut answer).await.expect("read");
    assert!(answer.ends_with("\r\n\r\nNone"), "{answer}");
}

#[tokio::test]
async fn only_tls_1_3_with_the_hybrid_group_is_spoken() {
    let server = Server::start(ListenerLimits::peers()).await;
    let alice = alice();
    server.pin(&alice);

    let ours = client_config(&alice, server.identity.pin()).expect("config");
    let stream = server.tls(ours).await.expect("handshake");
    let connection = stream.get_ref().1;
    assert_eq!(connection.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(connection.negotiated_key_exchange_group().map(|group| group.name()), Some(NamedGroup::X25519MLKEM768));

    for (versions, groups) in [(&TLS12, vec![kx_group::X25519]), (&TLS13, vec![kx_group::X25519])] {
        let mut provider = default_provider();
        provider.kx_groups = groups;
        let refused = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[versions])
            .expect("versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(hostile::AcceptAll))
            .with_no_client_auth();
        let error = server.tls(refused).await.expect_err("refused");
        assert!(error.to_string().contains("alert"), "{versions:?}: {error}");
    }

    // The control: the same client with the right version and group is let in, so it was refused for no other reason.
    let mut provider = default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768];
    let control = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13])
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(hostile::AcceptAll))
        .with_no_client_auth();
    server.tls(control).await.expect("handshake");
}

#[tokio::test]
async fn a_key_that_is_not_pinned_is_refused() {
    let server = Server::start(ListenerLimits::peers()).await;
    server.pin(&alice());
    let error = get_from(&server.client(&alice()), "/who").await.expect_err("refused");
    assert!(matches!(error, PeerError::NotAccepted { .. }), "{error:?}");

    // The same with a large request under way: the refusal is not lost in a reset of the connection.
    let body = Bytes::from(vec![1; 1 << 20]);
    let error = server.client(&alice()).request(Method::POST, "/length", None, body, 100, WAIT).await.expect_err("ref");
    assert!(matches!(error, PeerError::NotAccepted { .. }), "{error:?}");
}

/// A thief knows the certificate, which is no secret, but not the private key.
#[tokio::test]
async fn a_pinned_certificate_without_its_key_is_refused() {
    let server = Server::start(ListenerLimits::peers()).await;
    let (alice, thief) = (alice(), TlsIdentity::generate("A thief").expect("identity"));
    server.pin(&alice);
    let stolen = hostile::certificate_with_another_key(&alice, &thief);
    let mut tls = server.tls(stolen).await.expect("in TLS 1.3 the client is done first");
    let error = tls.read_u8().await.expect_err("refused");
    assert!(error.to_string().contains("DecryptError"), "{error}");
}

#[tokio::test]
async fn a_replaced_pin_is_refused_at_once_also_on_an_open_connection() {
    let server = Server::start(ListenerLimits::peers()).await;
    let (old, new) = (alice(), alice());
    server.pin(&old);
    let open = server.client(&old);
    get_from(&open, "/who").await.expect("answer under the old card");

    server.pin(&new);
    assert_eq!(get_from(&open, "/who").await.expect("answer").status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.accepted.load(Ordering::SeqCst), 1, "the refusal came on the open connection");
    let error = get_from(&open, "/who").await.expect_err("the connection is closed and the next is refused");
    assert!(matches!(error, PeerError::NotAccepted { .. }), "{error:?}");
    get_from(&server.client(&new), "/who").await.expect("answer under the new card");
}

#[tokio::test]
async fn a_server_with_another_key_is_refused() {
    let server = Server::start(ListenerLimits::peers()).await;
    let alice = alice();
    server.pin(&alice);
    let addresses = [server.address.clone()];
    let client = PeerClient::new(&addresses, [7; 32], &alice).expect("client");
    match get_from(&client, "/who").await.expect_err("refused") {
        PeerError::PinMismatch { expected, found, .. } => {
            assert_eq!((expected, found), ([7; 32], server.identity.pin()));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn sessions_are_not_resumed() {
    let server = Server::start(ListenerLimits::peers()).await;
    let mut provider = default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768];
    // This client would resume if it could.
    let eager = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13])
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(hostile::AcceptAll))
        .with_no_client_auth();
    for _ in 0..2 {
        let mut tls = server.tls(eager.clone()).await.expect("handshake");
        tls.write_all(b"GET /who HTTP/1.1\r\nhost: bob\r\n\r\n").await.expect("write");
        tls.read_to_end(&mut Vec::new()).await.expect("read");
        assert_eq!(tls.get_ref().1.handshake_kind(), Some(rustls::HandshakeKind::Full));
        assert_eq!(tls.get_ref().1.tls13_tickets_received(), 0);
    }
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let server = Server::start(ListenerLimits::peers()).await;
    let alice = alice();
    server.pin(&alice);
    let client = server.client(&alice);
    for _ in 0..5 {
        get_from(&client, "/who").await.expect("answer");
    }
    assert_eq!(server.accepted.load(Ordering::SeqCst), 1);

    let (one, two) = tokio::join!(get_from(&client, "/who"), get_from(&client, "/who"));
    one.and(two).expect("answers");
    assert_eq!(server.accepted.load(Ordering::SeqCst), 2, "requests at the same time take one connection each");
}

#[tokio::test]
async fn a_connection_closed_while_idle_costs_no_request() {
    let limits = ListenerLimits { header_read_max: Duration::from_millis(50), ..ListenerLimits::peers() };
    let server = Server::start(limits).await;
    let alice = alice();
    server.pin(&alice);
    let client = server.client(&alice);
    for _ in 0..3 {
        get_from(&client, "/who").await.expect("answer");
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    assert_eq!(server.accepted.load(Ordering::SeqCst), 3);
}

/// A server that answers once on each connection and hangs up when it has read the next request.
#[tokio::test]
async fn a_request_is_repeated_once_if_a_pooled_connection_breaks() {
    let (bob, alice) = (TlsIdentity::generate("Bob's agency").expect("identity"), alice());
    let pins = Pins::new(BTreeMap::from([(alice.pin(), ALICE)]));
    let acceptor = TlsAcceptor::from(Arc::new(server_config(&bob, pins).expect("config")));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = format!("https://{}", listener.local_addr().expect("address"));
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    tokio::spawn(async move {
        // The third connection is closed before it answers at all.
        for answers in [1, 1, 0] {
            let (tcp, _) = listener.accept().await?;
            let mut tls = acceptor.accept(tcp).await?;
            for answer in 0..=answers {
                let mut request = [0; 1024];
                if tls.read(&mut request).await? > 0 {
                    count.fetch_add(1, Ordering::SeqCst);
                }
                if answer < answers {
                    tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
                }
            }
        }
        io::Result::Ok(())
    });
    let client = PeerClient::new(&[address], bob.pin(), &alice).expect("client");
    get_from(&client, "/").await.expect("answer on a new connection");
    get_from(&client, "/").await.expect("answer on the second connection after the first broke");
    assert_eq!(requests.load(Ordering::SeqCst), 3);
    let error = get_from(&client, "/").await.expect_err("the second and the third connection both broke");
    assert!(matches!(error, PeerError::Broken { .. }), "{error:?}");
    assert_eq!(requests.load(Ordering::SeqCst), 5, "it was sent twice and no more");
}

#[tokio::test]
async fn a_stalled_handshake_ends_and_disturbs_nobody() {
    let limits = ListenerLimits { handshake_max: Duration::from_millis(300), ..ListenerLimits::peers() };
    let server = Server::start(limits).await;
    let alice = alice();
    server.pin(&alice);

    let mut silent = server.tcp().await;
    let mut garbage = server.tcp().await;
    garbage.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("write");
    get_from(&server.client(&alice), "/who").await.expect("another client is served meanwhile");

    let closed = timeout(WAIT, silent.read_to_end(&mut Vec::new())).await;
    assert_eq!(closed.expect("the silent connection is closed").expect("read"), 0);
    timeout(WAIT, garbage.read_to_end(&mut Vec::new())).await.expect("closed").expect("read");
}

#[tokio::test]
async fn strangers_take_no_partners_seat() {
    let limits = ListenerLimits { connections_max: 2, ..ListenerLimits::peers() };
    let server = Server::start(limits).await;
    let alice = alice();
    server.pin(&alice);
    // Two partners' connections that stay open would fill both seats if they kept them.
    let client = server.client(&alice);
    let (one, two) = tokio::join!(get_from(&client, "/who"), get_from(&client, "/who"));
    one.and(two).expect("answers");
    fetch_card(&server.address, true).await.expect("a stranger still finds a seat");
}

#[tokio::test]
async fn a_partner_has_its_own_connection_limit() {
    let limits = ListenerLimits { partner_connections_max: 1, ..ListenerLimits::peers() };
    let server = Server::start(limits).await;
    let (alice, carol) = (alice(), TlsIdentity::generate("Carol's agency").expect("identity"));
    server.pins.replace(BTreeMap::from([(alice.pin(), ALICE), (carol.pin(), AgencyId::new([0xca; 32]))]));
    let (first, second) = (server.client(&alice), server.client(&alice));
    get_from(&first, "/who").await.expect("answer");
    assert!(get_from(&second, "/who").await.is_err(), "one connection is open already");
    get_from(&server.client(&carol), "/who").await.expect("another partner is not concerned");
    drop(first);
    tokio::time::sleep(Duration::from_millis(200)).await;
    get_from(&second, "/who").await.expect("the seat is free again");
}

#[tokio::test]
async fn a_connection_on_which_nothing_moves_is_closed() {
    let limits = ListenerLimits { stall_max: Duration::from_millis(200), ..ListenerLimits::peers() };
    let server = Server::start(limits).await;
    let alice = alice();
    server.pin(&alice);
    let mut tls = server.tls(client_config(&alice, server.identity.pin()).expect("config")).await.expect("handshake");
    tls.write_all(b"POST /length HTTP/1.1\r\nhost: bob\r\ncontent-length: 10\r\n\r\nhalf").await.expect("write");
    let read = timeout(WAIT, tls.read_to_end(&mut Vec::new())).await.expect("closed in time");
    assert!(read.is_err() || read.is_ok_and(|bytes| bytes == 0));
}

#[tokio::test]
async fn answers_that_are_too_large_or_too_late_are_given_up() {
    let server = Server::start(ListenerLimits::peers()).await;
    let alice = alice();
    server.pin(&alice);
    let client = server.client(&alice);
    let error = get_from(&client, "/large").await.expect_err("refused");
    assert!(matches!(error, PeerError::TooLarge { bytes_max: ANSWER_BYTES_MAX, .. }), "{error:?}");

    let short = Duration::from_millis(200);
    let error = client.request(Method::GET, "/never", None, Bytes::new(), 1, short).await.expect_err("too late");
    assert!(matches!(error, PeerError::TimedOut { waited, .. } if waited == short), "{error:?}");
    get_from(&client, "/who").await.expect("the client is usable afterwards");
}

/// A length that is not announced is counted while it arrives.
#[tokio::test]
async fn an_endless_answer_is_given_up() {
    let folder = tempfile::tempdir().expect("tempdir");
    let path = folder.path().join("node.sock");
    let listener = tokio::net::UnixListener::bind(&path).expect("bind");
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await?;
        socket.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
        loop {
            socket.write_all(b"4\r\nmore\r\n").await?;
        }
        #[expect(unreachable_code, reason = "it names the type of the task's result")]
        io::Result::Ok(())
    });
    let answer = UnixClient::new(path).request(Method::GET, "/", None, Bytes::new(), 1000, WAIT).await;
    assert!(matches!(answer, Err(PeerError::TooLarge { bytes_max: 1000, .. })), "{answer:?}");
}

#[tokio::test]
async fn a_dead_address_is_passed_over() {
    let server = Server::start(ListenerLimits::peers()).await;
    let alice = alice();
    server.pin(&alice);
    let dead = TcpListener::bind("127.0.0.1:0").await.expect("bind").local_addr().expect("address");
    let addresses = [format!("https://{dead}"), server.address.clone()];
    let client = PeerClient::new(&addresses, server.identity.pin(), &alice).expect("client");
    get_from(&client, "/who").await.expect("answer of the second address");

    let client = PeerClient::new(&addresses[..1], server.identity.pin(), &alice).expect("client");
    let error = get_from(&client, "/who").await.expect_err("nobody is there");
    assert!(matches!(error, PeerError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_stopping_listener_finishes_what_it_began() {
    let (began, mut begun) = watch::channel(false);
    let (finish, may_finish) = watch::channel(false);
    let slow = move || {
        let (began, mut may_finish) = (began.clone(), may_finish.clone());
        async move {
            began.send_replace(true);
            may_finish.wait_for(|finish| *finish).await.map(|_| "done").unwrap_or("lost")
        }
    };
    let (stop, stopped) = watch::channel(false);
    let folder = tempfile::tempdir().expect("tempdir");
    let path = folder.path().join("mithaq.sock");
    let listener = bind_unix(&path).expect("bind");
    let router = Router::new().route("/slow", get(slow));
    let served = tokio::spawn(serve_unix(listener, router, ListenerLimits::local(), stopped));
    let client = UnixClient::new(path.clone());
    let request =
        tokio::spawn(async move { client.request(Method::GET, "/slow", None, Bytes::new(), 100, WAIT).await });
    begun.wait_for(|began| *began).await.expect("the request has begun");
    stop.send_replace(true);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!served.is_finished());
    finish.send_replace(true);
    assert_eq!(request.await.expect("task").expect("answer").body, "done");
    timeout(WAIT, served).await.expect("stopped").expect("task");
    let late = UnixClient::new(path).request(Method::GET, "/slow", None, Bytes::new(), 100, WAIT).await;
    assert!(matches!(late, Err(PeerError::NoNode { .. })), "{late:?}");
}

#[tokio::test]
async fn the_own_agency_calls_over_socket_and_loopback() {
    let folder = tempfile::tempdir().expect("tempdir");
    let path = folder.path().join("mithaq.sock");
    // What a dead node leaves behind.
    drop(std::os::unix::net::UnixListener::bind(&path).expect("bind"));
    let listener = bind_unix(&path).expect("a dead socket is replaced");
    assert_eq!(std::fs::metadata(&path).expect("metadata").permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 1, "nothing else is left there");

    let (stop, stopped) = watch::channel(false);
    tokio::spawn(serve_unix(listener, router(), ListenerLimits::local(), stopped.clone()));
    let client = UnixClient::new(path.clone());
    let body = Bytes::from_static(b"12345");
    let answer = client.request(Method::POST, "/length", Some("text/plain"), body, 100, WAIT).await;
    assert_eq!(answer.expect("answer").body, "5");
    let keyed = client.with_idempotency_key("k1".to_owned());
    let answer = keyed.request(Method::GET, "/key", None, Bytes::new(), 100, WAIT).await;
    assert_eq!(answer.expect("answer").body, "k1");
    assert_eq!(bind_unix(&path).expect_err("in use").kind(), io::ErrorKind::AddrInUse);

    let file = folder.path().join("file");
    std::fs::write(&file, "precious").expect("write");
    assert_eq!(bind_unix(&file).expect_err("no socket").kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&file).expect("read"), b"precious");

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    tokio::spawn(serve_plain(listener, router(), ListenerLimits::local(), stopped));
    let mut tcp = TcpStream::connect(address).await.expect("connect");
    let request = format!("GET {CARD_PATH} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    tcp.write_all(request.as_bytes()).await.expect("write");
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).await.expect("read");
    assert!(answer.ends_with("\r\n\r\na card"), "{answer}");
    stop.send_replace(true);
}

/// What only an attacker or a careless client would do: it lives in test code.
mod hostile {
    use super::*;
    use rustls::{
        DigitallySignedStruct, Error, SignatureScheme,
        client::{
            ResolvesClientCert,
            danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        },
        pki_types::{CertificateDer, UnixTime},
        sign::CertifiedKey,
    };

    /// A client that presents `shown`'s certificate and signs with `signer`'s key.
    pub fn certificate_with_another_key(shown: &TlsIdentity, signer: &TlsIdentity) -> ClientConfig {
        let mut provider = default_provider();
        provider.kx_groups = vec![kx_group::X25519MLKEM768];
        let key = PrivatePkcs8KeyDer::from(signer.key_pkcs8().to_vec()).into();
        let key = provider.key_provider.load_private_key(key).expect("key");
        let pair = CertifiedKey::new(vec![shown.certificate().clone()], key);
        ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&TLS13])
            .expect("versions")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AcceptAll))
            .with_client_cert_resolver(Arc::new(Always(Arc::new(pair))))
    }

    #[derive(Debug)]
    struct Always(Arc<CertifiedKey>);

    impl ResolvesClientCert for Always {
        fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
            Some(Arc::clone(&self.0))
        }

        fn has_certs(&self) -> bool {
            true
        }
    }

    #[derive(Debug)]
    pub struct AcceptAll;

    impl ServerCertVerifier for AcceptAll {
        fn verify_server_cert(
            &self,
            _certificate: &CertificateDer<'_>,
            _intermediates: &[CertificateDer<'_>],
            _server_name: &ServerName<'_>,
            _ocsp_response: &[u8],
            _now: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _message: &[u8],
            _certificate: &CertificateDer<'_>,
            _signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _message: &[u8],
            _certificate: &CertificateDer<'_>,
            _signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            default_provider().signature_verification_algorithms.supported_schemes()
        }
    }
}
