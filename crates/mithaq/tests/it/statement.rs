//! A deadline that a partner misses, from the request to the file that proves it, by commands.

use serde_json::{Value, json};

use crate::{
    program::{DONE, NOT_FOUND, USAGE},
    two::{Agency, Two},
};

const THREAD: &str = "0123456789abcdef0123456789abcdef";
const REQUEST: &str = include_str!("../../../desks/src/requests/request/testdata/example.json");

fn statement(two: &Two, agency: &Agency, command: &str, rest: &[&str]) -> Value {
    let dir = agency.dir.to_str().unwrap();
    let done = two.desk.run(&[&["statement", command, dir], rest, &["--json"]].concat());
    assert_eq!(done.code, DONE, "{command}: {}{}", done.out, done.err);
    done.json()
}

fn ask(two: &Two) {
    let header = json!({
        "kind": "requests.request/1", "thread": THREAD, "clause": "requests", "purpose": "coordination",
        "handling": ["H1", "H2"], "urgency": "normal", "evaluation": {"source": "X", "info": "4"},
        "retain_until": "2027-06-30", "media_type": "application/json",
    });
    let line = format!("{}\n", json!({ "channel": two.channel, "header": header, "body": REQUEST }));
    let sent = two.a.submit(&line, "wait=delivered&timeout_s=30");
    assert_eq!(sent[0]["state"], "delivered", "{sent:?}");
}

// spec: STMT-5, EVID-16
#[test]
fn a_missed_deadline_is_proven_by_commands_also_while_the_partner_has_suspended() {
    let two = Two::start_under(|toml| toml.replace("answer_hours = 168", "answer_hours = 0"));
    ask(&two);
    two.settle();
    let dir = two.b.dir.to_str().unwrap();
    assert_eq!(two.desk.run(&["agreement", "suspend", dir, &two.channel]).code, DONE);
    let stated = statement(&two, &two.a, "make", &[&two.channel[..12], "--wait", "30"]);
    assert_eq!((&stated["awaiting"], &stated["unanswered"]), (&json!(1), &json!([])), "{stated}");
    assert_eq!(stated["answers"][0]["verdict"], "agrees", "{stated}");
    let listed = statement(&two, &two.b, "list", &[&two.channel]);
    assert_eq!(listed["statements"][0]["hash"], stated["hash"], "{listed}");
    let place = format!("{}/{}/{}", two.channel, stated["ref"]["log"].as_str().unwrap(), stated["ref"]["index"]);
    assert_eq!(statement(&two, &two.a, "show", &[&place])["awaits"], stated["awaits"]);

    let dir = two.a.dir.to_str().unwrap();
    let told = two.desk.run(&["statement", "show", dir, &place]);
    assert!(told.out.contains("owes answer in thread") && told.out.contains("stand the same"), "{}", told.out);
    let missed = format!("{}/{THREAD}", &two.channel[..12]);
    let written = two.desk.run(&["evidence", dir, "--missed", &missed, "-o", "late.mithaq"]);
    assert_eq!(written.code, DONE, "{}", written.err);
    let (a, b) = (two.a.fingerprint(), two.b.fingerprint());
    let verified = two.desk.run(&["verify", "late.mithaq", "--json", "--fingerprint", &a, "--fingerprint", &b]);
    assert_eq!(verified.code, DONE, "{}", verified.err);
    let facts = verified.json();
    assert_eq!((&facts["creditor"], &facts["debtor"]), (&json!("XAA"), &json!("XAB")));
    assert_eq!((&facts["owed"][0]["by"], &facts["accounts"]), (&facts["received"], &json!("agrees")));
    assert_eq!(facts["owed"][0]["by"], facts["owed"][0]["by_clause"]);

    let unknown = format!("{}/{}", two.channel, "0".repeat(32));
    assert_eq!(two.desk.run(&["evidence", dir, "--missed", &unknown, "-o", "none.mithaq"]).code, NOT_FOUND);
    assert_eq!(two.desk.run(&["evidence", dir, "--missed", "nothing", "-o", "none.mithaq"]).code, USAGE);
    assert_eq!(two.desk.run(&["evidence", dir, "-o", "none.mithaq"]).code, USAGE);
}
