//! Officers and what they approve: the enrolment of a key, a signature over a record, and whether it is that key's.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::officer_digest;
use crate::{
    agreement::ApprovalRole,
    id::{AgencyId, Hash},
    json::{self, JsonError},
    limits,
    origin::Origin,
    passkey::{self, Asked, Assertion, PasskeyError, PublicKey, Seen, site_problem},
    suite::{ED25519_PUBLIC_BYTES, Suite, is_sound_ed25519},
};

mod form;

use form::{ApprovalForm, OfficerForm};

/// Where an officer was enrolled: the log entry that names office and key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The log.
    pub origin: Origin,
    /// The entry.
    pub index: u64,
}

/// Body of `mithaq.enrolment/1`: an office and a key, never a name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "OfficerForm", into = "OfficerForm")]
pub struct Officer {
    /// The office, such as "border desk, release".
    pub office: String,
    /// By what the officer's approvals are known.
    pub key: ApprovalKey,
}

/// By what an officer's approvals are known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ApprovalKey {
    /// An Ed25519 public key, 32 bytes: programs and the command line.
    Ed25519(Vec<u8>),
    /// A passkey.
    Webauthn(EnrolledPasskey),
}

/// A passkey with which an officer approves. Its credential id is of no meaning to others and stays with the officer's agency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnrolledPasskey {
    /// The public key.
    pub key: PublicKey,
    /// The one origin whose pages may ask for approvals.
    pub origin: String,
    /// The relying party whose credential it is.
    pub rp_id: String,
}

impl Officer {
    /// An officer who signs with an Ed25519 key.
    pub fn ed25519(office: impl Into<String>, public: impl Into<Vec<u8>>) -> Self {
        Self { office: office.into(), key: ApprovalKey::Ed25519(public.into()) }
    }

    /// The public key's bytes. They are what makes an officer one and the same (RECORD-7), whatever the scheme and the office:
    /// keys of the two algorithms differ in length.
    pub fn public(&self) -> &[u8] {
        match &self.key {
            ApprovalKey::Ed25519(public) => public,
            ApprovalKey::Webauthn(passkey) => &passkey.key.bytes,
        }
    }

    /// How the officer signs.
    pub const fn scheme(&self) -> Scheme {
        match &self.key {
            ApprovalKey::Ed25519(_) => Scheme::Ed25519,
            ApprovalKey::Webauthn(_) => Scheme::Webauthn,
        }
    }

    /// What can't be so, if anything can't.
    pub fn problem(&self) -> Option<&'static str> {
        if self.office.is_empty() || self.office.len() > limits::NAME_BYTES_MAX {
            return Some("an office is named by 1 to 200 bytes");
        }
        match &self.key {
            ApprovalKey::Ed25519(public) => {
                let Ok(key) = <&[u8; ED25519_PUBLIC_BYTES]>::try_from(public.as_slice()) else {
                    return Some("an Ed25519 public key has 32 bytes");
                };
                (!is_sound_ed25519(key))
                    .then_some("the public key is a point of small order, or not the one spelling of a point")
            }
            ApprovalKey::Webauthn(EnrolledPasskey { key, origin, rp_id }) => {
                key.problem().or_else(|| site_problem(origin, rp_id))
            }
        }
    }
}

/// An officer's signature over a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "ApprovalForm", into = "ApprovalForm")]
pub struct Approval {
    /// In which capacity.
    pub role: ApprovalRole,
    /// The officer.
    pub enrolment: Enrolment,
    /// Over [`officer_digest`].
    pub signature: ApprovalSignature,
}

impl Approval {
    /// The approval of an officer who signs with an Ed25519 key.
    pub fn ed25519(role: ApprovalRole, enrolment: Enrolment, signature: impl Into<Vec<u8>>) -> Self {
        Self { role, enrolment, signature: ApprovalSignature::Ed25519(signature.into()) }
    }
}

/// What the officer's key made of the digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ApprovalSignature {
    /// The digest, signed: 64 bytes.
    Ed25519(Vec<u8>),
    /// A passkey's assertion with the digest as its challenge, kept whole.
    Webauthn(Assertion),
}

/// A signature scheme of officers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Programs and the command line.
    Ed25519,
    /// Passkeys (W3C Web Authentication).
    Webauthn,
}

impl Scheme {
    /// Its name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Webauthn => "webauthn",
        }
    }
}

impl<'de> Deserialize<'de> for Scheme {
    /// Another scheme is of a version that this program does not know: the error says which, not that the text is damaged.
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match String::deserialize(d)?.as_str() {
            "ed25519" => Ok(Self::Ed25519),
            "webauthn" => Ok(Self::Webauthn),
            other => Err(D::Error::custom(alloc::format!(
                "the scheme {other:?} is not known to this version, which knows ed25519 and webauthn"
            ))),
        }
    }
}

