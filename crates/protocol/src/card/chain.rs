//! The chain of an agency's cards. A [`CardChain`] exists only verified.

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{CARD_DOCUMENT, Card, CardKey, CardKeys, SignedCard, next_keys_hash};
use crate::{
    document,
    fingerprint::{Fingerprint, QrText},
    id::{AgencyId, Hash},
    json::{self, JsonError},
    limits::{
        ADDRESS_BYTES_MAX, ADDRESSES_MAX, CARD_BYTES_MAX, CARD_CHAIN_BYTES_MAX, CARDS_PER_CHAIN_MAX, JSON_INTEGER_MAX,
        NAME_BYTES_MAX, SIGNED_CARD_BYTES_MAX,
    },
    suite::{PublicKeys, Suite},
    text::{self, TextsProblem},
};

/// An agency's cards from the first to the current one, each checked against the one before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardChain {
    agency: AgencyId,
    earlier: Vec<Link>,
    current: Link,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Link {
    card: Card,
    hash: Hash,
    signed: SignedCard,
}

/// How an offered chain relates to the one held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Merge {
    /// Both end with the same card.
    Equal,
    /// The offered chain goes on where the held one ends: take it.
    Extends,
    /// The held chain goes on where the offered one ends: keep it.
    Behind,
}

/// Cards that are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// The bytes are not the JSON of a card file or of a card in it.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A field breaks a rule.
    #[error("card {serial}, field {field}: {problem}")]
    Field {
        /// Serial of the card.
        serial: u64,
        /// Path of the field.
        field: String,
        /// What is wrong and what would be right.
        problem: FieldProblem,
    },
    /// There are no cards, or too many.
    #[error("a card file has 1 to {CARDS_PER_CHAIN_MAX} cards, oldest first; this one has {0}")]
    WrongNumber(usize),
    /// A card does not follow the one before it: one is missing, or they are of two agencies.
    #[error("card {serial} does not follow the card before it: {problem}")]
    BrokenLink {
        /// Serial that was expected.
        serial: u64,
        /// What does not fit.
        problem: LinkProblem,
    },
    /// The card was made without the keys that the card before announced: a theft of keys looks like this.
    #[error("card {0} is not by the keys that the card before it announced")]
    NotTheNextKeys(u64),
    /// The signatures are not those that the card needs, in their order.
    #[error("card {serial} needs the signatures {expected}, in this order")]
    WrongSignatures {
        /// Serial of the card.
        serial: u64,
        /// The names in order.
        expected: &'static str,
    },
    /// A signature is not valid.
    #[error("the {key:?} signature of card {serial} is not valid")]
    SignatureInvalid {
        /// Serial of the card.
        serial: u64,
        /// Whose signature.
        key: CardKey,
    },
    /// The chains are of two agencies.
    #[error("the card files are of two agencies, {held} and {offered}")]
    OtherAgency {
        /// The agency whose chain is held.
        held: AgencyId,
        /// The agency whose chain was offered.
        offered: AgencyId,
    },
    /// Two different cards follow one: the agency is frozen until its partners' officers decide.
    #[error("there are two different cards {serial} of agency {agency}: it is frozen until your officers decide")]
    Forked {
        /// The agency.
        agency: AgencyId,
        /// Serial of the two cards.
        serial: u64,
    },
}

/// What is wrong with a field of a card, and what would be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldProblem {
    /// The serial is 0 or too large.
    #[error("serials count from 1")]
    SerialZero,
    /// Names that can't be.
    #[error(transparent)]
    Names(TextsProblem),
    /// A country's code is none.
    #[error("write the three capital letters of ISO 3166-1, such as TUR")]
    NotACountry,
    /// More addresses than a card has.
    #[error("at most {ADDRESSES_MAX}")]
    TooManyAddresses,
    /// An address is none.
    #[error("write https:// and a host, with a port if it is not 443, and nothing more")]
    NotAnAddress,
    /// The keys of the next card are those of this one.
    #[error("the next keys are those just used: make new ones and keep them offline")]
    NextKeysUsed,
    /// One key has two roles.
    #[error("this key stands in another role too: give each role its own")]
    KeyInTwoRoles,
    /// The card with its signatures has so many bytes.
    #[error("{0} bytes; at most {SIGNED_CARD_BYTES_MAX}")]
    TooLarge(usize),
}

/// Why a card is not the first, or does not follow the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkProblem {
    /// A first card with another serial.
    #[error("the first card has serial 1")]
    FirstSerial,
    /// A first card that names an agency.
    #[error("the first card has no agency: its hash is the agency's id")]
    FirstAgency,
    /// A first card that names one before it.
    #[error("the first card has no previous")]
    FirstPrevious,
    /// A first card with keys that were announced.
    #[error("the first card has no succession")]
    FirstSuccession,
    /// A serial is left out, or comes again.
    #[error("its serial is not the next")]
    Serial,
    /// It is of another agency.
    #[error("it names another agency")]
    OtherAgency,
    /// It follows another card.
    #[error("its previous is another card")]
    OtherPrevious,
}

