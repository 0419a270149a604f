//! Who may do what: roles, scopes and the one table between them.
//!
//! A route names the scope that it needs (`router`), a token names the role that it was given to, and [`TABLE`] says
//! which roles have a scope. Nothing else decides.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::{
    http::{
        error::{ApiError, Code},
        purposes::{PURPOSE, Purposes},
    },
    tokens::Token,
};

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

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
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

/// Which roles have which scope. `node_admin` has none that reaches content; `auditor` has none that changes anything
/// but the countersignatures under the audit log.
pub const TABLE: &[(Scope, &[Role])] = &[
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
    (
        Scope::RecordsWrite,
        &[
            Role::CaseOfficer,
            Role::SpocOfficer,
            Role::ReleaseAuthority,
            Role::BorderLiaisonOfficer,
            Role::FiuOfficer,
            Role::ProtectionOfficer,
            Role::Secretariat,
            Role::HeadOfDelegation,
            Role::TrainingCoordinator,
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
    (Scope::AuditRead, &[Role::Auditor]),
    (Scope::ProtectionRead, &[Role::ProtectionOfficer]),
    (Scope::ProtectionWrite, &[Role::ProtectionOfficer]),
];

/// Roles that see some kinds of records only: the beginnings of these kinds' names. A role that is not listed sees all.
const COMPARTMENTS: &[(Role, &[&str])] = &[
    (Role::BorderLiaisonOfficer, &["border."]),
    (Role::FiuOfficer, &["fiu."]),
    (Role::ProtectionOfficer, &["returns.", "requests."]),
    (Role::Observer, &["returns."]),
    (Role::Secretariat, &["register.", "plan.", "correspondence."]),
    (Role::HeadOfDelegation, &["register.", "plan.", "correspondence."]),
    (Role::TrainingCoordinator, &["training."]),
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

    /// Whether the role has a scope.
    pub fn has(self, scope: Scope) -> bool {
        scope.roles().contains(&self)
    }

    /// Whether records of this kind are in the role's compartment. A record of unknown kind, its content gone, is in
    /// nobody's compartment.
    fn sees_kind(self, kind: Option<&str>) -> bool {
        let compartment = COMPARTMENTS.iter().find(|(role, _)| *role == self);
        compartment
            .is_none_or(|(_, kinds)| kind.is_some_and(|kind| kinds.iter().any(|beginning| kind.starts_with(beginning))))
    }
}

impl Scope {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NodeRead => "node:read",
            Self::NodeAdmin => "node:admin",
            Self::AgreementsDraft => "agreements:draft",
            Self::AgreementsSign => "agreements:sign",
            Self::RecordsRead => "records:read",
            Self::RecordsWrite => "records:write",
            Self::RecordsUse => "records:use",
            Self::RecordsReview => "records:review",
            Self::RecordsErase => "records:erase",
            Self::EvidenceExport => "evidence:export",
            Self::AuditCountersign => "audit:countersign",
            Self::AuditRead => "audit:read",
            Self::ProtectionRead => "protection:read",
            Self::ProtectionWrite => "protection:write",
        }
    }

    /// Whether it reaches what others supplied for a purpose, so that whoever has it must have a purpose (PUR-01).
    pub const fn needs_purpose(self) -> bool {
        matches!(self, Self::RecordsRead | Self::RecordsUse | Self::EvidenceExport)
    }

    /// Why an act is done that reads nothing for a purpose, as the audit log says it.
    pub const fn order(self) -> &'static str {
        match self {
            Self::NodeRead | Self::NodeAdmin => "administration of the node",
            Self::AgreementsDraft | Self::AgreementsSign => "the agreement",
            Self::RecordsWrite => "submission of records",
            Self::RecordsErase => "erasure of content",
            Self::RecordsReview => "review of what one officer released alone",
            Self::AuditCountersign | Self::AuditRead => policy::OVERSIGHT,
            Self::ProtectionRead | Self::ProtectionWrite => "protection of persons",
            Self::RecordsRead | Self::RecordsUse | Self::EvidenceExport => "a purpose",
        }
    }

    /// The roles that have it.
    pub fn roles(self) -> &'static [Role] {
        TABLE.iter().find(|(scope, _)| *scope == self).map_or(&[], |(_, roles)| roles)
    }
}

/// Through which door a request without a token came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The socket in the node's folder, or a command that holds the folder: only the node's own user.
    Socket,
    /// The port on loopback: any user of the machine.
    Port,
}

/// Who makes a request. Handlers find it among the request's extensions.
#[derive(Debug, Clone)]
pub struct Caller(Kind, Purposes);

