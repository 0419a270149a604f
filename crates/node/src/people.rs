//! The agency's own people: who a token or an officer's key belongs to, what each may be given, and who stands in for whom.
//!
//! The audit log and the partners know a person by an id at most. The name is for colleagues: it is kept sealed, and goes some
//! time after the person left.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
};

use protocol::{
    date::Date,
    encoding::base64_bytes,
    limits::{CREDENTIAL_ID_BYTES_MAX, NAME_BYTES_MAX},
    passkey::{Algorithm, PublicKey, site_problem},
    suite::Entropy as _,
    text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use texts::{Message, say};
use zeroize::Zeroizing;

use crate::{
    callers::{Role, tokens::NewToken},
    clock,
    db::Db,
    fault::{Code, Fault},
    limits, sealed, words,
};

/// What the key for the list is derived for.
pub(crate) const LABEL: &[u8] = b"mithaq/people/v1";

/// The store's name for the list.
const META: &str = "people";
const ID_BYTES: usize = 4;

/// The languages of the console.
const LANGUAGES: &[&str] = &["ar", "en", "fa", "tr", "ur"];

/// A person of the agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    /// By which the audit log names the person: 8 hexadecimal digits, drawn.
    pub id: String,
    /// What the person is, and may be given.
    #[serde(flatten)]
    pub about: AboutPerson,
    /// Since when the node knows the person, milliseconds since 1970.
    pub added_ms: u64,
    /// Since when the person belongs to the agency no more, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_ms: Option<u64>,
    /// Who stands in while the person is away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away: Option<Away>,
}

/// What a person is, and may be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AboutPerson {
    /// The name, for colleagues.
    pub name: String,
    /// The offices that the person speaks for.
    #[serde(default)]
    pub offices: Vec<String>,
    /// The roles that tokens of the person may have.
    #[schemars(with = "Vec<words::Role>")]
    pub roles: Vec<Role>,
    /// The purposes that tokens of the person may be for.
    #[serde(default)]
    #[schemars(with = "Vec<words::Purpose>")]
    pub purposes: Vec<String>,
    /// The languages that the person reads, the best first: `ar`, `en`, `fa`, `tr`, `ur`.
    #[serde(default)]
    pub languages: Vec<String>,
    /// The public keys with which the person approves.
    #[serde(default)]
    pub keys: Vec<PersonKey>,
    /// The passkeys with which the person approves. None of them signs in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passkeys: Vec<SigningPasskey>,
}

/// A public key with which a person approves: 32 bytes of Ed25519.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PersonKey(
    #[serde(with = "base64_bytes")]
    #[schemars(with = "words::Base64")]
    pub Vec<u8>,
);

/// A passkey with which a person approves. Its credential id is for the browser that asks for approvals, and stays here: what
/// partners are told of an officer is without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SigningPasskey {
    /// By what the authenticator finds it.
    #[serde(with = "base64_bytes")]
    #[schemars(with = "words::Base64")]
    pub credential: Vec<u8>,
    /// The signature algorithm.
    #[schemars(with = "words::PasskeyAlgorithm")]
    pub algorithm: Algorithm,
    /// The public key: 65 bytes of ES256, the uncompressed point, or 32 of Ed25519.
    #[serde(with = "base64_bytes")]
    #[schemars(with = "words::Base64")]
    pub public: Vec<u8>,
    /// The origin whose pages ask for approvals, such as `https://exchange.agency.example`.
    pub origin: String,
    /// The relying party: the origin's host, or a domain above it.
    pub rp_id: String,
}

/// An absence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Away {
    /// The last day of it.
    #[schemars(with = "words::Day")]
    pub until: Date,
    /// The id of the person who stands in.
    pub deputy: String,
}

/// The people of a node.
pub struct People {
    key: Zeroizing<[u8; 32]>,
    held: RwLock<Arc<Vec<Person>>>,
}

impl People {
    pub(crate) fn load(reader: &Reader, key: [u8; 32]) -> Result<Self, StoreError> {
        let held: Vec<Person> = sealed::kept(reader, &key, META, "the list of people")?;
        Ok(Self { key: Zeroizing::new(key), held: RwLock::new(Arc::new(held)) })
    }

    /// Everybody, those who left too.
    pub fn list(&self) -> Arc<Vec<Person>> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The person with this id, also of one who left.
    pub fn known(&self, id: &str) -> Option<Person> {
        self.list().iter().find(|person| person.id == id).cloned()
    }

    /// The one person who is here and whose id begins so. A path names people so and not otherwise: it stands in the audit log,
    /// which holds nobody's name (AUDIT-1).
    ///
    /// # Errors
    /// [`Code::NotFound`] if nobody, or more than one, is meant.
    pub fn by_id(&self, named: &str) -> Result<Person, Fault> {
        let people = self.list();
        let mut meant =
            people.iter().filter(|person| person.is_here() && !named.is_empty() && person.id.starts_with(named));
        match (meant.next(), meant.next()) {
            (Some(one), None) => Ok(one.clone()),
            _ => Err(Fault::not_found(say!("person-unclear")).in_field("person")),
        }
    }

