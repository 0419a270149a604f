//! A channel as one party sees it: its logs, what it may sign, what it admits.
//!
//! The channel is a value. A step takes `&self` and arguments (time, entropy, keys) and returns a [`Step`]: the channel
//! as it will be, and the [`Commit`] that must be written first. Whoever drives it writes the commit in one transaction
//! and only then replaces the old value by the new one and lets anything out. If the write fails, the old value still
//! stands; if its outcome is unknown, the channel is loaded again from what was written. Recovery is this same path.
//!
//! - [`append`]: number and sign own records;
//! - [`gather`]: what callers hand in, and what is written with it;
//! - [`open`]: check, open and decide a partner's batch;
//! - [`admit`]: admit and receipt it;
//! - [`outbox`]: frames to send, receipts and nacks that come back;
//! - [`lanes`]: what the urgent lane may carry;
//! - [`life`]: versions of the agreement, suspension, termination;
//! - [`manifest`]: what a partner's manifest may say;
//! - [`officers`]: whose approvals count, from where to where;
//! - [`startup`]: what partners must show before anything is signed, and new epochs;
//! - [`equivocation`]: two roots at one size.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    sync::Arc,
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use self::{
    lanes::Pace,
    life::{Activation, Ending, Suspension},
    officers::{EnrolledOfficer, Revoked},
};
use crate::{
    agreement::{Agreement, Bundle, SealingKeyDocument},
    batch::{Manifest, Seen},
    card::CardChain,
    commit::{Commit, Head},
    control::{Control, KnownHead},
    document::SignedDocument,
    encoding::base64_bytes,
    id::{AgencyId, ChannelId, Hash, hash_hex},
    json, limits,
    origin::{Lane, Origin},
    suite::{Entropy, Signer, Suite, X_WING_PUBLIC_BYTES},
    tlog::Frontier,
};

pub mod admit;
pub mod append;
pub mod equivocation;
pub mod gather;
pub mod lanes;
pub mod life;
pub mod manifest;
pub mod officers;
pub mod open;
pub mod outbox;
pub mod startup;

/// What a step needs from outside.
pub struct Env<'a> {
    /// Cryptography.
    pub suite: &'a dyn Suite,
    /// The agency's keys.
    pub signer: &'a dyn Signer,
    /// Random bytes.
    pub entropy: &'a mut dyn Entropy,
    /// Milliseconds since 1970.
    pub now: u64,
}

impl Env<'_> {
    /// Seconds since 1970, for checkpoints and receipts.
    pub const fn now_s(&self) -> u64 {
        self.now / 1000
    }
}

/// The result of a step: write `commit` first, then take `next`.
#[derive(Clone, Debug)]
pub struct Step {
    /// The channel after the step.
    pub next: Channel,
    /// What must be durable before anything of this step leaves.
    pub commit: Commit,
}

/// Why nothing may be signed now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// Partners have not shown the signed heads that they hold.
    #[error("waiting until {} partner(s) have shown the signed heads they hold", .0.len())]
    Waiting(Vec<AgencyId>),
    /// The channel is frozen: two histories of one log were signed.
    #[error("the channel is frozen: {0}")]
    Frozen(Frozen),
}

/// Why a channel is frozen. Leaving the freeze takes a new epoch that all parties sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Frozen {
    /// A party signed two roots at one size of one log; the proof is kept.
    #[error("a party signed two histories of one log; the proof is kept")]
    Equivocation,
    /// A partner holds a signed head of our own log that this node did not write: somebody else has our key.
    #[error("a partner holds a signed head of our own log that this node did not write; its key may be in other hands")]
    ForeignHead,
}

/// A channel as one party sees it.
#[derive(Clone, Debug)]
pub struct Channel {
    id: ChannelId,
    me: AgencyId,
    parties: BTreeMap<AgencyId, Arc<CardChain>>,
    versions: BTreeMap<Hash, Arc<Version>>,
    logs: BTreeMap<Origin, Arc<Log>>,
    shared: Arc<Shared>,
    /// Partners that have not shown their heads since this node started. Not kept: every start begins with all.
    waiting: BTreeSet<AgencyId>,
}

/// A signed version of the agreement.
#[derive(Clone, Debug)]
pub struct Version {
    /// The agreement.
    pub agreement: Agreement,
    /// Its signed bundle.
    pub bundle: Vec<u8>,
}

