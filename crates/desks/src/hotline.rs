//! The hotline: what happens at the border is said in minutes, and ends in one note that both signed.
//!
//! It carries no person and no military data: no kind of it has a field for a unit, a weapon or the position of forces (NEU-03).

#[cfg(test)]
mod tests;

use crate::desk::{Compartment, Desk, Limited, Owed};
use crate::kinds::Kind;
use crate::roles::Role;
use crate::thread::DutyClass;

/// From the receipt of an incident to its acknowledgement by a person.
pub(crate) const ACKNOWLEDGE: &str = "hotline.acknowledge";
/// From the acknowledgement to the facts of each side.
pub(crate) const FACTS: &str = "hotline.facts";
/// From the acknowledgement to the joint note.
pub(crate) const NOTE: &str = "hotline.note";
/// From the receipt of the note to its signature.
pub(crate) const SIGNATURE: &str = "hotline.signature";

/// The desk's line.
#[rustfmt::skip]
pub const DESK: Desk = Desk {
    name: "hotline",
    kinds: &[
        Kind::of::<raise::Raise>(),
        Kind::of::<facts::Facts>(),
        Kind::of::<call::Call>(),
        Kind::of::<verification::Verification>(),
        Kind::of::<note::Note>(),
    ],
    threads: &[
        raise::TABLE,
    ],
    compartment: Compartment::Open(&[
        Role::SpocOfficer,
        Role::BorderLiaisonOfficer,
        Role::ReleaseAuthority,
        Role::LiaisonOfficer,
        Role::HeadOfDelegation,
        Role::Dpo,
        Role::FundamentalRightsOfficer,
        Role::Auditor,
    ]),
    purposes: &["coordination"],
    duties: &[
        Owed { class: DutyClass::Acknowledgement, limits: &[Limited::usually(ACKNOWLEDGE, 15)] },
        Owed { class: DutyClass::Answer, limits: &[Limited::usually(FACTS, 120), Limited::usually(NOTE, 4_320)] },
        Owed { class: DutyClass::Feedback, limits: &[Limited::usually(SIGNATURE, 2_880)] },
    ],
};

/// `hotline.raise/1`: an incident, and the thread that this opens.
pub mod raise {
    mod record;
    mod thread;

    pub use record::{Raise, Subject};
    pub use thread::TABLE;
}

/// `hotline.facts/1`: what one side observed and did.
pub mod facts {
    mod record;

    pub use record::Facts;
}

/// `hotline.call/1`: that a call took place.
pub mod call {
    mod record;

    pub use record::Call;
}

/// `hotline.verification/1`: what was found at the place.
pub mod verification {
    mod record;

    pub use record::{Present, Verification};
}

/// `hotline.note/1`: the joint note.
pub mod note {
    mod record;

    pub use record::{Measure, NotAgreed, Note};
}
