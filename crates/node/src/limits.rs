//! Every limit of the node, with its unit last in its name and its reason.

// Transport: see `transport`.

/// Time for a TLS handshake. Two round trips over a slow satellite link take under 3 s; the rest is patience.
pub const HANDSHAKE_SECONDS_MAX: u64 = 6;

/// Time until the first byte of a connection: a round trip over a satellite and patience.
pub const SILENCE_SECONDS_MAX: u64 = 3;

/// Time for the first head of a request, while nobody knows who sends it.
pub const FIRST_HEAD_SECONDS_MAX: u64 = 10;

/// Time to reach one address of a partner, name lookup included. A partner may list several: a dead one must not use
/// up the time of the request.
pub const CONNECT_SECONDS_MAX: u64 = 5;

/// Connections that have not shown a pinned key: those in their handshake, and those that fetch a card. They get
/// their own seats, so that a flood of strangers takes no partner's connection. Each may cost 128 KiB.
pub const STRANGER_CONNECTIONS_MAX: usize = 128;

/// Connections in their handshake from where partners are expected: several each, of as many as restart at once.
pub const EXPECTED_CONNECTIONS_MAX: usize = 256;

/// Addresses that are remembered because a pinned key was shown from there: some for each partner.
pub const PARTNER_ADDRESSES_MAX: usize = 1_024;

/// Addresses that one name in a card leads to.
pub const ADDRESSES_OF_NAME_MAX: usize = 16;

/// Networks and partners whose mistakes are counted apart for the log; all others are counted together.
pub const TALLIED_MAX: usize = 64;

/// How long what others do wrong is counted before the log says how often.
pub const TALLY_MS: u64 = 60_000;

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

/// A request to the agency's own port that carries names, ids and numbers.
pub const API_SMALL_BODY_BYTES_MAX: usize = 64 << 10;

/// Requests of one token, over time: twenty times what one program that sends records one by one gets through, so that
/// only a loop gone wild is slowed down.
pub const TOKEN_REQUESTS_PER_SECOND_MAX: u64 = 5_000;

/// Requests of one token at once, after a pause.
pub const TOKEN_REQUESTS_BURST_MAX: u64 = 10_000;

/// Within a day another officer reviews what one released alone (EYE-03).
pub const REVIEW_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// False manifests that are kept of one log: it does not go on behind the first.
pub const BREACHES_KEPT_MAX: usize = 4;

/// Tokens that a node keeps, the expired and revoked ones too: every office and program of a large agency, renewed for
/// years.
pub const TOKENS_MAX: usize = 4_096;

/// Purposes of a token. An agreement has about ten, and a task needs one or two of them.
pub const TOKEN_PURPOSES_MAX: usize = 32;

/// How long a token counts when nothing is said: a quarter.
pub const TOKEN_DAYS: u64 = 90;

/// From how long before its end on a token is renewed by its holder: two weeks, so that nobody is kept out by a holiday.
pub const TOKEN_RENEWED_MS: u64 = 14 * 24 * 3_600_000;

/// Batches that a list that is read from above looks at together.
pub const LATEST_ARRIVALS_AT_ONCE: u64 = 128;

/// Batches that one page of such a list looks at: where it finds fewer rows than it has room for, it goes on with the next page.
pub const LATEST_ARRIVALS_MAX: u64 = 4_096;

/// For how long a link counts by which a person registers a passkey: three days, so that it can be handed over in person.
pub const LINK_MS_MAX: u64 = 3 * 24 * 3_600_000;

/// For how long it can be answered what a browser was asked to sign.
pub const CHALLENGE_MS_MAX: u64 = 5 * 60_000;

/// For how long whoever was sent to the agency's own sign-in service may come back.
pub const SIGN_IN_MS_MAX: u64 = 10 * 60_000;

/// Challenges that were answered in that time: everybody of a large agency in the morning.
pub const CHALLENGES_MAX: usize = 4_096;

/// Passkeys of one person: some devices and a spare.
pub const PASSKEYS_OF_PERSON_MAX: usize = 8;

/// Characters of what a person calls a passkey.
pub const PASSKEY_NAME_CHARS_MAX: usize = 60;

/// How long a session lasts at most: a long day's work.
pub const SESSION_MS_MAX: u64 = 12 * 3_600_000;

/// How long a session lasts that nobody uses: a meeting. What was typed is kept as a draft.
pub const SESSION_IDLE_MS: u64 = 45 * 60_000;

