//! The protection register: keyed digests of identities, and the states that each person fears.
//!
//! No name and no document number is in it. It lies in the store as one value, sealed under a key of the key store.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use policy::Identity;
use protocol::{
    date::Date,
    header::ThreadId,
    id::{Hash, hash_hex},
    suite::{Entropy as _, TAG_BYTES},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use texts::say;
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
    /// Its digests, to be looked up in constant time whatever is asked for. Gathered after a change, before anybody looks.
    #[serde(skip)]
    known: OnceLock<Arc<Known>>,
}

/// Every digest of a register, with the entries in which it stands, by their places; in order, because a full register has some
/// millions and a map takes several times as much.
#[derive(Default)]
struct Known {
    /// Of names, each with whether a day of birth stands beside them.
    names: Vec<(Short, u32, bool)>,
    /// Of names with days of birth, and of documents.
    sure: Vec<(Short, u32)>,
    near: Vec<(Short, u32)>,
}

impl Known {
    fn of(entries: &[Entry]) -> Self {
        let mut known = Self::default();
        for (place, entry) in (0..).zip(entries) {
            known.names.extend(entry.persons.iter().map(|person| (person.names.short(), place, person.born.is_some())));
            let born = entry.persons.iter().filter_map(|person| person.born.as_ref());
            known.sure.extend(born.chain(&entry.documents).map(|digest| (digest.short(), place)));
            known.near.extend(entry.near.iter().map(|digest| (digest.short(), place)));
        }
        known.names.sort_unstable();
        known.sure.sort_unstable();
        known.near.sort_unstable();
        known
    }
}

/// The part of a list in order that bears a digest.
fn bearing<'a, T>(list: &'a [T], digest: &Short, of: impl Fn(&T) -> &Short) -> &'a [T] {
    let first = list.partition_point(|one| of(one) < digest);
    let behind = list.partition_point(|one| of(one) <= digest);
    list.get(first..behind).unwrap_or_default()
}

/// A keyed digest of what must not be in the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
struct Digest(#[serde(with = "hash_hex")] Hash);

impl Digest {
    fn short(&self) -> Short {
        let mut short = Short::default();
        short.copy_from_slice(&self.0[..size_of::<Short>()]);
        short
    }
}

/// Half of a digest: enough that no two meet by chance, and half of the memory.
type Short = [u8; 16];

/// What the register says of persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Match {
    /// None of them is in it, as far as it can tell.
    #[default]
    None,
    /// One has a name that may be that of somebody in it, in another script or transliteration.
    Near,
    /// One is in it.
    Named,
}

