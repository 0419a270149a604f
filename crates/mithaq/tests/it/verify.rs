//! The offline verifier against stored evidence.

use serde_json::Value;

use crate::program::{DOES_NOT_VERIFY, DONE, Desk, NOT_FOUND, USAGE, vector};

#[test]
fn the_page_says_what_is_proven_in_two_languages() {
    let desk = Desk::new();
    let file = vector("good-note.mithaq");
    let page = desk.run(&["verify", file.to_str().unwrap()]);
    assert_eq!(page.code, DONE, "{}", page.err);
    insta::assert_snapshot!("page", page.out);
}

#[test]
fn a_missed_deadline_is_told_in_two_languages() {
    let desk = Desk::new();
    for name in ["missed-unanswered", "missed-contested"] {
        let file = vector(&format!("{name}.mithaq"));
        let page = desk.run(&["verify", file.to_str().unwrap()]);
        assert_eq!(page.code, DONE, "{}", page.err);
        insta::assert_snapshot!(name, page.out);
        let facts = desk.run(&["verify", file.to_str().unwrap(), "--json"]).json();
        assert_eq!((&facts["verified"], &facts["debtor"]), (&Value::from(true), &Value::from("XAB")));
        assert_eq!(facts["missing"].as_array().unwrap().len(), usize::from(name == "missed-unanswered"));
        assert_eq!(facts["owed"][0]["contested"].is_null(), name == "missed-unanswered");
    }
}

#[test]
fn the_facts_agree_with_the_vectors() {
    let desk = Desk::new();
    for name in ["good-note", "good-outside-its-clause", "good-unreceipted"] {
        let file = vector(&format!("{name}.mithaq"));
        let facts = desk.run(&["verify", file.to_str().unwrap(), "--json"]);
        assert_eq!(facts.code, DONE, "{name}: {}", facts.err);
        let facts = facts.json();
        assert_eq!(facts["verified"], true);
        let missing: Vec<&Value> =
            facts["missing"].as_array().unwrap().iter().map(|missing| &missing["what"]).collect();
        assert_eq!(missing.contains(&&Value::from("clause")), name == "good-outside-its-clause", "{name}");
        assert_eq!(missing.contains(&&Value::from("receipt")), name == "good-unreceipted", "{name}");
    }
}

#[test]
fn a_fingerprint_is_compared() {
    let desk = Desk::new();
    let file = vector("good-note.mithaq");
    let file = file.to_str().unwrap();
    let facts = desk.run(&["verify", file, "--json"]).json();
    let own = facts["parties"][0]["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(facts["parties"][0]["trust"], "not_given");
    let trusted = desk.run(&["verify", file, "--json", "--fingerprint", &own]);
    assert_eq!((trusted.code, &trusted.json()["parties"][0]["trust"]), (DONE, &"matches".into()));
    let stranger = desk.run(&["verify", file, "--lang", "en", "--fingerprint", &"1".repeat(60)]);
    assert_eq!(stranger.code, DOES_NOT_VERIFY);
    assert!(stranger.err.contains("11111 11111"), "{}", stranger.err);
}

#[test]
fn a_damaged_file_proves_nothing() {
    let desk = Desk::new();
    let good = std::fs::read(vector("good-note.mithaq")).unwrap();
    let damaged: [(&str, Vec<u8>); 3] = [
        ("cut", good[..good.len() - 1].to_vec()),
        ("changed", good.iter().enumerate().map(|(i, byte)| byte ^ u8::from(i == good.len() / 2)).collect()),
        ("empty", Vec::new()),
    ];
    for (name, bytes) in damaged {
        std::fs::write(desk.path(name), bytes).unwrap();
        let refused = desk.run(&["verify", name, "--json"]);
        assert_eq!((refused.code, refused.error().0.as_str()), (DOES_NOT_VERIFY, "not_verified"), "{name}");
    }
    assert_eq!(desk.run(&["verify", "none"]).code, NOT_FOUND);
    desk.write("proof.json", "{}");
    assert_eq!(desk.run(&["verify", "proof.json"]).code, USAGE, "a proof of two histories needs the card file");
}

#[test]
fn the_body_can_be_taken_out() {
    let desk = Desk::new();
    let file = vector("good-note.mithaq");
    let facts = desk.run(&["verify", file.to_str().unwrap(), "--json", "--content", "body"]).json();
    let body = std::fs::read(desk.path("body")).unwrap();
    assert_eq!(facts["record"]["body_bytes"], body.len());
}
