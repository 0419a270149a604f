//! Attachments of this node: encrypted while they come in, checked when they came from a partner, decrypted on request.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    sync::{Arc, Mutex, PoisonError},
};

use protocol::{
    attachment::{CHUNK_BYTES, SEALED_CHUNK_BYTES, open_chunk, seal_chunk, sealed_bytes},
    channel::Channel,
    commit::BlobLink,
    header::{Attachment, Header, problem_with_file},
    id::Hash,
    limits::ATTACHMENT_BYTES_DEFAULT,
    origin::Position,
    record::AttachmentKey,
    suite::{SystemEntropy, random_32},
};
use store::{BlobReader, BlobWriter, PendingAttachment, StoreError};
use texts::say;
use zeroize::Zeroizing;

use crate::{
    channels::Channels,
    clock,
    db::{Db, SUITE},
    fair::{Fair, Taken, Whose},
    fault::{Code, Fault},
    limits,
    records::{self, Opened},
    wording,
};

/// Uploads and downloads under way, and how much was uploaded today: so that no token fills the disk or takes all threads.
pub struct Streams {
    seats: Arc<Fair>,
    /// By token and day, since the node started.
    uploaded: Mutex<BTreeMap<(String, u64), u64>>,
}

impl Default for Streams {
    fn default() -> Self {
        Self { seats: Fair::seats(limits::STREAMS_MAX), uploaded: Mutex::default() }
    }
}

impl Streams {
    /// A seat for an upload or a download. When all are taken, whose token holds most loses one.
    ///
    /// # Errors
    /// This caller has as many under way as one token may.
    pub fn seat(&self, caller: &str) -> Result<Taken, Fault> {
        let whose = Whose::Caller(caller.to_owned());
        if self.seats.taken_by(&whose) >= limits::STREAMS_OF_TOKEN_MAX {
            let message = say!("streams-full", streams_of_token_max = limits::STREAMS_OF_TOKEN_MAX);
            return Err(Fault::new(Code::TooMany, message));
        }
        Ok(self.seats.enter(whose, 1))
    }

    /// Counts bytes of an upload.
    ///
    /// # Errors
    /// This caller has uploaded as much today as one token may.
    pub fn uploaded(&self, caller: &str, bytes: u64, now_ms: u64) -> Result<(), Fault> {
        let today = now_ms / (24 * 60 * 60 * 1000);
        let mut uploaded = self.uploaded.lock().unwrap_or_else(PoisonError::into_inner);
        uploaded.retain(|(_, day), _| *day == today);
        let sum = uploaded.entry((caller.to_owned(), today)).or_default();
        *sum = sum.saturating_add(bytes);
        if *sum <= limits::UPLOAD_BYTES_PER_DAY {
            return Ok(());
        }
        let most = limits::UPLOAD_BYTES_PER_DAY >> 30;
        Err(Fault::new(Code::TooMany, say!("uploads-of-day-full", most = most)))
    }
}

/// Whether a record can name a file with this name and media type: what none can is not taken.
///
/// # Errors
/// [`Code::Usage`] in the field `name` or `media_type`.
pub fn check_file(name: &str, media_type: &str) -> Result<(), Fault> {
    match problem_with_file(name, media_type) {
        None => Ok(()),
        Some((field, problem)) => Err(Fault::usage(wording::header_field(&problem)).in_field(field)),
    }
}

/// Most bytes that an attachment may have under any agreement in force here: what is larger no record can name.
pub fn largest(channels: &Channels) -> u64 {
    let caps = channels.list().into_iter().filter_map(|channel| {
        let channel = channel.value();
        Some(channel.version(&channel.in_force())?.agreement.attachment_bytes_max())
    });
    caps.max().unwrap_or(ATTACHMENT_BYTES_DEFAULT)
}

/// Encrypts an attachment as its bytes arrive, in constant memory.
pub struct Encrypting {
    writer: BlobWriter,
    key: Zeroizing<[u8; 32]>,
    plain: aws_lc_rs::digest::Context,
    plain_bytes: u64,
    number: u64,
    chunk: Vec<u8>,
    /// Where it is written.
    room: Arc<Db>,
    bytes_max: u64,
}

