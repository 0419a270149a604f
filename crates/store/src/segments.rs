//! Ciphertexts of large batches, in files that only grow.
//!
//! A batch in the database is written twice: to the write-ahead log, and from there to its pages. For a thousand
//! records side by side that costs more than all their cryptography, so the row of a large batch says where its
//! ciphertexts lie, and the bytes go straight to a file. They are durable before the row is written. What a crash
//! leaves at a file's end without a row is never read; content dies with its keyring, here as in a row.
//!
//! The files are written and read past the page cache (`O_DIRECT`) where the file system can: their bytes are read once
//! or never, and on a virtual machine a page that is new to the cache costs several times the copy. So a batch starts at a multiple
//! of [`ALIGNMENT`] and is padded with zeros to the next.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rustix::fs::OFlags;

use crate::{error::StoreError, files, limits};

/// What file systems ask of direct writes: address, place and length are multiples of it.
const ALIGNMENT: usize = 4096;

/// Where ciphertexts lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    /// The file's number.
    pub segment: u64,
    /// The first byte.
    pub offset: u64,
}

/// The files, for reading. Clones share the open files.
#[derive(Clone, Debug)]
pub(crate) struct Segments {
    dir: PathBuf,
    open: Arc<Mutex<BTreeMap<u64, Arc<File>>>>,
}

/// Appends to the newest file. There is one: it belongs to the store.
#[derive(Debug)]
pub(crate) struct SegmentWriter {
    dir: PathBuf,
    number: u64,
    /// None until the first large batch.
    file: Option<File>,
    end: u64,
    unsynced: bool,
    buffer: Aligned,
}

/// A buffer that can be written past the page cache, made when it is first needed.
#[derive(Debug)]
struct Aligned {
    bytes: Vec<u8>,
    start: usize,
}

impl Segments {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, open: Arc::default() }
    }

    /// Reads a batch's ciphertexts.
    pub(crate) fn read(&self, span: Span, length: usize) -> Result<Vec<u8>, StoreError> {
        let path = path(&self.dir, span.segment);
        let file = self.file(span.segment, &path)?;
        let padded = length.next_multiple_of(ALIGNMENT);
        let mut bytes = vec![0; padded + ALIGNMENT];
        let start = bytes.as_ptr().align_offset(ALIGNMENT);
        let room = bytes
            .get_mut(start..)
            .and_then(|rest| rest.get_mut(..padded))
            .ok_or_else(|| StoreError::io("read", &path)(io::Error::other("a buffer can't be aligned here")))?;
        file.read_exact_at(room, span.offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                StoreError::damaged(path.display().to_string(), format!("it ends before byte {}", span.offset))
            }
            _ => StoreError::io("read", path)(error),
        })?;
        bytes.drain(..start);
        bytes.truncate(length);
        Ok(bytes)
    }

    fn file(&self, segment: u64, path: &Path) -> Result<Arc<File>, StoreError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&segment) {
            return Ok(Arc::clone(file));
        }
        let file = open_direct(path, OpenOptions::new().read(true)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::damaged(
                path.display().to_string(),
                "the file is missing: restore the segments folder with the database",
            ),
            _ => StoreError::io("open", path)(error),
        })?;
        // The newest files are read most; the oldest makes room.
        if open.len() >= limits::SEGMENTS_OPEN_MAX {
            open.pop_first();
        }
        let file = Arc::new(file);
        open.insert(segment, Arc::clone(&file));
        Ok(file)
    }
}

impl SegmentWriter {
    /// Continues after whatever the newest file holds.
    pub(crate) fn open(dir: PathBuf) -> Result<Self, StoreError> {
        files::create_dir(&dir)?;
        let numbers = files::names(&dir)?.into_iter().filter_map(|name| name.parse().ok());
        let number: u64 = numbers.max().unwrap_or(0);
        let length = path(&dir, number).metadata().map_or(0, |metadata| metadata.len());
        let end = length.next_multiple_of(ALIGNMENT as u64);
        Ok(Self { dir, number, file: None, end, unsynced: false, buffer: Aligned { bytes: Vec::new(), start: 0 } })
    }

    /// Writes ciphertexts; [`SegmentWriter::sync`] makes them durable.
    pub(crate) fn append(&mut self, ciphertexts: &[u8]) -> Result<Span, StoreError> {
        if self.number == 0 || self.end >= limits::SEGMENT_BYTES {
            self.sync()?;
            (self.number, self.end, self.file) = (self.number + 1, 0, None);
        }
        let path = path(&self.dir, self.number);
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let options = &mut OpenOptions::new();
                let options = options.write(true).create(true).truncate(false).mode(files::FILE_MODE);
                let file = open_direct(&path, options).map_err(StoreError::io("open", &path))?;
                files::sync_dir(&self.dir)?;
                file
            }
        };
        let span = Span { segment: self.number, offset: self.end };
        let written = self.buffer.write(&file, ciphertexts, self.end).map_err(StoreError::io("write", &path));
        self.file = Some(file);
        self.end = written?;
        self.unsynced = true;
        Ok(span)
    }

    /// Waits until everything appended is on the disk.
    pub(crate) fn sync(&mut self) -> Result<(), StoreError> {
        if let Some(file) = self.file.as_ref().filter(|_| self.unsynced) {
            file.sync_data().map_err(StoreError::io("sync", path(&self.dir, self.number)))?;
            self.unsynced = false;
        }
        Ok(())
    }
}

impl Aligned {
    /// Writes bytes from `offset` on, padded with zeros. Returns where they end.
    fn write(&mut self, file: &File, bytes: &[u8], mut offset: u64) -> io::Result<u64> {
        if self.bytes.is_empty() {
            self.bytes = vec![0; limits::SEGMENT_WRITE_BYTES + ALIGNMENT];
            self.start = self.bytes.as_ptr().align_offset(ALIGNMENT);
        }
        let room = self.bytes.get_mut(self.start..).and_then(|rest| rest.get_mut(..limits::SEGMENT_WRITE_BYTES));
        let Some(room) = room else { return Err(io::Error::other("a buffer can't be aligned here")) };
        for chunk in bytes.chunks(limits::SEGMENT_WRITE_BYTES) {
            let length = chunk.len().next_multiple_of(ALIGNMENT);
            let (content, padding) = room[..length].split_at_mut(chunk.len());
            content.copy_from_slice(chunk);
            padding.fill(0);
            file.write_all_at(&room[..length], offset)?;
            offset += length as u64;
        }
        Ok(offset)
    }
}

/// Opens a file past the page cache; through it where the file system has no other way.
fn open_direct(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    match options.custom_flags(OFlags::DIRECT.bits().cast_signed()).open(path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => options.custom_flags(0).open(path),
        opened => opened,
    }
}

fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:08}"))
}