/// For how long it counts that a person showed a passkey, before what can't be undone.
pub const SESSION_CONFIRMED_MS: u64 = 5 * 60_000;

/// Sessions of one person: an office's computer, a laptop, a telephone, and some that were left open.
pub const SESSIONS_OF_PERSON_MAX: usize = 8;

/// Links by which visitors of a made-up agency are let in: the oldest ends where there is one more.
pub const VISITORS_MAX: usize = 256;

/// Characters of what a browser calls itself that are kept.
pub const SESSION_BROWSER_CHARS_MAX: usize = 200;

/// Days for which a draft, and what became of it, is kept after it was last changed; it goes with the month that they end in.
pub const DRAFT_KEPT_DAYS: u32 = 90;

/// Drafts of a node: a hundred for each of a large agency's officers.
pub const DRAFTS_MAX: usize = 20_000;

/// Length of a draft: what people write. What is longer is a file.
pub const DRAFT_BYTES_MAX: usize = 1024 * 1024;

/// Length of a clause's id, or of what a draft answers, as a draft names it: a record's whole name has 160 and some.
pub const DRAFT_WORD_BYTES_MAX: usize = 256;

/// Least length of a row of an office's work, which grows by doubling: its length tells little of what it holds.
pub const OFFICE_ROW_BYTES: usize = 4_096;

/// Characters of a colleague's remark: a page.
pub const REMARK_CHARS_MAX: usize = 2_000;

/// Remarks on one draft or thread.
pub const REMARKS_MAX: usize = 100;

/// Early erasures that one page lists: those that wait for a party first. Whoever looks for an older one finds it in the log.
pub const ERASURES_LISTED_MAX: usize = 200;

/// Threads of which it is kept that a person has read what came, besides those that count as read by their age: some weeks of one
/// officer's reading.
pub const SEEN_THREADS_MAX: usize = 1_000;

/// How often it is written at most how far a person has looked, where nothing else of theirs is. What a crash loses is shown as new
/// once more.
pub const VISIT_KEPT_MS: u64 = 5 * 60_000;

/// Threads with which something is done at once: a page of a list.
pub const TOGETHER_MAX: usize = PAGE_ROWS_MAX;

/// Characters of a draft's first words, which stand for it in lists while it has no title.
pub const DRAFT_BEGINS_CHARS_MAX: usize = 80;

/// Views of lists that a person keeps under names: as many as a menu shows.
pub const VIEWS_MAX: usize = 20;

/// Characters of a view's name.
pub const VIEW_NAME_CHARS_MAX: usize = 60;

/// Bytes of what a view asks.
pub const VIEW_QUERY_BYTES_MAX: usize = 512;

/// People that a node knows, those who left of late too: a large agency.
pub const PEOPLE_MAX: usize = 4_096;

/// Least length of a list about people as it is kept: how many they are is told in few steps.
pub const SEALED_META_BYTES: usize = 4_096;

/// Offices, roles or keys of one person.
pub const OF_A_PERSON_MAX: usize = 16;

/// How long after leaving a person's name is kept: as long as the audit log's entries, which name the id.
pub const PERSON_FORGOTTEN_MS: u64 = AUDIT_KEPT_MS;

/// How long a token counts at most: a year, after which somebody should ask whether it is still needed.
pub const TOKEN_DAYS_MAX: u64 = 366;

/// An answer that is turned into a problem document: the sentence of a refusal.
pub const PROBLEM_BYTES_MAX: usize = 16 << 10;

/// Audit entries that wait for the log's writer: one for each local connection and some more.
pub const AUDIT_QUEUE_ENTRIES_MAX: usize = 1_024;

/// Characters of a path or parameter in an audit entry: ids are 64, a record's place under 300.
pub const AUDIT_TEXT_CHARS_MAX: usize = 512;

/// Lines of one answer to `GET /v1/audit`, and when the caller names no number.
pub const AUDIT_LINES_MAX: u32 = 10_000;

/// How long an entry of the audit log is kept: three years (LED art. 25; Prüm II art. 45(3); rule LOG-03).
pub const AUDIT_KEPT_MS: u64 = 3 * 365 * 24 * 3_600_000;

/// Entries of the audit log that are looked at in one transaction when their time is up.
pub const AUDIT_ERASED_AT_ONCE_MAX: u32 = 1_000;

/// Procedures that hold entries of the audit log at one time.
pub const AUDIT_HOLDS_MAX: usize = 256;