impl Encrypting {
    /// Begins an attachment of at most so many bytes under a fresh key.
    pub fn begin(db: &Arc<Db>, bytes_max: u64) -> Result<Self, StoreError> {
        let mut entropy = SystemEntropy;
        Ok(Self {
            writer: db.blobs.new_writer(&mut entropy)?,
            key: Zeroizing::new(random_32(&mut entropy)),
            plain: aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256),
            plain_bytes: 0,
            number: 0,
            chunk: Vec::with_capacity(SEALED_CHUNK_BYTES),
            room: Arc::clone(db),
            bytes_max,
        })
    }

    /// Takes further bytes.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        self.plain.update(bytes);
        self.plain_bytes += bytes.len() as u64;
        if self.plain_bytes > self.bytes_max {
            let message = say!("attachment-too-large", bytes_max = self.bytes_max);
            return Err(Fault::new(Code::TooLarge, message));
        }
        while !bytes.is_empty() {
            // A full chunk is written only when more follows: the last one is marked as such.
            if self.chunk.len() == CHUNK_BYTES {
                self.flush(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Ends it: from now on a record can name it for a day.
    pub fn finish(mut self, db: &Db, name: String, media_type: String) -> Result<PendingAttachment, Fault> {
        self.flush(true)?;
        let pending = PendingAttachment {
            sha256: digest(self.plain),
            blob: self.writer.finish()?,
            key: *self.key,
            size: self.plain_bytes,
            name,
            media_type,
            created_ms: clock::now_ms(),
        };
        db.keys.add_pending(&pending, &mut SystemEntropy)?;
        Ok(pending)
    }

    fn flush(&mut self, last: bool) -> Result<(), Fault> {
        self.room.check_room()?;
        seal_chunk(SUITE, &self.key, self.number, last, &mut self.chunk)
            .map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
        self.writer.append(self.writer.stored(), &self.chunk)?;
        self.number += 1;
        self.chunk.clear();
        Ok(())
    }
}

/// What a record says of the files that go with it, in the header's order.
#[derive(Default)]
pub struct Files {
    /// Each one's name and key.
    pub keys: Vec<[u8; 64]>,
    /// Each one's length as ciphertext.
    pub blob_bytes: Vec<u64>,
}

/// The attachments that a header names: all must have been uploaded before.
pub fn keys_for(db: &Db, header: &Header) -> Result<Files, Fault> {
    let mut files = Files::default();
    for (attachment, place) in header.attachments.iter().zip(0..) {
        let field = format!("attachments[{place}].sha256");
        let pending = db
            .keys
            .pending(&attachment.sha256)?
            .ok_or_else(|| Fault::not_found(say!("attachment-not-uploaded")).in_field(field))?;
        if pending.size != attachment.size {
            let message = say!("attachment-size-differs", size = %pending.size);
            return Err(Fault::usage(message).in_field(format!("attachments[{place}].size")));
        }
        let mut pair = [0; 64];
        pair[..32].copy_from_slice(&pending.blob);
        pair[32..].copy_from_slice(&pending.key);
        files.keys.push(pair);
        files.blob_bytes.push(sealed_bytes(attachment.size));
    }
    Ok(files)
}

/// Reads an attachment's plaintext chunk by chunk.
pub struct Decrypting {
    blob: BlobReader,
    key: Zeroizing<[u8; 32]>,
    number: u64,
    left: u64,
}

impl Decrypting {
    /// Opens an attachment of a record: its place among the header's attachments gives its key.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the record names no such file or it is gone; [`Code::Unavailable`] if it is on its way.
    pub fn open(db: &Db, position: &Position, opened: &Opened, sha256: &Hash) -> Result<(Self, Attachment), Fault> {
        let missing = || Fault::not_found(say!("no-such-attachment"));
        let (attachment, key) =
            opened.attachments().find(|(attachment, _)| attachment.sha256 == *sha256).ok_or_else(missing)?;
        let Some(blob) = db.blobs.read(&key.id, 0)? else {
            let is_awaited = |link: &BlobLink| link.blob == key.id && !link.complete;
            return Err(match db.reader()?.blob_links(position)?.iter().any(is_awaited) {
                true => Fault::new(Code::Unavailable, say!("attachment-on-its-way")),
                false => Fault::not_found(say!("attachment-erased")),
            });
        };
        Ok((Self::over(blob, &key, attachment.size), attachment.clone()))
    }

    fn over(blob: BlobReader, key: &AttachmentKey, plain_bytes: u64) -> Self {
        Self { blob, key: Zeroizing::new(key.key), number: 0, left: sealed_bytes(plain_bytes) }
    }

    /// The next chunk, or nothing at the end.
    pub fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.left == 0 {
            return Ok(None);
        }
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(SEALED_CHUNK_BYTES);
        let mut chunk = vec![0; length];
        self.blob.read_exact(&mut chunk)?;
        self.left -= length as u64;
        let plain = open_chunk(SUITE, &self.key, self.number, self.left == 0, &mut chunk)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?
            .len();
        chunk.truncate(plain);
        self.number += 1;
        Ok(Some(chunk))
    }
}

/// Opens every attachment of a partner's record and compares its plain digest with the header.
pub fn check_all(db: &Db, channel: &Channel, position: &Position) -> Result<(), Fault> {
    let reader = db.reader()?;
    let opened = records::open(&reader, channel, position)?;
    for (attachment, key) in opened.attachments() {
        let blob = db.blobs.read(&key.id, 0)?.ok_or_else(|| Fault::not_found(say!("attachment-not-here")))?;
        let mut chunks = Decrypting::over(blob, &key, attachment.size);
        let mut plain = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        let mut bytes = 0;
        while let Some(chunk) = chunks.next_chunk().map_err(|error| Fault::new(Code::NotVerified, error.to_string()))? {
            plain.update(&chunk);
            bytes += chunk.len() as u64;
        }
        if digest(plain) != attachment.sha256 || bytes != attachment.size {
            return Err(Fault::new(Code::NotVerified, say!("attachment-not-named")));
        }
    }
    Ok(())
}

/// Whether a partner may have a blob: only if a record of a channel of its names it.
pub fn may_have(
    reader: &store::Reader,
    channels: &Channels,
    blob: &Hash,
    partner: &protocol::id::AgencyId,
) -> Result<bool, StoreError> {
    Ok(reader.links_of_blob(blob)?.iter().any(|link| {
        channels
            .get(&link.position.origin.channel)
            .is_some_and(|channel| channel.value().parties().contains_key(partner))
    }))
}

fn digest(context: aws_lc_rs::digest::Context) -> Hash {
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}
