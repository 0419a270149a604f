//! `mithaq verify`: what a file proves, offline.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args as ClapArgs, ValueEnum};
use protocol::fingerprint::Fingerprint;

use crate::{
    failure::Failure,
    limits, output,
    verify::{self, Language},
};

/// Say what an evidence file proves, without any node or network.
///
/// The file holds the cards of all parties. Whether they are the agencies' own only you can know: give the fingerprints
/// that you trust, or compare those that are printed with the ones you hold.
#[derive(ClapArgs)]
#[command(after_help = "Examples:\n  mithaq verify readout.mithaq --fingerprint \"04711 12345 …\"\n  \
                        mithaq verify readout.mithaq --lang ar --content readout.json\n  \
                        mithaq verify late.mithaq\n  mithaq verify two-roots.json --cards theirs.card")]
pub struct Args {
    /// An evidence file, one of a missed deadline, or a proof that a party signed two histories of one log.
    file: PathBuf,
    /// A fingerprint that you trust, 60 digits. Repeat it for each agency.
    #[arg(long = "fingerprint")]
    fingerprints: Vec<Fingerprint>,
    /// The language of the page.
    #[arg(long, default_value = "both")]
    lang: Lang,
    /// Write the record's body to this new file.
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// The card file of the accused, for a proof of two histories.
    #[arg(long, value_name = "FILE")]
    cards: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    En,
    Ar,
    Both,
}

pub fn run(args: Args, json: bool) -> Result<(), Failure> {
    let bytes = output::read(&args.file, limits::EVIDENCE_BYTES_MAX)?;
    let not_verified =
        |error: verify::NotProven| Failure::not_verified(error.to_string()).while_doing(args.file.display());
    if let Some(version) = verify::unknown_version(&bytes) {
        let message = format!("the file is of version {version}, and this program reads version 1: use a newer one");
        return Err(Failure::not_verified(message).while_doing(args.file.display()));
    }
    let languages = match args.lang {
        Lang::En => &[Language::En][..],
        Lang::Ar => &[Language::Ar],
        Lang::Both => &[Language::En, Language::Ar],
    };
    if verify::is_equivocation(&bytes) {
        let cards = args.cards.as_deref().ok_or_else(|| {
            Failure::usage("this file accuses a party of two histories: give that party's card file with --cards")
        })?;
        let cards = output::read(cards, limits::EVIDENCE_BYTES_MAX)?;
        let facts = verify::equivocation(&bytes, &cards, &args.fingerprints).map_err(not_verified)?;
        return match json {
            true => output::json(&facts),
            false => print(&verify::equivocation_page(&facts, languages)),
        };
    }
    if verify::is_missed(&bytes) {
        let proven = verify::missed(&bytes).map_err(not_verified)?;
        let facts = verify::MissedFacts::of(&proven, &args.fingerprints);
        write_content(args.content.as_deref(), &proven.asked.body)?;
        match json {
            true => output::json(&facts)?,
            false => print(&verify::missed_page(&facts, languages))?,
        }
        return all_matched(&facts.unmatched_fingerprints);
    }
    let proven = verify::evidence(&bytes).map_err(not_verified)?;
    let facts = verify::Facts::of(&proven, &args.fingerprints);
    write_content(args.content.as_deref(), &proven.body)?;
    match json {
        true => output::json(&facts)?,
        false => print(&verify::page(&facts, languages))?,
    }
    all_matched(&facts.unmatched_fingerprints)
}

fn write_content(file: Option<&Path>, body: &[u8]) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    output::create_new(file)?.write_all(body).map_err(|error| Failure::writing(file, &error))
}

fn all_matched(unmatched_fingerprints: &[String]) -> Result<(), Failure> {
    match unmatched_fingerprints.first() {
        None => Ok(()),
        Some(fingerprint) => Err(Failure::not_verified(format!(
            "no party in the file has the fingerprint {fingerprint}: the file is not by whom you think"
        ))),
    }
}

/// The page isolates directions by marks of its own; what it quotes was made harmless when it was written.
fn print(page: &str) -> Result<(), Failure> {
    output::as_it_is(page.trim_end())
}
