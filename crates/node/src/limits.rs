//! Every limit of the node, with its unit last in its name and its reason.

// Transport: see `transport`.

/// Time for a TLS handshake. Two round trips over a slow satellite link take under 3 s; the rest is patience.
pub const HANDSHAKE_SECONDS_MAX: u64 = 10;

/// Time to reach one address of a partner, name lookup included. A partner may list several: a dead one must not use
/// up the time of the request.
pub const CONNECT_SECONDS_MAX: u64 = 5;

/// Connections that have not shown a pinned key: those in their handshake, and those that fetch a card. They get
/// their own seats, so that a flood of strangers takes no partner's connection.
pub const STRANGER_CONNECTIONS_MAX: usize = 128;

/// How long a connection without a pinned key may live after its handshake: enough for one card over a slow link.
pub const STRANGER_SECONDS_MAX: u64 = 30;

/// Connections of one partner. Twice what our own client opens, so that a partner that restarts is let in before its
/// old connections are seen to be dead.
pub const PARTNER_CONNECTIONS_MAX: usize = 2 * CLIENT_CONNECTIONS_MAX;

/// Connections that our client opens to one partner: a long poll and a send in each lane of several channels.
pub const CLIENT_CONNECTIONS_MAX: usize = 16;

/// Idle connections that our client keeps to one partner: what a busy partner uses again at once.
pub const CLIENT_IDLE_CONNECTIONS_MAX: usize = 8;

/// Connections to a port or socket of the agency itself: browsers open six each.
pub const LOCAL_CONNECTIONS_MAX: usize = 512;

/// Time from the end of an answer to the end of the next request's head. It is also how long a connection may be
/// idle, so it is above the pause of a partner that polls once a minute.
pub const HEADER_READ_SECONDS_MAX: u64 = 75;

/// A connection between nodes on which no byte moved for so long is dead. A long poll must be shorter than this.
pub const LINK_STALL_SECONDS_MAX: u64 = 90;

/// Time that open requests get to finish when the node stops.
pub const DRAIN_SECONDS_MAX: u64 = 10;

/// Time to wait, after a refused handshake, for the other side to read why.
pub const ALERT_LINGER_SECONDS_MAX: u64 = 2;

/// Bytes that are read and thrown away during that time: a request already under way.
pub const ALERT_LINGER_BYTES_MAX: u64 = 4 << 20;

/// Buffer of an HTTP connection; also the largest head of a request. Bodies do not wait in it.
pub const HTTP_BUFFER_BYTES_MAX: usize = 64 << 10;

/// Header lines in a request or an answer. Ours have under ten.
pub const HTTP_HEADERS_MAX: usize = 64;

/// Ciphertext read from a socket at once: four TLS records. rustls alone asks for 4 KiB at a time.
pub const TLS_READ_BYTES: usize = 64 << 10;

/// Plaintext encrypted before it is written to a socket in one call: sixteen TLS records.
pub const TLS_WRITE_BYTES_MAX: usize = 256 << 10;

/// A card that is fetched. Cards are a few kilobytes; languages and addresses add little.
pub const CARD_BYTES_MAX: usize = 64 << 10;

/// Time for fetching a card.
pub const CARD_SECONDS_MAX: u64 = 15;

/// A request to the agency's own port: 1,000 records of 32 KiB, or a bundle.
pub const API_BODY_BYTES_MAX: usize = 64 << 20;

/// A request of a partner: a batch frame is the largest.
pub const PEER_BODY_BYTES_MAX: usize = 40 << 20;

/// Records in one request to `/v1/records`.
pub const SUBMIT_RECORDS_MAX: usize = 1_000;

/// Orders that wait for a channel's writer: enough to fill the next batch while one commits, few enough to push back.
pub const WRITER_QUEUE_ORDERS_MAX: usize = 64;
