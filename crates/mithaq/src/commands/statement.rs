//! `mithaq statement`: how all threads stand by the own account and by the partners'.

use clap::Subcommand;
use serde_json::Value;

use super::agreement::find_channel;
use crate::{
    api::{self, Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
    reference::Reference,
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
    /// CHANNEL/AGENCY/EPOCH/LANE/INDEX
    statement: Reference,
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::Make(make) => {
            let api = Api::of(&make.node).await?;
            let channel = find_channel(&api, &make.channel).await?;
            let wait = make.wait.to_string();
            let path = api::query(&format!("/v1/channels/{channel}/statements"), &[("wait_s", Some(&wait))]);
            let call = Call::post(&path, api::JSON, Vec::new()).waiting(None);
            show(&api.json(call).await?, json)
        }
        Command::List(list) => {
            let api = Api::of(&list.node).await?;
            let channel = find_channel(&api, &list.channel).await?;
            let limit = list.limit.map(|limit| limit.to_string());
            let path = api::query(&format!("/v1/channels/{channel}/statements"), &[("limit", limit.as_deref())]);
            let page = api.json(Call::get(&path)).await?;
            if json {
                return output::json(&page);
            }
            let rows = super::rows(&page, "statements");
            if rows.is_empty() {
                return output::line_of("no statement was made yet");
            }
            rows.iter().try_for_each(|row| lines(row, false).iter().try_for_each(|line| output::line_of(line)))
        }
        Command::Show(shown) => {
            let api = Api::of(&shown.node).await?;
            let Reference(position) = &shown.statement;
            let path = format!(
                "/v1/channels/{}/statements/{}/{}",
                position.origin.channel,
                position.origin.short(),
                position.index
            );
            show(&api.json(Call::get(&path)).await?, json)
        }
    }
}

fn show(statement: &Value, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(statement);
    }
    lines(statement, true).iter().try_for_each(|line| output::line_of(line))
}

/// A statement in words; its awaits only when it is shown whole.
fn lines(statement: &Value, whole: bool) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let short = |value: &Value| text(value).chars().take(8).collect::<String>();
    let whose = if statement["own"] == true {
        "our statement".into()
    } else {
        format!("statement of {}", short(&statement["party"]))
    };
    let place = format!("{}/{}", text(&statement["ref"]["log"]), statement["ref"]["index"]);
    let mut lines = vec![format!(
        "{}  {whose} {place}: {} threads, {} things await others",
        time(&statement["time"]),
        statement["threads"],
        statement["awaiting"],
    )];
    if whole {
        lines.push(format!("  hash {}", text(&statement["hash"])));
        for item in super::rows(statement, "awaits") {
            let what = item["what"].as_str().unwrap_or("the next step");
            let by =
                if item["by"].is_null() { "no time limit".to_owned() } else { format!("by {}", time(&item["by"])) };
            lines.push(format!("  {} owes {what} in thread {}, {by}", short(&item["from"]), thread(&item)));
        }
    }
    for answer in super::rows(statement, "answers") {
        let verdict = match answer["verdict"].as_str() {
            Some("agrees") => "all threads stand the same there".to_owned(),
            Some("differs") => "ALARM: threads stand otherwise there".to_owned(),
            _ => "it never held all of this, and can't say".to_owned(),
        };
        lines.push(format!("  {} answered at {}: {verdict}", short(&answer["party"]), time(&answer["time"])));
        for item in super::rows(&answer, "contested") {
            let what = item["what"].as_str().unwrap_or("the next step");
            lines.push(format!(
                "    it contests that it owes {what} in thread {}: {}",
                thread(&item),
                ground(&text(&item["ground"]))
            ));
        }
    }
    for party in super::rows(statement, "unanswered") {
        lines.push(format!("  {} has not answered", short(&party)));
    }
    for difference in super::rows(statement, "differences") {
        let party = short(&difference["party"]);
        match &difference["differing"] {
            Value::Null => lines.push(format!("  which threads differ from those of {party} is being found out")),
            differing => {
                for key in super::rows(differing, "threads") {
                    lines.push(format!("  thread {} differs from that of {party}", thread(&key)));
                }
                if differing["complete"] != true {
                    lines.push("  and there are more".into());
                }
            }
        }
    }
    lines
}

fn thread(item: &Value) -> String {
    let id = item["thread"].as_str().unwrap_or_default();
    if item["lane"] == "urgent" { format!("{id} (urgent)") } else { id.to_owned() }
}

fn ground(code: &str) -> &str {
    match code {
        "not_known" => "it knows no such thread",
        "not_due" => "by its threads it did not owe this",
        "other_time" => "it owed this by another time",
        "done_since" => "it has done it since, in a record that was not here yet",
        other => other,
    }
}

/// A time in milliseconds since 1970, in UTC.
fn time(value: &Value) -> String {
    let timestamp = value.as_i64().and_then(|time_ms| jiff::Timestamp::from_millisecond(time_ms).ok());
    timestamp.map_or_else(String::new, |timestamp| timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_statement_is_told_in_words() {
        let statement = json!({
            "ref": {"log": "aa/1/main", "index": 9}, "party": "aa", "own": true, "time": 1_800_000_000_000_i64,
            "threads": 2, "hash": "ff", "awaiting": 1,
            "awaits": [{"thread": "00", "lane": "urgent", "what": "answer", "from": "bbbbbbbbbb", "by": 1_800_000_000_000_i64}],
            "answers": [{
                "party": "bbbbbbbbbb", "time": 1_800_000_001_000_i64, "verdict": "differs",
                "contested": [{"thread": "00", "lane": "urgent", "what": "answer", "ground": "done_since"}],
            }],
            "unanswered": ["cccccccccc"],
            "differences": [{"party": "bbbbbbbbbb", "differing": {"threads": [{"thread": "00", "lane": "main"}], "complete": true}}],
        });
        assert_eq!(
            lines(&statement, true),
            [
                "2027-01-15T08:00:00Z  our statement aa/1/main/9: 2 threads, 1 things await others",
                "  hash ff",
                "  bbbbbbbb owes answer in thread 00 (urgent), by 2027-01-15T08:00:00Z",
                "  bbbbbbbb answered at 2027-01-15T08:00:01Z: ALARM: threads stand otherwise there",
                "    it contests that it owes answer in thread 00 (urgent): it has done it since, in a record that was not \
                 here yet",
                "  cccccccc has not answered",
                "  thread 00 differs from that of bbbbbbbb",
            ]
        );
        assert_eq!(lines(&statement, false).len(), 5);
    }
}
