//! `mithaq statement`: how all threads stand by the own account and by the partners'.

use clap::Subcommand;
use node::reading::statements::{Found, StatementShown, Statements};
use protocol::{
    id::ChannelId,
    origin::Lane,
    statement::{Duty, Ground, ThreadKey, Verdict},
};
use texts::say;

use super::{agreement::find_channel, short, time_to_the_second as time, word};
use crate::{
    api::{self, Answer, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
    reference::{Named, Reference, shortly},
};

#[derive(Subcommand)]
pub enum Command {
    /// State now how all threads of a channel stand and what awaits the others; they answer by themselves.
    #[command(after_help = "Example: mithaq statement make node-a 3f --wait 10\n\n\
                            A node also makes one by itself each day (UTC).")]
    Make(Make),
    /// List the newest statements of all parties, with what was answered.
    #[command(after_help = "Example: mithaq statement list node-a 3f")]
    List(List),
    /// Show one statement: what it says awaits others, the answers, and the threads that differ.
    #[command(after_help = "Example: mithaq statement show node-a 3f…/9c…/1/main/12")]
    Show(Show),
}

#[derive(clap::Args)]
pub struct Make {
    #[command(flatten)]
    node: NodeArgs,
    /// The channel: its id or the beginning of it.
    channel: String,
    /// Wait so many seconds, at most 60, until every other party has answered.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,
}

#[derive(clap::Args)]
pub struct List {
    #[command(flatten)]
    node: NodeArgs,
    /// The channel: its id or the beginning of it.
    channel: String,
    /// Rows, at most 200.
    #[arg(long)]
    limit: Option<u32>,
}

#[derive(clap::Args)]
pub struct Show {
    #[command(flatten)]
    node: NodeArgs,
    /// CHANNEL/AGENCY/EPOCH/LANE/INDEX: of ids the first digits are enough, and labels do.
    statement: Named,
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::Make(make) => {
            let api = Api::of(&make.node).await?;
            let channel = find_channel(&api, &make.channel).await?;
            let wait = make.wait.to_string();
            let path = api::query(&format!("/v1/channels/{channel}/statements"), &[("wait_s", Some(&wait))]);
            let call = Call::post(&path, api::JSON, Vec::new()).waiting(None);
            show(&channel, &api.ask(call).await?, json)
        }
        Command::List(list) => {
            let api = Api::of(&list.node).await?;
            let channel = find_channel(&api, &list.channel).await?;
            let limit = list.limit.map(|limit| limit.to_string());
            let path = api::query(&format!("/v1/channels/{channel}/statements"), &[("limit", limit.as_deref())]);
            api.get::<Statements>(&path).await?.tell(json, |Statements { statements }| {
                if statements.is_empty() {
                    return output::say(&say!("no-statement-yet"));
                }
                let lines = statements.iter().flat_map(|statement| lines(&channel, statement, false));
                lines.into_iter().try_for_each(|line| output::line_of(&line))
            })
        }
        Command::Show(shown) => {
            let api = Api::of(&shown.node).await?;
            let Reference(position) = shown.statement.found(&api).await?;
            let path = format!(
                "/v1/channels/{}/statements/{}/{}",
                position.origin.channel,
                position.origin.short(),
                position.index
            );
            show(&position.origin.channel, &api.get(&path).await?, json)
        }
    }
}

fn show(channel: &ChannelId, answer: &Answer<StatementShown>, json: bool) -> Result<(), Failure> {
    answer.tell(json, |statement| lines(channel, &statement, true).iter().try_for_each(|line| output::line_of(line)))
}

