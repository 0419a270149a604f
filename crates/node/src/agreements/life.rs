//! Where an agreement stands in its life, and what its parties can do next.

use std::collections::BTreeMap;

use protocol::{
    agreement::{Agreement, Bundle},
    channel::{Channel, Env, life::VersionRefused},
    commit::Period,
    date::Date,
    id::{AgencyId, ChannelId, Hash, hash_hex},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Reader;
use texts::{Message, say};

use super::{Agreements, AgreementsError, Held, has_signed, held, list};
use crate::{
    audit::By,
    callers::Caller,
    channel::ChannelHandle,
    clock,
    db::{Db, SUITE},
    fault, words,
    work::blocking,
};

/// Where a version of an agreement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AgreementState")]
pub enum State {
    /// Nobody has signed it.
    Drafted,
    /// Some parties have signed it.
    TextAgreed,
    /// All have signed it, and it is not in force yet.
    Signed,
    /// All have signed it, and it can't take effect in its channel.
    Refused,
    /// Records may be sent under it.
    InForce,
    /// It is in force, and a party has suspended.
    Suspended,
    /// Another version has taken its place.
    Amended,
    /// A version that differs in its dates only has taken its place.
    Renewed,
    /// A party has ended it; what was under way may still arrive.
    Terminated,
    /// Its last day is over; what was under way may still arrive.
    Expired,
    /// Nothing crosses any more but the protocol's own records. Duties of confidence and erasure remain.
    Residual,
}

/// A version of an agreement in its life.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Life {
    /// Which version.
    #[serde(with = "hash_hex")]
    #[schemars(with = "words::Id")]
    pub agreement: Hash,
    /// Counts from 1.
    pub version: u32,
    /// Its channel, once the first version is signed by all.
    #[schemars(with = "Option<words::Id>")]
    pub channel: Option<ChannelId>,
    /// The version in force in the channel.
    #[serde(default, with = "protocol::encoding::optional_hash")]
    #[schemars(with = "Option<words::Id>")]
    pub in_force: Option<Hash>,
    /// Where it stands.
    pub state: State,
    /// Why it can't take effect, if it can't.
    #[schemars(with = "Option<words::VersionRefused>")]
    pub refused: Option<VersionRefused>,
    /// The first day on which records may be sent.
    #[schemars(with = "words::Day")]
    pub valid_from: Date,
    /// The last day on which records may be sent: that of the text, or an earlier one that a party has set.
    #[schemars(with = "words::Day")]
    pub last_day: Date,
    /// Days until then, today included; 0 when it is over.
    pub days_left: u32,
    /// The last day on which delayed records are taken.
    #[schemars(with = "words::Day")]
    pub late_until: Date,
    /// The last month for which content is kept here (`YYYY-MM`), if any is.
    pub content_until: Option<String>,
    /// The parties.
    pub parties: Vec<PartyLife>,
    /// What can or must be done next, in plain words.
    pub next: Vec<String>,
    /// The text that was signed.
    #[schemars(with = "words::Agreement")]
    pub agreement_json: Agreement,
}

impl Life {
    /// Where it stands, in words.
    pub fn in_words(&self) -> Message {
        match self.state {
            State::Drafted => say!("agreement-drafted"),
            State::TextAgreed => say!("agreement-text-agreed"),
            State::Signed => say!("agreement-signed"),
            State::Refused => match self.refused {
                Some(why) => say!("agreement-refused-because", why = %why),
                None => say!("agreement-refused"),
            },
            State::InForce => say!("agreement-in-force", days = self.days_left),
            State::Suspended => say!("agreement-suspended", days = self.days_left),
            State::Amended => say!("agreement-amended"),
            State::Renewed => say!("agreement-renewed"),
            State::Terminated => say!("agreement-terminated", until = %self.late_until),
            State::Expired => say!("agreement-expired", until = %self.late_until),
            State::Residual => say!("agreement-residual"),
        }
    }
}

/// A party in an agreement's life.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PartyLife {
    /// Which agency.
    #[schemars(with = "words::Id")]
    pub agency: AgencyId,
    /// Its label in the agreement.
    pub label: String,
    /// Whether it has signed this version.
    pub signed: bool,
    /// Since when it has suspended, milliseconds since 1970.
    pub suspended_since_ms: Option<u64>,
    /// The last day that it has set by ending the agreement.
    #[schemars(with = "Option<words::Day>")]
    pub ended_on: Option<Date>,
    /// Its logs, and which version governs from where on.
    pub logs: Vec<LogLife>,
}

/// The versions of one log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LogLife {
    /// `<agency>/<epoch>/<lane>`.
    pub log: String,
    /// How many entries are held here.
    pub size: u64,
    /// In their order.
    pub versions: Vec<Governs>,
}

