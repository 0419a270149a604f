//! The administrators' room: who belongs to the agency, what each may have, and with what they are let in.
//!
//! What gives rights is decided by two administrators: one asks, another confirms. What takes rights away, one does alone, so that
//! a lost key is worth nothing at once. The rule is here, whichever door an administrator comes through.

mod noted;
mod officers;

use std::sync::Arc;

use protocol::{id::ChannelId, record::Officer};
use texts::say;
use zeroize::Zeroizing;

pub use noted::{person as noted_person, token as noted_token};

use crate::{
    answers::{
        officers::LogEntry,
        people::{PersonChanged, SignInLink},
        seconds::{AskedForSecond, Confirmed},
        tokens::TokenRow,
    },
    audit::Noted,
    auditors::{Auditor, Auditors, PublicFile},
    callers::{
        Administrators, Caller, Role,
        passkeys::Passkeys,
        sessions::Sessions,
        tokens::{NewToken, Token, Tokens},
    },
    channel::ChannelHandle,
    channels::Channels,
    clock,
    db::Db,
    fault::{Code, Fault},
    people::{AboutPerson, People, Person},
    personal::Personal,
    seconds::{self, ByTwo, Seconds, Waiting},
    work::blocking,
};

/// What administrators decide about.
#[derive(Clone)]
pub struct Administration {
    pub(crate) db: Arc<Db>,
    pub(crate) channels: Arc<Channels>,
    pub(crate) auditors: Arc<Auditors>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) passkeys: Arc<Passkeys>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) people: Arc<People>,
    pub(crate) personal: Arc<Personal>,
    pub(crate) seconds: Arc<Seconds>,
}

impl Administration {
    /// How many administrators there are.
    pub fn administrators(&self) -> Administrators {
        Administrators::of((&self.tokens, &self.people, &self.passkeys), clock::now_ms())
    }

    fn check_alone(&self, caller: &Caller, lets_in: Option<Role>) -> Result<(), Fault> {
        seconds::check_alone(self.administrators(), caller, lets_in)
    }

    /// Makes a token. Its text comes back here and nowhere else.
    ///
    /// # Errors
    /// [`Code::Refused`] for one administrator alone; what the token can't be.
    pub fn make_token(
        &self,
        caller: &Caller,
        mut new: NewToken,
    ) -> Result<(Noted, Arc<Token>, Zeroizing<String>), Fault> {
        let administrators = self.administrators();
        seconds::check_alone(administrators, caller, Some(new.role))?;
        self.people.dress(&mut new)?;
        seconds::check_person(administrators, &new)?;
        let confirms_from_ms = administrators.confirm_from_ms(clock::now_ms());
        let (token, text) = self.tokens.create(&self.db, (new, confirms_from_ms), &mut crate::entropy())?;
        Ok((noted_token(&token), token, text))
    }

    /// Adds a person, or says anew what one is.
    ///
    /// # Errors
    /// [`Code::Refused`] for one administrator alone; what a person can't be.
    pub fn say_person(
        &self,
        caller: &Caller,
        id: Option<&str>,
        about: AboutPerson,
    ) -> Result<(Noted, PersonChanged), Fault> {
        self.check_alone(caller, None)?;
        let changed = self.change(id, about)?;
        Ok((noted::person(&changed.person, &changed.revoked), changed))
    }

    /// Tokens that the person may have no more are revoked first: what is cut off in between leaves too few rights, never too many.
    fn change(&self, id: Option<&str>, about: AboutPerson) -> Result<PersonChanged, Fault> {
        let Some(named) = id else {
            return Ok(PersonChanged { person: self.people.add(&self.db, about)?, revoked: Vec::new() });
        };
        let id = self.people.by_id(named)?.id;
        let revoked = self.tokens.revoke_of(&self.db, &id, |token| {
            let has_office = token.office.as_ref().is_none_or(|office| about.offices.contains(office));
            let has_purposes =
                token.role.oversees() || token.purposes.iter().all(|purpose| about.purposes.contains(purpose));
            !(about.roles.contains(&token.role) && has_office && has_purposes)
        })?;
        Ok(PersonChanged { person: self.people.set(&self.db, &id, about)?, revoked })
    }

