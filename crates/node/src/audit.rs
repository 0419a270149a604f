//! The audit log: one entry a batch, written with the batch, and one for everybody's read, search, export and act.
//!
//! An entry says who (the ids of a token and its person, and the role, never a name), when, what (route and place), why (the purpose, or the order
//! that an act follows), to whom, and with what outcome (rule LOG-01). Where content was shown it holds a digest keyed with
//! the record's secret, so that nothing is left of the content once the secret is destroyed. Words that somebody searched
//! for are kept as a digest keyed with the node's own key.
//!
//! An answer waits until its entry is durable. One thread writes: entries that wait together share one transaction, so
//! many readers at once cost one write to the disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Weak},
    thread,
};

use policy::{Access, is_complete};
use protocol::{
    channel::Channel,
    commit::{Commit, MarkState, NewBatch},
    id::Hash,
    tlog::{
        Checkpoint, NoteError, SignedCheckpoint, audit_commitment, audit_origin, merkle, open_checkpoint,
        sign_checkpoint,
    },
};
use serde::Serialize;
use serde_json::value::RawValue;
use store::{AuditEntry, Reader, StoreError};
use texts::{Message, say};
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use crate::{
    answers::audit::AuditLine,
    auditors::Auditors,
    callers::{Caller, Scope},
    clock,
    db::{Db, SUITE},
    fault::{Code, Fault},
    limits,
    protection::{Hidden, Protection},
    wording,
};

mod log_use;
mod noted;
pub mod refusals;
pub mod retention;

use noted::raw;

pub use log_use::LogUse;
pub use noted::{Count, Noted};
pub use refusals::{Refusals, Refused};
pub use retention::{Hold, Holds};

/// What the key for digests of search words is derived for.
pub(crate) const QUERY_LABEL: &[u8] = b"mithaq/audit-query/v1";

/// The store's name for the newest head that the node signed.
const CHECKPOINT_META: &str = "audit/checkpoint";

/// The way to the audit log's writer.
pub struct Audit {
    queue: mpsc::Sender<Pending>,
    query_key: Zeroizing<[u8; 32]>,
    /// Callers who were turned away, until they are written down.
    pub refusals: Refusals,
    /// What procedures need of the log.
    pub holds: Holds,
    protection: Arc<Protection>,
}

/// An entry that waits to be written.
pub(crate) struct Pending {
    entry: Vec<u8>,
    written: oneshot::Sender<Option<u64>>,
}

/// What a reader that followed was shown: batches after one number up to another.
#[derive(Serialize)]
struct Followed {
    shown_after: u64,
    shown_upto: u64,
}

/// How often somebody was turned away, and from when to when, milliseconds since 1970.
#[derive(Serialize)]
struct Attempts {
    attempts: u64,
    first: u64,
    last: u64,
}

/// What a caller asks for, as the door through which they came names it.
#[derive(Debug, Clone)]
pub struct Act {
    /// The scope that it needs; `None` where anybody is answered.
    pub scope: Option<Scope>,
    /// The act's name: of a route, its method and path.
    pub route: String,
    /// What it is about: a path.
    pub target: String,
    /// What the caller narrowed it by.
    pub query: Vec<Asked>,
}

/// One thing by which a caller narrowed an act.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its name.
    pub name: &'static str,
    /// Its value, as it was given.
    pub value: String,
    /// Whether it may hold words about people.
    pub content: bool,
}

/// The act of an entry about callers who were turned away.
const REFUSED: &str = "refused";

/// The status of an answer that was given (RFC 9110, section 15.3.1).
const FOLLOWED_STATUS: u16 = 200;

/// To whom an answer goes where nobody else is named.
pub const CALLER: &str = "caller";

/// Who acts, in an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct By {
    /// The token's id, or `socket`.
    pub token: String,
    /// The id of the person who has the token, if a person has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The role.
    pub role: &'static str,
}

impl By {
    /// The caller of a route.
    pub fn caller(caller: &Caller) -> Self {
        Self { token: caller.id().to_owned(), person: caller.person().map(str::to_owned), role: caller.role() }
    }

    /// The node itself, by what the protocol asks of it.
    pub fn node() -> Self {
        Self { token: "node".to_owned(), person: None, role: "node" }
    }

