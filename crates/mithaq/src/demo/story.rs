//! The story up to the load: two agencies meet, agree, and exchange what real offices would.

use std::{path::Path, time::Duration};

use node::{
    answers::{
        agreements::ProgressAnswer,
        channels::{ChannelRow, ChannelState},
        submission::{LineAnswer, LineOutcome},
    },
    reading::record::Record,
};
use protocol::{
    date::Date,
    header::{Header, SubjectCategory},
    id::ChannelId,
    origin::Lane,
    suite::{AwsLc, Entropy, Suite, SystemEntropy},
};
use serde_json::{Value, json};
use texts::{Message, say};

use super::{
    Agency, Ledger, Narrator,
    part::{Draft, Part},
};
use crate::{
    api::{self, Answer, Api, Call},
    auditor::AuditorKey,
    commands::{
        peer,
        send::{Officer, Terms, line, upload},
    },
    failure::Failure,
};

/// Bytes of the generated file: a few times the chunk in which attachments are encrypted.
const FILE_BYTES: usize = 3 * 1024 * 1024 + 17;
/// Longest wait for the two nodes to find each other, or for a delivery.
pub const PATIENCE_S: u64 = 60;
const POLL: Duration = Duration::from_millis(20);

/// The two agencies' channel for all but the load.
pub struct Pair {
    /// The channel.
    pub channel: ChannelId,
    /// The part of the one that sends most.
    pub a: Part,
    /// The part of the other.
    pub b: Part,
    /// The channel of the load, under an agreement of its own, and what may be sent there.
    pub load: (ChannelId, Terms),
}

/// Cards, fingerprints, agreement, officers: until the channel is open.
pub async fn meet(a: &Agency, b: &Agency, narrator: Narrator) -> Result<Pair, Failure> {
    for agency in [a, b] {
        appoint(agency).await?;
    }
    present(a, b).await?;
    let digits = |agency: &Agency| say!("demo-has-digits", label = agency.made.label, digits = first_groups(agency));
    narrator.say(&say!("demo-paired"), &digits(a));
    narrator.go_on(&digits(b));

    let draft = include_str!("agreement.toml");
    let channel = agree(a, b, draft).await?;
    let clauses = draft.matches("[[clause]]").count();
    let begins = format!("{:.16}", channel.to_string());
    let signed = say!("demo-agreement-signed", clauses = clauses, channel = begins);
    narrator.say(&say!("demo-agreement"), &signed);
    let of_load = agree(a, b, include_str!("load.toml")).await?;
    let load = (of_load, Terms::of(&a.api(), of_load).await?);

    let pair = Pair { a: Part::of(a, channel).await?, b: Part::of(b, channel).await?, channel, load };
    narrator.say(&say!("demo-officers"), &say!("demo-officers-enrolled"));
    Ok(pair)
}

/// Registers an auditor of the agency's own: without one a node exchanges nothing.
async fn appoint(agency: &Agency) -> Result<(), Failure> {
    let file = agency.dir.with_extension("auditor");
    let auditor = AuditorKey::create(&file, None)?.public_file()?.encode();
    agency.api().bytes(Call::post("/v1/auditors", api::JSON, auditor)).await.map(drop)
}

/// Gives each the other's card. The digits pass from person to person, not with the card.
async fn present(a: &Agency, b: &Agency) -> Result<(), Failure> {
    for (here, there) in [(a, b), (b, a)] {
        let card = there.api().bytes(Call::get("/v1/card")).await?;
        peer::add(&here.api(), card.to_vec(), Some(&there.fingerprint)).await?;
    }
    Ok(())
}

/// Introduces a new agency to one that exchanges already.
pub async fn introduce(new: &Agency, other: &Agency) -> Result<(), Failure> {
    appoint(new).await?;
    present(new, other).await
}

/// Has both sign an agreement, and waits until its channel is open.
pub async fn agree(a: &Agency, b: &Agency, draft: &str) -> Result<ChannelId, Failure> {
    let today = node::clock::today();
    let draft = draft
        .replace("{from}", &Date::from_unix_ms(today.start_unix_ms() - 86_400_000).unwrap_or(today).to_string())
        .replace("{until}", &today.plus_days(365).to_string());
    let call = Call::post("/v1/agreements", "application/toml", draft);
    let ProgressAnswer { agreement, channel, .. } = a.api().ask(call).await?.read()?;
    let channel = channel.ok_or_else(|| Failure::internal("a first draft without a channel"))?;
    for party in [a, b] {
        for act in ["sign", "offer"] {
            let path = format!("/v1/agreements/{}/{act}", hex::encode(agreement));
            party.api().act::<ProgressAnswer>(&path).await?.read()?;
        }
    }
    for party in [a, b] {
        wait_until("the channel does not open", async || {
            Ok(channel_of(&party.api(), channel).await?.state == ChannelState::Open)
        })
        .await?;
    }
    Ok(channel)
}