/// A protected person, or only states from which protected persons come.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its id: random.
    pub id: String,
    persons: Vec<Digests>,
    documents: Vec<Digest>,
    /// Digests of what makes names near each other, each once; entries of earlier builds have none.
    #[serde(default)]
    near: Vec<Digest>,
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
    names: Digest,
    /// Of the names with the day of birth.
    born: Option<Digest>,
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
        register.changed();
        register.gather();
        Ok(register)
    }

    /// What follows from the entries is gathered again.
    fn changed(&mut self) {
        self.states = self.entries.iter().flat_map(|entry| entry.states.iter().cloned()).collect();
        self.known = OnceLock::new();
    }

    /// Gathers what is looked up, so that nobody who looks waits for it.
    pub(super) fn gather(&self) {
        self.known();
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| Arc::new(Known::of(&self.entries)))
    }

    pub(super) fn keep(&self, db: &Db, key: &[u8; 32]) -> Result<(), Fault> {
        let internal = |error: &dyn std::fmt::Display| Fault::new(Code::Internal, error.to_string());
        let mut sealed = serde_json::to_vec(self).map_err(|error| internal(&error))?;
        // How many persons are in it does not show in its length; JSON does not mind blanks at the end.
        sealed.resize(sealed.len().next_multiple_of(limits::REGISTER_BYTES_STEP), b' ');
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
            let message = say!("name-a-state");
            return Err(Fault::usage(message).in_field("states"));
        }
        if new.persons.len() > limits::REGISTER_SPELLINGS_MAX || new.threads.len() > limits::REGISTER_THREADS_MAX {
            let (spellings, threads) = (limits::REGISTER_SPELLINGS_MAX, limits::REGISTER_THREADS_MAX);
            let message = say!("register-entry-most", spellings = spellings, threads = threads);
            return Err(Fault::usage(message).in_field("persons"));
        }
        if self.entries.len() >= limits::REGISTER_ENTRIES_MAX {
            let most = limits::REGISTER_ENTRIES_MAX;
            return Err(Fault::new(Code::Storage, say!("register-full", most = most)));
        }
        let (mut persons, mut documents, mut near) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (person, place) in new.persons.iter().zip(0..) {
            let written = person.names.as_deref().map(names::of_person).unwrap_or_default();
            let document = person.document.as_deref().map(names::of_document).unwrap_or_default();
            if written.is_empty() && document.is_empty() {
                let message = say!("register-person-form");
                return Err(Fault::usage(message).in_field(format!("persons[{place}]")));
            }
            if !written.is_empty() {
                let born = person.born.map(|born| digest(key, "born", &format!("{written}\0{born}")));
                persons.push(Digests { names: digest(key, "names", &written), born });
                let keys = names::near(person.names.as_deref().unwrap_or_default());
                near.extend(keys.iter().map(|near| digest(key, "near", near)));
            }
            if !document.is_empty() {
                documents.push(digest(key, "document", &document));
            }
        }
        let mut id = [0; ID_BYTES];
        crate::entropy().fill(&mut id);
        let NewEntry { states, threads, until, .. } = new;
        let near = near.into_iter().collect();
        let entry = Entry { id: hex::encode(id), persons, documents, near, states, threads, until, added_ms: now };
        self.states.extend(entry.states.iter().cloned());
        self.known = OnceLock::new();
        self.entries.push(entry.clone());
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
                self.changed();
                Ok(removed)
            }
            _ => Err(Fault::not_found(say!("register-entry-unclear", id = %format!("{id:?}")))),
        }
    }

    /// Removes the entries whose last day is past; whether there were any.
    pub fn expire(&mut self, today: Date) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.counts(today));
        self.changed();
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
}

/// What the register says of an exchange with states that somebody in it fears.
pub struct Feared {
    register: Arc<Register>,
    key: Zeroizing<[u8; 32]>,
    states: Vec<String>,
    today: Date,
}

/// A person as digests, to be looked up. Names have two: as they look, and as entries of earlier builds have them.
#[derive(Default)]
struct Looked {
    names: Vec<Short>,
    born: Vec<Short>,
    document: Option<Short>,
    near: Vec<Short>,
}

impl Feared {
    pub(super) const fn new(
        register: Arc<Register>,
        key: Zeroizing<[u8; 32]>,
        states: Vec<String>,
        today: Date,
    ) -> Self {
        Self { register, key, states, today }
    }

    /// What it says of these persons as protected from one of the states. Every digest of every one is looked up, whatever was
    /// found before, so that the time tells nothing of what is found.
    pub fn says_of(&self, identities: &[Identity]) -> Match {
        let known = self.register.known();
        let counts = |place: u32| self.register.entries.get(place as usize).is_some_and(|entry| self.is_of(entry));
        identities
            .iter()
            .map(|identity| {
                let looked = self.looked(identity);
                let has_day = !looked.born.is_empty();
                // Where a day of birth is missing on either side, the names alone decide.
                let by_name = |digest: &Short| {
                    let found = bearing(&known.names, digest, |(digest, ..)| digest).iter();
                    found.filter(|(_, place, born)| !(has_day && *born) && counts(*place)).count()
                };
                let by = |digest: &Short, of: &[(Short, u32)]| {
                    bearing(of, digest, |(digest, _)| digest).iter().filter(|(_, place)| counts(*place)).count()
                };
                let named: usize = looked.names.iter().map(by_name).sum();
                let sure: usize =
                    looked.born.iter().chain(&looked.document).map(|digest| by(digest, &known.sure)).sum();
                let near: usize = looked.near.iter().map(|digest| by(digest, &known.near)).sum();
                match (named + sure, near) {
                    (0, 0) => Match::None,
                    (0, _) => Match::Near,
                    _ => Match::Named,
                }
            })
            .fold(Match::None, Match::max)
    }