impl CardChain {
    /// Reads a card file and checks every card in it (CARD-1 to CARD-11).
    pub fn parse(suite: &dyn Suite, bytes: &[u8]) -> Result<Self, CardError> {
        let file: FileJson = json::parse_canonical(bytes, CARD_CHAIN_BYTES_MAX, "card file")?;
        let number = file.cards.len();
        let mut cards = file.cards.into_iter();
        let Some(first) = cards.next().filter(|_| number <= CARDS_PER_CHAIN_MAX) else {
            return Err(CardError::WrongNumber(number));
        };
        cards.try_fold(Self::start(suite, first)?, |chain, next| chain.extend(suite, next))
    }

    /// The chain of a first card, once it is checked.
    pub fn start(suite: &dyn Suite, first: SignedCard) -> Result<Self, CardError> {
        let link = Link::read(suite, first)?;
        let problem = match &link.card {
            Card { serial: 2.., .. } | Card { serial: 0, .. } => Some(LinkProblem::FirstSerial),
            Card { agency: Some(_), .. } => Some(LinkProblem::FirstAgency),
            Card { previous: Some(_), .. } => Some(LinkProblem::FirstPrevious),
            Card { succession: Some(_), .. } => Some(LinkProblem::FirstSuccession),
            _ => None,
        };
        if let Some(problem) = problem {
            return Err(CardError::BrokenLink { serial: 1, problem });
        }
        let agency = AgencyId::new(link.hash);
        link.verify(suite, &agency, None)?;
        Ok(Self { agency, earlier: Vec::new(), current: link })
    }

    /// The chain with one more card, once that is checked.
    pub fn extend(self, suite: &dyn Suite, next: SignedCard) -> Result<Self, CardError> {
        let number = self.earlier.len() + 2;
        if number > CARDS_PER_CHAIN_MAX {
            return Err(CardError::WrongNumber(number));
        }
        let link = Link::read(suite, next)?;
        let serial = self.current.card.serial + 1;
        let problem = match &link.card {
            card if card.serial != serial => Some(LinkProblem::Serial),
            card if card.agency != Some(self.agency) => Some(LinkProblem::OtherAgency),
            card if card.previous != Some(self.current.hash) => Some(LinkProblem::OtherPrevious),
            _ => None,
        };
        if let Some(problem) = problem {
            return Err(CardError::BrokenLink { serial, problem });
        }
        link.verify(suite, &self.agency, Some(&self.current.card))?;
        let Self { agency, mut earlier, current } = self;
        earlier.push(current);
        Ok(Self { agency, earlier, current: link })
    }

    /// The card file's one encoding.
    pub fn encode(&self) -> Vec<u8> {
        json::encode(&FileJson {
            mithaq: FileFormat::V1,
            cards: self.links().map(|link| link.signed.clone()).collect(),
        })
    }

    /// The agency.
    pub const fn agency(&self) -> &AgencyId {
        &self.agency
    }

    /// The newest card.
    pub const fn current(&self) -> &Card {
        &self.current.card
    }

    /// SHA-256 of the newest card.
    pub const fn current_hash(&self) -> &Hash {
        &self.current.hash
    }

    /// The card with this serial.
    pub fn at_serial(&self, serial: u64) -> Option<&Card> {
        self.cards().find(|card| card.serial == serial)
    }

    /// All cards, oldest first.
    pub fn cards(&self) -> impl Iterator<Item = &Card> {
        self.links().map(|link| &link.card)
    }

    /// What people compare at the first meeting.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.agency)
    }

    /// Content of the agency's QR code: the whole id and the main address.
    pub fn qr_text(&self) -> QrText {
        QrText { agency: self.agency, address: self.current().addresses.first().cloned() }
    }

    /// Compares this chain with one that was offered. Two different cards with one serial are a fork (CARD-11): the
    /// caller freezes the agency and keeps both files as evidence.
    pub fn merge(&self, offered: &Self) -> Result<Merge, CardError> {
        if self.agency != offered.agency {
            return Err(CardError::OtherAgency { held: self.agency, offered: offered.agency });
        }
        let mut pairs = self.links().zip(offered.links());
        if let Some((held, _)) = pairs.find(|(held, other)| held.hash != other.hash) {
            return Err(CardError::Forked { agency: self.agency, serial: held.card.serial });
        }
        Ok(match self.earlier.len().cmp(&offered.earlier.len()) {
            core::cmp::Ordering::Less => Merge::Extends,
            core::cmp::Ordering::Equal => Merge::Equal,
            core::cmp::Ordering::Greater => Merge::Behind,
        })
    }

    fn links(&self) -> impl Iterator<Item = &Link> {
        self.earlier.iter().chain([&self.current])
    }
}

impl Link {
    fn read(suite: &dyn Suite, signed: SignedCard) -> Result<Self, CardError> {
        let card: Card = json::parse_canonical(&signed.card, CARD_BYTES_MAX, "card")?;
        check_fields(&card)?;
        let size = json::encode(&signed).len();
        if size > SIGNED_CARD_BYTES_MAX {
            return Err(field(card.serial, "signatures", FieldProblem::TooLarge(size)));
        }
        Ok(Self { hash: suite.sha256(&[&signed.card]), card, signed })
    }

