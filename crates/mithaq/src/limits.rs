//! Every limit of the command line, with its unit last in its name and its reason.

use std::time::Duration;

/// Time for an answer of the own node that needs no partner: longer than the longest write to a slow disk.
pub const ANSWER_SECONDS_MAX: u64 = 120;

/// What a command waits beyond the time that it asked the node to wait, so that the node's own answer comes first.
pub const GRACE_SECONDS: u64 = 10;

/// An answer that is held in memory: a page of records, an evidence file with its cards.
pub const ANSWER_BYTES_MAX: usize = 256 << 20;

/// A file passes in pieces of this size: large enough for the disk, small enough that memory stays constant.
pub const PIECE_BYTES: usize = 256 << 10;

/// Pieces of a file read ahead of the socket.
pub const PIECES_AHEAD_MAX: usize = 4;

/// Bytes of a bulk request after which no further line is added: half of what the node takes, since lines vary.
pub const REQUEST_BYTES_AIM: usize = node::limits::API_BODY_BYTES_MAX / 2;

/// A passphrase file is one line; more is another file given by mistake.
pub const PASSPHRASE_BYTES_MAX: u64 = 4 << 10;

/// An officer's key file is some hundred bytes.
pub const KEY_FILE_BYTES_MAX: u64 = 16 << 10;

/// An evidence file: a record of 8 MiB, its enrolments, the cards and agreement versions of all parties.
pub const EVIDENCE_BYTES_MAX: u64 = 256 << 20;

/// As much of a file as says which sort of file it is.
pub const FIRST_LINE_BYTES_MAX: u64 = 32;

/// A body that is read whole: the protocol's own limit is checked later and says more.
pub const BODY_FILE_BYTES_MAX: u64 = 16 << 20;

/// Memory of argon2id for an officer's key file, in KiB: 64 MiB is the second recommended choice of RFC 9106, which a
/// laptop has to spare.
pub const ARGON2_MEMORY_KIB: u32 = 64 << 10;

/// Passes of argon2id that go with [`ARGON2_MEMORY_KIB`] (RFC 9106 §4).
pub const ARGON2_PASSES: u32 = 3;

/// Lanes of argon2id that go with [`ARGON2_MEMORY_KIB`] (RFC 9106 §4).
pub const ARGON2_LANES: u32 = 4;

/// Pause before a stream that ended is taken up again.
pub const FOLLOW_PAUSE_SECONDS: u64 = 2;

/// How often in a row a stream is taken up in vain: a node is back within some minutes, or somebody must look.
pub const FOLLOW_TRIES_MAX: u32 = 150;

/// The wait for an answer that needs no partner.
pub const fn answer_time_max() -> Duration {
    Duration::from_secs(ANSWER_SECONDS_MAX)
}

/// A file with a token: under a hundred characters and a line's end.
pub const TOKEN_FILE_BYTES_MAX: u64 = 1 << 10;

/// What an auditor countersigned last: under 200 bytes an agency.
pub const SEEN_FILE_BYTES_MAX: u64 = 1 << 20;

/// How long a shell waits for ids where one is typed: longer, and who types takes it for stuck.
pub const COMPLETION_WAIT_MAX: Duration = Duration::from_millis(700);

/// The file of an entry of the protection register: a person in a few dozen spellings.
pub const PROTECTION_FILE_BYTES_MAX: u64 = 64 << 10;
/// How often the line that shows progress is drawn anew by itself: slow enough for a line over a thin network.
pub const PROGRESS_TICK_MS: u64 = 250;

/// A list of records: 50,000 names of some 150 bytes.
pub const NAMES_FILE_BYTES_MAX: u64 = 8 << 20;

/// Pause between two questions whether a node answers yet: short beside the time that a start takes.
pub const WAIT_PAUSE: Duration = Duration::from_millis(20);

/// A head of an audit log with its proof and the agency's cards; or its countersignature.
pub const HEAD_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Pause before a card that did not come is asked for again: the node itself answers a fetch in vain after 6 s.
pub const PAIR_FETCH_PAUSE: Duration = Duration::from_secs(2);

/// First pause between two looks at what the other side of a meeting did; each is twice as long as the one before.
pub const PAIR_PAUSE_LEAST: Duration = Duration::from_millis(50);

/// And the longest: people sign, not programs.
pub const PAIR_PAUSE_MOST: Duration = Duration::from_secs(2);

/// How long a channel of an agreement in force is waited for: links that fail try again within seconds.
pub const PAIR_OPENS_AFTER: Duration = Duration::from_secs(20);

/// What `person list --json` prints: some hundred bytes each of the people of a large agency.
pub const PEOPLE_FILE_BYTES_MAX: u64 = 16 << 20;
