use std::time::Duration;

use proptest::prelude::*;
use protocol::agreement::{Agreement, ApprovalRole};
use protocol::date::Date;
use protocol::header::{Handling, Header, SubjectCategory};
use protocol::id::{AgencyId, ChannelId};
use protocol::origin::{Lane, Origin, Position};

use crate::case::{Case, OFFICER_A, OFFICER_B, Verdict, agreement};
use crate::{Decision, Facts, GivenApproval, Reason, Side, Source, decide, floor};

#[test]
fn every_rule_has_a_case_that_passes_and_one_that_is_refused_and_all_come_out_as_stated() {
    let agreement = agreement();
    for rule in floor::RULES {
        let cases = (rule.cases)();
        assert!(cases.iter().any(|case| case.verdict == Verdict::Allowed), "{} has no passing case", rule.id);
        assert!(cases.iter().any(|case| case.verdict != Verdict::Allowed), "{} has no refused case", rule.id);
        for case in cases {
            let verdict = match decide(&case.facts(&agreement)) {
                Decision::Allowed => Verdict::Allowed,
                Decision::Refused(refusal) => {
                    assert_eq!(refusal.rule, Source::Floor(rule.id), "{}: {}: {refusal}", rule.id, case.name);
                    assert!(refusal.field.is_some() && refusal.message.ends_with('.'), "{refusal}");
                    Verdict::Refused(rule.id, refusal.reason)
                }
            };
            assert_eq!(verdict, case.verdict, "{}: {}", rule.id, case.name);
        }
    }
}

#[test]
fn a_rule_is_a_file_named_by_its_id_and_the_other_way_round() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/floor");
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let mut rules: Vec<_> =
        floor::RULES.iter().map(|rule| format!("{}.rs", rule.id.to_lowercase().replace('-', "_"))).collect();
    files.sort();
    rules.sort();
    assert_eq!(files, rules);
}

