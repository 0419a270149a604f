//! The requests desk: one agency asks another, or tells it what nobody asked for.
//!
//! It follows Directive (EU) 2023/977 (articles 4 to 7) and, where an agreement says so, the limits of Framework Decision
//! 2006/960/JHA: what must be asked and said, by when, and on which grounds an answer may be refused.

mod act;
pub(crate) mod clocks;
mod further;
mod ground;
#[cfg(test)]
mod tests;

pub use act::{Access, Act, Use};
pub use ground::Ground;

use crate::desk::{Compartment, Desk};
use crate::kinds::Kind;
use crate::roles::Role;

/// The desk's line.
#[rustfmt::skip]
pub const DESK: Desk = Desk {
    name: "requests",
    kinds: &[
        Kind::of::<request::Request>(),
        Kind::of::<reply::Reply>(),
        Kind::of::<refusal::Refusal>(),
        Kind::of::<clarification::Clarification>(),
        Kind::of::<feedback::Feedback>(),
        Kind::of::<spontaneous::Spontaneous>(),
        Kind::of::<progress::Progress>(),
        Kind::of::<permission_request::PermissionRequest>(),
        Kind::of::<permission::Permission>(),
    ],
    threads: &[
        request::TABLE,
        spontaneous::TABLE,
    ],
    compartment: Compartment::Open(&[
        Role::CaseOfficer,
        Role::SpocOfficer,
        Role::ReleaseAuthority,
        Role::LiaisonOfficer,
        Role::ProtectionOfficer,
        Role::Dpo,
        Role::FundamentalRightsOfficer,
        Role::Auditor,
    ]),
    purposes: &[
        "locate_wanted",
        "identify_person_or_object",
        "support_investigation",
        "alert_threat_or_modus",
        "identify_deceased",
        "forensic",
        "security_check_to_prevent_crime",
        "border_control",
    ],
    duties: clocks::DUTIES,
};

/// `requests.request/1`: what one agency asks, and the thread that this opens.
pub mod request {
    mod record;
    mod thread;

    pub use record::Request;
    pub use thread::TABLE;
}

/// `requests.reply/1`: an answer.
pub mod reply {
    mod record;

    pub use record::{Outcome, Reply};
}

/// `requests.refusal/1`: a refusal to answer.
pub mod refusal {
    mod record;

    pub use record::Refusal;
}

/// `requests.clarification/1`: a question about a request, or the answer to it.
pub mod clarification {
    mod record;

    pub use record::{Clarification, Step};
}

/// `requests.feedback/1`: what became of what was sent.
pub mod feedback {
    mod record;

    pub use record::Feedback;
}

/// `requests.spontaneous/1`: information that nobody asked for, and the thread that this opens.
pub mod spontaneous {
    mod record;
    mod thread;

    pub use record::Spontaneous;
    pub use thread::TABLE;
}

/// `requests.progress/1`: a step that says nothing of the matter itself.
pub mod progress {
    mod record;

    pub use record::{Progress, Step};
}

/// `requests.permission_request/1`: may a received record be used further?
pub mod permission_request {
    mod record;

    pub use record::PermissionRequest;
}

/// `requests.permission/1`: what the provider of a record decides about a further use of it.
pub mod permission {
    mod record;

    pub use record::{Decision, Permission};
}
