//! A record: what is signed, what is committed to, and the one ciphertext that lies at rest and goes on the wire.

use alloc::vec::Vec;

use crate::{
    encoding::{ReadError, Reader, put_prefixed_u32},
    id::{AgencyId, ChannelId, Hash},
    suite::{CannotSeal, DoesNotOpen, Suite, TAG_BYTES},
};

mod officer;

pub use officer::{
    Approval, ApprovalKey, ApprovalSignature, ApprovedWith, EnrolledPasskey, Enrolment, Judged, NotApproved, Officer,
    Scheme, judge, parse_approvals, used, verify_approval,
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

/// The 32 bytes that an officer's key signs, or that are the challenge of an officer's passkey: role, place of the officer's enrolment and D (RECORD-2).
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
