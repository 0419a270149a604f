//! `/v1/drafts`: what an office works on before it is sent. What a draft says is a [`ToPrepare`].

use protocol::{
    agreement::ApprovalRole,
    date::Date,
    id::{ChannelId, Hash, hash_hex},
    record::Approval,
    text::Texts,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::preparation::Prepared;
use crate::{
    drafting::ToPrepare,
    fault::Fault,
    office::{Brief, Remark, SentAs, State, With},
    words,
};

/// A draft, as lists have it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DraftRow {
    /// Year and number: `d-2026-014`.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// How often it was changed: who saves says which revision they saw.
    pub revision: u64,
    /// The line that stands for it; empty while it is not complete, and once it is sent.
    pub title: String,
    /// The kind of record.
    pub kind: String,
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The clause, where it was named.
    pub clause: Option<String>,
    /// The thread or record that it answers, if it does.
    pub reply_to: Option<String>,
    /// The office for which it is written.
    pub office: Option<String>,
    /// Ids of the people who wrote in it.
    pub writers: Vec<String>,
    /// Who is to deal with it, if not whoever wrote it.
    pub with: Option<With>,
    /// In which parts it is still to be approved.
    #[schemars(with = "Vec<words::ApprovalRole>")]
    pub missing: Vec<ApprovalRole>,
    /// On which day it is brought back.
    #[schemars(with = "Option<words::Day>")]
    pub bring_back: Option<Date>,
    /// When it last changed, milliseconds since 1970.
    pub changed_ms: u64,
    /// Whether it changed since the caller last saw it.
    pub unread: bool,
    /// What became of it, once it was sent.
    pub sent: Option<SentAs>,
}

/// Drafts.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DraftList {
    /// Those that changed last first.
    pub drafts: Vec<DraftRow>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// A draft whole.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DraftShown {
    /// What lists say of it.
    #[serde(flatten)]
    pub row: DraftRow,
    /// As its author knows it.
    pub draft: ToPrepare,
    /// To whom it goes.
    pub to: Vec<Recipient>,
    /// What the clause says under which it goes, by language.
    #[schemars(with = "words::Texts")]
    pub clause_text: Texts,
    /// As it will be signed and sent, and what officers sign; `null` while it is not complete, and once it was sent.
    pub prepared: Option<Prepared>,
    /// What is to be mended before it can be handed over.
    pub problem: Option<Fault>,
    /// Who approved it.
    pub given: Vec<Approved>,
    /// What colleagues say of it, the oldest first.
    pub remarks: Vec<Remark>,
}

/// A party to which a draft goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recipient {
    /// Its label in the agreement.
    pub label: String,
    /// Its names by language.
    #[schemars(with = "words::Texts")]
    pub names: Texts,
}

/// An approval of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approved {
    /// In which part.
    #[schemars(with = "words::ApprovalRole")]
    pub role: ApprovalRole,
    /// The id of the person who gave it.
    pub by: String,
}

/// What was written, in place of the revision that its writer saw.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveDraft {
    /// Which revision that was.
    pub revision: u64,
    /// As its author knows it now.
    pub draft: ToPrepare,
}

/// A draft that is handed over as it was seen.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The digest of what was seen: that of `prepared`.
    #[serde(with = "hash_hex")]
    #[schemars(with = "words::Digest")]
    pub digest: Hash,
    /// The author's approval, where the clause asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Approval>")]
    pub approval: Option<Approval>,
    /// To whom; without it to everybody whose approval it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<With>,
}

/// An approval that is given.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// It.
    #[schemars(with = "words::Approval")]
    pub approval: Approval,
}

/// A release.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The approval of whoever releases, where the clause asks for one and it was not given before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<words::Approval>")]
    pub approval: Option<Approval>,
}

/// Words of a colleague.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// They.
    pub remark: String,
}

/// Who deals with something.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// A person by id, the beginning of it or name, or an office; `null` for whoever wrote it.
    pub with: Option<With>,
}

/// When something is brought back.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BringBack {
    /// The day; `null` for none.
    #[schemars(with = "Option<words::Day>")]
    pub day: Option<Date>,
}

impl DraftRow {
    /// What a list says of a draft to a caller who has read it, or not.
    pub fn of(brief: &Brief, unread: bool) -> Self {
        Self {
            id: brief.id.clone(),
            state: brief.state,
            revision: brief.revision,
            title: brief.title.clone(),
            kind: brief.kind.clone(),
            channel: brief.channel,
            clause: brief.clause.clone(),
            reply_to: brief.reply_to.clone(),
            office: brief.office().map(str::to_owned),
            writers: brief.writers.iter().cloned().collect(),
            with: brief.with().cloned(),
            missing: brief.missing.clone(),
            bring_back: brief.bring_back(),
            changed_ms: brief.changed_ms(),
            unread,
            sent: brief.sent.clone(),
        }
    }
}
