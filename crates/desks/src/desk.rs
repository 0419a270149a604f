//! What a desk is: a line of [`DESKS`], and which roles see what it holds.

use protocol::header::PROTOCOL_PREFIX;
use protocol::statement::DutyClass;

use crate::kinds::{DESKS, Kind};
use crate::roles::Role;
use crate::thread::Table;

/// A desk: the kinds of record that one sort of work needs. Everything that is known of it from outside stands here.
#[derive(Debug, Clone, Copy)]
pub struct Desk {
    /// Its name: what stands before the dot in its kinds' names.
    pub name: &'static str,
    /// Its kinds of record.
    pub kinds: &'static [Kind],
    /// Its kinds of thread that have states of their own.
    pub threads: &'static [Table],
    /// Which roles see it, and how far its wall reaches.
    pub compartment: Compartment,
    /// What its records are usually sent for. Which purposes a record may have, its clause says.
    pub purposes: &'static [&'static str],
    /// What parties can owe each other in its threads.
    pub duties: &'static [Owed],
}

/// What a party can owe another in a desk's threads.
#[derive(Debug, Clone, Copy)]
pub struct Owed {
    /// Which sort of act.
    pub class: DutyClass,
    /// The limits that clauses set for its time.
    pub limits: &'static [Limited],
}

/// A time limit of clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// Its name.
    pub name: &'static str,
    /// How many minutes it is where a draft says nothing; `None` where the parties must decide.
    pub usual: Option<u32>,
}

impl Limited {
    /// A limit of so many minutes, unless a draft says another.
    pub const fn usually(name: &'static str, minutes: u32) -> Self {
        Self { name, usual: Some(minutes) }
    }

    /// A limit that holds only where a draft says one.
    pub const fn none(name: &'static str) -> Self {
        Self { name, usual: None }
    }
}