/// A version in a log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Governs {
    /// Which version.
    #[serde(with = "hash_hex")]
    #[schemars(with = "words::Id")]
    pub agreement: Hash,
    /// Its number, if it is accepted here.
    pub version: Option<u32>,
    /// The first entry that it governs.
    pub from: u64,
    /// Why it was refused, if it was.
    #[schemars(with = "Option<words::VersionRefused>")]
    pub refused: Option<VersionRefused>,
}

/// Where a version stands now.
pub fn show(room: &Agreements, hash: &Hash) -> Result<Life, AgreementsError> {
    let reader = room.db.reader()?;
    let bundle = held(&reader, hash)?;
    let handle = channel_of(&reader, hash, &bundle)?.and_then(|id| room.channels.get(&id));
    let channel = handle.map(|handle| handle.value());
    let agreement = bundle.agreement();
    let today = clock::today();
    let last_day = channel.as_ref().map_or(agreement.valid_until, |channel| channel.last_day(agreement));
    let (state, refused) = state(channel.as_deref(), hash, &bundle, today);
    let mut life = Life {
        agreement: *hash,
        version: agreement.version,
        channel: channel.as_ref().map(|channel| channel.id()),
        in_force: channel.as_ref().map(|channel| channel.in_force()),
        state,
        refused,
        valid_from: agreement.valid_from,
        last_day,
        days_left: last_day.days_since(today).map_or(0, |days| days.saturating_add(1)),
        late_until: last_day.plus_days(agreement.late_days),
        content_until: content_until(&room.db, channel.as_deref())?,
        parties: parties(channel.as_deref(), &bundle),
        next: Vec::new(),
        agreement_json: agreement.clone(),
    };
    life.next = next(&room.db.me, &life).iter().map(Message::to_string).collect();
    Ok(life)
}

/// Every version that is held of the same agreement, drafts of a next one included, the first one first.
///
/// # Errors
/// The store can't be read.
pub fn versions(room: &Agreements, hash: &Hash) -> Result<Vec<Held>, AgreementsError> {
    let held = list(room)?;
    let before: BTreeMap<Hash, Option<Hash>> =
        held.iter().map(|one| (one.progress.agreement, one.agreement.previous)).collect();
    let first_of = |hash: Hash| {
        let mut first = hash;
        while let Some(Some(previous)) = before.get(&first) {
            first = *previous;
        }
        first
    };
    let first = first_of(*hash);
    let mut versions: Vec<Held> = held.into_iter().filter(|one| first_of(one.progress.agreement) == first).collect();
    versions.sort_by_key(|one| (one.agreement.version, one.progress.agreement));
    Ok(versions)
}

/// What one party does alone about an agreement at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnAct {
    /// Neither sends nor takes records from now on.
    Suspend,
    /// Ends its own suspension.
    Resume,
    /// Ends the agreement after this last day, where it allows that.
    Terminate(Date),
}

/// Carries out such an act by an own entry, as soon as the channel may sign, and says where the version in force stands then.
///
/// # Errors
/// It is so already, the agreement does not allow it, or the channel may not sign in time.
pub async fn act(
    room: &Agreements,
    caller: &Caller,
    handle: &ChannelHandle,
    act: OwnAct,
) -> Result<Life, fault::Fault> {
    let step = move |channel: &Channel, env: &mut Env<'_>| match act {
        OwnAct::Suspend => channel.suspend(env),
        OwnAct::Resume => channel.resume(env),
        OwnAct::Terminate(last_day) => channel.terminate(env, last_day),
    };
    handle.acting(By::caller(caller)).act_soon(step).await?;
    let (room, hash) = (room.clone(), handle.value().in_force());
    tracing::info!(channel = %handle.id(), ?act, "an own act about the agreement is recorded");
    blocking(move || show(&room, &hash)).await
}

/// The channel of an agreement: that of its first version.
pub fn channel_of(reader: &Reader, hash: &Hash, bundle: &Bundle) -> Result<Option<ChannelId>, AgreementsError> {
    let (mut first, mut previous) = (*hash, bundle.agreement().previous);
    while let Some(before) = previous {
        let Some(bytes) = reader.agreement(&before)? else { return Ok(None) };
        (first, previous) = (before, Bundle::parse(&bytes)?.agreement().previous);
    }
    Ok(Some(ChannelId::new(first)))
}