/// Callers, routes and answers of refused attempts that are counted apart between two entries about them.
pub const AUDIT_REFUSALS_APART_MAX: usize = 64;

/// Between two times that refused attempts are written down: a crash loses the count of no longer time.
pub const AUDIT_REFUSALS_SECONDS: u64 = 5;

/// Between two entries about attempts of one kind: who goes on without end writes 1,440 entries a day, and each kind that is
/// counted apart no more.
pub const AUDIT_REFUSALS_AGAIN_MS: u64 = 60_000;

/// Refused attempts at one route from which the doctor speaks of them: fewer are mistakes of typing.
pub const REFUSED_ATTEMPTS_TOLD_MIN: u64 = 10;

/// Administrators without whom one person would be the whole agency.
pub const ADMINISTRATORS_MIN: usize = 2;

/// How long what one administrator asked for waits for another: a working day and the night before it.
pub const SECOND_WAITS_MS: u64 = 24 * 60 * 60 * 1000;

/// How long an administrator's token that was made by one alone, because another was lost, confirms nothing: in that time
/// whoever was replaced against their will sees it.
pub const SECOND_REPLACED_MS: u64 = 24 * 60 * 60 * 1000;

/// What may wait for a second administrator: all officers of a large desk at once.
pub const SECONDS_MAX: usize = 64;

/// Auditors whose keys are registered: the national authority, one for each partner's, and their successors.
pub const AUDITORS_MAX: usize = 64;

/// A request of a partner: a batch frame is the largest.
pub const PEER_BODY_BYTES_MAX: usize = 40 << 20;

/// Memory in which bodies of partners are gathered: two of the largest. Who holds most goes when it is full.
pub const PARTNER_BODIES_BYTES_MAX: u64 = 96 << 20;

/// Memory in which bodies of the agency's own requests are gathered: two of the largest.
pub const API_BODIES_BYTES_MAX: u64 = 128 << 20;

/// Memory for what partners fetch, until they have taken it: one of the largest batches, and many small ones.
pub const PARTNER_ANSWERS_BYTES_MAX: u64 = 64 << 20;

/// Of such an answer, what is handed to a connection at once.
pub const ANSWER_PIECE_BYTES: usize = 256 << 10;

/// Batches of partners that are opened at once, in KiB: one of the largest, which takes four times as much memory.
pub const OPENING_KIB_MAX: u32 = 40 << 10;

/// Batches that are sealed at once for partners that fetch.
pub const SEALED_AT_ONCE_MAX: usize = 2;

/// How long a body waits for memory that others have to give back.
pub const ROOM_SECONDS_MAX: u64 = 10;

/// Days whose loads are looked at together: a dead line over a long weekend.
pub const LOAD_DAYS: u64 = 4;

/// Bytes that a partner brings in a day where the agreement says nothing: 16 GiB, attachments included.
pub const PARTNER_BYTES_PER_DAY: u64 = 16 << 30;

/// Records that a partner brings in a day where the agreement says nothing: fifty a second, all day.
pub const PARTNER_RECORDS_PER_DAY: u64 = 4_320_000;

/// What comes on top of a day's bytes: manifests, receipts and keyrings.
pub const LOAD_SLACK_BYTES: u64 = 256 << 20;

/// What comes on top of a day's records: the protocol's own.
pub const LOAD_SLACK_RECORDS: u64 = 100_000;

/// Lines about one partner's mistakes that the log gets at once in a minute.
pub const PARTNER_LINES_MAX: u64 = 4;

/// Free space below which nothing is taken in any more, in MiB, so that audit entries and erasure still find room.
pub const DISK_RESERVE_MIB: u64 = 256;

/// Records in one request to `/v1/records`.
pub const SUBMIT_RECORDS_MAX: usize = 1_000;

/// Orders that wait for a channel's writer: enough to fill the next batch while one commits, few enough to push back.
pub const WRITER_QUEUE_ORDERS_MAX: usize = 64;

/// First pause after a broken link; it doubles up to [`LINK_PAUSE_MS_MAX`].
pub const LINK_PAUSE_MS_MIN: u64 = 50;

/// How often two nodes compare the heads that they hold of all logs: often enough that a second history is found the same
/// hour, and two small requests a partner.
pub const HEADS_SECONDS: u64 = 600;

/// Longest pause before a link is tried again: short enough that a restarted partner is served within seconds.
pub const LINK_PAUSE_MS_MAX: u64 = 3_000;

/// A partner's answer to a batch waits for its disk; to a head, for a scan of a log.
pub const PEER_REQUEST_SECONDS_MAX: u64 = 60;