    /// Ends that a person belongs to the agency, and with it the person's tokens, sessions and passkeys. What the person's keys approve
    /// from now on is not released here; to end that they count at others, revoke the enrolments.
    ///
    /// # Errors
    /// [`Code::NotFound`] if nobody here is meant.
    pub fn leave(&self, named: &str) -> Result<(Noted, PersonChanged), Fault> {
        let id = self.people.by_id(named)?.id;
        let revoked = self.tokens.revoke_of(&self.db, &id, |_| true)?;
        let person = self.people.leave(&self.db, &id)?;
        self.passkeys.forget(&self.db, &id)?;
        self.personal.forget(&id)?;
        Ok((noted::person(&person, &revoked), PersonChanged { person, revoked }))
    }

    /// Makes a link by which a person registers a passkey, once: whoever has it is let in as that person.
    ///
    /// # Errors
    /// [`Code::Refused`] for one administrator alone; nobody here is meant.
    pub fn link(&self, caller: &Caller, named: &str) -> Result<(Noted, SignInLink), Fault> {
        let person = self.people.by_id(named)?;
        let lets_in = person.about.roles.iter().find(|role| **role == Role::NodeAdmin);
        let administrators = self.administrators();
        seconds::check_alone(administrators, caller, lets_in.copied())?;
        let who = (person.id.as_str(), administrators.confirm_from_ms(clock::now_ms()));
        let link = self.passkeys.invite(&self.db, &self.people, who, &mut crate::entropy())?;
        Ok((noted::person(&person, &[]), SignInLink { link: link.as_str().to_owned() }))
    }

    /// Takes away every passkey with which a person signs in, and ends the person's sessions: who lost one asks for a link then.
    ///
    /// # Errors
    /// [`Code::NotFound`] if nobody here is meant.
    pub fn take_passkeys(&self, named: &str) -> Result<(Noted, Person), Fault> {
        let person = self.people.by_id(named)?;
        self.passkeys.forget(&self.db, &person.id)?;
        self.sessions.end(&self.tokens, &person.id, |_| true);
        Ok((noted::person(&person, &[]), person))
    }

    /// Registers an auditor.
    ///
    /// # Errors
    /// [`Code::Refused`] for one administrator alone; what an auditor's file can't be.
    pub fn register_auditor(&self, caller: &Caller, file: PublicFile) -> Result<Auditor, Fault> {
        self.check_alone(caller, None)?;
        self.auditors.add(&self.db, file.keys)
    }

    /// Enrols an officer in a channel. Doing it again with the same office and key changes nothing.
    ///
    /// # Errors
    /// [`Code::Refused`] for one administrator alone; what can't be enrolled.
    pub async fn enrol(&self, caller: &Caller, handle: &ChannelHandle, officer: Officer) -> Result<LogEntry, Fault> {
        self.check_alone(caller, None)?;
        officers::enrol(caller, handle, officer).await
    }

    /// Ends every enrolment of an own officer's key in a channel. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the key is nobody's there; what stops the channel.
    pub async fn revoke_officer(
        &self,
        caller: &Caller,
        handle: &ChannelHandle,
        public: Vec<u8>,
    ) -> Result<Vec<LogEntry>, Fault> {
        officers::revoke(caller, handle, public).await
    }

