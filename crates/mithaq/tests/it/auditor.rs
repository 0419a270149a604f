//! The auditor's commands: a key outside the node, countersignatures, an export checked offline.

use crate::{
    program::{DOES_NOT_VERIFY, DONE, NOT_FOUND, USAGE},
    two::Two,
};

#[test]
fn an_auditor_countersigns_and_checks_the_log_offline() {
    let two = Two::start();
    two.a.submit(&two.note("for the log"), "wait=delivered");
    let desk = &two.desk;
    let countersign =
        |more: &[&str]| desk.run(&[&["auditor", "countersign", "a", "--key", "auditor.key", "--json"], more].concat());
    let fingerprint = two.a.fingerprint();
    assert_eq!(countersign(&[]).code, USAGE, "the first time the fingerprint is compared");
    assert_eq!(countersign(&["--fingerprint", &two.b.fingerprint()]).code, DOES_NOT_VERIFY);
    let first = countersign(&["--fingerprint", &fingerprint]);
    assert_eq!(first.code, DONE, "{}{}", first.out, first.err);

    // The auditor's token is made at the machine; its reads are audited too.
    let made = desk.run(&["token", "new", "a", "auditor.token", "--name", "auditor", "--role", "auditor"]);
    assert_eq!(made.code, DONE, "{}", made.err);
    assert_ne!(
        desk.run(&["auditor", "export", "a", "refused.audit"]).code,
        DONE,
        "the socket alone reads no audit log"
    );
    let export = |file: &str| desk.run(&["auditor", "export", "a", file, "--token-file", "auditor.token", "--json"]);
    let exported = export("a.audit");
    assert_eq!(exported.code, DONE, "{}{}", exported.out, exported.err);
    let verify = |file: &str| {
        desk.run(&["auditor", "verify", file, "--auditor", "auditor.key.pub", "--fingerprint", &fingerprint, "--json"])
    };
    let found = verify("a.audit");
    assert_eq!(found.code, DONE, "{}{}", found.out, found.err);
    let found = found.json();
    assert!(found["countersigned_entries"].as_u64() < found["entries"].as_u64(), "{found}");
    assert!(found["missing"][0].as_str().unwrap().contains("not countersigned yet"), "{found}");

    let second = countersign(&[]);
    assert_eq!(second.code, DONE, "{}{}", second.out, second.err);
    export("b.audit");

    // In words, and as a table: who, what, why; an act is told once, by its end.
    let report = |more: &[&str]| {
        let words = ["auditor", "report", "b.audit", "--auditor", "auditor.key.pub", "--fingerprint", &fingerprint];
        desk.run(&[&words[..], more].concat())
    };
    let said = report(&[]);
    assert_eq!(said.code, DONE, "{}", said.err);
    assert!(said.out.contains("countersigned: the first"), "{}", said.out);
    assert!(said.out.contains("socket: Submit records") || said.out.contains("of a log: "), "{}", said.out);
    let words = ["auditor", "report", "b.audit", "--auditor", "auditor.key.pub", "--fingerprint", &fingerprint];
    let said = desk.run_in("ar_SA.UTF-8", &words);
    let said = said.out.replace(['\u{2068}', '\u{2069}'], "");
    assert!(said.contains("المقبس: صنع رمز دخول: /v1/tokens، لغرض إدارة العقدة: تمّ\n"), "{said}");
    let lines: Vec<serde_json::Value> =
        report(&["--json"]).out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let made: Vec<_> = lines.iter().filter(|line| line["about"] == "/v1/tokens").collect();
    assert_eq!((made.len(), &made[0]["outcome"]), (1, &"done".into()), "{made:?}");
    assert_eq!(report(&["--from", "2999-01-01", "--json"]).out, "");
    let few = report(&["--about", "/v1/tokens", "--csv", "tokens.csv", "--json"]);
    assert_eq!(few.json()["lines"], 1, "{}", few.out);
    assert!(
        std::fs::read_to_string(desk.path("tokens.csv"))
            .unwrap()
            .starts_with("entry,time,who,did,about,why,to,outcome")
    );

    // Every way to change the file is found.
    let text = std::fs::read_to_string(desk.path("b.audit")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let without = |gone: usize| {
        let kept = lines.iter().enumerate().filter(|(number, _)| *number != gone).map(|(_, line)| *line);
        kept.collect::<Vec<_>>().join("\n")
    };
    for (name, changed) in [
        ("changed", text.replacen("\\\"act\\\":\\\"batch\\\"", "\\\"act\\\":\\\"botch\\\"", 1)),
        ("removed", without(2)),
        ("cut", lines[..lines.len() - 1].join("\n")),
    ] {
        assert_ne!(changed.trim(), text.trim(), "{name}");
        desk.write("spoiled.audit", &changed);
        let found = verify("spoiled.audit");
        assert_eq!(found.code, DOES_NOT_VERIFY, "{name}: {}", found.out);
        let words =
            ["auditor", "report", "spoiled.audit", "--auditor", "auditor.key.pub", "--fingerprint", &fingerprint];
        let said = desk.run(&words);
        assert_eq!((said.code, said.out.as_str()), (DOES_NOT_VERIFY, ""), "{name}: {}", said.err);
    }
    assert_eq!(verify("none.audit").code, NOT_FOUND);

    // A log that does not continue what was countersigned is not countersigned.
    let seen = std::fs::read_to_string(desk.path("auditor.key.seen")).unwrap();
    let root = seen.split("\"root\": \"").nth(1).unwrap()[..64].to_owned();
    desk.write("auditor.key.seen", &seen.replace(&root, &"ab".repeat(32)));
    assert_eq!(countersign(&[]).code, DOES_NOT_VERIFY);
}

#[test]
fn the_auditors_key_never_comes_to_the_agency() {
    let two = Two::start();
    two.a.submit(&two.note("for the log"), "wait=delivered");
    let desk = &two.desk;
    let fingerprint = two.a.fingerprint();
    let run = |words: &[&str]| desk.run(&[words, &["--json"]].concat());
    let head = |file: &str| run(&["auditor", "head", "a", file]);
    let sign = |file: &str, more: &[&str]| {
        desk.run(&[&["auditor", "sign", file, "--key", "auditor.key", "--json"], more].concat())
    };
    assert_eq!(head("first.json").code, DONE);
    assert_eq!(sign("first.json", &[]).code, USAGE, "the first time the fingerprint is compared");
    assert!(!desk.path("first.json.signed").exists(), "what was not signed leaves no file");
    assert_eq!(sign("first.json", &["--fingerprint", &two.b.fingerprint()]).code, DOES_NOT_VERIFY);
    let signed = sign("first.json", &["--fingerprint", &fingerprint]);
    assert_eq!(signed.code, DONE, "{}{}", signed.out, signed.err);
    let size = signed.json()["size"].as_u64().unwrap();
    let brought = run(&["auditor", "bring", "a", "first.json.signed"]);
    assert_eq!((brought.code, brought.json()["size"].as_u64()), (DONE, Some(size)), "{}", brought.out);

    // The next one leads on from there by itself; one that does not is told from where to.
    two.a.submit(&two.note("more"), "wait=delivered");
    let next = head("next.json");
    assert_eq!(next.json()["since"].as_u64(), Some(size), "{}", next.out);
    assert_eq!(run(&["auditor", "head", "a", "other.json", "--since", "1"]).code, DONE);
    let other = sign("other.json", &[]);
    assert_eq!(other.code, USAGE, "{}", other.out);
    assert!(other.out.contains(&format!("--since {size}")), "{}", other.out);
    assert_eq!(sign("next.json", &[]).code, DONE);
    assert_eq!(run(&["auditor", "bring", "a", "next.json.signed"]).code, DONE);

    // A head that was changed on its way is nobody's.
    let text = std::fs::read_to_string(desk.path("next.json")).unwrap();
    desk.write("changed.json", &text.replacen("mithaq/audit/", "mithaq/other/", 1));
    assert_eq!(sign("changed.json", &[]).code, DOES_NOT_VERIFY);
    desk.write("changed.json.signed", "not a countersignature");
    assert_ne!(run(&["auditor", "bring", "a", "changed.json.signed"]).code, DONE);
}
