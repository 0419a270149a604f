//! What an office works on before it is sent: drafts, who approves and releases them, and what colleagues say of them.
//!
//! All of it is the node's own. It is sealed at rest under the key of a month like content, and goes with it; nothing of it is ever
//! exchanged. Drafts are of people: who wrote one is a person and not a token, because nobody releases what they wrote.
//!
//! A person sees a draft they wrote, or that is with them or their office, or that waits for an approval of their role; and each of
//! these while they stand in for somebody. Kind and purpose are asked as for records.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use protocol::{
    agreement::ApprovalRole,
    commit::Period,
    date::Date,
    header::RecordRef,
    id::{ChannelId, Hash, parse_hash},
    record::{Approval, Context},
    suite::Entropy as _,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::{OfficeId, OfficeItem, Reader, StoreError};
use zeroize::Zeroizing;

use crate::{
    callers::{Caller, Role},
    channels::Channels,
    clock,
    db::{Db, kept},
    decide,
    drafting::{Drafting, ToPrepare},
    fault::{Code, Fault},
    limits,
    people::People,
    reading::{Reading, list},
    sealed,
    sending::{Sending, Taken, Wait},
    work::blocking,
};

mod brief;
mod care;
mod draft;
mod matter;
mod viewer;

pub use brief::{Brief, Listed, Shown};
use care::Care;
pub use care::{Remark, With};
use draft::{Draft, Given, Handed};
pub use draft::{SentAs, State};
pub use matter::{Glance, Matter};
use texts::say;
use viewer::{Viewer, approves_as};

/// The store's name for the newest number of a draft.
const META: &str = "office/drafts";
const SEED_BYTES: usize = 16;

/// The work of an office.
pub struct Office {
    db: Arc<Db>,
    reading: Arc<Reading>,
    channels: Arc<Channels>,
    people: Arc<People>,
    drafting: Arc<Drafting>,
    sending: Arc<Sending>,
    held: Mutex<Held>,
}

/// What is known of drafts without reading them.
#[derive(Default)]
struct Held {
    drafts: BTreeMap<String, Brief>,
    matters: BTreeMap<matter::Place, (OfficeId, Matter)>,
    newest: Newest,
}

/// What is kept in a row.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Item {
    Draft(Box<Draft>),
    Matter(Box<Matter>),
}

/// The newest number that was given to a draft.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Newest {
    year: u32,
    number: u32,
}

/// What is done with a draft that needs no signature.
#[derive(Debug, Clone)]
pub enum Act {
    /// Give it back to whoever wrote it, and say why.
    Return(String),
    /// Refuse it, and say why.
    Refuse(String),
    /// Say who deals with it.
    Assign(Option<With>),
    /// Say something of it.
    Remark(String),
    /// Say on which day it is to be brought back.
    BringBack(Option<Date>),
}

impl Office {
    pub(crate) fn load(reader: &Reader, parts: Parts) -> Result<Self, StoreError> {
        let Parts { db, reading, channels, people, drafting, sending } = parts;
        let mut held = Held { newest: kept(reader, META, "the number of the newest draft")?, ..Held::default() };
        let mut interrupted = Vec::new();
        for OfficeItem { id: row, bytes, .. } in reader.office()? {
            let draft = match read(&bytes)? {
                Item::Draft(draft) => *draft,
                Item::Matter(matter) => {
                    held.matters.insert(matter.place(), (row, matter.without_remarks()));
                    continue;
                }
            };
            if draft.state == State::Leaving {
                interrupted.push((row, draft.clone()));
            }
            held.drafts.insert(draft.id.clone(), Brief::of(&draft, row));
        }
        let office = Self { db, reading, channels, people, drafting, sending, held: Mutex::new(held) };
        // A crash between its record and its end: what became of it stands in the store.
        for (row, mut draft) in interrupted {
            let sent = office.sent_before(&draft).map_err(|error| StoreError::Damaged {
                place: format!("what became of {}", draft.id),
                reason: error.message.to_string(),
            })?;
            match sent {
                Some(sent) => draft.sent(sent, clock::now_ms()),
                None => draft.stay(),
            }
            office
                .keep(&mut office.lock(), row, &draft)
                .map_err(|error| StoreError::Damaged { place: draft.id.clone(), reason: error.message.to_string() })?;
        }
        Ok(office)
    }

