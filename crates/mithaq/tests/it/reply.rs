//! An answer reaches its request, and a command that is repeated under its name has one effect.

use serde_json::Value;

use crate::{
    program::{DONE, Done, REFUSED, USAGE},
    two::{Agency, Two},
};

const REQUEST: &str = include_str!("../../../desks/src/requests/request/testdata/example.json");
const REPLY: &str = include_str!("../../../desks/src/requests/reply/testdata/example.json");
/// What the examples' purpose asks of a header, and a grade.
const GRADED: &str = "evaluation={\"source\":\"X\",\"info\":\"4\"}";

fn send(two: &Two, from: &Agency, more: &[&str]) -> Done {
    let dir = from.dir.to_str().unwrap();
    two.desk.run(&[&["send", dir, "PASS", "--json", "--set", GRADED, "--wait", "delivered"], more].concat())
}

fn place(ran: &Done, channel: &str) -> String {
    assert_eq!(ran.code, DONE, "{}{}", ran.out, ran.err);
    let answer = ran.json();
    format!("{channel}/{}/{}", answer["ref"]["log"].as_str().unwrap(), answer["ref"]["index"])
}

#[test]
fn an_answer_finds_its_request_by_thread_or_record() {
    let two = Two::start();
    let (a, b) = (two.a.dir.to_str().unwrap(), two.b.dir.to_str().unwrap());
    two.desk.write("request.json", REQUEST);
    two.desk.write("reply.json", REPLY);

    // There is one channel, and one clause under which requests are sent.
    let asked = place(&send(&two, &two.a, &["--kind", "requests.request/1", "request.json"]), &two.channel);
    two.b.until(|b| two.desk.run(&["threads", "list", b.dir.to_str().unwrap(), "PASS"]).out.contains("delivered"));
    let alone = send(&two, &two.b, &["--kind", "requests.reply/1", "reply.json"]);
    assert_eq!(alone.code, USAGE);
    assert!(alone.error().1.contains("--reply-to"), "{}", alone.out);

    let record: Value = two.desk.run(&["record", "show", b, &asked, "PASS", "--json"]).json();
    let thread = record["header"]["thread"].as_str().unwrap().to_owned();
    let shown = two.desk.run(&["threads", "show", b, &thread, "PASS"]).out;
    let name = format!("req-{}", &thread[..8]);
    assert!(shown.contains(&format!("mithaq send {b} --reply-to {name} --kind requests.reply/1")), "{shown}");
    let by_record = ["--reply-to", &asked, "--kind", "requests.clarification/1", "question.json"];
    two.desk.write("question.json", r#"{"step":"question","subject":"Which year?","text":"Made up.","language":"en"}"#);
    place(&send(&two, &two.b, &by_record), &two.channel);
    two.a.until(|a| two.desk.run(&["threads", "list", a.dir.to_str().unwrap(), "PASS"]).out.contains("returned"));
    two.desk.write("answer.json", r#"{"step":"answer","subject":"The year","text":"Made up.","language":"en"}"#);
    let clarified = ["--reply-to", &thread, "--kind", "requests.clarification/1", "answer.json"];
    let clarified = place(&send(&two, &two.a, &clarified), &two.channel);
    two.b.until(|b| two.desk.run(&["threads", "list", b.dir.to_str().unwrap(), "PASS"]).out.contains("delivered"));

    let answer = ["--reply-to", &name, "--kind", "requests.reply/1", "reply.json"];
    let wrong_lane = send(&two, &two.b, &[&answer[..], &["--lane", "urgent"]].concat());
    assert_eq!(wrong_lane.code, USAGE, "{}", wrong_lane.out);
    let answered = place(&send(&two, &two.b, &answer), &two.channel);
    let record: Value = two.desk.run(&["record", "show", b, &answered, "PASS", "--json"]).json();
    let replied = &record["header"]["in_reply_to"];
    let replied = format!("{}/{}/{}", two.channel, replied["log"].as_str().unwrap(), replied["index"]);
    assert_eq!((record["header"]["clause"].as_str(), replied), (Some("requests"), clarified));
    two.a.until(|a| {
        two.desk.run(&["threads", "list", a.dir.to_str().unwrap(), "PASS", "--closed"]).out.contains("answered")
    });

    // What would have no effect does not leave, and a trial says so too.
    let again = send(&two, &two.b, &answer);
    assert_eq!(again.code, REFUSED, "{}", again.out);
    assert!(again.out.contains("The thread is answered"), "{}", again.out);
    let tried = two.desk.run(&[&["agreement", "try", b, "PASS", "--json", "--set", GRADED], &answer[..]].concat());
    assert_eq!(tried.code, REFUSED, "{}{}", tried.out, tried.err);
    assert!(tried.out.contains("The thread is answered"), "{}", tried.out);
    let nowhere = send(&two, &two.b, &["--reply-to", "abc", "--kind", "requests.reply/1", "reply.json"]);
    assert_eq!(nowhere.code, USAGE, "{}", nowhere.out);

    // Nobody is here to ask, so nothing is erased until it is said; what it would be is said first.
    let refused = two.desk.run(&["erase", a, &asked, "PASS"]);
    assert_eq!(refused.code, USAGE, "{}{}", refused.out, refused.err);
    let would = two.desk.run(&["erase", a, &asked, "PASS", "--dry-run"]).out;
    assert!(would.contains("requests.request/1 of XAA: Owner of a vehicle") && would.contains("XAB would"), "{would}");
    assert_eq!(two.desk.run(&["record", "show", a, &asked, "PASS"]).code, DONE);
    assert_eq!(two.desk.run(&["erase", a, &asked, "PASS", "--yes"]).code, DONE);
    assert_ne!(two.desk.run(&["record", "show", a, &asked, "PASS"]).code, DONE);
}

#[test]
fn a_command_that_is_repeated_under_its_name_has_one_effect() {
    let two = Two::start();
    two.desk.write("request.json", REQUEST);
    two.desk.write("other.json", &REQUEST.replace("Owner of a vehicle", "Owner of another vehicle"));
    let named = |file| send(&two, &two.a, &["--id", "case-7", "--kind", "requests.request/1", file]);
    let first = place(&named("request.json"), &two.channel);
    assert_eq!(place(&named("request.json"), &two.channel), first);
    let other = named("other.json");
    assert_ne!(other.code, DONE, "another record under a name that is taken: {}", other.out);
    let listed = two.desk.run(&["records", two.a.dir.to_str().unwrap(), "PASS"]).out;
    assert_eq!(listed.matches("requests.request/1").count(), 1, "{listed}");
}
