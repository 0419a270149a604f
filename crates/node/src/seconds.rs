//! What one administrator may not do alone, so that no one person is the whole agency: who reads, who approves and who audits is
//! decided by two of them.
//!
//! One asks, with the own token; another confirms it or not. The node's socket without a token may do it alone only until there
//! are two administrators.

use std::sync::{Mutex, PoisonError};

use protocol::{id::ChannelId, record::Officer, suite::Entropy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use texts::say;
use zeroize::Zeroizing;

use crate::{
    auditors::PublicFile,
    callers::{
        Administrators, Caller, Role,
        passkeys::{LinkHalf, Passkeys},
        tokens::{Half, NewToken, Token, Tokens},
    },
    clock,
    db::Db,
    fault::{Code, Fault},
    limits,
    people::{AboutPerson, People},
    sealed, words,
};

const META: &str = "seconds";
const ID_BYTES: usize = 8;

/// An act that two administrators decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum ByTwo {
    /// Make a token.
    Token(NewToken),
    /// Enrol an officer's key in a channel.
    Officer {
        /// The channel.
        #[schemars(with = "words::Id")]
        channel: ChannelId,
        /// Office and key.
        #[schemars(with = "words::Officer")]
        officer: Officer,
    },
    /// Register an auditor's key.
    Auditor {
        /// Its public file.
        file: PublicFile,
    },
    /// Make a link by which a person registers a passkey.
    Link {
        /// Who it is: id or name.
        person: String,
    },
    /// Say who a person is, and what the person may be given.
    Person {
        /// Who it is, if the node knows the person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// What the person is.
        about: AboutPerson,
    },
}

/// What waits for a second administrator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// Its id.
    pub id: String,
    /// What was asked for.
    pub act: ByTwo,
    /// The token of the administrator who asked.
    pub asked_by: String,
    /// Whose token that is: the person's id, or the token's own.
    #[serde(default)]
    pub holder: String,
    /// When, milliseconds since 1970.
    pub asked_ms: u64,
    /// Until when it waits, milliseconds since 1970.
    pub until_ms: u64,
    half: Option<Half>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link_half: Option<LinkHalf>,
    /// What the person was when something else was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<AboutPerson>,
}

/// What waits for a second administrator, durably.
pub struct Seconds {
    /// People are asked for by name, so that it is kept sealed.
    key: Zeroizing<[u8; 32]>,
    held: Mutex<Vec<Waiting>>,
}

impl Seconds {
    pub(crate) fn load(reader: &Reader, key: [u8; 32]) -> Result<Self, StoreError> {
        let held = Mutex::new(sealed::kept(reader, &key, META, "what waits for a second administrator")?);
        Ok(Self { key: Zeroizing::new(key), held })
    }

