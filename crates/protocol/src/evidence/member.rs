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
    tlog::{Checkpoint, OpenedProof, Proof},
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

/// An entry whose place in a log of the author's is proven, whatever it holds.
pub(super) struct Placed {
    pub(super) origin: Origin,
    pub(super) proof: OpenedProof,
    /// The path of the proof.
    pub(super) path: Vec<Hash>,
    /// The log's entry.
    pub(super) entry: Hash,
}

/// A member that was opened and checked.
pub(super) struct OpenedMember<'a> {
    pub(super) at: Placed,
    pub(super) header: Header,
    pub(super) parts: Parts<'a>,
}

impl Placed {
    /// Checks that an entry lies under a head that the author's keys signed, in one of its logs in this channel.
    pub(super) fn open(
        suite: &dyn Suite,
        context: &Context,
        proof: &str,
        entry: Hash,
        (log_keys, receipt_keys): (&PublicKeys, &[(AgencyId, &PublicKeys)]),
        what: &'static str,
    ) -> Result<Self, EvidenceError> {
        let wrong = |source| EvidenceError::Proof { what, source };
        let proof = Proof::parse(proof).map_err(wrong)?;
        let path = proof.path.clone();
        let proof = proof.open(suite, &entry, log_keys, receipt_keys).map_err(wrong)?;
        let origin: Origin = proof
            .checkpoint()
            .checkpoint()
            .origin
            .parse()
            .map_err(|_| EvidenceError::Mismatch("a checkpoint names no log of a channel"))?;
        if origin.channel != context.channel || origin.agency != context.author {
            return Err(EvidenceError::Mismatch("a checkpoint is of another log than the author's in this channel"));
        }
        Ok(Self { origin, proof, path, entry })
    }

    pub(super) const fn position(&self) -> Position {
        Position { origin: self.origin, index: self.proof.index() }
    }

    /// The head that proves it.
    pub(super) const fn head(&self) -> &Checkpoint {
        self.proof.checkpoint().checkpoint()
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
        let entry = record::commitment(suite, &self.secret, &digest, parts.approvals);
        let at = Placed::open(suite, context, &self.proof, entry, (log_keys, receipt_keys), what)?;
        let header =
            Header::parse(parts.header).map_err(|_| EvidenceError::Mismatch("a record's header can't be read"))?;
        Ok(OpenedMember { at, header, parts })
    }
}
