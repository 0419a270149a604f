//! How many administrators an agency has, so that no one of them is the whole agency.

use std::collections::{BTreeMap, BTreeSet};

use super::{Role, passkeys::Passkeys, tokens::Tokens};
use crate::{limits, people::People};

/// The administrators of a node: people with a token or a passkey of their own, and tokens of nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Administrators {
    /// That there ever were.
    pub ever: usize,
    /// That count now.
    pub counting: usize,
    /// Of these, the people.
    pub people: usize,
}

impl Administrators {
    /// Counts them.
    pub fn of((tokens, people, passkeys): (&Tokens, &People, &Passkeys), now_ms: u64) -> Self {
        let (mut ever, mut counting_people) = (BTreeMap::<String, bool>::new(), BTreeSet::new());
        for token in tokens.list().iter().filter(|token| token.administers()) {
            let counts = token.counts_at(now_ms);
            *ever.entry(token.holder().to_owned()).or_default() |= counts;
            counting_people.extend(token.person.clone().filter(|_| counts));
        }
        // Whoever left stays one who was: else the machine's user is alone again once two have gone.
        let administers = |role: &Role| *role == Role::NodeAdmin;
        for person in people.list().iter().filter(|person| person.about.roles.iter().any(administers)) {
            let had = passkeys.had(&person.id);
            if had.ever {
                let counts = had.now && person.is_here();
                *ever.entry(person.id.clone()).or_default() |= counts;
                counting_people.extend(Some(person.id.clone()).filter(|_| counts));
            }
        }
        let counting = ever.values().filter(|counts| **counts).count();
        Self { ever: ever.len(), counting, people: counting_people.len() }
    }

    /// Whether they are people: then a token of none is not one of the two who decide.
    pub const fn are_people(self) -> bool {
        self.people >= limits::ADMINISTRATORS_MIN
    }

    /// Whether there are two who decide.
    pub const fn are_two(self) -> bool {
        self.counting >= limits::ADMINISTRATORS_MIN
    }

    /// Whether there ever were two.
    pub const fn were_two(self) -> bool {
        self.ever >= limits::ADMINISTRATORS_MIN
    }

    /// From when on one who is let in alone confirms what others ask for: the first administrators at once; one who replaces
    /// another, after a while in which that one is heard.
    pub const fn confirm_from_ms(self, now_ms: u64) -> u64 {
        if self.were_two() { now_ms.saturating_add(limits::SECOND_REPLACED_MS) } else { now_ms }
    }
}