    /// Begins a draft.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for a token without a person, [`Code::Usage`] for what can't be a draft.
    pub fn create(&self, caller: &Caller, what: ToPrepare) -> Result<Brief, Fault> {
        let me = person(caller)?;
        self.db.check_room()?;
        let now = clock::now_ms();
        let mut seed = [0; SEED_BYTES];
        crate::entropy().fill(&mut seed);
        let mut draft = Draft {
            id: String::new(),
            seed: hex::encode(seed),
            channel: ChannelId::new(Hash::default()),
            what,
            purpose: String::new(),
            title: String::new(),
            opened_by: None,
            state: State::Open,
            revision: 1,
            writers: BTreeSet::from([me.to_owned()]),
            office: caller.office().map(str::to_owned),
            handed: None,
            care: Care { seen: BTreeMap::from([(me.to_owned(), now)]), changed_ms: now, ..Care::default() },
            created_ms: now,
            sent: None,
        };
        self.look_at(caller, &mut draft)?;
        let row = new_row();
        let mut held = self.lock();
        if held.drafts.len() >= limits::DRAFTS_MAX {
            return Err(Fault::new(Code::Storage, say!("drafts-full", drafts = held.drafts.len())));
        }
        let year = year();
        let number = if held.newest.year == year { held.newest.number + 1 } else { 1 };
        let newest = Newest { year, number };
        self.db.keep(META, &newest)?;
        held.newest = newest;
        draft.id = format!("d-{year}-{number:03}");
        self.keep(&mut held, row, &draft)
    }

    /// A page of the drafts that a caller may see, those that changed last first: each as `row` makes it of the draft and of
    /// whether it changed since the caller last saw it. With the cursor of the next page, if there is one.
    ///
    /// # Errors
    /// The query names no cursor of ours, or too many rows.
    pub fn list<R>(
        &self,
        caller: &Caller,
        listed: &Listed,
        row: impl Fn(&Brief, bool) -> R,
    ) -> Result<(Vec<R>, Option<String>), Fault> {
        let rows_max = list::rows(listed.limit)?;
        let cursors = self.reading.cursors("drafts");
        let after = listed.cursor.as_deref().map(|text| cursors.read(text)).transpose()?;
        let viewer = Viewer::of(caller, &self.people);
        let held = self.lock();
        let is_listed = |(place, brief): &([u64; 2], &Brief)| {
            after.is_none_or(|after| *place < after)
                && listed.state.is_none_or(|state| brief.state == state)
                && viewer.sees(brief)
                && (!listed.waits_for_me || viewer.waits(brief))
        };
        let mut found: Vec<([u64; 2], &Brief)> =
            held.drafts.values().map(|brief| (brief.place(), brief)).filter(is_listed).collect();
        found.sort_unstable_by_key(|(place, _)| Reverse(*place));
        let is_more = found.len() > rows_max;
        found.truncate(rows_max);
        let next = found.last().filter(|_| is_more).map(|(place, _)| cursors.write(*place));
        Ok((found.iter().map(|(_, brief)| row(brief, self.is_unread(caller, brief))).collect(), next))
    }

    /// Whether something of a draft changed since the caller last saw it.
    pub fn is_unread(&self, caller: &Caller, brief: &Brief) -> bool {
        brief.care.is_unread_by(caller.person())
    }

    /// One draft whole. That the caller saw it is kept.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is none that the caller may see.
    pub fn show(&self, caller: &Caller, id: &str) -> Result<Shown, Fault> {
        let mut held = self.lock();
        let (row, mut draft) = self.one(&held, caller, id)?;
        if let Some(me) = caller.person().filter(|me| draft.care.is_unread_by(Some(me))) {
            draft.care.seen.insert(me.to_owned(), clock::now_ms());
            // It is shown also where the disk is full: then it stays unread.
            drop(self.keep(&mut held, row, &draft));
        }
        drop(held);
        let (ready, noted) = match &draft.handed {
            Some(handed) if draft.sent.is_none() => (Ok(handed.ready(draft.channel)), None),
            Some(_) => (Err(Fault::new(Code::Conflict, say!("draft-sent"))), None),
            None => self.drafting.prepare(caller, &named(&draft)),
        };
        let given = draft.handed.iter().flat_map(|handed| &handed.given);
        Ok(Shown {
            given: given.map(|given| (given.approval.role, given.by.clone())).collect(),
            brief: Brief::of(&draft, row),
            what: draft.what,
            ready,
            remarks: draft.care.remarks,
            noted,
        })
    }

