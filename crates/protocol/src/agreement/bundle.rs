//! The file in which an agreement travels: its bytes, the parties' signatures and their first sealing keys.

use alloc::{collections::BTreeMap, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{AGREEMENT_DOCUMENT, Agreement, AgreementError, SEALING_KEY_DOCUMENT};
use crate::{
    card::CardChain,
    document::{self, DocumentSignature, SignedDocument},
    encoding::base64_bytes,
    id::{AgencyId, ChannelId, Hash},
    json::{self, JsonError},
    limits::{BUNDLE_BYTES_MAX, DOCUMENT_BYTES_MAX},
    suite::{CannotSign, KeyRole, Signer, Suite, X_WING_PUBLIC_BYTES},
};

/// An agreement with the signatures and first sealing keys handed in so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bundle {
    agreement: Agreement,
    signatures: BTreeMap<AgencyId, DocumentSignature>,
    sealing_keys: BTreeMap<AgencyId, SignedDocument>,
}

/// A party's first sealing key, handed over with its signature because the channel has no log yet that could announce
/// it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealingKeyDocument {
    /// Names the format.
    pub mithaq: SealingKeyFormat,
    /// The channel in which others seal to the key.
    pub channel: ChannelId,
    /// Whose key.
    pub agency: AgencyId,
    /// X-Wing public key.
    #[serde(with = "base64_bytes")]
    pub public: Vec<u8>,
    /// When the party made it known, in milliseconds since 1970.
    pub announced_ms: u64,
}

/// Names the format of a sealing-key document.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum SealingKeyFormat {
    /// The only one so far.
    #[serde(rename = "sealing-key/1")]
    V1,
}

/// A bundle that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The bytes are not the JSON of a bundle or of a document in it.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The agreement in it is none.
    #[error(transparent)]
    Agreement(#[from] AgreementError),
    /// Someone signed who is no party.
    #[error("{0} has signed but is no party to the agreement")]
    NotAParty(AgencyId),
    /// The signer's cards are not known here.
    #[error("the cards of {agency} up to serial {serial} are needed to check its signature: fetch its card file")]
    CardUnknown {
        /// The signer.
        agency: AgencyId,
        /// Serial of the card whose key signed.
        serial: u64,
    },
    /// A signature over the agreement is not valid.
    #[error("the signature of {0} over the agreement is not valid")]
    SignatureInvalid(AgencyId),
    /// A signature over a sealing key is not valid.
    #[error("the signature of {0} over its sealing key is not valid")]
    SealingKeySignatureInvalid(AgencyId),
    /// A sealing key is for another channel or agency, or has the wrong length.
    #[error("the sealing key of {agency} is not usable: {problem}")]
    SealingKeyWrong {
        /// Whose key.
        agency: AgencyId,
        /// What is wrong.
        problem: SealingKeyProblem,
    },
    /// Two bundles are about different agreements.
    #[error("the bundles are about different agreements and can't be merged")]
    OtherAgreement,
    /// The signing key can't be used.
    #[error(transparent)]
    CannotSign(#[from] CannotSign),
}

/// Why a party's first sealing key is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealingKeyProblem {
    /// It comes with a later version.
    #[error("only a first version takes sealing keys; later they are announced in the log")]
    LaterVersion,
    /// It is for another channel.
    #[error("it is for another channel")]
    OtherChannel,
    /// It is of another agency.
    #[error("it names another agency")]
    OtherAgency,
    /// It has another length than such a key.
    #[error("an X-Wing public key has {X_WING_PUBLIC_BYTES} bytes")]
    WrongLength,
}

/// Names a sealing key: `SHA-256("mithaq/sealing-key/v1\0" ‖ public)`.
pub fn sealing_key_id(suite: &dyn Suite, public: &[u8]) -> Hash {
    suite.sha256(&[b"mithaq/sealing-key/v1\0", public])
}

impl Bundle {
    /// A bundle without signatures: a draft that can be offered.
    pub const fn new(agreement: Agreement) -> Self {
        Self { agreement, signatures: BTreeMap::new(), sealing_keys: BTreeMap::new() }
    }

