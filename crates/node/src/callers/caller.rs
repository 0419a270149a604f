//! Who makes a request, and what that lets them do and see.

use std::sync::Arc;

use store::StoreError;
use texts::say;

use super::{
    Role,
    passkeys::Passkeys,
    purposes::{PURPOSE, Purposes},
    scope::Scope,
    tokens::{Token, Tokens},
};
use crate::fault::{Code, Fault};

/// Through which door a request without a token came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The socket in the node's folder, or a command that holds the folder: only the node's own user.
    Socket,
    /// The port on loopback: any user of the machine.
    Port,
    /// A page on that port: a person at a browser, by a session's cookie.
    Page,
}

/// Who makes a request. Handlers find it among the request's extensions.
#[derive(Debug, Clone)]
pub struct Caller(Kind, Purposes, Option<Office>);

/// For which office a caller speaks instead of that of the token.
type Office = Option<String>;

#[derive(Debug, Clone)]
enum Kind {
    /// At the socket of a node that has not issued any token: an agency that tries Mithaq or sets it up.
    Bootstrap,
    /// At the socket, without a token.
    Socket,
    Token(Arc<Token>),
}

/// Whether anybody was ever let in here: with a token, or with a passkey.
pub fn is_set_up(tokens: &Tokens, passkeys: &Passkeys) -> bool {
    tokens.any() || !passkeys.is_new()
}

impl Caller {
    /// Scopes that need a token of their one role, also before the first token was issued.
    const ONLY_WITH_TOKEN: &[Scope] =
        &[Scope::AuditRead, Scope::RecordsReview, Scope::ProtectionRead, Scope::ProtectionWrite];

    /// Whoever opens the socket without a token. While nobody was ever given a token or a passkey it has every scope but the
    /// auditor's, the reviewer's and the protection officer's, and every purpose.
    pub const fn socket(is_set_up: bool) -> Self {
        if is_set_up { Self(Kind::Socket, Purposes::NONE, None) } else { Self(Kind::Bootstrap, Purposes::Every, None) }
    }

    /// Whoever has this token.
    pub fn token(token: Arc<Token>) -> Self {
        let purposes = Purposes::of(&token);
        Self(Kind::Token(token), purposes, None)
    }

    /// Whether who was let in would be let in at this time: what lasts asks again and again.
    pub fn still_counts(&self, tokens: &Tokens, passkeys: &Passkeys, now_ms: u64) -> bool {
        match &self.0 {
            Kind::Bootstrap => !is_set_up(tokens, passkeys),
            Kind::Socket => true,
            Kind::Token(token) => tokens.counts(token, now_ms),
        }
    }

    /// For which purposes the caller reads.
    pub const fn purposes(&self) -> &Purposes {
        &self.1
    }

