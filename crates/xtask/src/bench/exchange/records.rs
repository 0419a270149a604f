//! The agreement of the bench, and the records that are sent under it.

use serde_json::{Value, json};

use super::{JSON, LANGUAGE};
use crate::host;

/// Length of a note's body.
const BODY_BYTES: usize = 1024;
const NOTE: &str = "correspondence.note/1";
const REQUEST: &str = "requests.request/1";
/// Why notes are sent.
pub(super) const NOTES_PURPOSE: &str = "cooperation";
/// Why requests are sent.
pub(super) const REQUESTS_PURPOSE: &str = "support_investigation";
const RETENTION_DAYS: u32 = 30;

/// Most clauses that an agreement may have, less one for the notes that are alike: they allow the same, so that
/// records that differ in their clause differ in nothing else.
const LIKE_CLAUSES: u64 = 63;
const OFFENCES: &[&str] = &[
    "terrorism",
    "terrorism_financing",
    "drugs",
    "precursors",
    "organised_crime",
    "trafficking_in_persons",
    "migrant_smuggling",
    "arms_and_explosives",
    "forgery",
    "money_laundering",
    "cybercrime",
    "homicide",
    "kidnapping",
    "sexual_violence",
    "theft",
    "antiquities",
    "child_exploitation",
];

/// Makes lines of `POST /v1/records` for a channel; every number gives another record and thread.
pub struct Records<'a> {
    channel: &'a str,
    retain_until: String,
}

impl<'a> Records<'a> {
    /// Records to be kept for some weeks.
    pub fn new(channel: &'a str) -> Self {
        Self { channel, retain_until: host::date_in_days(RETENTION_DAYS.into()) }
    }

    /// A note of 1 KiB. All notes are alike in what policy reads.
    pub fn note(&self, number: u64) -> String {
        self.line(&self.header(NOTE, "notes", NOTES_PURPOSE, number), note_body(number))
    }

    /// A note in the thread of a request.
    pub fn note_beside(&self, request: u64, number: u64) -> String {
        let mut header = self.header(NOTE, "beside", NOTES_PURPOSE, number);
        header["thread"] = thread_of(request).into();
        self.line(&header, note_body(number))
    }

    /// A note that differs from every other of its kind in what policy reads, so that no remembered decision helps.
    pub fn unlike_note(&self, number: u64) -> String {
        let mut rest = number;
        let mut draw = |choices: u64| {
            let drawn = rest % choices;
            rest /= choices;
            drawn
        };
        let mut header = self.header(NOTE, &format!("n{}", draw(LIKE_CLAUSES)), NOTES_PURPOSE, number);
        header["offence"] = usize::try_from(draw(17)).ok().and_then(|place| OFFENCES.get(place)).copied().into();
        header["handling"] = json!([if draw(2) == 0 { "H1" } else { "H2" }]);
        if draw(2) == 0 {
            header["evaluation"] = json!({"source": "A", "info": "1"});
        }
        for field in ["assurance_ref", "risk_assessment_ref", "consent_ref", "necessity"] {
            if draw(2) == 0 {
                header[field] = "made up for a bench".into();
            }
        }
        match draw(3) {
            0 => header["tlp"] = "GREEN".into(),
            1 => header["tlp"] = "RED".into(),
            _ => {}
        }
        self.line(&header, note_body(number))
    }

    /// A request about a made-up vehicle, still without the approvals that its clause demands.
    pub fn request(&self, number: u64) -> String {
        let body = json!({
            "subject": format!("Owner of the vehicle XAA-{}", word_of_request(number)), "language": LANGUAGE,
            "asked": "Who has been the registered owner of the vehicle since January?",
            "facts": "The vehicle was seen at three crossings on nights when goods were moved past customs.",
            "necessity": "Without the owner the route of the goods cannot be followed beyond the border.",
            "link": "The owner or the holder is believed to have driven the vehicle on these nights.",
            "reason_to_believe": "The vehicle bears number plates of your state.",
        });
        let mut header = self.header(REQUEST, "requests", REQUESTS_PURPOSE, number);
        header["offence"] = "theft".into();
        self.line(&header, body.to_string())
    }

    fn header(&self, kind: &str, clause: &str, purpose: &str, number: u64) -> Value {
        json!({
            "kind": kind, "thread": thread_of(number), "clause": clause,
            "purpose": purpose, "handling": ["H1"], "evaluation": {"source": "X", "info": "4"},
            "retain_until": self.retain_until, "media_type": JSON,
        })
    }

