//! Independent auditors: their public keys, and what they countersigned.
//!
//! An auditor's key is made outside the agency. Until one is registered the node exchanges nothing (AUD-01). What an
//! auditor countersigns is the audit log's head; the node keeps every countersignature.

use std::sync::{Arc, PoisonError, RwLock};

use policy::NoAuditor;
use protocol::{
    agreement::Agreement,
    card::CardKeys,
    id::{AgencyId, Hash, hash_hex},
    json,
    suite::PublicKeys,
    tlog::{Countersigned, NoteError, audit_origin, auditor_id, merkle, open_countersigned},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use texts::say;
use tokio::sync::watch;

use crate::{
    clock,
    db::{Db, SUITE, kept},
    fault::{Code, Fault},
    limits, wording, words,
};

/// What to do where an auditor's key is missing.
pub const ADVICE: &str = "an auditor outside the agency makes a key with `mithaq auditor new FILE`, and `mithaq auditor \
                          add DIR FILE.pub` registers its public half";

const META: &str = "auditors";
/// The store's name of a countersignature; the log's size follows in 20 digits, then the beginning of the auditor's id.
const COUNTERSIGNED_META: &str = "audit/countersigned/";
const FILE_BYTES_MAX: usize = 16 << 10;

/// An auditor's public file: what `mithaq auditor new` writes beside the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicFile {
    mithaq: Format,
    /// The public keys: Ed25519 and ML-DSA-44, both of which sign.
    #[schemars(with = "words::Keys")]
    pub keys: PublicKeys,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum Format {
    #[serde(rename = "auditor/1")]
    V1,
}

/// A registered auditor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Auditor {
    /// The digest of its keys.
    #[serde(with = "hash_hex")]
    #[schemars(with = "words::Id")]
    pub id: Hash,
    /// Its public keys.
    #[schemars(with = "words::Keys")]
    pub keys: PublicKeys,
    /// When it was registered, milliseconds since 1970.
    pub added_ms: u64,
}

/// The auditors of a node.
pub struct Auditors {
    /// What the agency's own keys would be called as an auditor's: none of them may stand for one.
    own: Vec<Hash>,
    held: RwLock<Arc<Vec<Auditor>>>,
    /// The newest time that an auditor signed, milliseconds since 1970.
    newest_ms: RwLock<Option<u64>>,
    /// Turns true with the first auditor.
    came: watch::Sender<bool>,
}

