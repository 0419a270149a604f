//! The next own card: new names, addresses or TLS key.
//!
//! The signing keys stay. Changing them in a channel takes a handover entry in every log, which this version does not
//! write; with the same keys every channel goes on.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use protocol::{
    card::{self, CardChain, CardDraft, IssueError, Predecessor, next_keys_hash},
    suite::{KeyRole, Signer as _},
    text::Texts,
};
use store::StoreError;
use texts::{Message, say};

use crate::{
    db::{Db, SUITE},
    fault::{Code, Fault},
    keys::{self, KeysError, Next},
    peers::Peers,
    wording,
};

/// What the next card changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotation {
    /// New names by language, or those of the card in force.
    pub names: Option<Texts>,
    /// New addresses, or those of the card in force.
    pub addresses: Option<Vec<String>>,
}

/// The next card, and what the operator has to do now.
#[derive(Debug)]
pub struct Rotated {
    /// The chain with the new card.
    pub cards: CardChain,
    /// The keys of the card after it, to be moved offline.
    pub next_file: PathBuf,
}

/// The next card can't be issued. The card in force stays.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The keys can't be opened or written.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The card is refused.
    #[error(transparent)]
    Card(#[from] IssueError),
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key files are not this agency's.
    #[error("the key file in the node's folder holds other keys than the card in force: restore it from the backup")]
    OtherKeys,
}

impl RotateError {
    /// Whether it may come of a guess. All of these look alike to a caller.
    pub const fn is_a_guess(&self) -> bool {
        !matches!(self, Self::Card(_) | Self::Store(_) | Self::Keys(KeysError::Derivation(_)))
    }
}

impl From<RotateError> for Fault {
    fn from(error: RotateError) -> Self {
        if error.is_a_guess() {
            tracing::warn!(%error, "the next card was not issued");
            return Self::new(Code::NotVerified, say!("no-card-issued"));
        }
        let code = match &error {
            RotateError::Store(_) => Code::Storage,
            RotateError::Card(_) => Code::Usage,
            _ => Code::Internal,
        };
        let message = match &error {
            RotateError::Keys(error) => error.message(),
            RotateError::Store(error) => wording::store(error),
            RotateError::OtherKeys => say!("other-keys"),
            RotateError::Card(_) => Message::as_worded(error.to_string()),
        };
        Self::new(code, message)
    }
}

/// Issues the next card with a new TLS key, signed by the next keys, whose sealed file is `next`. The new TLS key is used from the
/// node's next start on.
pub fn rotate(
    db: &Db,
    peers: &Peers,
    dir: &Path,
    rotation: Rotation,
    next: Next<'_>,
    passphrase: &[u8],
) -> Result<Rotated, RotateError> {
    let _one_at_a_time = peers.exclusive();
    let cards = db.cards();
    let last = cards.current();
    let staged = keys::stage(dir, passphrase, next, last.serial + 1, &mut crate::entropy())?;
    if staged.signer.public(KeyRole::Document).ok().as_ref() != Some(&last.keys.document) {
        return Err(RotateError::OtherKeys);
    }
    let draft = CardDraft {
        names: rotation.names.unwrap_or_else(|| last.names.clone()),
        country: last.country.clone(),
        body: last.body,
        addresses: rotation.addresses.unwrap_or_else(|| last.addresses.clone()),
        tls_pin: staged.tls_pin,
        next: next_keys_hash(SUITE, &staged.next),
    };
    let previous = Predecessor { chain: &cards, signer: Some(&staged.signer) };
    let issued = card::issue(SUITE, &staged.signer, draft, Some(previous))?;
    // From here on the card is issued. A crash before the key file is replaced is mended at the next start.
    db.store().put_meta(keys::CARDS_META, &issued.encode())?;
    db.set_cards(Arc::new(issued.clone()));
    keys::finish_rotation(dir, passphrase, issued.current())?;
    Ok(Rotated { cards: issued, next_file: staged.next_file })
}