#[derive(Debug, Clone)]
enum Kind {
    /// At the socket of a node that has not issued any token: an agency that tries Mithaq or sets it up.
    Bootstrap,
    /// At the socket, without a token.
    Socket,
    Token(Arc<Token>),
}

impl Caller {
    /// Scopes that need a token of their one role, also before the first token was issued.
    const ONLY_WITH_TOKEN: &[Scope] =
        &[Scope::AuditRead, Scope::RecordsReview, Scope::ProtectionRead, Scope::ProtectionWrite];

    /// Whoever opens the socket without a token. While no token was ever issued it has every scope but the auditor's, the
    /// reviewer's and the protection officer's, and every purpose.
    pub(crate) const fn socket(tokens_issued: bool) -> Self {
        if tokens_issued { Self(Kind::Socket, Purposes::NONE) } else { Self(Kind::Bootstrap, Purposes::Every) }
    }

    pub(crate) fn token(token: Arc<Token>) -> Self {
        let purposes = Purposes::of(&token);
        Self(Kind::Token(token), purposes)
    }

    /// For which purposes the caller reads.
    pub const fn purposes(&self) -> &Purposes {
        &self.1
    }

    /// The caller with the one purpose that a request's header names, if it names one, and fit for the scope.
    ///
    /// # Errors
    /// [`Code::Forbidden`] by PUR-01 if the caller does not have the purpose, or none where the scope needs one.
    pub(crate) fn for_purpose(mut self, headers: &HeaderMap, scope: Scope) -> Result<Self, ApiError> {
        let refuse = |message: String| Err(ApiError::new(Code::Forbidden, message).by_rule("PUR-01").in_field(PURPOSE));
        if self.1.is_none() && scope.needs_purpose() {
            return refuse(format!(
                "{} {} has no purpose, and what others supplied is read for a purpose only: make a token with purposes \
                 (`mithaq token new --purpose`); this one is from before tokens had any",
                self.role(),
                self.id()
            ));
        }
        if let Some(purpose) = headers.get(PURPOSE) {
            let narrowed = purpose.to_str().ok().and_then(|purpose| self.1.narrowed(purpose.trim()));
            match narrowed {
                Some(narrowed) => self.1 = narrowed,
                None => return refuse(format!("{PURPOSE} names none of this caller's purposes ({})", self.1.why())),
            }
        }
        Ok(self)
    }

    /// Whether the caller may do what needs the scope.
    ///
    /// # Errors
    /// [`Code::Forbidden`], with the roles that may.
    pub fn check(&self, scope: Scope) -> Result<(), ApiError> {
        let may = match &self.0 {
            Kind::Bootstrap => !Self::ONLY_WITH_TOKEN.contains(&scope),
            Kind::Socket => Role::NodeAdmin.has(scope),
            Kind::Token(token) => token.role.has(scope) && token.only.as_ref().is_none_or(|only| only.contains(&scope)),
        };
        if may {
            return Ok(());
        }
        let roles: Vec<&str> = scope.roles().iter().map(|role| role.name()).collect();
        let message = format!(
            "{} may not do this: it needs {}, which belongs to {}; take a token of such a role (`mithaq token new`)",
            self.role(),
            scope.name(),
            roles.join(", ")
        );
        Err(ApiError::new(Code::Forbidden, message))
    }

    /// Whether the caller may see and write records of this kind.
    pub fn sees_kind(&self, kind: Option<&str>) -> bool {
        match &self.0 {
            Kind::Bootstrap => true,
            Kind::Socket => false,
            Kind::Token(token) => token.role.sees_kind(kind),
        }
    }

    /// As [`Caller::sees_kind`], with the error to answer.
    ///
    /// # Errors
    /// [`Code::Forbidden`] if the kind is outside the role's compartment.
    pub fn check_kind(&self, kind: Option<&str>) -> Result<(), ApiError> {
        if self.sees_kind(kind) {
            return Ok(());
        }
        let message = format!("records of this kind are outside the compartment of {}", self.role());
        Err(ApiError::new(Code::Forbidden, message).in_field("kind"))
    }

    /// Whether the caller reads what was refused on arrival and lies in quarantine, and what the node knows beside the
    /// record (local parts of decisions): the auditor alone.
    pub fn is_auditor(&self) -> bool {
        matches!(&self.0, Kind::Token(token) if token.role == Role::Auditor)
    }

    /// Whether the caller watches over the exchange.
    pub fn oversees(&self) -> bool {
        matches!(&self.0, Kind::Token(token) if token.role.oversees())
    }

