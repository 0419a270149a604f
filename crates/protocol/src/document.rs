//! Signed documents: bytes that an agency stands for, outside any log.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::{
    encoding::{base64_bytes, len_u64},
    id::AgencyId,
    json::{self, JsonError},
    limits::DOCUMENT_BYTES_MAX,
    suite::{CannotSign, KeyRole, PublicKeys, SignaturePair, Signer, Suite},
};

/// An agency's signature over a document, by both algorithms.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentSignature {
    /// The signer.
    pub agency: AgencyId,
    /// Serial of the signer's card whose key signed.
    pub serial: u64,
    /// The two signatures.
    pub pair: SignaturePair,
}

/// A document and its one signature, as a file or a message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedDocument {
    /// The document's bytes: exactly these are signed.
    #[serde(with = "base64_bytes")]
    pub body: Vec<u8>,
    /// The signature.
    pub signature: DocumentSignature,
}

/// What is signed (DOC-1): `"mithaq/<kind>/v1\0" ‖ agency ‖ u64 serial ‖ u64 length ‖ bytes`.
///
/// The kind keeps a signature over one sort of document from counting for another; agency and serial keep it from
/// counting for another signer or card.
pub fn preimage(kind: &str, agency: &AgencyId, serial: u64, bytes: &[u8]) -> Vec<u8> {
    [b"mithaq/", kind.as_bytes(), b"/v1\0", agency.bytes(), &serial.to_be_bytes(), &len_u64(bytes).to_be_bytes(), bytes]
        .concat()
}

/// Signs a document with the key pair of a role.
pub fn sign(
    signer: &dyn Signer,
    role: KeyRole,
    kind: &str,
    agency: &AgencyId,
    serial: u64,
    bytes: &[u8],
) -> Result<DocumentSignature, CannotSign> {
    let pair = signer.sign(role, &preimage(kind, agency, serial, bytes))?;
    Ok(DocumentSignature { agency: *agency, serial, pair })
}

/// Whether both halves of the signature are valid under `keys`. The caller picks the keys of the agency and serial
/// that the signature names.
pub fn verify(suite: &dyn Suite, keys: &PublicKeys, kind: &str, bytes: &[u8], signature: &DocumentSignature) -> bool {
    suite.verify(keys, &preimage(kind, &signature.agency, signature.serial, bytes), &signature.pair)
}

impl SignedDocument {
    /// Signs `body` with the document key.
    pub fn sign(
        signer: &dyn Signer,
        kind: &str,
        agency: &AgencyId,
        serial: u64,
        body: Vec<u8>,
    ) -> Result<Self, CannotSign> {
        let signature = sign(signer, KeyRole::Document, kind, agency, serial, &body)?;
        Ok(Self { body, signature })
    }

    /// Reads a signed document; bytes that are not its one encoding are refused (DOC-5). Says nothing of the signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        json::parse_canonical(bytes, DOCUMENT_BYTES_MAX, "signed document")
    }

    /// The document's one encoding.
    pub fn encode(&self) -> Vec<u8> {
        json::encode(self)
    }

    /// Whether the signature is valid under `keys`.
    pub fn verify(&self, suite: &dyn Suite, keys: &PublicKeys, kind: &str) -> bool {
        verify(suite, keys, kind, &self.body, &self.signature)
    }
}

/// The signature as JSON: the pair's members stand beside agency and serial.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureJson {
    agency: AgencyId,
    serial: u64,
    #[serde(with = "base64_bytes")]
    ed25519: Vec<u8>,
    #[serde(with = "base64_bytes")]
    ml_dsa_44: Vec<u8>,
}

impl Serialize for DocumentSignature {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        SignatureJson {
            agency: self.agency,
            serial: self.serial,
            ed25519: self.pair.ed25519.to_vec(),
            ml_dsa_44: self.pair.ml_dsa_44.to_vec(),
        }
        .serialize(s)
    }
}

impl<'de> Deserialize<'de> for DocumentSignature {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let json = SignatureJson::deserialize(d)?;
        let pair = SignaturePair::from_halves(&json.ed25519, json.ml_dsa_44).map_err(serde::de::Error::custom)?;
        Ok(Self { agency: json.agency, serial: json.serial, pair })
    }
}