    /// Somebody who showed no token that counts.
    pub fn nobody() -> Self {
        Self { token: "nobody".to_owned(), person: None, role: "unknown" }
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    act: &'a str,
    time: u64,
    by: By,
    route: String,
    target: String,
    why: String,
    to: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Box<RawValue>>,
    /// The number of the entry that was written before the act began.
    #[serde(skip_serializing_if = "Option::is_none")]
    begun: Option<u64>,
    /// The status of the answer; nothing while the act only begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Of an act of the protection officer, what it was: only the register's key opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

/// What an act of the protection officer was, which its entry holds sealed.
#[derive(Serialize)]
struct ActDone<'a> {
    route: &'a str,
    target: &'a str,
    query: &'a BTreeMap<&'a str, String>,
    facts: Option<&'a RawValue>,
    status: Option<u16>,
}

impl Entry<'_> {
    /// Nothing is answered whose entry would not say all that LOG-01 asks for.
    fn check(&self) -> Result<(), Fault> {
        let who = format!("{} {}", self.by.token, self.by.role);
        let access = Access {
            who: &who,
            when_ms: self.time,
            act: self.act,
            target: &self.target,
            why: &self.why,
            recipient: &self.to,
        };
        is_complete(&access).map_err(|missing| {
            let message = say!("audit-entry-lacks", missing = %format!("{missing:?}"));
            Fault::new(Code::Internal, message)
        })
    }
}

impl Audit {
    pub(crate) fn new(query_key: [u8; 32], protection: Arc<Protection>) -> (Self, mpsc::Receiver<Pending>) {
        let (queue, entries) = mpsc::channel(limits::AUDIT_QUEUE_ENTRIES_MAX);
        let (refusals, holds) = (Refusals::default(), Holds::default());
        (Self { queue, query_key: Zeroizing::new(query_key), refusals, holds, protection }, entries)
    }

    /// Writes that an act begins, before anything of it is done: whatever cuts it off, that it was tried stays. Returns the
    /// entry's number, which its end names.
    ///
    /// # Errors
    /// [`Code::Storage`] if it could not be written: then the act must not begin.
    pub async fn begin(&self, caller: &Caller, act: &Act) -> Result<u64, Fault> {
        self.write(&self.as_kept(self.entry(caller, act, Noted::default()), act)?).await
    }

    /// Writes the entry of one request that was answered so. When this returns without an error, the entry survives a power
    /// cut. `begun` is the number of the entry that was written when it began, if one was.
    ///
    /// # Errors
    /// [`Code::Storage`] if it could not be written: then the answer must not leave.
    pub async fn request(
        &self,
        caller: &Caller,
        act: &Act,
        noted: Option<Noted>,
        begun: Option<u64>,
        status: u16,
    ) -> Result<(), Fault> {
        let noted = noted.unwrap_or_default();
        if noted.in_batch {
            return Ok(());
        }
        let entry = Entry { begun, status: Some(status), ..self.entry(caller, act, noted) };
        let entry = self.as_kept(entry, act)?;
        self.write(&entry).await.map(drop)
    }

    /// Writes how often a caller was turned away in a while, who may be nobody that is known.
    ///
    /// # Errors
    /// [`Code::Storage`] if it could not be written.
    pub async fn refused(&self, refused: &Refused) -> Result<(), Fault> {
        let entry = Entry {
            act: REFUSED,
            time: clock::now_ms(),
            by: refused.who.clone(),
            route: refused.route.clone(),
            target: refused.route.clone(),
            why: REFUSED.to_owned(),
            to: CALLER.to_owned(),
            query: BTreeMap::new(),
            digest: None,
            facts: raw(&Attempts { attempts: refused.attempts, first: refused.first_ms, last: refused.last_ms }),
            begun: None,
            status: Some(refused.status),
            sealed: None,
        };
        self.write(&entry).await.map(drop)
    }

    fn entry<'a>(&self, caller: &Caller, act: &Act, noted: Noted) -> Entry<'a> {
        let of_scope = |scope: Scope| match scope.needs_purpose() {
            true => caller.purposes().why(),
            false => scope.order().to_owned(),
        };
        Entry {
            act: act.scope.map_or("", |scope| scope.name()),
            time: clock::now_ms(),
            by: By::caller(caller),
            target: shortened(&act.target),
            why: noted.why.or_else(|| act.scope.map(of_scope)).unwrap_or_default(),
            to: noted.to.unwrap_or_else(|| CALLER.to_owned()),
            query: self.query(&act.query),
            route: act.route.clone(),
            digest: noted.shown.map(hex::encode),
            facts: noted.facts,
            begun: None,
            status: None,
            sealed: None,
        }
    }

