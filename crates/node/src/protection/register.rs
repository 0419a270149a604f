//! The protection register: keyed digests of identities, and the states that each person fears.
//!
//! No name and no document number is in it. It lies in the store as one value, sealed under a key of the key store.

use std::collections::BTreeSet;

use policy::Identity;
use protocol::{
    date::Date,
    header::ThreadId,
    id::Hash,
    suite::{Entropy as _, TAG_BYTES},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use zeroize::Zeroizing;

use super::names;
use crate::{
    db::{Db, SUITE},
    fault::{Code, Fault},
    limits, words,
};

/// The store's name for the register.
const META: &str = "protection/register";
const NONCE_BYTES: usize = 12;
const ID_BYTES: usize = 8;

/// Who is protected, and from which states.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    entries: Vec<Entry>,
    /// The states that anybody in it fears: what every decision asks first.
    #[serde(skip)]
    states: BTreeSet<String>,
}

/// A protected person, or only states from which protected persons come.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its id: random.
    pub id: String,
    persons: Vec<Digests>,
    documents: Vec<String>,
    /// The states that the person fears, alpha-3. They are states of origin for ASY-05.
    pub states: BTreeSet<String>,
    /// Threads that are known to concern the person.
    pub threads: BTreeSet<ThreadId>,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// When it was added, milliseconds since 1970.
    pub added_ms: u64,
}

/// A name, as digests.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Digests {
    names: String,
    /// Of the names with the day of birth.
    born: Option<String>,
}

/// What a new entry shall be.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    /// The person, once for each spelling of the name.
    #[serde(default)]
    pub persons: Vec<NewPerson>,
    /// The states that the person fears, alpha-3.
    #[schemars(with = "BTreeSet<words::Country>")]
    pub states: BTreeSet<String>,
    /// Threads that are known to concern the person.
    #[serde(default)]
    #[schemars(with = "BTreeSet<words::ThreadId>")]
    pub threads: BTreeSet<ThreadId>,
    /// The last day on which it counts; without it, until it is removed.
    #[serde(default)]
    #[schemars(with = "Option<words::Day>")]
    pub until: Option<Date>,
}

/// One spelling of a person. It is compared and forgotten.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// All names, in any order.
    #[serde(default)]
    pub names: Option<String>,
    /// Day of birth.
    #[serde(default)]
    #[schemars(with = "Option<words::Day>")]
    pub born: Option<Date>,
    /// Number of an identity or travel document.
    #[serde(default)]
    pub document: Option<String>,
}

impl Register {
    pub(super) fn load(reader: &Reader, key: &[u8; 32]) -> Result<Self, StoreError> {
        let Some(sealed) = reader.meta(META)? else { return Ok(Self::default()) };
        let damaged = |reason: String| StoreError::Damaged { place: "the protection register".into(), reason };
        let (nonce, sealed) =
            sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(|| damaged("it is cut short".into()))?;
        let mut plain = Zeroizing::new(sealed.to_vec());
        let length = SUITE
            .aead_open(&sealing_key(key), nonce, META.as_bytes(), &mut plain)
            .map_err(|error| damaged(error.to_string()))?
            .len();
        let kept = plain.get(..length).unwrap_or_default();
        let mut register: Self = serde_json::from_slice(kept).map_err(|error| damaged(error.to_string()))?;
        register.gather_states();
        Ok(register)
    }

    fn gather_states(&mut self) {
        self.states = self.entries.iter().flat_map(|entry| entry.states.iter().cloned()).collect();
    }

    pub(super) fn keep(&self, db: &Db, key: &[u8; 32]) -> Result<(), Fault> {
        let internal = |error: &dyn std::fmt::Display| Fault::new(Code::Internal, error.to_string());
        let mut sealed = serde_json::to_vec(self).map_err(|error| internal(&error))?;
        let mut nonce = [0; NONCE_BYTES];
        crate::entropy().fill(&mut nonce);
        let tag: [u8; TAG_BYTES] = SUITE
            .aead_seal(&sealing_key(key), &nonce, META.as_bytes(), &mut sealed)
            .map_err(|error| internal(&error))?;
        Ok(db.store().put_meta(META, &[nonce.as_slice(), &sealed, &tag].concat())?)
    }

    /// Whether anybody in it fears this state.
    pub fn fears(&self, state: &str) -> bool {
        self.states.contains(state)
    }

