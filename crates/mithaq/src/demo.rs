//! `mithaq demo`: the whole of it on one machine, with nodes that are real processes of this program.
//!
//! What it claims it checks by itself: every record whose sending returned is looked up in what the other side lists.

use std::path::{Path, PathBuf};

use serde::Serialize;

use texts::{Direction, Message, say, shown};
use unicode_width::UnicodeWidthStr as _;

use crate::{
    failure::{Failure, language},
    output,
};

mod agency;
mod desk;
mod incident;
mod invitation;
mod ledger;
mod load;
mod part;
mod proof;
mod protected;
mod requests;
mod story;

use agency::Agency;
use ledger::Ledger;
use protected::Protected;
use story::Pair;

/// Two made-up agencies cooperate on this machine, and everything is checked.
///
/// Two nodes start as processes of this program, meet, sign an agreement and exchange real readouts, files and
/// thousands of notes. Both are killed in the middle and come back. Then content is erased and evidence verified.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mithaq demo                    watch, then try the commands that it prints\n  \
                        mithaq demo --check            for programs: the last line is JSON, exit 0 only if all holds\n  \
                        mithaq demo --keep my-demo     keep the nodes' folders")]
pub struct Args {
    /// Stop when done and end standard output with one JSON line; progress goes to standard error.
    #[arg(long)]
    check: bool,
    /// Keep the nodes' folders here instead of in a temporary folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// The line with which `--check` ends.
#[derive(Debug, Serialize)]
struct Summary {
    sent: usize,
    delivered: usize,
    duplicates: usize,
    lost: usize,
    refused: usize,
    urgent_answered_in_time: bool,
    missed_deadline_proven: bool,
    evidence_verified: bool,
    killed_in_flight: usize,
    seconds: f64,
}

/// Columns of what a line is about.
const WHAT_COLUMNS: usize = 12;

/// Tells the story to whoever watches.
#[derive(Clone, Copy)]
struct Narrator {
    check: bool,
}

pub async fn run(args: Args) -> Result<(), Failure> {
    let narrator = Narrator { check: args.check };
    let temporary =
        tempfile::tempdir().map_err(|error| Failure::storage(say!("no-temporary-folder", error = %error)))?;
    let folder = match &args.keep {
        None => temporary.path().to_owned(),
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| Failure::writing(folder, &error))?;
            std::path::absolute(folder).map_err(|error| Failure::writing(folder, &error))?
        }
    };
    let (mut a, mut b, pair, summary) = play(&folder, narrator).await?;
    if args.check {
        output::json(&summary)?;
        return summary.must_hold();
    }
    summary.must_hold()?;
    desk::fill(&pair, &a, &b, narrator).await?;
    incident::play(&pair, &a, &b, narrator).await?;
    let Protected { mut asking, page } = protected::ask(&b, &folder, narrator).await?;
    invitation::make(&pair, &a, &b, &folder).await?.and(page).tell(narrator)?;
    let until = match args.keep {
        Some(_) => say!("demo-until-stays", folder = %folder.display()),
        None => say!("demo-until-removed", folder = %folder.display()),
    };
    narrator.say(&say!("demo-running"), &until);
    tokio::signal::ctrl_c().await.map_err(|error| Failure::internal(error.to_string()))?;
    a.stop();
    b.stop();
    asking.stop();
    let gone = match args.keep {
        Some(_) => say!("demo-folder-kept", folder = %folder.display()),
        None => say!("demo-folder-removed", folder = %folder.display()),
    };
    narrator.say(&say!("demo-ended"), &gone);
    Ok(())
}

async fn play(folder: &Path, narrator: Narrator) -> Result<(Agency, Agency, Pair, Summary), Failure> {
    let started_ms = node::clock::now_ms();
    let mut a = Agency::create(&agency::XAA, folder)?;
    let mut b = Agency::create(&agency::XAB, folder)?;
    a.start()?;
    b.start()?;
    a.wait_until_ready()?;
    b.wait_until_ready()?;
    let (one, other) = (a.made.name(language()), b.made.name(language()));
    narrator.say(&say!("demo-nodes"), &say!("demo-nodes-are", one = one, other = other));

    let mut ledger = Ledger::default();
    let pair = story::meet(&a, &b, narrator).await?;
    story::exchange(&pair, &a, &b, folder, &mut ledger, narrator).await?;
    let refused = story::refusals(&pair, &a, narrator).await?;
    let urgent_answered_in_time = requests::urgent(&pair, &a, &b, &mut ledger, narrator).await?;
    let missed_deadline_proven = requests::missed(&pair, &a, &b, &mut ledger, folder, narrator).await?;
    let killed_in_flight = load::run(&pair, &mut a, &mut b, &mut ledger, narrator).await?;
    let compared = ledger.compare(&b).await?;
    let (sent, held, lost) = (ledger.len(), compared.delivered, compared.lost);
    let (label, twice) = (b.made.label, compared.duplicates);
    let all = say!("demo-compared-all", sent = sent, held = held, label = label, lost = lost, twice = twice);
    narrator.say(&say!("demo-compared"), &all);
    let evidence_verified = proof::run(&a, &b, &ledger, folder, narrator).await?;
    let seconds = (node::clock::now_ms() - started_ms) as f64 / 1000.0;
    narrator.say(&say!("demo-done"), &say!("demo-done-in", seconds = format!("{seconds:.1}")));
    let summary = Summary {
        sent: ledger.len(),
        delivered: compared.delivered,
        duplicates: compared.duplicates,
        lost: compared.lost,
        refused,
        urgent_answered_in_time,
        missed_deadline_proven,
        evidence_verified,
        killed_in_flight,
        seconds,
    };
    Ok((a, b, pair, summary))
}

impl Summary {
    fn must_hold(&self) -> Result<(), Failure> {
        let holds = self.delivered == self.sent
            && self.duplicates == 0
            && self.lost == 0
            && self.refused == 2
            && self.urgent_answered_in_time
            && self.missed_deadline_proven
            && self.evidence_verified
            && self.killed_in_flight >= load::IN_FLIGHT_MIN;
        if holds {
            return Ok(());
        }
        Err(Failure::internal(
            say!("demo-does-not-hold", unwrap_or_default = %serde_json::to_string(self).unwrap_or_default()),
        ))
    }
}

impl Narrator {
    /// One line of the story: what, and its figures.
    fn say(self, what: &Message, text: &Message) {
        self.tell(&what.in_language(language()), &shown::own_line(&text.in_language(language())));
    }

    /// A line that goes on with what the one before it is about.
    fn go_on(self, text: &Message) {
        self.say(&Message::as_worded(""), text);
    }

    /// As [`Narrator::go_on`], with what was made harmless before.
    fn go_on_with(self, line: &str) {
        self.tell("", line);
    }

    fn tell(self, what: &str, text: &str) {
        let padding = " ".repeat(WHAT_COLUMNS.saturating_sub(what.width()));
        let line = match language().direction() {
            Direction::LeftToRight => format!("{what}{padding} {text}"),
            // What stands beside it is written from left to right, and may not carry it away.
            Direction::RightToLeft => format!("{}{padding} {}", shown::isolated(what), shown::isolated(text)),
        };
        match self.check {
            true => eprintln!("{line}"),
            // Nobody may be reading any more; the demo goes on and its exit code counts.
            false => drop(output::as_it_is(&line)),
        }
    }
}
