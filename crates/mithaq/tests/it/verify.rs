//! The offline verifier against stored evidence.

use serde_json::{Value, json};

use crate::program::{DOES_NOT_VERIFY, DONE, Desk, Done, NOT_FOUND, TRUST_NOT_GIVEN, USAGE, vector};

/// Fingerprints of the parties in the vectors.
const XAA: &str = "52756 28433 01024 62095 61352 12077 62948 74327 38502 69918 34169 89078";
const XAB: &str = "30254 79510 59708 56163 49632 78762 39251 34997 98932 53493 63042 92664";

fn verify(desk: &Desk, name: &str, more: &[&str]) -> Done {
    let file = vector(&format!("{name}.mithaq"));
    desk.run(&[&["verify", file.to_str().unwrap()], more].concat())
}

/// With the fingerprints of all parties.
fn trusting(desk: &Desk, name: &str, more: &[&str]) -> Done {
    verify(desk, name, &[&["--fingerprint", XAA, "--fingerprint", XAB], more].concat())
}

#[test]
fn the_page_says_what_is_proven_in_two_languages() {
    let page = trusting(&Desk::new(), "good-note", &[]);
    assert_eq!(page.code, DONE, "{}", page.err);
    insta::assert_snapshot!("page", page.out);
}

#[test]
fn the_page_says_what_is_not_proven() {
    let desk = Desk::new();
    for name in ["good-withheld", "good-withheld-word", "good-times-contradict", "good-enrolment-unordered"] {
        let page = verify(&desk, name, &[]);
        assert_eq!(page.code, TRUST_NOT_GIVEN, "{}", page.err);
        insta::assert_snapshot!(name, page.out);
    }
}

// spec: EVID-29
#[test]
fn what_remains_without_content_is_told_in_two_languages() {
    let desk = Desk::new();
    for name in ["entry-answered", "entry-bare", "entry-one-end"] {
        let page = trusting(&desk, name, &[]);
        assert_eq!(page.code, DONE, "{}", page.err);
        insta::assert_snapshot!(name, page.out);
        let facts = trusting(&desk, name, &["--json"]).json();
        let always = json!(["not_erased", "protocol_record", "refusal", "withheld", "later_card", "agreement_ended"]);
        assert_eq!((&facts["verdict"], &facts["not_excluded"]), (&json!("proven"), &always), "{name}");
        let text = facts.to_string();
        assert!(!["kind", "clause", "purpose", "thread", "body"].iter().any(|word| text.contains(word)), "{text}");
    }
    assert_eq!(verify(&desk, "entry-answered", &[]).code, TRUST_NOT_GIVEN);
    let note = vector("good-before-erasure.mithaq");
    let matched = trusting(&desk, "entry-answered", &["--matches", note.to_str().unwrap()]);
    assert_eq!(matched.code, DONE, "{}", matched.err);
    insta::assert_snapshot!("entry-matched", matched.out);
}

#[test]
fn a_missed_deadline_is_told_in_two_languages() {
    let desk = Desk::new();
    for name in ["missed-unanswered", "missed-contested"] {
        let page = trusting(&desk, name, &[]);
        assert_eq!(page.code, DONE, "{}", page.err);
        insta::assert_snapshot!(name, page.out);
        let facts = trusting(&desk, name, &["--json"]).json();
        assert_eq!((&facts["verdict"], &facts["debtor"]), (&json!("proven"), &json!("XAB")));
        assert_eq!(facts["missing"].as_array().unwrap().len(), usize::from(name == "missed-unanswered"));
        assert_eq!(facts["owed"][0]["contested"].is_null(), name == "missed-unanswered");
    }
    let hotline = trusting(&desk, "missed-hotline", &["--json"]).json();
    assert_eq!([&hotline["owed"], &hotline["stated_only"]].map(|list| list.as_array().unwrap().len()), [1, 1]);
}

