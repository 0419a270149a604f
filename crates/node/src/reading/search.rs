//! Records by their words, with what threads say of them.

use protocol::{header::ThreadId, id::ChannelId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::ThreadFilter;
use texts::say;

use super::{Disclosed, Proof, Reading, list::ListQuery, thread::ThreadLine};
use crate::{
    audit::Noted,
    callers::Caller,
    clock,
    fault::Fault,
    threads::{openers, words::Progress},
    words,
};

/// What was found.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Hits {
    /// The records: by deadline of their threads, then newest first.
    pub hits: Vec<Hit>,
    /// Whether more records hold the words than were looked at: add a word.
    pub too_many: bool,
    /// How far the index is. Until it is complete, older records may be missing.
    pub index: Progress,
}

/// A record that was found.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The log: `<agency>/<epoch>/<lane>`.
    pub log: String,
    /// The record's number there.
    pub index: u64,
    /// Its kind.
    pub kind: String,
    /// The line that stands for it.
    pub title: String,
    /// Its thread.
    #[schemars(with = "words::ThreadId")]
    pub thread: ThreadId,
    /// The thread as it stands, if its kind has states and the caller may see it.
    pub standing: Option<ThreadLine>,
    #[serde(skip)]
    #[schemars(skip)]
    _proof: Proof,
}

impl Reading {
    /// Searches titles and words of what a caller may see.
    ///
    /// # Errors
    /// The query has no word, a cursor, too many rows, or what no thread has; the index can't be read.
    pub fn search(&self, caller: &Caller, query: &ListQuery) -> Result<Disclosed<Hits>, Fault> {
        let no_word = || Fault::usage(say!("search-needs-a-word")).in_field("q");
        let question = query.q.as_deref().ok_or_else(no_word)?;
        if query.cursor.is_some() {
            return Err(Fault::usage(say!("search-one-page")).in_field("cursor"));
        }
        let rows_max = query.rows()?;
        let now = clock::now_ms();
        let filter = self.filter(caller, query, now)?;
        self.upkeep.bring_up()?;
        let (index, progress) = self.upkeep.index()?;
        // Letters and readouts are in no thread with states; they are found as long as nothing asks for one.
        let filter = if query.asks_for_threads() { filter } else { ThreadFilter { open: None, ..filter } };
        let found = index.search(question, &filter, rows_max)?.ok_or_else(no_word)?;
        let reader = self.db.reader()?;
        let shows = |hit: &store::Hit| {
            let opener = hit.row.as_ref().and_then(openers::opener);
            caller.sees(Some(&hit.kind), opener) && self.protection.shows(caller, &hit.position, Some(&hit.thread))
        };
        let hits = found.hits.into_iter().filter(shows).map(|hit| {
            let is_shown =
                |row: &store::ThreadRow| self.shows_thread(caller, row) && caller.purposes().include(&row.supplied);
            Hit {
                channel: hit.position.origin.channel,
                log: hit.position.origin.short(),
                index: hit.position.index,
                kind: hit.kind,
                thread: hit.thread,
                standing: hit.row.filter(is_shown).map(|row| {
                    let title = self.title(caller, &reader, Some(&index), &row);
                    self.line(caller, row, title, now)
                }),
                title: hit.title,
                _proof: Proof::default(),
            }
        });
        let hits = Hits { hits: hits.collect(), too_many: found.too_many, index: progress.in_hundredths() };
        Ok(Disclosed::new(hits, Noted::default()))
    }
}