/// Reads the approvals of a record: nothing, or a JSON list in which no officer stands twice in one role.
pub fn parse_approvals(bytes: &[u8]) -> Result<Vec<Approval>, JsonError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let approvals: Vec<Approval> = json::parse_strict(bytes, limits::APPROVALS_BYTES_MAX, "approvals")?;
    let repeated = approvals.iter().enumerate().find(|(place, approval)| {
        let before = approvals.iter().take(*place);
        before.into_iter().any(|other| other.role == approval.role && other.enrolment == approval.enrolment)
    });
    let problem = match repeated {
        _ if approvals.len() > limits::APPROVALS_MAX => "more approvals than a record may carry",
        Some(_) => "an officer approves once in each role",
        None => return Ok(approvals),
    };
    let field = repeated.map(|(place, _)| alloc::format!("[{place}]")).unwrap_or_default();
    Err(JsonError { what: "approvals", field, line: 1, column: 1, problem: problem.into() })
}

/// What remains of an approval once it was used (RECORD-13): nobody can make it who has not the officer's signature, so it
/// tells nothing of the record.
pub fn used(suite: &dyn Suite, approval: &Approval) -> Hash {
    let lasting = match &approval.signature {
        ApprovalSignature::Ed25519(signature) => signature,
        ApprovalSignature::Webauthn(assertion) => es256_r(&assertion.signature).unwrap_or(&assertion.signature),
    };
    suite.sha256(&[b"mithaq/approval-used/v1\0", lasting])
}

/// The first number of an ES256 signature in DER. Whoever has a signature (r, s) has (r, n − s) too, which is as valid: what
/// is kept of a used one must be the same of both.
fn es256_r(signature: &[u8]) -> Option<&[u8]> {
    let [0x30, length, 0x02, r_length, rest @ ..] = signature else { return None };
    let (r, rest) = rest.split_at_checked(usize::from(*r_length))?;
    let [0x02, s_length, s @ ..] = rest else { return None };
    let is_whole = usize::from(*length) + 2 == signature.len() && usize::from(*s_length) == s.len();
    is_whole.then_some(r)
}

/// An approval after verification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// As it was sent.
    pub approval: Approval,
    /// Whether it is the signature of an officer of the record's author whose enrolment counts.
    pub valid: bool,
    /// Who signed: the enrolment under which the same key approves first in this record. One key is one officer, under
    /// however many enrolments (RECORD-7).
    pub officer: Enrolment,
}

/// Judges the approvals of an author's record over its digest. `officer` gives those whose enrolment counts.
pub fn judge<'a>(
    suite: &dyn Suite,
    author: &AgencyId,
    approvals: Vec<Approval>,
    digest: &Hash,
    officer: impl Fn(&Enrolment) -> Option<&'a Officer>,
) -> Vec<Judged> {
    let enrolled =
        |approval: &Approval| officer(&approval.enrolment).filter(|_| approval.enrolment.origin.agency == *author);
    let officers: Vec<Option<&Officer>> = approvals.iter().map(enrolled).collect();
    let enrolments: Vec<Enrolment> = approvals.iter().map(|approval| approval.enrolment).collect();
    let judged = approvals.into_iter().zip(&officers).map(|(approval, found)| {
        let key = found.map(Officer::public);
        let first = officers.iter().position(|other| key.is_some() && other.map(Officer::public) == key);
        let officer = first.and_then(|first| enrolments.get(first)).copied().unwrap_or(approval.enrolment);
        Judged {
            valid: found.is_some_and(|by| verify_approval(suite, by, &approval, digest).is_ok()),
            approval,
            officer,
        }
    });
    judged.collect()
}

/// With what a valid approval was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ApprovedWith {
    /// An Ed25519 key.
    Ed25519,
    /// A passkey, of which its authenticator said this.
    Passkey(Seen),
}

/// Why an approval is not this officer's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// A key of one scheme gives no approvals of the other.
    #[error("the officer is enrolled for the scheme {}", .0.name())]
    OtherScheme(Scheme),
    /// Another key's, or over something else.
    #[error("the signature is not valid")]
    Signature,
    /// The passkey was not asked for this approval.
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
}

/// Whether this officer approved this digest: signed with the enrolled key, a passkey's assertion also for the enrolled origin and
/// relying party (RECORD-7, RECORD-15).
pub fn verify_approval(
    suite: &dyn Suite,
    officer: &Officer,
    approval: &Approval,
    digest: &Hash,
) -> Result<ApprovedWith, NotApproved> {
    let signed = officer_digest(suite, approval.role.name(), &approval.enrolment, digest);
    match (&officer.key, &approval.signature) {
        (ApprovalKey::Ed25519(public), ApprovalSignature::Ed25519(signature)) => {
            let key = public.as_slice().try_into().map_err(|_| NotApproved::Signature)?;
            let is_valid = suite.verify_ed25519(key, &signed, signature);
            is_valid.then_some(ApprovedWith::Ed25519).ok_or(NotApproved::Signature)
        }
        (ApprovalKey::Webauthn(EnrolledPasskey { key, origin, rp_id }), ApprovalSignature::Webauthn(assertion)) => {
            let asked = Asked { challenge: &signed, origin, rp_id };
            Ok(ApprovedWith::Passkey(passkey::verify(suite, key, &asked, assertion)?))
        }
        _ => Err(NotApproved::OtherScheme(officer.scheme())),
    }
}

#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests;
