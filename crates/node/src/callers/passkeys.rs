//! Passkeys with which people sign in at a browser, and the one-time links by which they register one.
//!
//! A passkey for signing in never approves a record, and one that approves never lets in: they are registered apart, and each is looked
//! for among its own kind only. The node keeps public keys. There is no password anywhere.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use protocol::{
    encoding::base64_bytes,
    id::{Hash, hash_hex},
    passkey::{self, Assertion, PublicKey, Registered},
    suite::{Entropy, random_32},
};
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use texts::say;
use zeroize::Zeroizing;

use super::accounts::Account;
use crate::{
    clock,
    db::{Db, SUITE},
    fault::{Code, Fault},
    limits,
    people::People,
    sealed,
};

/// What the key for the list is derived for.
pub(crate) const LABEL: &[u8] = b"mithaq/passkeys/v1";

/// The store's name for the list.
const META: &str = "passkeys";

/// Bytes of a challenge before its tag: until when it counts, and what makes it its own.
const HEAD_BYTES: usize = 16;

/// Characters of half a link.
const HALF_CHARS: usize = 32;

/// A passkey of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// The id of the person.
    pub person: String,
    /// By which the authenticator knows it.
    #[serde(with = "base64_bytes")]
    pub credential: Vec<u8>,
    /// The public key.
    pub key: PublicKey,
    /// What the person calls it.
    pub name: String,
    /// When it was registered, milliseconds since 1970.
    pub added_ms: u64,
    /// When it was last used, milliseconds since 1970.
    pub used_ms: Option<u64>,
    /// Whether it is kept in more places than one authenticator.
    pub synced: bool,
    /// From when on an administrator who signs in with it confirms what another asked for, milliseconds since 1970.
    #[serde(default)]
    confirms_from_ms: u64,
    counter: u32,
}

/// A link by which a person registers a passkey, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    #[serde(with = "hash_hex")]
    sha256: Hash,
    pub(super) person: String,
    until_ms: u64,
    #[serde(default)]
    pub(super) confirms_from_ms: u64,
}

/// The half of a link that one administrator asked for, until another confirms it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkHalf {
    #[serde(with = "hash_hex")]
    sha256: Hash,
}

/// Where a page was reached, as its browser says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The origin: `https://mithaq.agency.example`.
    pub origin: String,
    /// The name that passkeys are for: `mithaq.agency.example`.
    pub rp_id: String,
}

/// What a browser says of a new passkey.
#[derive(Debug)]
pub struct NewPasskey {
    /// What the authenticator says.
    pub authenticator_data: Vec<u8>,
    /// What the browser says.
    pub client_data: Vec<u8>,
    /// What the person calls it.
    pub name: String,
}

/// The passkeys of a node's people.
pub struct Passkeys {
    key: Zeroizing<[u8; 32]>,
    /// Whether those that are kept in more places than one authenticator count.
    synced: bool,
    held: Mutex<Held>,
    /// Challenges that were answered, and until when each would count.
    answered: Mutex<Vec<([u8; 32], u64)>>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Held {
    passkeys: Vec<Passkey>,
    links: Vec<Link>,
    /// The ids of those who ever had one.
    #[serde(default)]
    had: BTreeSet<String>,
    #[serde(default)]
    pub(super) accounts: Vec<Account>,
    /// Whether anybody ever had an account.
    #[serde(default)]
    pub(super) had_account: bool,
}

/// Whether a person has a passkey, or had one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Had {
    /// At any time.
    pub ever: bool,
    /// And has one now.
    pub now: bool,
}

/// Who showed a passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The id of the person.
    pub person: String,
    /// From when on the person confirms what another administrator asked for, milliseconds since 1970.
    pub confirms_from_ms: u64,
}

impl From<&Passkey> for Proven {
    fn from(passkey: &Passkey) -> Self {
        Self { person: passkey.person.clone(), confirms_from_ms: passkey.confirms_from_ms }
    }
}

impl Held {
    fn add(&mut self, passkey: Passkey) -> Result<(), Fault> {
        let of_person = self.passkeys.iter().filter(|known| known.person == passkey.person).count();
        if of_person >= limits::PASSKEYS_OF_PERSON_MAX {
            return Err(Fault::new(Code::Conflict, say!("passkeys-full", most = limits::PASSKEYS_OF_PERSON_MAX)));
        }
        let is_known = |known: &Passkey| known.credential == passkey.credential || known.key == passkey.key;
        if self.passkeys.iter().any(is_known) {
            return Err(Fault::new(Code::Conflict, say!("passkey-known")));
        }
        self.had.insert(passkey.person.clone());
        self.passkeys.push(passkey);
        Ok(())
    }

