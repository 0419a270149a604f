//! Agreements from draft to force: rendered once, signed by every party, and then a channel.
//!
//! A bundle is merged, never replaced, and everything here may be repeated without another effect. The node signs
//! only when its own agency tells it to, never because a partner asks.

use hyper::{Method, StatusCode};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use protocol::{
    agreement::{Agreement, AgreementError, Bundle, BundleError, sealing_key_id},
    card::CardChain,
    channel::{Channel, Version},
    date::Date,
    id::{AgencyId, ChannelId, Hash},
    limits::BUNDLE_BYTES_MAX,
    suite::random_32,
};
use store::{OwnSealingKey, Reader, StoreError};
use texts::{Lines, Message, Value, say};
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::{
    channel::ChannelHandle,
    channels::Channels,
    clock,
    db::{Db, SUITE},
    fault::{self, Code},
    limits,
    located::Fault,
    peers::Peers,
    wording,
    work::{beside, blocking},
    writer,
};

mod draft;
pub mod life;
mod look;
mod offers;
pub mod template;
mod warnings;

pub use draft::{ClauseDraft, Draft, Follows, Head, Known, PartyDraft, render};
pub use look::{Looked, look};
pub use offers::{discard, expire};
pub use warnings::{Warning, doubts};

/// The media type of a draft in TOML.
pub const TOML: &str = "application/toml";
/// Where partners hand over their bundles.
pub const EXCHANGE_PATH: &str = "/peer/v1/agreements";

/// What agreements need: what is held, whose cards are known, and which channels run.
#[derive(Clone)]
pub struct Agreements {
    /// What is held and signed with.
    pub db: Arc<Db>,
    /// Whose cards are held and trusted.
    pub peers: Arc<Peers>,
    /// The channels that agreements found.
    pub channels: Arc<Channels>,
    /// What the writer of a new channel shares with others.
    pub writing: writer::Parts,
    /// Signalled when an agreement got its last signature.
    pub agreed: Arc<Notify>,
}

/// How far an agreement is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// SHA-256 of the agreement's bytes.
    pub agreement: Hash,
    /// The channel, if it is a first version.
    pub channel: Option<ChannelId>,
    /// Parties that have not signed or not handed in their sealing key.
    pub missing: Vec<AgencyId>,
    /// Whether it governs a channel that is at work here.
    pub in_force: bool,
    /// What to look at again, as long as not all have signed.
    pub warnings: Vec<Warning>,
}

/// An agreement in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The agreement.
    pub agreement: Agreement,
    /// How far it is.
    pub progress: Progress,
}

/// What came of offering a bundle.
#[derive(Debug, Clone)]
pub struct Offered {
    /// How far the agreement is now.
    pub progress: Progress,
    /// Parties that have the bundle now.
    pub reached: Vec<AgencyId>,
    /// Parties that have not, and why.
    pub failed: Vec<(AgencyId, String)>,
}

