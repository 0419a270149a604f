//! Issuing an agency's first and later cards.

use alloc::{string::String, vec::Vec};

use super::{
    Body, CARD_DOCUMENT, Card, CardChain, CardError, CardFormat, CardKey, CardKeys, CardSignature, SignedCard,
    chain::check_fields, next_keys_hash,
};
use crate::{
    document,
    id::{AgencyId, Hash},
    suite::{CannotSign, KeyRole, Signer, Suite},
    text::Texts,
};

/// What an agency decides about its card; keys, serial and links are filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardDraft {
    /// Names by language.
    pub names: Texts,
    /// ISO 3166-1 alpha-3 code.
    pub country: String,
    /// Kind of body.
    pub body: Body,
    /// Where the node is reached, the main address first.
    pub addresses: Vec<String>,
    /// SHA-256 of the public key in the node's TLS certificate.
    pub tls_pin: Hash,
    /// [`next_keys_hash`] of the keys made for the next card.
    pub next: Hash,
}

/// The cards that a new card follows.
#[derive(Clone, Copy)]
pub struct Predecessor<'a> {
    /// The chain so far.
    pub chain: &'a CardChain,
    /// The holder of the last card's document key, if it is held still.
    pub signer: Option<&'a dyn Signer>,
}

/// A card can't be issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// A key can't be used.
    #[error(transparent)]
    CannotSign(#[from] CannotSign),
    /// The card would be refused by everyone.
    #[error(transparent)]
    Refused(#[from] CardError),
    /// The succession key given is not the one that the last card announced.
    #[error("the next keys given are not those that card {0} announced: bring the ones kept offline since then")]
    NotTheNextKeys(u64),
}

/// Issues the next card, or the first if there is no predecessor.
///
/// `signer` holds the new card's log, receipt and document keys and, for a later card, the succession keys that the
/// last card announced.
pub fn issue(
    suite: &dyn Suite,
    signer: &dyn Signer,
    draft: CardDraft,
    previous: Option<Predecessor<'_>>,
) -> Result<CardChain, IssueError> {
    let keys = CardKeys {
        log: signer.public(KeyRole::Log)?,
        receipt: signer.public(KeyRole::Receipt)?,
        document: signer.public(KeyRole::Document)?,
    };
    let CardDraft { names, country, body, addresses, tls_pin, next } = draft;
    let mut card = Card {
        mithaq: CardFormat::V1,
        serial: 1,
        agency: None,
        previous: None,
        names,
        country,
        body,
        addresses,
        tls_pin,
        keys,
        succession: None,
        next,
    };
    let mut own = Vec::from([
        (CardKey::Log, KeyRole::Log, signer),
        (CardKey::Receipt, KeyRole::Receipt, signer),
        (CardKey::Document, KeyRole::Document, signer),
    ]);
    let Some(Predecessor { chain, signer: previous_signer }) = previous else {
        check_fields(&card)?;
        let bytes = card.encode();
        let agency = AgencyId::new(suite.sha256(&[&bytes]));
        return Ok(CardChain::start(suite, sign(&own, &agency, 1, bytes)?)?);
    };

    let last = chain.current();
    let succession = signer.public(KeyRole::Succession)?;
    if next_keys_hash(suite, &succession) != last.next {
        return Err(IssueError::NotTheNextKeys(last.serial));
    }
    card.serial = last.serial + 1;
    card.agency = Some(*chain.agency());
    card.previous = Some(*chain.current_hash());
    card.succession = Some(succession);
    check_fields(&card)?;
    own.push((CardKey::Succession, KeyRole::Succession, signer));
    if let Some(holder) = previous_signer {
        own.push((CardKey::Previous, KeyRole::Document, holder));
    }
    let signed = sign(&own, chain.agency(), card.serial, card.encode())?;
    Ok(chain.clone().extend(suite, signed)?)
}

fn sign(
    keys: &[(CardKey, KeyRole, &dyn Signer)],
    agency: &AgencyId,
    serial: u64,
    card: Vec<u8>,
) -> Result<SignedCard, CannotSign> {
    let preimage = document::preimage(CARD_DOCUMENT, agency, serial, &card);
    let signatures = keys
        .iter()
        .map(|(key, role, signer)| Ok(CardSignature { key: *key, pair: signer.sign(*role, &preimage)? }))
        .collect::<Result<_, CannotSign>>()?;
    Ok(SignedCard { card, signatures })
}
