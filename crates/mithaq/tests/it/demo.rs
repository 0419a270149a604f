//! The demo, whole: two processes, both killed, nothing lost.

use crate::program::{DONE, Desk};

#[test]
fn the_demo_holds() {
    let desk = Desk::new();
    let demo = desk.run(&["demo", "--check"]);
    assert_eq!(demo.code, DONE, "{}{}", demo.out, demo.err);
    let summary = demo.out.lines().next_back().map(serde_json::from_str::<serde_json::Value>).unwrap().unwrap();
    assert_eq!(summary["sent"], summary["delivered"]);
    assert_eq!((&summary["lost"], &summary["duplicates"], &summary["refused"]), (&0.into(), &0.into(), &2.into()));
    assert!(summary["sent"].as_u64().unwrap() >= 2_000 && summary["killed_in_flight"].as_u64().unwrap() >= 200);
    assert_eq!((&summary["evidence_verified"], &summary["urgent_answered_in_time"]), (&true.into(), &true.into()));
    assert_eq!(summary["missed_deadline_proven"], true);
    let told = demo.err.lines().collect::<Vec<_>>();
    for line in
        ["refused      AGR-01", "refused      EYE-01", "asked        urgently", "answered     ", "overdue      "]
    {
        assert!(told.iter().any(|told| told.starts_with(line)), "{line}: {}", demo.err);
    }
    assert!(!demo.err.contains('\u{1b}'), "no terminal, no escapes: {}", demo.err);
}