    /// Checks the keys and signatures of a card whose place in the chain is right.
    fn verify(&self, suite: &dyn Suite, agency: &AgencyId, before: Option<&Card>) -> Result<(), CardError> {
        let serial = self.card.serial;
        if let Some(before) = before {
            check_succession(suite, &self.card, before)?;
        }
        let names: Vec<CardKey> = self.signed.signatures.iter().map(|signature| signature.key).collect();
        let expected = match (before.is_some(), names.as_slice()) {
            (false, [CardKey::Log, CardKey::Receipt, CardKey::Document])
            | (true, [CardKey::Log, CardKey::Receipt, CardKey::Document, CardKey::Succession])
            | (true, [CardKey::Log, CardKey::Receipt, CardKey::Document, CardKey::Succession, CardKey::Previous]) => {
                None
            }
            (false, _) => Some("log, receipt, document"),
            (true, _) => Some("log, receipt, document, succession and, if held, previous"),
        };
        if let Some(expected) = expected {
            return Err(CardError::WrongSignatures { serial, expected });
        }
        let preimage = document::preimage(CARD_DOCUMENT, agency, serial, &self.signed.card);
        for signature in &self.signed.signatures {
            let keys = match signature.key {
                CardKey::Log => Some(&self.card.keys.log),
                CardKey::Receipt => Some(&self.card.keys.receipt),
                CardKey::Document => Some(&self.card.keys.document),
                CardKey::Succession => self.card.succession.as_ref(),
                CardKey::Previous => before.map(|card| &card.keys.document),
            };
            if !keys.is_some_and(|keys| suite.verify(keys, &preimage, &signature.pair)) {
                return Err(CardError::SignatureInvalid { serial, key: signature.key });
            }
        }
        Ok(())
    }
}

/// CARD-7: the card reveals the keys that the one before announced, and announces others.
fn check_succession(suite: &dyn Suite, card: &Card, before: &Card) -> Result<(), CardError> {
    let revealed = card.succession.as_ref().map(|keys| next_keys_hash(suite, keys));
    if revealed != Some(before.next) {
        return Err(CardError::NotTheNextKeys(card.serial));
    }
    if card.next == before.next {
        return Err(field(card.serial, "next", FieldProblem::NextKeysUsed));
    }
    Ok(())
}

/// CARD-3 to CARD-5: what a card's fields must be, whatever its place.
pub(super) fn check_fields(card: &Card) -> Result<(), CardError> {
    let rule = |kept: bool, path: &str, problem: FieldProblem| {
        if kept { Ok(()) } else { Err(field(card.serial, path, problem)) }
    };
    rule((1..=JSON_INTEGER_MAX).contains(&card.serial), "serial", FieldProblem::SerialZero)?;
    if let Some((language, problem)) =
        text::problem_with_texts(&card.names, |name| text::is_prose(name, NAME_BYTES_MAX))
    {
        let path = if language.is_empty() { "names".into() } else { format!("names.{language}") };
        return Err(field(card.serial, &path, FieldProblem::Names(problem)));
    }
    rule(text::is_country(&card.country), "country", FieldProblem::NotACountry)?;
    rule(card.addresses.len() <= ADDRESSES_MAX, "addresses", FieldProblem::TooManyAddresses)?;
    for (number, address) in card.addresses.iter().enumerate() {
        let path = format!("addresses[{number}]");
        rule(is_address(address), &path, FieldProblem::NotAnAddress)?;
    }
    check_keys_differ(card)
}

/// CARD-5: one key has one role, or a signature made in one could count in another.
fn check_keys_differ(card: &Card) -> Result<(), CardError> {
    let CardKeys { log, receipt, document } = &card.keys;
    let keys = [
        ("keys.log", Some(log)),
        ("keys.receipt", Some(receipt)),
        ("keys.document", Some(document)),
        ("succession", card.succession.as_ref()),
    ];
    let mut seen: Vec<&PublicKeys> = Vec::new();
    for (path, keys) in keys {
        let Some(keys) = keys else { continue };
        if seen.iter().any(|other| other.ed25519 == keys.ed25519 || other.ml_dsa_44 == keys.ml_dsa_44) {
            return Err(field(card.serial, path, FieldProblem::KeyInTwoRoles));
        }
        seen.push(keys);
    }
    Ok(())
}

/// `https://host[:port]`: no path, user or query, so that an address says only where to connect.
fn is_address(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://") else { return false };
    !host.is_empty()
        && text.len() <= ADDRESS_BYTES_MAX
        && host.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b':' | b'[' | b']'))
}

fn field(serial: u64, path: &str, problem: FieldProblem) -> CardError {
    CardError::Field { serial, field: path.into(), problem }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileJson {
    mithaq: FileFormat,
    cards: Vec<SignedCard>,
}

#[derive(Serialize, Deserialize)]
enum FileFormat {
    #[serde(rename = "cards/1")]
    V1,
}
