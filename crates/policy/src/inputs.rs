//! What Cedar sees: few words and flags, computed from the facts. A decision is remembered by those that its rules read.
//!
//! `inputs/table.rs` is the only list of them. The schema is printed from it (`cargo xtask floor`), and a test asks of each
//! for a case in which it decides.

use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{Context, EntityId, EntityTypeName, EntityUid, RestrictedExpression};

use crate::facts::{Facts, Side};
use crate::offences;

mod table;

pub(crate) use table::{FLAGS, Flag, WORDS, Word};

/// Everything that a decision reads, in a form of which few distinct values occur, and the key of what is remembered: it
/// is copied, hashed and compared for every record, so it holds numbers only.
///
/// Names that a partner may choose freely (clause, kind, purpose, offence) are places in the agreement here, so that
/// made-up names make no new values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inputs {
    pub receiver: bool,
    /// Place of the clause in the agreement. It chooses the slice; no rule reads it.
    pub clause: Option<u16>,
    /// Place of the kind in the clause.
    pub kind: Option<u16>,
    /// Place of the author among the parties.
    pub author: Option<u16>,
    /// Of each word in [`WORDS`], the place of its value.
    pub words: Words,
    /// A bit for each of [`FLAGS`].
    pub flags: u64,
}

pub(crate) type Words = [u8; WORDS.len()];

/// Without the clause, which is no part of a key, and in few numbers: hashing is most of what a remembered decision costs.
impl Hash for Inputs {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.flags);
        state.write(&self.words);
        state.write_u16(self.kind.unwrap_or(u16::MAX));
        state.write_u16(self.author.unwrap_or(u16::MAX));
        state.write_u8(u8::from(self.receiver));
    }
}

impl Inputs {
    pub fn of(facts: &Facts<'_>) -> Self {
        let (header, agreement) = (facts.header, facts.agreement);
        let place = |found: Option<usize>| found.and_then(|place| u16::try_from(place).ok());
        let named = header.clause.as_deref();
        let clause = named.and_then(|id| agreement.clauses.iter().position(|clause| clause.id == id));
        let seen = table::Seen {
            facts,
            header,
            body: facts.body_facts(),
            clause: clause.and_then(|place| agreement.clauses.get(place)),
            offence: header.offence.as_deref().and_then(offences::place),
            persons: facts.persons(),
        };
        Self {
            receiver: facts.side == Side::Receiver,
            clause: place(clause),
            kind: place(seen.clause.and_then(|clause| clause.kinds.iter().position(|kind| *kind == header.kind))),
            author: place(agreement.parties.iter().position(|party| party.label == facts.author)),
            words: words(|word| word.of(&seen)),
            flags: flags(|flag| (flag.of)(&seen)),
        }
    }

    /// The context that Cedar reads: what these policies read, and nothing else.
    pub fn context(&self, reads: &Reads) -> Result<Context, String> {
        let words = WORDS.iter().zip(UIDS.iter()).zip(self.words.iter().zip(reads.words));
        let words = words.filter(|(_, (_, read))| *read > 0).map(|((word, values), (place, _))| {
            let value = values.get(usize::from(*place)).ok_or_else(|| format!("{} has no value {place}", word.name))?;
            Ok((word.name.to_owned(), RestrictedExpression::new_entity_uid(value.clone())))
        });
        let flags = FLAGS.iter().map(|flag| (flag.name, flags(|other| other.name == flag.name)));
        let flags = flags
            .filter(|(_, bit)| reads.flags & bit > 0)
            .map(|(name, bit)| Ok((name.to_owned(), RestrictedExpression::new_bool(self.flags & bit > 0))));
        let pairs: Result<Vec<_>, String> = words.chain(flags).collect();
        Context::from_pairs(pairs?).map_err(|error| error.to_string())
    }
}

/// A number for every word.
pub(crate) fn words(of: impl Fn(&Word) -> u8) -> Words {
    std::array::from_fn(|place| WORDS.get(place).map_or(u8::MAX, &of))
}

/// The bits of the flags of which something holds.
pub(crate) fn flags(holds: impl Fn(&Flag) -> bool) -> u64 {
    FLAGS.iter().rev().fold(0, |bits, flag| bits << 1 | u64::from(holds(flag)))
}