    /// Keeps what somebody wrote on, in place of the revision that they saw. It need not be complete.
    ///
    /// # Errors
    /// [`Code::Conflict`] if it was changed since, or is not being written any more; as [`Office::create`].
    pub fn save(&self, caller: &Caller, id: &str, revision: u64, what: ToPrepare) -> Result<Brief, Fault> {
        self.db.check_room()?;
        self.change(
            caller,
            id,
            |viewer, brief| viewer.check_writes(brief),
            |me, draft| {
                draft.check_revision(revision)?;
                draft.save(me, what, clock::now_ms())?;
                self.look_at(caller, draft)
            },
        )
    }

    /// Hands a draft over as it is: nothing of it changes from then on. The author approves with that, where the clause asks for it.
    ///
    /// # Errors
    /// What is to be mended first; [`Code::Conflict`] if it is not what the caller saw.
    pub fn hand_over(
        &self,
        caller: &Caller,
        id: &str,
        digest: Hash,
        approval: Option<Approval>,
        with: Option<With>,
    ) -> Result<Brief, Fault> {
        let with = self.known(with)?;
        self.change(
            caller,
            id,
            |viewer, brief| viewer.check_writes(brief),
            |me, draft| {
                draft.check_state(State::Open)?;
                let ready = self.drafting.prepare(caller, &named(draft)).0?;
                if ready.digest != digest {
                    let message = say!("not-the-draft-seen");
                    return Err(Fault::new(Code::Conflict, message).in_field("digest"));
                }
                (draft.channel, draft.purpose, draft.title) =
                    (ready.channel, ready.purpose.clone(), ready.title.clone());
                draft.office = caller.office().map(str::to_owned);
                draft.hand_over(Handed::new(ready, me), with, clock::now_ms())?;
                match approval {
                    Some(approval) => self.approve_by(me, draft, approval),
                    None => match draft.handed.as_ref().and_then(|handed| handed.missing().next()) {
                        Some(ApprovalRole::Author) => {
                            let message = say!("author-approval-asked");
                            Err(Fault::new(Code::Refused, message).by_rule("EYE-01").in_field("approval"))
                        }
                        _ => Ok(()),
                    },
                }
            },
        )
    }

    /// Approves what was handed over.
    ///
    /// # Errors
    /// [`Code::Refused`] if the caller wrote it, or the signature does not count.
    pub fn approve(&self, caller: &Caller, id: &str, approval: Approval) -> Result<Brief, Fault> {
        self.change(caller, id, |_, _| Ok(()), |me, draft| self.approve_as(caller, me, draft, approval))
    }

    /// Sends what was handed over, with the approval of whoever releases it if the clause asks for one: nobody releases what they
    /// wrote. What is repeated has no second effect.
    ///
    /// # Errors
    /// What stops the record; then the draft waits on.
    pub async fn release(
        self: &Arc<Self>,
        caller: &Caller,
        id: &str,
        approval: Option<Approval>,
    ) -> Result<Brief, Fault> {
        let (office, asking, named) = (Arc::clone(self), caller.clone(), id.to_owned());
        let draft = blocking(move || office.begin_to_leave(&asking, &named, approval)).await?;
        let handed = draft.handed.as_ref().ok_or_else(|| Fault::new(Code::Internal, say!("nothing-handed-over")))?;
        let line = line(&draft, handed)?;
        let wait = Wait { is_for_delivery: false, time_max: Duration::from_secs(limits::SUBMIT_WAIT_SECONDS) };
        let sender = caller.for_office(draft.office.clone());
        let outcomes = self.sending.submit(&sender, Bytes::from(line), Some(key(handed)), wait).await;
        let taken = outcomes.and_then(|outcomes| {
            let lost = || Fault::new(Code::Internal, say!("outcome-missing"));
            outcomes.into_iter().next().ok_or_else(lost)?.taken
        });
        let (office, id) = (Arc::clone(self), draft.id);
        blocking(move || office.end_leaving(&id, taken)).await
    }