    /// Asks for what another administrator must confirm.
    ///
    /// # Errors
    /// What [`Seconds::ask`] refuses; what could not be done if it were confirmed.
    pub fn ask(&self, caller: &Caller, mut act: ByTwo) -> Result<(Noted, AskedForSecond), Fault> {
        // What is confirmed is what was asked for, in full.
        let mut before = None;
        match &mut act {
            ByTwo::Officer { channel, officer } => {
                self.channel(channel)?;
                officers::check(officer)?;
            }
            ByTwo::Token(new) => self.people.dress(new)?,
            ByTwo::Person { id: Some(id), .. } => {
                let person = self.people.find(id)?;
                *id = person.id;
                before = Some(person.about);
            }
            ByTwo::Link { person } => *person = self.people.find(person)?.id,
            ByTwo::Person { id: None, .. } | ByTwo::Auditor { .. } => {}
        }
        let (waiting, half) =
            self.seconds.ask(&self.db, self.administrators(), caller, (act, before), &mut crate::entropy())?;
        let first_half = half.map(|half| half.as_str().to_owned());
        Ok((noted::waiting(&waiting), AskedForSecond { row: waiting.into(), first_half }))
    }

    /// Confirms what another administrator asked for, which does it.
    ///
    /// # Errors
    /// What [`Seconds::to_confirm`] refuses; what can't be done any more.
    pub async fn confirm(&self, caller: &Caller, id: &str) -> Result<(Noted, Confirmed), Fault> {
        let known = (&*self.tokens, &*self.people, self.administrators());
        let waiting = self.seconds.to_confirm(known, caller, id)?;
        let noted = noted::waiting(&waiting);
        let confirmed = match waiting.act.clone() {
            ByTwo::Officer { channel, officer } => {
                Confirmed::Officer { entry: officers::enrol(caller, &*self.channel(&channel)?, officer).await? }
            }
            act => {
                let (room, waiting) = (self.clone(), waiting.clone());
                blocking(move || room.carry_out(act, &waiting)).await?
            }
        };
        let room = self.clone();
        blocking(move || room.seconds.end(&room.db, &waiting.id)).await?;
        Ok((noted, confirmed))
    }

    fn carry_out(&self, act: ByTwo, waiting: &Waiting) -> Result<Confirmed, Fault> {
        let not_held = || Fault::not_found(say!("token-half-not-held"));
        Ok(match act {
            ByTwo::Auditor { file } => Confirmed::Auditor { auditor: self.auditors.add(&self.db, file.keys)? },
            ByTwo::Person { id, about } => {
                let known = id.as_deref().and_then(|id| self.people.known(id));
                // What the person got meanwhile, such as a key, would go unseen.
                if waiting.before().is_some_and(|before| known.is_none_or(|known| known.about != *before)) {
                    return Err(Fault::new(Code::Conflict, say!("person-changed-meanwhile")));
                }
                Confirmed::Person { changed: self.change(id.as_deref(), about)? }
            }
            ByTwo::Link { person } => {
                let first = waiting.link_half().ok_or_else(not_held)?;
                let asked = (person.as_str(), first);
                let second = self.passkeys.finish(&self.db, &self.people, asked, &mut crate::entropy())?;
                Confirmed::Link { person, second_half: second.as_str().to_owned() }
            }
            ByTwo::Token(mut new) => {
                let half = waiting.half().ok_or_else(not_held)?;
                // The person may have left, or have less, since it was asked for.
                self.people.dress(&mut new)?;
                let (token, second) = self.tokens.finish(&self.db, new, half, &mut crate::entropy())?;
                Confirmed::Token { token: TokenRow::from(&*token), second_half: second.as_str().to_owned() }
            }
            ByTwo::Officer { .. } => return Err(not_held()),
        })
    }

    /// Ends what waits: whoever asked, and any other administrator, may.
    ///
    /// # Errors
    /// [`Code::NotFound`] if nothing of this id waits.
    pub fn refuse(&self, id: &str) -> Result<(Noted, Waiting), Fault> {
        let waiting = self.seconds.end(&self.db, id)?;
        Ok((noted::waiting(&waiting), waiting))
    }

    fn channel(&self, id: &ChannelId) -> Result<Arc<ChannelHandle>, Fault> {
        crate::names::channel(&self.channels, &id.to_string())
    }
}
