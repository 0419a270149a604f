//! What a route needs, and the one table of which roles have it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ROLES, Role};

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Scope {
    /// What concerns the caller alone: who they are, the own token, the own absence. Every token has it, however little it has else.
    #[serde(rename = "own")]
    Own,
    /// State of the node, cards, agreements, channels: no content of records.
    #[serde(rename = "node:read")]
    NodeRead,
    /// Keys, partners, offices, tokens, checks.
    #[serde(rename = "node:admin")]
    NodeAdmin,
    /// Drafting, importing and offering agreements.
    #[serde(rename = "agreements:draft")]
    AgreementsDraft,
    /// Signing agreements for the agency.
    #[serde(rename = "agreements:sign")]
    AgreementsSign,
    /// Reading and searching records and their files.
    #[serde(rename = "records:read")]
    RecordsRead,
    /// Submitting records and uploading their files.
    #[serde(rename = "records:write")]
    RecordsWrite,
    /// Reading drafts that concern the caller.
    #[serde(rename = "drafts:read")]
    DraftsRead,
    /// Writing drafts and handing them over.
    #[serde(rename = "drafts:write")]
    DraftsWrite,
    /// Approving, releasing and returning what others wrote.
    #[serde(rename = "drafts:approve")]
    DraftsApprove,
    /// Using records further than by reading them: in court, by another office, for another purpose.
    #[serde(rename = "records:use")]
    RecordsUse,
    /// Reviewing what one officer released alone.
    #[serde(rename = "records:review")]
    RecordsReview,
    /// Destroying content before its time.
    #[serde(rename = "records:erase")]
    RecordsErase,
    /// Taking evidence files out of the node.
    #[serde(rename = "evidence:export")]
    EvidenceExport,
    /// The audit log's head: its size and root, and countersignatures on it.
    #[serde(rename = "audit:countersign")]
    AuditCountersign,
    /// Keeping entries of the audit log for a procedure beyond their time.
    #[serde(rename = "audit:hold")]
    AuditHold,
    /// The audit log's entries.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// The protection register, and what waits because of it.
    #[serde(rename = "protection:read")]
    ProtectionRead,
    /// Changing the register; passing on or stopping what waits.
    #[serde(rename = "protection:write")]
    ProtectionWrite,
}

/// Who writes what the agency sends.
const WRITERS: &[Role] = &[
    Role::CaseOfficer,
    Role::SpocOfficer,
    Role::ReleaseAuthority,
    Role::BorderLiaisonOfficer,
    Role::FiuOfficer,
    Role::ProtectionOfficer,
    Role::Secretariat,
    Role::HeadOfDelegation,
    Role::TrainingCoordinator,
];

/// Which roles have which scope. `node_admin` has none that reaches content; `auditor` has none that changes anything
/// but the countersignatures under the audit log.
pub const TABLE: &[(Scope, &[Role])] = &[
    (Scope::Own, ROLES),
    (Scope::NodeRead, ROLES),
    (Scope::NodeAdmin, &[Role::NodeAdmin]),
    (Scope::AgreementsDraft, &[Role::Secretariat, Role::HeadOfDelegation]),
    (Scope::AgreementsSign, &[Role::HeadOfDelegation]),
    (
        Scope::RecordsRead,
        &[
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
        ],
    ),
    (Scope::RecordsWrite, WRITERS),
    (
        Scope::DraftsRead,
        &[
            Role::CaseOfficer,
            Role::SpocOfficer,
            Role::ReleaseAuthority,
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
        ],
    ),
    (Scope::DraftsWrite, WRITERS),
    (
        Scope::DraftsApprove,
        &[
            Role::ReleaseAuthority,
            Role::ProtectionOfficer,
            Role::Observer,
            Role::Dpo,
            Role::FundamentalRightsOfficer,
            Role::HeadOfDelegation,
        ],
    ),
    (
        Scope::RecordsUse,
        &[Role::CaseOfficer, Role::SpocOfficer, Role::ReleaseAuthority, Role::BorderLiaisonOfficer, Role::FiuOfficer],
    ),
    (Scope::RecordsReview, &[Role::ReleaseAuthority, Role::Dpo, Role::FundamentalRightsOfficer]),
    (Scope::RecordsErase, &[Role::SpocOfficer, Role::ReleaseAuthority]),
    (
        Scope::EvidenceExport,
        &[
            Role::CaseOfficer,
            Role::SpocOfficer,
            Role::ReleaseAuthority,
            Role::Dpo,
            Role::FundamentalRightsOfficer,
            Role::Auditor,
        ],
    ),
    (Scope::AuditCountersign, &[Role::Auditor, Role::NodeAdmin]),
    (Scope::AuditHold, &[Role::Dpo, Role::Auditor]),
    (Scope::AuditRead, &[Role::Auditor]),
    (Scope::ProtectionRead, &[Role::ProtectionOfficer]),
    (Scope::ProtectionWrite, &[Role::ProtectionOfficer]),
];

