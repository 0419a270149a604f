//! What the offices of an agency are for. Which desks each of them sees, the desks say ([`crate::desk::Compartment`]).

use serde::{Deserialize, Serialize};

/// What an office of the agency is for. One person may not author and release the same record: that is decided by the
/// officers' keys (rule EYE-01), not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Drafts, receives, gives feedback.
    CaseOfficer,
    /// Single point of contact: receives, assesses, routes, refuses.
    SpocOfficer,
    /// The second pair of eyes.
    ReleaseAuthority,
    /// Sees threads of the own state; releases nothing.
    LiaisonOfficer,
    /// Records of crossing points only.
    BorderLiaisonOfficer,
    /// Records of the financial intelligence unit only.
    FiuOfficer,
    /// The compartment of returns and legal status; the first reader of a request that protection may concern (ASY-05).
    ProtectionOfficer,
    /// Witnesses returns and sees their evidence.
    Observer,
    /// Data protection officer: gives an opinion.
    Dpo,
    /// Gives an opinion on fundamental rights.
    FundamentalRightsOfficer,
    /// Independent; reads everything, what is in quarantine too, and changes nothing.
    Auditor,
    /// Drafts agreements, keeps the records of meetings.
    Secretariat,
    /// Signs agreements and minutes.
    HeadOfDelegation,
    /// Catalogue and nominations of training.
    TrainingCoordinator,
    /// Keys and uptime; no content.
    NodeAdmin,
}

/// Every role, in the order of the domain's table.
pub const ROLES: &[Role] = &[
    Role::CaseOfficer,
    Role::SpocOfficer,
    Role::ReleaseAuthority,
    Role::LiaisonOfficer,
    Role::BorderLiaisonOfficer,
    Role::FiuOfficer,
    Role::ProtectionOfficer,
    Role::Observer,
    Role::Dpo,
    Role::FundamentalRightsOfficer,
    Role::Auditor,
    Role::Secretariat,
    Role::HeadOfDelegation,
    Role::TrainingCoordinator,
    Role::NodeAdmin,
];

impl Role {
    /// Its name in tokens, in the audit log and in the description of the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CaseOfficer => "case_officer",
            Self::SpocOfficer => "spoc_officer",
            Self::ReleaseAuthority => "release_authority",
            Self::LiaisonOfficer => "liaison_officer",
            Self::BorderLiaisonOfficer => "border_liaison_officer",
            Self::FiuOfficer => "fiu_officer",
            Self::ProtectionOfficer => "protection_officer",
            Self::Observer => "observer",
            Self::Dpo => "dpo",
            Self::FundamentalRightsOfficer => "fundamental_rights_officer",
            Self::Auditor => "auditor",
            Self::Secretariat => "secretariat",
            Self::HeadOfDelegation => "head_of_delegation",
            Self::TrainingCoordinator => "training_coordinator",
            Self::NodeAdmin => "node_admin",
        }
    }

    /// Whether the role watches over the exchange: it reads for oversight, and for no other purpose.
    pub const fn oversees(self) -> bool {
        matches!(self, Self::Auditor | Self::Dpo | Self::FundamentalRightsOfficer | Self::ProtectionOfficer)
    }
}