    /// Its entries, in the order in which they were added.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// [`Code::Usage`] for what names no state or can't be compared; [`Code::Storage`] if the register is full.
    pub fn add(&mut self, key: &[u8; 32], new: NewEntry, now: u64) -> Result<Entry, Fault> {
        let is_state = |state: &String| state.len() == 3 && state.bytes().all(|byte| byte.is_ascii_uppercase());
        if new.states.is_empty() || !new.states.iter().all(is_state) {
            let message = "name at least one state, as three capital letters (ISO 3166-1 alpha-3)";
            return Err(Fault::usage(message).in_field("states"));
        }
        if new.persons.len() > limits::REGISTER_SPELLINGS_MAX || new.threads.len() > limits::REGISTER_THREADS_MAX {
            let (spellings, threads) = (limits::REGISTER_SPELLINGS_MAX, limits::REGISTER_THREADS_MAX);
            let message = format!("an entry has at most {spellings} spellings and {threads} threads: make another");
            return Err(Fault::usage(message).in_field("persons"));
        }
        if self.entries.len() >= limits::REGISTER_ENTRIES_MAX {
            let most = limits::REGISTER_ENTRIES_MAX;
            return Err(Fault::new(Code::Storage, format!("the register holds its {most} entries already")));
        }
        let (mut persons, mut documents) = (Vec::new(), Vec::new());
        for (person, place) in new.persons.iter().zip(0..) {
            let written = person.names.as_deref().map(names::of_person).unwrap_or_default();
            let document = person.document.as_deref().map(names::of_document).unwrap_or_default();
            if written.is_empty() && document.is_empty() {
                let message = "a person has a name or the number of a document, with letters or digits";
                return Err(Fault::usage(message).in_field(format!("persons[{place}]")));
            }
            if !written.is_empty() {
                let born = person.born.map(|born| digest(key, "born", &format!("{written}\0{born}")));
                persons.push(Digests { names: digest(key, "names", &written), born });
            }
            if !document.is_empty() {
                documents.push(digest(key, "document", &document));
            }
        }
        let mut id = [0; ID_BYTES];
        crate::entropy().fill(&mut id);
        let NewEntry { states, threads, until, .. } = new;
        let entry = Entry { id: hex::encode(id), persons, documents, states, threads, until, added_ms: now };
        self.entries.push(entry.clone());
        self.gather_states();
        Ok(entry)
    }

    /// Removes an entry by its id or the beginning of it.
    ///
    /// # Errors
    /// [`Code::NotFound`] if no entry, or more than one, has such an id.
    pub fn remove(&mut self, id: &str) -> Result<Entry, Fault> {
        let mut found = (0..).zip(&self.entries).filter(|(_, entry)| !id.is_empty() && entry.id.starts_with(id));
        match (found.next(), found.next()) {
            (Some((place, _)), None) => {
                let removed = self.entries.remove(place);
                self.gather_states();
                Ok(removed)
            }
            _ => Err(Fault::not_found(format!("no entry, or several, have an id that begins with {id:?}"))),
        }
    }

    /// Removes the entries whose last day is past; whether there were any.
    pub fn expire(&mut self, today: Date) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.counts(today));
        self.gather_states();
        self.entries.len() < before
    }
}

impl Entry {
    /// How many identities it holds.
    pub fn identities(&self) -> usize {
        self.persons.len() + self.documents.len()
    }

    /// Whether it still counts on a day.
    pub fn counts(&self, today: Date) -> bool {
        self.until.is_none_or(|until| today <= until)
    }

    /// Whether it could be this person. Where a day of birth is missing on either side, the names alone decide.
    fn is(&self, person: &Looked) -> bool {
        let named = |own: &Digests| match (&own.born, &person.born) {
            (Some(own), Some(theirs)) => own == theirs,
            _ => Some(&own.names) == person.names.as_ref(),
        };
        self.persons.iter().any(named)
            || person.document.as_ref().is_some_and(|document| self.documents.contains(document))
    }
}

/// What the register says of an exchange with states that somebody in it fears.
pub struct Feared {
    register: std::sync::Arc<Register>,
    key: Zeroizing<[u8; 32]>,
    states: Vec<String>,
    today: Date,
}

/// A person as digests, to be looked up.
struct Looked {
    names: Option<String>,
    born: Option<String>,
    document: Option<String>,
}

impl Feared {
    pub(super) const fn new(
        register: std::sync::Arc<Register>,
        key: Zeroizing<[u8; 32]>,
        states: Vec<String>,
        today: Date,
    ) -> Self {
        Self { register, key, states, today }
    }

    /// Whether one of these persons is protected from one of the states.
    pub fn names(&self, identities: &[Identity]) -> bool {
        let looked: Vec<Looked> = identities.iter().map(|identity| self.looked(identity)).collect();
        self.entries().any(|entry| looked.iter().any(|person| entry.is(person)))
    }

    /// Whether the register lists the thread as one about a person who is protected from one of the states.
    pub fn lists(&self, thread: &ThreadId) -> bool {
        self.entries().any(|entry| entry.threads.contains(thread))
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        let fears = |entry: &&Entry| self.states.iter().any(|state| entry.states.contains(state));
        self.register.entries.iter().filter(|entry| entry.counts(self.today)).filter(fears)
    }