    /// The caller with the one purpose that the request names, if it names one, and fit for the scope.
    ///
    /// # Errors
    /// [`Code::Forbidden`] by PUR-01 if the caller does not have the purpose, or none where the scope needs one.
    pub fn for_purpose(mut self, named: Option<&str>, scope: Scope) -> Result<Self, Fault> {
        let refuse = |message: String| Err(Fault::new(Code::Forbidden, message).by_rule("PUR-01").in_field(PURPOSE));
        if self.1.is_none() && scope.needs_purpose() {
            return refuse(format!(
                "{} {} has no purpose, and what others supplied is read for a purpose only: make a token with purposes \
                 (`mithaq token new --purpose`); this one is from before tokens had any",
                self.role(),
                self.id()
            ));
        }
        if let Some(purpose) = named {
            match self.1.narrowed(purpose.trim()) {
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
    pub fn check(&self, scope: Scope) -> Result<(), Fault> {
        let may = match &self.0 {
            Kind::Bootstrap => !Self::ONLY_WITH_TOKEN.contains(&scope),
            Kind::Socket => scope.belongs_to(Role::NodeAdmin),
            Kind::Token(token) => {
                let has = |only: &Vec<Scope>| scope == Scope::Own || only.contains(&scope);
                scope.belongs_to(token.role) && token.only.as_ref().is_none_or(has)
            }
        };
        if may {
            return Ok(());
        }
        let roles: Vec<&str> = scope.roles().iter().map(|role| role.name()).collect();
        let message = say!("scope-missing", role = %self.role(), scope = %scope.name(), roles = %roles.join(", "));
        Err(Fault::new(Code::Forbidden, message))
    }

    /// Whether a record is in the caller's compartment: of this kind, `None` if its content is gone, in a thread that a
    /// record of the other kind opened, `None` if none did.
    pub fn sees(&self, kind: Option<&str>, opened_by: Option<&str>) -> bool {
        match &self.0 {
            Kind::Bootstrap => true,
            Kind::Socket => false,
            Kind::Token(token) => desks::sees(token.role, kind, opened_by),
        }
    }

    /// As [`Caller::sees`], with the error to answer.
    ///
    /// # Errors
    /// [`Code::Forbidden`] if the record is outside the role's compartment.
    pub fn check_sees(&self, kind: Option<&str>, opened_by: Option<&str>) -> Result<(), Fault> {
        if self.sees(kind, opened_by) {
            return Ok(());
        }
        let message = say!("outside-compartment", role = %self.role());
        Err(Fault::new(Code::Forbidden, message).in_field("kind"))
    }

    /// Whether the caller may write a record of this kind in its thread. `opened_by` looks up which kind of record opened
    /// the thread, and is asked only where the answer depends on it.
    ///
    /// # Errors
    /// [`Code::Forbidden`] if the record is outside the role's compartment; what `opened_by` gives.
    pub fn check_writes(
        &self,
        kind: &str,
        opened_by: impl FnOnce() -> Result<Option<&'static str>, StoreError>,
    ) -> Result<(), Fault> {
        let asks = matches!(&self.0, Kind::Token(token) if desks::asks_for_opener(token.role, kind));
        let opened_by = if asks { opened_by()? } else { None };
        self.check_sees(Some(kind), opened_by)
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

    /// The caller as the one who sends what was handed over for an office: that its author spoke for it was seen then.
    pub(crate) fn for_office(&self, office: Option<String>) -> Self {
        Self(self.0.clone(), self.1.clone(), Some(office))
    }

    /// The office that a token is bound to: only that office's records may be submitted with it.
    pub fn office(&self) -> Option<&str> {
        if let Some(office) = &self.2 {
            return office.as_deref();
        }
        match &self.0 {
            Kind::Token(token) => token.office.as_deref(),
            Kind::Bootstrap | Kind::Socket => None,
        }
    }

    /// Whether the caller is a token without an office: its records may not claim one.
    pub fn is_without_office(&self) -> bool {
        self.with_token().is_some() && self.office().is_none()
    }

    /// Whether no token was ever issued, so that whoever sets the agency up does everything.
    pub const fn is_bootstrap(&self) -> bool {
        matches!(&self.0, Kind::Bootstrap)
    }

    /// The id of the person who asks, if it is a person's token.
    pub fn person(&self) -> Option<&str> {
        self.with_token().and_then(|token| token.person.as_deref())
    }

    /// The token with which the caller came, if with one.
    pub const fn with_token(&self) -> Option<&Arc<Token>> {
        match &self.0 {
            Kind::Token(token) => Some(token),
            Kind::Bootstrap | Kind::Socket => None,
        }
    }

    /// The role, if the caller has a token.
    pub fn token_role(&self) -> Option<Role> {
        self.with_token().map(|token| token.role)
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
    use crate::callers::{ROLES, scope::TABLE};

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
        assert!(!Caller::socket(true).sees(Some("correspondence.note/1"), None));
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
        assert!(!with(Role::FiuOfficer).sees(Some("fiu.request/1"), None), "no desk's line names the role");
        assert!(!with(Role::FiuOfficer).sees(Some("requests.request/1"), None));
        assert!(!with(Role::BorderLiaisonOfficer).sees(Some("correspondence.note/1"), None));
        assert!(!with(Role::BorderLiaisonOfficer).sees(None, None));
        assert!(with(Role::CaseOfficer).sees(Some("correspondence.note/1"), None));
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