    fn begin_to_leave(&self, caller: &Caller, id: &str, approval: Option<Approval>) -> Result<Draft, Fault> {
        let mut held = self.lock();
        let me = person(caller)?;
        let (row, mut draft) = self.one(&held, caller, id)?;
        if let Some(approval) = approval.filter(|_| draft.state == State::HandedOver) {
            self.approve_as(caller, me, &mut draft, approval)?;
        }
        let by_another = draft.handed.as_ref().is_some_and(Handed::is_released_by_another);
        if by_another && draft.writers.contains(me) {
            let message = say!("release-own");
            return Err(Fault::new(Code::Refused, message).by_rule("EYE-01"));
        }
        if by_another && caller.token_role() != Some(Role::ReleaseAuthority) {
            return Err(Fault::new(Code::Forbidden, say!("release-authority-needed")));
        }
        draft.leave(clock::now_ms())?;
        self.keep(&mut held, row, &draft)?;
        Ok(draft)
    }

    fn end_leaving(&self, id: &str, taken: Result<Taken, Fault>) -> Result<Brief, Fault> {
        let mut held = self.lock();
        let (row, mut draft) = self.any(&held, id)?;
        if draft.state != State::Leaving {
            return Ok(Brief::of(&draft, row));
        }
        match taken {
            Ok(taken) => {
                draft.sent(sent_as(taken), clock::now_ms());
                let brief = self.keep(&mut held, row, &draft)?;
                drop(held);
                self.db.scrub()?;
                Ok(brief)
            }
            // Whether it was recorded is not known: it stays on its way, and who releases it again learns what became of it.
            Err(error) if matches!(error.code, Code::Unavailable | Code::Internal | Code::Storage) => Err(error),
            Err(error) => {
                draft.stay();
                self.keep(&mut held, row, &draft)?;
                Err(error)
            }
        }
    }

    /// Does what needs no signature.
    ///
    /// # Errors
    /// [`Code::Forbidden`] if it is not the caller's to do, [`Code::Conflict`] if the draft does not stand so.
    pub fn act(&self, caller: &Caller, id: &str, act: Act) -> Result<Brief, Fault> {
        let decides = matches!(act, Act::Return(_) | Act::Refuse(_));
        let may = |viewer: &Viewer<'_>, brief: &Brief| if decides { viewer.check_decides(brief) } else { Ok(()) };
        self.change(caller, id, may, |me, draft| {
            let now_ms = clock::now_ms();
            let remark = |text: String| Remark { by: me.to_owned(), at_ms: now_ms, text };
            match act {
                Act::Return(text) => draft.give_back(remark(text)),
                Act::Refuse(_) if draft.writers.contains(me) => {
                    Err(Fault::new(Code::Forbidden, say!("author-discards")))
                }
                Act::Refuse(text) => draft.refuse(remark(text)),
                Act::Assign(with) => {
                    let with = self.known(with)?;
                    if matches!(draft.state, State::Leaving | State::Sent | State::Refused) {
                        draft.check_state(State::Open)?;
                    }
                    draft.care.with = with;
                    draft.care.changed_ms = now_ms;
                    Ok(())
                }
                Act::Remark(text) => draft.care.add_remark(remark(text)),
                Act::BringBack(day) => {
                    draft.check_state(State::Open)?;
                    draft.care.bring_back = day;
                    draft.care.changed_ms = now_ms;
                    Ok(())
                }
            }
        })
    }

    /// Destroys a draft that is not on its way.
    ///
    /// # Errors
    /// [`Code::Forbidden`] if the caller did not write it.
    pub fn discard(&self, caller: &Caller, id: &str) -> Result<Brief, Fault> {
        let mut held = self.lock();
        let (row, draft) = self.one(&held, caller, id)?;
        let brief = Brief::of(&draft, row);
        Viewer::of(caller, &self.people).check_writes(&brief)?;
        if matches!(draft.state, State::HandedOver | State::Leaving) {
            draft.check_state(State::Open)?;
        }
        self.db.store().forget_office(&row)?;
        held.drafts.remove(&draft.id);
        // Others need not wait until old pages are overwritten.
        drop(held);
        self.db.scrub()?;
        Ok(brief)
    }

    /// Whether a file waits for a draft that names it.
    pub(crate) fn names_file(&self, sha256: &Hash) -> bool {
        self.lock().drafts.values().any(|brief| brief.files.contains(sha256))
    }