    /// Writes what a reader that followed was shown, once it is gone: batches after one number up to another.
    ///
    /// # Errors
    /// [`Code::Storage`] if it could not be written.
    pub async fn followed(&self, caller: &Caller, after: u64, upto: u64) -> Result<(), Fault> {
        let entry = Entry {
            act: Scope::RecordsRead.name(),
            time: clock::now_ms(),
            by: By::caller(caller),
            route: "GET /v1/follow".to_owned(),
            target: "/v1/follow".to_owned(),
            why: caller.purposes().why(),
            to: CALLER.to_owned(),
            query: BTreeMap::new(),
            digest: None,
            facts: raw(&Followed { shown_after: after, shown_upto: upto }),
            begun: None,
            status: Some(FOLLOWED_STATUS),
            sealed: None,
        };
        self.write(&entry).await.map(drop)
    }

    /// An entry as it is written: that of an act of the protection officer sealed.
    fn as_kept<'a>(&self, entry: Entry<'a>, act: &Act) -> Result<Entry<'a>, Fault> {
        if act.scope.is_some_and(Scope::is_of_protection) { self.sealed(entry) } else { Ok(entry) }
    }

    /// An act of the protection officer: what it was done with, and what came of it, say whom the register names.
    fn sealed<'a>(&self, entry: Entry<'a>) -> Result<Entry<'a>, Fault> {
        let act = ActDone {
            route: &entry.route,
            target: &entry.target,
            query: &entry.query,
            facts: entry.facts.as_deref(),
            status: entry.status,
        };
        let sealed = Some(self.protection.sealed_act(&act)?);
        let place = || "/v1/protection".to_owned();
        let query = BTreeMap::new();
        Ok(Entry { route: place(), target: place(), query, facts: None, digest: None, status: None, sealed, ..entry })
    }

    async fn write(&self, entry: &Entry<'_>) -> Result<u64, Fault> {
        entry.check()?;
        let entry = serde_json::to_vec(entry).map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
        self.append(entry).await
    }

    async fn append(&self, entry: Vec<u8>) -> Result<u64, Fault> {
        let (written, place) = oneshot::channel();
        let queued = self.queue.send(Pending { entry, written }).await.is_ok();
        if queued && let Ok(Some(place)) = place.await {
            return Ok(place);
        }
        let message = say!("audit-unwritable");
        Err(Fault::new(Code::Storage, message))
    }

    /// What the act was narrowed by. Words about people become keyed digests, one for each word that the index is asked for:
    /// whoever has the node can test whether a name was searched for, however it was spelt, and nobody can read it.
    fn query(&self, asked: &[Asked]) -> BTreeMap<&'static str, String> {
        let digest = |word: &String| hex::encode(SUITE.sha256(&[&*self.query_key, word.as_bytes()]));
        let mut query = BTreeMap::<_, String>::new();
        for asked in asked {
            let value = match asked.content {
                true => store::asked_words(&asked.value).iter().map(digest).collect::<Vec<_>>().join(" "),
                false => shortened(&asked.value),
            };
            // A name that is given twice is refused; both are noted.
            query.entry(asked.name).and_modify(|all| *all = format!("{all} {value}")).or_insert(value);
        }
        query
    }
}

/// Who submitted records of a batch, and for which purposes.
#[derive(Debug, Clone, Copy)]
pub struct Submitter<'a> {
    /// Number of the first of them.
    pub from: u64,
    /// Who.
    pub by: &'a By,
    /// The purposes of the records.
    pub why: &'a BTreeSet<String>,
}

/// What a batch's entry says beside what the commit holds.
#[derive(Debug, Default)]
pub struct Details<'a> {
    /// Of an own batch, who submitted.
    pub by: Vec<Submitter<'a>>,
    /// Who acts where nobody submits: without a name, the node by itself.
    pub acting: Option<Arc<By>>,
    /// Of a partner's, what the protection officer sees first: the local part of its decisions. The entry commits to it, and
    /// does not show it.
    pub held: Vec<Hidden>,
}

impl Details<'_> {
    /// Of an act of somebody who submits no record.
    pub fn of(by: Arc<By>) -> Self {
        Self { acting: Some(by), ..Self::default() }
    }
}

/// The entry of a batch, with the decisions about it: what was admitted, from whom, what was refused under which rule;
/// or what was recorded, by whom, why, and for whom. It holds positions and rules, never content. What was held follows from the
/// protection register: `local` is a commitment to it, which the entries of all batches have.
#[derive(Serialize)]
struct BatchEntry<'a> {
    act: &'static str,
    origin: String,
    first: u64,
    count: u32,
    time: u64,
    refused: Vec<RefusedRecord<'a>>,
    local: String,
    by: Vec<SubmittedFrom<'a>>,
    why: String,
    to: String,
}

