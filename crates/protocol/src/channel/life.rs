//! The life of an agreement in its channel: versions, suspension, termination.
//!
//! Position decides, not the clock: a version governs the entries of a log that follow its owner's activation entry,
//! and both ends decide an entry under the version at its place. An activation is read from its bytes alone, so sender
//! and receiver always agree on what a record was sealed under. Whether a receiver *accepts* that version is another
//! question: under a version that it does not accept it takes protocol records only.

use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Channel, Env, Log, Step, Version, append::AppendError};
use crate::{
    agreement::{Agreement, Bundle, BundleError},
    card::CardChain,
    commit::{Commit, NewAgreement},
    control::{Control, Termination},
    date::Date,
    id::{AgencyId, Hash, hash_hex},
    origin::{Lane, Origin},
    suite::Suite,
};

/// What decisions about records read of their channel. A decision holds as long as this is the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The version that governs the next record of the log.
    pub agreement: Hash,
    /// How often versions, suspensions or terminations have changed.
    changes: u64,
}

/// From where on a version governs a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    /// The activation entry. The version governs what follows it.
    pub index: u64,
    /// The version.
    #[serde(with = "hash_hex")]
    pub agreement: Hash,
    /// The manifest's time, milliseconds since 1970.
    pub time: u64,
    /// Why this party does not accept the version, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<VersionRefused>,
}

/// The entry by which a party suspended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// The party's log.
    pub origin: Origin,
    /// The entry.
    pub index: u64,
    /// The manifest's time, milliseconds since 1970.
    pub since: u64,
}

/// The entry by which a party ended the agreement.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// The party's log.
    pub origin: Origin,
    /// The entry.
    pub index: u64,
    /// The version that is ended, with all before it. One that all parties sign afterwards is not.
    #[serde(with = "hash_hex")]
    pub agreement: Hash,
    /// The last day on which records may be sent.
    pub last_day: Date,
}

/// Why a version does not become the channel's next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum VersionRefused {
    /// A party's signature is missing.
    #[error("not every party has signed it")]
    NotSigned,
    /// A signature is not valid, or the card that made it is not held.
    #[error("a signature is not valid, or the card under which it was made is not held here")]
    Signature,
    /// It does not follow the version that is in force.
    #[error("it does not follow a version of this channel")]
    NotASuccessor,
    /// Another successor of the same version is in force already.
    #[error("another successor of the same version is in force already")]
    OtherSuccessor,
    /// Its parties are not the channel's.
    #[error("its parties are not those of the channel: for other parties sign a new agreement")]
    OtherParties,
}

/// How it stands already, so that an act would change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Already {
    /// This party suspended before.
    #[error("this agency has suspended the channel already")]
    Suspended,
    /// This party did not suspend.
    #[error("this agency has not suspended the channel: only who suspended resumes")]
    NotSuspended,
    /// The end is no earlier than the one that stands.
    #[error("the agreement ends on that day or earlier already")]
    Ends,
}

/// Why a party's own act about the agreement is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotAct {
    /// The entry could not be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The version is refused.
    #[error("the version can't take effect: {0}")]
    Version(#[from] VersionRefused),
    /// Already so.
    #[error(transparent)]
    Already(#[from] Already),
    /// No enrolment of this party stands there, or it was revoked before.
    #[error("no such officer of this agency is enrolled in the channel, or the enrolment was revoked already")]
    NotEnrolled,
    /// The agreement gives no party the right to end it alone.
    #[error("the agreement lets no party end it alone: amend its validity, which all sign, or suspend")]
    NoRight,
    /// The notice is shorter than agreed.
    #[error("the agreement demands {notice_days} days of notice: the earliest last day is {earliest}")]
    Notice {
        /// Days of notice.
        notice_days: u32,
        /// The earliest last day.
        earliest: Date,
    },
}

impl VersionRefused {
    /// The reason's code in a refusal.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotSigned => "not-signed",
            Self::Signature => "signature-invalid",
            Self::NotASuccessor => "not-a-successor",
            Self::OtherSuccessor => "other-successor",
            Self::OtherParties => "other-parties",
        }
    }
}

impl Channel {
    /// What decisions about the next records of a log read of the channel.
    pub fn standing(&self, origin: &Origin) -> Standing {
        Standing { agreement: self.governing(origin), changes: self.shared.changes }
    }

    /// The version that governs an entry of a log.
    pub fn version_at(&self, origin: &Origin, index: u64) -> Hash {
        self.log(origin).map_or(*self.id.bytes(), |log| log.version_at(index).unwrap_or(*self.id.bytes()))
    }

    /// The versions accepted here, from the first to the one in force.
    pub fn chain(&self) -> impl Iterator<Item = (Hash, &Arc<Version>)> {
        let hashes = core::iter::once(*self.id.bytes()).chain(self.shared.versions.iter().copied());
        hashes.filter_map(|hash| Some((hash, self.versions.get(&hash)?)))
    }

    /// The version in force here: the one under which own records are written.
    pub fn in_force(&self) -> Hash {
        self.shared.versions.last().copied().unwrap_or(*self.id.bytes())
    }

