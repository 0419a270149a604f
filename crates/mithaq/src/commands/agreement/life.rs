//! What parties do about an agreement after it is signed, and how it is shown.

use std::path::PathBuf;

use node::{
    agreements::life::{Governs, Life, PartyLife},
    answers::agreements::{Renewal, Termination},
};
use protocol::{
    agreement::{Agreement, Caps, Clause, NamedAuditor},
    date::Date,
    id::ChannelId,
    suite::AwsLc,
    tlog::auditor_id,
};
use texts::{Message, say};

use super::find_channel;
use crate::{
    api::{Answer, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output, said,
};

/// A channel of a node.
#[derive(clap::Args)]
pub struct InChannel {
    #[command(flatten)]
    pub node: NodeArgs,
    /// The channel: its id or the beginning of it.
    pub channel: String,
}

/// A new text for an agreement.
#[derive(clap::Args)]
pub struct Amend {
    #[command(flatten)]
    at: InChannel,
    /// The whole new text as a draft in TOML; version and predecessor are filled in.
    file: PathBuf,
}

/// New dates for an agreement.
#[derive(clap::Args)]
pub struct Renew {
    #[command(flatten)]
    at: InChannel,
    /// The new last day, YYYY-MM-DD.
    #[arg(long, value_name = "DAY")]
    until: Date,
    /// The day from which the renewal governs. Without it: as soon as all have signed.
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
}

/// An end.
#[derive(clap::Args)]
pub struct Terminate {
    #[command(flatten)]
    at: InChannel,
    /// The last day on which records may be sent, YYYY-MM-DD.
    #[arg(long, value_name = "DAY")]
    last_day: Date,
}

pub async fn amend(Amend { at, file }: Amend, json: bool) -> Result<(), Failure> {
    let text = output::read_text(&file, u64::try_from(protocol::limits::AGREEMENT_BYTES_MAX).unwrap_or(u64::MAX))?;
    let (api, channel) = at.open().await?;
    let path = format!("/v1/channels/{channel}/amend");
    let answer = api.ask(Call::post(&path, "application/toml", text)).await;
    super::print(&answer.map_err(|failure| failure.while_doing(file.display()))?, json)
}

pub async fn renew(Renew { at, until, from }: Renew, json: bool) -> Result<(), Failure> {
    let (api, channel) = at.open().await?;
    let path = format!("/v1/channels/{channel}/renew");
    let answer = api.post(&path, &Renewal { valid_until: until, valid_from: from }).await?;
    super::print(&answer, json)
}

pub async fn terminate(Terminate { at, last_day }: Terminate, json: bool) -> Result<(), Failure> {
    let (api, channel) = at.open().await?;
    let path = format!("/v1/channels/{channel}/terminate");
    show(&api.post(&path, &Termination { last_day }).await?, json)
}

/// Suspends or resumes.
pub async fn act(at: InChannel, act: &str, json: bool) -> Result<(), Failure> {
    let (api, channel) = at.open().await?;
    let path = format!("/v1/channels/{channel}/{act}");
    show(&api.act(&path).await?, json)
}

/// Shows a version: its text in short, its state, its parties, and what can be done next.
pub fn show(answer: &Answer<Life>, json: bool) -> Result<(), Failure> {
    answer.tell(json, |life| lines(&life).iter().try_for_each(|(depth, line)| output::say_at(*depth, line)))
}

impl InChannel {
    async fn open(&self) -> Result<(Api, ChannelId), Failure> {
        let api = Api::of(&self.node).await?;
        let channel = find_channel(&api, &self.channel).await?;
        Ok((api, channel))
    }
}

/// A line about an agreement, and how far it is indented.
pub type Line = (usize, Message);

/// A version in words: what it says, where it stands, what can be done next.
pub fn lines(life: &Life) -> Vec<Line> {
    let agreement = &life.agreement_json;
    let title = |(tag, title): (&String, &String)| (0, say!("agreement-title", title = %title, tag = %tag));
    let mut lines: Vec<Line> = agreement.title.iter().map(title).collect();
    let hash = hex::encode(life.agreement);
    lines.push((0, say!("agreement-version", version = %life.version, hash = %hash)));
    lines.push((0, say!("agreement-state", state = life.in_words())));
    lines.push((0, say!("agreement-between", from = %life.valid_from, until = %life.last_day)));
    for party in &life.parties {
        let stands = party_in_words(party);
        lines.push((1, say!("agreement-party", label = %party.label, agency = %party.agency, stands = stands)));
        for log in &party.logs {
            let lane = log.log.split_once('/').map_or("", |(_, lane)| lane);
            let versions: Vec<Message> = log.versions.iter().map(governs).collect();
            lines.push((2, say!("agreement-log", lane = %lane, size = log.size, versions = versions)));
        }
    }
    lines.extend(agreement.clauses.iter().flat_map(clause));
    lines.extend(loads(agreement).map(|loads| (0, say!("agreement-loads", loads = loads))));
    for NamedAuditor { party, keys } in &agreement.auditors {
        let id = hex::encode(auditor_id(&AwsLc, keys));
        lines.push((1, say!("agreement-auditor", party = %party, id = %id)));
    }
    lines.extend(life.next.iter().map(|next| (0, say!("agreement-next", next = %next))));
    lines
}

/// Which version governs a log from where on.
fn governs(Governs { agreement, version, from, refused }: &Governs) -> Message {
    let hash = hex::encode(agreement);
    match (version, refused) {
        (Some(version), _) => say!("version-from", version = %version, from = %from),
        (None, Some(why)) => say!("version-not-accepted-because", hash = %hash, from = %from, why = %why),
        (None, None) => say!("version-not-accepted", hash = %hash, from = %from),
    }
}

/// What a clause allows, to whom, on which conditions, and its text.
fn clause(clause: &Clause) -> Vec<Line> {
    let Clause { id, purpose, kinds, authors, approvals, retention_days_max, subject_categories, limits, text, .. } =
        clause;
    let (kinds, authors) = (kinds.clone(), authors.clone());
    let mut lines = vec![(1, say!("agreement-clause", id = %id, purpose = %purpose, kinds = kinds, authors = authors))];
    let roles: Vec<Message> = approvals.iter().map(|role| said::officer(*role)).collect();
    lines.push((
        2,
        match roles.is_empty() {
            true => say!("clause-no-approvals"),
            false => say!("clause-approvals", roles = roles),
        },
    ));
    let persons: Vec<Message> = subject_categories.iter().map(|persons| said::persons(*persons)).collect();
    lines.push((
        2,
        match persons.is_empty() {
            true => say!("clause-no-persons"),
            false => say!("clause-persons", persons = persons),
        },
    ));
    lines.push((2, say!("clause-retention", days = *retention_days_max)));
    let limits: Vec<Message> =
        limits.iter().map(|(name, minutes)| say!("time-limit-is", name = %name, minutes = minutes)).collect();
    if !limits.is_empty() {
        lines.push((2, say!("clause-time-limits", limits = limits)));
    }
    lines.extend(said::text(text).map(|text| (2, say!("clause-text", text = %text))));
    lines
}

/// How much a party may send, as far as the agreement limits it.
fn loads(agreement: &Agreement) -> Option<Vec<Message>> {
    let Caps { records_per_day_max, bytes_per_day_max, attachment_bytes_max } = agreement.caps?;
    let limits = [
        records_per_day_max.map(|most| say!("load-records", most = most)),
        bytes_per_day_max.map(|most| say!("load-bytes", most = most)),
        attachment_bytes_max.map(|most| say!("load-attachment", most = most)),
    ];
    Some(limits.into_iter().flatten().collect())
}

fn party_in_words(party: &PartyLife) -> Message {
    let mut stands = if party.signed { say!("party-signed") } else { say!("party-not-signed") };
    if let Some(since) = party.suspended_since_ms {
        let day = Date::from_unix_ms(since).map_or_else(String::new, |day| day.to_string());
        stands = say!("party-suspended", signed = stands, day = %day);
    }
    if let Some(day) = party.ended_on {
        stands = say!("party-ends", stands = stands, day = %day);
    }
    stands
}