    /// Whether the caller sees a record that waits for the protection check (ASY-05): the protection officer first, and
    /// the auditor.
    pub fn sees_before_protection_check(&self) -> bool {
        matches!(&self.0, Kind::Token(token) if matches!(token.role, Role::ProtectionOfficer | Role::Auditor))
    }

    /// The office that a token is bound to: only that office's records may be submitted with it.
    pub fn office(&self) -> Option<&str> {
        match &self.0 {
            Kind::Token(token) => token.office.as_deref(),
            Kind::Bootstrap | Kind::Socket => None,
        }
    }

    /// Whether the caller is a token without an office: its records may not claim one.
    pub fn is_without_office(&self) -> bool {
        matches!(&self.0, Kind::Token(token) if token.office.is_none())
    }

    /// The role's name, for errors and the audit log.
    pub fn role(&self) -> &'static str {
        match &self.0 {
            Kind::Bootstrap => "bootstrap",
            Kind::Socket => Role::NodeAdmin.name(),
            Kind::Token(token) => token.role.name(),
        }
    }

    /// The token's public id, for the audit log; `socket` without a token.
    pub fn id(&self) -> &str {
        match &self.0 {
            Kind::Bootstrap | Kind::Socket => "socket",
            Kind::Token(token) => &token.id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(role: Role) -> Caller {
        Caller::token(Arc::new(Token::for_tests(role)))
    }

    #[test]
    fn names_are_those_that_serde_writes() {
        for role in ROLES {
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        for (scope, _) in TABLE {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.name());
        }
    }

    #[test]
    fn the_administrator_reaches_no_content_and_the_auditor_changes_none() {
        let content = [Scope::RecordsRead, Scope::RecordsWrite, Scope::EvidenceExport, Scope::AuditRead];
        for caller in [with(Role::NodeAdmin), Caller::socket(true)] {
            for scope in content {
                assert!(caller.check(scope).is_err(), "{scope:?}");
            }
            assert!(caller.check(Scope::NodeAdmin).is_ok());
        }
        assert!(!Caller::socket(true).sees_kind(Some("correspondence.note/1")));
        let changes = [Scope::RecordsWrite, Scope::RecordsErase, Scope::AgreementsSign, Scope::NodeAdmin];
        for scope in changes {
            assert!(with(Role::Auditor).check(scope).is_err(), "{scope:?}");
        }
        assert!(with(Role::Auditor).check(Scope::AuditRead).is_ok());
    }

    #[test]
    fn only_the_auditor_reads_the_audit_log_and_quarantine() {
        for role in ROLES.iter().filter(|role| **role != Role::Auditor) {
            assert!(with(*role).check(Scope::AuditRead).is_err(), "{role:?}");
            assert!(!with(*role).is_auditor(), "{role:?}");
        }
        assert!(Caller::socket(false).check(Scope::AuditRead).is_err());
        assert!(!Caller::socket(false).is_auditor());
    }

    // spec: PROT-2
    #[test]
    fn only_the_protection_officer_reads_and_changes_the_register() {
        for scope in [Scope::ProtectionRead, Scope::ProtectionWrite] {
            let may: Vec<&Role> = ROLES.iter().filter(|role| with(**role).check(scope).is_ok()).collect();
            assert_eq!(may, [&Role::ProtectionOfficer]);
            assert!(Caller::socket(false).check(scope).is_err() && Caller::socket(true).check(scope).is_err());
        }
    }

    #[test]
    fn compartments_hold() {
        assert!(with(Role::FiuOfficer).sees_kind(Some("fiu.request/1")));
        assert!(!with(Role::FiuOfficer).sees_kind(Some("requests.request/1")));
        assert!(!with(Role::BorderLiaisonOfficer).sees_kind(Some("correspondence.note/1")));
        assert!(!with(Role::BorderLiaisonOfficer).sees_kind(None));
        assert!(with(Role::CaseOfficer).sees_kind(Some("correspondence.note/1")));
        let first: Vec<&Role> = ROLES.iter().filter(|role| with(**role).sees_before_protection_check()).collect();
        assert_eq!(first, [&Role::ProtectionOfficer, &Role::Auditor]);
    }

    #[test]
    fn a_token_may_have_less_than_its_role() {
        let mut token = Token::for_tests(Role::CaseOfficer);
        token.only = Some(vec![Scope::RecordsWrite]);
        let caller = Caller::token(Arc::new(token));
        assert!(caller.check(Scope::RecordsWrite).is_ok());
        assert_eq!(caller.check(Scope::RecordsRead).unwrap_err().code, Code::Forbidden);
    }
}