// spec: EVID-20
#[test]
fn the_facts_agree_with_the_vectors() {
    let desk = Desk::new();
    for name in ["good-note", "good-outside-its-clause", "good-unreceipted"] {
        let facts = trusting(&desk, name, &["--json"]);
        assert_eq!(facts.code, DONE, "{name}: {}", facts.err);
        let facts = facts.json();
        assert_eq!(facts["verdict"], "proven");
        let missing: Vec<&Value> =
            facts["missing"].as_array().unwrap().iter().map(|missing| &missing["what"]).collect();
        assert_eq!(missing.contains(&&Value::from("clause")), name == "good-outside-its-clause", "{name}");
        assert_eq!(missing.contains(&&Value::from("receipt")), name == "good-unreceipted", "{name}");
        let always = json!(["revocation", "refusal", "withheld", "later_card", "agreement_ended"]);
        assert_eq!(facts["not_excluded"], always, "{name}");
    }
}

// spec: EVID-10
#[test]
fn the_verdict_is_one_of_three_and_the_exit_code_says_which() {
    let desk = Desk::new();
    for name in ["good-note", "missed-agreed"] {
        let verdict = |fingerprints: &[&str]| {
            let options: Vec<&str> = fingerprints.iter().flat_map(|one| ["--fingerprint", *one]).collect();
            let done = verify(&desk, name, &[&options[..], &["--json"]].concat());
            (done.code, done.json()["verdict"].as_str().unwrap().to_owned())
        };
        let stranger = "1".repeat(60);
        assert_eq!(verdict(&[]), (TRUST_NOT_GIVEN, "consistent".into()), "{name}");
        assert_eq!(verdict(&[XAA]), (TRUST_NOT_GIVEN, "consistent".into()), "the other party may be made up");
        assert_eq!(verdict(&[XAB]), (TRUST_NOT_GIVEN, "consistent".into()), "{name}");
        assert_eq!(verdict(&[XAA, XAB]), (DONE, "proven".into()), "{name}");
        assert_eq!(verdict(&[&stranger]), (DOES_NOT_VERIFY, "refused".into()), "{name}");
        assert_eq!(verdict(&[XAA, XAB, &stranger]), (DOES_NOT_VERIFY, "refused".into()), "{name}");
    }
    let facts = verify(&desk, "good-note", &["--json", "--fingerprint", XAA]).json();
    assert_eq!([&facts["parties"][0]["trust"], &facts["parties"][1]["trust"]], ["matches", "not_given"]);
    let stranger = verify(&desk, "good-note", &["--lang", "en", "--fingerprint", &"1".repeat(60)]);
    assert!(stranger.out.is_empty() && stranger.err.contains("11111 11111"), "{}{}", stranger.out, stranger.err);
    let consistent = verify(&desk, "good-note", &["--lang", "en"]);
    assert!(consistent.out.contains("Not proven to you"), "{}", consistent.out);
}

// spec: EVID-10, EVID-21, EVID-22
#[test]
fn an_accusation_of_two_histories_has_the_same_three_verdicts() {
    let desk = Desk::new();
    let vectors: Value = serde_json::from_slice(&std::fs::read(vector("equivocation.json")).unwrap()).unwrap();
    desk.write("their.card", vectors["cards"].as_str().unwrap());
    for case in vectors["cases"].as_array().unwrap() {
        desk.write("proof.json", case["proof"].as_str().unwrap());
        let verdict = |more: &[&str]| {
            let done = desk.run(&[&["verify", "proof.json", "--cards", "their.card", "--json"], more].concat());
            (done.code, done.json())
        };
        let (code, facts) = verdict(&[]);
        let (trusted, _) = verdict(&["--fingerprint", XAA]);
        let (foreign, _) = verdict(&["--fingerprint", XAB]);
        if case["valid"] == false {
            assert_eq!([code, trusted, foreign], [DOES_NOT_VERIFY; 3], "{}", case["name"]);
            assert_eq!(facts["verdict"], "refused", "{}", case["name"]);
            continue;
        }
        assert_eq!([code, trusted, foreign], [TRUST_NOT_GIVEN, DONE, DOES_NOT_VERIFY], "{}", case["name"]);
        for fact in ["log", "smaller", "larger", "card_serial"] {
            assert_eq!(facts[fact], case[fact], "{}", case["name"]);
        }
    }
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
        assert_eq!(refused.json()["verdict"], "refused", "{name}");
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
