//! Files of the protocol, as the API describes them. The protocol reads and writes them itself: their bytes are signed or compared,
//! so they are kept and sent as they came.

use schemars::JsonSchema;

use crate::words;

/// An agency's cards. The file has one spelling, so send it as it came: docs/spec/cards.md
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CardFile {
    /// Names the format.
    #[schemars(extend("const" = "cards/1"))]
    pub mithaq: String,
    /// The cards, the oldest first.
    pub cards: Vec<SignedCard>,
}

/// A card and the signatures over it.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SignedCard {
    /// The card, as JSON.
    #[schemars(with = "words::Base64")]
    pub card: Vec<u8>,
    /// In this order: log, receipt, document; after the first card also succession, and last, if it is held still, previous.
    pub signatures: Vec<CardSignature>,
}

/// One key's signatures over a card.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CardSignature {
    /// Which key signed.
    #[schemars(extend("enum" = ["log", "receipt", "document", "succession", "previous"]))]
    pub key: String,
    /// Its signature by Ed25519.
    #[schemars(with = "words::Base64")]
    pub ed25519: Vec<u8>,
    /// Its signature by ML-DSA-44.
    #[schemars(with = "words::Base64")]
    pub ml_dsa_44: Vec<u8>,
}

/// An agreement with what its parties have signed. The file has one spelling, so send it as it came: docs/spec/agreement.md
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BundleFile {
    /// Names the format.
    #[schemars(extend("const" = "agreement-bundle/1"))]
    pub mithaq: String,
    /// The agreement, as JSON.
    #[schemars(with = "words::Base64")]
    pub agreement: Vec<u8>,
    /// The signatures of parties, by agency.
    pub signatures: Vec<DocumentSignature>,
    /// The first sealing keys of parties, by agency.
    pub sealing_keys: Vec<SignedDocument>,
}

/// A document and the signature over it.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SignedDocument {
    /// The document, as JSON.
    #[schemars(with = "words::Base64")]
    pub body: Vec<u8>,
    /// The signature.
    pub signature: DocumentSignature,
}

/// An agency's signature over a document.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DocumentSignature {
    /// Who signed.
    #[schemars(with = "words::Id")]
    pub agency: String,
    /// Serial of the card whose document key signed.
    pub serial: u64,
    /// Its signature by Ed25519.
    #[schemars(with = "words::Base64")]
    pub ed25519: Vec<u8>,
    /// Its signature by ML-DSA-44.
    #[schemars(with = "words::Base64")]
    pub ml_dsa_44: Vec<u8>,
}