    /// The one person who is here and has this name, or whose id begins so.
    ///
    /// # Errors
    /// As [`People::by_id`].
    pub fn find(&self, named: &str) -> Result<Person, Fault> {
        let people = self.list();
        let by_name = people.iter().find(|person| person.is_here() && person.about.name == named).cloned();
        by_name.map_or_else(|| self.by_id(named), Ok)
    }

    /// Whose key this is.
    pub fn of_key(&self, public: &[u8]) -> Option<Person> {
        self.list().iter().find(|person| person.about.public_keys().any(|key| key == public)).cloned()
    }

    /// For whom a person acts on a day: for themselves, and for those who are away and named them.
    pub fn acts_for(&self, id: &str, today: Date) -> BTreeSet<String> {
        let people = self.list();
        let absent = people.iter().filter(|person| {
            person.is_here() && person.away.as_ref().is_some_and(|away| away.deputy == id && today <= away.until)
        });
        absent.map(|person| person.id.clone()).chain([id.to_owned()]).collect()
    }

    /// Adds a person.
    ///
    /// # Errors
    /// [`Code::Usage`] for what a person can't be, [`Code::Conflict`] if a colleague has the name or a key.
    pub fn add(&self, db: &Db, about: AboutPerson) -> Result<Person, Fault> {
        self.change(db, |held| {
            check(held, None, &about)?;
            if held.len() >= limits::PEOPLE_MAX {
                return Err(Fault::new(Code::Storage, say!("people-full", held = held.len())));
            }
            let mut id = [0; ID_BYTES];
            // Ids are short, so that people can say them: one that is taken is drawn again.
            while id == [0; ID_BYTES] || held.iter().any(|person| person.id == hex::encode(id)) {
                crate::entropy().fill(&mut id);
            }
            let person = Person { id: hex::encode(id), about, added_ms: clock::now_ms(), left_ms: None, away: None };
            held.push(person.clone());
            Ok(person)
        })
    }

    /// Says anew what a person is and may be given.
    ///
    /// # Errors
    /// As [`People::add`]; [`Code::NotFound`] if the person is not here.
    pub fn set(&self, db: &Db, id: &str, about: AboutPerson) -> Result<Person, Fault> {
        self.change_one(db, id, |held, person| {
            check(held, Some(id), &about)?;
            person.about = about;
            Ok(())
        })
    }

    /// Registers a passkey with which a person approves. It approves nothing before it is enrolled in a channel.
    ///
    /// # Errors
    /// As [`People::set`].
    pub fn add_signing_passkey(&self, db: &Db, id: &str, passkey: SigningPasskey) -> Result<Person, Fault> {
        let mut about = self.by_id(id)?.about;
        about.passkeys.push(passkey);
        self.set(db, id, about)
    }

    /// Ends that a person belongs to the agency. The keys count no more for anybody.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the person is not here.
    pub fn leave(&self, db: &Db, id: &str) -> Result<Person, Fault> {
        self.change_one(db, id, |_, person| {
            person.left_ms = Some(clock::now_ms());
            person.away = None;
            Ok(())
        })
    }

    /// Says that a person is away, or is back.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the person or the deputy is not here; [`Code::Usage`] if they are the same, or the day is over.
    pub fn set_away(&self, db: &Db, id: &str, away: Option<Away>, today: Date) -> Result<Person, Fault> {
        self.change_one(db, id, |held, person| {
            if let Some(away) = &away {
                if away.deputy == id {
                    return Err(Fault::usage(say!("own-deputy")).in_field("deputy"));
                }
                if !held.iter().any(|person| person.id == away.deputy && person.is_here()) {
                    return Err(Fault::not_found(say!("deputy-not-here")).in_field("deputy"));
                }
                if away.until < today {
                    return Err(Fault::usage(say!("until-is-over", until = %away.until)).in_field("until"));
                }
            }
            person.away = away;
            Ok(())
        })
    }

    /// Forgets those who left so long ago that the audit log does not name them any more. Returns how many.
    ///
    /// # Errors
    /// The list can't be kept.
    pub fn forget(&self, db: &Db, now_ms: u64) -> Result<usize, Fault> {
        let is_over = |person: &Person| {
            person.left_ms.is_some_and(|left| left.saturating_add(limits::PERSON_FORGOTTEN_MS) < now_ms)
        };
        if !self.list().iter().any(is_over) {
            return Ok(0);
        }
        self.change(db, |held| {
            let before = held.len();
            held.retain(|person| !is_over(person));
            Ok(before - held.len())
        })
    }

