//! A record: what is signed, what is committed to, and the one ciphertext that lies at rest and goes on the wire.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::{
    agreement::ApprovalRole,
    encoding::{ReadError, Reader, base64_bytes, put_prefixed_u32},
    id::{AgencyId, ChannelId, Hash},
    json::{self, JsonError},
    limits,
    origin::Origin,
    suite::{CannotSeal, DoesNotOpen, Suite, TAG_BYTES, is_sound_ed25519},
};

/// Under which channel, author and agreement version a record is written: bound into its digest and its ciphertext.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    /// The channel.
    pub channel: ChannelId,
    /// The party in whose log the record lies.
    pub author: AgencyId,
    /// SHA-256 of the agreement version that governs the record's position.
    pub agreement: Hash,
}

/// The key to an attachment's ciphertext, kept inside the sealed record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttachmentKey {
    /// SHA-256 of the whole ciphertext: the blob's name.
    pub id: Hash,
    /// The AES-256-GCM key, fresh for each attachment.
    pub key: [u8; 32],
}

/// The parts of a record, borrowed from wherever they lie. The bytes are kept as sent: nobody re-serialises them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parts<'a> {
    /// Header JSON.
    pub header: &'a [u8],
    /// Approvals JSON, or nothing.
    pub approvals: &'a [u8],
    /// One key for each attachment of the header, in its order, as `id ‖ key`.
    pub attachments: &'a [[u8; 64]],
    /// The body.
    pub body: &'a [u8],
}

impl Parts<'_> {
    /// The attachments' keys.
    pub fn attachment_keys(&self) -> impl Iterator<Item = AttachmentKey> + '_ {
        self.attachments.iter().map(|pair| {
            let mut attachment = AttachmentKey { id: [0; 32], key: [0; 32] };
            let (id, key) = pair.split_at(32);
            attachment.id.copy_from_slice(id);
            attachment.key.copy_from_slice(key);
            attachment
        })
    }
}

/// D: the digest that officers approve and that the commitment covers (RECORD-1).
pub fn digest(suite: &dyn Suite, context: &Context, header: &[u8], body: &[u8]) -> Hash {
    let body_digest = suite.sha256(&[body]);
    suite.sha256(&[
        b"mithaq/record/v1\0",
        context.channel.bytes(),
        context.author.bytes(),
        &context.agreement,
        &length_32(header).to_be_bytes(),
        header,
        &u64::try_from(body.len()).unwrap_or(u64::MAX).to_be_bytes(),
        &body_digest,
    ])
}

/// The 32 bytes that an officer's key signs: role, place of the officer's enrolment and D (RECORD-2).
pub fn officer_digest(suite: &dyn Suite, role: &str, enrolment: &Enrolment, digest: &Hash) -> Hash {
    let origin = alloc::string::ToString::to_string(&enrolment.origin);
    suite.sha256(&[
        b"mithaq/officer/v1\0",
        &u8::try_from(role.len()).unwrap_or(u8::MAX).to_be_bytes(),
        role.as_bytes(),
        &u16::try_from(origin.len()).unwrap_or(u16::MAX).to_be_bytes(),
        origin.as_bytes(),
        &enrolment.index.to_be_bytes(),
        digest,
    ])
}

/// The log entry of a record (RECORD-4). Without the secret it tells nothing, not even of a short record.
pub fn commitment(suite: &dyn Suite, secret: &[u8; 32], digest: &Hash, approvals: &[u8]) -> Hash {
    let salt = suite.hkdf_expand(secret, b"mithaq/salt/v1");
    suite.sha256(&[b"mithaq/commit/v1\0", &salt, digest, &suite.sha256(&[approvals])])
}

/// Encrypts a record under its secret and appends the ciphertext to `out` (RECORD-5). The key is used once, so the
/// nonce is zero. Returns the record's commitment.
pub fn seal(
    suite: &dyn Suite,
    context: &Context,
    secret: &[u8; 32],
    parts: &Parts<'_>,
    out: &mut Vec<u8>,
) -> Result<Hash, CannotSeal> {
    let start = out.len();
    encode(parts, out)?;
    let key = suite.hkdf_expand(secret, b"mithaq/content/v1");
    let plaintext = out.get_mut(start..).ok_or(CannotSeal)?;
    let tag = suite.aead_seal(&key, &[0; 12], &aad(context), plaintext)?;
    out.extend_from_slice(&tag);
    Ok(commitment(suite, secret, &digest(suite, context, parts.header, parts.body), parts.approvals))
}

/// Decrypts a ciphertext in place and checks it against its commitment: what comes back is what was committed to.
pub fn open<'a>(
    suite: &dyn Suite,
    context: &Context,
    secret: &[u8; 32],
    expected: &Hash,
    ciphertext: &'a mut [u8],
) -> Result<Parts<'a>, OpenError> {
    let key = suite.hkdf_expand(secret, b"mithaq/content/v1");
    let plaintext = suite.aead_open(&key, &[0; 12], &aad(context), ciphertext)?;
    let parts = decode(plaintext)?;
    let found = commitment(suite, secret, &digest(suite, context, parts.header, parts.body), parts.approvals);
    if found == *expected { Ok(parts) } else { Err(OpenError::OtherCommitment) }
}

/// Why a ciphertext is not the record that its log entry commits to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Wrong secret, wrong context or changed bytes.
    #[error(transparent)]
    Sealed(#[from] DoesNotOpen),
    /// It opens, but is not laid out as a record.
    #[error("the opened bytes are not a record: {0}")]
    Layout(#[from] ReadError),
    /// It opens to another record than the log's entry says.
    #[error("the opened record does not match its log entry")]
    OtherCommitment,
}

/// Length of the ciphertext that [`seal`] makes of these parts.
pub fn sealed_length(parts: &Parts<'_>) -> usize {
    4 + parts.header.len() + 4 + parts.approvals.len() + 1 + parts.attachments.len() * 64 + parts.body.len() + TAG_BYTES
}

/// The plaintext form: header, approvals, attachment keys, body.
pub fn encode(parts: &Parts<'_>, out: &mut Vec<u8>) -> Result<(), CannotSeal> {
    let attachments = u8::try_from(parts.attachments.len()).map_err(|_| CannotSeal)?;
    out.reserve(sealed_length(parts));
    put_prefixed_u32(out, parts.header).map_err(|_| CannotSeal)?;
    put_prefixed_u32(out, parts.approvals).map_err(|_| CannotSeal)?;
    out.push(attachments);
    out.extend_from_slice(parts.attachments.as_flattened());
    out.extend_from_slice(parts.body);
    Ok(())
}

/// Reads the plaintext form; total.
pub fn decode(plaintext: &[u8]) -> Result<Parts<'_>, ReadError> {
    let mut reader = Reader::new(plaintext);
    let header = reader.prefixed_u32()?;
    let approvals = reader.prefixed_u32()?;
    let attachments = usize::from(reader.u8()?);
    let (attachments, _) = reader.take(attachments * 64)?.as_chunks();
    Ok(Parts { header, approvals, attachments, body: reader.rest() })
}

fn aad(context: &Context) -> [u8; 64] {
    let mut aad = [0; 64];
    let (channel, author) = aad.split_at_mut(32);
    channel.copy_from_slice(context.channel.bytes());
    author.copy_from_slice(context.author.bytes());
    aad
}

/// A header is at most 16 KiB, checked where it enters; saturating keeps the function total.
fn length_32(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

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
