//! Where an agreement stands in its life, and what its parties can do next.

use protocol::{
    agreement::{Agreement, Bundle},
    channel::{Channel, life::VersionRefused},
    commit::Period,
    date::Date,
    id::{AgencyId, ChannelId, Hash, hash_hex},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Reader;
use texts::{Message, say};

use super::{Agreements, AgreementsError, has_signed, held};
use crate::{
    clock,
    db::{Db, SUITE},
    words,
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
    life.next = next(&room.db, &life);
    Ok(life)
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

fn next(db: &Db, life: &Life) -> Vec<String> {
    let Life { state, last_day, late_until, days_left, .. } = life;
    let suspended: Vec<&PartyLife> = life.parties.iter().filter(|party| party.suspended_since_ms.is_some()).collect();
    match state {
        State::Drafted => vec!["Read the text, then sign it. Nobody has signed it yet.".into()],
        State::TextAgreed => {
            let missing: Vec<&PartyLife> = life.parties.iter().filter(|party| !party.signed).collect();
            let own = missing.iter().any(|party| party.agency == db.me);
            let labels: Vec<&str> = missing.iter().map(|party| party.label.as_str()).collect();
            let wait = format!(
                "Signatures of {} are missing. Offer it to all parties again if it was lost.",
                labels.join(", ")
            );
            if own { vec!["Read the text, then sign and offer it.".into(), wait] } else { vec![wait] }
        }
        State::Signed if life.channel.is_none() => vec!["Import the versions before it.".into()],
        State::Signed => vec![format!(
            "It takes effect by itself on {} or when the version before it is in force and the partners have shown their \
             logs after a start.",
            life.valid_from
        )],
        State::Refused => vec!["Draft another amendment of the version that is in force.".into()],
        State::InForce if *days_left <= 60 => {
            vec![format!("It ends on {last_day}, in {days_left} days. To go on, draft a renewal that all sign.")]
        }
        State::InForce => {
            vec![format!("Records may be sent until {last_day}. Amend, renew or suspend it at any time.")]
        }
        State::Suspended => suspended
            .iter()
            .map(|party| match party.agency == db.me {
                true => {
                    "This agency has suspended: resume to send and take records again. Erasure works meanwhile.".into()
                }
                false => format!("{} has suspended, and only it can resume. Erasure works meanwhile.", party.label),
            })
            .collect(),
        State::Amended | State::Renewed => {
            vec!["Another version governs. This one governs the records written under it.".into()]
        }
        State::Terminated | State::Expired => vec![
            format!("No records may be sent. What was under way is taken until {late_until}."),
            "Erasure works as before. To go on, draft a renewal that all sign.".into(),
        ],
        State::Residual => vec![match &life.content_until {
            Some(month) => {
                format!("No records cross. Content is kept until the end of {month} at the latest; erasure works.")
            }
            None => "No records cross, and no content is kept. Proofs remain.".into(),
        }],
    }
}
