//! What may be done about an agreement: a page says what follows, and then it is done.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use doors::problem::Failed;
use node::{
    agreements::{
        self, Offered,
        life::{self, Life, OwnAct},
    },
    callers::{Caller, Scope, sessions::Session},
    clock,
    fault::{Code, Fault},
    node::Node,
    work::blocking,
};
use protocol::{date::Date, id::AgencyId};
use texts::{Message, say};

use super::{channel_of, life_of, made, named, path, version};
use crate::{
    form::Said,
    page::{Shown, Then, page},
    pages::passkeys::{check_confirmed, to_confirm},
    party::in_language,
    ui::Ui,
};

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Signs for the agency.
    Sign,
    /// Hands it to the other parties.
    Offer,
    /// Drafts the same text with other dates.
    Renew,
    /// Stops the exchange.
    Suspend,
    /// Ends an own suspension.
    Resume,
    /// Ends the agreement alone.
    Terminate,
    /// Forgets what this agency has not signed.
    Discard,
}

impl Act {
    /// All, in the order in which they are offered.
    pub const ALL: &[Self] =
        &[Self::Sign, Self::Offer, Self::Renew, Self::Suspend, Self::Resume, Self::Terminate, Self::Discard];

    /// How addresses and the command line name it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Offer => "offer",
            Self::Renew => "renew",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Terminate => "terminate",
            Self::Discard => "discard",
        }
    }

    /// What its button says.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sign => "sign-agreement",
            Self::Offer => "offer-agreement",
            Self::Renew => "renew-agreement",
            Self::Suspend => "suspend-agreement",
            Self::Resume => "resume-agreement",
            Self::Terminate => "terminate-agreement",
            Self::Discard => "discard-agreement",
        }
    }

    /// What follows from it, in words.
    const fn follows(self) -> &'static str {
        match self {
            Self::Sign => "follows-sign",
            Self::Offer => "follows-offer",
            Self::Renew => "follows-renew",
            Self::Suspend => "follows-suspend",
            Self::Resume => "follows-resume",
            Self::Terminate => "follows-terminate",
            Self::Discard => "follows-discard",
        }
    }

    /// The icon beside it.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Sign | Self::Renew => "pencil",
            Self::Offer => "send",
            Self::Suspend => "lock",
            Self::Resume => "circle-check",
            Self::Terminate | Self::Discard => "circle-x",
        }
    }

    /// Whether something stops or is lost.
    pub const fn is_grave(self) -> bool {
        matches!(self, Self::Suspend | Self::Terminate | Self::Discard)
    }

    /// What one must be allowed for it, as by the API.
    pub const fn scope(self) -> Scope {
        match self {
            Self::Sign | Self::Suspend | Self::Resume | Self::Terminate => Scope::AgreementsSign,
            Self::Offer | Self::Renew | Self::Discard => Scope::AgreementsDraft,
        }
    }

    /// Whether the passkey is asked for again: the agency binds itself, or its exchange stops or goes on.
    const fn needs_passkey(self) -> bool {
        matches!(self.scope(), Scope::AgreementsSign)
    }

    /// Whether it can be done where the agreement stands now.
    pub fn is_possible(self, me: &AgencyId, life: &Life) -> bool {
        let Some(own) = life.parties.iter().find(|party| party.agency == *me) else { return false };
        let governs = life.channel.is_some() && life.in_force == Some(life.agreement);
        match self {
            Self::Sign | Self::Discard => !own.signed,
            Self::Offer => own.signed && life.parties.iter().any(|party| !party.signed),
            Self::Renew => governs,
            Self::Suspend => governs && own.suspended_since_ms.is_none() && life.days_left > 0,
            Self::Resume => governs && own.suspended_since_ms.is_some(),
            Self::Terminate => governs && life.days_left > 0 && life.agreement_json.termination_notice_days.is_some(),
        }
    }

    /// The same on the command line.
    fn command(self, life: &Life) -> String {
        let beginning = |id: String| id.chars().take(8).collect::<String>();
        let agreement = beginning(hex::encode(life.agreement));
        let channel = life.channel.map(|channel| beginning(channel.to_string())).unwrap_or_default();
        let word = self.word();
        match self {
            Self::Sign | Self::Offer | Self::Discard => format!("mithaq agreement {word} DIR {agreement}"),
            Self::Suspend | Self::Resume => format!("mithaq agreement {word} DIR {channel}"),
            Self::Renew => format!("mithaq agreement {word} DIR {channel} --until YYYY-MM-DD"),
            Self::Terminate => format!("mithaq agreement {word} DIR {channel} --last-day YYYY-MM-DD"),
        }
    }
}

