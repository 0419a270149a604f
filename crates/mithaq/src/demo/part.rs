//! What an agency may send in the channel, and the officers who sign for it.

use node::answers::{
    officers::{LogEntry, NewOfficer},
    submission::{LineAnswer, LineOutcome, PlacedState},
};
use protocol::{
    agreement::ApprovalRole,
    header::{Header, SubjectCategory},
    id::ChannelId,
    origin::Lane,
    record::{self, Enrolment},
};

use super::{Agency, story::PATIENCE_S};
use crate::{
    api::{self, Answer, Call},
    commands::send::{Officer, Terms, line},
    failure::Failure,
    officer::OfficerKey,
};

/// An agency's part in the channel.
pub struct Part {
    /// What it may send.
    pub terms: Terms,
    /// Who writes.
    pub author: (OfficerKey, Enrolment),
    /// Who releases.
    pub releaser: (OfficerKey, Enrolment),
}

/// The offices of the two officers.
pub const OFFICES: [&str; 2] = ["Desk 7, drafting", "Desk 7, release"];

/// The files of who writes begin so.
pub const AUTHOR: &str = "author";
/// The files of who releases begin so.
pub const RELEASER: &str = "releaser";

/// A record before it is sent.
pub struct Draft<'a> {
    /// The demo's own name for it.
    pub id: &'a str,
    /// Its header.
    pub header: &'a Header,
    /// Its body.
    pub body: &'a [u8],
    /// Who signs it.
    pub officers: &'a [Officer<'a>],
    /// In which log.
    pub lane: Lane,
}

impl Part {
    /// Enrols two officers, by office and key.
    pub async fn of(agency: &Agency, channel: ChannelId) -> Result<Self, Failure> {
        let terms = Terms::of(&agency.api(), channel).await?;
        let [drafting, release] = OFFICES;
        let author = enrol(agency, channel, &terms, drafting, AUTHOR).await?;
        let releaser = enrol(agency, channel, &terms, release, RELEASER).await?;
        Ok(Self { terms, author, releaser })
    }

    /// A header under a clause.
    pub fn header(&self, clause: &str, kind: &str) -> Result<Header, Failure> {
        let kind = desks::kinds::find(kind).ok_or_else(|| Failure::internal(format!("no kind {kind}")))?;
        self.terms.header(clause, kind, node::clock::today(), node::drafting::Drawn::random())
    }

    /// A header of a record about one person.
    pub fn about(&self, category: SubjectCategory, clause: &str, kind: &str) -> Result<Header, Failure> {
        let header = self.header(clause, kind)?;
        Ok(Header { subject_category: Some(category), subject_count: Some(1), ..header })
    }

    /// Two officers: one writes, the other releases.
    pub fn two_officers(&self) -> [Officer<'_>; 2] {
        [signs(ApprovalRole::Author, &self.author), signs(ApprovalRole::ReleaseAuthority, &self.releaser)]
    }

    /// One officer in both parts, which EYE-01 forbids.
    pub fn one_officer_twice(&self) -> [Officer<'_>; 2] {
        [signs(ApprovalRole::Author, &self.author), signs(ApprovalRole::ReleaseAuthority, &self.author)]
    }

    /// Sends a record, waits until the other side has receipted it, and gives back where it lies.
    pub async fn deliver(&self, agency: &Agency, draft: &Draft<'_>) -> Result<LineOutcome, Failure> {
        let Draft { id, header, body, officers, lane } = draft;
        let line = line(&self.terms.context, header, body, officers, *lane, Some(id))?;
        let path = format!("/v1/records?wait=delivered&timeout_s={PATIENCE_S}");
        let answers = agency.api().lines(Call::post(&path, api::NDJSON, line).with_idempotency_key(id)).await?;
        let answer: &Answer<LineAnswer> = answers.first().ok_or_else(|| Failure::internal("no answer to a record"))?;
        match answer.read()?.outcome {
            LineOutcome::Failed { error } => Err(Failure::from(error).while_doing(format!("record {id}"))),
            delivered @ LineOutcome::Placed { state: PlacedState::Delivered, .. } => Ok(delivered),
            _ => Err(Failure::unavailable(format!("record {id} was not delivered within {PATIENCE_S} s"))),
        }
    }
}

fn signs(role: ApprovalRole, (key, enrolment): &(OfficerKey, Enrolment)) -> Officer<'_> {
    Officer { role, key, enrolment: *enrolment }
}

/// Makes an officer's key and enrols it.
async fn enrol(
    agency: &Agency,
    channel: ChannelId,
    terms: &Terms,
    office: &str,
    name: &str,
) -> Result<(OfficerKey, Enrolment), Failure> {
    let key = OfficerKey::create(&agency.file(name, "key"), None)?;
    let officer = NewOfficer(record::Officer::ed25519(office, *key.public()));
    agency.api().post::<LogEntry>(&format!("/v1/channels/{channel}/officers"), &officer).await?.read()?;
    let enrolment = terms.enrolment(&agency.api(), &key).await?;
    Ok((key, enrolment))
}
