//! Every limit on a record's body, with its reason.

/// Structured bodies are facts, not documents: the largest real readout is 7 KB. Whatever is larger is an attachment.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// A file that holds many bodies (a year's readouts) stays well below this; it bounds what one command reads.
pub const TOML_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Our bodies nest three deep. The bound keeps a hostile body from exhausting the stack.
pub const DEPTH_MAX: usize = 8;

/// A title must fit one line of a list in any of the five languages.
pub const TITLE_CHARS_MAX: usize = 200;

/// The name of an office, a point of contact or a place.
pub const OFFICE_CHARS_MAX: usize = 120;

/// A note of what happened, a reason, a measure: a paragraph.
pub const PARAGRAPH_CHARS_MAX: usize = 1_000;

/// A text that two parties sign: two printed pages in each language.
pub const JOINT_TEXT_CHARS_MAX: usize = 6_000;

/// A stated fact is one or two sentences.
pub const FACT_CHARS_MAX: usize = 600;

/// The text of a note: about six printed pages, after which it should be a file.
pub const NOTE_CHARS_MAX: usize = 20_000;

/// A link that a person can still paste; browsers cut off near this length.
pub const URL_CHARS_MAX: usize = 2_000;

/// A readout of a long session has some dozens of topics and facts; more is a copied document.
pub const LIST_ITEMS_MAX: usize = 100;

/// Two sides meet, seldom three or four; a conference is not a readout between parties.
pub const PARTIES_MAX: usize = 10;

/// A request is read whole by an officer who decides on it: two printed pages for each of its parts.
pub const REQUEST_TEXT_CHARS_MAX: usize = 5_000;

/// A statement is graded as one: what needs more room is several statements.
pub const STATEMENT_CHARS_MAX: usize = 2_000;

/// All names of a person, with titles and fathers' names, in any script.
pub const NAME_CHARS_MAX: usize = 200;

/// More persons than this are a list and not a case (BLK-01).
pub const PERSONS_MAX: usize = 20;

/// A thread is read through at each of its events; what has more is not one matter but many. Counted for each party by itself:
/// nobody fills what another one has to say. As many receipts count of each party for the batches of each other one.
pub const THREAD_RECORDS_MAX: usize = 500;

/// Records of a party that a node keeps of a thread: twice what counts, because those that others refuse do not.
pub const THREAD_RECORDS_KEPT_MAX: usize = 2 * THREAD_RECORDS_MAX;

/// Ten minutes: the margin that the protocol gives clocks everywhere ([`protocol::limits::MANIFEST_AHEAD_MS_MAX`]).
pub const RECEIVED_DISPUTE_MS: u64 = protocol::limits::MANIFEST_AHEAD_MS_MAX;
