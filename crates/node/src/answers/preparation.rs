//! `POST /v1/records/prepare`: a record as it will be signed. As its author knows it, it is a
//! [`ToPrepare`](crate::drafting::ToPrepare).

use protocol::{
    agreement::ApprovalRole,
    channel::{Channel, officers::EnrolledOfficer},
    encoding::base64_bytes,
    id::{AgencyId, ChannelId, Hash, hash_hex},
    origin::Lane,
    record::{ApprovalKey, EnrolledPasskey, Scheme, officer_digest},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    answers::officers::LogEntry,
    db::SUITE,
    drafting::Ready,
    fault::Fault,
    people::{People, Person},
    words,
};

/// A record as it will be signed and sent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Prepared {
    /// The channel.
    #[schemars(with = "words::Id")]
    pub channel: ChannelId,
    /// The lane.
    #[schemars(with = "words::Lane")]
    pub lane: Lane,
    /// The header, whose bytes are signed: send them as they are.
    #[schemars(with = "words::Header")]
    pub header: Box<RawValue>,
    /// The body, whose bytes are signed.
    pub body: String,
    /// This agency, the record's author.
    #[schemars(with = "words::Id")]
    pub author: AgencyId,
    /// The version of the agreement that governs it.
    #[serde(with = "hash_hex")]
    #[schemars(with = "words::Digest")]
    pub agreement: Hash,
    /// What all approvals are about: the record's digest.
    #[serde(with = "hash_hex")]
    #[schemars(with = "words::Digest")]
    pub digest: Hash,
    /// Who must approve by the clause, and what each officer of this agency signs for that.
    pub approvals: Vec<ToApprove>,
}

/// An approval that the clause asks for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ToApprove {
    /// In which part.
    #[schemars(with = "words::ApprovalRole")]
    pub role: ApprovalRole,
    /// The officers of this agency who are enrolled in the channel.
    pub officers: Vec<ToSign>,
}

/// What an officer signs to approve.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ToSign {
    /// The office.
    pub office: String,
    /// The officer's public key.
    #[serde(with = "base64_bytes")]
    #[schemars(with = "words::Base64")]
    pub public: Vec<u8>,
    /// Where it is enrolled.
    pub enrolment: LogEntry,
    /// How the officer signs.
    #[schemars(with = "words::Scheme")]
    pub scheme: Scheme,
    /// The bytes that the key signs with Ed25519, or that are the challenge of the passkey.
    #[serde(with = "base64_bytes")]
    #[schemars(with = "words::Base64")]
    pub sign: Vec<u8>,
    /// What a browser asks the passkey with, if the officer has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyToAsk>,
}

/// What `navigator.credentials.get` is called with, on a page of the origin; user verification is required.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PasskeyToAsk {
    /// The only origin whose pages the approval may be asked on.
    pub origin: String,
    /// The relying party.
    pub rp_id: String,
    /// The credential's id, where the node knows whose passkey it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
}

/// A credential's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Credential(
    #[serde(with = "base64_bytes")]
    #[schemars(with = "words::Base64")]
    pub Vec<u8>,
);

impl Prepared {
    /// A record that is ready, with what each officer of this agency signs.
    ///
    /// # Errors
    /// Its header is not JSON.
    pub fn of(ready: &Ready, channel: &Channel) -> Result<Self, Fault> {
        let header = RawValue::from_string(ready.header.clone())
            .map_err(|error| Fault::new(crate::fault::Code::Internal, error.to_string()))?;
        let Ready { lane, agreement, digest, .. } = *ready;
        let approvals = ready.needs.iter().map(|role| to_approve(*role, channel, &digest)).collect();
        let body = ready.body.clone();
        Ok(Self { channel: ready.channel, lane, header, body, author: channel.me(), agreement, digest, approvals })
    }

    /// The same with the ids of the credentials that the agency's people approve with.
    #[must_use]
    pub fn with_credentials(mut self, people: &People) -> Self {
        for officer in self.approvals.iter_mut().flat_map(|approval| &mut approval.officers) {
            let Some(asked) = &mut officer.passkey else { continue };
            let person = people.of_key(&officer.public).filter(Person::is_here);
            let passkeys = person.map(|person| person.about.passkeys).unwrap_or_default();
            let passkey = passkeys.into_iter().find(|passkey| passkey.public == officer.public);
            asked.credential = passkey.map(|passkey| Credential(passkey.credential));
        }
        self
    }
}

/// What each officer of this agency signs to approve in a part.
fn to_approve(role: ApprovalRole, channel: &Channel, digest: &Hash) -> ToApprove {
    let sign = |enrolled: &EnrolledOfficer| ToSign {
        office: enrolled.officer.office.clone(),
        public: enrolled.officer.public().to_vec(),
        enrolment: enrolled.enrolment().into(),
        scheme: enrolled.officer.scheme(),
        passkey: match &enrolled.officer.key {
            ApprovalKey::Ed25519(_) => None,
            ApprovalKey::Webauthn(EnrolledPasskey { origin, rp_id, .. }) => {
                Some(PasskeyToAsk { origin: origin.clone(), rp_id: rp_id.clone(), credential: None })
            }
        },
        sign: officer_digest(SUITE, role.name(), &enrolled.enrolment(), digest).to_vec(),
    };
    ToApprove { role, officers: channel.own_officers().map(sign).collect() }
}
