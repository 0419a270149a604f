//! Titles and words, in memory from when somebody first lists or searches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::{
    channel::Channel,
    commit::{MarkState, StoredBatch},
    origin::Position,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Reader, StoreError, Text, TextIndex};

use crate::{limits, records};

/// The node's titles and words; nothing until somebody asks.
#[derive(Default)]
pub struct Words {
    filling: Mutex<Option<Filling>>,
    /// Held while a batch is added or erased records are taken out.
    adding: Mutex<()>,
}

/// How far the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "IndexProgress")]
pub struct Progress {
    /// Parts of the batches that were looked through, newest first.
    pub done: u64,
    /// Of how many parts: a reader is told hundredths, since a number of batches would count hidden ones too.
    pub of: u64,
    /// Whether everything that is to be in it is in it.
    pub complete: bool,
    /// Whether the oldest records were left out, because the index has reached its limit.
    pub full: bool,
}

impl Progress {
    /// As a reader is told.
    pub(crate) fn in_hundredths(self) -> Self {
        let done = if self.complete { 100 } else { self.done.saturating_mul(100) / self.of.max(1) };
        Self { done, of: 100, ..self }
    }
}

pub(super) struct Filling {
    pub(super) index: Arc<TextIndex>,
    pub(super) progress: Progress,
    /// Number of the newest batch that is in it.
    pub(super) newest: u64,
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

    pub(super) fn lock(&self) -> MutexGuard<'_, Option<Filling>> {
        self.filling.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock_adding(&self) -> MutexGuard<'_, ()> {
        self.adding.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Titles and words of the records of a batch that a reader may see.
pub(super) fn texts(
    reader: &Reader,
    channel: &Channel,
    stored: &StoredBatch,
    arrival: u64,
) -> Result<Vec<Text>, StoreError> {
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