    /// Forgets what is over with a month.
    pub(crate) fn end_period(&self, channel: ChannelId, period: Period) -> Result<(), StoreError> {
        self.db.store().forget_office_of(channel, period)?;
        let here: BTreeSet<OfficeId> = self.db.reader()?.office()?.into_iter().map(|item| item.id).collect();
        let mut held = self.lock();
        held.drafts.retain(|_, brief| here.contains(&brief.row));
        held.matters.retain(|_, (row, _)| here.contains(row));
        Ok(())
    }

    fn approve_as(&self, caller: &Caller, me: &str, draft: &mut Draft, approval: Approval) -> Result<(), Fault> {
        if !approves_as(caller, approval.role) {
            let message = say!("role-does-not-approve", role = %caller.role(), role_2 = %approval.role.name());
            return Err(Fault::new(Code::Forbidden, message).in_field("approval"));
        }
        self.approve_by(me, draft, approval)
    }

    /// An approval counts if it is a signature over this draft, by an officer who is enrolled, with a key of the person who gives it.
    fn approve_by(&self, me: &str, draft: &mut Draft, approval: Approval) -> Result<(), Fault> {
        let refuse = |message| Err(Fault::new(Code::Refused, message).by_rule("EYE-01").in_field("approval"));
        draft.check_state(State::HandedOver)?;
        let handed = draft.handed.as_ref().ok_or_else(|| Fault::new(Code::Internal, say!("nothing-handed-over")))?;
        let handle = self.channels.get(&draft.channel).ok_or_else(|| Fault::not_found(say!("channel-not-open")))?;
        let channel = handle.value();
        if channel.governing(&channel.own_log(handed.lane)) != handed.agreement {
            let message = say!("agreement-changed");
            return Err(Fault::new(Code::Conflict, message));
        }
        let context = Context { channel: channel.id(), author: channel.me(), agreement: handed.agreement };
        let bytes = serde_json::to_vec(&[&approval]).map_err(|error| Fault::new(Code::Internal, error.to_string()))?;
        let (header, body) = (handed.header.as_bytes(), handed.body.as_bytes());
        let judged = decide::approvals_of(&channel, &context, header, body, &bytes)?;
        if !judged.iter().all(|judged| judged.valid) {
            return refuse(say!("approval-not-of-draft"));
        }
        self.sending.check_passkeys(&judged)?;
        let officer = channel.own_officer(&approval.enrolment);
        let key = officer.map(|officer| officer.public().to_vec()).unwrap_or_default();
        match self.people.of_key(&key) {
            Some(person) if person.is_here() && person.id == me => {}
            Some(person) if person.id == me => return refuse(say!("approval-of-who-left")),
            Some(_) => return refuse(say!("approval-by-anothers-key")),
            None => return refuse(say!("approval-by-nobodys-key")),
        }
        draft.approve(Given { approval, by: me.to_owned(), at_ms: clock::now_ms() })
    }

    /// Takes up what can be said of a draft as it stands: its channel, its purpose, its title. It need not be complete.
    fn look_at(&self, caller: &Caller, draft: &mut Draft) -> Result<(), Fault> {
        let length = serde_json::to_vec(&draft.what).map_or(usize::MAX, |bytes| bytes.len());
        if length > limits::DRAFT_BYTES_MAX {
            let message = say!("draft-too-large", draft_bytes_max = limits::DRAFT_BYTES_MAX);
            return Err(Fault::new(Code::TooLarge, message).in_field("body"));
        }
        let kind = crate::drafting::kind(&draft.what.kind)?;
        // Lists hold these of every draft.
        for (field, text) in [("clause", &draft.what.clause), ("reply_to", &draft.what.reply_to)] {
            if text.as_ref().is_some_and(|text| text.len() > limits::DRAFT_WORD_BYTES_MAX) {
                let message = say!("word-too-long", draft_word_bytes_max = limits::DRAFT_WORD_BYTES_MAX);
                return Err(Fault::usage(message).in_field(field));
            }
        }
        if desks::is_of_its_thread(kind.name) {
            draft.opened_by = self.drafting.opener(caller, &draft.what).map(str::to_owned);
        }
        if !caller.sees(Some(kind.name), draft.opened_by.as_deref()) {
            let message = say!("outside-compartment", role = %caller.role());
            return Err(Fault::new(Code::Forbidden, message).in_field("kind"));
        }
        match self.drafting.prepare(caller, &named(draft)).0 {
            Ok(ready) => (draft.channel, draft.purpose, draft.title) = (ready.channel, ready.purpose, ready.title),
            Err(_) => {
                draft.channel = self.channel_of(&draft.what)?;
                draft.title.clear();
                draft.purpose = self.purpose_of(draft).unwrap_or_default();
            }
        }
        Ok(())
    }

