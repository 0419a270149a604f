//! Serving: the two ports, the socket, the links to partners and the jobs, until told to stop.

use std::{io, net::SocketAddr, sync::Arc};

use axum::Router;
use node::{callers::Door, jobs, node::Node, sync, threads, transport::tls::server_config};
use serde::Serialize;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    listener::{ListenerLimits, bind_unix, serve_plain, serve_tls, serve_unix},
    router,
};

/// Name of the node's socket in its folder.
pub const SOCKET: &str = "mithaq.sock";

/// Where a node answers, once it does.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// The port for partners.
    pub peer: SocketAddr,
    /// The port for the agency itself.
    pub api: SocketAddr,
    /// This process.
    pub pid: u32,
}

/// Why a node can't serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A port or the socket can't be opened.
    #[error("{what} can't be opened: {source}")]
    Listen {
        /// Which.
        what: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The TLS key is not usable.
    #[error("this node's TLS key can't be used: {0}")]
    Tls(#[from] rustls::Error),
}

/// Where to listen for this run instead of where `node.toml` says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listen {
    /// To partners.
    pub peer: Option<SocketAddr>,
    /// To the agency itself; on loopback.
    pub api: Option<SocketAddr>,
}

/// Serves where `node.toml` says, until [`Node::stop`](node::node::Inner::stop) turns true. `ready` is called once
/// every listener is open.
pub async fn serve(node: Node, ready: impl FnOnce(&Ready)) -> Result<(), ServeError> {
    let port = router::agency(node.clone(), Door::Port);
    serve_at(node, Listen::default(), port, ready).await
}

/// As [`serve`], at other addresses for this run, with what the agency's port shall answer: for programs, or for people too.
pub async fn serve_at(node: Node, at: Listen, port: Router, ready: impl FnOnce(&Ready)) -> Result<(), ServeError> {
    let peers = listen(&at.peer.unwrap_or(node.config.peer_listen)).await?;
    let agency = listen(&at.api.unwrap_or(node.config.api_listen)).await?;
    let path = node.dir.join(SOCKET);
    let opened = bind_unix(&path);
    let socket = opened.map_err(|source| ServeError::Listen { what: path.display().to_string(), source })?;
    jobs::homes::known(&node.peers, &node.pins);
    let tls = Arc::new(server_config(&node.identity, node.pins.clone())?);
    let address = |listener: &TcpListener, what: &str| {
        listener.local_addr().map_err(|source| ServeError::Listen { what: what.to_owned(), source })
    };
    let addresses = Ready {
        peer: address(&peers, "the peer port")?,
        api: address(&agency, "the agency's port")?,
        pid: std::process::id(),
    };
    let stop = || node.stop.subscribe();
    let jobs = [
        tokio::spawn(sync::run(Arc::new(node.links()))),
        tokio::spawn(jobs::homes::run(Arc::clone(&node.peers), node.pins.clone(), stop())),
        tokio::spawn(jobs::run(Arc::new(node.jobs()), stop())),
        tokio::spawn(jobs::activation::run(
            Arc::clone(&node.db),
            Arc::clone(&node.channels),
            Arc::clone(&node.agreed),
            stop(),
        )),
        tokio::spawn(jobs::refusals::run(Arc::clone(&node.audit), stop())),
        tokio::spawn(jobs::quiet::run(Arc::clone(&node.db), stop())),
        tokio::spawn(jobs::release::run(Arc::clone(&node.sending), stop())),
        tokio::spawn(threads::run(&node.upkeep, stop())),
        tokio::spawn(jobs::statements::run(Arc::clone(&node.statements), stop())),
    ];
    ready(&addresses);
    tracing::info!(peer = %addresses.peer, api = %addresses.api, "serving");
    tokio::join!(
        serve_tls(peers, tls, node.pins.clone(), router::partners(node.clone()), ListenerLimits::peers(), stop()),
        serve_plain(agency, port, ListenerLimits::local(), stop()),
        serve_unix(socket, router::agency(node.clone(), Door::Socket), ListenerLimits::local(), stop()),
    );
    jobs.iter().for_each(JoinHandle::abort);
    node.audit.refusals.write_all(&node.audit).await;
    // The next start makes it anew; a leftover only misleads people.
    let _ = std::fs::remove_file(path);
    Ok(())
}

async fn listen(address: &SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { what: address.to_string(), source })
}