impl Scope {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::NodeRead => "node:read",
            Self::NodeAdmin => "node:admin",
            Self::AgreementsDraft => "agreements:draft",
            Self::AgreementsSign => "agreements:sign",
            Self::RecordsRead => "records:read",
            Self::RecordsWrite => "records:write",
            Self::DraftsRead => "drafts:read",
            Self::DraftsWrite => "drafts:write",
            Self::DraftsApprove => "drafts:approve",
            Self::RecordsUse => "records:use",
            Self::RecordsReview => "records:review",
            Self::RecordsErase => "records:erase",
            Self::EvidenceExport => "evidence:export",
            Self::AuditCountersign => "audit:countersign",
            Self::AuditHold => "audit:hold",
            Self::AuditRead => "audit:read",
            Self::ProtectionRead => "protection:read",
            Self::ProtectionWrite => "protection:write",
        }
    }

    /// Whether it reaches the protection register and what follows from it.
    pub const fn is_of_protection(self) -> bool {
        matches!(self, Self::ProtectionRead | Self::ProtectionWrite)
    }

    /// Whether it reaches what others supplied for a purpose, so that whoever has it must have a purpose (PUR-01).
    pub const fn needs_purpose(self) -> bool {
        matches!(self, Self::RecordsRead | Self::RecordsUse | Self::EvidenceExport)
    }

    /// Why an act is done that reads nothing for a purpose, as the audit log says it.
    pub const fn order(self) -> &'static str {
        match self {
            Self::Own | Self::NodeRead | Self::NodeAdmin => "administration of the node",
            Self::AgreementsDraft | Self::AgreementsSign => "the agreement",
            Self::RecordsWrite => "submission of records",
            Self::DraftsRead | Self::DraftsWrite | Self::DraftsApprove => "preparation of records",
            Self::RecordsErase => "erasure of content",
            Self::RecordsReview => "review of what one officer released alone",
            Self::AuditCountersign | Self::AuditHold | Self::AuditRead => policy::OVERSIGHT,
            Self::ProtectionRead | Self::ProtectionWrite => "protection of persons",
            Self::RecordsRead | Self::RecordsUse | Self::EvidenceExport => "a purpose",
        }
    }

    /// Whether the role has it.
    pub fn belongs_to(self, role: Role) -> bool {
        self.roles().contains(&role)
    }

    /// The roles that have it.
    pub fn roles(self) -> &'static [Role] {
        TABLE.iter().find(|(scope, _)| *scope == self).map_or(&[], |(_, roles)| roles)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callers::ROLES;

    /// The table of docs/operate/roles.md, as the code has it.
    fn page() -> String {
        let mut page = String::from("| role | scopes |\n|---|---|\n");
        for role in ROLES {
            let has: Vec<String> = TABLE
                .iter()
                .filter(|(scope, _)| scope.belongs_to(*role) && !matches!(scope, Scope::Own | Scope::NodeRead))
                .map(|(scope, _)| format!("`{}`", scope.name()))
                .collect();
            page += &format!("| `{}` | {} |\n", role.name(), has.join(", "));
        }
        page
    }

    #[test]
    fn the_page_of_roles_says_what_the_code_says() {
        let text = include_str!("../../../../docs/operate/roles.md");
        assert!(text.contains(&page()), "docs/operate/roles.md should hold:\n{}", page());
        for (scope, _) in TABLE {
            assert!(text.contains(&format!("| `{}` | ", scope.name())), "nothing says what {} is", scope.name());
            let words = desks::wording::scope(scope.name());
            assert!(!words.id().is_empty(), "{} has no words for people", scope.name());
        }
    }
}
