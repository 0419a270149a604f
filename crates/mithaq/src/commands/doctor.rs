//! `mithaq doctor`: why it is stuck, and what to do.

use serde_json::Value;

use super::threads::time;
use crate::{
    api::{Api, Call},
    cli::NodeArgs,
    failure::Failure,
    output,
};

/// Say what stands in the way of exchange, and what to do about it.
///
/// It looks at links, clocks, cards and pins, what waits to be delivered, heads that were not shown, frozen channels, the
/// disk and overdue threads. It changes nothing. The exit code is 0 also when something was found.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  mithaq doctor node-a\n  mithaq doctor node-a --json | jq .findings")]
pub struct Args {
    #[command(flatten)]
    node: NodeArgs,
}

pub async fn run(args: Args, json: bool) -> Result<(), Failure> {
    let api = Api::of(&args.node).await?;
    let diagnosis = api.json(Call::get("/v1/doctor")).await?;
    if json {
        return output::json(&diagnosis);
    }
    for finding in super::rows(&diagnosis, "findings") {
        let text = |field: &str| finding[field].as_str().unwrap_or_default().to_owned();
        output::line_of(&format!("{} ({}): {}", text("level"), text("about"), text("message")))?;
        output::line_of(&format!("  {}", text("advice")))?;
    }
    for partner in super::rows(&diagnosis, "partners") {
        lines_about(&partner, &diagnosis["now"]).iter().try_for_each(|line| output::line_of(line))?;
    }
    if diagnosis["ok"] == true { output::line_of("nothing stands in the way") } else { Ok(()) }
}

/// How it stands with a partner: whatever people ask first when something is stuck.
fn lines_about(partner: &Value, now: &Value) -> Vec<String> {
    let text = |field: &str| partner[field].as_str().unwrap_or_default();
    let begin = |field: &str| text(field).chars().take(8).collect::<String>();
    let link = match (partner["problem"].as_str(), partner["worked"].is_u64()) {
        (Some(problem), _) => format!("broken since {}: {problem}", time(&partner["since"])),
        (None, true) => format!("works; last used {}", time(&partner["worked"])),
        (None, false) => "not used since this node started".into(),
    };
    let certificate = match (partner["card"].as_u64(), partner["trusted"] == true) {
        (Some(serial), true) => format!("card {serial}, its key is let in"),
        (Some(serial), false) => format!("card {serial}, its key is NOT let in"),
        (None, _) => "no card is held".into(),
    };
    let signed = match partner["signed"].is_u64() {
        true => format!("; the newest time it signed is {}", time(&partner["signed"])),
        false => String::new(),
    };
    let queue = match partner["outstanding"].as_u64() {
        Some(0) => "empty".into(),
        _ => format!("{} entries not receipted, the oldest of {}", partner["outstanding"], time(&partner["oldest"])),
    };
    let receipt = match partner["last_receipt"].is_u64() {
        true => time(&partner["last_receipt"]),
        false => "none".into(),
    };
    vec![
        format!("channel {} with {}", begin("channel"), begin("agency")),
        format!("  link          {link}"),
        format!("  clock         here {}{signed}", time(now)),
        format!("  certificate   {certificate}"),
        format!("  queue         {queue}"),
        format!("  last receipt  {receipt}"),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_partner_is_described_by_what_people_ask_first() {
        let now = json!(1_800_000_000_000_u64);
        let mut partner = json!({
            "channel": "c".repeat(64), "agency": "a".repeat(64), "worked": 1_800_000_000_000_u64, "problem": null,
            "since": null, "card": 2, "trusted": true, "signed": null, "outstanding": 0, "oldest": null,
            "last_receipt": null,
        });
        let lines = lines_about(&partner, &now);
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
        for (field, value) in [
            ("problem", json!("nobody answers")),
            ("since", json!(1_800_000_060_000_u64)),
            ("trusted", json!(false)),
            ("signed", json!(1_800_000_120_000_u64)),
            ("outstanding", json!(3)),
            ("oldest", json!(1_800_000_180_000_u64)),
            ("last_receipt", json!(1_800_000_240_000_u64)),
        ] {
            partner[field] = value;
        }
        assert_eq!(
            lines_about(&partner, &now)[1..],
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