/// Readouts, files and a note about a person.
pub async fn exchange(
    pair: &Pair,
    a: &Agency,
    b: &Agency,
    folder: &Path,
    ledger: &mut Ledger,
    narrator: Narrator,
) -> Result<(), Failure> {
    for (id, body) in desks::REAL_READOUTS {
        let header = pair.a.header("c1", "register.readout/1")?;
        pair.send(a, ledger, id, &header, body.as_bytes(), &[]).await?;
    }
    let registered = say!("demo-readouts-registered", count = desks::REAL_READOUTS.len());
    narrator.say(&say!("demo-readouts"), &registered);

    let mut header = pair.a.header("c3", "correspondence.file/1")?;
    let files = files(folder)?;
    for file in &files {
        header.attachments.push(upload(&a.api(), file, true).await?);
    }
    let letter = body(json!({"title": "Readouts and a large file", "description": "As exchanged.", "language": "en"}));
    pair.send(a, ledger, "files", &header, &letter, &[]).await?;
    let (large, file) = (header.attachments.last(), files.last());
    if let (Some(large), Some(file)) = (large, file) {
        fetch(b, &ledger.get("files")?.reference, &hex::encode(large.sha256), file).await?;
    }
    let bytes: u64 = header.attachments.iter().map(|file| file.size).sum();
    let fetched = say!("demo-files-fetched", count = files.len(), bytes = bytes, label = b.made.label);
    narrator.say(&say!("demo-files"), &fetched);

    let header = pair.a.about(SubjectCategory::Suspect, "c2", "correspondence.note/1")?;
    let officers = pair.a.two_officers();
    pair.send(a, ledger, "suspect", &header, &suspect_note(), &officers).await?;
    narrator.say(&say!("demo-note"), &say!("demo-note-released"));
    Ok(())
}

/// Two records that must not leave. Counts those that were refused by the rule expected.
pub async fn refusals(pair: &Pair, a: &Agency, narrator: Narrator) -> Result<usize, Failure> {
    let unlisted = Header { kind: "requests.spontaneous/1".into(), ..pair.a.header("c2", "correspondence.note/1")? };
    let same_officer = pair.a.about(SubjectCategory::Suspect, "c2", "correspondence.note/1")?;
    let alone = pair.a.one_officer_twice();
    let tries = [
        ("AGR-01", line(&pair.a.terms.context, &unlisted, b"{}", &[], Lane::Main, Some("unlisted"))?),
        ("EYE-01", line(&pair.a.terms.context, &same_officer, &suspect_note(), &alone, Lane::Main, Some("alone"))?),
    ];
    let mut refused = 0;
    for (rule, line) in tries {
        let answers = a.api().lines::<LineAnswer>(Call::post("/v1/records", api::NDJSON, line)).await?;
        let outcome = answers.first().map(Answer::read).transpose()?.map(|answer| answer.outcome);
        let Some(LineOutcome::Failed { error }) = outcome else {
            return Err(Failure::internal(format!("a record that {rule} forbids was sent")));
        };
        let failure = Failure::from(error);
        let why = Message::as_worded(format!("{}: {}", failure.rule().unwrap_or("-"), failure.message()));
        narrator.say(&say!("demo-refused"), &why);
        refused += usize::from(failure.rule() == Some(rule));
    }
    Ok(refused)
}

impl Pair {
    /// Sends one record from the first agency and waits until the other side has receipted it.
    async fn send(
        &self,
        a: &Agency,
        ledger: &mut Ledger,
        id: &str,
        header: &Header,
        body: &[u8],
        officers: &[Officer<'_>],
    ) -> Result<(), Failure> {
        let answer = self.a.deliver(a, &Draft { id, header, body, officers, lane: Lane::Main }).await?;
        ledger.enter(self.channel, id, body, answer)
    }
}

/// The body of a note.
pub fn note(subject: &str, text: &str) -> Vec<u8> {
    body(json!({"subject": subject, "text": text, "language": "en"}))
}

/// What a channel says of itself.
pub async fn channel_of(api: &Api, channel: ChannelId) -> Result<ChannelRow, Failure> {
    api.get(&format!("/v1/channels/{channel}")).await?.read()
}

/// Asks again and again until it is so.
pub async fn wait_until(otherwise: &str, mut is_so: impl AsyncFnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
    let started_ms = node::clock::now_ms();
    while !is_so().await? {
        if node::clock::now_ms() - started_ms > PATIENCE_S * 1000 {
            return Err(Failure::unavailable(format!("{otherwise} within {PATIENCE_S} s")));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

fn suspect_note() -> Vec<u8> {
    note("Whereabouts of a suspect (made up)", "No person of this description was seen. This note is made up.")
}

/// The bytes of a body.
pub fn body(value: Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// The readouts as files, and a large one of random bytes, which no compression or deduplication makes small.
fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>, Failure> {
    let mut files = Vec::new();
    let mut write = |name: String, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|error| Failure::writing(&path, &error))?;
        files.push(path);
        Ok::<(), Failure>(())
    };
    for (id, body) in desks::REAL_READOUTS {
        write(format!("{id}.json"), body.as_bytes())?;
    }
    let mut random = vec![0; FILE_BYTES];
    SystemEntropy.fill(&mut random);
    write("large.bin".into(), &random)?;
    Ok(files)
}

/// Downloads a file at the receiver and compares it with the one that was sent.
async fn fetch(receiver: &Agency, reference: &str, sha256: &str, sent: &Path) -> Result<(), Failure> {
    let api = receiver.api();
    // The record's content may arrive before its files.
    wait_until("the files do not arrive", async || {
        let shown: Record = api.get(&format!("/v1/records/{reference}")).await?.read()?;
        Ok(shown.state == "received")
    })
    .await?;
    let received = sent.with_extension("received");
    api::receive_file(&api, &format!("/v1/records/{reference}/attachments/{sha256}"), &received, true).await?;
    let bytes = std::fs::read(&received).map_err(|error| Failure::reading(&received, &error))?;
    if hex::encode(AwsLc.sha256(&[&bytes])) == sha256 {
        return Ok(());
    }
    Err(Failure::not_verified("the file that arrived is not the one that was sent"))
}

fn first_groups(agency: &Agency) -> String {
    let fingerprint = agency.fingerprint.to_string();
    format!("{} …", fingerprint.get(..23).unwrap_or(&fingerprint))
}
