//! Purposes, uses and reviews at the command line.

use serde_json::Value;

use crate::{
    program::{DONE, NOT_FOUND, REFUSED, USAGE},
    two::Two,
};

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

#[test]
fn two_administrators_make_a_token_of_which_neither_has_the_whole() {
    let two = Two::start();
    let desk = &two.desk;
    let run = |arguments: &[&str]| desk.run(&[arguments, &["--json"]].concat());
    for file in ["one.token", "two.token"] {
        assert_eq!(run(&["token", "new", "a", file, "--name", file, "--role", "node_admin"]).code, DONE);
    }
    let new = ["token", "new", "a", "first.half", "--name", "desk", "--role", "observer", "--purpose", "coordination"];
    let alone = run(&new);
    assert_eq!((alone.code, desk.path("first.half").exists()), (REFUSED, false), "{}", alone.out);
    assert!(alone.error().1.contains("--ask"), "{}", alone.out);
    let asked = run(&[&new[..], &["--ask", "--token-file", "one.token"]].concat());
    assert_eq!(asked.code, DONE, "{}{}", asked.out, asked.err);
    let id = asked.json()["id"].as_str().unwrap().to_owned();
    let confirm = |file: &str, token: &str| run(&["second", "confirm", "a", &id, file, "--token-file", token]);
    assert_eq!((confirm("x.half", "one.token").code, desk.path("x.half").exists()), (REFUSED, false));
    let confirmed = confirm("second.half", "two.token");
    assert_eq!(confirmed.code, DONE, "{}{}", confirmed.out, confirmed.err);
    let half = |file: &str| std::fs::read_to_string(desk.path(file)).unwrap();
    assert!(!confirmed.out.contains(half("second.half").trim()), "it is in the file alone");
    // The office puts both into one file.
    desk.write("desk.token", &format!("{}{}", half("first.half"), half("second.half")));
    std::fs::set_permissions(desk.path("desk.token"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(run(&["records", "a", "--token-file", "desk.token"]).code, DONE);
    for file in ["first.half", "second.half"] {
        assert_ne!(run(&["records", "a", "--token-file", file]).code, DONE, "{file} alone");
    }
}
