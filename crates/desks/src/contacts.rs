//! The contacts desk: whom each side reaches, in which language, and whether the line works.

#[cfg(test)]
mod tests;

use crate::desk::{Compartment, Desk, Limited, Owed};
use crate::kinds::Kind;
use crate::roles::Role;
use crate::thread::DutyClass;

/// From the receipt of a test to its answer.
pub(crate) const TEST_ANSWER: &str = "contacts.test_answer";

/// The desk's line.
#[rustfmt::skip]
pub const DESK: Desk = Desk {
    name: "contacts",
    kinds: &[
        Kind::of::<point::Point>(),
        Kind::of::<roster::Roster>(),
        Kind::of::<test::Test>(),
    ],
    threads: &[
        test::TABLE,
    ],
    compartment: Compartment::Open(&[
        Role::SpocOfficer,
        Role::BorderLiaisonOfficer,
        Role::ReleaseAuthority,
        Role::LiaisonOfficer,
        Role::HeadOfDelegation,
        Role::Secretariat,
        Role::Dpo,
        Role::FundamentalRightsOfficer,
        Role::Auditor,
    ]),
    purposes: &["coordination"],
    duties: &[Owed { class: DutyClass::Acknowledgement, limits: &[Limited::usually(TEST_ANSWER, 30)] }],
};

/// `contacts.point/1`: where an office is reached.
pub mod point {
    mod record;

    pub use record::{Function, Point};
}

/// `contacts.roster/1`: who answers when.
pub mod roster {
    mod record;

    pub use record::{Roster, Shift};
}

/// `contacts.test/1`: whether somebody answers.
pub mod test {
    mod record;
    mod thread;

    pub use record::{Test, Way};
    pub use thread::TABLE;
}