    /// Takes a link. Two who follow it at once: the first counts. It goes with what it let in, in one step.
    pub(super) fn take_link(&mut self, link: &str) -> Result<Link, Fault> {
        let (digest, now) = (digest(link), clock::now_ms());
        let at = self.links.iter().position(|known| known.sha256 == digest && now < known.until_ms);
        at.map(|at| self.links.swap_remove(at)).ok_or_else(|| Fault::not_found(say!("no-such-link")))
    }
}

impl Passkeys {
    pub(crate) fn load(reader: &Reader, key: [u8; 32], synced: bool) -> Result<Self, StoreError> {
        let mut held: Held = sealed::kept(reader, &key, META, "the list of passkeys")?;
        held.had.extend(held.passkeys.iter().map(|passkey| passkey.person.clone()));
        Ok(Self { key: Zeroizing::new(key), synced, held: Mutex::new(held), answered: Mutex::default() })
    }

    /// Whether nobody has one, nor ever had, nor an account.
    pub fn is_new(&self) -> bool {
        let held = self.lock();
        held.had.is_empty() && !held.had_account
    }

    /// Whether a person has one, or had.
    pub fn had(&self, person: &str) -> Had {
        let held = self.lock();
        Had { ever: held.had.contains(person), now: held.passkeys.iter().any(|passkey| passkey.person == person) }
    }

    /// The ids of those who signed in anew in place of an administrator, and confirm nothing yet.
    pub fn confirm_later(&self, now_ms: u64) -> BTreeSet<String> {
        let held = self.lock();
        let later = held.passkeys.iter().filter(|passkey| now_ms < passkey.confirms_from_ms);
        later.map(|passkey| passkey.person.clone()).collect()
    }

    /// Those of a person, in the order in which they were registered.
    pub fn of(&self, person: &str) -> Vec<Passkey> {
        self.lock().passkeys.iter().filter(|passkey| passkey.person == person).cloned().collect()
    }

    /// Makes a link by which a person registers a passkey, with which an administrator confirms what others ask for from then on.
    /// Returns what it holds, which nobody can find out again; an earlier link of the person counts no more.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the person is not here.
    pub fn invite(
        &self,
        db: &Db,
        people: &People,
        (person, confirms_from_ms): (&str, u64),
        entropy: &mut dyn Entropy,
    ) -> Result<Zeroizing<String>, Fault> {
        let text = Zeroizing::new(format!("{}{}", *drawn_half(entropy), *drawn_half(entropy)));
        self.keep_link(db, people, (person, confirms_from_ms), digest(&text))?;
        Ok(text)
    }

    /// Begins a link that another administrator must confirm. Returns its first half, for whoever asks: who has one half alone is let in
    /// nowhere.
    pub fn begin(entropy: &mut dyn Entropy) -> (LinkHalf, Zeroizing<String>) {
        let text = drawn_half(entropy);
        (LinkHalf { sha256: digest_of_half(&text) }, text)
    }

    /// Makes a link that two administrators want. Returns its second half.
    ///
    /// # Errors
    /// As [`Passkeys::invite`].
    pub fn finish(
        &self,
        db: &Db,
        people: &People,
        (person, first): (&str, &LinkHalf),
        entropy: &mut dyn Entropy,
    ) -> Result<Zeroizing<String>, Fault> {
        let second = drawn_half(entropy);
        self.keep_link(db, people, (person, 0), digest_of_halves(&first.sha256, &digest_of_half(&second)))?;
        Ok(second)
    }

    fn keep_link(
        &self,
        db: &Db,
        people: &People,
        (person, confirms_from_ms): (&str, u64),
        sha256: Hash,
    ) -> Result<(), Fault> {
        let person = people.by_id(person)?.id;
        let now = clock::now_ms();
        self.change(db, |held| {
            held.links.retain(|link| link.person != person && now < link.until_ms);
            let until_ms = now.saturating_add(limits::LINK_MS_MAX);
            held.links.push(Link { sha256, person, until_ms, confirms_from_ms });
            Ok(())
        })
    }

    /// The id of the person whom a link is for.
    ///
    /// # Errors
    /// [`Code::NotFound`] for one that does not count.
    pub fn invited(&self, link: &str) -> Result<String, Fault> {
        let now = clock::now_ms();
        let held = self.lock();
        let found = held.links.iter().find(|known| known.sha256 == digest(link) && now < known.until_ms);
        found.map(|link| link.person.clone()).ok_or_else(|| Fault::not_found(say!("no-such-link")))
    }