    /// Parties that have suspended, and by which entry.
    pub fn suspensions(&self) -> &BTreeMap<AgencyId, Suspension> {
        &self.shared.suspended
    }

    /// Whether a party has suspended.
    pub fn is_suspended(&self, agency: &AgencyId) -> bool {
        self.shared.suspended.contains_key(agency)
    }

    /// Parties that have ended the agreement alone, and by which entry.
    pub fn endings(&self) -> &BTreeMap<AgencyId, Ending> {
        &self.shared.endings
    }

    /// The last day on which records may be sent under a version: that of its text, or an earlier one that a party has
    /// set by ending it.
    pub fn last_day(&self, agreement: &Agreement) -> Date {
        let ended = self.shared.endings.values().filter(|ending| {
            self.version(&ending.agreement).is_some_and(|version| version.agreement.version >= agreement.version)
        });
        ended.map(|ending| ending.last_day).fold(agreement.valid_until, Date::min)
    }

    /// Whether a version may follow the one in force.
    pub fn check_version(&self, suite: &dyn Suite, bundle: &Bundle) -> Result<(), VersionRefused> {
        let newest = self.version(&self.in_force()).ok_or(VersionRefused::NotASuccessor)?;
        self.check_after(suite, &newest.agreement, bundle)
    }

    /// Whether a version may follow another one.
    pub(super) fn check_after(
        &self,
        suite: &dyn Suite,
        newest: &Agreement,
        bundle: &Bundle,
    ) -> Result<(), VersionRefused> {
        let agreement = bundle.agreement();
        if agreement.check_successor(suite, newest).is_err() {
            let forks = agreement.previous.is_some_and(|hash| self.versions.contains_key(&hash));
            return Err(if forks { VersionRefused::OtherSuccessor } else { VersionRefused::NotASuccessor });
        }
        let mut parties: Vec<&AgencyId> = agreement.parties.iter().map(|party| &party.agency).collect();
        parties.sort_unstable();
        if !parties.into_iter().eq(self.parties.keys()) {
            return Err(VersionRefused::OtherParties);
        }
        if !bundle.missing().is_empty() {
            return Err(VersionRefused::NotSigned);
        }
        let chains: BTreeMap<AgencyId, CardChain> =
            self.parties.iter().map(|(agency, chain)| (*agency, CardChain::clone(chain))).collect();
        bundle.verify(suite, &chains).map_err(|_: BundleError| VersionRefused::Signature)
    }

    /// Puts a version in force: from its activation entries on it governs the own logs.
    pub fn activate(&self, env: &mut Env<'_>, bundle: &Bundle) -> Result<Step, CannotAct> {
        self.may_sign().map_err(AppendError::from)?;
        self.check_version(env.suite, bundle)?;
        let mut next = self.clone();
        let mut commit = Commit::new(self.id);
        next.accept(env.suite, bundle, &mut commit);
        for origin in next.lanes_in_use() {
            next.append_batch(env, origin, &[], &[], &mut commit)?;
        }
        commit.state = Some(next.shared_bytes());
        Ok(Step { next, commit })
    }

    /// Suspends: from this entry on this party sends protocol records only, and refuses what it has not yet receipted.
    pub fn suspend(&self, env: &mut Env<'_>) -> Result<Step, CannotAct> {
        if self.is_suspended(&self.me) {
            return Err(Already::Suspended.into());
        }
        self.act(env, &[Control::Suspend])
    }

    /// Resumes what this party has suspended. Nobody resumes for another.
    pub fn resume(&self, env: &mut Env<'_>) -> Result<Step, CannotAct> {
        if !self.is_suspended(&self.me) {
            return Err(Already::NotSuspended.into());
        }
        self.act(env, &[Control::Resume])
    }

    /// Ends the version in force for all, where it lets a party do so alone.
    pub fn terminate(&self, env: &mut Env<'_>, last_day: Date) -> Result<Step, CannotAct> {
        let version = self.version(&self.in_force()).ok_or(AppendError::NoVersion)?;
        let termination = Termination { last_day };
        if self.last_day(&version.agreement) <= last_day {
            return Err(Already::Ends.into());
        }
        termination.check(&version.agreement, env.now)?;
        self.act(env, &[Control::Terminate(termination)])
    }

    /// Writes a party's own acts into both of its logs: each log tells by itself what may follow in it.
    pub(super) fn act(&self, env: &mut Env<'_>, controls: &[Control]) -> Result<Step, CannotAct> {
        self.may_sign().map_err(AppendError::from)?;
        let mut next = self.clone();
        let mut commit = Commit::new(self.id);
        for origin in self.lanes_in_use() {
            next.append_batch(env, origin, controls, &[], &mut commit)?;
        }
        Ok(Step { next, commit })
    }

    /// Own logs of the present epoch: main, and urgent if anything was ever written in it.
    fn lanes_in_use(&self) -> Vec<Origin> {
        let (main, urgent) = (self.own_log(Lane::Main), self.own_log(Lane::Urgent));
        if self.size(&urgent) > 0 { [main, urgent].into() } else { [main].into() }
    }