/// The largest batch frame that is pulled from a partner.
pub const PEER_FRAME_BYTES_MAX: usize = 40 << 20;

/// The largest other answer of a partner: a piece of an attachment.
pub const PEER_ANSWER_BYTES_MAX: usize = BLOB_CHUNK_BYTES;

/// Bytes of an attachment in one answer.
pub const BLOB_CHUNK_BYTES: usize = 4 << 20;

/// How often missing attachments are looked for when nothing changes.
pub const BLOB_IDLE_MS: u64 = 30_000;

/// How long `POST /v1/records` waits when the caller names no time.
pub const SUBMIT_WAIT_SECONDS: u64 = 30;

/// How long it waits at most.
pub const SUBMIT_WAIT_SECONDS_MAX: u64 = 600;

/// An idempotency key: a UUID or a name.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 200;

/// How long the result of an idempotency key is kept (protocol: 24 h), and an upload that no record names.
pub const RESULT_KEPT_MS: u64 = 24 * 60 * 60 * 1000;

// Keys, cards and agreements: see `keys`, `peers` and `agreements`.

/// A sealed key file: six seeds, a master key and a TLS key in base64 are under 1 KiB.
pub const KEY_FILE_BYTES_MAX: u64 = 16 << 10;

/// The shortest passphrase that a key file is made under (NIST SP 800-63B §5.1.1.2 asks for eight characters).
pub const PASSPHRASE_BYTES_MIN: usize = 8;

/// Memory of argon2id: RFC 9106 §4, second recommended option.
pub const ARGON2_MEMORY_KIB: u32 = 64 << 10;

/// Passes of argon2id: RFC 9106 §4, second recommended option.
pub const ARGON2_PASSES: u32 = 3;

/// Pause after the first wrong passphrase that a running node is given; it doubles up to [`GUESS_PAUSE_MS_MAX`].
pub const GUESS_PAUSE_MS_MIN: u64 = 1_000;

/// Longest pause: some ninety guesses a day.
pub const GUESS_PAUSE_MS_MAX: u64 = 15 * 60 * 1000;

/// Cards that may be fetched from addresses at once, after a pause.
pub const FETCHES_AT_ONCE_MAX: u64 = 10;

/// After which another may be fetched.
pub const FETCH_PAUSE_MS: u64 = 10_000;

/// When a fetch that fails is answered, whatever the reason: what stands at an address shows neither in words nor in time.
pub const FETCH_FAILS_AFTER_MS: u64 = 6_000;

/// Most memory that a key file may ask for, so that a damaged one does not exhaust the machine.
pub const ARGON2_MEMORY_KIB_MAX: u32 = 1 << 20;

/// Most passes that a key file may ask for: a minute at the largest memory.
pub const ARGON2_PASSES_MAX: u32 = 16;

/// A sealing key older than a month is no longer daily protection but a standing key.
pub const SEALING_KEY_DAYS_MAX: u32 = 31;

/// A quarter, as long as a record may come late: a private key kept longer opens what should be closed.
pub const SEALING_GRACE_DAYS_MAX: u32 = 92;

/// Agencies whose cards are held: more than there are countries, several bodies of some.
pub const PEERS_MAX: usize = 512;

/// Agreements held, drafts included: several with every partner, and their versions.
pub const AGREEMENTS_MAX: u64 = 4_096;

/// Agreements of one partner that wait for this agency's signature: several drafts of several texts.
pub const OFFERS_OF_PARTNER_MAX: usize = 16;

/// How long such an offer is kept: a quarter, in which it is signed or offered again.
pub const OFFER_KEPT_MS: u64 = 92 * 24 * 60 * 60 * 1000;

/// Time for a partner to check and store a bundle.
pub const OFFER_SECONDS_MAX: u64 = 30;

/// Longest long poll of a partner: below the stall limit of a link.
pub const PULL_WAIT_SECONDS_MAX: u64 = 50;

/// Lines of one answer to `GET /v1/records`, together some megabytes; the caller asks on from the last cursor.
pub const LIST_LINES_MAX: usize = 1 << 13;

/// Memory for such answers until they are taken.
pub const LISTS_BYTES_MAX: u64 = 32 << 20;

/// Such answers that are made at once.
pub const LISTED_AT_ONCE_MAX: usize = 4;

/// Uploads and downloads of attachments that one token has under way: each holds a thread.
pub const STREAMS_OF_TOKEN_MAX: u64 = 4;