    fn purpose_of(&self, draft: &Draft) -> Option<String> {
        let channel = self.channels.get(&draft.channel)?.value();
        let version = channel.version(&channel.in_force())?;
        Some(version.agreement.clause(draft.what.clause.as_deref()?)?.purpose.clone())
    }

    /// The channel that a draft is for: the one named, that of what it answers, or the only one.
    fn channel_of(&self, what: &ToPrepare) -> Result<ChannelId, Fault> {
        let of_record = || {
            let (channel, _) = what.reply_to.as_deref()?.split_once('/')?;
            parse_hash(channel).ok().map(ChannelId::new)
        };
        let open = self.channels.list();
        let id = match (what.channel.or_else(of_record), &open[..]) {
            (Some(id), _) => id,
            (None, [only]) => only.id(),
            (None, []) => return Err(Fault::not_found(say!("no-channel-yet"))),
            (None, _) => return Err(Fault::usage(say!("name-the-channel")).in_field("channel")),
        };
        match open.iter().any(|handle| handle.id() == id) {
            true => Ok(id),
            false => Err(Fault::not_found(say!("no-open-channel", id = %id)).in_field("channel")),
        }
    }

    /// To whom something may be given: a person who is here, an office of one.
    fn known(&self, with: Option<With>) -> Result<Option<With>, Fault> {
        match with {
            Some(With::Person(named)) => Ok(Some(With::Person(self.people.find(&named)?.id))),
            Some(With::Office(office)) => {
                let people = self.people.list();
                if people.iter().any(|person| person.is_here() && person.about.offices.contains(&office)) {
                    return Ok(Some(With::Office(office)));
                }
                Err(Fault::not_found(say!("nobody-for-office", office = %office)).in_field("office"))
            }
            None => Ok(None),
        }
    }

