//! A record inside an evidence file: opened, placed in its log, and under a signed head.

use alloc::{string::String, vec::Vec};

use super::{AGREEMENT, EvidenceError, text};
use crate::{
    encoding::{Reader, TooLong, put_prefixed_u32},
    header::Header,
    id::{AgencyId, Hash},
    origin::{Origin, Position},
    record::{self, Context, Parts},
    suite::{PublicKeys, Suite},
    tlog::{OpenedProof, Proof},
};

/// A record of a log with what opens and places it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// `tlog-proof@v1` text: index, path, signed checkpoint and, for the record itself, its receipts.
    pub proof: String,
    /// The record's secret.
    pub secret: [u8; 32],
    /// Header, approvals and body in the plaintext form, without attachment keys.
    pub plaintext: Vec<u8>,
}

/// A member that was opened and checked.
pub(super) struct OpenedMember<'a> {
    pub(super) origin: Origin,
    pub(super) proof: OpenedProof,
    /// The path of the proof.
    pub(super) path: Vec<Hash>,
    /// The log's entry.
    pub(super) commitment: Hash,
    pub(super) header: Header,
    pub(super) parts: Parts<'a>,
}

impl OpenedMember<'_> {
    pub(super) const fn position(&self) -> Position {
        Position { origin: self.origin, index: self.proof.index() }
    }
}

impl Member {
    pub(super) fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let mut out = Vec::with_capacity(self.proof.len() + self.plaintext.len() + 40);
        put_prefixed_u32(&mut out, self.proof.as_bytes())?;
        out.extend_from_slice(&self.secret);
        out.extend_from_slice(&self.plaintext);
        Ok(out)
    }

    pub(super) fn parse(bytes: &[u8], section: u8) -> Result<Self, EvidenceError> {
        let mut reader = Reader::new(bytes);
        let proof = text(reader.prefixed_u32()?, section)?;
        let secret = reader.array()?;
        Ok(Self { proof, secret, plaintext: reader.rest().to_vec() })
    }

    /// Opens a member of the author's that was written under any version up to the governing one. It carries no
    /// receipts.
    pub(super) fn open_under_any<'a>(
        &'a self,
        suite: &dyn Suite,
        context: &Context,
        versions: &[Hash],
        log_keys: &PublicKeys,
        what: &'static str,
    ) -> Result<OpenedMember<'a>, EvidenceError> {
        let mut result = Err(EvidenceError::Section(AGREEMENT));
        for agreement in versions.iter().rev() {
            result = self.open(suite, &Context { agreement: *agreement, ..*context }, log_keys, &[], what);
            if result.is_ok() {
                break;
            }
        }
        result
    }

    pub(super) fn open<'a>(
        &'a self,
        suite: &dyn Suite,
        context: &Context,
        log_keys: &PublicKeys,
        receipt_keys: &[(AgencyId, &PublicKeys)],
        what: &'static str,
    ) -> Result<OpenedMember<'a>, EvidenceError> {
        let parts = record::decode(&self.plaintext)?;
        if !parts.attachments.is_empty() {
            return Err(EvidenceError::Mismatch("a record in an evidence file carries no attachment keys"));
        }
        let digest = record::digest(suite, context, parts.header, parts.body);
        let commitment = record::commitment(suite, &self.secret, &digest, parts.approvals);
        let proof = Proof::parse(&self.proof).map_err(|source| EvidenceError::Proof { what, source })?;
        let path = proof.path.clone();
        let proof = proof
            .open(suite, &commitment, log_keys, receipt_keys)
            .map_err(|source| EvidenceError::Proof { what, source })?;
        let origin: Origin = proof
            .checkpoint()
            .checkpoint()
            .origin
            .parse()
            .map_err(|_| EvidenceError::Mismatch("a checkpoint names no log of a channel"))?;
        if origin.channel != context.channel || origin.agency != context.author {
            return Err(EvidenceError::Mismatch("a checkpoint is of another log than the author's in this channel"));
        }
        let header =
            Header::parse(parts.header).map_err(|_| EvidenceError::Mismatch("a record's header can't be read"))?;
        Ok(OpenedMember { origin, proof, path, commitment, header, parts })
    }
}