#[test]
fn reasons_come_in_the_order_of_the_floor() {
    const ORDER: [&str; 10] = ["AGR", "NEU", "ASY", "VOL", "DP", "CHD", "HAN", "ACC", "RET", "EYE"];
    let places: Vec<_> =
        floor::RULES.iter().map(|rule| ORDER.iter().position(|family| rule.id.starts_with(family)).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_clause_gets_the_approvals_that_it_demands() {
    let agreement = agreement();
    let note = || Case::allowed("note").note();
    let refusal = match decide(&note().approved(ApprovalRole::Author, OFFICER_A).facts(&agreement)) {
        Decision::Refused(refusal) => refusal,
        Decision::Allowed => panic!("a note without release crossed"),
    };
    assert_eq!((refusal.rule, refusal.reason), (Source::Clause("c2".to_owned()), Reason::ApprovalMissing));
    assert_eq!(refusal.message, "Clause c2 demands the approval of the release authority.");

    let both = note().approved(ApprovalRole::Author, OFFICER_A).approved(ApprovalRole::ReleaseAuthority, OFFICER_B);
    assert_eq!(decide(&both.facts(&agreement)), Decision::Allowed);
}

#[test]
fn protocol_records_are_always_allowed() {
    let agreement = agreement();
    for day in ["2020-01-01", "2026-06-01", "2040-01-01"] {
        let case = Case::allowed("batch").kind("mithaq.batch/1").clause(None).handling(&[]).no_retain_until();
        assert_eq!(decide(&case.author("nobody").today(day).facts(&agreement)), Decision::Allowed);
    }
    let near_miss = Case::allowed("name").kind("mithaqx.batch/1");
    assert!(matches!(decide(&near_miss.facts(&agreement)), Decision::Refused(_)));
}

#[test]
fn reasons_have_one_code_and_one_name_each() {
    for (i, reason) in Reason::ALL.iter().enumerate() {
        assert_eq!(Reason::from_code(reason.code()), Some(*reason));
        assert!(reason.name().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        assert!(Reason::ALL[..i].iter().all(|other| other.code() < reason.code() && other.name() != reason.name()));
    }
    assert_eq!(Reason::from_code(0), None);
    // The codes are part of the protocol: a change of one of these lines is a change of the protocol.
    assert_eq!(Reason::KindNotListed.code(), 3);
    assert_eq!(Reason::SameOfficerTwice.code(), 42);
}

/// A decision that allows stays within a microsecond. The bound here is ten times wider, because a test machine is
/// busy and the build is not optimised; the benchmark has the real figure.
#[test]
fn an_allowed_record_is_decided_fast() {
    let agreement = agreement();
    let case = Case::allowed("two officers")
        .about_a_suspect()
        .approved(ApprovalRole::Author, OFFICER_A)
        .approved(ApprovalRole::ReleaseAuthority, OFFICER_B);
    let facts = case.facts(&agreement);
    let fastest = (0..20)
        .map(|_| {
            #[expect(clippy::disallowed_methods, reason = "the test measures")]
            let start = std::time::Instant::now();
            for _ in 0..1000 {
                assert_eq!(decide(std::hint::black_box(&facts)), Decision::Allowed);
            }
            start.elapsed() / 1000
        })
        .min();
    println!("an allowed record: {fastest:?}");
    assert!(fastest.unwrap() < Duration::from_micros(10));
}

fn any_date() -> impl Strategy<Value = Date> {
    (1i16..=9999, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

fn any_approval() -> impl Strategy<Value = GivenApproval> {
    use ApprovalRole::{Author, HeadOfDelegation, ReleaseAuthority};
    let roles = prop::sample::select(vec![Author, ReleaseAuthority, HeadOfDelegation]);
    (roles, 0u64..4, any::<bool>()).prop_map(|(role, index, verified)| {
        let origin =
            Origin { channel: ChannelId::new([1; 32]), agency: AgencyId::new([2; 32]), epoch: 1, lane: Lane::Main };
        GivenApproval { role, officer: Position { origin, index }, verified }
    })
}

fn any_header() -> impl Strategy<Value = Header> {
    let kinds = prop_oneof!["register.readout/1", "correspondence.note/1", "mithaq.x/1", "[a-z./0-9]{0,12}"];
    let word = || prop::option::of(prop_oneof!["c1", "c2", "register", "support_investigation", ".{0,8}"]);
    let codes = prop::collection::vec(prop::sample::select(vec![Handling::H0, Handling::H1, Handling::H2]), 0..4);
    (kinds, word(), word(), codes, prop::option::of(any_date()), any::<bool>()).prop_map(
        |(kind, clause, purpose, handling, retain_until, personal)| Header {
            clause,
            purpose,
            handling,
            retain_until,
            subject_category: personal.then_some(SubjectCategory::Victim),
            ..Header::protocol(&kind)
        },
    )
}

proptest! {
    /// Total, and closed by default: what is allowed stands in a clause, word by word.
    #[test]
    fn what_no_clause_lists_is_refused(
        header in any_header(),
        author in prop_oneof!["XAA", "XAB", ".{0,4}"],
        approvals in prop::collection::vec(any_approval(), 0..4),
        today in any_date(),
        receiver: bool,
    ) {
        let agreement = agreement();
        let side = if receiver { Side::Receiver } else { Side::Sender };
        let (header, approvals) = (&header, approvals.as_slice());
        let facts = Facts { agreement: &agreement, header, author: &author, lane: Lane::Main, approvals, today, side };
        if decide(&facts) == Decision::Allowed && !header.is_protocol() {
            let listed = agreement.clauses.iter().any(|clause| {
                header.clause.as_ref() == Some(&clause.id)
                    && header.purpose.as_ref() == Some(&clause.purpose)
                    && clause.kinds.contains(&header.kind)
                    && clause.authors.contains(&author)
            });
            prop_assert!(listed, "{header:?}");
            prop_assert!(!header.personal() || approvals.len() >= 2);
        }
    }

    /// An agreement without clauses lets nothing cross but protocol records.
    #[test]
    fn an_agreement_without_clauses_allows_nothing(header in any_header(), today in any_date()) {
        let agreement = Agreement { clauses: Vec::new(), ..agreement() };
        let facts = Facts {
            agreement: &agreement, header: &header, author: "XAA", lane: Lane::Main, approvals: &[], today, side: Side::Sender,
        };
        prop_assert_eq!(decide(&facts) == Decision::Allowed, header.is_protocol());
    }
}
