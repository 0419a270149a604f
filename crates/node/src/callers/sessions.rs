//! Sessions: a person at a browser, in one of their roles, for a while.
//!
//! A session is known by 256 random bits in a cookie, of which the node keeps the SHA-256, in memory only: a restart ends all of them.
//! What it lets a person do is a token of its own that no list holds, so that a session passes every check that a token passes and
//! its id stands in the audit log.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::{
    id::Hash,
    suite::{Entropy, random_32},
};
use texts::say;
use zeroize::Zeroizing;

use super::{
    Role,
    passkeys::Proven,
    tokens::{Sitting, Token, Tokens},
};
use crate::{
    clock,
    db::SUITE,
    fault::{Code, Fault},
    limits,
    people::{People, Person},
};

/// A person at a browser.
#[derive(Debug, Clone)]
pub struct Session {
    /// What it lets the person do: in one role, for one office.
    pub seat: Arc<Token>,
    /// The id of the person.
    pub person: String,
    /// How the person was let in.
    pub entry: Entry,
    /// When it began, milliseconds since 1970.
    pub begun_ms: u64,
    /// When it was last used, milliseconds since 1970.
    pub seen_ms: u64,
    /// When the person last showed a passkey, milliseconds since 1970; 0 before that.
    pub confirmed_ms: u64,
    /// What the browser calls itself, for "where am I signed in".
    pub browser: String,
}

/// How a person was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// With a passkey.
    Passkey,
    /// By the agency's own sign-in service.
    Account,
    /// As a visitor of a made-up agency.
    Visitor,
}

/// In which role, and for which office, a person works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The role.
    pub role: Role,
    /// The office.
    pub office: Option<String>,
}

/// The sessions of a node.
#[derive(Default)]
pub struct Sessions {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// By the digest of what the cookie holds.
    sessions: BTreeMap<Hash, Session>,
    /// Who is let in as a visitor, by the digest of what the link holds: the oldest link first.
    visitors: VecDeque<(Hash, String)>,
}

impl Seat {
    /// The places that a person has: each role with each office.
    pub fn of(person: &Person) -> Vec<Self> {
        let offices: Vec<Option<String>> = match &person.about.offices[..] {
            [] => vec![None],
            offices => offices.iter().cloned().map(Some).collect(),
        };
        let roles = person.about.roles.iter();
        roles.flat_map(|role| offices.iter().map(|office| Self { role: *role, office: office.clone() })).collect()
    }

    fn taken_by(self, person: &Person, confirms_from_ms: u64) -> Sitting {
        let Self { role, office } = self;
        let purposes = person.about.purposes.clone();
        Sitting { person: person.id.clone(), role, office, purposes, confirms_from_ms }
    }
}

impl Sessions {
    /// Begins a session of a person. Returns what the cookie holds, which nobody can find out again, and what it lets the person do.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the person is not here.
    pub fn begin(
        &self,
        (tokens, people): (&Tokens, &People),
        who: &Proven,
        (entry, browser): (Entry, &str),
        entropy: &mut dyn Entropy,
    ) -> Result<(Zeroizing<String>, Arc<Token>), Fault> {
        let person = people.by_id(&who.person)?;
        let seat = Seat::of(&person).into_iter().next().ok_or_else(|| Fault::not_found(say!("person-unclear")))?;
        let now = clock::now_ms();
        let text = Zeroizing::new(hex::encode(*Zeroizing::new(random_32(entropy))));
        let sitting = seat.taken_by(&person, who.confirms_from_ms);
        let seat = tokens.sit(sitting, now.saturating_add(limits::SESSION_MS_MAX), entropy);
        let session = Session {
            seat: Arc::clone(&seat),
            person: person.id,
            entry,
            begun_ms: now,
            seen_ms: now,
            confirmed_ms: if entry == Entry::Account { 0 } else { now },
            browser: browser.chars().take(limits::SESSION_BROWSER_CHARS_MAX).collect(),
        };
        let mut held = self.lock();
        held.sweep(tokens, now);
        // One person's many sessions keep nobody else out.
        while held.of(&session.person).count() >= limits::SESSIONS_OF_PERSON_MAX {
            let oldest = held.of(&session.person).min_by_key(|(_, session)| session.seen_ms).map(|(digest, _)| *digest);
            oldest.into_iter().for_each(|digest| held.end(tokens, &digest));
        }
        held.sessions.insert(digest(&text), session);
        Ok((text, seat))
    }

    /// The session that a cookie holds, if it counts at this time. Where its person does something, it is used with that.
    pub fn find(&self, tokens: &Tokens, text: &str, now_ms: u64, is_use: bool) -> Option<Session> {
        let digest = digest(text);
        let mut held = self.lock();
        let session = held.sessions.get_mut(&digest)?;
        if !session.counts(tokens, now_ms) {
            held.end(tokens, &digest);
            return None;
        }
        if is_use {
            session.seen_ms = now_ms.max(session.seen_ms);
        }
        Some(session.clone())
    }

    /// Whether the session of a seat goes on: what lasts asks again and again.
    pub fn lasts(&self, tokens: &Tokens, seat: &str, now_ms: u64) -> bool {
        self.lock().sessions.values().any(|session| session.seat.id == seat && session.counts(tokens, now_ms))
    }