/// What the channel knows of one log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    #[serde(with = "frontier_base64")]
    frontier: Frontier,
    /// The latest signed checkpoint.
    note: String,
    /// The agreement version that governs the next entry; before the first activation it is the first version.
    #[serde(with = "hash_hex")]
    agreement: Hash,
    /// Whether its owner has activated a version in this log.
    active: bool,
    /// From where on which version governs; empty as long as it is the first one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    activations: Vec<Activation>,
    /// Whether its owner has suspended in it.
    #[serde(default)]
    suspended: bool,
    /// Whether its owner has resumed in it, and not suspended again.
    #[serde(default)]
    resumed: bool,
    /// Records of the present hour.
    #[serde(default)]
    pace: Pace,
    /// The latest manifest.
    manifest: Manifest,
    /// Up to which size each party has receipted it.
    receipts: BTreeMap<AgencyId, u64>,
}

/// What the channel knows beside its logs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shared {
    /// Own epoch.
    epoch: u32,
    /// Why it is frozen, if it is.
    frozen: Option<Frozen>,
    /// The newest sealing key of each party.
    sealing_keys: BTreeMap<AgencyId, SealingKeyPublic>,
    /// Enrolled officers by the place of their enrolment.
    officers: Vec<EnrolledOfficer>,
    /// The enrolments that their parties have revoked, once for each log in which the revocation stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    revoked: Vec<Revoked>,
    /// What the first entry of a new epoch must list.
    earlier: Vec<KnownHead>,
    /// Versions accepted after the first one, in their order. The last is in force.
    #[serde(default, with = "hashes")]
    versions: Vec<Hash>,
    /// Parties that have suspended.
    #[serde(default)]
    suspended: BTreeMap<AgencyId, Suspension>,
    /// Parties that have ended the agreement alone.
    #[serde(default)]
    endings: BTreeMap<AgencyId, Ending>,
    /// How often versions, suspensions, endings or revocations have changed: what was decided before counts no more.
    #[serde(default)]
    changes: u64,
}

/// A party's newest sealing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealingKeyPublic {
    /// The X-Wing public key.
    #[serde(with = "base64_bytes")]
    pub public: Vec<u8>,
    /// When it was announced, milliseconds since 1970.
    pub announced: u64,
}

/// The bytes kept for a channel can't be read: the store is damaged or of a newer version.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LoadError {
    /// State that is not what this version writes.
    #[error("the channel's kept state can't be read: {0}")]
    State(#[from] json::JsonError),
    /// A version that the channel has taken up is not in the store.
    #[error("the agreement version {} is in force and its signed bundle is not in the store", hex::encode(.0))]
    Version(Hash),
}

/// What the store kept of a channel.
pub struct Snapshot {
    /// The channel's state, if it ever changed.
    pub state: Option<Vec<u8>>,
    /// Each log and its state.
    pub logs: Vec<(Origin, Vec<u8>)>,
    /// Signed bundles by the hash of their agreement: at least those of the versions that the channel has taken up.
    pub bundles: BTreeMap<Hash, Vec<u8>>,
}

impl Channel {
    /// Opens a channel for the first time: a complete bundle of version 1, signed by all parties and verified.
    ///
    /// The partners' first sealing keys come from the bundle. `waiting` says whether every partner must show its heads
    /// before anything is signed: always in a node, which can't know what it signed before its folder was restored.
    pub fn new(
        suite: &dyn Suite,
        me: AgencyId,
        parties: BTreeMap<AgencyId, Arc<CardChain>>,
        bundle: &Bundle,
        waiting: bool,
    ) -> Self {
        let agreement = bundle.agreement().clone();
        let hash = agreement.hash(suite);
        let sealing_keys = parties
            .keys()
            .filter_map(|agency| bundle.sealing_key(agency))
            .map(|key| (key.agency, SealingKeyPublic { public: key.public, announced: key.announced_ms }))
            .collect();
        let waiting =
            if waiting { parties.keys().copied().filter(|agency| *agency != me).collect() } else { BTreeSet::new() };
        Self {
            id: ChannelId::new(hash),
            me,
            parties,
            versions: BTreeMap::from([(hash, Arc::new(Version { agreement, bundle: bundle.encode() }))]),
            logs: BTreeMap::new(),
            shared: Arc::new(Shared { epoch: 1, sealing_keys, ..Shared::default() }),
            waiting,
        }
    }