/// Uploads and downloads under way in all. Who has most loses one when there are more.
pub const STREAMS_MAX: usize = 64;

/// Bytes that one token uploads in a day: four of the largest attachments, or many small ones.
pub const UPLOAD_BYTES_PER_DAY: u64 = 16 << 30;

/// Decrypted chunks of a download that wait for the caller.
pub const DOWNLOAD_CHUNKS_AHEAD: usize = 2;

/// How soon a version that is due is tried again while the channel may not sign yet.
pub const ACTIVATION_AGAIN_SECONDS: u64 = 1;

/// How long an own act about the agreement waits until the channel may sign: partners that are up show their logs within
/// seconds of a start.
pub const ACT_WAIT_SECONDS: u64 = 20;

/// How often records are decided again because the agreement changed under them. It changes a few times a year.
pub const DECIDE_AGAIN_MAX: usize = 8;

/// How often the jobs run.
pub const JOBS_SECONDS: u64 = 600;

/// Timers that destroy run only while the clock is this near the newest partner-signed time (protocol: one day).
pub const CLOCK_DIFFERENCE_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// What an answer that says "later" asks to wait, where nothing better is known.
pub const RETRY_AFTER_SECONDS: u64 = 2;

/// Problems that a check lists; a damaged disk would list millions.
pub const CHECK_PROBLEMS_MAX: usize = 100;

/// Threads that open records during a check, beside the one that walks.
pub const CHECK_THREADS_MAX: usize = 4;

/// Batches read ahead for each of these threads: bounds memory.
pub const CHECK_BATCHES_AHEAD: usize = 4;

/// A decision to send that is older is taken again before content leaves (protocol: a minute).
pub const DECISION_MS_MAX: u64 = 60_000;

/// Without a commit for so long nobody is in the midst of anything, and what commits would pay for later is done.
pub const QUIET_MS: u64 = 1_000;

/// From so many commits on a shorter moment will do: moving them takes a few milliseconds.
pub const QUIET_COMMITS: u64 = 64;

/// That moment: longer than a record's round trip, shorter than the pause between two of one officer's.
pub const QUIET_MS_MIN: u64 = 8;

/// Work over at most so many bytes is done at once: a record or a few.
pub const SHORT_WORK_BYTES_MAX: usize = 32 << 10;

/// Own batches just committed that are kept in memory for the links: what queues while a frame is under way.
pub const FRESH_BATCHES_MAX: usize = 16;

/// A usual record with its header, to guess how large an outstanding batch is.
pub const RECORD_BYTES_USUAL: usize = 4 << 10;

/// Batches that one turn of the threads takes: bounds its memory.
pub const TURN_BATCHES_MAX: usize = 256;

/// Bytes of ciphertext after which a turn takes no further batch.
pub const TURN_BYTES_MAX: usize = 16 << 20;

/// Changes of threads after which a turn takes no further batch: one receipt changes as many threads as its batch has records.
pub const TURN_CHANGES_MAX: usize = 1 << 15;

/// Stubs that are written in one commit before the key of a period is destroyed.
pub const STUBS_AT_ONCE: usize = 4_096;

/// Pause between turns: short for a reader who waits for the effect of a record, long enough that a turn under load takes
/// what many commits brought.
pub const TURN_PAUSE_MS: u64 = 50;

/// The longest pause between turns, however long the last one took: what is on screen is not older than a moment.
pub const TURN_PAUSE_MS_MAX: u64 = 1_000;

/// Memory of the search index: about a million records. Beyond it the oldest records are not searched by words. With it and all
/// that partners can cause at a time a node stays below 512 MiB.
pub const WORDS_BYTES_MAX: u64 = 256 << 20;

/// Batches that the search index reads at once: bounds memory, and between two goes it says how far it is.
pub const WORDS_BATCHES_AT_ONCE: u64 = 16;

/// Words of one record that are indexed: more than any letter has.
pub const WORDS_BYTES_OF_RECORD_MAX: usize = 64 << 10;

/// Rows of a list when the caller names no number.
pub const PAGE_ROWS: usize = 50;

/// Rows of a list at most.
pub const PAGE_ROWS_MAX: usize = 200;

/// Readers that follow at once: screens and programs of one agency.
pub const FOLLOWERS_MAX: usize = 64;

/// Readers that follow under one token: an officer's screens.
pub const FOLLOWS_OF_TOKEN_MAX: u64 = 4;

