//! `mithaq search`: records by their words.

use super::threads::{Which, path};
use crate::{
    api::{Api, Call},
    cli::ReaderArgs,
    failure::Failure,
    output,
};

/// Find records by words in their titles and bodies.
///
/// All words must be there; three letters and more also stand for longer words. Arabic, Persian, Urdu and Turkish are
/// found however they are typed: alef, yeh, kaf and heh in all their forms, with and without vowel signs, i and ı.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mithaq search node-a white lorry\n  \
                        mithaq search node-a شاحنة --overdue\n\n\
                        The words lie in the node's memory only and are read when somebody first searches; until all are \
                        read, the answer says so.")]
pub struct Args {
    #[command(flatten)]
    node: ReaderArgs,
    /// The words.
    #[arg(required = true)]
    words: Vec<String>,
    #[command(flatten)]
    which: Which,
    /// Answers at most, up to 200.
    #[arg(long)]
    limit: Option<u32>,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::reading(&args.node).await?;
    let mut query = args.which.query(&api).await?;
    query.push(("q", Some(args.words.join(" "))));
    query.push(("limit", args.limit.map(|limit| limit.to_string())));
    let answer = api.json(Call::get(&path("/v1/search", &query))).await?;
    if json {
        return output::json(&answer);
    }
    for hit in super::rows(&answer, "hits") {
        let text = |field: &str| hit[field].as_str().unwrap_or_default().to_owned();
        let name = format!("{}/{}/{}", text("channel"), text("log"), hit["index"]);
        let state = hit["standing"]["state"].as_str().map(|state| format!("  {state}")).unwrap_or_default();
        output::line_of(&format!("{name}  {}{state}  {}", text("kind"), text("title")))?;
    }
    if answer["too_many"] == true {
        output::line_of("more records hold these words: add a word")?;
    }
    let index = &answer["index"];
    if index["complete"] == false {
        let progress = format!("still reading: {} of {} batches, the newest first", index["done"], index["of"]);
        output::line_of(&progress)?;
    }
    Ok(())
}
