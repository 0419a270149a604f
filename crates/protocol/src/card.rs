//! Cards: what an agency publishes about itself, and the chain from its first card to the one of today.
//!
//! The agency id is the SHA-256 of the first card. Each card carries the hash of the next keys, which lie offline; the
//! next card must be signed by them, so a thief of today's keys cannot take the agency over.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

mod chain;
mod issue;

pub use chain::{CardChain, CardError, FieldProblem, LinkProblem, Merge};
pub use issue::{CardDraft, IssueError, Predecessor, issue};

use crate::{
    encoding::{base64_bytes, optional_hash},
    id::{AgencyId, Hash, hash_hex},
    json,
    suite::{PublicKeys, SignaturePair, Suite},
    text::Texts,
};

/// Kind of document under which cards are signed.
pub const CARD_DOCUMENT: &str = "card";

/// One card of an agency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Names the format.
    pub mithaq: CardFormat,
    /// Counts from 1.
    pub serial: u64,
    /// The agency; absent in the first card, whose hash it is.
    pub agency: Option<AgencyId>,
    /// SHA-256 of the card before; absent in the first.
    #[serde(with = "optional_hash")]
    pub previous: Option<Hash>,
    /// The agency's names by language.
    pub names: Texts,
    /// ISO 3166-1 alpha-3 code.
    pub country: String,
    /// Kind of body.
    pub body: Body,
    /// Where its node is reached, the main address first. Empty if it only connects to others.
    pub addresses: Vec<String>,
    /// SHA-256 of the public key (SubjectPublicKeyInfo, DER) in its node's TLS certificate.
    #[serde(with = "hash_hex")]
    pub tls_pin: Hash,
    /// The keys in use.
    pub keys: CardKeys,
    /// The keys that the card before announced by their hash; absent in the first.
    pub succession: Option<PublicKeys>,
    /// Hash of the keys that must sign the next card: [`next_keys_hash`].
    #[serde(with = "hash_hex")]
    pub next: Hash,
}

/// Names the format of a card.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum CardFormat {
    /// The only one so far.
    #[serde(rename = "card/1")]
    V1,
}

/// Kind of body that an agency is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Police.
    Police,
    /// Customs.
    Customs,
    /// Border guard.
    BorderGuard,
    /// Financial intelligence unit.
    Fiu,
    /// Computer emergency response team.
    Cert,
    /// Migration authority.
    Migration,
    /// Hajj mission.
    HajjMission,
    /// A ministry itself.
    Ministry,
    /// An independent auditor.
    Auditor,
    /// UNHCR, or the independent observer agreed in its place.
    Observer,
    /// A civil registry: births, marriages, identity documents.
    CivilRegistry,
    /// A consulate.
    Consulate,
    /// A court, a prosecutor or the central authority for legal assistance.
    Judicial,
    /// A training centre.
    Training,
    /// Armed forces or a ministry of defence: meetings may be registered with it, and nothing else crosses.
    Defence,
}

/// The key pairs in use, one for each role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardKeys {
    /// Signs checkpoints.
    pub log: PublicKeys,
    /// Signs receipts.
    pub receipt: PublicKeys,
    /// Signs documents.
    pub document: PublicKeys,
}

/// A card's bytes and the signatures over them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedCard {
    /// The card's bytes: exactly these are hashed and signed.
    #[serde(with = "base64_bytes")]
    pub card: Vec<u8>,
    /// In this order: log, receipt, document; after the first card also succession, and last, if it is held still,
    /// previous.
    pub signatures: Vec<CardSignature>,
}

/// One key's signature over a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardSignature {
    /// Which key signed.
    pub key: CardKey,
    /// The two signatures.
    pub pair: SignaturePair,
}

/// A key that signs a card.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKey {
    /// The card's own log key.
    Log,
    /// The card's own receipt key.
    Receipt,
    /// The card's own document key.
    Document,
    /// The key that the card before announced by its hash.
    Succession,
    /// The document key of the card before.
    Previous,
}

/// The hash by which a card announces the keys of the next:
/// `SHA-256("mithaq/next-keys/v1\0" ‖ Ed25519 key ‖ ML-DSA-44 key)`.
pub fn next_keys_hash(suite: &dyn Suite, keys: &PublicKeys) -> Hash {
    suite.sha256(&[b"mithaq/next-keys/v1\0", &keys.ed25519, &*keys.ml_dsa_44])
}

impl Card {
    /// The card's one encoding: these bytes are hashed and signed.
    pub fn encode(&self) -> Vec<u8> {
        json::encode(self)
    }

    /// The name in the first of the languages asked for that the card has, or any.
    pub fn name<'a>(&'a self, languages: impl IntoIterator<Item = &'a str>) -> &'a str {
        let wanted = languages.into_iter().find_map(|language| self.names.get(language));
        wanted.or_else(|| self.names.values().next()).map_or("", String::as_str)
    }
}

/// A signature as JSON: the pair's members stand beside the key's name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureJson {
    key: CardKey,
    #[serde(with = "base64_bytes")]
    ed25519: Vec<u8>,
    #[serde(with = "base64_bytes")]
    ml_dsa_44: Vec<u8>,
}

impl Serialize for CardSignature {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let (ed25519, ml_dsa_44) = (self.pair.ed25519.to_vec(), self.pair.ml_dsa_44.to_vec());
        SignatureJson { key: self.key, ed25519, ml_dsa_44 }.serialize(s)
    }
}

impl<'de> Deserialize<'de> for CardSignature {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let json = SignatureJson::deserialize(d)?;
        let pair = SignaturePair::from_halves(&json.ed25519, json.ml_dsa_44).map_err(serde::de::Error::custom)?;
        Ok(Self { key: json.key, pair })
    }
}

#[cfg(test)]
#[cfg(feature = "aws-lc")]
mod tests;