/// Events that wait for a reader that follows, its last word among them.
pub const FOLLOW_EVENTS_AHEAD: usize = 256;

/// Batches read at once for a reader that follows: bounds memory.
pub const FOLLOW_BATCHES_AT_ONCE: u64 = 16;

/// How long a reader that follows may take nothing before it is told to come back.
pub const FOLLOW_STALL_SECONDS_MAX: u64 = 30;

/// Pause after which a quiet stream says that it is still there: below what proxies and the stall limit allow.
pub const FOLLOW_HEARTBEAT_SECONDS: u64 = 15;

/// Batches of a channel that a walk reads ahead.
pub const ARRIVALS_AHEAD_MAX: usize = 16;

/// Bytes of ciphertext after which a walk reads no further batch ahead.
pub const ARRIVALS_AHEAD_BYTES_MAX: usize = 8 << 20;

/// How often a check says how far it is: as often as a person looks.
pub const CHECK_TELL_MS: u64 = 250;

/// Lines about a check's progress ahead of who reads them.
pub const CHECK_LINES_AHEAD: usize = 4;

/// How long an auditor may countersign nothing before the doctor speaks of it: what lies above the last countersignature, the agency
/// could still change unnoticed.
pub const AUDITOR_SILENT_DAYS_MAX: u64 = 31;

/// How long an entry may wait for a partner before the doctor speaks of it: a restart takes less.
pub const QUEUE_AGE_MS_MAX: u64 = 15 * 60 * 1000;

/// Free space below which the doctor warns: a day of a busy channel, and room to make some.
pub const DISK_FREE_BYTES_MIN: u64 = 1 << 30;

/// Batches by which lists of threads may be behind before the doctor speaks of it: a second of a full load.
pub const TURN_BEHIND_BATCHES_MAX: u64 = 1_000;

// Protection register: see `protection`.

/// Entries of the register: some tens of thousands of persons with their families would fill it.
pub const REGISTER_ENTRIES_MAX: usize = 10_000;

/// Spellings of one person's names: a few scripts, each in a few transliterations.
pub const REGISTER_SPELLINGS_MAX: usize = 64;

/// Threads that one entry lists: a person with more has more than one case.
pub const REGISTER_THREADS_MAX: usize = 256;

/// The register is kept in steps of this length, so that a person more does not show in it.
pub const REGISTER_BYTES_STEP: usize = 256 << 10;

/// Length of a row of what lies aside, so that no row tells what it is: a record of a few paragraphs fits. A longer one takes
/// twice that, or four times, and so on.
pub const ASIDE_ROW_BYTES: usize = 4 << 10;

/// Least length of the list of what the protection officer passed on or ended, which grows by doubling.
pub const ACTS_BYTES_LEAST: usize = 16 << 10;

/// Length of an act of the protection officer in the audit log.
pub const SEALED_ACT_BYTES: usize = 512;

/// Length of a sealed cursor: two numbers, and what sealing adds.
pub const SEALED_PLACE_BYTES: usize = 80;

/// Pause before what is due and could not leave is tried again: a channel may wait for its partner for days.
pub const RELEASE_AGAIN_MS: u64 = 1_000;

/// Pause before the job that releases looks again where nothing is due earlier and nothing wakes it.
pub const RELEASE_SECONDS_MAX: u64 = 60;

// Statements: see `statements`.

/// Digests at the cuts of statements that are remembered: a partner that looks for differences asks about one at a time.
pub const STATEMENT_DIGESTS_KEPT: usize = 4;

/// Statements of others that are answered in one batch: two months of a channel with one partner.
pub const STATEMENTS_ANSWERED_AT_ONCE: usize = 64;

/// Newest statements that are looked at for alarms: a week of a channel with several parties.
pub const STATEMENTS_LOOKED_AT: usize = 32;

/// Newest own records about withheld ones that are looked at: those above a cut are the latest few.
pub const WITHHELD_LOOKED_AT: usize = 65_536;

/// How long an own statement may stay unanswered before the doctor says so: until the next one is due.
pub const STATEMENT_ANSWER_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// How soon a statement, an answer or a comparison that could not be done is tried again.
pub const STATEMENTS_AGAIN_SECONDS: u64 = 30;

/// How long `POST /v1/channels/{channel}/statements` waits for the others at most.
pub const STATEMENT_WAIT_SECONDS_MAX: u64 = 60;

/// Newest own statements in which a missed deadline is looked for: two years of daily ones.
pub const STATEMENTS_SEARCHED_MAX: usize = 732;