    /// What still waits, the oldest first.
    pub fn list(&self, now_ms: u64) -> Vec<Waiting> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().filter(|waiting| now_ms < waiting.until_ms).cloned().collect()
    }

    /// Asks for an act. Of a token or a link, the first half of its text comes back: here and nowhere else.
    ///
    /// # Errors
    /// [`Code::Forbidden`] without an administrator's token; [`Code::Conflict`] if there is no second administrator, the same
    /// waits already, or too much does; [`Code::Usage`] for a token that can't be granted.
    pub fn ask(
        &self,
        db: &Db,
        administrators: Administrators,
        caller: &Caller,
        (act, before): (ByTwo, Option<AboutPerson>),
        entropy: &mut dyn Entropy,
    ) -> Result<(Waiting, Option<Zeroizing<String>>), Fault> {
        let asker = administrator(caller)?;
        let now = clock::now_ms();
        if !administrators.are_two() {
            let message = say!("no-second-administrator");
            return Err(Fault::new(Code::Conflict, message));
        }
        if let ByTwo::Token(new) = &act {
            check_person(administrators, new)?;
        }
        let (half, link_half, text) = match &act {
            ByTwo::Token(new) => Tokens::begin(new, entropy).map(|(half, text)| (Some(half), None, Some(text)))?,
            ByTwo::Link { .. } => {
                let (half, text) = Passkeys::begin(entropy);
                (None, Some(half), Some(text))
            }
            ByTwo::Officer { .. } | ByTwo::Auditor { .. } | ByTwo::Person { .. } => (None, None, None),
        };
        let mut id = [0; ID_BYTES];
        entropy.fill(&mut id);
        let waiting = Waiting {
            id: hex::encode(id),
            act,
            asked_by: asker.id.clone(),
            holder: asker.holder().to_owned(),
            asked_ms: now,
            until_ms: now.saturating_add(limits::SECOND_WAITS_MS),
            half,
            link_half,
            before,
        };
        self.change(db, |held| {
            held.retain(|waiting| now < waiting.until_ms);
            // A page that is loaded anew asks again: whoever has the half from before still has it.
            if held.iter().any(|held| held.act == waiting.act && held.holder == waiting.holder) {
                return Err(Fault::new(Code::Conflict, say!("second-asked-already")));
            }
            if held.len() >= limits::SECONDS_MAX {
                let message = say!("seconds-full", seconds_max = limits::SECONDS_MAX);
                return Err(Fault::new(Code::Conflict, message));
            }
            held.push(waiting.clone());
            Ok(())
        })?;
        Ok((waiting, text))
    }

    /// What an administrator may confirm: asked for by another one, who still counts.
    ///
    /// # Errors
    /// [`Code::Forbidden`] if the caller may not, [`Code::NotFound`] if nothing of this id waits.
    pub fn to_confirm(
        &self,
        (tokens, people, administrators): (&Tokens, &People, Administrators),
        caller: &Caller,
        id: &str,
    ) -> Result<Waiting, Fault> {
        let second = administrator(caller)?;
        let now = clock::now_ms();
        let waiting = self.one(id, now)?;
        let forbidden = |message: &str| Err(Fault::new(Code::Forbidden, message));
        if waiting.asked_by == second.id || waiting.holder == second.holder() {
            return forbidden("who asks does not confirm: another administrator does, with another token");
        }
        if now < second.confirms_from_ms {
            return forbidden("this token replaced an administrator's less than a day ago, and confirms nothing yet");
        }
        // Two tokens of none can be one person's.
        if administrators.are_people() && (second.person.is_none() || waiting.is_nobodys()) {
            return forbidden("administrators are people here: two of them decide, each with the own token");
        }
        if !waiting.asker_counts(tokens, people, now) {
            return forbidden("the administrator who asked for it is one no more, or the token counts no more");
        }
        Ok(waiting)
    }

    /// Takes away what waits: it was done, or an administrator does not want it.
    ///
    /// # Errors
    /// [`Code::NotFound`] if nothing of this id waits.
    pub fn end(&self, db: &Db, id: &str) -> Result<Waiting, Fault> {
        let waiting = self.one(id, clock::now_ms())?;
        self.change(db, |held| {
            held.retain(|held| held.id != waiting.id);
            Ok(())
        })?;
        Ok(waiting)
    }

    fn one(&self, id: &str, now_ms: u64) -> Result<Waiting, Fault> {
        let waits = self.list(now_ms);
        let mut found = waits.into_iter().filter(|waiting| !id.is_empty() && waiting.id.starts_with(id));
        match (found.next(), found.next()) {
            (Some(waiting), None) => Ok(waiting),
            _ => Err(Fault::not_found(say!("second-unclear", id = %format!("{id:?}")))),
        }
    }

    fn change(&self, db: &Db, change: impl FnOnce(&mut Vec<Waiting>) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = held.clone();
        change(&mut next)?;
        sealed::keep(db, &self.key, META, &next)?;
        *held = next;
        Ok(())
    }
}

impl Waiting {
    /// Whether it was asked for with a token of nobody in particular.
    fn is_nobodys(&self) -> bool {
        self.holder == self.asked_by
    }

    /// Whether who asked would be heard today: with a token that counts, or, at a browser, as a person who still administers. A
    /// session may be over by then.
    fn asker_counts(&self, tokens: &Tokens, people: &People, now_ms: u64) -> bool {
        if let Some(token) = tokens.list().into_iter().find(|token| token.id == self.asked_by) {
            return tokens.counts(&token, now_ms);
        }
        let asker = people.known(&self.holder);
        asker.is_some_and(|person| person.is_here() && person.about.roles.contains(&Role::NodeAdmin))
    }

    /// The half of the link that was asked for.
    pub const fn link_half(&self) -> Option<&LinkHalf> {
        self.link_half.as_ref()
    }

    /// What the person was when something else was asked for.
    pub const fn before(&self) -> Option<&AboutPerson> {
        self.before.as_ref()
    }

    /// The half of the token that was asked for.
    pub const fn half(&self) -> Option<&Half> {
        self.half.as_ref()
    }
}

/// Refuses what the caller may not do alone: whoever has a token asks another administrator; the socket without one does so
/// until there are two, and lets an administrator in, in place of one who was lost.
///
/// # Errors
/// [`Code::Refused`], with what to do.
pub fn check_alone(administrators: Administrators, caller: &Caller, lets_in: Option<Role>) -> Result<(), Fault> {
    let is_socket = caller.with_token().is_none();
    let replaces = lets_in == Some(Role::NodeAdmin) && !administrators.are_two();
    if caller.is_bootstrap() || is_socket && (!administrators.were_two() || replaces) {
        return Ok(());
    }
    let message = say!("one-administrator");
    Err(Fault::new(Code::Refused, message))
}

/// Refuses a token of an administrator who is nobody in particular, where administrators are people.
///
/// # Errors
/// [`Code::Usage`], with what to do.
pub fn check_person(administrators: Administrators, new: &NewToken) -> Result<(), Fault> {
    if new.role != Role::NodeAdmin || new.person.is_some() || !administrators.are_people() {
        return Ok(());
    }
    Err(Fault::usage(say!("administrators-are-people")).in_field("person"))
}

fn administrator(caller: &Caller) -> Result<&Token, Fault> {
    let token = caller.with_token().filter(|token| token.administers());
    token.map(AsRef::as_ref).ok_or_else(|| Fault::new(Code::Forbidden, say!("administrators-own-tokens")))
}
