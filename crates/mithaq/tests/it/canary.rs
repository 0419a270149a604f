//! No secret and no content reaches a log line, however much is logged.

use hyper::Method;
use serde_json::Value;

use crate::two::Two;

/// Words that would be found in a log if anything of a record got there.
const BODY: &str = "canary-in-the-body";
const HEADER: &str = "canary-in-the-header";
/// Names of the protection register.
const NAMES: &str = "canary-in-the-register";
/// The tests' passphrase.
const PASSPHRASE: &str = "correct horse battery staple";

// spec: PROT-1, PROT-11
#[test]
fn no_log_line_holds_content_a_token_or_a_passphrase() {
    let mut two = Two::start();
    for agency in [&mut two.a, &mut two.b] {
        agency.kill();
        agency.log_level = "trace";
        agency.start();
    }
    two.a.until(|a| a.channel_of(&two.channel)["state"] == "open");
    let made = two.a.request(
        Method::POST,
        "/v1/tokens",
        r#"{"name":"canary","role":"head_of_delegation","purposes":["coordination"]}"#,
    );
    let made: Value = serde_json::from_str(&made).unwrap();
    let token = made["token"].as_str().unwrap();
    let id = made["id"].as_str().unwrap();

    // From here on the socket alone reaches no content: everything goes with the token. One record is delivered, one
    // is refused by the agreement, one is not even a header.
    let good = two.note(BODY);
    let office = good.replace("\"purpose\"", &format!("\"author_office\":\"{HEADER}\",\"purpose\""));
    let refused = good.replace("coordination", HEADER);
    let broken = good.replace("\"purpose\"", &format!("\"{HEADER}\""));
    let caller = two.a.caller().with_token(token);
    let answers = caller.submit(&[good, office, refused, broken].concat(), "wait=delivered", None).unwrap();
    assert_eq!(answers[0]["state"], "delivered", "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer["error"].is_object()).count(), 3, "{answers:?}");
    caller.submit("canary-in-the-body is no JSON\n", "wait=recorded", None).unwrap();
    let wrong = format!("mithaq_{id}_{}", "c0ffee".repeat(11));
    let stranger = two.a.caller().with_token(&wrong).submit("{}\n", "", None).unwrap();
    assert_eq!(stranger[0]["code"], "unauthenticated");

    // A person in the protection register, whom the partner asks nothing about; a record that then waits, and is released.
    let made = two.a.request(Method::POST, "/v1/tokens", r#"{"name":"protection","role":"protection_officer"}"#);
    let made: Value = serde_json::from_str(&made).unwrap();
    let officer = two.a.caller().with_token(made["token"].as_str().unwrap());
    let entry = format!(r#"{{"persons":[{{"names":"{NAMES}","document":"{NAMES}"}}],"states":["XAB"]}}"#);
    let (status, added) = officer.ask(Method::POST, "/v1/protection", "application/json", &entry, None).unwrap();
    assert_eq!(status, 200, "{added}");
    let id = serde_json::from_str::<Value>(&added).unwrap()["id"].as_str().unwrap().to_owned();
    let answers = caller.submit(&two.note(BODY), "wait=delivered", None).unwrap();
    assert_eq!(answers[0], serde_json::json!({ "state": "waiting" }));
    let (status, passed) = officer.ask(Method::POST, "/v1/protection/held/all/pass", "text/plain", "", None).unwrap();
    assert_eq!(status, 200, "{passed}");
    two.b.until(|b| b.records("in").len() == 2);
    // What every office, and the administrator, may look at.
    for path in ["/metrics", "/v1/doctor", "/v1/status", "/v1/audit/head", "/v1/audit/countersignatures", "/v1/tokens"]
    {
        let text = two.a.request(Method::GET, path, "");
        for word in [NAMES, &id, "\"XAB\"", "ASY-"] {
            assert!(!text.contains(word), "{path} holds {word}: {text}");
        }
    }
    for agency in [&two.a, &two.b] {
        let folder =
            std::fs::read_dir(&agency.dir).unwrap().filter_map(|entry| std::fs::read(entry.unwrap().path()).ok());
        for file in folder {
            assert!(!file.windows(NAMES.len()).any(|part| part == NAMES.as_bytes()), "a file holds {NAMES}");
        }
    }

    for agency in [&two.a, &two.b] {
        let log = agency.logged();
        for word in ["ASY-", "protection", &id] {
            let line = log.lines().find(|line| line.contains(word) && !line.contains("/v1/protection"));
            assert_eq!(line, None, "a log line tells of the register: {word}");
        }
        assert!(log.contains("INFO"), "the log is as chatty as it can be:\n{log}");
        for canary in [BODY, HEADER, NAMES, PASSPHRASE, token, &wrong, &token[token.len() - 32..]] {
            let line = log.lines().find(|line| line.contains(canary));
            assert_eq!(line, None, "a log line holds {canary}");
        }
    }
}
