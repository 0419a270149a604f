//! No secret and no content reaches a log line, however much is logged.

use hyper::Method;
use serde_json::Value;

use crate::two::Two;

/// Words that would be found in a log if anything of a record got there.
const BODY: &str = "canary-in-the-body";
const HEADER: &str = "canary-in-the-header";
/// The tests' passphrase.
const PASSPHRASE: &str = "correct horse battery staple";

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

    for agency in [&two.a, &two.b] {
        let log = agency.logged();
        assert!(log.contains("INFO"), "the log is as chatty as it can be:\n{log}");
        for canary in [BODY, HEADER, PASSPHRASE, token, &wrong, &token[token.len() - 32..]] {
            let line = log.lines().find(|line| line.contains(canary));
            assert_eq!(line, None, "a log line holds {canary}");
        }
    }
}
