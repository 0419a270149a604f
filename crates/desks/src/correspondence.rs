//! The correspondence desk: letters and files between offices.

use crate::desk::{Compartment, Desk};
use crate::kinds::Kind;
use crate::roles::Role;

/// The desk's line.
#[rustfmt::skip]
pub const DESK: Desk = Desk {
    name: "correspondence",
    kinds: &[
        Kind::of::<note::Note>(),
        Kind::of::<file::File>(),
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
    purposes: &["correspondence", "institutional_follow_up"],
    duties: &[],
};

/// `correspondence.note/1`: a letter.
pub mod note {
    mod record;
    #[cfg(test)]
    mod tests;

    pub use record::Note;
}

/// `correspondence.file/1`: a letter that hands over files.
pub mod file {
    mod record;
    #[cfg(test)]
    mod tests;

    pub use record::File;
}
