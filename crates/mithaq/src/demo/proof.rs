//! The end of the story: content is erased at both ends, everything kept is checked, and evidence verified offline.

use std::path::{Path, PathBuf};

use node::{
    answers::records::Erased,
    check::Report,
    reading::{page::Listed, reviews::EraseOrder},
};
use protocol::origin::Position;
use texts::{Message, say};

use super::{
    Agency, Ledger, Narrator,
    agency::{run as run_program, this_program},
    story::wait_until,
};
use crate::{
    api::{self, Answer, Call, query},
    failure::Failure,
    reference::Reference,
};

/// Records for which evidence is exported; the suspect note has officers' approvals.
pub const PROVEN: [&str; 3] = ["RO-SYR-PAK-2025-08", "suspect", "note-0-7"];
/// The record that is erased.
const ERASED: &str = "note-1-1";
/// The exit code of `verify` for a file that proves nothing.
const DOES_NOT_VERIFY: i32 = 4;

/// Erases, checks and verifies; says whether every evidence file verified and a changed one did not.
pub async fn run(a: &Agency, b: &Agency, ledger: &Ledger, folder: &Path, narrator: Narrator) -> Result<bool, Failure> {
    erase(a, b, ledger).await?;
    narrator.say(&say!("demo-erased"), &say!("demo-erased-note"));
    for agency in [a, b] {
        let call = Call::post("/v1/check", api::JSON, Vec::new()).waiting(None);
        let Report { ok, entries, batches, problems, .. } = agency.api().ask(call).await?.read()?;
        if !ok {
            return Err(Failure::not_verified(format!("the check of {} fails: {problems:?}", agency.made.label)));
        }
        let checked = say!("demo-checked-node", label = agency.made.label, entries = entries, batches = batches);
        narrator.say(&say!("demo-checked"), &checked);
    }
    let mut verified = true;
    for id in PROVEN {
        let reference = &ledger.get(id)?.reference;
        let file = folder.join(format!("{id}.mithaq"));
        let length = api::receive_file(&a.api(), &format!("/v1/evidence/{reference}"), &file, true).await?;
        let facts = run_program(verify(&file, a, b)?)?;
        verified &= facts["verdict"] == "proven" && facts["record"]["body_sha256"] == ledger.get(id)?.sha256.as_str();
        let time =
            |bound: &str| facts["times"][bound].as_str().map_or_else(|| say!("demo-time-unknown"), Message::as_worded);
        let (after, before) = (time("after"), time("before"));
        let proven = say!("demo-record-proven", id = id, bytes = length, after = after, before = before);
        narrator.say(&say!("demo-proven"), &proven);
    }
    for agency in [a, b] {
        let file = folder.join(format!("erased-{}.mithaq", agency.made.label));
        let path = format!("/v1/evidence/{}", ledger.get(ERASED)?.reference);
        let length = api::receive_file(&agency.api(), &path, &file, true).await?;
        // It ends well only if the file is proven.
        let facts = run_program(verify(&file, a, b)?)?;
        verified &= facts.pointer("/order/party").is_some_and(|party| party == a.made.label);
        let remains = say!("demo-remains-of-note", label = agency.made.label, bytes = length);
        narrator.say(&say!("demo-remains"), &remains);
    }
    verified &= fails_when_changed(&folder.join(format!("{}.mithaq", PROVEN[0])), a, b)?;
    narrator.say(&say!("demo-changed"), &say!("demo-changed-byte"));
    Ok(verified)
}

/// Orders the erasure of a record and waits until the other side has carried it out.
async fn erase(a: &Agency, b: &Agency, ledger: &Ledger) -> Result<(), Failure> {
    let reference = &ledger.get(ERASED)?.reference;
    let place: Reference = reference.parse().map_err(Failure::internal)?;
    let Position { origin, index } = place.0;
    let order = EraseOrder { channel: origin.channel, log: origin.short(), index, order: true };
    a.api().post::<Erased>("/v1/erase", &order).await?.read()?;
    let channel = origin.channel.to_string();
    for agency in [a, b] {
        let path = query("/v1/records", &[("channel", Some(channel.as_str())), ("state", Some("erased"))]);
        wait_until("a record is not erased at both ends", async || {
            let erased = agency.api().lines::<Listed>(Call::get(&path)).await?;
            let erased: Vec<Listed> = erased.iter().map(Answer::read).collect::<Result<_, _>>()?;
            Ok(erased.iter().any(|record| record.index == index && record.sha256.is_none()))
        })
        .await?;
    }
    Ok(())
}

/// Whether a file no longer verifies when one byte of it is changed.
pub fn fails_when_changed(file: &Path, a: &Agency, b: &Agency) -> Result<bool, Failure> {
    let changed = change_one_byte(file)?;
    let refused = verify(&changed, a, b)?.output().map_err(|error| Failure::internal(error.to_string()))?;
    Ok(refused.status.code() == Some(DOES_NOT_VERIFY))
}

/// `mithaq verify`, as somebody would run it who knows nothing but the two fingerprints.
pub fn verify(file: &Path, a: &Agency, b: &Agency) -> Result<std::process::Command, Failure> {
    let mut command = this_program()?;
    command.arg("verify").arg(file).arg("--json");
    for agency in [a, b] {
        command.args(["--fingerprint", &agency.fingerprint.to_string()]);
    }
    Ok(command)
}

fn change_one_byte(file: &Path) -> Result<PathBuf, Failure> {
    let mut bytes = std::fs::read(file).map_err(|error| Failure::reading(file, &error))?;
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    let changed = file.with_extension("changed");
    std::fs::write(&changed, bytes).map_err(|error| Failure::writing(&changed, &error))?;
    Ok(changed)
}