#[derive(Serialize)]
struct RefusedRecord<'a> {
    index: u64,
    reason: &'a str,
}

#[derive(Serialize)]
struct SubmittedFrom<'a> {
    from: u64,
    #[serde(flatten)]
    by: &'a By,
}

/// One entry a batch.
///
/// # Errors
/// What LOG-01 asks for and an entry would not say.
pub fn batches(
    commit: &Commit,
    details: &Details<'_>,
    channel: &Channel,
    protection: &Protection,
) -> Result<Vec<Vec<u8>>, &'static str> {
    commit.batches.iter().map(|new| batch(new, commit, details, channel, protection)).collect()
}

fn batch(
    new: &NewBatch,
    commit: &Commit,
    details: &Details<'_>,
    channel: &Channel,
    protection: &Protection,
) -> Result<Vec<u8>, &'static str> {
    let (batch, Details { by, acting, held }) = (&new.batch, details);
    let own = batch.origin.agency == channel.me();
    let node = By::node();
    let acting = SubmittedFrom { from: batch.first, by: acting.as_deref().unwrap_or(&node) };
    let quarantined =
        commit.marks.iter().filter(|mark| mark.state == MarkState::Quarantined && mark.position.origin == batch.origin);
    let held = held.iter().filter(|hidden| hidden.position.origin == batch.origin);
    let held: Vec<u64> = held.map(|hidden| hidden.position.index).collect();
    let entry = BatchEntry {
        act: "batch",
        origin: batch.origin.to_string(),
        first: batch.first,
        count: batch.count(),
        time: new.time,
        refused: quarantined.map(|mark| RefusedRecord { index: mark.position.index, reason: &mark.reason }).collect(),
        local: protection.local(&batch.origin, batch.first, &held),
        by: match own && by.is_empty() {
            true => vec![acting],
            false => by.iter().map(|of| SubmittedFrom { from: of.from, by: of.by }).collect(),
        },
        // A batch of the protocol's own records has no submitter, and a partner's comes under the agreement: what is in
        // it may be read for its purposes only.
        why: if by.is_empty() { "the agreement".to_owned() } else { joined(by.iter().flat_map(|by| by.why)) },
        to: if own { joined(channel.partners()) } else { channel.me().to_string() },
    };
    is_complete(&Access {
        who: &batch.origin.agency.to_string(),
        when_ms: entry.time,
        act: entry.act,
        target: &entry.origin,
        why: &entry.why,
        recipient: &entry.to,
    })?;
    serde_json::to_vec(&entry).map_err(|_| "words that can be written")
}

/// Each once, in their order.
fn joined<T: ToString>(parts: impl IntoIterator<Item = T>) -> String {
    let parts: BTreeSet<String> = parts.into_iter().map(|part| part.to_string()).collect();
    parts.into_iter().collect::<Vec<_>>().join(", ")
}

/// The digest of a shown record for the audit log, keyed with the record's secret.
pub fn shown(secret: &[u8; 32], header: &[u8], body: &[u8]) -> Noted {
    let key = Zeroizing::new(SUITE.hkdf_expand(secret, b"mithaq/audit/v1"));
    let shown = SUITE.sha256(&[&*key, &SUITE.sha256(&[header]), &SUITE.sha256(&[body])]);
    Noted { shown: Some(shown), ..Noted::default() }
}

/// Starts the writer's thread. It ends when the node is gone.
pub(crate) fn spawn(db: &Arc<Db>, queue: mpsc::Receiver<Pending>) {
    let db = Arc::downgrade(db);
    if let Err(error) = thread::Builder::new().name("audit".into()).spawn(move || run(&db, queue)) {
        tracing::error!(%error, "the audit log's thread did not start; nothing that is audited will be answered");
    }
}