    /// Whether the register lists the thread as one about a person who is protected from one of the states.
    pub fn lists(&self, thread: &ThreadId) -> bool {
        self.entries().any(|entry| entry.threads.contains(thread))
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.register.entries.iter().filter(|entry| self.is_of(entry))
    }

    /// Whether an entry counts today, for one of the states.
    fn is_of(&self, entry: &Entry) -> bool {
        entry.counts(self.today) & self.states.iter().any(|state| entry.states.contains(state))
    }

    fn looked(&self, identity: &Identity) -> Looked {
        let mut looked = Looked::default();
        let digest = |what, text: &str| digest(&self.key, what, text).short();
        for names in names::spellings(&identity.names).iter().filter(|names| !names.is_empty()) {
            looked.names.push(digest("names", names));
            looked.born.extend(identity.born.map(|born| digest("born", &format!("{names}\0{born}"))));
        }
        let document = identity.document.as_deref().map(names::of_document).filter(|number| !number.is_empty());
        looked.document = document.map(|number| digest("document", &number));
        looked.near = names::near(&identity.names).iter().map(|near| digest("near", near)).collect();
        looked
    }
}

/// HMAC-SHA256 under the register's key: without it nobody can try out names.
fn digest(key: &[u8; 32], what: &str, text: &str) -> Digest {
    Digest(SUITE.hkdf_expand(key, format!("mithaq/protection/{what}/v1\0{text}").as_bytes()))
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
        let register = Arc::new(register.clone());
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
        let named = |names, born, document| {
            let persons = [person("Somebody Else", None, None), person(names, born, document)];
            feared.says_of(&persons) == Match::Named
        };
        assert!(named("MADE UP layla", Some("1990-05-01"), None));
        assert!(named("layla made up", None, None), "without a day the names decide");
        assert!(!named("Layla Made-Up", Some("1991-05-01"), None), "another person of that name");
        assert!(named("Another Name", Some("1970-01-01"), Some("p123")));
        assert!(!named("Another Name", None, Some("p124")) && feared.says_of(&[]) == Match::None);
        assert!(feared.lists(&"00112233445566778899aabbccddeeff".parse().unwrap()));
        assert!(!feared.lists(&ThreadId([0; 16])));
    }

    // spec: PROT-1
    #[test]
    fn a_name_in_another_script_is_near_and_one_that_looks_the_same_is_the_same() {
        let register = register(&[r#"{ "persons": [{ "names": "Layla Karimi" }], "states": ["XAB"] }"#]);
        let says = |names| feared(&register, "XAB", "2026-06-01").says_of(&[person(names, None, None)]);
        assert_eq!(says("L\u{430}yla Kar\u{200B}imi"), Match::Named);
        for near in ["ليلى كريمي", "Лейла Карими", "Leila Karimi"] {
            assert_eq!(says(near), Match::Near, "{near}");
        }
        assert_eq!(says("Samir Haddad"), Match::None);
        // What an earlier build kept is found as it was.
        let mut old = register.clone();
        old.entries[0].persons[0].names = digest(&KEY, "names", "ada iman");
        old.changed();
        let found = feared(&old, "XAB", "2026-06-01").says_of(&[person("ada IMAN", None, None)]);
        assert_eq!(found, Match::Named);
    }

    #[test]
    fn it_counts_for_the_states_that_are_feared_and_until_its_day() {
        let register = register(&[LAYLA, r#"{ "states": ["XAC"] }"#]);
        let found = |state, today| {
            feared(&register, state, today).says_of(&[person("Layla Made-Up", None, None)]) == Match::Named
        };
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
        let mut register = register(&[LAYLA]);
        // Ids are drawn: their digits can spell any of these words by chance.
        register.entries.iter_mut().for_each(|entry| entry.id.clear());
        let text = serde_json::to_string(&register).unwrap();
        for word in ["ayla", "ade", "1990", "123\"", "P 123", "p123"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
}
