//! Limits of the store, each with its reason.

/// Page of the database. A commit of one record changes about nine pages and waits until they are on the disk; the
/// ciphertexts of large batches, which larger pages would suit, are not in the database.
pub const PAGE_BYTES: u32 = 4096;

/// Page cache of the writer: a batch of 1,000 records fits, so that its pages reach the disk once.
pub const WRITER_CACHE_KIB: u32 = 4096;

/// Page cache of a reader. Batches are read once; inner pages of the trees fit.
pub const READER_CACHE_KIB: u32 = 512;

/// Length of the write-ahead log at which a commit has to move it into the database. It is written in place until then,
/// which costs a sixteenth of the sync of a file that grows. With pages of [`PAGE_BYTES`] it is 32 MiB: some 800 commits of
/// one record. A node that has a quiet second moves it then ([`Store::move_log`](crate::Store::move_log)), so that only
/// one under load ever comes to this length.
pub const WAL_PAGES: u32 = 8192;

/// What the write-ahead log takes with its 32-byte header and 24 bytes a frame (SQLite file format §4.1).
pub const WAL_BYTES: u64 = 32 + (WAL_PAGES as u64) * (PAGE_BYTES as u64 + 24);

/// Idle connections of readers kept open: one for each request that a small node serves at once.
pub const READERS_IDLE_MAX: usize = 8;

/// Prepared statements kept by a connection: more than there are different ones.
pub const STATEMENTS_MAX: usize = 64;

/// How long a statement waits for a lock. Only the end of a checkpoint or of a read stands in the way.
pub const BUSY_MS_MAX: u32 = 5_000;

/// How long a scrub waits for readers. The writer stands still meanwhile, and a scrub can be repeated.
pub const SCRUB_WAIT_MS_MAX: u32 = 250;

/// Key files are under 2 KiB: a name of 255 bytes and a media type, in JSON, are the longest.
pub const KEY_FILE_BYTES_MAX: u64 = 16 * 1024;

/// From so many bytes of ciphertext on a batch's ciphertexts go to a file of their own kind and not into its row: below,
/// a second file to sync costs more than the bytes written twice.
pub const SEGMENT_BATCH_BYTES_MIN: usize = 64 * 1024;

/// A file of ciphertexts is closed when it is this long: few enough files for a folder, small enough to copy one by one.
pub const SEGMENT_BYTES: u64 = 256 * 1024 * 1024;

/// Written to it at once: a batch of 700 records of a kilobyte; more would cost memory and save nothing.
pub const SEGMENT_WRITE_BYTES: usize = 1024 * 1024;

/// Files of ciphertexts that readers keep open: a link reads the newest, an officer some older ones.
pub const SEGMENTS_OPEN_MAX: usize = 16;

/// Read at once when a blob is hashed.
pub const HASH_BUFFER_BYTES: usize = 256 * 1024;

/// Records looked at for one search, the newest that hold the words: nobody reads so many, and a word that stands
/// everywhere must not make the search wait for all of them.
pub const TEXT_MATCHES_MAX: u64 = 2_000;

/// Row ids of the text index set apart for each batch: above the records of the largest.
pub const TEXT_PLACES: u64 = 8_192;

/// Threads with one id: a channel draws its ids at random, so more than one is somebody's mistake or doing.
pub const SAME_THREADS_MAX: usize = 16;

/// Full threads that a node remembers: each holds hundreds of its own records.
pub const FULL_THREADS_MAX: usize = 1 << 16;

/// Threads that one batch changes: its records, and those that a refusal in it names.
pub const CHANGED_THREADS_MAX: usize = 16_384;

/// Letters from which on a searched word also stands for longer words.
pub const PREFIX_CHARS_MIN: usize = 3;