    /// Takes up what the store kept: the channel as of the last commit, waiting for every partner.
    pub fn load(self, snapshot: &Snapshot) -> Result<Self, LoadError> {
        let mut logs = BTreeMap::new();
        for (origin, state) in &snapshot.logs {
            logs.insert(*origin, Arc::new(parse_state(state, "log state")?));
        }
        let shared = match &snapshot.state {
            Some(state) => Arc::new(parse_state(state, "channel state")?),
            None => self.shared,
        };
        let mut versions = self.versions;
        for hash in &shared.versions {
            let bundle = snapshot.bundles.get(hash).ok_or(LoadError::Version(*hash))?;
            let agreement = Bundle::parse(bundle).map_err(|_| LoadError::Version(*hash))?.agreement().clone();
            versions.insert(*hash, Arc::new(Version { agreement, bundle: bundle.clone() }));
        }
        Ok(Self { logs, shared, versions, ..self })
    }

    /// The channel's id.
    pub const fn id(&self) -> ChannelId {
        self.id
    }

    /// The party whose view this is.
    pub const fn me(&self) -> AgencyId {
        self.me
    }

    /// The cards of every party.
    pub const fn parties(&self) -> &BTreeMap<AgencyId, Arc<CardChain>> {
        &self.parties
    }

    /// Every party but this one.
    pub fn partners(&self) -> impl Iterator<Item = AgencyId> + '_ {
        self.parties.keys().copied().filter(|agency| *agency != self.me)
    }

    /// Takes up a newer chain of cards of a party.
    pub fn with_cards(mut self, agency: AgencyId, chain: Arc<CardChain>) -> Self {
        self.parties.insert(agency, chain);
        self
    }

    /// Own log of a lane in the present epoch.
    pub fn own_log(&self, lane: Lane) -> Origin {
        Origin { channel: self.id, agency: self.me, epoch: self.shared.epoch.max(1), lane }
    }

    /// Every log known here.
    pub fn logs(&self) -> impl Iterator<Item = (&Origin, &Log)> {
        self.logs.iter().map(|(origin, log)| (origin, &**log))
    }

    /// A log known here.
    pub fn log(&self, origin: &Origin) -> Option<&Log> {
        self.logs.get(origin).map(|log| &**log)
    }

    /// Size of a log; 0 if nothing of it is known.
    pub fn size(&self, origin: &Origin) -> u64 {
        self.log(origin).map_or(0, |log| log.frontier.size())
    }

    /// The agreement version that governs the next record of a log. An own log's next batch opens with the activation of
    /// what is in force here.
    pub fn governing(&self, origin: &Origin) -> Hash {
        if *origin == self.own_log(origin.lane) {
            return self.in_force();
        }
        self.log(origin).map_or(*self.id.bytes(), |log| log.agreement)
    }

    /// A version of the agreement by its hash, if it is accepted here.
    pub fn version(&self, hash: &Hash) -> Option<&Arc<Version>> {
        self.versions.get(hash)
    }

    /// The newest sealing key of a party.
    pub fn sealing_key(&self, agency: &AgencyId) -> Option<&SealingKeyPublic> {
        self.shared.sealing_keys.get(agency)
    }

    /// Why the channel is frozen, if it is.
    pub fn frozen(&self) -> Option<Frozen> {
        self.shared.frozen
    }

    /// Partners that have not shown their heads since this node started.
    pub const fn waiting(&self) -> &BTreeSet<AgencyId> {
        &self.waiting
    }

    /// Whether anything may be signed now.
    pub fn may_sign(&self) -> Result<(), NotNow> {
        if let Some(frozen) = self.shared.frozen {
            return Err(NotNow::Frozen(frozen));
        }
        if !self.waiting.is_empty() {
            return Err(NotNow::Waiting(self.waiting.iter().copied().collect()));
        }
        Ok(())
    }

    /// What a manifest of this party must name: the size of each other log of the lane that it has receipted.
    fn seen(&self, own: &Origin) -> Vec<Seen> {
        self.logs
            .iter()
            .filter(|(origin, log)| origin.agency != self.me && origin.lane == own.lane && log.frontier.size() > 0)
            .map(|(origin, log)| Seen { origin: *origin, size: log.receipts.get(&self.me).copied().unwrap_or(0) })
            .collect()
    }

    /// How much a party has sent in the other lane of the same epoch.
    fn pace_of_other_lane(&self, origin: &Origin) -> Option<&Pace> {
        let lane = match origin.lane {
            Lane::Main => Lane::Urgent,
            Lane::Urgent => Lane::Main,
        };
        self.log(&Origin { lane, ..*origin }).map(|log| &log.pace)
    }

    /// The log's state before its first entry.
    fn empty_log(&self) -> Log {
        Log {
            frontier: Frontier::new(),
            note: String::new(),
            agreement: *self.id.bytes(),
            active: false,
            activations: Vec::new(),
            suspended: false,
            resumed: false,
            pace: Pace::default(),
            manifest: Manifest { time: 0, seen: Vec::new() },
            receipts: BTreeMap::new(),
        }
    }

    /// Takes up a control record at its place in a log. Returns whether the shared state changed.
    fn apply(&mut self, origin: &Origin, index: u64, control: &Control) -> bool {
        match control {
            Control::SealingKey(document) => {
                let Some(key) = self.announced_by(&origin.agency, document) else {
                    return false;
                };
                let announced = SealingKeyPublic { public: key.public, announced: key.announced_ms };
                Arc::make_mut(&mut self.shared).sealing_keys.insert(origin.agency, announced);
                true
            }
            Control::Enrolment(officer) => {
                let enrolled = EnrolledOfficer { origin: *origin, index, officer: officer.clone() };
                Arc::make_mut(&mut self.shared).officers.push(enrolled);
                true
            }
            Control::Revocation(enrolment) => {
                self.take_up_revocation(origin, index, enrolment);
                true
            }
            Control::Suspend | Control::Resume | Control::Terminate(_) => {
                self.take_up_act(origin, index, control);
                true
            }
            _ => false,
        }
    }

    /// The sealing key in a document, if it is this agency's for this channel.
    fn announced_by(&self, agency: &AgencyId, document: &SignedDocument) -> Option<SealingKeyDocument> {
        let key = SealingKeyDocument::parse(&document.body).ok()?;
        let usable = key.channel == self.id && key.agency == *agency && key.public.len() == X_WING_PUBLIC_BYTES;
        usable.then_some(key)
    }

    /// The channel's own state as bytes.
    fn shared_bytes(&self) -> Vec<u8> {
        json::encode(&*self.shared)
    }

    /// A log's head as the store keeps it.
    fn head(&self, origin: &Origin, expected_size: u64) -> Head {
        let (size, state) =
            self.logs.get(origin).map_or((0, Vec::new()), |log| (log.frontier.size(), json::encode(&**log)));
        Head { origin: *origin, expected_size, size, state }
    }
}