    /// Gives a token that is to be made what its person has: the only office, the purposes; refuses what the person does not have.
    /// Of a token without a person nothing changes: it is a program's.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the person is not here, [`Code::Usage`] for a role, office or purpose that the person does not have.
    pub fn dress(&self, new: &mut NewToken) -> Result<(), Fault> {
        let Some(named) = &new.person else { return Ok(()) };
        let Person { id, about, .. } = self.find(named)?;
        let refuse = |field: &str, what: &str, has: &[&str]| {
            let has = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
            let message = say!("person-lacks", what = %what, has = %has);
            Err(Fault::usage(message).in_field(field))
        };
        if !about.roles.contains(&new.role) {
            let has: Vec<&str> = about.roles.iter().map(|role| role.name()).collect();
            return refuse("role", "role", &has);
        }
        let offices: Vec<&str> = about.offices.iter().map(String::as_str).collect();
        match (&new.office, &offices[..]) {
            (Some(office), _) if !offices.contains(&office.as_str()) => return refuse("office", "office", &offices),
            (None, [only]) => new.office = Some((*only).to_owned()),
            _ => {}
        }
        if new.purposes.is_empty() && !new.role.oversees() {
            new.purposes.clone_from(&about.purposes);
        }
        let purposes: Vec<&str> = about.purposes.iter().map(String::as_str).collect();
        if !new.role.oversees() && new.purposes.iter().any(|purpose| !purposes.contains(&purpose.as_str())) {
            return refuse("purposes", "purpose", &purposes);
        }
        new.person = Some(id);
        Ok(())
    }

    fn change_one(
        &self,
        db: &Db,
        id: &str,
        change: impl FnOnce(&[Person], &mut Person) -> Result<(), Fault>,
    ) -> Result<Person, Fault> {
        self.change(db, |held| {
            let others = held.clone();
            let person = held
                .iter_mut()
                .find(|person| person.id == id && person.is_here())
                .ok_or_else(|| Fault::not_found(say!("nobody-here", id = %format!("{id:?}"))))?;
            change(&others, person)?;
            Ok(person.clone())
        })
    }

    /// Changes the list, durably before anybody sees it.
    fn change<T>(&self, db: &Db, change: impl FnOnce(&mut Vec<Person>) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Vec::clone(&held);
        let changed = change(&mut next)?;
        sealed::keep(db, &self.key, META, &next)?;
        *held = Arc::new(next);
        Ok(changed)
    }
}

impl AboutPerson {
    /// The public keys with which the person approves, of passkeys too.
    pub fn public_keys(&self) -> impl Iterator<Item = &[u8]> {
        let of_passkeys = self.passkeys.iter().map(|passkey| passkey.public.as_slice());
        self.keys.iter().map(|key| key.0.as_slice()).chain(of_passkeys)
    }
}

impl Person {
    /// Whether the person belongs to the agency.
    pub const fn is_here(&self) -> bool {
        self.left_ms.is_none()
    }
}

fn check(held: &[Person], id: Option<&str>, about: &AboutPerson) -> Result<(), Fault> {
    let refuse = |field: &str, message: Message| Err(Fault::usage(message).in_field(field));
    let is_name = |name: &String| text::is_prose(name, NAME_BYTES_MAX);
    let most = limits::OF_A_PERSON_MAX;
    if !is_name(&about.name) {
        return refuse("name", say!("name-bytes", bytes_max = NAME_BYTES_MAX));
    }
    if about.roles.is_empty() || about.roles.len() > most {
        return refuse("roles", say!("person-needs-role"));
    }
    if about.offices.len() > most || !about.offices.iter().all(is_name) {
        return refuse("offices", say!("offices-form", most = most, bytes_max = NAME_BYTES_MAX));
    }
    if about.purposes.len() > limits::TOKEN_PURPOSES_MAX
        || !about.purposes.iter().all(|purpose| text::is_token(purpose))
    {
        let most = limits::TOKEN_PURPOSES_MAX;
        return refuse("purposes", say!("purposes-form", most = most));
    }
    if !about.languages.iter().all(|language| LANGUAGES.contains(&language.as_str())) {
        return refuse("languages", say!("languages-form", known = LANGUAGES.to_vec()));
    }
    if about.keys.len() > most || about.keys.iter().any(|key| key.0.len() != 32) {
        return refuse("keys", say!("keys-form", most = most));
    }
    let problem = |passkey: &SigningPasskey| {
        let key = PublicKey { algorithm: passkey.algorithm, bytes: passkey.public.clone() };
        let is_id = (1..=CREDENTIAL_ID_BYTES_MAX).contains(&passkey.credential.len());
        let of_id = (!is_id).then_some("a credential id has 1 to 1023 bytes");
        of_id.or_else(|| key.problem()).or_else(|| site_problem(&passkey.origin, &passkey.rp_id))
    };
    if let Some(problem) = about.passkeys.iter().find_map(problem) {
        return refuse("passkeys", problem.into());
    }
    if about.passkeys.len() > most {
        return refuse("passkeys", say!("passkeys-most", most = most));
    }
    for other in held.iter().filter(|other| other.is_here() && id != Some(other.id.as_str())) {
        if other.about.name == about.name {
            let message = say!("name-taken", id = %other.id);
            return Err(Fault::new(Code::Conflict, message).in_field("name"));
        }
        // One key is one person's: else two officers could be one.
        let is_others = |key: &[u8]| other.about.public_keys().any(|known| known == key);
        if about.public_keys().any(is_others) {
            let field = if about.keys.iter().any(|key| is_others(&key.0)) { "keys" } else { "passkeys" };
            return Err(Fault::new(Code::Conflict, say!("key-of-other", id = %other.id)).in_field(field));
        }
    }
    Ok(())
}
