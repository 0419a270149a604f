//! `mithaq search`: records by their words.

use node::reading::search::{Hit, Hits};
use texts::say;

use super::threads::{Which, path};
use crate::{api::Api, cli::ReaderArgs, failure::Failure, output, reference::shortly, said};

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
    api.get::<Hits>(&path("/v1/search", &query)).await?.tell(json, |Hits { hits, too_many, index }| {
        for Hit { channel, log, index, kind, title, standing, .. } in hits {
            let state = standing.map_or_else(|| "".into(), |thread| said::state(&thread.state).into());
            output::row([shortly(&channel, &log, index).into(), kind.into(), state, title.into()])?;
        }
        if too_many {
            output::say(&say!("more-records"))?;
        }
        if !index.complete {
            output::say(&say!("search-goes-on", done = index.done, of = index.of))?;
        }
        Ok(())
    })
}