/// Which inputs a set of policies reads, as masks.
#[derive(Debug, Clone)]
pub(crate) struct Reads {
    words: Words,
    flags: u64,
    /// Whether a policy is about certain parties or kinds.
    scope: bool,
}

impl Reads {
    pub const NOTHING: Self = Self { words: [0; WORDS.len()], flags: 0, scope: false };

    /// Adds what a policy's text reads. Whatever this misses is not shown to the policy, which then fails and allows
    /// nothing: Cedar takes an attribute that is not there for an error.
    pub fn add(&mut self, text: &str) {
        let tokens = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
        for attribute in tokens.filter_map(|token| token.strip_prefix("context.")) {
            self.flags |= flags(|flag| flag.name == attribute);
            let masks = words(|word| if word.name == attribute { u8::MAX } else { 0 });
            self.words.iter_mut().zip(masks).for_each(|(read, mask)| *read |= mask);
        }
        let mut rest = text.to_owned();
        for action in ["action", "action == Action::\"send\"", "action == Action::\"receive\""] {
            rest = rest.replace(&format!("(principal, {action}, resource)"), "");
        }
        self.scope |= ["principal", "resource"].iter().any(|name| rest.contains(name));
    }

    /// The inputs, with everything that is not read put to one value.
    pub fn of(&self, inputs: &Inputs) -> Inputs {
        let mut words = inputs.words;
        words.iter_mut().zip(self.words).for_each(|(word, mask)| *word &= mask);
        let (kind, author) = if self.scope { (inputs.kind, inputs.author) } else { (None, None) };
        Inputs { clause: None, kind, author, words, flags: inputs.flags & self.flags, ..*inputs }
    }
}

/// The context as Cedar's validator knows it.
pub(crate) fn schema() -> String {
    let mut text = SCHEMA_HEAD.to_owned();
    for word in WORDS {
        let values: Vec<_> = word.values().map(|value| format!("\"{value}\"")).collect();
        let lines: Vec<_> = values.chunks(6).map(|line| line.join(", ")).collect();
        text += &format!("entity {} enum [{}];\n", word.type_name(), lines.join(",\n  "));
    }
    text += "\naction send, receive appliesTo {\n  principal: Party,\n  resource: Kind,\n  context: {\n";
    let words = WORDS.iter().map(|word| format!("    {}: {}", word.name, word.type_name()));
    let attributes: Vec<_> = words.chain(FLAGS.iter().map(|flag| format!("    {}: Bool", flag.name))).collect();
    text + &attributes.join(",\n") + "\n  }\n};\n"
}

const SCHEMA_HEAD: &str = "\
// What Cedar sees of a record: words and booleans, which is all that a policy compares. `cargo xtask floor` prints this
// from `inputs/table.rs`, which says how each is found. Words are entities of closed types, so that the validator finds a
// misspelt one. `protected`, `protected_thread` and `check_due` are of the protection register: for hidden rules only.

entity Party;
entity Kind;

";

/// A Cedar entity of a type.
pub(crate) fn uid(type_name: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name.clone(), EntityId::new(id))
}

pub(crate) static KIND: LazyLock<EntityTypeName> = LazyLock::new(|| type_name("Kind"));
pub(crate) static PARTY: LazyLock<EntityTypeName> = LazyLock::new(|| type_name("Party"));
pub(crate) static ACTION: LazyLock<EntityTypeName> = LazyLock::new(|| type_name("Action"));

/// The values of every word as Cedar entities: parsed once, because parsing would be most of a miss.
static UIDS: LazyLock<Vec<Vec<EntityUid>>> = LazyLock::new(|| {
    let of = |word: &Word| {
        let of = type_name(&word.type_name());
        word.values().map(|value| uid(&of, value)).collect()
    };
    WORDS.iter().map(of).collect()
});

#[expect(clippy::expect_used, reason = "the names are constants of this crate; a test makes every one")]
fn type_name(name: &str) -> EntityTypeName {
    EntityTypeName::from_str(name).expect("the schema's types have valid names")
}