/// What follows from an act, before it is done.
#[derive(Template)]
#[template(path = "agreement_act.html")]
pub struct Ask {
    ui: Ui,
    act: Act,
    back: String,
    action: String,
    title: String,
    version: String,
    state: String,
    follows: String,
    /// The first day that may be said, and one that is proposed.
    day: Option<(String, String)>,
    seen: String,
    /// Where the passkey is shown first, if it was not shown just now.
    confirm: Option<String>,
    command: String,
}

page!(Ask);

/// Says what follows.
pub async fn ask(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    ui: Ui,
    Path((hash, word)): Path<(String, String)>,
) -> Result<Shown<Ask>, Failed> {
    let act = Act::ALL.iter().copied().find(|act| act.word() == word).ok_or_else(doors::problem::no_such_page)?;
    caller.check(act.scope())?;
    let life = life_of(&node, named(&hash)?).await?;
    check_possible(act, &node, &life)?;
    let (back, title) = (path(&life.agreement), in_language(&life.agreement_json.title, ui.language));
    Ok(Shown::plain(Ask {
        action: format!("{back}/{word}"),
        back,
        title,
        version: version(&ui, life.version),
        state: ui.m(&life.in_words()),
        follows: ui.t(act.follows()),
        day: day(act, &life),
        seen: seen(&life),
        confirm: act.needs_passkey().then(|| to_confirm(&session, &ui.here)).flatten(),
        command: act.command(&life),
        act,
        ui,
    }))
}

/// The first day that an act may name, and one that is proposed.
fn day(act: Act, life: &Life) -> Option<(String, String)> {
    let (today, days) = (clock::today(), life.agreement_json.termination_notice_days.unwrap_or_default());
    let (first, proposed) = match act {
        Act::Terminate => (today.plus_days(days), today.plus_days(days)),
        Act::Renew => (today, life.agreement_json.valid_until.plus_days(365)),
        _ => return None,
    };
    Some((first.to_string(), proposed.to_string()))
}

/// What of an agreement's standing an act was decided on.
fn seen(life: &Life) -> String {
    let in_force = life.in_force.map(hex::encode).unwrap_or_default();
    let suspended: Vec<&str> = life
        .parties
        .iter()
        .filter(|party| party.suspended_since_ms.is_some())
        .map(|party| party.label.as_str())
        .collect();
    format!("{:?} {in_force} {}", life.state, suspended.join(","))
}

fn check_possible(act: Act, node: &Node, life: &Life) -> Result<(), Fault> {
    match act.is_possible(&node.me, life) {
        true => Ok(()),
        false => Err(Fault::new(Code::Conflict, say!("act-not-now", state = life.in_words()))),
    }
}

/// What an act's form was about, if it still stands as it was seen, and the passkey was shown where that is asked.
async fn decided(act: Act, node: &Node, session: &Session, hash: &str, said: &Said) -> Result<Life, Fault> {
    if act.needs_passkey() {
        check_confirmed(session)?;
    }
    let life = life_of(node, named(hash)?).await?;
    if said.one("seen") != seen(&life) {
        return Err(Fault::new(Code::Conflict, say!("agreement-moved-since", state = life.in_words())));
    }
    check_possible(act, node, &life)?;
    Ok(life)
}

/// Signs for the agency.
pub async fn sign(
    State(node): State<Node>,
    Extension(session): Extension<Session>,
    Path(hash): Path<String>,
    said: Said,
) -> Result<Then, Failed> {
    let life = decided(Act::Sign, &node, &session, &hash, &said).await?;
    blocking(move || agreements::sign(&node.agreements, &life.agreement)).await?;
    Ok(Then::to(path(&life.agreement)))
}

