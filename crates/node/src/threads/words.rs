//! Titles and words, in memory from when somebody first lists or searches.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use protocol::{
    channel::Channel,
    commit::{MarkState, StoredBatch},
    origin::Position,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Reader, StoreError, Text, TextIndex};

use super::Upkeep;
use crate::{limits, records};

/// The node's titles and words; nothing until somebody asks.
#[derive(Default)]
pub struct Words {
    filling: Mutex<Option<Filling>>,
    /// Held while a batch is added or erased records are taken out.
    adding: Mutex<()>,
}

/// How far the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Batches looked through, newest first.
    pub done: u64,
    /// Batches that there were when it began.
    pub of: u64,
    /// Whether everything that is to be in it is in it.
    pub complete: bool,
    /// Whether the oldest records were left out, because the index has reached its limit.
    pub full: bool,
}

struct Filling {
    index: Arc<TextIndex>,
    progress: Progress,
    /// Number of the newest batch that is in it.
    newest: u64,
}

impl Upkeep {
    /// Titles and words, and how far they are. Begins to read them if nobody asked before: beside the work where turns run,
    /// at once where a command opened the folder.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn index(self: &Arc<Self>) -> Result<(Arc<TextIndex>, Progress), StoreError> {
        let of = self.db.reader()?.newest_arrival()?;
        let begun = {
            let mut filling = self.threads.words.lock();
            match &*filling {
                Some(filling) => return Ok((Arc::clone(&filling.index), filling.progress)),
                None => {
                    let index = Arc::new(TextIndex::new(Arc::clone(&self.threads.rows))?);
                    let progress = Progress { done: 0, of, complete: of == 0, full: false };
                    *filling = Some(Filling { index: Arc::clone(&index), progress, newest: of });
                    index
                }
            }
        };
        if self.threads.runs() {
            let (upkeep, index) = (Arc::clone(self), Arc::clone(&begun));
            let beside = move || {
                if let Err(error) = upkeep.fill(&index, of, || !upkeep.threads.runs()) {
                    tracing::error!(%error, "the search index is not whole; it begins anew with the next search");
                    upkeep.threads.words.forget_all();
                }
            };
            if let Err(error) = thread::Builder::new().name("words".into()).spawn(beside) {
                tracing::error!(%error, "the search index can't be filled");
                self.threads.words.forget_all();
            }
        } else {
            self.fill(&begun, of, || false)?;
        }
        let progress = self
            .threads
            .words
            .lock()
            .as_ref()
            .map_or(Progress { done: 0, of, complete: false, full: false }, |filling| filling.progress);
        Ok((begun, progress))
    }

    /// Adds what arrived since the index began.
    pub(super) fn take_new(&self, newest: u64) -> Result<(), StoreError> {
        let (index, from) = match &*self.threads.words.lock() {
            Some(filling) if filling.newest < newest => (Arc::clone(&filling.index), filling.newest),
            _ => return Ok(()),
        };
        self.window(&index, from, newest)?;
        if let Some(filling) = self.threads.words.lock().as_mut().filter(|filling| Arc::ptr_eq(&filling.index, &index))
        {
            filling.newest = newest;
        }
        Ok(())
    }

    /// Fills the index from the newest batch to the oldest, so that it is of use before it is whole.
    fn fill(&self, index: &Arc<TextIndex>, of: u64, stopped: impl Fn() -> bool) -> Result<(), StoreError> {
        let mut left = of;
        loop {
            let full = index.size()?.1 > limits::WORDS_BYTES_MAX;
            {
                let mut filling = self.threads.words.lock();
                let Some(filling) = filling.as_mut().filter(|filling| Arc::ptr_eq(&filling.index, index)) else {
                    return Ok(());
                };
                filling.progress = Progress { done: of - left, of, complete: left == 0 || full, full };
            }
            if left == 0 || full || stopped() {
                return Ok(());
            }
            let from = left.saturating_sub(limits::WORDS_BATCHES_AT_ONCE);
            self.window(index, from, left)?;
            left = from;
        }
    }

    /// Adds the records of the batches after number `from` up to number `to`.
    fn window(&self, index: &TextIndex, from: u64, to: u64) -> Result<(), StoreError> {
        let reader = self.db.reader()?;
        for handle in self.channels.list() {
            let channel = handle.value();
            // Read first, then work: a walk holds an old state of the database, which erasure must wait for.
            let mut arrivals = Vec::new();
            reader.for_each_batch(handle.id(), from, |arrival| {
                if arrival.number > to {
                    return ControlFlow::Break(());
                }
                arrivals.push(arrival);
                ControlFlow::Continue(())
            })?;
            for arrival in arrivals {
                // An erasure in between either shows in the marks, or takes the record out once this batch is in.
                let _adding = self.threads.words.lock_adding();
                let mut texts = texts(&reader, &channel, &arrival.stored, arrival.number)?;
                // What waits for the protection officer is found by nobody; once it is passed on the index is made anew.
                texts.retain(|text| !self.protection.hides(&text.position, Some(&text.thread)));
                index.add(&texts)?;
            }
        }
        Ok(())
    }
}

