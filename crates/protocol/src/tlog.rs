//! The transparency log: Merkle tree, signed checkpoints, receipts and proofs.
//!
//! The formats are those of C2SP (`signed-note`, `tlog-checkpoint`, `tlog-cosignature`, `tlog-proof@v1`), narrowed until
//! each text has one spelling: a text in which any one byte was changed is refused. The text that rules over this code
//! is `docs/spec/log.md`.
//!
//! - [`merkle`]: the tree of RFC 6962, its frontier and its proofs;
//! - [`note`]: texts with signature lines, and the keys behind these lines;
//! - [`checkpoint`]: a log's head, signed by the log's keys;
//! - [`receipt`]: another agency's countersignature on a checkpoint;
//! - [`audit`]: the audit log's head and an auditor's countersignature on it;
//! - [`proof`]: an entry's path to a signed checkpoint with its receipts, for export.

pub mod audit;
pub mod checkpoint;
mod cosignature;
pub mod limits;
pub mod merkle;
pub mod note;
pub mod proof;
pub mod receipt;
#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod vectors;

pub use audit::{Countersigned, audit_commitment, audit_origin, auditor_id, countersign, open_countersigned};
pub use checkpoint::{Checkpoint, SignedCheckpoint, open_checkpoint, sign_checkpoint};
pub use merkle::Frontier;
pub use note::{Note, NoteError, NoteKey, NoteSignature, PublicKey};
pub use proof::{OpenedProof, Proof};
pub use receipt::{Receipt, open_receipt, receipt_name, sign_receipt};
