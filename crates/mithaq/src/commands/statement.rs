//! `mithaq statement`: how all threads stand by the own account and by the partners'.

use clap::Subcommand;
use node::reading::statements::{Found, StatementShown, Statements};
use protocol::{
    id::ChannelId,
    origin::Lane,
    statement::{Duty, Ground, ThreadKey, Verdict},
};
use texts::{Message, say};

use super::{agreement::find_channel, short, time_to_the_second as time, word};
use crate::{
    api::{self, Answer, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output::{self, Cell},
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
                let rows = statements.iter().map(|statement| row(&channel, statement)).collect();
                output::table(heads(), rows, &say!("no-statement-yet"))
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
    answer.tell(json, |statement| {
        lines(channel, &statement).iter().try_for_each(|(depth, line)| output::say_at(*depth, line))
    })
}

fn heads() -> [Cell; 6] {
    [
        say!("head-time").into(),
        say!("head-of").into(),
        say!("head-record").into(),
        say!("head-threads").into(),
        say!("head-awaited").into(),
        say!("head-answers").into(),
    ]
}

/// A statement in a list: how much it says, and whether the others agree.
fn row(channel: &ChannelId, statement: &StatementShown) -> [Cell; 6] {
    let count = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
    let verdicts: Vec<Verdict> = statement.answers.iter().map(|answer| answer.verdict).collect();
    let answers = if verdicts.contains(&Verdict::Differs) {
        Cell::Alarm(say!("answers-differ"))
    } else if !statement.is_answered() {
        say!("answers-lack", count = statement.unanswered.len()).into()
    } else if verdicts.contains(&Verdict::Undetermined) {
        say!("answers-undetermined").into()
    } else {
        say!("answers-agree").into()
    };
    [
        time(statement.time_ms).into(),
        if statement.own { say!("our-own").into() } else { short(&statement.party).into() },
        shortly(channel, &statement.r#ref.log, statement.r#ref.index).into(),
        count(statement.threads).into(),
        count(statement.awaiting).into(),
        answers,
    ]
}

/// A statement in words, each line with how far it is indented.
fn lines(channel: &ChannelId, statement: &StatementShown) -> Vec<(usize, Message)> {
    let (made, place) = (time(statement.time_ms), shortly(channel, &statement.r#ref.log, statement.r#ref.index));
    let mut lines = vec![match statement.own {
        true => (0, say!("statement-own", time = made, place = place)),
        false => (0, say!("statement-of", time = made, party = short(&statement.party), place = place)),
    }];
    if let Some((threads, awaiting)) = statement.threads.zip(statement.awaiting) {
        lines.push((1, say!("statement-counts", threads = threads, awaiting = awaiting)));
    }
    lines.push((1, say!("statement-hash", hash = %statement.hash)));
    for item in &statement.awaits {
        let until =
            item.by_ms.map_or_else(|| say!("statement-no-limit"), |by| say!("statement-owed-by", time = time(by)));
        let thread = thread(&ThreadKey { thread: item.thread, lane: item.lane });
        let (party, what) = (short(&item.from), duty(item.what.as_ref()));
        lines.push((1, say!("statement-owes", party = party, what = what, thread = thread, until = until)));
    }
    for answer in &statement.answers {
        let verdict = match answer.verdict {
            Verdict::Agrees => say!("statement-agrees"),
            Verdict::Differs => say!("statement-disagrees"),
            Verdict::Undetermined => say!("statement-cannot-say"),
        };
        let (party, answered) = (short(&answer.party), time(answer.time_ms));
        lines.push((1, say!("statement-answered", party = party, time = answered, verdict = verdict)));
        for item in &answer.contested {
            let thread = thread(&ThreadKey { thread: item.thread, lane: item.lane });
            let (what, ground) = (duty(item.what.as_ref()), ground(item.ground));
            lines.push((2, say!("statement-contests", what = what, thread = thread, ground = ground)));
        }
    }
    let unanswered = statement.unanswered.iter();
    lines.extend(unanswered.map(|party| (1, say!("statement-unanswered", party = short(party)))));
    for Found { party, differing } in &statement.differences {
        let party = short(party);
        match differing {
            None => lines.push((1, say!("statement-looking", party = party))),
            Some(differing) => {
                let differs = |key| (1, say!("statement-differs", thread = thread(key), party = party.clone()));
                lines.extend(differing.threads.iter().map(differs));
                if !differing.complete {
                    lines.push((1, say!("statement-more")));
                }
            }
        }
    }
    lines
}

fn thread(key: &ThreadKey) -> Message {
    match key.lane {
        Lane::Main => Message::as_worded(key.thread.to_string()),
        Lane::Urgent => say!("statement-thread-urgent", thread = %key.thread),
    }
}

fn duty(duty: Option<&Duty>) -> Message {
    duty.map_or_else(|| say!("statement-next-step"), |duty| Message::as_worded(word(duty)))
}

fn ground(ground: Ground) -> Message {
    match ground {
        Ground::NotKnown => say!("statement-not-known"),
        Ground::NotDue => say!("statement-not-due"),
        Ground::OtherTime => say!("statement-other-time"),
        Ground::DoneSince => say!("statement-done-since"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use texts::Language;

    use super::*;
    use crate::{failure::Caller, output::as_line};

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
            (0, "2027-01-15T08:00:00Z  our statement 11111111/aa/1/main/9".to_owned()),
            (1, "2 threads, 1 things await others".to_owned()),
            (1, "hash ff".to_owned()),
            (1, format!("bbbbbbbb owes answer in thread {thread} (urgent), by 2027-01-15T08:00:00Z")),
            (1, "bbbbbbbb answered at 2027-01-15T08:00:01Z: ALARM: threads stand otherwise there".to_owned()),
            (
                2,
                format!(
                    "it contests that it owes answer in thread {thread} (urgent): it has done it since, in a record that \
                     was not here yet"
                ),
            ),
            (1, "cccccccc has not answered".to_owned()),
            (1, format!("thread {thread} differs from that of bbbbbbbb")),
        ];
        let lines: Vec<_> =
            lines(&channel, &statement).into_iter().map(|(depth, line)| (depth, line.to_string())).collect();
        assert_eq!(lines, told);
        let english = Caller { language: Language::En, colours: false };
        assert_eq!(
            as_line(&row(&channel, &statement), english),
            "2027-01-15T08:00:00Z  ours  11111111/aa/1/main/9  2  1  THREADS DIFFER"
        );
    }
}