fn run(db: &Weak<Db>, mut queue: mpsc::Receiver<Pending>) {
    while let Some(first) = queue.blocking_recv() {
        let mut waiting = vec![first];
        while waiting.len() < limits::AUDIT_QUEUE_ENTRIES_MAX
            && let Ok(next) = queue.try_recv()
        {
            waiting.push(next);
        }
        let Some(db) = db.upgrade() else { return };
        let entries: Vec<Vec<u8>> = waiting.iter_mut().map(|pending| std::mem::take(&mut pending.entry)).collect();
        let first = db.store().audit(&entries, &mut crate::entropy());
        if let Err(error) = &first {
            tracing::error!(%error, "the audit log could not be written");
        }
        let places =
            first.map_or_else(|_| vec![None; waiting.len()], |first| (first..).map(Some).take(waiting.len()).collect());
        for (pending, place) in waiting.into_iter().zip(places) {
            // Whoever asked may be gone; the entry stands all the same.
            let _ = pending.written.send(place);
        }
    }
}

/// The entries from this number on, at most so many, with what of them follows from the protection register.
///
/// # Errors
/// No entry is asked for, or the store can't be read.
pub fn lines(db: &Db, protection: &Protection, from: u64, lines_max: u32) -> Result<Vec<AuditLine>, Fault> {
    if lines_max == 0 {
        return Err(Fault::usage(say!("list-entry-least")).in_field("limit"));
    }
    let entries = db.reader()?.audit_from(from, lines_max.min(limits::AUDIT_LINES_MAX))?;
    let line = |AuditEntry { index, entry, salt, leaf }: AuditEntry| {
        let is_erased = entry.is_empty();
        AuditLine {
            index,
            local: protection.local_part(&entry),
            entry: (!is_erased).then(|| String::from_utf8_lossy(&entry).into_owned()),
            salt: (!salt.is_empty()).then(|| hex::encode(salt)),
            leaf: is_erased.then(|| hex::encode(leaf)),
        }
    };
    Ok(entries.into_iter().map(line).collect())
}

/// How many entries the audit log has.
///
/// # Errors
/// The store can't be read.
pub fn size(db: &Db) -> Result<u64, Fault> {
    Ok(db.reader()?.audit_frontier()?.size())
}

/// The head of the audit log, signed now.
///
/// # Errors
/// The store can't be read, or the log key can't sign.
pub fn signed_head(db: &Db) -> Result<String, Fault> {
    let frontier = db.reader()?.audit_frontier()?;
    let head = Checkpoint { origin: audit_origin(&db.me), size: frontier.size(), root: frontier.root(SUITE) };
    sign_checkpoint(SUITE, &*db.signer, &head, clock::now_ms() / 1000)
        .map_err(|error| Fault::new(Code::Internal, error.to_string()))
}

/// Signs the head and keeps it if the log grew: what was signed once shows a change of any entry below it.
///
/// # Errors
/// The store can't be read or written, or the log key can't sign.
pub fn keep_head(db: &Db) -> Result<(), Fault> {
    let kept = kept_head(db, &db.reader()?)?;
    let size = db.reader()?.audit_frontier()?.size();
    if size == 0 || kept.is_some_and(|kept| kept.checkpoint().size == size) {
        return Ok(());
    }
    let head = signed_head(db)?;
    Ok(db.store().put_meta(CHECKPOINT_META, head.as_bytes())?)
}

/// The newest head that this node signed and kept, as a note.
///
/// # Errors
/// The store can't be read.
pub fn kept_head_note(reader: &Reader) -> Result<Option<String>, StoreError> {
    Ok(reader.meta(CHECKPOINT_META)?.map(|note| String::from_utf8_lossy(&note).into_owned()))
}

/// The newest head that this node signed and kept.
///
/// # Errors
/// The store can't be read, or what is kept does not open.
pub fn kept_head(db: &Db, reader: &Reader) -> Result<Option<SignedCheckpoint>, StoreError> {
    let damaged = |reason: String| StoreError::Damaged { place: "the audit log's signed head".into(), reason };
    opened_head(db, reader)?.transpose().map_err(|error| damaged(error.to_string()))
}

fn opened_head(db: &Db, reader: &Reader) -> Result<Option<Result<SignedCheckpoint, NoteError>>, StoreError> {
    let note = kept_head_note(reader)?;
    Ok(note.map(|note| open_checkpoint(SUITE, &note, &db.cards().current().keys.log)))
}

