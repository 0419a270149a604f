//! A draft without its content: what lists say of it, and what decides who sees it. It is all that is held in memory.

use std::collections::BTreeSet;

use desks::shape::{Field, Shape};
use protocol::{
    agreement::ApprovalRole,
    date::Date,
    id::{ChannelId, Hash, parse_hash},
    limits::ATTACHMENTS_PER_RECORD_MAX,
};
use serde_json::Value;
use store::OfficeId;

use super::{
    care::{Care, Remark, With},
    draft::{Draft, Handed, SentAs, State},
};
use crate::{
    audit::Noted,
    drafting::{Ready, ToPrepare},
    fault::Fault,
    limits,
};

/// A draft without its content.
#[derive(Debug, Clone)]
pub struct Brief {
    pub(super) row: OfficeId,
    /// Its id.
    pub id: String,
    /// The kind of record.
    pub kind: String,
    /// The clause, where it was named.
    pub clause: Option<String>,
    /// The channel.
    pub channel: ChannelId,
    /// What it answers, if it does.
    pub reply_to: Option<String>,
    /// The line that stands for it; empty while it is not complete.
    pub title: String,
    /// Its first words, while it has no title.
    pub begins: String,
    /// Where it stands.
    pub state: State,
    /// How often it was changed.
    pub revision: u64,
    /// Ids of the people who wrote in it.
    pub writers: BTreeSet<String>,
    /// The approvals that are still to be given.
    pub missing: Vec<ApprovalRole>,
    /// All that its clause asks for, once it was handed over.
    pub(super) needs: Vec<ApprovalRole>,
    /// What became of it.
    pub sent: Option<SentAs>,
    pub(super) purpose: String,
    pub(super) opened_by: Option<String>,
    pub(super) office: Option<String>,
    /// What is said of it, without the remarks.
    pub(super) care: Care,
    pub(super) files: Vec<Hash>,
}

/// A draft as it is shown to somebody who may see it.
pub struct Shown {
    /// What lists say of it.
    pub brief: Brief,
    /// As its author knows it.
    pub what: ToPrepare,
    /// As it will be signed and sent; or what is to be mended first.
    pub ready: Result<Ready, Fault>,
    /// Who approved: in which part, and the id of the person.
    pub given: Vec<(ApprovalRole, String)>,
    /// What colleagues say of it, the oldest first.
    pub remarks: Vec<Remark>,
    /// What was read to show it, for the audit log.
    pub noted: Option<Noted>,
}

/// Which drafts are listed.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those that wait for the caller.
    pub waits_for_me: bool,
    /// Where the page before ended, its `next`.
    pub cursor: Option<String>,
    /// Rows of the page.
    pub limit: Option<usize>,
}

impl Brief {
    pub(super) fn of(draft: &Draft, row: OfficeId) -> Self {
        let files = draft.what.header.get("attachments").and_then(|files| files.as_array());
        let digest = |file: &Value| parse_hash(file.get("sha256")?.as_str()?).ok();
        Self {
            row,
            id: draft.id.clone(),
            kind: draft.what.kind.clone(),
            clause: draft.what.clause.clone(),
            channel: draft.channel,
            reply_to: draft.what.reply_to.clone(),
            title: draft.title.clone(),
            begins: if draft.title.is_empty() { begins(&draft.what) } else { String::new() },
            state: draft.state,
            revision: draft.revision,
            writers: draft.writers.clone(),
            needs: draft.handed.iter().flat_map(|handed| handed.needs.clone()).collect(),
            missing: draft.handed.iter().flat_map(Handed::missing).collect(),
            sent: draft.sent.clone(),
            purpose: draft.purpose.clone(),
            opened_by: draft.opened_by.clone(),
            office: draft.office.clone(),
            care: Care { remarks: Vec::new(), ..draft.care.clone() },
            files: files.into_iter().flatten().filter_map(digest).take(ATTACHMENTS_PER_RECORD_MAX).collect(),
        }
    }

    /// Where it stands in the order of lists: when it last changed, then its year and number.
    pub(super) fn place(&self) -> [u64; 2] {
        let number = self.id.trim_start_matches("d-").split_once('-');
        let number = number.and_then(|(year, number)| Some((year.parse::<u32>().ok()?, number.parse::<u32>().ok()?)));
        let (year, number) = number.unwrap_or_default();
        [self.care.changed_ms, u64::from(year) << 32 | u64::from(number)]
    }

    /// Who is to deal with it, if not whoever wrote it.
    pub const fn with(&self) -> Option<&With> {
        self.care.with.as_ref()
    }

    /// On which day it is to be brought back.
    pub const fn bring_back(&self) -> Option<Date> {
        self.care.bring_back
    }

    /// When it was last changed, milliseconds since 1970.
    pub const fn changed_ms(&self) -> u64 {
        self.care.changed_ms
    }

    /// The office for which it is written.
    pub fn office(&self) -> Option<&str> {
        self.office.as_deref()
    }
}

/// The first words of what is written already: of its title or subject, or else of whatever comes first.
fn begins(what: &ToPrepare) -> String {
    let parsed = what.body.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let body = parsed.as_ref().unwrap_or(&what.body);
    let Some(kind) = desks::kinds::find(&what.kind) else { return String::new() };
    let is_prose = |field: &&Field| matches!(field.shape, Shape::Line(_) | Shape::LineOrEmpty(_) | Shape::Text(_));
    let said = |field: &Field| Some(body.get(field.name)?.as_str()?.trim()).filter(|text| !text.is_empty());
    let is_title = |field: &&Field| field.name.starts_with("title") || field.name == "subject";
    let prose = || kind.fields.iter().filter(is_prose);
    let text = prose().filter(is_title).find_map(said).or_else(|| prose().find_map(said)).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(limits::DRAFT_BEGINS_CHARS_MAX) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, body: Value) -> String {
        let header = serde_json::Map::new();
        let (channel, lane, clause, reply_to, name) = (None, None, None, None, None);
        begins(&ToPrepare { channel, lane, kind: kind.into(), clause, reply_to, header, body, name })
    }

    #[test]
    fn a_draft_is_known_by_its_title_or_by_its_first_words() {
        let readout = "register.readout/1";
        assert_eq!(of(readout, Value::Null), "");
        assert_eq!(of(readout, Value::from("{\"id\":\"RO-1\",\"title_en\":\"Ministers meet\"}")), "Ministers meet");
        assert_eq!(of(readout, serde_json::json!({ "id": "RO-1", "title_en": " " })), "RO-1");
        let long = of(readout, serde_json::json!({ "title_ar": "كلمة ".repeat(40) }));
        assert!(long.ends_with('…') && long.chars().count() <= limits::DRAFT_BEGINS_CHARS_MAX + 1, "{long}");
        assert_eq!(of("made.up/1", serde_json::json!({ "title": "x" })), "");
    }
}
