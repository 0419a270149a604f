//! Accounts at the agency's own sign-in service, beside passkeys: who is bound to one, by a one-time link, is let in by it.
//!
//! The service vouches for who sits at a desk, and for nothing else. Whoever is let in by it has shown no passkey, so what asks for
//! one again (keys, people, agreements, erasure) still does. Of an account a digest is kept; it names nobody.

use protocol::id::{Hash, hash_hex};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use texts::say;

use super::passkeys::{Passkeys, Proven};
use crate::{
    clock,
    db::Db,
    fault::{Code, Fault},
    limits,
    people::People,
    sealed::{self, Bound},
};

/// To what is bound what a browser carries to the service and back.
const BEGUN: Bound<'_> = Bound { label: b"mithaq/sign-in/v1", place: b"begun" };
/// Least length of it, in bytes.
const BEGUN_BYTES: usize = 1024;

/// A person's account at the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// By which it is known again.
    #[serde(with = "hash_hex")]
    sha256: Hash,
    /// The id of the person.
    pub person: String,
    /// When it was bound, milliseconds since 1970.
    pub added_ms: u64,
    /// When it last let in, milliseconds since 1970.
    pub used_ms: Option<u64>,
    confirms_from_ms: u64,
}

impl From<&Account> for Proven {
    fn from(account: &Account) -> Self {
        Self { person: account.person.clone(), confirms_from_ms: account.confirms_from_ms }
    }
}

/// What a browser carries to the service and back, which it can neither read nor change.
#[derive(Serialize, Deserialize)]
struct Begun<T> {
    until_ms: u64,
    begun: T,
}

impl Passkeys {
    /// The account of a person.
    pub fn account_of(&self, person: &str) -> Option<Account> {
        self.lock().accounts.iter().find(|account| account.person == person).cloned()
    }

    /// Binds an account to the person of a link, which counts no more then.
    ///
    /// # Errors
    /// [`Code::NotFound`] for a link that does not count; as [`Passkeys::bind`].
    pub fn bind_by_link(&self, db: &Db, link: &str, account: Hash) -> Result<Proven, Fault> {
        self.change(db, |held| {
            let link = held.take_link(link)?;
            held.bind(account, &Proven { person: link.person, confirms_from_ms: link.confirms_from_ms })
        })
    }

    /// Binds an account to a person who is signed in. It is worth what lets them in now.
    ///
    /// # Errors
    /// [`Code::Conflict`] if the account is another person's, or the person has one.
    pub fn bind(&self, db: &Db, who: &Proven, account: Hash) -> Result<Proven, Fault> {
        self.change(db, |held| held.bind(account, who))
    }

    /// Whom an account lets in.
    ///
    /// # Errors
    /// [`Code::Forbidden`] if nobody is bound to it.
    pub fn sign_in_by(&self, (db, people): (&Db, &People), account: &Hash) -> Result<Proven, Fault> {
        let unknown = || Fault::new(Code::Forbidden, say!("account-unknown"));
        let known = self.lock().accounts.iter().find(|known| known.sha256 == *account).cloned().ok_or_else(unknown)?;
        people.by_id(&known.person).map_err(|_| unknown())?;
        let kept = self.change(db, |held| {
            let used = held.accounts.iter_mut().filter(|known| known.sha256 == *account);
            used.for_each(|known| known.used_ms = Some(clock::now_ms()));
            Ok(())
        });
        // As with a passkey: whoever is let in on a full disk reads and erases.
        drop(kept);
        Ok(Proven::from(&known))
    }

    /// Takes the account away from a person.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is none.
    pub fn leave_account(&self, db: &Db, person: &str) -> Result<(), Fault> {
        self.change(db, |held| {
            let before = held.accounts.len();
            held.accounts.retain(|account| account.person != person);
            match held.accounts.len() < before {
                true => Ok(()),
                false => Err(Fault::not_found(say!("account-unknown"))),
            }
        })
    }

    /// Seals what was begun at the service, for the browser to carry. Nothing of it is kept here: whoever begins without end keeps
    /// nobody out.
    ///
    /// # Errors
    /// The machine gives no random bytes.
    pub fn seal_begun(&self, begun: &impl Serialize) -> Result<Vec<u8>, Fault> {
        let until_ms = clock::now_ms().saturating_add(limits::SIGN_IN_MS_MAX);
        let internal = |problem: String| Fault::new(Code::Internal, problem);
        let json = serde_json::to_vec(&Begun { until_ms, begun }).map_err(|error| internal(error.to_string()))?;
        sealed::seal(self.key(), BEGUN, json, BEGUN_BYTES).map_err(internal)
    }

    /// What was begun, if this node sealed it not long ago.
    ///
    /// # Errors
    /// [`Code::Conflict`].
    pub fn open_begun<T: DeserializeOwned>(&self, sealed: &[u8]) -> Result<T, Fault> {
        let over = || Fault::new(Code::Conflict, say!("sign-in-over"));
        let json = sealed::open(self.key(), BEGUN, sealed).map_err(|_| over())?;
        let begun: Begun<T> = serde_json::from_slice(&json).map_err(|_| over())?;
        if clock::now_ms() < begun.until_ms { Ok(begun.begun) } else { Err(over()) }
    }
}

impl super::passkeys::Held {
    fn bind(&mut self, sha256: Hash, who: &Proven) -> Result<Proven, Fault> {
        // Whose it is instead is not said.
        if self.accounts.iter().any(|known| known.sha256 == sha256 || known.person == who.person) {
            return Err(Fault::new(Code::Conflict, say!("account-taken")));
        }
        let Proven { person, confirms_from_ms } = who.clone();
        let added_ms = clock::now_ms();
        self.accounts.push(Account { sha256, person, added_ms, used_ms: None, confirms_from_ms });
        self.had_account = true;
        Ok(who.clone())
    }
}
