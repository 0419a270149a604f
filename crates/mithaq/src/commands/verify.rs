//! `mithaq verify`: what a file proves, offline.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args as ClapArgs, ValueEnum};
use node::fault::Fault;
use proof::{Beside, Found, Verdict};
use protocol::fingerprint::Fingerprint;
use serde::Serialize;
use texts::{Language, say};

use crate::{failure::Failure, limits, output};

/// Say what an evidence file proves, without any node or network.
///
/// The file holds the cards of all parties. Whether they are the agencies' own only you can know: give the fingerprints
/// that you trust, one for each party.
///
/// Exit codes: 0 proven to you; 9 it holds together, but of some party you gave no fingerprint, so it is not proven to you;
/// 4 refused.
#[derive(ClapArgs)]
#[command(after_help = "Examples:\n  mithaq verify readout.mithaq --fingerprint \"04711 12345 …\"\n  \
                        mithaq verify readout.mithaq --lang ar --content readout.json\n  \
                        mithaq verify late.mithaq\n  mithaq verify two-roots.json --cards theirs.card\n  \
                        mithaq verify erased.mithaq --matches readout.mithaq")]
pub struct Args {
    /// An evidence file with content or without, one of a missed deadline, or a proof that a party signed two histories of one log.
    file: PathBuf,
    /// A fingerprint that you trust, 60 digits. Repeat it for each agency.
    #[arg(long = "fingerprint")]
    fingerprints: Vec<Fingerprint>,
    /// The language of the page; `both` is English and Arabic.
    #[arg(long, default_value = "both")]
    lang: Lang,
    /// Write the record's body to this new file.
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// The card file of the accused, for a proof of two histories.
    #[arg(long, value_name = "FILE")]
    cards: Option<PathBuf>,
    /// With a file without content: an evidence file of the record from before, to see whether it is of this entry.
    #[arg(long, value_name = "FILE")]
    matches: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    Ar,
    En,
    Fa,
    Tr,
    Ur,
    Both,
}

/// What programs read of a file that is refused.
#[derive(Serialize)]
struct Refused<'a> {
    verdict: Verdict,
    error: &'a Fault,
}

/// Checks the file, says what it proves, and gives the exit code of the verdict.
pub fn run(args: Args, json: bool) -> Result<ExitCode, Failure> {
    let bytes = output::read(&args.file, limits::EVIDENCE_BYTES_MAX)?;
    let cards = match &args.cards {
        Some(cards) => Some(output::read(cards, limits::EVIDENCE_BYTES_MAX)?),
        None if proof::is_equivocation(&bytes) => {
            let message = say!("accused-card-missing");
            return Err(Failure::usage(message));
        }
        None => None,
    };
    let earlier = match &args.matches {
        Some(_) if !proof::is_entry(&bytes) => {
            return Err(Failure::usage(say!("matches-with-content")).in_field("matches"));
        }
        Some(earlier) => Some(output::read(earlier, limits::EVIDENCE_BYTES_MAX)?),
        None => None,
    };
    if args.content.is_some() && proof::is_entry(&bytes) {
        return Err(Failure::usage(say!("no-content-to-write")).in_field("content"));
    }
    let beside = Beside { cards: cards.as_deref(), earlier: earlier.as_deref() };
    let found = match proof::find(&bytes, beside, &args.fingerprints) {
        Ok(found) => found,
        Err(message) => {
            let refused = Failure::not_verified(message).while_doing(args.file.display());
            if !json {
                return Err(refused);
            }
            output::json(&Refused { verdict: Verdict::Refused, error: refused.error() })?;
            return Ok(ExitCode::from(Verdict::Refused.exit()));
        }
    };
    let languages = match args.lang {
        Lang::En => &[Language::En][..],
        Lang::Ar => &[Language::Ar],
        Lang::Fa => &[Language::Fa],
        Lang::Tr => &[Language::Tr],
        Lang::Ur => &[Language::Ur],
        Lang::Both => &[Language::En, Language::Ar],
    };
    if let (Some(file), Found::Record { body, .. } | Found::Missed { body, .. }) = (&args.content, &found) {
        write_content(file, body)?;
    }
    match (&found, json) {
        (_, false) => print(&found.page(languages))?,
        (Found::Record { facts, .. }, true) => output::json(facts)?,
        (Found::Missed { facts, .. }, true) => output::json(facts)?,
        (Found::Entry(facts), true) => output::json(facts)?,
        (Found::TwoHistories(facts), true) => output::json(facts)?,
    }
    Ok(ExitCode::from(found.verdict().exit()))
}

fn write_content(file: &Path, body: &[u8]) -> Result<(), Failure> {
    output::create_new(file)?.write_all(body).map_err(|error| Failure::writing(file, &error))
}

/// The page isolates directions by marks of its own; what it quotes was made harmless when it was written.
fn print(page: &str) -> Result<(), Failure> {
    output::as_it_is(page.trim_end())
}