    /// Ends the session that a cookie holds.
    pub fn end_of(&self, tokens: &Tokens, text: &str) {
        self.lock().end(tokens, &digest(text));
    }

    /// The sessions of a person, those that were used last first.
    pub fn of(&self, tokens: &Tokens, person: &str) -> Vec<Session> {
        let mut held = self.lock();
        held.sweep(tokens, clock::now_ms());
        let mut found: Vec<Session> = held.of(person).map(|(_, session)| session.clone()).collect();
        found.sort_by_key(|session| std::cmp::Reverse(session.seen_ms));
        found
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lock().sessions.len()
    }

    /// Notes that the person showed a passkey again.
    pub fn confirm(&self, seat: &str, now_ms: u64) {
        let mut held = self.lock();
        held.sessions.values_mut().filter(|session| session.seat.id == seat).for_each(|session| {
            session.confirmed_ms = now_ms;
        });
    }

    /// Changes the place in which a person works.
    ///
    /// # Errors
    /// [`Code::Forbidden`] if the person does not have it.
    pub fn sit_elsewhere(
        &self,
        (tokens, people): (&Tokens, &People),
        seat: &str,
        other: Seat,
        entropy: &mut dyn Entropy,
    ) -> Result<(), Fault> {
        let mut held = self.lock();
        let ended = || Fault::new(Code::Unauthenticated, say!("session-ended"));
        let session = held.sessions.values_mut().find(|session| session.seat.id == seat).ok_or_else(ended)?;
        let person = people.by_id(&session.person)?;
        if !Seat::of(&person).contains(&other) {
            return Err(Fault::new(Code::Forbidden, say!("not-your-seat")).in_field("seat"));
        }
        let (until, confirms_from_ms) = (session.seat.expires_ms, session.seat.confirms_from_ms);
        tokens.stand_up(&session.seat.id);
        session.seat = tokens.sit(other.taken_by(&person, confirms_from_ms), until, entropy);
        Ok(())
    }

    /// Ends sessions of a person: the one of this seat, or all others.
    pub fn end(&self, tokens: &Tokens, person: &str, which: impl Fn(&Session) -> bool) -> usize {
        let mut held = self.lock();
        let ended: Vec<Hash> =
            held.of(person).filter(|(_, session)| which(session)).map(|(digest, _)| *digest).collect();
        ended.iter().for_each(|digest| held.end(tokens, digest));
        ended.len()
    }

    /// Makes a link by which whoever follows it is let in as a person of a made-up agency, until the node stops or there are many newer
    /// ones. Only made-up
    /// agencies can have visitors: the code of the agency's country says that it is one, in the card that partners know.
    ///
    /// # Errors
    /// [`Code::Forbidden`] in an agency of a state; [`Code::NotFound`] if the person is not here.
    pub fn invite_visitor(
        &self,
        people: &People,
        country: &str,
        person: &str,
        entropy: &mut dyn Entropy,
    ) -> Result<Zeroizing<String>, Fault> {
        if !is_made_up(country) {
            return Err(Fault::new(Code::Forbidden, say!("visitors-made-up-only")));
        }
        let person = people.by_id(person)?.id;
        let text = Zeroizing::new(hex::encode(*Zeroizing::new(random_32(entropy))));
        let mut held = self.lock();
        if held.visitors.len() >= limits::VISITORS_MAX {
            held.visitors.pop_front();
        }
        held.visitors.push_back((digest(&text), person));
        Ok(text)
    }

    /// The id of the person as whom a link lets in.
    pub fn visitor(&self, text: &str) -> Option<String> {
        let digest = digest(text);
        self.lock().visitors.iter().find(|(link, _)| *link == digest).map(|(_, person)| person.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn of<'a>(&'a self, person: &'a str) -> impl Iterator<Item = (&'a Hash, &'a Session)> {
        self.sessions.iter().filter(move |(_, session)| session.person == person)
    }

    fn end(&mut self, tokens: &Tokens, digest: &Hash) {
        if let Some(session) = self.sessions.remove(digest) {
            tokens.stand_up(&session.seat.id);
        }
    }

    fn sweep(&mut self, tokens: &Tokens, now_ms: u64) {
        let over = self.sessions.iter().filter(|(_, session)| !session.counts(tokens, now_ms));
        let over: Vec<Hash> = over.map(|(digest, _)| *digest).collect();
        over.iter().for_each(|digest| self.end(tokens, digest));
    }
}

impl Session {
    fn counts(&self, tokens: &Tokens, now_ms: u64) -> bool {
        now_ms < self.seen_ms.saturating_add(limits::SESSION_IDLE_MS) && tokens.counts(&self.seat, now_ms)
    }

    /// Whether the person showed a passkey just now, as is asked before what can't be undone. A visitor has none to show.
    pub fn is_confirmed(&self, now_ms: u64) -> bool {
        self.entry == Entry::Visitor || now_ms < self.confirmed_ms.saturating_add(limits::SESSION_CONFIRMED_MS)
    }
}

/// Whether a country's code is one of those that ISO 3166-1 leaves to users, so that no state has it: XAA to XZZ.
pub fn is_made_up(country: &str) -> bool {
    country.len() == 3 && country.starts_with('X') && country.bytes().all(|letter| letter.is_ascii_uppercase())
}

fn digest(text: &str) -> Hash {
    SUITE.sha256(&[b"mithaq/session/v1\0", text.as_bytes()])
}