    /// Reads a bundle; bytes that are not its one encoding are refused. Signatures are checked by [`Bundle::verify`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        let json: BundleJson = json::parse_canonical(bytes, BUNDLE_BYTES_MAX, "agreement bundle")?;
        let bundle = Self {
            agreement: Agreement::parse(&json.agreement)?,
            signatures: json.signatures.into_iter().map(|s| (s.agency, s)).collect(),
            sealing_keys: json.sealing_keys.into_iter().map(|d| (d.signature.agency, d)).collect(),
        };
        // Lists out of order or with an agency twice would be written differently.
        if bundle.encode() != bytes {
            return Err(JsonError {
                what: "agreement bundle",
                field: "signatures".into(),
                line: 1,
                column: 1,
                problem: "signatures and sealing keys stand in ascending order of agency, one for each".into(),
            }
            .into());
        }
        Ok(bundle)
    }

    /// The bundle's one encoding.
    pub fn encode(&self) -> Vec<u8> {
        json::encode(&BundleJson {
            mithaq: BundleFormat::V1,
            agreement: self.agreement.encode(),
            signatures: self.signatures.values().cloned().collect(),
            sealing_keys: self.sealing_keys.values().cloned().collect(),
        })
    }

    /// The agreement.
    pub const fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    /// The signatures so far, in ascending order of agency.
    pub fn signatures(&self) -> impl Iterator<Item = &DocumentSignature> {
        self.signatures.values()
    }

    /// The signed sealing-key documents so far, in ascending order of agency.
    pub fn sealing_keys(&self) -> impl Iterator<Item = &SignedDocument> {
        self.sealing_keys.values()
    }

    /// A party's first sealing key, if it was handed in. Trust it only after [`Bundle::verify`].
    pub fn sealing_key(&self, agency: &AgencyId) -> Option<SealingKeyDocument> {
        SealingKeyDocument::parse(&self.sealing_keys.get(agency)?.body).ok()
    }

    /// Adds a party's signature and, to a first version, its first sealing key.
    pub fn sign(
        &mut self,
        suite: &dyn Suite,
        signer: &dyn Signer,
        chain: &CardChain,
        sealing_public: &[u8],
        announced_ms: u64,
    ) -> Result<(), BundleError> {
        let (agency, serial) = (*chain.agency(), chain.current().serial);
        self.agreement.party(&agency).ok_or(BundleError::NotAParty(agency))?;
        let bytes = self.agreement.encode();
        let signature = document::sign(signer, KeyRole::Document, AGREEMENT_DOCUMENT, &agency, serial, &bytes)?;
        if let Some(channel) = self.agreement.channel(suite) {
            let key = SealingKeyDocument {
                mithaq: SealingKeyFormat::V1,
                channel,
                agency,
                public: sealing_public.to_vec(),
                announced_ms,
            };
            let signed = SignedDocument::sign(signer, SEALING_KEY_DOCUMENT, &agency, serial, json::encode(&key))?;
            self.sealing_keys.insert(agency, signed);
        }
        self.signatures.insert(agency, signature);
        Ok(())
    }

    /// Takes over what `other` has and this bundle lacks. Of a party that is in both, what is here stays: verify both
    /// before merging.
    pub fn merge(&mut self, other: &Self) -> Result<(), BundleError> {
        if self.agreement != other.agreement {
            return Err(BundleError::OtherAgreement);
        }
        for (agency, signature) in &other.signatures {
            self.signatures.entry(*agency).or_insert_with(|| signature.clone());
        }
        for (agency, key) in &other.sealing_keys {
            self.sealing_keys.entry(*agency).or_insert_with(|| key.clone());
        }
        Ok(())
    }

    /// The parties that have not signed or, in a first version, not handed in their sealing key. Empty when complete.
    pub fn missing(&self) -> Vec<AgencyId> {
        let needs_key = self.agreement.version == 1;
        let done = |agency: &AgencyId| {
            self.signatures.contains_key(agency) && (!needs_key || self.sealing_keys.contains_key(agency))
        };
        self.agreement.parties.iter().map(|party| party.agency).filter(|agency| !done(agency)).collect()
    }

    /// Checks every signature and sealing key that is here, under the cards given (AGR-DOC-16 to AGR-DOC-18).
    pub fn verify(&self, suite: &dyn Suite, chains: &BTreeMap<AgencyId, CardChain>) -> Result<(), BundleError> {
        let bytes = self.agreement.encode();
        for (agency, signature) in &self.signatures {
            if !self.is_signed_by_party(suite, chains, AGREEMENT_DOCUMENT, &bytes, signature)? {
                return Err(BundleError::SignatureInvalid(*agency));
            }
        }
        for (agency, signed) in &self.sealing_keys {
            if !self.is_signed_by_party(suite, chains, SEALING_KEY_DOCUMENT, &signed.body, &signed.signature)? {
                return Err(BundleError::SealingKeySignatureInvalid(*agency));
            }
            let key = SealingKeyDocument::parse(&signed.body)?;
            self.check_sealing_key(suite, agency, &key)?;
        }
        Ok(())
    }

    fn is_signed_by_party(
        &self,
        suite: &dyn Suite,
        chains: &BTreeMap<AgencyId, CardChain>,
        kind: &str,
        bytes: &[u8],
        signature: &DocumentSignature,
    ) -> Result<bool, BundleError> {
        let DocumentSignature { agency, serial, .. } = *signature;
        self.agreement.party(&agency).ok_or(BundleError::NotAParty(agency))?;
        let card =
            chains.get(&agency).filter(|chain| *chain.agency() == agency).and_then(|chain| chain.at_serial(serial));
        let card = card.ok_or(BundleError::CardUnknown { agency, serial })?;
        Ok(document::verify(suite, &card.keys.document, kind, bytes, signature))
    }

    fn check_sealing_key(
        &self,
        suite: &dyn Suite,
        agency: &AgencyId,
        key: &SealingKeyDocument,
    ) -> Result<(), BundleError> {
        let problem = match self.agreement.channel(suite) {
            None => SealingKeyProblem::LaterVersion,
            Some(channel) if channel != key.channel => SealingKeyProblem::OtherChannel,
            Some(_) if key.agency != *agency => SealingKeyProblem::OtherAgency,
            Some(_) if key.public.len() != X_WING_PUBLIC_BYTES => SealingKeyProblem::WrongLength,
            Some(_) => return Ok(()),
        };
        Err(BundleError::SealingKeyWrong { agency: *agency, problem })
    }
}

impl SealingKeyDocument {
    /// Reads the document; bytes that are not its one encoding are refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        json::parse_canonical(bytes, DOCUMENT_BYTES_MAX, "sealing-key document")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BundleJson {
    mithaq: BundleFormat,
    #[serde(with = "base64_bytes")]
    agreement: Vec<u8>,
    signatures: Vec<DocumentSignature>,
    sealing_keys: Vec<SignedDocument>,
}

#[derive(Serialize, Deserialize)]
enum BundleFormat {
    #[serde(rename = "agreement-bundle/1")]
    V1,
}