    fn looked(&self, identity: &Identity) -> Looked {
        let names = Some(names::of_person(&identity.names)).filter(|names| !names.is_empty());
        let document = identity.document.as_deref().map(names::of_document).filter(|number| !number.is_empty());
        let with_day = names.as_ref().zip(identity.born).map(|(names, born)| format!("{names}\0{born}"));
        Looked {
            names: names.map(|names| digest(&self.key, "names", &names)),
            born: with_day.map(|text| digest(&self.key, "born", &text)),
            document: document.map(|number| digest(&self.key, "document", &number)),
        }
    }
}

/// HMAC-SHA256 under the register's key: without it nobody can try out names.
fn digest(key: &[u8; 32], what: &str, text: &str) -> String {
    let digest: Hash = SUITE.hkdf_expand(key, format!("mithaq/protection/{what}/v1\0{text}").as_bytes());
    hex::encode(digest)
}

fn sealing_key(key: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(SUITE.hkdf_expand(key, b"mithaq/protection/register/v1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn register(entries: &[&str]) -> Register {
        let mut register = Register::default();
        for entry in entries {
            register.add(&KEY, serde_json::from_str(entry).unwrap(), 0).unwrap();
        }
        register
    }

    fn feared(register: &Register, state: &str, today: &str) -> Feared {
        let register = std::sync::Arc::new(register.clone());
        Feared::new(register, Zeroizing::new(KEY), vec![state.to_owned()], day(today))
    }

    fn person(names: &str, born: Option<&str>, document: Option<&str>) -> Identity {
        Identity { names: names.into(), born: born.map(day), document: document.map(str::to_owned) }
    }

    const LAYLA: &str = r#"{ "persons": [{ "names": "Layla Made-Up", "born": "1990-05-01", "document": "P 123" }],
        "states": ["XAB"], "threads": ["00112233445566778899aabbccddeeff"], "until": "2026-12-31" }"#;

    #[test]
    fn a_person_is_found_by_names_and_day_of_birth_or_by_document() {
        let register = register(&[LAYLA]);
        let feared = feared(&register, "XAB", "2026-06-01");
        let named =
            |names, born, document| feared.names(&[person("Somebody Else", None, None), person(names, born, document)]);
        assert!(named("MADE UP layla", Some("1990-05-01"), None));
        assert!(named("layla made up", None, None), "without a day the names decide");
        assert!(!named("Layla Made-Up", Some("1991-05-01"), None), "another person of that name");
        assert!(named("Another Name", Some("1970-01-01"), Some("p123")));
        assert!(!named("Another Name", None, Some("p124")) && !feared.names(&[]));
        assert!(feared.lists(&"00112233445566778899aabbccddeeff".parse().unwrap()));
        assert!(!feared.lists(&ThreadId([0; 16])));
    }

    #[test]
    fn it_counts_for_the_states_that_are_feared_and_until_its_day() {
        let register = register(&[LAYLA, r#"{ "states": ["XAC"] }"#]);
        let found = |state, today| feared(&register, state, today).names(&[person("Layla Made-Up", None, None)]);
        assert!(found("XAB", "2026-12-31") && !found("XAB", "2027-01-01"));
        assert!(!found("XAC", "2026-06-01") && !found("XAD", "2026-06-01"));
        assert!(register.fears("XAB") && register.fears("XAC") && !register.fears("XAD"));
        let mut later = register.clone();
        assert!(later.expire(day("2027-01-01")) && !later.fears("XAB") && !later.expire(day("2027-01-01")));
    }

    #[test]
    fn what_can_not_be_compared_is_not_taken() {
        let mut register = Register::default();
        for (entry, field) in [
            (r#"{ "states": [] }"#, "states"),
            (r#"{ "states": ["Syria"] }"#, "states"),
            (r#"{ "states": ["XAB"], "persons": [{}] }"#, "persons[0]"),
            (r#"{ "states": ["XAB"], "persons": [{ "names": "A" }, { "names": "--" }] }"#, "persons[1]"),
        ] {
            let Err(error) = register.add(&KEY, serde_json::from_str(entry).unwrap(), 0) else { panic!("{entry}") };
            assert_eq!(error.field.as_deref(), Some(field));
        }
        assert!(register.remove("").is_err() && register.entries().is_empty());
    }

    // spec: PROT-1
    #[test]
    fn no_name_and_no_number_is_in_it() {
        let text = serde_json::to_string(&register(&[LAYLA])).unwrap();
        for word in ["ayla", "ade", "1990", "123\"", "P 123", "p123"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
}