    /// Changes a draft by a person. The one who changes it is asked about the draft as it was before.
    fn change(
        &self,
        caller: &Caller,
        id: &str,
        may: impl FnOnce(&Viewer<'_>, &Brief) -> Result<(), Fault>,
        change: impl FnOnce(&str, &mut Draft) -> Result<(), Fault>,
    ) -> Result<Brief, Fault> {
        let me = person(caller)?;
        if caller.is_auditor() {
            return Err(Fault::new(Code::Forbidden, say!("auditor-changes-no-draft")));
        }
        let mut held = self.lock();
        let (row, mut draft) = self.one(&held, caller, id)?;
        may(&Viewer::of(caller, &self.people), &Brief::of(&draft, row))?;
        change(me, &mut draft)?;
        draft.care.seen.insert(me.to_owned(), draft.care.changed_ms);
        self.keep(&mut held, row, &draft)
    }

    /// The one draft of this id, or with this number, that the caller may see.
    fn one(&self, held: &Held, caller: &Caller, id: &str) -> Result<(OfficeId, Draft), Fault> {
        let seen = held.drafts.get(id).filter(|brief| Viewer::of(caller, &self.people).sees(brief));
        // That there is one which the caller may not see is not said.
        let brief = seen.ok_or_else(|| no_draft(id))?;
        self.read(brief)
    }

    fn any(&self, held: &Held, id: &str) -> Result<(OfficeId, Draft), Fault> {
        self.read(held.drafts.get(id).ok_or_else(|| no_draft(id))?)
    }

    fn read(&self, brief: &Brief) -> Result<(OfficeId, Draft), Fault> {
        let item = self.db.reader()?.office_named(&brief.row)?.ok_or_else(|| no_draft(&brief.id))?;
        match read(&item.bytes)? {
            Item::Draft(draft) => Ok((brief.row, *draft)),
            Item::Matter(_) => Err(no_draft(&brief.id)),
        }
    }

    fn keep(&self, held: &mut Held, row: OfficeId, draft: &Draft) -> Result<Brief, Fault> {
        self.put(row, draft.channel, &draft.care, &Item::Draft(Box::new(draft.clone())))?;
        let brief = Brief::of(draft, row);
        held.drafts.insert(draft.id.clone(), brief.clone());
        Ok(brief)
    }

    /// Keeps a row. How long counts from the last change: whoever only looks keeps nothing longer.
    fn put(&self, row: OfficeId, channel: ChannelId, care: &Care, item: &Item) -> Result<(), Fault> {
        let item = Self::item(row, channel, care, item)?;
        Ok(self.db.store().put_offices(&[item], &mut crate::entropy())?)
    }

    fn item(row: OfficeId, channel: ChannelId, care: &Care, item: &Item) -> Result<OfficeItem, Fault> {
        let internal = |error: serde_json::Error| Fault::new(Code::Internal, error.to_string());
        let mut bytes = Zeroizing::new(serde_json::to_vec(item).map_err(internal)?);
        sealed::lengthen(&mut bytes, limits::OFFICE_ROW_BYTES, 0);
        let changed = Date::from_unix_ms(care.changed_ms).unwrap_or_else(clock::today);
        let period = Period::of_day(changed.plus_days(limits::DRAFT_KEPT_DAYS));
        Ok(OfficeItem { id: row, channel, period, bytes })
    }

    /// What became of a draft whose end a crash cut off.
    fn sent_before(&self, draft: &Draft) -> Result<Option<SentAs>, Fault> {
        let Some(handed) = &draft.handed else { return Ok(None) };
        Ok(self.sending.taken_before((draft.channel, handed.lane), &key(handed))?.map(sent_as))
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the work of an office needs.
pub(crate) struct Parts {
    pub(crate) db: Arc<Db>,
    pub(crate) reading: Arc<Reading>,
    pub(crate) channels: Arc<Channels>,
    pub(crate) people: Arc<People>,
    pub(crate) drafting: Arc<Drafting>,
    pub(crate) sending: Arc<Sending>,
}

fn person(caller: &Caller) -> Result<&str, Fault> {
    caller.person().ok_or_else(|| {
        let message = say!("drafts-of-people");
        Fault::new(Code::Forbidden, message)
    })
}

fn new_row() -> OfficeId {
    let mut row = OfficeId::default();
    crate::entropy().fill(&mut row);
    row
}

/// The year that it is.
fn year() -> u32 {
    let today = clock::today().to_string();
    today.split('-').next().and_then(|year| year.parse().ok()).unwrap_or_default()
}

fn no_draft(id: &str) -> Fault {
    Fault::not_found(say!("no-such-draft", id = %format!("{id:?}")))
}

/// A draft as it is prepared: under its own name.
fn named(draft: &Draft) -> ToPrepare {
    ToPrepare { name: Some(draft.name()), ..draft.what.clone() }
}

/// The key under which a draft is sent once. It holds a character that no caller's key may.
fn key(handed: &Handed) -> String {
    format!("\u{1}draft/{}", hex::encode(handed.digest))
}

/// The line of a submission.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    channel: ChannelId,
    lane: protocol::origin::Lane,
    header: &'a RawValue,
    body: &'a str,
    approvals: Vec<&'a Approval>,
}

fn line(draft: &Draft, handed: &Handed) -> Result<Vec<u8>, Fault> {
    let internal = |error: serde_json::Error| Fault::new(Code::Internal, error.to_string());
    let header = serde_json::from_str(&handed.header).map_err(internal)?;
    let approvals = handed.given.iter().map(|given| &given.approval).collect();
    let (channel, lane) = (draft.channel, handed.lane);
    serde_json::to_vec(&Line { id: &draft.id, channel, lane, header, body: &handed.body, approvals }).map_err(internal)
}

fn sent_as(taken: Taken) -> SentAs {
    match taken {
        Taken::Placed { position, .. } => SentAs::Recorded(RecordRef::from(&position)),
        Taken::Waits => SentAs::Waiting,
    }
}

fn read(bytes: &[u8]) -> Result<Item, StoreError> {
    serde_json::from_slice(bytes)
        .map_err(|error| StoreError::Damaged { place: "an office's work".into(), reason: error.to_string() })
}
