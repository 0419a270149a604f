//! `mithaq review`: what one officer released alone, and what another finds.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{rows, threads::time};
use crate::{
    api::{Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
    reference::Reference,
};

#[derive(Subcommand)]
pub enum Command {
    /// List releases by one officer, the earliest first, with what was found.
    #[command(after_help = "Example: mithaq review list node-a --token-file dpo.token")]
    List(NodeArgs),
    /// Confirm that it was right to release a record alone.
    #[command(after_help = "Example: mithaq review confirm node-a 3f…/9c…/1/urgent/12 --token-file dpo.token")]
    Confirm {
        #[command(flatten)]
        node: NodeArgs,
        /// CHANNEL/AGENCY/EPOCH/LANE/INDEX
        record: Reference,
    },
    /// Object: it was not right. The answer says how to have the record erased.
    #[command(
        after_help = "Example: mithaq review object node-a 3f…/9c…/1/urgent/12 --ground no_threat_to_life \\\n  \
                            --token-file dpo.token\n\n\
                            Grounds: no_threat_to_life, more_than_needed, wrong_recipient, rights_ground"
    )]
    Object {
        #[command(flatten)]
        node: NodeArgs,
        /// CHANNEL/AGENCY/EPOCH/LANE/INDEX
        record: Reference,
        /// The ground.
        #[arg(long)]
        ground: String,
    },
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::List(node) => {
            let answer = Api::of(&node).await?.json(Call::get("/v1/reviews")).await?;
            if json {
                return output::json(&answer);
            }
            rows(&answer, "reviews").iter().try_for_each(|review| output::line_of(&line(review)))
        }
        Command::Confirm { node, record } => conclude(&node, &record, &json!({ "finding": "confirmed" }), json).await,
        Command::Object { node, record, ground } => {
            conclude(&node, &record, &json!({ "finding": "objected", "ground": ground }), json).await
        }
    }
}

async fn conclude(node: &NodeArgs, record: &Reference, finding: &Value, json: bool) -> Result<(), Failure> {
    let path = format!("/v1/reviews/{record}");
    let answer = Api::of(node).await?.json(Call::post_json(&path, finding)?).await?;
    if json {
        return output::json(&answer);
    }
    output::line_of(&line(&answer))?;
    if answer["erase"].is_object() {
        let dir = node.dir.display();
        output::line_of("its content is still with every party. A spoc_officer or release_authority has it erased by")?;
        output::line_of(&format!("  mithaq erase {dir} {record} --token-file FILE"))?;
    }
    Ok(())
}

/// A release in one line.
fn line(review: &Value) -> String {
    let text = |field: &str| review[field].as_str().unwrap_or_default();
    let outcome = &review["outcome"];
    let mut state = match (outcome["finding"].as_str(), outcome["ground"].as_str()) {
        (Some(finding), Some(ground)) => format!("{finding} ({ground})"),
        (Some(finding), None) => finding.to_owned(),
        (None, _) if review["overdue"] == true => format!("due {} OVERDUE", time(&review["due_ms"])),
        (None, _) => format!("due {}", time(&review["due_ms"])),
    };
    if review["erased"] == true {
        state.push_str(", erased");
    }
    format!("{}/{}/{}  {}  {state}", text("channel"), text("log"), review["index"], text("kind"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_is_one_line_that_says_what_is_late() {
        let review = |outcome: Value, overdue: bool, erased: bool| {
            line(&json!({
                "channel": "c", "log": "a/1/main", "index": 7, "kind": "k", "due_ms": 1_800_000_000_000_i64,
                "overdue": overdue, "outcome": outcome, "erased": erased,
            }))
        };
        assert_eq!(review(Value::Null, true, false), "c/a/1/main/7  k  due 2027-01-15T08:00Z OVERDUE");
        assert_eq!(review(Value::Null, false, false), "c/a/1/main/7  k  due 2027-01-15T08:00Z");
        assert_eq!(review(json!({ "finding": "confirmed" }), false, false), "c/a/1/main/7  k  confirmed");
        let objected = json!({ "finding": "objected", "ground": "wrong_recipient" });
        assert_eq!(review(objected, false, true), "c/a/1/main/7  k  objected (wrong_recipient), erased");
    }
}
