//! `mithaq doctor`: why it is stuck, and what to do.

use std::process::ExitCode;

use node::doctor::{Diagnosis, Finding, Level, Partner};
use texts::say;

use super::{short, time, word};
use crate::{api::Api, cli::NodeArgs, failure::Failure, output};

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
            output::line_of(&format!("{} ({}): {message}", word(&level), word(&about)))?;
            output::line_of(&format!("  {advice}"))?;
        }
        for partner in partners {
            lines_about(&partner, now_ms).iter().try_for_each(|line| output::line_of(line))?;
        }
        if ok { output::say(&say!("nothing-in-the-way")) } else { Ok(()) }
    })?;
    Ok(if is_fault { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}

/// How it stands with a partner: whatever people ask first when something is stuck.
fn lines_about(partner: &Partner, now_ms: u64) -> Vec<String> {
    let link = match (&partner.problem, partner.worked_ms) {
        (Some(problem), _) => format!("broken since {}: {problem}", partner.since_ms.map(time).unwrap_or_default()),
        (None, Some(worked)) => format!("works; last used {}", time(worked)),
        (None, None) => "not used since this node started".into(),
    };
    let certificate = match (partner.card, partner.trusted) {
        (Some(serial), true) => format!("card {serial}, its key is let in"),
        (Some(serial), false) => format!("card {serial}, its key is NOT let in"),
        (None, _) => "no card is held".into(),
    };
    let signed = match partner.signed_ms {
        Some(signed) => format!("; the newest time it signed is {}", time(signed)),
        None => String::new(),
    };
    let queue = match partner.outstanding {
        0 => "empty".into(),
        entries => {
            let oldest = partner.oldest_ms.map(time).unwrap_or_default();
            format!("{entries} entries not receipted, the oldest of {oldest}")
        }
    };
    vec![
        format!("channel {} with {}", short(&partner.channel), short(&partner.agency)),
        format!("  link          {link}"),
        format!("  clock         here {}{signed}", time(now_ms)),
        format!("  certificate   {certificate}"),
        format!("  queue         {queue}"),
        format!("  last receipt  {}", partner.last_receipt_ms.map_or_else(|| "none".into(), time)),
    ]
}

#[cfg(test)]
mod tests {
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
        let lines = lines_about(&partner, now);
        assert_eq!(
            lines[1..],
            [
                "  link          works; last used 2027-01-15T08:00Z",
                "  clock         here 2027-01-15T08:00Z",
                "  certificate   card 2, its key is let in",
                "  queue         empty",
                "  last receipt  none",
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
            lines_about(&partner, now)[1..],
            [
                "  link          broken since 2027-01-15T08:01Z: nobody answers",
                "  clock         here 2027-01-15T08:00Z; the newest time it signed is 2027-01-15T08:02Z",
                "  certificate   card 2, its key is NOT let in",
                "  queue         3 entries not receipted, the oldest of 2027-01-15T08:03Z",
                "  last receipt  2027-01-15T08:04Z",
            ]
        );
    }
}
