//! `mithaq verify`: what a file proves, offline.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args as ClapArgs, ValueEnum};
use node::fault::Fault;
use protocol::fingerprint::Fingerprint;
use serde::Serialize;
use texts::{Language, Message, say};

use crate::{
    failure::Failure,
    limits, output,
    verify::{self, EntryProof, EquivocationFacts, Facts, MissedFacts, Verdict},
};

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

/// What a file that holds proves.
enum Found {
    Record { facts: Box<Facts>, body: Vec<u8> },
    Missed { facts: Box<MissedFacts>, body: Vec<u8> },
    Entry(Box<EntryProof>),
    TwoHistories(EquivocationFacts),
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
        None if verify::is_equivocation(&bytes) => {
            let message = say!("accused-card-missing");
            return Err(Failure::usage(message));
        }
        None => None,
    };
    let earlier = match &args.matches {
        Some(_) if !verify::is_entry(&bytes) => {
            return Err(Failure::usage(say!("matches-with-content")).in_field("matches"));
        }
        Some(earlier) => Some(output::read(earlier, limits::EVIDENCE_BYTES_MAX)?),
        None => None,
    };
    if args.content.is_some() && verify::is_entry(&bytes) {
        return Err(Failure::usage(say!("no-content-to-write")).in_field("content"));
    }
    let beside = Beside { cards: cards.as_deref(), earlier: earlier.as_deref() };
    let found = match find(&bytes, beside, &args.fingerprints) {
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
    let (verdict, page) = match &found {
        Found::Record { facts, .. } => (facts.verdict, verify::page(facts, languages)),
        Found::Missed { facts, .. } => (facts.verdict, verify::missed_page(facts, languages)),
        Found::Entry(facts) => (facts.verdict, verify::entry_page(facts, languages)),
        Found::TwoHistories(facts) => (facts.verdict, verify::equivocation_page(facts, languages)),
    };
    match (&found, json) {
        (_, false) => print(&page)?,
        (Found::Record { facts, .. }, true) => output::json(facts)?,
        (Found::Missed { facts, .. }, true) => output::json(facts)?,
        (Found::Entry(facts), true) => output::json(facts)?,
        (Found::TwoHistories(facts), true) => output::json(facts)?,
    }
    Ok(ExitCode::from(verdict.exit()))
}

/// What was given beside a file.
#[derive(Clone, Copy)]
struct Beside<'a> {
    /// The accused party's cards.
    cards: Option<&'a [u8]>,
    /// An evidence file of the record.
    earlier: Option<&'a [u8]>,
}

/// What the file proves, or why it is refused.
fn find(bytes: &[u8], beside: Beside<'_>, trusted: &[Fingerprint]) -> Result<Found, Message> {
    if let Some(version) = verify::unknown_version(bytes) {
        return Err(say!("newer-file", version = %version));
    }
    let checked = || {
        if let Some(cards) = beside.cards.filter(|_| verify::is_equivocation(bytes)) {
            return Ok(Found::TwoHistories(verify::equivocation(bytes, cards, trusted)?));
        }
        if verify::is_entry(bytes) {
            let (proven, record) = verify::entry(bytes, beside.earlier)?;
            let facts = Box::new(EntryProof::of(&proven, record.as_ref(), trusted));
            verify::all_matched(&facts.unmatched_fingerprints)?;
            return Ok(Found::Entry(facts));
        }
        if verify::is_missed(bytes) {
            let proven = verify::missed(bytes)?;
            let facts = Box::new(MissedFacts::of(&proven, trusted));
            verify::all_matched(&facts.unmatched_fingerprints)?;
            return Ok(Found::Missed { facts, body: proven.asked.body });
        }
        let proven = verify::evidence(bytes)?;
        let facts = Box::new(Facts::of(&proven, trusted));
        verify::all_matched(&facts.unmatched_fingerprints)?;
        Ok(Found::Record { facts, body: proven.body })
    };
    checked().map_err(|error: verify::NotProven| error.message())
}

fn write_content(file: &Path, body: &[u8]) -> Result<(), Failure> {
    output::create_new(file)?.write_all(body).map_err(|error| Failure::writing(file, &error))
}

/// The page isolates directions by marks of its own; what it quotes was made harmless when it was written.
fn print(page: &str) -> Result<(), Failure> {
    output::as_it_is(page.trim_end())
}