fn state(channel: Option<&Channel>, hash: &Hash, bundle: &Bundle, today: Date) -> (State, Option<VersionRefused>) {
    let agreement = bundle.agreement();
    if !bundle.missing().is_empty() {
        let nobody = bundle.signatures().next().is_none();
        return (if nobody { State::Drafted } else { State::TextAgreed }, None);
    }
    let Some(channel) = channel else { return (State::Signed, None) };
    let chain: Vec<_> = channel.chain().collect();
    let Some(place) = chain.iter().position(|(accepted, _)| accepted == hash) else {
        return match channel.check_version(SUITE, bundle) {
            Ok(()) | Err(VersionRefused::NotASuccessor) => (State::Signed, None),
            Err(why) => (State::Refused, Some(why)),
        };
    };
    if let Some((_, successor)) = chain.get(place + 1) {
        let renewed = Agreement {
            version: successor.agreement.version,
            previous: successor.agreement.previous,
            valid_from: successor.agreement.valid_from,
            valid_until: successor.agreement.valid_until,
            ..agreement.clone()
        };
        return (if renewed == successor.agreement { State::Renewed } else { State::Amended }, None);
    }
    let last_day = channel.last_day(agreement);
    let state = if today < agreement.valid_from {
        State::Signed
    } else if today <= last_day {
        if channel.suspensions().is_empty() { State::InForce } else { State::Suspended }
    } else if today > last_day.plus_days(agreement.late_days) {
        State::Residual
    } else if last_day < agreement.valid_until {
        State::Terminated
    } else {
        State::Expired
    };
    (state, None)
}

fn parties(channel: Option<&Channel>, bundle: &Bundle) -> Vec<PartyLife> {
    let party = |party: &protocol::agreement::Party| {
        let logs = channel.into_iter().flat_map(Channel::logs).filter(|(origin, _)| origin.agency == party.agency);
        PartyLife {
            agency: party.agency,
            label: party.label.clone(),
            signed: has_signed(bundle, &party.agency),
            suspended_since_ms: channel.and_then(|channel| Some(channel.suspensions().get(&party.agency)?.since)),
            ended_on: channel.and_then(|channel| Some(channel.endings().get(&party.agency)?.last_day)),
            logs: logs
                .map(|(origin, log)| LogLife {
                    log: origin.short(),
                    size: log.size(),
                    versions: channel.map_or_else(Vec::new, |channel| governs(channel, log)),
                })
                .collect(),
        }
    };
    bundle.agreement().parties.iter().map(party).collect()
}

fn governs(channel: &Channel, log: &protocol::channel::Log) -> Vec<Governs> {
    let number = |hash: &Hash| channel.version(hash).map(|version| version.agreement.version);
    let first = *channel.id().bytes();
    let first = Governs { agreement: first, version: number(&first), from: 0, refused: None };
    let later = log.activations().iter().map(|activation| Governs {
        agreement: activation.agreement,
        version: number(&activation.agreement),
        from: activation.index.saturating_add(1),
        refused: activation.refused,
    });
    std::iter::once(first).chain(later).collect()
}

/// The last month whose content is kept here.
fn content_until(db: &Db, channel: Option<&Channel>) -> Result<Option<String>, AgreementsError> {
    let Some(channel) = channel else { return Ok(None) };
    let periods = db.keys.periods()?;
    let kept = periods.into_iter().filter(|(id, period)| *id == channel.id() && *period != Period::CHANNEL);
    Ok(kept.map(|(_, period)| period).max().map(|period| period.to_string()))
}

/// What can or must be done next.
pub fn next(me: &AgencyId, life: &Life) -> Vec<Message> {
    let Life { state, last_day, late_until, days_left, .. } = life;
    match state {
        State::Drafted => vec![say!("next-drafted")],
        State::TextAgreed => {
            let missing: Vec<&PartyLife> = life.parties.iter().filter(|party| !party.signed).collect();
            let own = missing.iter().any(|party| party.agency == *me).then(|| say!("next-sign-and-offer"));
            let labels: Vec<&str> = missing.iter().map(|party| party.label.as_str()).collect();
            own.into_iter().chain([say!("next-signatures-missing", labels = %labels.join(", "))]).collect()
        }
        State::Signed if life.channel.is_none() => vec![say!("next-import")],
        State::Signed => vec![say!("next-takes-effect", day = %life.valid_from)],
        State::Refused => vec![say!("next-refused")],
        State::InForce if *days_left <= 60 => vec![say!("next-ends-soon", day = %last_day, days = *days_left)],
        State::InForce => vec![say!("next-in-force", day = %last_day)],
        State::Suspended => {
            let suspended = life.parties.iter().filter(|party| party.suspended_since_ms.is_some());
            let step = |party: &PartyLife| match party.agency == *me {
                true => say!("next-resume"),
                false => say!("next-suspended-by", label = %party.label),
            };
            suspended.map(step).collect()
        }
        State::Amended | State::Renewed => vec![say!("next-another-governs")],
        State::Terminated | State::Expired => vec![say!("next-late", day = %late_until), say!("next-renew")],
        State::Residual => vec![match &life.content_until {
            Some(month) => say!("next-residual", month = %month),
            None => say!("next-nothing-kept"),
        }],
    }
}