/// Why a step with an agreement is refused.
#[derive(Debug, thiserror::Error)]
pub enum AgreementsError {
    /// The draft has errors.
    #[error("the draft has {} error(s):{}", .0.len(), listed(.0))]
    Draft(Vec<Fault>),
    /// The draft in JSON has errors.
    #[error(transparent)]
    Json(#[from] AgreementError),
    /// It ends before it begins.
    #[error("{until} lies before valid_from {from}")]
    EndsEarly {
        /// The first day.
        from: Date,
        /// The last day.
        until: Date,
    },
    /// The media type is none of a draft.
    #[error("a draft is application/toml or application/json, not {0}")]
    MediaType(String),
    /// The bundle is refused.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// There is no such agreement.
    #[error("no agreement {} is held: draft or import it first", hex::encode(.0))]
    Unknown(Hash),
    /// This agency is no party.
    #[error("this agency is no party to the agreement: it can neither sign nor keep it")]
    NotAParty,
    /// It weakens the floor, or lets police data cross to a body that does not enforce the law.
    #[error(transparent)]
    Weakens(#[from] policy::Weakens),
    /// The calling partner is no party or has not signed.
    #[error("an agreement is taken from a partner that is a party and has signed it")]
    NotFromAParty,
    /// A party's card is not held or not confirmed.
    #[error("the fingerprint of {0} is not confirmed: add its card and compare before you sign with it")]
    NotConfirmed(AgencyId),
    /// This agency has signed another successor of the same version.
    #[error(
        "this agency has signed agreement {} as the successor of the same version: a party signs at most one",
        hex::encode(.0)
    )]
    OtherSuccessor(Hash),
    /// The version before is not held.
    #[error("the version before, {}, is not held: import it first", hex::encode(.0))]
    PreviousUnknown(Hash),
    /// The own sealing key of the bundle is not in the key store.
    #[error("the private part of this agency's sealing key in the bundle is not held: restore the keys folder")]
    OwnKeyLost,
    /// An own signature is needed first.
    #[error("this agency has not signed: sign the agreement before you offer it")]
    NotSigned,
    /// No partner took the bundle.
    #[error("no partner was reached:{}", .0.iter().map(|(agency, why)| format!("\n  {agency}: {why}")).collect::<String>())]
    NobodyReached(Vec<(AgencyId, String)>),
    /// More agreements than are kept.
    #[error("there are {} agreements already, and no more are kept", limits::AGREEMENTS_MAX)]
    TooMany,
    /// A partner has offered as many as wait for an answer.
    #[error("{} agreements that you offered wait for an answer here already", limits::OFFERS_OF_PARTNER_MAX)]
    TooManyOffers,
    /// What is signed is not forgotten.
    #[error("this agency has signed the agreement, and what it signed is kept")]
    Signed,
    /// The disk is nearly full.
    #[error("{0}")]
    NoRoom(Message),
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AgreementsError {
    /// What is wrong, in the reader's language.
    fn message(&self) -> Message {
        let message = match self {
            Self::Draft(faults) => {
                let below = Value::Below(faults.iter().map(Fault::message).collect());
                say!("draft-has-errors", count = faults.len(), faults = below)
            }
            Self::EndsEarly { from, until } => say!("agreement-ends-early", until = %until, from = %from),
            Self::MediaType(media_type) => say!("draft-media-type", media_type = media_type),
            Self::Unknown(id) => say!("no-such-agreement", id = %hex::encode(id)),
            Self::NotAParty => say!("not-a-party"),
            Self::NotFromAParty => say!("not-from-a-party"),
            Self::NotConfirmed(agency) => say!("party-not-confirmed", agency = %agency),
            Self::OtherSuccessor(id) => say!("other-successor", id = %hex::encode(id)),
            Self::PreviousUnknown(id) => say!("previous-unknown", id = %hex::encode(id)),
            Self::OwnKeyLost => say!("own-key-lost"),
            Self::NotSigned => say!("not-signed"),
            Self::NobodyReached(partners) => {
                let listed = partners.iter().map(|(agency, why)| format!("\n  {agency}: {why}")).collect();
                say!("nobody-reached", faults = Lines(listed))
            }
            Self::TooMany => say!("agreements-full", most = limits::AGREEMENTS_MAX),
            Self::TooManyOffers => say!("offers-full", most = limits::OFFERS_OF_PARTNER_MAX),
            Self::Signed => say!("signed-is-kept"),
            Self::NoRoom(message) => return message.clone(),
            Self::Store(error) => return wording::store(error),
            Self::Json(error) => return wording::agreement(error),
            Self::Bundle(error) => return wording::cards::bundle(error),
            Self::Weakens(weakens) => return wording::faults::weakens(weakens),
        };
        message.worded(self.to_string())
    }
}

impl From<AgreementsError> for fault::Fault {
    fn from(error: AgreementsError) -> Self {
        let message = error.message();
        let code = match error {
            AgreementsError::Draft(faults) => {
                let field = faults.into_iter().next().map(|fault| fault.field).unwrap_or_default();
                return Self::usage(message).in_field(field);
            }
            AgreementsError::EndsEarly { .. } => return Self::usage(message).in_field("valid_until"),
            AgreementsError::Json(_) | AgreementsError::MediaType(_) | AgreementsError::NotSigned => Code::Usage,
            AgreementsError::Bundle(BundleError::Json(_) | BundleError::Agreement(_)) => Code::Usage,
            AgreementsError::Bundle(BundleError::CannotSign(_)) => Code::Internal,
            AgreementsError::Bundle(_) => Code::NotVerified,
            AgreementsError::Unknown(_) | AgreementsError::PreviousUnknown(_) => Code::NotFound,
            AgreementsError::NotAParty
            | AgreementsError::NotFromAParty
            | AgreementsError::NotConfirmed(_)
            | AgreementsError::Weakens(_)
            | AgreementsError::OtherSuccessor(_) => Code::Refused,
            AgreementsError::NobodyReached(_) => Code::Unavailable,
            AgreementsError::TooManyOffers => Code::TooMany,
            AgreementsError::Signed => Code::Conflict,
            AgreementsError::OwnKeyLost | AgreementsError::TooMany | AgreementsError::NoRoom(_) => Code::Storage,
            AgreementsError::Store(error) => return error.into(),
        };
        Self::new(code, message)
    }
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}

/// Renders a draft and keeps it. The same draft again is the same agreement.
pub fn draft(room: &Agreements, bytes: &[u8], content_type: &str) -> Result<Progress, AgreementsError> {
    let agreement = read_draft(room, bytes, content_type, None)?;
    take(room, Bundle::new(agreement), None)
}

/// Renders a draft as the successor of the version in force in a channel, and keeps it.
pub fn amend(
    room: &Agreements,
    channel: &Channel,
    bytes: &[u8],
    content_type: &str,
) -> Result<Progress, AgreementsError> {
    let version = in_force(channel)?;
    let agreement = read_draft(room, bytes, content_type, Some(follows(channel)?))?;
    agreement.check_successor(SUITE, &version.agreement)?;
    take(room, Bundle::new(agreement), None)
}

/// Keeps the successor of the version in force that differs from it in its dates only.
pub fn renew(
    room: &Agreements,
    channel: &Channel,
    valid_from: Option<Date>,
    valid_until: Date,
) -> Result<Progress, AgreementsError> {
    let before = &in_force(channel)?.agreement;
    let agreement = Agreement {
        version: before.version.saturating_add(1),
        previous: Some(channel.in_force()),
        valid_from: valid_from.unwrap_or(before.valid_from),
        valid_until,
        ..before.clone()
    };
    if agreement.valid_until < agreement.valid_from {
        return Err(AgreementsError::EndsEarly { from: agreement.valid_from, until: agreement.valid_until });
    }
    agreement.check()?;
    take(room, Bundle::new(agreement), None)
}

/// What a draft of the next version follows.
fn follows(channel: &Channel) -> Result<Follows, AgreementsError> {
    let version = in_force(channel)?;
    Ok(Follows { version: version.agreement.version.saturating_add(1), previous: channel.in_force() })
}

fn in_force(channel: &Channel) -> Result<&Version, AgreementsError> {
    let hash = channel.in_force();
    Ok(channel.version(&hash).ok_or(AgreementsError::Unknown(hash))?)
}

fn read_draft(
    room: &Agreements,
    bytes: &[u8],
    content_type: &str,
    follows: Option<Follows>,
) -> Result<Agreement, AgreementsError> {
    Ok(match content_type.split(';').next().map(str::trim) {
        Some(TOML) => {
            let text = str::from_utf8(bytes).map_err(|error| {
                let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
                let problem = say!("fault-not-utf8");
                AgreementsError::Draft(vec![Fault { line, field: String::new(), problem }])
            })?;
            render(text, &known(room), follows).map_err(AgreementsError::Draft)?
        }
        Some("application/json") => {
            let agreement = Agreement::parse(bytes)?;
            draft::check_limits(&agreement)?;
            agreement
        }
        _ => return Err(AgreementsError::MediaType(content_type.to_owned())),
    })
}

/// Signs an agreement for this agency and, to a first version, adds its first sealing key. Signing again changes
/// nothing.
pub fn sign(room: &Agreements, hash: &Hash) -> Result<Progress, AgreementsError> {
    let _one_at_a_time = room.peers.exclusive();
    let reader = room.db.reader()?;
    let mut bundle = held(&reader, hash)?;
    if !has_signed(&bundle, &room.db.me) {
        check_may_sign(room, &reader, hash, bundle.agreement())?;
        let key = match bundle.agreement().channel(SUITE) {
            Some(channel) => first_sealing_key(&room.db, channel)?,
            None => OwnSealingKey { id: [0; 32], seed: Zeroizing::default(), announced_ms: 0 },
        };
        let public = SUITE.sealing_key(*key.seed).public.clone();
        bundle.sign(SUITE, &*room.db.signer, &room.db.cards(), &public, key.announced_ms)?;
        room.db.store().put_agreement(hash, &bundle.encode())?;
    }
    enter_into_force(room, hash, &bundle)
}

/// Takes up a bundle that came as a file.
pub fn import(room: &Agreements, bytes: &[u8]) -> Result<Progress, AgreementsError> {
    let bundle = Bundle::parse(bytes)?;
    take(room, bundle, None)
}

/// Takes up a partner's bundle and gives back the merged one.
pub fn exchange(room: &Agreements, caller: &AgencyId, bytes: &[u8]) -> Result<Vec<u8>, AgreementsError> {
    let bundle = Bundle::parse(bytes)?;
    // A signature makes whoever fills this node's store with agreements known by name.
    if !has_signed(&bundle, caller) || !room.peers.get(caller).is_some_and(|peer| peer.trusted) {
        return Err(AgreementsError::NotFromAParty);
    }
    let progress = take(room, bundle, Some(caller))?;
    self::bundle(&room.db, &progress.agreement)
}

/// Hands the bundle to every other party and merges what comes back. A bundle travels once this agency has signed.
///
/// # Errors
/// It is not held or not signed here, or nobody was reached.
pub async fn offer(room: &Agreements, hash: &Hash) -> Result<Offered, fault::Fault> {
    let bundle = held_now(room, hash).await?;
    if !has_signed(&bundle, &room.db.me) {
        return Err(AgreementsError::NotSigned.into());
    }
    let bytes = Bytes::from(bundle.encode());
    let (mut reached, mut failed) = (Vec::new(), Vec::new());
    for party in bundle.agreement().parties.iter().filter(|party| party.agency != room.db.me) {
        match offer_to(room, party.agency, bytes.clone()).await {
            Ok(()) => reached.push(party.agency),
            Err(problem) => failed.push((party.agency, problem)),
        }
    }
    if reached.is_empty() {
        return Err(AgreementsError::NobodyReached(failed).into());
    }
    let progress = progress(room, hash, &held_now(room, hash).await?);
    Ok(Offered { progress, reached, failed })
}

async fn held_now(room: &Agreements, hash: &Hash) -> Result<Bundle, fault::Fault> {
    let (db, hash) = (Arc::clone(&room.db), *hash);
    blocking(move || held(&db.reader()?, &hash)).await
}

/// The bundle as a file.
pub fn bundle(db: &Db, hash: &Hash) -> Result<Vec<u8>, AgreementsError> {
    db.reader()?.agreement(hash)?.ok_or(AgreementsError::Unknown(*hash))
}

/// Every agreement held, drafts included.
pub fn list(room: &Agreements) -> Result<Vec<Held>, AgreementsError> {
    let kept = room.db.reader()?.agreements()?;
    kept.iter()
        .map(|(hash, bytes)| {
            let bundle = Bundle::parse(bytes)?;
            Ok(Held { agreement: bundle.agreement().clone(), progress: progress(room, hash, &bundle) })
        })
        .collect()
}

/// Loads the channel of every complete first version, each waiting for its partners' heads.
pub fn load_channels(room: &Agreements, reader: &Reader) -> Result<(), StoreError> {
    for (hash, bytes) in reader.agreements()? {
        let broken = |reason: String| StoreError::Damaged { place: format!("agreement {}", hex::encode(hash)), reason };
        let bundle = Bundle::parse(&bytes).map_err(|error| broken(error.to_string()))?;
        let founds = bundle.agreement().version == 1 && bundle.missing().is_empty();
        if !founds || bundle.agreement().party(&room.db.me).is_none() {
            continue;
        }
        let chains = chains(room, bundle.agreement());
        verify(&bundle, &chains).map_err(|error| broken(error.to_string()))?;
        let id = ChannelId::new(hash);
        let snapshot = writer::snapshot(reader, id)?;
        let channel = Channel::new(SUITE, room.db.me, chains, &bundle, true)
            .load(&snapshot)
            .map_err(|error| broken(error.to_string()))?;
        room.channels.add(ChannelHandle::start(room.writing.clone(), channel));
    }
    Ok(())
}

/// Checks a bundle, merges it with the one held and stores the result. `from` is the partner that brings it unasked.
fn take(room: &Agreements, offered: Bundle, from: Option<&AgencyId>) -> Result<Progress, AgreementsError> {
    room.db.check_room().map_err(|full| AgreementsError::NoRoom(full.message))?;
    if offered.agreement().party(&room.db.me).is_none() {
        return Err(AgreementsError::NotAParty);
    }
    policy::Policy::compile(offered.agreement())?;
    verify(&offered, &chains(room, offered.agreement()))?;
    let hash = offered.agreement().hash(SUITE);

    let _one_at_a_time = room.peers.exclusive();
    let reader = room.db.reader()?;
    let mut bundle = match held(&reader, &hash) {
        Ok(held) => held,
        Err(AgreementsError::Unknown(_)) => {
            if reader.agreement_count()? >= limits::AGREEMENTS_MAX {
                return Err(AgreementsError::TooMany);
            }
            // What this agency signed elsewhere, as in an earlier life of this node, is not unasked.
            if let Some(from) = from.filter(|_| !has_signed(&offered, &room.db.me)) {
                offers::take_up(room, &reader, from, &hash)?;
            }
            room.db.store().put_agreement(&hash, &offered.encode())?;
            return enter_into_force(room, &hash, &offered);
        }
        Err(error) => return Err(error),
    };
    let before = bundle.clone();
    bundle.merge(&offered)?;
    if bundle != before {
        room.db.store().put_agreement(&hash, &bundle.encode())?;
    }
    enter_into_force(room, &hash, &bundle)
}

async fn offer_to(room: &Agreements, party: AgencyId, bytes: Bytes) -> Result<(), String> {
    let peer = room.peers.get(&party).filter(|peer| peer.trusted);
    let peer = peer.ok_or_else(|| AgreementsError::NotConfirmed(party).to_string())?;
    let wait_max = Duration::from_secs(limits::OFFER_SECONDS_MAX);
    let answer = peer
        .client
        .request(Method::POST, EXCHANGE_PATH, Some("application/json"), bytes, BUNDLE_BYTES_MAX, wait_max)
        .await
        .map_err(|error| error.to_string())?;
    if answer.status != StatusCode::OK {
        return Err(format!("it answers {}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
    }
    let room = room.clone();
    let taken = beside(move || import(&room, &answer.body)).await;
    taken.map_err(|error| error.to_string())?.map(|_| ()).map_err(|error| format!("its answer is refused: {error}"))
}

/// Starts the channel of a complete first version, unless it runs. A later version takes effect on its first day.
fn enter_into_force(room: &Agreements, hash: &Hash, bundle: &Bundle) -> Result<Progress, AgreementsError> {
    let channel = bundle.agreement().channel(SUITE).filter(|_| bundle.missing().is_empty());
    if let Some(id) = channel.filter(|id| room.channels.get(id).is_none()) {
        check_own_key(&room.db, id, bundle)?;
        // A node restored from before this moment may have signed in this channel already: partners show what they hold.
        let channel = Channel::new(SUITE, room.db.me, chains(room, bundle.agreement()), bundle, true);
        room.channels.add(ChannelHandle::start(room.writing.clone(), channel));
        tracing::info!(channel = %id, "the agreement is in force");
    }
    if bundle.missing().is_empty() {
        room.agreed.notify_one();
    }
    Ok(progress(room, hash, bundle))
}

/// A channel in which nothing could be opened is not started.
fn check_own_key(db: &Db, channel: ChannelId, bundle: &Bundle) -> Result<(), AgreementsError> {
    let own = bundle.sealing_key(&db.me).map(|key| sealing_key_id(SUITE, &key.public));
    let held = db.keys.sealing_keys(channel)?;
    if held.iter().any(|key| Some(key.id) == own) { Ok(()) } else { Err(AgreementsError::OwnKeyLost) }
}

fn check_may_sign(
    room: &Agreements,
    reader: &Reader,
    hash: &Hash,
    agreement: &Agreement,
) -> Result<(), AgreementsError> {
    agreement.party(&room.db.me).ok_or(AgreementsError::NotAParty)?;
    for party in agreement.parties.iter().filter(|party| party.agency != room.db.me) {
        if !room.peers.get(&party.agency).is_some_and(|peer| peer.trusted) {
            return Err(AgreementsError::NotConfirmed(party.agency));
        }
    }
    let chains = chains(room, agreement);
    policy::check_bodies(agreement, |agency| chains.get(agency).map(|cards| cards.current().body))?;
    let Some(previous) = agreement.previous else { return Ok(()) };
    let before = held(reader, &previous).map_err(|error| match error {
        AgreementsError::Unknown(_) => AgreementsError::PreviousUnknown(previous),
        other => other,
    })?;
    agreement.check_successor(SUITE, before.agreement())?;
    for (other, bytes) in reader.agreements()? {
        let bundle = Bundle::parse(&bytes)?;
        if other != *hash && bundle.agreement().previous == Some(previous) && has_signed(&bundle, &room.db.me) {
            return Err(AgreementsError::OtherSuccessor(other));
        }
    }
    Ok(())
}

/// The first sealing key of a channel, stored durably before its public part is signed. One that an interrupted
/// signing left behind is used.
fn first_sealing_key(db: &Db, channel: ChannelId) -> Result<OwnSealingKey, StoreError> {
    if let Some(kept) = db.keys.sealing_keys(channel)?.into_iter().next() {
        return Ok(kept);
    }
    let seed = Zeroizing::new(random_32(&mut crate::entropy()));
    let id = sealing_key_id(SUITE, &SUITE.sealing_key(*seed).public);
    let key = OwnSealingKey { id, seed, announced_ms: clock::now_ms() };
    db.keys.add_sealing_key(channel, &key, &mut crate::entropy())?;
    Ok(key)
}

fn held(reader: &Reader, hash: &Hash) -> Result<Bundle, AgreementsError> {
    let bytes = reader.agreement(hash)?.ok_or(AgreementsError::Unknown(*hash))?;
    Ok(Bundle::parse(&bytes)?)
}

fn has_signed(bundle: &Bundle, agency: &AgencyId) -> bool {
    bundle.signatures().any(|signature| signature.agency == *agency)
}

fn progress(room: &Agreements, hash: &Hash, bundle: &Bundle) -> Progress {
    let channel = bundle.agreement().channel(SUITE);
    let in_force = room.channels.list().iter().any(|channel| channel.value().in_force() == *hash);
    let missing = bundle.missing();
    let warnings = match missing.is_empty() {
        true => Vec::new(),
        false => warnings::warnings(bundle.agreement(), clock::today()),
    };
    Progress { agreement: *hash, channel, missing, in_force, warnings }
}

/// The cards of the parties that are held, the own ones included.
fn chains(room: &Agreements, agreement: &Agreement) -> BTreeMap<AgencyId, Arc<CardChain>> {
    let mut chains = room.peers.chains_for(agreement.parties.iter().map(|party| party.agency));
    if agreement.party(&room.db.me).is_some() {
        chains.insert(room.db.me, room.db.cards());
    }
    chains
}

fn verify(bundle: &Bundle, chains: &BTreeMap<AgencyId, Arc<CardChain>>) -> Result<(), BundleError> {
    let chains = chains.iter().map(|(agency, chain)| (*agency, CardChain::clone(chain))).collect();
    bundle.verify(SUITE, &chains)
}

/// The agencies that a draft may name: this one, then those whose cards are held.
pub fn known(room: &Agreements) -> Vec<Known> {
    let own = Known::new(&room.db.cards());
    [own].into_iter().chain(room.peers.list().iter().map(|peer| Known::new(&peer.chain))).collect()
}