/// Checks the whole audit log: every entry against its leaf, the leaves against the frontier and against every head that
/// was signed or countersigned. Returns what does not hold.
///
/// # Errors
/// The store can't be read.
pub fn check(db: &Db, auditors: &Auditors) -> Result<(u64, Vec<Message>), StoreError> {
    let reader = db.reader()?;
    let mut problems = Vec::new();
    let mut heads: BTreeMap<u64, Vec<(Hash, Message)>> = BTreeMap::new();
    let frontier = reader.audit_frontier()?;
    heads.entry(frontier.size()).or_default().push((frontier.root(SUITE), say!("check-head-of-store")));
    match opened_head(db, &reader)? {
        Some(Ok(head)) => {
            let Checkpoint { size, root, .. } = head.checkpoint();
            heads.entry(*size).or_default().push((*root, say!("check-head-of-node")));
        }
        None => {}
        Some(Err(error)) => {
            let (place, reason) = (say!("check-audit-head"), wording::note(error));
            problems.push(say!("store-damaged", place = place, reason = reason));
        }
    }
    let countersigned = auditors.countersigned(&reader)?;
    let young_from = retention::young_from(&countersigned, clock::now_ms());
    for countersigned in countersigned {
        let Checkpoint { size, root, .. } = countersigned.checkpoint();
        heads.entry(*size).or_default().push((*root, say!("check-head-of-auditor")));
    }
    let mut walked = protocol::tlog::Frontier::new();
    loop {
        let entries = reader.audit_from(walked.size(), limits::AUDIT_LINES_MAX)?;
        if entries.is_empty() || problems.len() >= limits::CHECK_PROBLEMS_MAX {
            break;
        }
        for entry in entries {
            let index = walked.size();
            if entry.index != index {
                problems.push(say!("check-audit-missing", index = %index));
                return Ok((index, problems));
            }
            // Of an erased entry its leaf is left, and the heads hold that.
            let leaf = match entry.entry.is_empty() {
                true => entry.leaf,
                false => merkle::leaf_hash(SUITE, &audit_commitment(SUITE, &entry.salt, &entry.entry)),
            };
            if leaf != entry.leaf {
                problems.push(say!("check-audit-changed", index = %index));
            }
            if entry.entry.is_empty() && young_from.is_some_and(|from| index >= from) {
                problems.push(say!("check-audit-erased-early", index = %index));
            }
            walked.append_leaf(SUITE, leaf);
            for (root, whose) in heads.remove(&walked.size()).unwrap_or_default() {
                if root != walked.root(SUITE) {
                    problems.push(say!("check-audit-differs", size = walked.size(), whose = whose));
                }
            }
        }
    }
    heads.remove(&0);
    for (size, heads) in heads {
        for (_, whose) in heads {
            problems.push(say!("check-audit-shorter", whose = whose, size = size, held = walked.size()));
        }
    }
    Ok((walked.size(), problems))
}

fn shortened(text: &str) -> String {
    text.chars().take(limits::AUDIT_TEXT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Auditors have programs that read entries.
    #[test]
    fn the_bytes_of_entries_stay_as_they_are() {
        let by = By { token: "t".into(), person: None, role: "case_officer" };
        let batch = BatchEntry {
            act: "batch",
            origin: "o".into(),
            first: 1,
            count: 2,
            time: 3,
            refused: vec![RefusedRecord { index: 4, reason: "BLK-01 month-full" }],
            local: "l".into(),
            by: vec![SubmittedFrom { from: 1, by: &by }],
            why: "w".into(),
            to: "x".into(),
        };
        assert_eq!(
            serde_json::to_string(&batch).unwrap(),
            r#"{"act":"batch","origin":"o","first":1,"count":2,"time":3,"refused":[{"index":4,"reason":"BLK-01 month-full"}],"local":"l","by":[{"from":1,"token":"t","role":"case_officer"}],"why":"w","to":"x"}"#
        );
        let entry = Entry {
            act: "records:read",
            time: 3,
            by,
            route: "GET /v1/follow".into(),
            target: "/v1/follow".into(),
            why: "w".into(),
            to: CALLER.into(),
            query: BTreeMap::new(),
            digest: None,
            facts: raw(&Followed { shown_after: 7, shown_upto: 8 }),
            begun: None,
            status: Some(FOLLOWED_STATUS),
            sealed: None,
        };
        assert_eq!(
            serde_json::to_string(&entry).unwrap(),
            r#"{"act":"records:read","time":3,"by":{"token":"t","role":"case_officer"},"route":"GET /v1/follow","target":"/v1/follow","why":"w","to":"caller","facts":{"shown_after":7,"shown_upto":8},"status":200}"#
        );
        let facts = |noted: Noted| noted.facts.unwrap().get().to_owned();
        assert_eq!(facts(Noted::facts(&Count { listed: 9 })), r#"{"listed":9}"#);
        assert!(Noted::default().under("w", &[]).facts.is_none());
    }
}
