//! `mithaq review`: what one officer released alone, and what another finds.

use clap::Subcommand;
use node::{
    reading::reviews::{Concluded, Reviews},
    reviews::{Finding, Review},
};
use serde_json::{Value, json};
use texts::say;

use super::{time, word};
use crate::{
    api::Api,
    cli::NodeArgs,
    failure::Failure,
    output::{self, Cell},
    reference::{Named, shortly},
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
        /// CHANNEL/AGENCY/EPOCH/LANE/INDEX: of ids the first digits are enough, and labels do.
        record: Named,
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
        /// CHANNEL/AGENCY/EPOCH/LANE/INDEX: of ids the first digits are enough, and labels do.
        record: Named,
        /// The ground.
        #[arg(long)]
        ground: String,
    },
}

pub async fn run(command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::List(node) => {
            let answer = Api::of(&node).await?.get::<Reviews>("/v1/reviews").await?;
            answer.tell(json, |Reviews { reviews }| {
                let heads = [say!("head-record").into(), say!("head-kind").into(), say!("head-state").into()];
                output::table(heads, reviews.iter().map(row).collect(), &say!("no-reviews"))
            })
        }
        Command::Confirm { node, record } => conclude(&node, &record, &json!({ "finding": "confirmed" }), json).await,
        Command::Object { node, record, ground } => {
            conclude(&node, &record, &json!({ "finding": "objected", "ground": ground }), json).await
        }
    }
}

async fn conclude(node: &NodeArgs, record: &Named, finding: &Value, json: bool) -> Result<(), Failure> {
    let api = Api::of(node).await?;
    let record = record.found(&api).await?;
    let answer = api.post::<Concluded>(&format!("/v1/reviews/{record}"), finding).await?;
    answer.tell(json, |Concluded { review, erase }| {
        output::parts(row(&review))?;
        if erase.is_some() {
            let dir = node.dir.display();
            output::say(&say!("content-with-all"))?;
            output::line_of(&format!("  mithaq erase {dir} {record} --token-file FILE"))?;
        }
        Ok(())
    })
}

/// A release, and what was found or by when it is to be reviewed.
fn row(review: &Review) -> [Cell; 3] {
    let late = review.overdue && review.outcome.is_none();
    let state = match review.outcome.as_ref().map(|outcome| outcome.finding) {
        Some(Finding::Confirmed) => say!("release-was-confirmed"),
        Some(Finding::Objected(ground)) => say!("release-was-objected", ground = word(&ground)),
        None if late => say!("review-overdue", time = time(review.due_ms)),
        None => say!("review-due", time = time(review.due_ms)),
    };
    let state = if review.erased { say!("review-erased", state = state) } else { state };
    [
        shortly(&review.channel, &review.record.log.to_string(), review.record.index).into(),
        review.kind.as_str().into(),
        if late { Cell::Alarm(state) } else { Cell::Said(state) },
    ]
}

#[cfg(test)]
mod tests {
    use texts::Language;

    use super::*;
    use crate::{failure::Caller, output::as_line};

    #[test]
    fn a_review_is_one_line_that_says_what_is_late() {
        let (channel, agency) = ("c".repeat(64), "a".repeat(64));
        let review = |outcome: Value, overdue: bool, erased: bool| {
            let review = json!({
                "channel": channel, "log": format!("{agency}/1/main"), "index": 7, "kind": "k", "released_ms": 0,
                "due_ms": 1_800_000_000_000_i64, "overdue": overdue, "submitted_by": "t", "outcome": outcome,
                "erased": erased,
            });
            let english = Caller { language: Language::En, colours: false };
            as_line(&row(&serde_json::from_value(review).unwrap()), english)
        };
        let named = "cccccccc/aaaaaaaa/1/main/7  k";
        assert_eq!(review(Value::Null, true, false), format!("{named}  due 2027-01-15T08:00Z OVERDUE"));
        assert_eq!(review(Value::Null, false, false), format!("{named}  due 2027-01-15T08:00Z"));
        let by = |finding: &str, ground: Value| {
            let reviewed = json!({ "token": "t", "role": "dpo", "reviewed_ms": 0 });
            let mut outcome = json!({ "finding": finding, "ground": ground });
            outcome.as_object_mut().unwrap().extend(reviewed.as_object().unwrap().clone());
            outcome
        };
        assert_eq!(review(by("confirmed", Value::Null), false, false), format!("{named}  confirmed"));
        let objected = by("objected", json!("wrong_recipient"));
        assert_eq!(review(objected, false, true), format!("{named}  objected (wrong_recipient), erased"));
    }
}