/// Parties that a bundle did not reach.
#[derive(Template)]
#[template(path = "agreement_offered.html")]
pub struct NotReached {
    ui: Ui,
    back: String,
    reached: Vec<String>,
    failed: Vec<(String, String)>,
}

page!(NotReached);

/// Hands it to the other parties. Whom it did not reach is said on a page of its own.
pub async fn offer(
    State(node): State<Node>,
    Extension(session): Extension<Session>,
    ui: Ui,
    Path(hash): Path<String>,
    said: Said,
) -> Result<Response, Failed> {
    let life = decided(Act::Offer, &node, &session, &hash, &said).await?;
    let Offered { reached, failed, .. } = agreements::offer(&node.agreements, &life.agreement).await?;
    let back = path(&life.agreement);
    if failed.is_empty() {
        return Ok(Then::to(back).into_response());
    }
    let label = |agency: &AgencyId| {
        let party = life.agreement_json.party(agency);
        party.map_or_else(|| agency.to_string(), |party| party.label.clone())
    };
    let reached = reached.iter().map(label).collect();
    let failed = failed.iter().map(|(agency, why)| (label(agency), why.clone())).collect();
    Ok(Shown::plain(NotReached { ui, back, reached, failed }).into_response())
}

/// Forgets it.
pub async fn discard(
    State(node): State<Node>,
    Extension(session): Extension<Session>,
    Path(hash): Path<String>,
    said: Said,
) -> Result<Then, Failed> {
    let life = decided(Act::Discard, &node, &session, &hash, &said).await?;
    blocking(move || agreements::discard(&node.agreements, &life.agreement)).await?;
    Ok(Then::to("/agreements"))
}

/// Drafts the same text with other dates, and shows the draft.
pub async fn renew(
    State(node): State<Node>,
    Extension(session): Extension<Session>,
    Path(hash): Path<String>,
    said: Said,
) -> Result<Then, Failed> {
    let life = decided(Act::Renew, &node, &session, &hash, &said).await?;
    let until = said_day(&said)?;
    let handle = channel_of(&node, &life).ok_or_else(|| Fault::not_found(say!("channel-not-open")))?;
    let drafted = blocking(move || agreements::renew(&node.agreements, &handle.value(), None, until)).await?;
    Ok(made(&drafted.agreement))
}

/// Stops the exchange.
pub async fn suspend(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    Path(hash): Path<String>,
    said: Said,
) -> Result<Then, Failed> {
    let life = decided(Act::Suspend, &node, &session, &hash, &said).await?;
    own(&node, &caller, &life, OwnAct::Suspend).await
}

/// Ends an own suspension.
pub async fn resume(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    Path(hash): Path<String>,
    said: Said,
) -> Result<Then, Failed> {
    let life = decided(Act::Resume, &node, &session, &hash, &said).await?;
    own(&node, &caller, &life, OwnAct::Resume).await
}

/// Ends the agreement alone.
pub async fn terminate(
    State(node): State<Node>,
    Extension(caller): Extension<Caller>,
    Extension(session): Extension<Session>,
    Path(hash): Path<String>,
    said: Said,
) -> Result<Then, Failed> {
    let life = decided(Act::Terminate, &node, &session, &hash, &said).await?;
    let last_day = said_day(&said)?;
    own(&node, &caller, &life, OwnAct::Terminate(last_day)).await
}

async fn own(node: &Node, caller: &Caller, life: &Life, act: OwnAct) -> Result<Then, Failed> {
    let handle = channel_of(node, life).ok_or_else(|| Fault::not_found(say!("channel-not-open")))?;
    let after = life::act(&node.agreements, caller, &handle, act).await?;
    Ok(Then::to(path(&after.agreement)))
}

fn said_day(said: &Said) -> Result<Date, Fault> {
    let wrong = || Fault::usage(Message::new("must-day")).in_field("day");
    said.some("day").and_then(|day| day.parse().ok()).ok_or_else(wrong)
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::samples::sample;

    impl crate::samples::Sample for Act {
        fn sample(_: crate::samples::Of) -> Self {
            Self::Suspend
        }
    }
    sample!(Ask { ui, act, back, action, title, version, state, follows, day, seen, confirm, command });
    sample!(NotReached { ui, back, reached, failed });
}
