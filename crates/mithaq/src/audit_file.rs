//! An exported audit log: JSON lines, checked without a node.
//!
//! The first line names the agency and carries its cards and the signed heads; then one line an entry, as
//! `GET /v1/audit` gives them.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write as _},
    path::Path,
};

use node::{
    answers::audit::{AuditHead, AuditLine, Countersignatures},
    audit::{LogUse, retention},
    auditors::PublicFile,
    wording,
};
use protocol::{
    card::CardChain,
    fingerprint::Fingerprint,
    id::{AgencyId, Hash, parse_hash},
    suite::{AwsLc, PublicKeys},
    tlog::{
        Checkpoint, Countersigned, Frontier, audit_commitment, audit_origin, merkle, open_checkpoint,
        open_countersigned,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use texts::{Message, say};

use crate::{
    api::{Api, Call, query},
    failure::Failure,
    limits, output,
};

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Title {
    mithaq: Format,
    agency: AgencyId,
    /// The agency's card file.
    cards: String,
    /// The head that the node signed, at the time of the export.
    checkpoint: String,
    /// Auditors' countersignatures, the smallest log first.
    countersigned: Vec<String>,
}

#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "audit-export/1")]
    V1,
}

/// What verifying found.
#[derive(Debug, Serialize)]
pub struct Found {
    agency: AgencyId,
    entries: u64,
    /// Entries of which nothing but the leaf is left, because their time was up.
    erased: u64,
    /// Entries below the last countersignature: nobody can have changed or removed them since.
    countersigned_entries: u64,
    /// When an auditor countersigned last, seconds since 1970.
    countersigned_s: Option<u64>,
    /// What is missing: no fault, but something that this file does not prove.
    missing: Vec<Message>,
    /// What does not hold.
    problems: Vec<Message>,
}

/// Writes the export of a node's audit log; says how many entries it has.
pub async fn export(api: &Api, file: &Path, r#use: LogUse) -> Result<u64, Failure> {
    let cards = api.bytes(Call::get("/v1/card")).await?;
    let AuditHead { agency, checkpoint, size, .. } = api.get("/v1/audit/head").await?.read()?;
    let Countersignatures { countersigned, .. } = api.get("/v1/audit/countersignatures").await?.read()?;
    let title = json!({
        "mithaq": "audit-export/1",
        "agency": agency,
        "cards": String::from_utf8_lossy(&cards),
        "checkpoint": checkpoint,
        "countersigned": countersigned,
    });
    let mut to = std::io::BufWriter::new(output::create_new(file)?);
    let failed = |error: std::io::Error| Failure::writing(file, &error);
    writeln!(to, "{title}").map_err(failed)?;
    let mut next = 0;
    while next < size {
        let limit = (size - next).min(u64::from(node::limits::AUDIT_LINES_MAX));
        let path = query(
            "/v1/audit",
            &[("use", Some(r#use.name())), ("from", Some(&next.to_string())), ("limit", Some(&limit.to_string()))],
        );
        let lines = api.bytes(Call::get(&path)).await?;
        let count = lines.iter().filter(|byte| **byte == b'\n').count();
        if count == 0 {
            return Err(Failure::not_verified(say!("audit-entry-lacking", next = %next, size = %size)));
        }
        to.write_all(&lines).map_err(failed)?;
        next = next.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
    to.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
    Ok(size)
}

/// The entries of an export, as they stand there: [`verify`] says whether they are the agency's.
///
/// # Errors
/// The file can't be read, or a line is no entry.
pub fn entries(file: &Path) -> Result<impl Iterator<Item = Result<AuditLine, Failure>>, Failure> {
    let reading = |error: std::io::Error| Failure::reading(file, &error);
    let lines = BufReader::new(std::fs::File::open(file).map_err(reading)?).lines().skip(1);
    Ok(lines.map(move |line| {
        let line = line.map_err(|error| Failure::usage(say!("export-unreadable", error = %error)))?;
        serde_json::from_str(&line).map_err(|error| Failure::usage(say!("export-line-invalid", error = %error)))
    }))
}

/// Reads an auditor's public file.
pub fn auditor(file: &Path) -> Result<PublicKeys, Failure> {
    let bytes = output::read(file, limits::KEY_FILE_BYTES_MAX)?;
    let public = PublicFile::parse(&bytes).map_err(|error| Failure::from(error).while_doing(file.display()))?;
    Ok(public.keys)
}

/// Checks an export: entries, the node's head over them, and every countersignature.
pub fn verify(file: &Path, auditors: &[PublicKeys], fingerprint: &Fingerprint) -> Result<Found, Failure> {
    let reading = |error: std::io::Error| Failure::reading(file, &error);
    let mut lines = BufReader::new(std::fs::File::open(file).map_err(reading)?).lines();
    let first = lines.next().transpose().map_err(reading)?.unwrap_or_default();
    let title: Title = serde_json::from_str(&first)
        .map_err(|error| Failure::usage(say!("audit-file-unreadable", file = %file.display(), error = %error)))?;
    let cards = CardChain::parse(&AwsLc, title.cards.as_bytes())
        .map_err(|error| Failure::not_verified(say!("agency-card-invalid", error = wording::cards::card(&error))))?;
    if Fingerprint::of(cards.agency()) != *fingerprint || *cards.agency() != title.agency {
        return Err(Failure::not_verified(say!("other-fingerprint")));
    }
    let mut found = Found {
        agency: title.agency,
        entries: 0,
        erased: 0,
        countersigned_entries: 0,
        countersigned_s: None,
        missing: Vec::new(),
        problems: Vec::new(),
    };
    let mut heads = found.heads(&title, &cards, auditors);
    let countersigned: Vec<_> =
        title.countersigned.iter().filter_map(|note| opened(note, &title.agency, auditors)).collect();
    let young_from = retention::young_from(&countersigned, node::clock::now_ms());
    let mut walked = Frontier::new();
    for line in lines {
        let line = line.map_err(reading)?;
        let entry = match serde_json::from_str::<AuditLine>(&line) {
            Ok(entry) if entry.index == walked.size() => entry,
            Ok(entry) => {
                let (index, next) = (walked.size(), entry.index);
                found.problems.push(say!("audit-entry-missing", index = %index, next = %next));
                break;
            }
            Err(error) => {
                found.problems.push(say!("audit-line-no-entry", line = %walked.size() + 2, error = %error));
                break;
            }
        };
        let Some(leaf) = leaf(&entry) else {
            found.problems.push(say!("audit-line-empty", line = %walked.size() + 2));
            break;
        };
        if entry.entry.is_none() {
            found.erased += 1;
            if young_from.is_some_and(|from| entry.index >= from) {
                found.problems.push(say!("audit-erased-early", index = %entry.index));
            }
        }
        walked.append_leaf(&AwsLc, leaf);
        for (root, whose) in heads.remove(&walked.size()).unwrap_or_default() {
            if root != walked.root(&AwsLc) {
                found.problems.push(whose.differ(walked.size()));
            }
        }
    }
    heads.remove(&0);
    for (size, heads) in heads {
        for (_, whose) in heads {
            found.problems.push(whose.lacks(size, size - walked.size()));
        }
    }
    found.entries = walked.size();
    if found.countersigned_s.is_none() {
        found.missing.push(say!("audit-agency-alone"));
    } else if found.countersigned_entries < found.entries {
        let rest = found.entries - found.countersigned_entries;
        found.missing.push(say!("audit-rest-alone", rest = rest));
    }
    Ok(found)
}

/// A head of the agency's audit log that one of these auditors countersigned.
fn opened(note: &str, agency: &AgencyId, auditors: &[PublicKeys]) -> Option<Countersigned> {
    let opened = auditors.iter().find_map(|auditor| open_countersigned(&AwsLc, note, auditor).ok());
    opened.filter(|signed| signed.checkpoint().origin == audit_origin(agency))
}

/// An entry's leaf: computed from what stands there, or as it is told of an entry that was erased.
fn leaf(line: &AuditLine) -> Option<Hash> {
    let salt = line.salt.as_ref().map(hex::decode).transpose().ok()?.unwrap_or_default();
    match (&line.entry, &line.leaf) {
        (Some(entry), None) => Some(merkle::leaf_hash(&AwsLc, &audit_commitment(&AwsLc, &salt, entry.as_bytes()))),
        (None, Some(leaf)) => parse_hash(leaf).ok(),
        _ => None,
    }
}

type Heads = BTreeMap<u64, Vec<(Hash, Whose)>>;

/// Who vouches for a head.
#[derive(Clone, Copy)]
enum Whose {
    Agency,
    Auditor,
}

impl Whose {
    /// The entries up to its size are others.
    fn differ(self, size: u64) -> Message {
        match self {
            Self::Agency => say!("audit-first-differ-agency", size = size),
            Self::Auditor => say!("audit-first-differ-auditor", size = size),
        }
    }

    /// The file ends before its size.
    fn lacks(self, size: u64, missing: u64) -> Message {
        match self {
            Self::Agency => say!("audit-missing-agency", size = size, missing = missing),
            Self::Auditor => say!("audit-missing-auditor", size = size, missing = missing),
        }
    }
}

impl Found {
    /// The heads that the entries must lead to, by size.
    fn heads(&mut self, title: &Title, cards: &CardChain, auditors: &[PublicKeys]) -> Heads {
        let mut heads = Heads::new();
        let mut take = |checkpoint: &Checkpoint, whose| {
            heads.entry(checkpoint.size).or_default().push((checkpoint.root, whose));
        };
        match open_checkpoint(&AwsLc, &title.checkpoint, &cards.current().keys.log) {
            Ok(head) if head.checkpoint().origin == audit_origin(&title.agency) => {
                take(head.checkpoint(), Whose::Agency);
            }
            Ok(_) => self.problems.push(say!("audit-other-log")),
            Err(error) => self.problems.push(say!("audit-bad-head", error = wording::note(error))),
        }
        for note in &title.countersigned {
            match opened(note, &title.agency, auditors) {
                Some(signed) => {
                    take(signed.checkpoint(), Whose::Auditor);
                    if self.countersigned_entries <= signed.checkpoint().size {
                        self.countersigned_entries = signed.checkpoint().size;
                        self.countersigned_s = Some(signed.time_s());
                    }
                }
                None => self.missing.push(say!("audit-strange-countersignature")),
            }
        }
        heads
    }

    /// The page for people.
    pub fn lines(&self) -> Vec<Message> {
        let mut lines = vec![say!("audit-log-of", agency = %self.agency, entries = self.entries)];
        if self.erased > 0 {
            lines.push(say!("audit-erased", erased = self.erased));
        }
        if let Some(time_s) = self.countersigned_s {
            let time = jiff::Timestamp::from_second(i64::try_from(time_s).unwrap_or_default()).unwrap_or_default();
            lines.push(say!("audit-countersigned", size = self.countersigned_entries, time = %time));
        }
        lines.extend(self.missing.iter().map(|what| say!("audit-lacks", what = what.clone())));
        lines.extend(self.problems.iter().map(|what| say!("audit-is-wrong", what = what.clone())));
        lines
    }

    /// # Errors
    /// What does not hold.
    pub fn must_hold(&self) -> Result<(), Failure> {
        match self.problems.first() {
            None => Ok(()),
            Some(problem) => Err(Failure::not_verified(problem.clone())),
        }
    }
}
