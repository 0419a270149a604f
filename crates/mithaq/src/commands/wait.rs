//! `mithaq wait`: until a node that is starting answers.

use std::{path::Path, time::Duration};

use node::answers::status::Status;
use texts::say;
use tokio::time::{Instant, sleep};

use crate::{api::Api, failure::Failure, limits, output};

/// Wait until the node of a folder runs and answers.
///
/// For scripts that start a node and go on with it. Exit code 5 if it does not answer in time.
#[derive(clap::Args)]
#[command(after_help = "Example: mithaq wait node-a --timeout 60")]
pub struct Args {
    /// The node's folder.
    dir: std::path::PathBuf,
    /// Give up after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u64,
}

/// Waits until a node listens in the folder.
///
/// # Errors
/// None does within so many seconds.
pub async fn until_running(dir: &Path, seconds: u64) -> Result<(), Failure> {
    let until = Instant::now() + Duration::from_secs(seconds);
    while !Api::is_listening(dir).await {
        if Instant::now() >= until {
            return Err(Failure::unavailable(say!("no-node-in-time", dir = %dir.display(), seconds = seconds)));
        }
        sleep(limits::WAIT_PAUSE).await;
    }
    Ok(())
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    until_running(&args.dir, args.timeout).await?;
    let answer = Api::running(&args.dir).get::<Status>("/v1/status").await?;
    answer.tell(json, |status| output::say(&say!("node-runs", agency = %status.agency)))
}