impl Log {
    /// Number of entries.
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The latest signed checkpoint, as note text.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Up to which size a party has receipted it.
    pub fn receipted(&self, agency: &AgencyId) -> u64 {
        self.receipts.get(agency).copied().unwrap_or(0)
    }

    /// Receipted sizes by party.
    pub const fn receipts(&self) -> &BTreeMap<AgencyId, u64> {
        &self.receipts
    }

    /// Root over all entries.
    pub fn root(&self, suite: &dyn Suite) -> Hash {
        self.frontier.root(suite)
    }

    /// The latest manifest's time, milliseconds since 1970.
    pub const fn time(&self) -> u64 {
        self.manifest.time
    }
}

fn parse_state<T: serde::de::DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T, json::JsonError> {
    json::parse_strict(bytes, limits::STATE_BYTES_MAX, what)
}

/// Hashes as a list of hexadecimal texts.
mod hashes {
    use super::{Hash, hash_hex};
    use alloc::vec::Vec;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Hex(#[serde(with = "hash_hex")] Hash);

    pub fn serialize<S: Serializer>(hashes: &[Hash], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(hashes.iter().map(|hash| Hex(*hash)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Hash>, D::Error> {
        Ok(Vec::<Hex>::deserialize(d)?.into_iter().map(|Hex(hash)| hash).collect())
    }
}

/// A frontier in JSON: base64 of its bytes.
mod frontier_base64 {
    use super::{Frontier, base64_bytes};
    use alloc::vec::Vec;
    use serde::{Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(frontier: &Frontier, s: S) -> Result<S::Ok, S::Error> {
        base64_bytes::serialize(frontier.to_bytes(), s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Frontier, D::Error> {
        let bytes: Vec<u8> = base64_bytes::deserialize(d)?;
        Frontier::from_bytes(&bytes).ok_or_else(|| D::Error::custom("a log's frontier: size and one hash a set bit"))
    }
}