    fn line(&self, header: &Value, body: String) -> String {
        format!("{}\n", json!({"channel": self.channel, "header": header, "body": body}))
    }
}

/// The thread of the record with this number.
pub fn thread_of(number: u64) -> String {
    format!("{:016x}{:016x}", spread(number), number)
}

/// The word by which a search finds the request with this number, and no other.
pub fn word_of_request(number: u64) -> String {
    format!("q{number:06}")
}

fn note_body(number: u64) -> String {
    let subject = format!("Note {number:012}");
    let empty = json!({"subject": subject, "text": "", "language": LANGUAGE}).to_string();
    let filler = "abcdefgh ".repeat(BODY_BYTES / 9 + 1);
    // Text may not end in a space.
    let filler = filler.get(..BODY_BYTES.saturating_sub(empty.len() + 1)).unwrap_or_default();
    json!({"subject": subject, "text": format!("{filler}."), "language": LANGUAGE}).to_string()
}

/// The draft of an agreement under which both parties may send notes.
pub fn notes_agreement() -> String {
    let mut draft = head("notes");
    draft.push_str(&clause("notes", NOTE, NOTES_PURPOSE, ""));
    for number in 0..LIKE_CLAUSES {
        draft.push_str(&clause(&format!("n{number}"), NOTE, NOTES_PURPOSE, ""));
    }
    draft
}

/// The draft of another, under which they may send requests that two officers have signed, and notes beside them.
pub fn requests_agreement() -> String {
    let signed = "approvals = [\"author\", \"release_authority\"]\ndeadlines.answer_hours = 168";
    let requests = clause("requests", REQUEST, REQUESTS_PURPOSE, signed);
    head("requests") + &requests + &clause("beside", NOTE, NOTES_PURPOSE, "")
}

fn head(about: &str) -> String {
    let (from, until) = (host::date_in_days(-1), host::date_in_days(365));
    format!(
        "[agreement]\ntitle.en = \"Exchange bench, {about}\"\ntext.en = \"Measures how fast the parties can be.\"\n\
         valid_from = {from}\nvalid_until = {until}\nlanes.urgent.records_per_hour_max = 3600\n\
         [[party]]\nlabel = \"XAA\"\nagency = \"self\"\n[[party]]\nlabel = \"XAB\"\nagency = \"XAB\"\n"
    )
}

fn clause(id: &str, kind: &str, purpose: &str, more: &str) -> String {
    let days = RETENTION_DAYS + 1;
    format!(
        "[[clause]]\nid = \"{id}\"\npurpose = \"{purpose}\"\nkinds = [\"{kind}\"]\nauthors = [\"XAA\", \"XAB\"]\n\
         offences = {OFFENCES:?}\nhandling = [\"H1\", \"H2\"]\nretention_days_max = {days}\n\
         text.en = \"For a bench.\"\n{more}\n"
    )
}

/// Spreads consecutive numbers over all 64-bit values (the finaliser of SplitMix64), as random threads would be.
fn spread(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn parsed(line: &str) -> Value {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn a_note_has_a_body_of_the_measured_size_and_its_own_thread() {
        let records = Records::new("c");
        assert_eq!(parsed(&records.note(0))["body"].as_str().unwrap().len(), BODY_BYTES);
        assert_eq!(parsed(&records.note(u64::MAX))["header"]["thread"].as_str().unwrap().len(), 32);
        assert_ne!(parsed(&records.note(1))["header"]["thread"], parsed(&records.note(2))["header"]["thread"]);
        assert!(records.note(1).ends_with("}\n"));
    }

    #[test]
    fn unlike_notes_differ_in_more_than_their_threads() {
        let records = Records::new("c");
        let differing: BTreeSet<String> = (0..100_000)
            .map(|number| {
                let mut header = parsed(&records.unlike_note(number))["header"].take();
                header["thread"].take();
                header.to_string()
            })
            .collect();
        assert_eq!(differing.len(), 100_000);
    }

    #[test]
    fn the_agreement_has_a_clause_for_each_kind_of_line() {
        let draft = notes_agreement() + &requests_agreement();
        let clauses: BTreeSet<&str> =
            draft.lines().filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"')).collect();
        let records = Records::new("c");
        for line in [records.note(1), records.unlike_note(1), records.unlike_note(62), records.request(1)] {
            assert!(clauses.contains(parsed(&line)["header"]["clause"].as_str().unwrap()));
        }
    }
}
