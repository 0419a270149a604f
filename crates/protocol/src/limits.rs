//! The limits of the protocol, each with its reason. Both ends enforce them, so changing one changes the protocol.

/// A header is read for every record, before anything else is known about it, and never needs prose.
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
/// No format here nests deeper than five; eight leaves room and bounds the stack of every reader.
pub const JSON_DEPTH_MAX: usize = 8;
/// Duplicate keys are searched for by comparison; no object of this protocol has a tenth of this many members.
pub const JSON_OBJECT_MEMBERS_MAX: usize = 256;
/// 2^53 − 1: the greatest integer that every JSON reader holds exactly (RFC 8259 §6).
pub const JSON_INTEGER_MAX: u64 = (1 << 53) - 1;

/// A body is held in memory whole while its digest is checked; what is larger travels as an attachment.
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Three signatures and their passkey assertions fit four times over.
pub const APPROVALS_BYTES_MAX: usize = 16 * 1024;
/// Approvals of one record: a role each for author and release, and a few heads of delegation.
pub const APPROVALS_MAX: usize = 8;
/// A challenge of 32 bytes, an origin and what browsers add are some 250 bytes; an origin may be of 300.
pub const CLIENT_DATA_BYTES_MAX: usize = 2048;
/// A new credential with the longest id and a key are 1,155 bytes; what extensions add is short.
pub const AUTHENTICATOR_DATA_BYTES_MAX: usize = 2048;
/// WebAuthn Level 3 §7.1 step 25: relying parties refuse longer ones.
pub const CREDENTIAL_ID_BYTES_MAX: usize = 1023;
/// More files than this are a folder: they belong into an archive or into several records. Fits the u8 on the wire.
pub const ATTACHMENTS_PER_RECORD_MAX: usize = 32;
/// Restrictions are listed for an officer to read and obey: a longer list is not read.
pub const LIST_ITEMS_MAX: usize = 32;
/// A sentence or two: what needs more room belongs into the body.
pub const HEADER_TEXT_BYTES_MAX: usize = 1024;
/// File names on common file systems end at 255 bytes.
pub const FILE_NAME_BYTES_MAX: usize = 255;

