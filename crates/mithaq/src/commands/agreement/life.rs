//! What parties do about an agreement after it is signed, and how it is shown.

use std::path::PathBuf;

use node::{
    agreements::life::{Life, PartyLife, State},
    answers::agreements::{Renewal, Termination},
};
use protocol::{
    agreement::{Agreement, Caps, NamedAuditor},
    date::Date,
    id::ChannelId,
    suite::AwsLc,
    tlog::auditor_id,
};

use super::find_channel;
use crate::{
    api::{Answer, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
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
    answer.tell(json, |life| lines(&life).iter().try_for_each(|line| output::line_of(line)))
}

impl InChannel {
    async fn open(&self) -> Result<(Api, ChannelId), Failure> {
        let api = Api::of(&self.node).await?;
        let channel = find_channel(&api, &self.channel).await?;
        Ok((api, channel))
    }
}

/// A version in words: what it says, where it stands, what can be done next.
pub fn lines(life: &Life) -> Vec<String> {
    let agreement = &life.agreement_json;
    let mut lines: Vec<String> =
        agreement.title.iter().map(|(language, title)| format!("{title} ({language})")).collect();
    lines.push(format!("version {}, {}", life.version, hex::encode(life.agreement)));
    lines.push(format!("state: {}", in_words(life)));
    lines.push(format!("records may be sent {} to {}", life.valid_from, life.last_day));
    for party in &life.parties {
        lines.push(format!("  {:<8} {} {}", party.label, party.agency, party_in_words(party)));
        for log in &party.logs {
            let lane = log.log.split_once('/').map_or("", |(_, lane)| lane);
            let versions: Vec<String> = log
                .versions
                .iter()
                .map(|governs| match (governs.version, governs.refused) {
                    (Some(version), _) => format!("version {version} from entry {}", governs.from),
                    (None, why) => {
                        let why = why.map_or_else(String::new, |why| format!(": {why}"));
                        format!(
                            "{} from entry {}, not accepted here{why}",
                            hex::encode(governs.agreement),
                            governs.from
                        )
                    }
                })
                .collect();
            lines.push(format!("           log {lane}, {} entries: {}", log.size, versions.join(", ")));
        }
    }
    for clause in &agreement.clauses {
        let (kinds, authors) = (clause.kinds.join(", "), clause.authors.join(", "));
        lines.push(format!("  clause {:<6} {}: {kinds} by {authors}", clause.id, clause.purpose));
        let limits: Vec<_> = clause.limits.iter().map(|(name, minutes)| format!("{name} {minutes} min")).collect();
        if !limits.is_empty() {
            lines.push(format!("                time limits: {}", limits.join(", ")));
        }
    }
    lines.extend(loads(agreement));
    for NamedAuditor { party, keys } in &agreement.auditors {
        lines.push(format!("  auditor of {party}  {}", hex::encode(auditor_id(&AwsLc, keys))));
    }
    lines.extend(life.next.iter().map(|next| format!("next: {next}")));
    lines
}

/// How much a party may send, as far as the agreement limits it.
fn loads(agreement: &Agreement) -> Option<String> {
    let Caps { records_per_day_max, bytes_per_day_max, attachment_bytes_max } = agreement.caps?;
    let limits = [
        records_per_day_max.map(|most| format!("{most} records a day")),
        bytes_per_day_max.map(|most| format!("{most} bytes a day")),
        attachment_bytes_max.map(|most| format!("{most} bytes an attachment")),
    ];
    Some(format!("each party sends at most {}", limits.into_iter().flatten().collect::<Vec<_>>().join(", ")))
}

fn in_words(life: &Life) -> String {
    let days = match life.days_left {
        1 => "1 day left".to_owned(),
        days => format!("{days} days left"),
    };
    match life.state {
        State::Drafted => "drafted, signed by nobody".into(),
        State::TextAgreed => "signed by some".into(),
        State::Signed => "signed by all, not yet in force".into(),
        State::Refused => match life.refused {
            Some(why) => format!("refused: {why}"),
            None => "refused".into(),
        },
        State::InForce => format!("in force, {days}"),
        State::Suspended => format!("suspended, {days}"),
        State::Amended => "amended by a later version".into(),
        State::Renewed => "renewed by a later version".into(),
        State::Terminated => format!("terminated; late arrivals until {}", life.late_until),
        State::Expired => format!("expired; late arrivals until {}", life.late_until),
        State::Residual => "ended; confidentiality and erasure remain".into(),
    }
}

fn party_in_words(party: &PartyLife) -> String {
    let mut words = if party.signed { "has signed" } else { "has not signed" }.to_owned();
    if let Some(since) = party.suspended_since_ms {
        let day = Date::from_unix_ms(since).map_or_else(String::new, |day| format!(" since {day}"));
        words.push_str(&format!(", suspended{day}"));
    }
    if let Some(day) = party.ended_on {
        words.push_str(&format!(", ends it on {day}"));
    }
    words
}