/// A statement in words; its awaits only when it is shown whole.
fn lines(channel: &ChannelId, statement: &StatementShown, whole: bool) -> Vec<String> {
    let whose =
        if statement.own { "our statement".into() } else { format!("statement of {}", short(&statement.party)) };
    let mut lines = vec![format!(
        "{}  {whose} {}{}",
        time(statement.time_ms),
        shortly(channel, &statement.r#ref.log, statement.r#ref.index),
        statement
            .threads
            .zip(statement.awaiting)
            .map(|(threads, awaiting)| format!(": {threads} threads, {awaiting} things await others"))
            .unwrap_or_default(),
    )];
    if whole {
        lines.push(format!("  hash {}", statement.hash));
        for item in &statement.awaits {
            let by = item.by_ms.map_or_else(|| "no time limit".to_owned(), |by| format!("by {}", time(by)));
            let (what, thread) =
                (duty(item.what.as_ref()), thread(&ThreadKey { thread: item.thread, lane: item.lane }));
            lines.push(format!("  {} owes {what} in thread {thread}, {by}", short(&item.from)));
        }
    }
    for answer in &statement.answers {
        let verdict = match answer.verdict {
            Verdict::Agrees => "all threads stand the same there",
            Verdict::Differs => "ALARM: threads stand otherwise there",
            Verdict::Undetermined => "it never held all of this, and can't say",
        };
        lines.push(format!("  {} answered at {}: {verdict}", short(&answer.party), time(answer.time_ms)));
        for item in &answer.contested {
            let thread = thread(&ThreadKey { thread: item.thread, lane: item.lane });
            lines.push(format!(
                "    it contests that it owes {} in thread {thread}: {}",
                duty(item.what.as_ref()),
                ground(item.ground)
            ));
        }
    }
    lines.extend(statement.unanswered.iter().map(|party| format!("  {} has not answered", short(party))));
    for Found { party, differing } in &statement.differences {
        let party = short(party);
        match differing {
            None => lines.push(format!("  which threads differ from those of {party} is being found out")),
            Some(differing) => {
                let differs = |key| format!("  thread {} differs from that of {party}", thread(key));
                lines.extend(differing.threads.iter().map(differs));
                if !differing.complete {
                    lines.push("  and there are more".into());
                }
            }
        }
    }
    lines
}

fn thread(key: &ThreadKey) -> String {
    match key.lane {
        Lane::Main => key.thread.to_string(),
        Lane::Urgent => format!("{} (urgent)", key.thread),
    }
}

fn duty(duty: Option<&Duty>) -> String {
    duty.map_or_else(|| "the next step".to_owned(), word)
}

const fn ground(ground: Ground) -> &'static str {
    match ground {
        Ground::NotKnown => "it knows no such thread",
        Ground::NotDue => "by its threads it did not owe this",
        Ground::OtherTime => "it owed this by another time",
        Ground::DoneSince => "it has done it since, in a record that was not here yet",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_statement_is_told_in_words() {
        let (a, b, c, thread) = ("a".repeat(64), "b".repeat(64), "c".repeat(64), "0".repeat(32));
        let channel = ChannelId::new([0x11; 32]);
        let statement: StatementShown = serde_json::from_value(json!({
            "ref": {"log": "aa/1/main", "index": 9}, "party": a, "own": true, "time_ms": 1_800_000_000_000_i64,
            "cut": [], "threads": 2, "hash": "ff", "awaiting": 1, "receipted": [],
            "awaits": [{"thread": thread, "lane": "urgent", "what": "answer", "from": b, "by_ms": 1_800_000_000_000_i64}],
            "answers": [{
                "party": b, "ref": {"log": "bb/1/main", "index": 1}, "time_ms": 1_800_000_001_000_i64,
                "verdict": "differs", "hash": null, "threads": 2,
                "contested": [{"thread": thread, "lane": "urgent", "what": "answer", "ground": "done_since"}],
            }],
            "unanswered": [c],
            "differences": [{"party": b, "differing": {"threads": [{"thread": thread, "lane": "main"}], "complete": true}}],
        }))
        .unwrap();
        let told = [
            "2027-01-15T08:00:00Z  our statement 11111111/aa/1/main/9: 2 threads, 1 things await others".to_owned(),
            "  hash ff".to_owned(),
            format!("  bbbbbbbb owes answer in thread {thread} (urgent), by 2027-01-15T08:00:00Z"),
            "  bbbbbbbb answered at 2027-01-15T08:00:01Z: ALARM: threads stand otherwise there".to_owned(),
            format!(
                "    it contests that it owes answer in thread {thread} (urgent): it has done it since, in a record that \
                 was not here yet"
            ),
            "  cccccccc has not answered".to_owned(),
            format!("  thread {thread} differs from that of bbbbbbbb"),
        ];
        assert_eq!(lines(&channel, &statement, true), told);
        assert_eq!(lines(&channel, &statement, false).len(), 5);
    }
}