impl PublicFile {
    /// The file of these keys.
    pub const fn new(keys: PublicKeys) -> Self {
        Self { mithaq: Format::V1, keys }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Code::Usage`] if it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        json::parse_strict(bytes, FILE_BYTES_MAX, "auditor's public file")
            .map_err(|error| Fault::usage(wording::json(&error)).in_field(error.field))
    }

    /// The file's bytes.
    pub fn encode(&self) -> Vec<u8> {
        json::encode(self)
    }
}

impl Auditors {
    pub(crate) fn load(reader: &Reader, own: &CardKeys) -> Result<Self, StoreError> {
        let held: Vec<Auditor> = kept(reader, META, "the list of auditors")?;
        let own = [&own.log, &own.receipt, &own.document].map(|keys| auditor_id(SUITE, keys)).to_vec();
        let came = watch::Sender::new(!held.is_empty());
        let auditors = Self { own, held: RwLock::new(Arc::new(held)), newest_ms: RwLock::default(), came };
        let newest = auditors.countersigned(reader)?.iter().map(|signed| signed.time_s() * 1000).max();
        *auditors.newest_ms.write().unwrap_or_else(PoisonError::into_inner) = newest;
        Ok(auditors)
    }

    /// Whether the node may exchange: an auditor from outside is registered.
    pub fn any(&self) -> bool {
        self.may_exchange().is_ok()
    }

    /// Turns true with the first auditor: from then on something may be exchanged.
    pub fn comes(&self) -> watch::Receiver<bool> {
        self.came.subscribe()
    }

    fn may_exchange(&self) -> Result<(), NoAuditor> {
        policy::may_exchange(&self.ids(), &self.own, &[])
    }

    fn ids(&self) -> Vec<Hash> {
        self.list().iter().map(|auditor| auditor.id).collect()
    }

    /// Every auditor.
    pub fn list(&self) -> Arc<Vec<Auditor>> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Refuses to exchange while no auditor is registered.
    ///
    /// # Errors
    /// [`Code::Refused`] under rule AUD-01, with the command to run.
    pub fn check(&self) -> Result<(), Fault> {
        self.may_exchange().map_err(refused)
    }

    /// Refuses to exchange under an agreement that names this agency's auditors, while none of them is registered: the other
    /// parties have signed whom they trust to watch over it.
    ///
    /// # Errors
    /// As [`Auditors::check`].
    pub fn check_under(&self, agreement: &Agreement, me: &AgencyId) -> Result<(), Fault> {
        policy::may_exchange(&self.ids(), &self.own, &named(agreement, me)).map_err(refused)
    }

    /// Each registered auditor with the newest time, milliseconds since 1970, that it signed of this node's log; `None` if it never did.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn last_signed(&self, reader: &Reader) -> Result<Vec<(Auditor, Option<u64>)>, StoreError> {
        let notes = self.notes(reader)?;
        // The newest stand last, and most auditors have one among them.
        let newest = |auditor: &Auditor| {
            let signed = notes.iter().rev().find_map(|note| open_countersigned(SUITE, note, &auditor.keys).ok());
            signed.map(|signed| signed.time_s().saturating_mul(1000))
        };
        Ok(self.list().iter().map(|auditor| (auditor.clone(), newest(auditor))).collect())
    }

    /// The newest time that an auditor signed, milliseconds since 1970: it confirms the clock as a partner's does.
    pub fn newest_ms(&self) -> Option<u64> {
        *self.newest_ms.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers an auditor. Doing it again changes nothing. With the first one the links start.
    ///
    /// # Errors
    /// [`Code::Refused`] under rule AUD-01 if it is the agency's own key; there are too many auditors, or they can't be
    /// kept.
    pub fn add(&self, db: &Db, keys: PublicKeys) -> Result<Auditor, Fault> {
        let id = auditor_id(SUITE, &keys);
        policy::may_exchange(&[id], &self.own, &[]).map_err(refused)?;
        let (auditor, is_first) = {
            let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = held.iter().find(|known| known.id == id) {
                return Ok(known.clone());
            }
            if held.len() >= limits::AUDITORS_MAX {
                return Err(Fault::new(Code::Storage, say!("auditors-full", auditors_max = limits::AUDITORS_MAX)));
            }
            let auditor = Auditor { id, keys, added_ms: clock::now_ms() };
            let mut next = Vec::clone(&held);
            next.push(auditor.clone());
            db.keep(META, &next)?;
            let is_first = held.is_empty();
            *held = Arc::new(next);
            (auditor, is_first)
        };
        if is_first {
            self.came.send_replace(true);
        }
        Ok(auditor)
    }

    /// Keeps a countersignature on the head of this node's audit log.
    ///
    /// # Errors
    /// [`Code::NotVerified`] if no registered auditor signed it, or if it is about another log than the one held here.
    pub fn keep(&self, db: &Db, note: &str) -> Result<Countersigned, Fault> {
        let refuse = |message: String| Fault::new(Code::NotVerified, message);
        let (id, signed) = self.open(note).map_err(|error| {
            refuse(format!("no auditor that is registered here countersigned this ({error}): {ADVICE}"))
        })?;
        let head = signed.checkpoint();
        if head.origin != audit_origin(&db.me) {
            return Err(refuse(format!("it is about the log {}, not about this node's", head.origin)));
        }
        let leaves = db.reader()?.audit_leaves(head.size)?;
        if leaves.len() as u64 != head.size || merkle::root_of(SUITE, &leaves) != head.root {
            return Err(refuse(format!("the first {} entries of this node's audit log are others", head.size)));
        }
        let name = format!("{COUNTERSIGNED_META}{:020}/{}", head.size, &hex::encode(id)[..16]);
        db.store().put_meta(&name, note.as_bytes())?;
        let mut newest = self.newest_ms.write().unwrap_or_else(PoisonError::into_inner);
        *newest = (*newest).max(Some(signed.time_s() * 1000));
        Ok(signed)
    }

    /// Every countersignature kept, as it was given, the smallest log first.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn notes(&self, reader: &Reader) -> Result<Vec<String>, StoreError> {
        let notes = reader.metas(COUNTERSIGNED_META)?;
        Ok(notes.into_iter().map(|note| String::from_utf8_lossy(&note).into_owned()).collect())
    }

    /// Every countersignature kept, opened.
    ///
    /// # Errors
    /// The store can't be read, or one does not open.
    pub fn countersigned(&self, reader: &Reader) -> Result<Vec<Countersigned>, StoreError> {
        let open = |note: &String| {
            self.open(note).map(|(_, signed)| signed).map_err(|error| StoreError::Damaged {
                place: "a kept countersignature".into(),
                reason: error.to_string(),
            })
        };
        self.notes(reader)?.iter().map(open).collect()
    }

    fn open(&self, note: &str) -> Result<(Hash, Countersigned), NoteError> {
        let mut last = NoteError::UnknownSignature;
        for auditor in self.list().iter() {
            match open_countersigned(SUITE, note, &auditor.keys) {
                Ok(signed) => return Ok((auditor.id, signed)),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// The auditors of an agency whom an agreement names.
pub fn named(agreement: &Agreement, agency: &AgencyId) -> Vec<Hash> {
    let label = agreement.party(agency).map(|party| party.label.as_str());
    let of_agency = agreement.auditors.iter().filter(|named| Some(named.party.as_str()) == label);
    of_agency.map(|named| auditor_id(SUITE, &named.keys)).collect()
}

fn refused(error: NoAuditor) -> Fault {
    Fault::new(Code::Refused, say!("with-advice", error = %error, advice = %ADVICE)).by_rule("AUD-01")
}

/// The hashes that prove to an auditor that the log continues what it countersigned at `old_size`.
///
/// # Errors
/// The store can't be read; there are fewer entries.
pub fn consistency(db: &Db, old_size: u64, size: u64) -> Result<Vec<Hash>, Fault> {
    let leaves = db.reader()?.audit_leaves(size)?;
    merkle::consistency_proof(SUITE, &leaves, old_size)
        .ok_or_else(|| Fault::new(Code::NotVerified, say!("audit-log-shorter", size = %size, old_size = %old_size)))
}
