//! Purposes, uses and reviews at the command line.

use serde_json::Value;

use crate::{
    program::{DONE, NOT_FOUND, USAGE},
    two::Two,
};

/// A clause or the floor refuses, or the role may not.
const REFUSED: i32 = 3;

#[test]
fn an_officer_reads_for_a_purpose_and_says_what_else_is_done() {
    let two = Two::start();
    let sent = two.b.submit(&two.note("for whoever coordinates"), "wait=delivered");
    let (log, index) = (sent[0]["ref"]["log"].as_str().unwrap(), &sent[0]["ref"]["index"]);
    let record = format!("{}/{log}/{index}", two.channel);
    let desk = &two.desk;
    let make = |file: &str, role: &str, purposes: &[&str]| {
        let purposes = purposes.iter().flat_map(|purpose| ["--purpose", purpose]).collect::<Vec<_>>();
        let new = ["token", "new", "a", file, "--name", file, "--role", role, "--json"];
        desk.run(&[&new[..], &purposes[..]].concat())
    };
    let without = make("nobody.token", "case_officer", &[]);
    assert_eq!((without.code, without.error().0.as_str()), (USAGE, "usage"), "{}", without.out);
    assert!(without.error().1.contains("--purpose") && !desk.path("nobody.token").exists(), "{}", without.out);
    assert_eq!(make("wrong.token", "dpo", &["coordination"]).code, USAGE);
    for (file, role, purposes) in [
        ("desk.token", "case_officer", &["coordination", "forensic"][..]),
        ("other.token", "case_officer", &["forensic"]),
        ("dpo.token", "dpo", &[]),
    ] {
        let made = make(file, role, purposes);
        assert_eq!(made.code, DONE, "{}{}", made.out, made.err);
    }
    let as_token =
        |token: &str, arguments: &[&str]| desk.run(&[arguments, &["--token-file", token, "--json"]].concat());

    let show = ["record", "show", "a", &record];
    assert_eq!(as_token("desk.token", &show).code, DONE);
    assert_eq!(as_token("dpo.token", &show).code, DONE);
    assert_eq!(as_token("other.token", &show).code, REFUSED);
    let narrowed = as_token("desk.token", &[&show[..], &["--purpose", "forensic"]].concat());
    assert_eq!(narrowed.code, REFUSED, "{}", narrowed.out);
    let listed = |token: &str| as_token(token, &["records", "a"]).out.matches("correspondence.note/1").count();
    assert_eq!((listed("desk.token"), listed("other.token")), (1, 0));

    // Beyond reading: the handling codes decide, and the answer names the rule.
    let rule = |done: &crate::program::Done| done.json()["error"]["rule"].as_str().unwrap_or_default().to_owned();
    let court = as_token("desk.token", &["use", "a", &record, "--for", "court", "--to", "Court of Sample City"]);
    assert_eq!((court.code, rule(&court).as_str()), (REFUSED, "HAN-02"), "{}", court.out);
    let office = ["evidence", "a", &record, "-o", "x.mithaq", "--for", "office", "--to", "Customs"];
    let office = as_token("desk.token", &office);
    assert_eq!((office.code, rule(&office).as_str()), (REFUSED, "HAN-03"), "{}", office.out);
    assert!(!desk.path("x.mithaq").exists());
    assert_eq!(as_token("desk.token", &["use", "a", &record, "--for", "court"]).code, USAGE);
    let exported = as_token("desk.token", &["evidence", "a", &record, "-o", "y.mithaq"]);
    assert_eq!(exported.code, DONE, "{}{}", exported.out, exported.err);

    // Nothing was released by one officer alone.
    let reviews: Value = as_token("dpo.token", &["review", "list", "a"]).json();
    assert_eq!(reviews["reviews"], Value::Array(Vec::new()));
    assert_eq!(as_token("dpo.token", &["review", "confirm", "a", &record]).code, NOT_FOUND);
    assert_eq!(as_token("desk.token", &["review", "confirm", "a", &record]).code, REFUSED);
    let ground = ["review", "object", "a", &record, "--ground", "no_threat_to_life"];
    assert_eq!(as_token("dpo.token", &ground).code, NOT_FOUND);
}