    /// Takes a checked version up as the newest.
    pub(super) fn accept(&mut self, suite: &dyn Suite, bundle: &Bundle, commit: &mut Commit) {
        let agreement = bundle.agreement().clone();
        let (hash, bytes) = (agreement.hash(suite), bundle.encode());
        commit.agreements.push(NewAgreement { hash, bundle: bytes.clone() });
        self.versions.insert(hash, Arc::new(Version { agreement, bundle: bytes }));
        let shared = Arc::make_mut(&mut self.shared);
        shared.versions.push(hash);
        shared.changes = shared.changes.saturating_add(1);
    }

    /// The activations that the next batch of an own log must open with: each version that its log does not have yet.
    pub(super) fn activations_due(&self, log: &Log) -> Vec<Control> {
        let due = self.chain().skip_while(|(hash, _)| log.active && *hash != log.agreement);
        due.skip(usize::from(log.active)).map(|(_, version)| Control::Agreement(version.bundle.clone())).collect()
    }

    /// Takes up a party's own act at its place in a log that is held here already.
    pub(super) fn take_up_act(&mut self, origin: &Origin, index: u64, control: &Control) {
        let (since, agreement) = (self.log(origin).map_or(0, |log| log.manifest.time), self.version_at(origin, index));
        // What surfaces late of an earlier epoch does not undo what its author did in a later one. An act stands in both
        // lanes of an epoch: one may come late, or its end be lost with the rest of a log, so the lane that is further says
        // whether it is over.
        let is_over = self.logs().any(|(other, log)| {
            let is_further = other.epoch == origin.epoch && other.lane != origin.lane && log.manifest.time >= since;
            other.agency == origin.agency && log.resumed && (other.epoch > origin.epoch || is_further)
        });
        let shared = Arc::make_mut(&mut self.shared);
        match control {
            Control::Suspend if is_over => return,
            Control::Suspend => {
                let suspension = Suspension { origin: *origin, index, since };
                shared.suspended.entry(origin.agency).or_insert(suspension);
            }
            Control::Resume => {
                let earlier = |suspension: &Suspension| suspension.origin.epoch <= origin.epoch;
                if shared.suspended.get(&origin.agency).is_some_and(earlier) {
                    shared.suspended.remove(&origin.agency);
                }
            }
            Control::Terminate(Termination { last_day }) => {
                let ending = Ending { origin: *origin, index, agreement, last_day: *last_day };
                shared.endings.insert(origin.agency, ending);
            }
            _ => return,
        }
        shared.changes = shared.changes.saturating_add(1);
    }

    /// The least version number under which a party's next records may stand: of what it activated in earlier epochs,
    /// and of the activations that its batch names as seen. Who goes back behind them is refused.
    pub(super) fn version_owed(&self, origin: &Origin, seen: &[crate::batch::Seen]) -> u32 {
        let number = |hash: &Hash| self.version(hash).map_or(0, |version| version.agreement.version);
        let earlier = self.logs().filter(|(other, _)| other.agency == origin.agency && other.epoch < origin.epoch);
        let seen = seen.iter().map(|seen| number(&self.version_at(&seen.origin, seen.size)));
        earlier.map(|(_, log)| number(&log.agreement)).chain(seen).max().unwrap_or(0)
    }
}

impl Termination {
    /// Whether the agreement lets a party end it on this day by an entry of this time (milliseconds since 1970).
    pub fn check(&self, agreement: &Agreement, now: u64) -> Result<(), CannotAct> {
        let notice_days = agreement.termination_notice_days.ok_or(CannotAct::NoRight)?;
        let earliest = Date::from_unix_ms(now).ok_or(CannotAct::NoRight)?.plus_days(notice_days);
        if self.last_day < earliest { Err(CannotAct::Notice { notice_days, earliest }) } else { Ok(()) }
    }
}

impl Log {
    /// From where on which version governs, after the first one.
    pub fn activations(&self) -> &[Activation] {
        &self.activations
    }

    /// Whether its owner has suspended in it.
    pub const fn is_suspended(&self) -> bool {
        self.suspended
    }

    /// The version that governs an entry; `None` for the first version.
    fn version_at(&self, index: u64) -> Option<Hash> {
        self.activations.iter().rfind(|activation| activation.index < index).map(|activation| activation.agreement)
    }

    /// From the entry after `index` on another version governs.
    pub(super) fn activate(&mut self, index: u64, agreement: Hash, time: u64, refused: Option<VersionRefused>) {
        self.active = true;
        if self.agreement != agreement {
            self.agreement = agreement;
            self.activations.push(Activation { index, agreement, time, refused });
        }
    }

    /// What an own act changes for the entries that follow it in the same log.
    pub(super) fn note_act(&mut self, control: &Control) {
        match control {
            Control::Suspend => (self.suspended, self.resumed) = (true, false),
            Control::Resume => (self.suspended, self.resumed) = (false, true),
            _ => {}
        }
    }
}

/// The version in an activation's bundle, by its bytes alone.
pub(super) fn activated(suite: &dyn Suite, bundle: &[u8]) -> Option<(Hash, Bundle)> {
    let bundle = Bundle::parse(bundle).ok()?;
    Some((bundle.agreement().hash(suite), bundle))
}