    /// Asks for something that is signed once. It says itself until when it counts and that this node made it, so that nothing is kept
    /// of what nobody answers: whoever asks without end keeps nobody out.
    pub fn challenge(&self, entropy: &mut dyn Entropy) -> [u8; 32] {
        let (mut challenge, random) = ([0; 32], random_32(entropy));
        let until = clock::now_ms().saturating_add(limits::CHALLENGE_MS_MAX).to_be_bytes();
        challenge.iter_mut().zip(until.into_iter().chain(random)).take(HEAD_BYTES).for_each(|(at, byte)| *at = byte);
        let tag = self.tag(&challenge);
        challenge.iter_mut().skip(HEAD_BYTES).zip(tag).for_each(|(at, byte)| *at = byte);
        challenge
    }

    /// The tag of a challenge's head.
    fn tag(&self, challenge: &[u8; 32]) -> [u8; 32] {
        let head = challenge.get(..HEAD_BYTES).unwrap_or_default();
        SUITE.hkdf_expand(&self.key, &[b"mithaq/challenge/v1\0", head].concat())
    }

    /// That this node asked for it, not long ago, and that it was not answered yet.
    fn check_asked(&self, challenge: &[u8; 32], now: u64) -> Result<u64, Fault> {
        let over = || Fault::new(Code::Conflict, say!("challenge-over"));
        let (head, tag) = challenge.split_at_checked(HEAD_BYTES).ok_or_else(over)?;
        let ours = self.tag(challenge);
        let ours = ours.get(..tag.len()).unwrap_or_default();
        aws_lc_rs::constant_time::verify_slices_are_equal(ours, tag).map_err(|_| over())?;
        let until = head.first_chunk().map_or(0, |until| u64::from_be_bytes(*until));
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let is_answered = answered.iter().any(|(known, _)| known == challenge);
        if now < until && !is_answered { Ok(until) } else { Err(over()) }
    }

    /// Registers a passkey by a link, which counts no more then. Returns whose it is.
    ///
    /// # Errors
    /// The link, the challenge or what the browser says does not fit.
    pub fn enrol(
        &self,
        db: &Db,
        (link, challenge): (&str, &[u8; 32]),
        site: &Site,
        new: NewPasskey,
    ) -> Result<Proven, Fault> {
        let person = self.invited(link)?;
        let mut passkey = self.made(&person, challenge, site, new)?;
        self.change(db, |held| {
            passkey.confirms_from_ms = held.take_link(link)?.confirms_from_ms;
            let proven = Proven::from(&passkey);
            held.add(passkey)?;
            Ok(proven)
        })
    }

    /// Registers a further passkey of a person who is signed in. It is worth what lets them in now.
    ///
    /// # Errors
    /// The challenge or what the browser says does not fit; the person has too many.
    pub fn add(&self, db: &Db, who: Proven, challenge: &[u8; 32], site: &Site, new: NewPasskey) -> Result<(), Fault> {
        let mut passkey = self.made(&who.person, challenge, site, new)?;
        passkey.confirms_from_ms = who.confirms_from_ms;
        self.change(db, |held| held.add(passkey))
    }

    fn made(&self, person: &str, challenge: &[u8; 32], site: &Site, new: NewPasskey) -> Result<Passkey, Fault> {
        let registered = self.register(challenge, site, &new)?;
        Ok(Passkey {
            person: person.to_owned(),
            credential: registered.credential,
            key: registered.key,
            name: new.name.trim().chars().take(limits::PASSKEY_NAME_CHARS_MAX).collect(),
            added_ms: clock::now_ms(),
            used_ms: None,
            synced: registered.seen.backed_up,
            confirms_from_ms: 0,
            counter: registered.seen.counter,
        })
    }

    /// What a browser says of a new passkey, if it fits what was asked. Nothing is kept.
    ///
    /// # Errors
    /// The challenge or what the browser says does not fit.
    pub fn register(&self, challenge: &[u8; 32], site: &Site, new: &NewPasskey) -> Result<Registered, Fault> {
        self.check_asked(challenge, clock::now_ms())?;
        let asked = passkey::Asked { challenge, origin: &site.origin, rp_id: &site.rp_id };
        let registered = passkey::registered(SUITE, &asked, &new.authenticator_data, &new.client_data);
        let registered = registered.map_err(|error| refused(&error))?;
        if !self.synced && registered.seen.backup_eligible {
            return Err(Fault::new(Code::Forbidden, say!("passkey-synced")));
        }
        self.spend(challenge)?;
        Ok(registered)
    }