/// A batch costs one pair of signatures; beyond some thousand records nothing is saved and latency grows.
pub const BATCH_RECORDS_MAX: usize = 4096;
/// What a receiver must hold in memory to check one batch.
pub const BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A signed document other than a card or an agreement: a withheld note over a full batch is the largest (67 bytes of
/// commitment and up to five of index for each of 4096 records, in base64).
pub const DOCUMENT_BYTES_MAX: usize = 512 * 1024;
/// Four key pairs in base64 are 7 KiB; names and addresses are short.
pub const CARD_BYTES_MAX: usize = 32 * 1024;
/// A card in base64 and five signature pairs of 3.4 KiB each.
pub const SIGNED_CARD_BYTES_MAX: usize = 64 * 1024;
/// A card a quarter for sixteen years.
pub const CARDS_PER_CHAIN_MAX: usize = 64;
/// [`CARDS_PER_CHAIN_MAX`] signed cards of [`SIGNED_CARD_BYTES_MAX`].
pub const CARD_CHAIN_BYTES_MAX: usize = CARDS_PER_CHAIN_MAX * SIGNED_CARD_BYTES_MAX;
/// A name in each language that the parties use; there are few.
pub const LANGUAGES_MAX: usize = 16;
/// A name that fits a screen and a letterhead.
pub const NAME_BYTES_MAX: usize = 200;
/// A main address, a second site and some spare.
pub const ADDRESSES_MAX: usize = 8;
/// A host name is at most 253 bytes (RFC 1035 §2.3.4).
pub const ADDRESS_BYTES_MAX: usize = 300;

/// A treaty's text in several languages.
pub const AGREEMENT_BYTES_MAX: usize = 1024 * 1024;
/// The agreement in base64 and, for each party, a signature and a sealing-key document of 8 KiB in base64.
pub const BUNDLE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Every record goes to all parties: larger circles are several agreements.
pub const PARTIES_MAX: usize = 16;
/// One a mechanism and desk; lawyers negotiate each.
pub const CLAUSES_MAX: usize = 64;
/// Kinds of a clause: the largest desk has under twenty.
pub const KINDS_PER_CLAUSE_MAX: usize = 64;
/// Letters of a clause id, a kind, a purpose, an office or a code.
pub const TOKEN_BYTES_MAX: usize = 64;
/// Five years: the longest first retention of personal data (INTERPOL's rules on the processing of data).
pub const RETENTION_DAYS_MAX: u32 = 1825;
/// Days after which what is kept needs a review with reasons: RET-02 (three years; regulation (EU) 2016/794, article 31).
pub const REVIEW_DAYS: u32 = 1096;
/// A quarter: what arrives later than this after an agreement's end was not delayed by the network.
pub const LATE_DAYS_MAX: u32 = 92;
/// A year: a longer notice is an agreement that can't be ended.
pub const TERMINATION_NOTICE_DAYS_MAX: u32 = 366;
/// One a minute: more than a desk that is called at night can read.
pub const URGENT_RECORDS_PER_HOUR_DEFAULT: u32 = 60;
/// One a second: beyond it nothing is urgent any more.
pub const URGENT_RECORDS_PER_HOUR_MAX: u32 = 3600;
/// A long film: where an agreement says nothing, no attachment is larger.
pub const ATTACHMENT_BYTES_DEFAULT: u64 = 1 << 32;
/// Many pages of text, or the picture of a document.
pub const URGENT_RECORD_BYTES_DEFAULT: u32 = 64 * 1024;
/// A few pictures: what takes longer to send than an officer takes to call belongs into the main lane.
pub const URGENT_RECORD_BYTES_MAX: u32 = 1024 * 1024;
/// One year in hours: no deadline of an answer is longer.
pub const DEADLINE_HOURS_MAX: u32 = 8784;
/// The same year in minutes.
pub const TIME_LIMIT_MINUTES_MAX: u32 = DEADLINE_HOURS_MAX * 60;
/// Time limits of a clause: a desk has under ten, and a clause rarely more than one desk.
pub const TIME_LIMITS_PER_CLAUSE_MAX: usize = 64;

/// A protocol record's body: an agreement's bundle or a refusal of a whole batch is the largest.
pub const CONTROL_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The kept state of a log or channel: [`PARTIES_MAX`] parties with as many officers and revocations as they may have, each
/// of some 500 bytes.
pub const STATE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Officers whom a party enrols in one channel, the revoked ones too: fifty desks with two new keys a year, for ten years.
pub const OFFICERS_MAX: usize = 1024;
/// Each enrolment revoked in both lanes, and as many said again in the first batch of a new epoch.
pub const REVOCATIONS_MAX: usize = 4 * OFFICERS_MAX;
/// A manifest further ahead of the receiver's clock is not admitted until then (protocol: 10 minutes).
pub const MANIFEST_AHEAD_MS_MAX: u64 = 10 * 60 * 1000;
/// A quarantined record is kept this long for the auditor (protocol: 30 days).
pub const QUARANTINE_MS: u64 = 30 * 24 * 60 * 60 * 1000;

/// What a statement lists as awaited: the earliest deadlines. More open requests than this are counted.
pub const STATEMENT_AWAITS_MAX: usize = 512;
/// Logs in a cut: two lanes of every party in a few hundred epochs, which is more restores than an agency survives.
pub const STATEMENT_LOGS_MAX: usize = 16_384;
/// Ranges in one question about a statement: an answer that lists each of them stays under a MiB.
pub const BISECT_RANGES_MAX: usize = 64;
/// Into how many parts a range is cut: four questions name one thread of a million.
pub const BISECT_PARTS: usize = 16;
/// Threads that are listed and not cut.
pub const BISECT_LISTED_MAX: usize = 16;
/// How often a range is cut: sixteen parts sixteen times are more threads than there can be.
pub const BISECT_DEPTH_MAX: u32 = 16;
/// Differing threads that are named: more are no longer a matter of single threads.
pub const BISECT_DIFFERING_MAX: usize = 1_000;
/// Questions of one search: enough to name [`BISECT_DIFFERING_MAX`] threads one by one.
pub const BISECT_ROUNDS_MAX: u32 = 8_192;
/// A question or an answer: 64 ranges of sixteen threads with digests, each some 200 bytes.
pub const BISECT_BYTES_MAX: usize = 1024 * 1024;
