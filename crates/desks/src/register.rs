//! The register desk: what is publicly known of meetings between the parties.

use crate::desk::{Compartment, Desk};
use crate::kinds::Kind;
use crate::roles::Role;

/// The desk's line.
#[rustfmt::skip]
pub const DESK: Desk = Desk {
    name: "register",
    kinds: &[
        Kind::of::<readout::Readout>(),
    ],
    threads: &[],
    compartment: Compartment::Open(&[
        Role::CaseOfficer,
        Role::SpocOfficer,
        Role::ReleaseAuthority,
        Role::LiaisonOfficer,
        Role::Dpo,
        Role::FundamentalRightsOfficer,
        Role::Auditor,
        Role::Secretariat,
        Role::HeadOfDelegation,
    ]),
    purposes: &["register", "institutional_follow_up"],
    duties: &[],
};

/// `register.readout/1`: the facts of a published readout of a meeting.
pub mod readout {
    mod meeting;
    mod record;
    mod rules;
    #[cfg(test)]
    mod tests;
    mod words;

    pub use record::{Corroboration, Flag, OfficePresent, REAL_READOUTS, Readout, Topic};
    pub use words::{Basis, Confidence, Format, Mechanism, OfficeRole, Precision, Scope, Status, Track};
}
