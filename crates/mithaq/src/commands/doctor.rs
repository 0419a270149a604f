//! `mithaq doctor`: why it is stuck, and what to do.

use std::process::ExitCode;

use node::doctor::{Diagnosis, Finding, Level, Partner};
use serde::Serialize;
use texts::{Message, say};

use super::{short, time, word};
use crate::{
    api::Api,
    cli::NodeArgs,
    failure::Failure,
    output::{self, Cell},
};

/// Say what stands in the way of exchange, and what to do about it.
///
/// It looks at links, clocks, cards and pins, what waits to be delivered, heads that were not shown, frozen channels, the
/// disk and overdue threads, and at what a new node still lacks. It changes nothing. The exit code is 10 if it found a fault,
/// and 0 if only warnings.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mithaq doctor node-a\n  mithaq doctor node-a --json | jq .findings")]
pub struct Args {
    #[command(flatten)]
    node: NodeArgs,
}

/// What the program ends with when it found a fault.
pub const FOUND: u8 = 10;

pub async fn run(args: Args, json: bool) -> Result<ExitCode, Failure> {
    let api = Api::of(&args.node).await?;
    let answer = api.get::<Diagnosis>("/v1/doctor").await?;
    let is_fault = answer.read()?.findings.iter().any(|finding| finding.level == Level::Fault);
    answer.tell(json, |Diagnosis { ok, now_ms, findings, partners }| {
        for Finding { level, about, message, advice } in findings {
            let (is_fault, level, about) = (level == Level::Fault, named("level", &level), named("about", &about));
            let said = say!("doctor-finding", level = level, about = about, message = message);
            output::parts([if is_fault { Cell::Alarm(said) } else { Cell::Said(said) }])?;
            output::say_below(&advice)?;
        }
        for partner in partners {
            let [head, rest @ ..] = lines_about(&partner, now_ms);
            output::say(&head)?;
            rest.iter().try_for_each(output::say_below)?;
        }
        if ok { output::say(&say!("nothing-in-the-way")) } else { Ok(()) }
    })?;
    Ok(if is_fault { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}

/// The word of a level or of what something is about.
fn named(family: &str, code: &impl Serialize) -> Message {
    let word = word(code);
    Message::of_family(family, &word).unwrap_or_else(|| Message::as_worded(word))
}

/// How it stands with a partner: whatever people ask first when something is stuck.
fn lines_about(partner: &Partner, now_ms: u64) -> [Message; 6] {
    let link = match (&partner.problem, partner.since_ms, partner.worked_ms) {
        (Some(problem), Some(since), _) => say!("link-broken-since", since = time(since), problem = %problem),
        (Some(problem), None, _) => say!("link-broken", problem = %problem),
        (None, _, Some(worked)) => say!("link-works", worked = time(worked)),
        (None, _, None) => say!("link-unused"),
    };
    let certificate = match (partner.card, partner.trusted) {
        (Some(serial), true) => say!("card-let-in", serial = %serial),
        (Some(serial), false) => say!("card-not-let-in", serial = %serial),
        (None, _) => say!("no-card-held"),
    };
    let clock = match partner.signed_ms {
        Some(signed) => say!("partner-clock-signed", now = time(now_ms), signed = time(signed)),
        None => say!("partner-clock", now = time(now_ms)),
    };
    let queue = match partner.outstanding {
        0 => say!("queue-empty"),
        entries => {
            say!("queue-holds", entries = entries, oldest = partner.oldest_ms.map(time).unwrap_or_default())
        }
    };
    let receipt = partner.last_receipt_ms.map_or_else(|| say!("none-yet"), |receipt| Message::as_worded(time(receipt)));
    [
        say!("partner-of-channel", channel = short(&partner.channel), agency = short(&partner.agency)),
        say!("partner-link", stands = link),
        clock,
        say!("partner-certificate", stands = certificate),
        say!("partner-queue", stands = queue),
        say!("partner-last-receipt", stands = receipt),
    ]
}

#[cfg(test)]
mod tests {
    use node::doctor::About;

    use super::*;

    #[test]
    fn a_partner_is_described_by_what_people_ask_first() {
        let now = 1_800_000_000_000;
        let mut partner = Partner {
            channel: "c".repeat(64),
            agency: "a".repeat(64).parse().unwrap(),
            worked_ms: Some(now),
            problem: None,
            since_ms: None,
            card: Some(2),
            trusted: true,
            signed_ms: None,
            outstanding: 0,
            oldest_ms: None,
            last_receipt_ms: None,
        };
        let lines = |partner: &Partner| lines_about(partner, now).map(|line| line.to_string());
        assert_eq!(
            lines(&partner)[1..],
            [
                "link          works; last used 2027-01-15T08:00Z",
                "clock         here 2027-01-15T08:00Z",
                "certificate   card 2, its key is let in",
                "queue         empty",
                "last receipt  none",
            ]
        );
        partner.problem = Some("nobody answers".into());
        partner.since_ms = Some(now + 60_000);
        partner.trusted = false;
        partner.signed_ms = Some(now + 120_000);
        partner.outstanding = 3;
        partner.oldest_ms = Some(now + 180_000);
        partner.last_receipt_ms = Some(now + 240_000);
        assert_eq!(
            lines(&partner)[1..],
            [
                "link          broken since 2027-01-15T08:01Z: nobody answers",
                "clock         here 2027-01-15T08:00Z; the newest time it signed is 2027-01-15T08:02Z",
                "certificate   card 2, its key is NOT let in",
                "queue         3 entries not receipted, the oldest of 2027-01-15T08:03Z",
                "last receipt  2027-01-15T08:04Z",
            ]
        );
    }

    #[test]
    fn every_level_and_whatever_something_is_about_has_a_word_in_every_language() {
        for level in [Level::Fault, Level::Warning] {
            assert_eq!(named("level", &level).to_string(), word(&level));
        }
        use About::{
            Access, Audit, Breach, Clock, Disk, Frozen, Heads, Link, Pins, Queue, Review, Setup, Statements, Threads,
        };
        for about in
            [Setup, Link, Clock, Pins, Queue, Heads, Frozen, Breach, Access, Disk, Threads, Review, Statements, Audit]
        {
            assert!(!named("about", &about).id().is_empty(), "{about:?}");
        }
    }
}