/// Which roles see a desk. It is closed by default: a role that is not named sees nothing of it.
#[derive(Debug, Clone, Copy)]
pub enum Compartment {
    /// These roles see the desk's records. What other desks' records say in its threads is theirs to show.
    Open(&'static [Role]),
    /// A wall: these roles alone see the desk's records and whatever stands in a thread that the desk opened, so that a
    /// letter or a step does not show what the wall hides.
    Closed(&'static [Role]),
    /// The records belong to no work of their own, as steps and signatures do: they are in the compartment of the desk
    /// that opened their thread.
    OfThread,
}

impl Desk {
    /// Whether the desk's line names the role. A desk without a compartment of its own names nobody.
    fn names(&self, role: Role) -> bool {
        match self.compartment {
            Compartment::Open(roles) | Compartment::Closed(roles) => roles.contains(&role),
            Compartment::OfThread => false,
        }
    }

    const fn is_closed(&self) -> bool {
        matches!(self.compartment, Compartment::Closed(_))
    }

    const fn is_generic(&self) -> bool {
        matches!(self.compartment, Compartment::OfThread)
    }
}

/// Whether a role sees a record: the one question that compartments answer, asked wherever a record, its thread or its
/// kind may be shown or written.
///
/// `kind` is the record's kind, `None` if nobody knows it any more; `opened_by` is the kind of the record that opened its
/// thread, `None` if it stands in none or no record opened it. Call it as
/// `desks::sees(role, Some(&header.kind), opener.as_deref())`; a thread itself is judged by the kind that opened it.
pub fn sees(role: Role, kind: Option<&str>, opened_by: Option<&str>) -> bool {
    sees_in(DESKS, role, kind, opened_by)
}

/// Whether [`sees`] depends on what opened the record's thread, so that it must be looked up.
pub fn asks_for_opener(role: Role, kind: &str) -> bool {
    asks_in(DESKS, role, kind)
}

/// Whether records of this kind are of no desk but that of their thread, as steps and signatures are.
pub fn is_of_its_thread(kind: &str) -> bool {
    DESKS.iter().any(|desk| desk.is_generic() && kind.split('.').next() == Some(desk.name))
}

fn asks_in(desks: &[Desk], role: Role, kind: &str) -> bool {
    let without = sees_in(desks, role, Some(kind), None);
    // Of an opener only its desk is read.
    desks.iter().any(|desk| sees_in(desks, role, Some(kind), Some(desk.name)) != without)
}

fn sees_in(desks: &[Desk], role: Role, kind: Option<&str>, opened_by: Option<&str>) -> bool {
    let desk_of = |kind: &str| desks.iter().find(|desk| kind.split('.').next() == Some(desk.name));
    let own = kind.and_then(desk_of);
    let opener = opened_by.and_then(desk_of);
    let with_roles = || desks.iter().filter(|desk| !desk.is_generic());
    let is_inside = |desk: &Desk| !desk.is_closed() || desk.names(role);
    let walls_let_in = own.is_none_or(is_inside) && opener.is_none_or(is_inside);
    let is_protocol = kind.is_some_and(|kind| kind.starts_with(PROTOCOL_PREFIX));
    let is_walled_in = opener.is_some_and(Desk::is_closed);
    let is_shown = match own {
        // Behind its thread's wall it is part of the matter, whichever open desk it is of.
        Some(own) if is_walled_in && !own.is_closed() => true,
        Some(own) if own.is_generic() => opener.is_some_and(|opener| opener.names(role)),
        Some(own) => own.names(role),
        // What the protocol itself says is of no desk, and tells nothing of any matter.
        None if is_protocol => is_walled_in || with_roles().all(|desk| desk.is_closed() || desk.names(role)),
        // It may be of any desk, so it shows to who sees all of them.
        None => with_roles().all(|desk| desk.names(role)),
    };
    walls_let_in && is_shown
}

/// Whether every kind is of the desk in whose line it stands.
pub(crate) const fn hold_their_own_kinds(mut desks: &[Desk]) -> bool {
    while let [desk, rest @ ..] = desks {
        let mut kinds = desk.kinds;
        while let [kind, others @ ..] = kinds {
            if !is_of_desk(kind.name.as_bytes(), desk.name.as_bytes()) {
                return false;
            }
            kinds = others;
        }
        desks = rest;
    }
    true
}

/// Whether every thread is opened by a kind of its desk.
pub(crate) const fn open_their_own_threads(mut desks: &[Desk]) -> bool {
    while let [desk, rest @ ..] = desks {
        let mut threads = desk.threads;
        while let [thread, others @ ..] = threads {
            if !is_among(thread.opened_by, desk.kinds) {
                return false;
            }
            threads = others;
        }
        desks = rest;
    }
    true
}

const fn is_among(name: &str, mut kinds: &[Kind]) -> bool {
    while let [kind, rest @ ..] = kinds {
        if same(name.as_bytes(), kind.name.as_bytes()) {
            return true;
        }
        kinds = rest;
    }
    false
}

/// Whether a kind's name begins with the desk's and a dot.
const fn is_of_desk(mut kind: &[u8], mut desk: &[u8]) -> bool {
    while let ([a, kind_rest @ ..], [b, desk_rest @ ..]) = (kind, desk) {
        if *a != *b {
            return false;
        }
        (kind, desk) = (kind_rest, desk_rest);
    }
    desk.is_empty() && matches!(kind, [b'.', ..])
}

/// Whether two texts are the same, where the compiler asks.
pub(crate) const fn same(mut left: &[u8], mut right: &[u8]) -> bool {
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        if *a != *b {
            return false;
        }
        (left, right) = (left_rest, right_rest);
    }
    left.is_empty() && right.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::ROLES;

    /// Which of these desks each role sees, written out once more beside their lines: a change of either is a decision.
    const PINNED: [&str; 3] = ["register", "correspondence", "requests"];
    const VIEW: &[(Role, &[&str])] = &[
        (Role::CaseOfficer, &PINNED),
        (Role::SpocOfficer, &PINNED),
        (Role::ReleaseAuthority, &PINNED),
        (Role::LiaisonOfficer, &PINNED),
        (Role::BorderLiaisonOfficer, &[]),
        (Role::FiuOfficer, &[]),
        (Role::ProtectionOfficer, &["requests"]),
        (Role::Observer, &[]),
        (Role::Dpo, &PINNED),
        (Role::FundamentalRightsOfficer, &PINNED),
        (Role::Auditor, &PINNED),
        (Role::Secretariat, &["register", "correspondence"]),
        (Role::HeadOfDelegation, &["register", "correspondence"]),
        (Role::TrainingCoordinator, &[]),
        (Role::NodeAdmin, &[]),
    ];

    #[test]
    fn a_role_sees_a_desk_only_if_its_line_says_so() {
        let listed: Vec<Role> = VIEW.iter().map(|(role, _)| *role).collect();
        assert_eq!(listed, ROLES);
        for (role, view) in VIEW {
            for desk in DESKS {
                let expected = if PINNED.contains(&desk.name) { view.contains(&desk.name) } else { desk.names(*role) };
                for kind in desk.kinds {
                    assert_eq!(sees(*role, Some(kind.name), None), expected, "{role:?} {}", kind.name);
                    // In a thread of an open desk every record is shown by its own desk.
                    for opener in DESKS.iter().filter(|desk| !desk.is_closed()).flat_map(|desk| desk.threads) {
                        let seen = sees(*role, Some(kind.name), Some(opener.opened_by));
                        assert!(seen == expected || desk.is_generic(), "{role:?} {} {}", kind.name, opener.name);
                    }
                }
            }
            let all = DESKS.iter().filter(|desk| !desk.is_generic()).all(|desk| desk.names(*role));
            for of_no_desk in [None, Some("no_such.kind/1"), Some(""), Some("requestsx.request/1")] {
                assert_eq!(sees(*role, of_no_desk, None), all, "{role:?} {of_no_desk:?}");
            }
        }
    }

    const fn made_up(name: &'static str, compartment: Compartment) -> Desk {
        Desk { name, kinds: &[], threads: &[], compartment, purposes: &[], duties: &[] }
    }

    #[test]
    fn a_closed_desk_hides_whatever_stands_in_its_threads() {
        let desks = [
            made_up("letters", Compartment::Open(&[Role::CaseOfficer, Role::Secretariat, Role::Auditor])),
            made_up("requests", Compartment::Open(&[Role::CaseOfficer, Role::Auditor])),
            made_up("returns", Compartment::Closed(&[Role::Observer, Role::Auditor])),
            made_up("fiu", Compartment::Closed(&[Role::FiuOfficer, Role::Auditor])),
            made_up("thread", Compartment::OfThread),
        ];
        let seen_by = |kind: Option<&str>, opened_by: Option<&str>| -> Vec<Role> {
            ROLES.iter().copied().filter(|role| sees_in(&desks, *role, kind, opened_by)).collect()
        };
        let (case, fiu, observer) = (Role::CaseOfficer, Role::FiuOfficer, Role::Observer);
        let (secretariat, auditor) = (Role::Secretariat, Role::Auditor);
        for (kind, opened_by, roles) in [
            ("letters.note/1", None, &[case, auditor, secretariat][..]),
            ("letters.note/1", Some("requests.request/1"), &[case, auditor, secretariat]),
            ("letters.note/1", Some("returns.case/1"), &[observer, auditor]),
            ("returns.case/1", None, &[observer, auditor]),
            ("returns.case/1", Some("returns.case/1"), &[observer, auditor]),
            ("returns.form/1", Some("requests.request/1"), &[observer, auditor]),
            // In a thread of another closed desk both walls stand.
            ("returns.form/1", Some("fiu.request/1"), &[auditor]),
            ("fiu.request/1", None, &[fiu, auditor]),
            // A step is judged by what opened its thread, and by nothing else.
            ("thread.step/1", Some("requests.request/1"), &[case, auditor]),
            ("thread.step/1", Some("returns.case/1"), &[observer, auditor]),
            ("thread.step/1", Some("letters.note/1"), &[case, auditor, secretariat]),
            ("thread.step/1", Some("thread.step/1"), &[]),
            ("thread.step/1", Some("border.crossing/1"), &[]),
            ("thread.step/1", None, &[]),
            // Of no desk that is known here.
            ("border.crossing/1", None, &[auditor]),
            ("border.crossing/1", Some("returns.case/1"), &[auditor]),
            ("mithaq.received/1", None, &[case, auditor]),
            ("mithaq.received/1", Some("returns.case/1"), &[observer, auditor]),
        ] {
            assert_eq!(seen_by(Some(kind), opened_by), roles, "{kind} in {opened_by:?}");
        }
        // What opened a thread is looked up where a wall may stand, and for a step.
        for (kind, roles) in [
            ("letters.note/1", &[case, secretariat, observer, fiu][..]),
            ("returns.form/1", &[observer]),
            ("fiu.request/1", &[fiu]),
            ("thread.step/1", &[case, auditor, secretariat, observer, fiu]),
        ] {
            let asking: std::collections::BTreeSet<Role> =
                ROLES.iter().copied().filter(|role| asks_in(&desks, *role, kind)).collect();
            assert_eq!(asking, roles.iter().copied().collect(), "{kind}");
        }
        assert_eq!(seen_by(None, None), [auditor], "content and kind are gone");
        assert_eq!(seen_by(None, Some("letters.note/1")), [auditor]);
    }

    #[test]
    fn a_kind_in_another_desks_line_does_not_compile() {
        let with = |name, kinds, threads| Desk { kinds, threads, ..made_up(name, Compartment::OfThread) };
        let desk = *DESKS.iter().find(|desk| !desk.threads.is_empty()).unwrap();
        assert!(hold_their_own_kinds(DESKS) && open_their_own_threads(DESKS));
        assert!(!hold_their_own_kinds(&[with("other", desk.kinds, &[])]));
        assert!(!hold_their_own_kinds(&[with(&desk.name[1..], desk.kinds, &[])]));
        assert!(!open_their_own_threads(&[with(desk.name, &desk.kinds[..0], desk.threads)]));
    }
}
