//! Officers and what they approve: the enrolment of a key, a signature over a record, and whether it is that key's.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::officer_digest;
use crate::{
    agreement::ApprovalRole,
    encoding::base64_bytes,
    id::{AgencyId, Hash},
    json::{self, JsonError},
    limits,
    origin::Origin,
    suite::{Suite, is_sound_ed25519},
};

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
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// The office, such as "border desk, release".
    pub office: String,
    /// How the officer signs.
    pub scheme: Scheme,
    /// The public key: 32 bytes for Ed25519.
    #[serde(with = "base64_bytes")]
    pub public: Vec<u8>,
}

impl Officer {
    /// What can't be so, if anything can't.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.office.is_empty() || self.office.len() > limits::NAME_BYTES_MAX {
            return Some("an office is named by 1 to 200 bytes");
        }
        let Ok(key) = <&[u8; 32]>::try_from(self.public.as_slice()) else {
            return Some("an Ed25519 public key has 32 bytes");
        };
        (!is_sound_ed25519(key))
            .then_some("the public key is a point of small order, or not the one spelling of a point")
    }
}

/// An officer's signature over a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// In which capacity.
    pub role: ApprovalRole,
    /// How it is signed.
    pub scheme: Scheme,
    /// The officer.
    pub enrolment: Enrolment,
    /// 64 bytes: Ed25519 over [`officer_digest`].
    #[serde(with = "base64_bytes")]
    pub signature: Vec<u8>,
}

/// A signature scheme of officers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Programs and the command line.
    Ed25519,
}

impl<'de> Deserialize<'de> for Scheme {
    /// Another scheme is of a version that this program does not know: the error says which, not that the text is damaged.
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match String::deserialize(d)?.as_str() {
            "ed25519" => Ok(Self::Ed25519),
            other => Err(D::Error::custom(alloc::format!(
                "the scheme {other:?} is not known to this version, which knows ed25519"
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
    suite.sha256(&[b"mithaq/approval-used/v1\0", &approval.signature])
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
    let key = |approval: &Approval| {
        let enrolled = officer(&approval.enrolment).filter(|_| approval.enrolment.origin.agency == *author)?;
        <&[u8; 32]>::try_from(enrolled.public.as_slice()).ok()
    };
    let keys: Vec<Option<&[u8; 32]>> = approvals.iter().map(key).collect();
    let enrolments: Vec<Enrolment> = approvals.iter().map(|approval| approval.enrolment).collect();
    let judged = approvals.into_iter().zip(&keys).map(|(approval, key)| {
        let first = keys.iter().position(|other| other.is_some() && other == key);
        let officer = first.and_then(|first| enrolments.get(first)).copied().unwrap_or(approval.enrolment);
        Judged { valid: key.is_some_and(|key| verify_approval(suite, key, &approval, digest)), approval, officer }
    });
    judged.collect()
}

/// Whether an approval was signed by this key over this digest.
pub fn verify_approval(suite: &dyn Suite, key: &[u8; 32], approval: &Approval, digest: &Hash) -> bool {
    let signed = officer_digest(suite, approval.role.name(), &approval.enrolment, digest);
    suite.verify_ed25519(key, &signed, &approval.signature)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    // spec: RECORD-6
    #[test]
    fn a_scheme_of_another_version_is_named_in_the_error() {
        for scheme in ["webauthn", "set"] {
            let enrolment = r#"{"origin":"mithaq/00/00/1/main","index":0}"#;
            let text =
                alloc::format!(r#"[{{"role":"author","scheme":"{scheme}","enrolment":{enrolment},"signature":""}}]"#);
            let error = parse_approvals(text.as_bytes()).unwrap_err().to_string();
            let expected = alloc::format!("the scheme {scheme:?} is not known to this version, which knows ed25519");
            assert!(error.contains("field [0].scheme") && error.contains(&expected), "{error}");
        }
    }
}