    /// Takes a passkey away from a person.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the person has none such.
    pub fn remove(&self, db: &Db, person: &str, credential: &[u8]) -> Result<(), Fault> {
        self.change(db, |held| {
            let before = held.passkeys.len();
            held.passkeys.retain(|known| !(known.person == person && known.credential == credential));
            if held.passkeys.len() == before {
                return Err(Fault::not_found(say!("no-such-passkey")));
            }
            Ok(())
        })
    }

    /// Forgets the passkeys, the account and the link of a person who left.
    ///
    /// # Errors
    /// The store can't take it.
    pub fn forget(&self, db: &Db, person: &str) -> Result<(), Fault> {
        self.change(db, |held| {
            held.passkeys.retain(|known| known.person != person);
            held.links.retain(|known| known.person != person);
            held.accounts.retain(|known| known.person != person);
            Ok(())
        })
    }

    /// Who signs in with a passkey.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] if it is not known or does not fit. Which of both is not said. [`Code::Forbidden`] for one that is kept
    /// in more places than one, where `node.toml` refuses those.
    pub fn sign_in(
        &self,
        (db, people): (&Db, &People),
        challenge: &[u8; 32],
        site: &Site,
        (credential, assertion): (&[u8], &Assertion),
    ) -> Result<Proven, Fault> {
        let wrong = || Fault::new(Code::Unauthenticated, say!("passkey-refused"));
        self.check_asked(challenge, clock::now_ms()).map_err(|_| wrong())?;
        let known =
            self.lock().passkeys.iter().find(|known| known.credential == credential).cloned().ok_or_else(wrong)?;
        let asked = passkey::Asked { challenge, origin: &site.origin, rp_id: &site.rp_id };
        let seen = passkey::verify(SUITE, &known.key, &asked, assertion).map_err(|_| wrong())?;
        if !self.synced && seen.backup_eligible {
            return Err(Fault::new(Code::Forbidden, say!("passkey-synced")));
        }
        self.spend(challenge).map_err(|_| wrong())?;
        // An authenticator that counts never counts back: else there are two of it.
        if (seen.counter != 0 || known.counter != 0) && seen.counter <= known.counter {
            return Err(wrong());
        }
        people.by_id(&known.person).map_err(|_| wrong())?;
        let kept = self.change(db, |held| {
            for passkey in held.passkeys.iter_mut().filter(|passkey| passkey.credential == credential) {
                passkey.counter = seen.counter;
                passkey.used_ms = Some(clock::now_ms());
                passkey.synced = seen.backed_up;
            }
            Ok(())
        });
        // Whoever is let in on a full disk reads and erases; that it was used is known less well.
        drop(kept);
        Ok(Proven::from(&known))
    }

    /// Takes what was asked: it is answered once.
    fn spend(&self, challenge: &[u8; 32]) -> Result<(), Fault> {
        let now = clock::now_ms();
        let until = self.check_asked(challenge, now)?;
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.retain(|(_, until)| now < *until);
        // Two who answer at once: the first counts.
        if answered.iter().any(|(known, _)| known == challenge) || answered.len() >= limits::CHALLENGES_MAX {
            return Err(Fault::new(Code::Conflict, say!("challenge-over")));
        }
        answered.push((*challenge, until));
        Ok(())
    }

    pub(super) fn key(&self) -> &[u8; 32] {
        &self.key
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the list, durably before anybody sees it.
    pub(super) fn change<T>(&self, db: &Db, change: impl FnOnce(&mut Held) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut held = self.lock();
        let mut next = held.clone();
        let changed = change(&mut next)?;
        sealed::keep(db, &self.key, META, &next)?;
        *held = next;
        Ok(changed)
    }
}

fn refused(error: &passkey::PasskeyError) -> Fault {
    Fault::new(Code::NotVerified, say!("passkey-does-not-fit", error = %error))
}

/// Half of a link: 128 random bits.
fn drawn_half(entropy: &mut dyn Entropy) -> Zeroizing<String> {
    let mut half = hex::encode(*Zeroizing::new(random_32(entropy)));
    half.truncate(HALF_CHARS);
    Zeroizing::new(half)
}

/// A link is known by the digests of its halves, because two people may have drawn them.
fn digest(text: &str) -> Hash {
    let (first, second) = text.split_at_checked(HALF_CHARS).unwrap_or((text, ""));
    digest_of_halves(&digest_of_half(first), &digest_of_half(second))
}

fn digest_of_half(half: &str) -> Hash {
    SUITE.sha256(&[b"mithaq/link/half/v1\0", half.as_bytes()])
}

fn digest_of_halves(first: &Hash, second: &Hash) -> Hash {
    SUITE.sha256(&[b"mithaq/link/v1\0", first, second])
}