impl Words {
    /// Takes records out: their content is gone.
    pub fn forget(&self, erased: &[Position]) {
        let index = self.lock().as_ref().map(|filling| Arc::clone(&filling.index));
        // The writer asks after every commit, and must not wait for the index where nothing was erased.
        let Some(index) = index.filter(|_| !erased.is_empty()) else { return };
        let _adding = self.lock_adding();
        if let Err(error) = erased.iter().try_for_each(|position| index.remove(position)) {
            // An index that may still hold them goes as a whole.
            tracing::error!(%error, "erased records could not be taken out of the search index; it is made anew");
            self.forget_all();
        }
    }

    /// Drops the index. The next who asks begins a new one.
    pub fn forget_all(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Filling>> {
        self.filling.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_adding(&self) -> MutexGuard<'_, ()> {
        self.adding.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Titles and words of the records of a batch that a reader may see.
fn texts(reader: &Reader, channel: &Channel, stored: &StoredBatch, arrival: u64) -> Result<Vec<Text>, StoreError> {
    let origin = stored.batch.origin;
    let marks = reader.marks_in(&origin, stored.batch.first, u64::from(stored.batch.count()))?;
    let hidden = |position: &Position| {
        // What was refused on arrival is open to the auditor only.
        marks
            .iter()
            .any(|mark| mark.position == *position && matches!(mark.state, MarkState::Quarantined | MarkState::Erased))
    };
    let mut texts = Vec::new();
    for index in stored.batch.first..stored.batch.size() {
        let position = Position { origin, index };
        if !hidden(&position) {
            texts.extend(text(channel, stored, &position, arrival));
        }
    }
    Ok(texts)
}

fn text(channel: &Channel, stored: &StoredBatch, position: &Position, arrival: u64) -> Option<Text> {
    let opened = records::open_in(channel, stored, position).ok()?;
    let thread = opened.header.thread.filter(|_| !opened.header.is_protocol())?;
    let title = records::title(&opened)?;
    let mut words = String::new();
    for part in [&opened.header.offence, &opened.header.necessity, &opened.header.author_office].into_iter().flatten() {
        add_words(&mut words, part);
    }
    if let Ok(body) = serde_json::from_slice(&opened.body) {
        add_strings(&mut words, &body);
    }
    let own = position.origin.agency == channel.me();
    Some(Text {
        position: *position,
        arrival,
        thread,
        kind: opened.header.kind,
        clause: opened.header.clause.unwrap_or_default(),
        supplied: if own { String::new() } else { opened.header.purpose.unwrap_or_default() },
        title,
        words,
    })
}

/// Every string in a body. Names of fields are the same in all records of a kind, so nobody searches for them.
fn add_strings(words: &mut String, value: &Value) {
    match value {
        Value::String(text) => add_words(words, text),
        Value::Array(values) => values.iter().for_each(|value| add_strings(words, value)),
        Value::Object(members) => members.values().for_each(|value| add_strings(words, value)),
        Value::Number(number) => add_words(words, &number.to_string()),
        Value::Null | Value::Bool(_) => {}
    }
}

fn add_words(words: &mut String, text: &str) {
    if words.len() < limits::WORDS_BYTES_OF_RECORD_MAX {
        words.push_str(text);
        words.push('\n');
    }
}
